//! ATT&CK ids in the tags of a rule, told with version 19: ids that it revoked are mapped to their successors, and what the
//! rule wrote is kept beside them. Must not know events.

/// Ids that version 19 revoked when it split Defense Evasion, and what took their place. Sorted by the old id.
const REVOKED: &[(&str, &str)] = &[
    ("T1562", "T1685"),
    ("T1562.001", "T1685"),
    ("T1562.002", "T1685.001"),
    ("T1562.003", "T1690"),
    ("T1562.004", "T1686"),
    ("T1562.006", "T1685"),
    ("T1562.007", "T1686.001"),
    ("T1562.008", "T1685.002"),
    ("T1562.009", "T1688"),
    ("T1562.010", "T1689"),
    ("T1562.011", "T1685.003"),
    ("T1562.012", "T1685.004"),
    ("T1562.013", "T1686.002"),
];

/// Tactics of version 19 as tags spell them. `defense-evasion` is the one that was split.
const TACTICS: &[&str] = &[
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "stealth",
    IMPAIRMENT,
    SPLIT,
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
];

/// The tactic that version 19 split, and the part to which the techniques of [`REVOKED`] went.
const SPLIT: &str = "defense-evasion";
const IMPAIRMENT: &str = "defense-impairment";

/// What the tags of a rule say about ATT&CK.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attack {
    /// Technique ids of version 19, in the order of the tags.
    pub techniques: Vec<String>,
    /// Tactics in words.
    pub tactics: Vec<String>,
    /// Ids and tactics as the rule wrote them that version 19 revoked.
    pub revoked: Vec<String>,
}

impl Attack {
    /// Reads the tags of a rule. Tags of other name spaces are not ATT&CK's and are left out.
    pub fn of_tags(tags: &[String]) -> Self {
        let mut attack = Self::default();
        for tag in tags {
            let tag = tag.trim().to_ascii_lowercase();
            let Some(name) = tag.strip_prefix("attack.") else { continue };
            if is_technique(name) {
                attack.technique(name.to_ascii_uppercase());
            } else {
                let tactic = name.replace('_', "-");
                if TACTICS.contains(&tactic.as_str()) && !attack.tactics.contains(&tactic) {
                    attack.tactics.push(tactic);
                }
            }
        }
        attack.rename_split_tactic();
        attack
    }

    /// Defense Evasion became Stealth and Defense Impairment. Which of them is meant follows where the technique moved too;
    /// else the old word stays.
    fn rename_split_tactic(&mut self) {
        if self.revoked.is_empty() {
            return;
        }
        if let Some(tactic) = self.tactics.iter_mut().find(|tactic| *tactic == SPLIT) {
            IMPAIRMENT.clone_into(tactic);
            self.revoked.push(SPLIT.to_owned());
        }
        let mut met = Vec::new();
        self.tactics.retain(|tactic| {
            let is_new = !met.contains(tactic);
            met.push(tactic.clone());
            is_new
        });
    }

    fn technique(&mut self, written: String) {
        let newer = REVOKED.iter().find(|(old, _)| *old == written).map(|(_, new)| *new);
        let id = newer.map_or_else(|| written.clone(), str::to_owned);
        if newer.is_some() && !self.revoked.contains(&written) {
            self.revoked.push(written);
        }
        if !self.techniques.contains(&id) {
            self.techniques.push(id);
        }
    }
}

/// Returns true for `t1078` and `t1078.004`.
fn is_technique(name: &str) -> bool {
    let Some(digits) = name.strip_prefix('t') else { return false };
    let (main, sub) =
        digits.split_once('.').map_or((digits, None), |(main, sub)| (main, Some(sub)));
    let is_number = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    is_number(main, 4) && sub.is_none_or(|sub| is_number(sub, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[&str]) -> Attack {
        Attack::of_tags(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn revoked_ids_are_told_with_their_successors() {
        let attack =
            of(&["attack.defense-evasion", "attack.T1562.008", "attack.t1562.001", "attack.t1562"]);
        assert_eq!(attack.techniques, ["T1685.002", "T1685"]);
        assert_eq!(attack.revoked, ["T1562.008", "T1562.001", "T1562", "defense-evasion"]);
        assert_eq!(attack.tactics, ["defense-impairment"]);
        assert_eq!(of(&["attack.defense-evasion", "attack.t1070"]).tactics, ["defense-evasion"]);
        assert!(REVOKED.is_sorted());
    }

    #[test]
    fn other_tags_are_no_techniques() {
        let attack = of(&[
            "attack.privilege_escalation",
            "attack.t1078.004",
            "cve.2024-1",
            "attack.g0049",
            "attack.t12",
        ]);
        assert_eq!(attack.techniques, ["T1078.004"]);
        assert_eq!(attack.tactics, ["privilege-escalation"]);
        assert_eq!(attack.revoked, Vec::<String>::new());
    }
}
