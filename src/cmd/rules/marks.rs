//! Tags for the events that rules matched: one act for each rule, naming the rule, its author and the digest of its file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::case::Case;
use super::super::{Context, output};
use crate::criteria::sigma::{Outcome, Rule, RuleSet};
use crate::custody::{Act, ActKind, Deed};
use crate::failure::Failure;
use crate::model::EventId;
use crate::text::sanitize::sanitize;

/// Letters of a title that a tag keeps.
const TITLE: usize = 60;

/// Tags the events of each rule, or says what would be tagged.
pub(super) fn tag(
    context: &Context,
    case: &mut Case,
    set: &RuleSet,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let mut events = BTreeMap::<usize, BTreeSet<EventId>>::new();
    for found in &outcome.matches {
        events.entry(found.rule).or_default().extend(&found.events);
    }
    let mut titles = BTreeMap::<String, usize>::new();
    for rule in events.keys().filter_map(|at| set.rules.get(*at)) {
        *titles.entry(short_title(rule)).or_default() += 1;
    }
    let is_dry = context.shared.control.dry_run;
    if !is_dry && !events.is_empty() {
        let detail = json!({
            "rules": set.rules.len(), "matching": events.len(), "matches": outcome.matches.len(),
            "records": outcome.n_records,
        });
        case.record(ActKind::RuleRun, "sigma", detail)?;
    }
    let (mut n_rules, mut n_events) = (0_usize, 0_usize);
    for (at, ids) in &events {
        let Some(rule) = set.rules.get(*at) else { continue };
        let is_only = titles.get(&short_title(rule)) == Some(&1);
        let ids: Vec<EventId> = ids.iter().copied().collect();
        let Some(act) = act(case, rule, is_only, &ids) else { continue };
        n_rules += 1;
        n_events += tagged(&act);
        if !is_dry {
            case.perform(&act)?;
        }
    }
    let verb = if is_dry { "would tag" } else { "tagged" };
    output::say(&format!("{verb} {n_events} events for {n_rules} rules"));
    Ok(())
}

fn short_title(rule: &Rule) -> String {
    sanitize(&rule.head.title).chars().take(TITLE).collect()
}

/// Returns the act that tags events for a rule; `None` when all of them have the tag.
fn act(case: &Case, rule: &Rule, is_only: bool, ids: &[EventId]) -> Option<Act> {
    let title = short_title(rule);
    // Rules of one title would share a tag, and an act would leave out what another rule has tagged.
    let text = if is_only {
        format!("sigma:{title}")
    } else {
        let id: String = sanitize(&rule.head.id).chars().take(8).collect();
        format!("sigma:{title} [{id}]")
    };
    let mut act = case.state.tag(&text, None, ids)?;
    if let Deed::Tag(deed) = &mut act.deed {
        let author = rule.head.author.as_deref().unwrap_or("not named");
        deed.reason = Some(format!(
            "Sigma rule {}; author: {author}; file {}, sha256 {}",
            rule.head.id, rule.file, rule.sha256
        ));
    }
    Some(act)
}

fn tagged(act: &Act) -> usize {
    match &act.deed {
        Deed::Tag(deed) => deed.events.len(),
        Deed::Note(_) | Deed::Finding(_) | Deed::Aside(_) => 0,
    }
}
