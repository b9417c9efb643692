//! Declared facts as a form: every key that can be declared, what is written there, what belongs there, and how many
//! criteria wait for it. Pure; must not change anything.

use super::facts::{Facts, KEYS, entry_of, is_list};
use super::needs::Waiting;

/// One line of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormLine {
    /// `scope.allow`; `scope.allow[2]` for an entry that is there already.
    pub key: String,
    /// As written, on one line; absent where nothing is declared.
    pub value: Option<String>,
    pub is_declared: bool,
    /// The key without a number: for an entry that of its list, to which one can be added.
    pub list: String,
    /// Criteria that wait for the key.
    pub waits: usize,
    /// What belongs there, with an example.
    pub asks: &'static str,
}

/// What belongs under each key, with an example; lists take one entry at a time.
const ASKS: &[(&str, &str)] = &[
    ("role", "provider, deployer, controller, processor, covered entity, business associate"),
    ("system.name", "name of the system under review"),
    ("system.version", "its version"),
    ("system.provider", "who provides it"),
    ("system.deployer", "who uses it"),
    ("system.owner", "who answers for it"),
    ("system.purpose", "what it is for"),
    ("system.model_card", "where its model card is"),
    ("system.risk_class", "its risk class, as a person decided"),
    ("system.risk_decided_by", "who decided the risk class"),
    (
        "scope.agents",
        "agent = \"arn:aws:iam::111122223333:role/agent-*\", owner = \"alice@corp.example\"",
    ),
    (
        "scope.allow",
        "action = \"s3:Get*\", resource = \"arn:aws:s3:::reports*\", regions = [\"us-east-1\"]",
    ),
    ("scope.deny", "action = \"iam:*\", reason = \"rights change by review\""),
    ("scope.policy", "file = \"agent-policy.json\", kind = \"iam\"  (import copies the file)"),
    ("scope.servers", "server = \"aws-admin\""),
    ("scope.models", "model = \"anthropic.claude-*\""),
    ("scope.consequential", "action = \"iam:*\"   or  action = \"reject_*\", about_person = true"),
    ("scope.stop", "action = \"iam:UpdateAccessKey\""),
    ("scope.channels", "[\"chat.example\"]: where people meet the system"),
    ("scope.destinations", "set scope.destinations.accounts, .domains or .regions"),
    ("highrisk", "agent = \"screener\", points = [\"4(a)\"], why = \"sorts applications\""),
    ("people.approvers", "person = \"bob@corp.example\""),
    ("people.admins", "[\"carol@corp.example\"]"),
    ("people.on_call", "[\"carol@corp.example\"]"),
    ("people.log_readers", "[\"audit@corp.example\"]"),
    ("people.compliance_officer", "dana@corp.example"),
    ("people.change_windows", "from = 2026-07-12T20:00:00Z, to = 2026-07-12T22:00:00Z"),
    (
        "data.classes",
        "resource = \"arn:aws:s3:::payroll*\", class = \"personal\", retention_days = 180",
    ),
    ("data.trusted", "[\"arn:aws:s3:::reports*\"]: content that nobody outside can write"),
    ("sources.expected", "plane = \"gateway\", from = 2026-07-01T00:00:00Z"),
    ("incident.class", "general, widespread or death"),
    ("incident.personal_data", "true or false: personal data are concerned"),
    ("incident.detected_at", "2026-07-12T10:02:00Z"),
    ("incident.detected_by", "who noticed it"),
    ("incident.aware_at", "2026-07-12T10:40:00Z: when the organization became aware"),
    ("incident.contained_at", "2026-07-12T11:25:00Z"),
    ("incident.notified_at", "2026-07-13T09:00:00Z"),
    ("incident.notified_to", "[\"supervisory authority\"]"),
];

/// Where data may go: a table whose keys are declared one by one.
const DESTINATIONS: [(&str, &str); 3] = [
    ("scope.destinations.accounts", "[\"111122223333\"]: accounts that data may go to"),
    ("scope.destinations.domains", "[\"corp.example\"]: hosts that data may go to"),
    ("scope.destinations.regions", "[\"us-east-1\"]: regions that data may go to"),
];

const LIMIT: &str = "a limit of the rules; what stands here holds without a word of yours";

