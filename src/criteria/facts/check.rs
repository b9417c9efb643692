//! Contradictions between facts that are each understood. Both sides are named, because only a person knows which holds.

use super::Facts;
use super::scan::{Scan, Table};
use super::types::{Incident, ScopeEntry};

/// Notes every contradiction between entries. Entries of the boundary that contradict each other decide nothing.
pub(super) fn contradictions(scan: &Scan<'_>, facts: &mut Facts) {
    opposed_entries(scan, facts);
    classes_twice(scan, facts);
    agents_that_approve(scan, facts);
}

/// Two entries that match the same calls under the same conditions, one allowing and one denying.
fn opposed_entries(scan: &Scan<'_>, facts: &mut Facts) {
    let (allow, deny) = (&mut facts.scope.allow, &mut facts.scope.deny);
    for (here, allow) in (1..).zip(allow.iter_mut()) {
        let opposed = (1..).zip(deny.iter_mut()).find(|(_, deny)| is_same(allow, deny));
        let Some((there, deny)) = opposed else { continue };
        let reason = format!("contradicts `scope.deny[{there}]` at line {}", deny.line);
        scan.fault_at_line(
            allow.line,
            &format!("scope.allow[{here}]"),
            format!("{reason}: the same calls with the same limits are allowed and denied"),
        );
        let back = format!("line {}: contradicts `scope.allow[{here}]`", deny.line);
        deny.fault.get_or_insert(back);
        let line = allow.line;
        allow.fault.get_or_insert_with(|| format!("line {line}: {reason}"));
    }
}

fn is_same(one: &ScopeEntry, other: &ScopeEntry) -> bool {
    let patterns = |entry: &ScopeEntry| {
        [&entry.agent, &entry.server, &entry.tool, &entry.action, &entry.resource]
            .map(|pattern| pattern.as_ref().filter(|pattern| !pattern.is_any()).cloned())
    };
    patterns(one) == patterns(other) && one.limits == other.limits
}

fn classes_twice(scan: &Scan<'_>, facts: &Facts) {
    for (number, class) in facts.data.classes.iter().enumerate() {
        let mut earlier = facts.data.classes.iter().take(number);
        if let Some(first) = earlier.find(|one| one.resource == class.resource) {
            let (word, line) = (first.class.as_str(), first.line);
            let reason = format!(
                "gives `{}` a class a second time: line {line} says `{word}`",
                class.resource
            );
            scan.fault_at_line(class.line, "data.classes", reason);
        }
    }
}

fn agents_that_approve(scan: &Scan<'_>, facts: &Facts) {
    for approver in &facts.people.approvers {
        let agent = facts.scope.agents.iter().find(|agent| agent.agent == approver.person);
        if let Some(agent) = agent {
            let reason = format!(
                "`{}` is declared as an agent at line {}; an agent cannot approve",
                approver.person, agent.line
            );
            scan.fault_at_line(approver.line, "people.approvers", reason);
        }
    }
}

/// Notes times of the incident that are out of order.
pub(super) fn incident_order(table: &Table<'_>, incident: &Incident) {
    let times = [
        ("detected_at", incident.detected_at, "aware_at", incident.aware_at),
        ("aware_at", incident.aware_at, "notified_at", incident.notified_at),
        ("detected_at", incident.detected_at, "notified_at", incident.notified_at),
        ("detected_at", incident.detected_at, "contained_at", incident.contained_at),
    ];
    let mut told: Vec<&str> = Vec::new();
    for (first, earlier, second, later) in times {
        if let (Some(earlier), Some(later)) = (earlier, later)
            && later < earlier
            && !told.contains(&second)
        {
            told.push(second);
            table.fault(second, format!("`{later}` is before `{first}`, which is `{earlier}`"));
        }
    }
}
