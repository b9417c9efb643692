//! What a criterion asks of a rule that is not what the rule decides by itself (`narrow` in a pack): only a part of its
//! items, or more than it looks at. Owns what the rule's verdict is then worth to the criterion: never more than it says.
//! Pure; must not ask the store.

use super::verdict::{RuleRun, Verdict};

/// How a criterion's demand stands to what a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand<'w> {
    /// Only some of the rule's items: when all are free of exceptions these are too; an exception may lie outside.
    Part,
    /// More than the rule looks at: its exceptions count, its support does not reach.
    More,
    /// One item, by its name.
    Item(&'w str),
    /// Something else than the rule decides.
    Other,
}

fn demand<'w>(rule: &str, word: &'w str) -> Demand<'w> {
    if let Some(item) = word.strip_prefix("item:") {
        return Demand::Item(item);
    }
    if word.starts_with("class:") || word.starts_with("action:") {
        return Demand::Part;
    }
    match (rule, word) {
        // An identity that was authenticated and not only asserted: the rule asks that there is one at all.
        ("SIX", "I full") | ("IRTIME", _) => Demand::Other,
        // The six elements: only these letters. Oversight: a level below what the rule asks by default. Secrets: one kind.
        ("SIX" | "SECRET", _) | ("OVER", "V1" | "V2") => Demand::Part,
        _ => Demand::More,
    }
}

/// Returns what the run of a rule is worth to a criterion that asks `word` of it.
pub(super) fn weighed(run: &RuleRun, word: &str) -> Verdict {
    match (demand(&run.rule, word), run.verdict) {
        (_, Verdict::NotApplicable) => Verdict::NotApplicable,
        (Demand::Item(item), Verdict::Gap) if run.instances.iter().any(|one| one.item == item) => {
            Verdict::Gap
        }
        (Demand::Part, Verdict::Supports) => Verdict::Supports,
        (Demand::More, Verdict::Gap) => Verdict::Gap,
        (
            Demand::Part | Demand::More | Demand::Item(_) | Demand::Other,
            Verdict::Gap | Verdict::CannotTell | Verdict::Supports,
        ) => Verdict::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criteria::pack::Strength;
    use crate::criteria::verdict::Instance;

    fn run(rule: &str, verdict: Verdict, items: &[&str]) -> RuleRun {
        let instance = |item: &&str| Instance {
            item: (*item).to_owned(),
            event: None,
            time: None,
            why: String::new(),
        };
        RuleRun {
            rule: rule.to_owned(),
            version: String::new(),
            verdict,
            strength: Strength::Strong,
            population: 1,
            excluded: Vec::new(),
            exceptions: items.len() as u64,
            unknown: 0,
            reasons: Vec::new(),
            waits_for: Vec::new(),
            spots: Vec::new(),
            instances: items.iter().map(instance).collect(),
            unknowns: Vec::new(),
            stamp: String::new(),
        }
    }

    #[test]
    fn verdict_is_worth_no_more_than_it_says() {
        let (gap, tell, supports) = (Verdict::Gap, Verdict::CannotTell, Verdict::Supports);
        for (rule, word, of_gap, of_supports) in [
            ("SIX", "class:phi", tell, supports),
            ("SIX", "IRTO", tell, supports),
            ("SIX", "I full", tell, tell),
            ("SCOPE", "action:exec", tell, supports),
            ("OVER", "V1", tell, supports),
            ("OVER", "V4", gap, tell),
            ("OVER", "two", gap, tell),
            ("KEEP", "P6M", gap, tell),
            ("CHANGE", "after-finding", gap, tell),
            ("IRTIME", "P60D", tell, tell),
        ] {
            assert_eq!(weighed(&run(rule, gap, &["a"]), word), of_gap, "{rule} {word}");
            assert_eq!(weighed(&run(rule, supports, &[]), word), of_supports, "{rule} {word}");
            assert_eq!(weighed(&run(rule, tell, &[]), word), tell, "{rule} {word}");
            let declared_out = run(rule, Verdict::NotApplicable, &[]);
            assert_eq!(weighed(&declared_out, word), Verdict::NotApplicable, "{rule} {word}");
        }
    }

    #[test]
    fn one_item_counts_by_its_name() {
        let word = "item:GDPR, Article 33";
        let late = run("IRTIME", Verdict::Gap, &["AI Act, Article 73", "GDPR, Article 33"]);
        assert_eq!(weighed(&late, word), Verdict::Gap);
        let other = run("IRTIME", Verdict::Gap, &["AI Act, Article 73"]);
        assert_eq!(weighed(&other, word), Verdict::CannotTell);
        assert_eq!(weighed(&run("IRTIME", Verdict::Supports, &[]), word), Verdict::CannotTell);
    }
}