/// Returns what belongs under a key or into an entry of a list, with an example.
pub fn asks(key: &str) -> &'static str {
    let key = entry_of(key).map_or(key, |(list, _)| list);
    let known =
        ASKS.iter().chain(&DESTINATIONS).find(|(known, _)| *known == key).map(|(_, asks)| *asks);
    known.unwrap_or(if key.starts_with("thresholds.") { LIMIT } else { "" })
}

/// Returns the form: `text` is the file as written, `facts` what was understood of it.
pub fn lines(text: &str, facts: &Facts, waiting: &[Waiting]) -> Vec<FormLine> {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let mut lines = Vec::new();
    let keys = KEYS.iter().filter(|key| **key != "thresholds").flat_map(|key| match *key {
        "scope.destinations" => DESTINATIONS.iter().map(|(below, _)| *below).collect(),
        key => vec![key],
    });
    for key in keys {
        let is_it = |part: &str| part == key || key.starts_with(&format!("{part}."));
        let waits = waiting.iter().find(|one| one.key.split('|').any(is_it));
        let line = |name: String, value: Option<String>, is_declared: bool| FormLine {
            key: name,
            value,
            is_declared,
            list: key.to_owned(),
            waits: waits.map_or(0, |one| one.n_criteria),
            asks: asks(key),
        };
        match value_at(&table, key) {
            None => lines.push(line(key.to_owned(), None, false)),
            Some(toml::Value::Array(list)) if is_list(key) => {
                let entries = (1..).zip(list);
                lines.extend(entries.map(|(number, entry)| {
                    line(format!("{key}[{number}]"), Some(written(entry)), true)
                }));
            }
            Some(value) => {
                lines.push(line(key.to_owned(), Some(written(value)), facts.has(key)));
            }
        }
    }
    for (name, value, is_declared) in facts.thresholds.told() {
        let key = format!("thresholds.{name}");
        lines.push(FormLine {
            list: key.clone(),
            key,
            value: Some(value),
            is_declared,
            waits: 0,
            asks: LIMIT,
        });
    }
    lines
}

fn value_at<'t>(table: &'t toml::Table, key: &str) -> Option<&'t toml::Value> {
    let (first, rest) =
        key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let value = table.get(first)?;
    match rest {
        None => Some(value),
        Some(rest) => value_at(value.as_table()?, rest),
    }
}

/// Returns a value on one line: texts without quotes, lists and tables as in TOML.
fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string().lines().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criteria::facts::set;

    #[test]
    fn every_key_says_what_belongs_there_and_no_other_does() {
        let keys: Vec<&str> = KEYS.iter().copied().filter(|key| *key != "thresholds").collect();
        let asked: Vec<&str> = ASKS.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, asked);
    }

    #[test]
    fn examples_of_lists_are_entries_that_are_understood() {
        for (key, example) in ASKS.iter().filter(|(key, _)| is_list(key)) {
            let example = example.split("  ").next().unwrap();
            if *key == "scope.policy" {
                continue;
            }
            let text = set("", key, example).unwrap_or_else(|error| panic!("{key}: {error}"));
            let (facts, faults) = Facts::parse("case.toml", &text);
            assert_eq!(faults, [], "{key}");
            assert!(facts.has(key), "{key}");
        }
    }

    #[test]
    fn form_lists_entries_and_what_waits() {
        let text = "role = \"deployer\"\n[[scope.deny]]\naction = \"iam:*\"\n";
        let (facts, faults) = Facts::parse("case.toml", text);
        assert_eq!(faults, []);
        let waiting = [Waiting { key: "highrisk".to_owned(), rules: Vec::new(), n_criteria: 7 }];
        let lines = lines(text, &facts, &waiting);
        let of = |key: &str| lines.iter().find(|line| line.key == key).unwrap();
        assert_eq!(of("role").value.as_deref(), Some("deployer"));
        assert_eq!(of("scope.deny[1]").list, "scope.deny");
        assert!(of("scope.deny[1]").value.as_ref().unwrap().contains("iam:*"));
        assert_eq!((of("highrisk").waits, of("highrisk").is_declared), (7, false));
        assert!(!of("thresholds.clock_skew").is_declared);
        for (key, _) in DESTINATIONS {
            assert!(set("", of(key).list.as_str(), "[\"x\"]").is_ok(), "{key}");
            assert!(of(key).asks.contains("may go to"), "{key}");
        }
        assert!(lines.iter().all(|line| line.key != "scope.destinations"), "no key of its own");
    }
}
