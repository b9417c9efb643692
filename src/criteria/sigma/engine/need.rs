//! What a record must have before a rule can match it: pairs of a member and a literal, one of which has to be there. Errs on
//! the side of saying nothing: a need that asks too much would hide matches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SigmaValue,
};

/// Literals in lower case, by the member that has to hold one of them.
pub(in super::super) type Need = BTreeMap<String, BTreeSet<String>>;

/// Members that tell records apart best, in this order.
const BEST: &[&str] = &["eventName", "userIdentity.type", "userAgent", "eventSource"];

/// Returns what a record needs for any of the conditions of a rule.
pub(super) fn of_rule(detections: &Detections) -> Option<Need> {
    let conditions = detections.conditions.iter();
    union(conditions.map(|condition| of_condition(condition, &detections.named)))
}

fn of_condition(condition: &ConditionExpr, named: &HashMap<String, Detection>) -> Option<Need> {
    match condition {
        ConditionExpr::And(parts) => best(parts.iter().map(|part| of_condition(part, named))),
        ConditionExpr::Or(parts) => union(parts.iter().map(|part| of_condition(part, named))),
        ConditionExpr::Not(_) => None,
        ConditionExpr::Identifier(name) => of_detection(named.get(name)?),
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen = named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
            let needs = chosen.map(|(_, detection)| of_detection(detection));
            match quantifier {
                Quantifier::All => best(needs),
                Quantifier::Count(0) => None,
                Quantifier::Any | Quantifier::Count(_) => union(needs),
            }
        }
    }
}

fn of_detection(detection: &Detection) -> Option<Need> {
    match detection {
        Detection::AllOf(items) => best(items.iter().map(of_item)),
        Detection::AnyOf(parts) => union(parts.iter().map(of_detection)),
        Detection::And(parts) => best(parts.iter().map(of_detection)),
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
            None
        }
    }
}

/// A member compared with whole texts, none of them a pattern.
fn of_item(item: &DetectionItem) -> Option<Need> {
    let field = item.field.name.as_ref()?;
    if item.values.is_empty() || item.field.modifiers.iter().any(|one| *one != Modifier::Cased) {
        return None;
    }
    let mut literals = BTreeSet::new();
    for value in &item.values {
        let SigmaValue::String(text) = value else { return None };
        literals.insert(text.as_plain()?.to_lowercase());
    }
    Some(Need::from([(field.clone(), literals)]))
}

/// One of several parts has to hold, so one need of theirs: nothing is known when one of them needs nothing.
fn union(needs: impl Iterator<Item = Option<Need>>) -> Option<Need> {
    let mut all = Need::new();
    for need in needs {
        for (field, literals) in need? {
            all.entry(field).or_default().extend(literals);
        }
    }
    Some(all)
}

/// All parts have to hold, so that one need is enough: the one that fewest records meet.
fn best(needs: impl Iterator<Item = Option<Need>>) -> Option<Need> {
    needs.flatten().min_by_key(|need| (rank(need), need.values().map(BTreeSet::len).sum::<usize>()))
}

/// Returns the place of the worst member of a need; unknown members tell records apart well.
fn rank(need: &Need) -> usize {
    let place = |field: &String| BEST.iter().position(|best| best == field).unwrap_or(1);
    need.keys().map(place).max().unwrap_or(0)
}
