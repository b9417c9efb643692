//! Which rules have to be asked about a record: those whose literals it has, and those of which nothing is known. Owns the
//! tables that make most records the business of few rules. Errs on the side of asking.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::engine::Need;
use super::record::Record;
use crate::format::cloudtrail::action::{operation_of, service_of};
use crate::format::cloudtrail::whole;

/// Rules by the member and the literal that a record must have for them.
#[derive(Debug, Default)]
pub(super) struct Index {
    members: BTreeMap<String, Literals>,
    /// Rules that have to be asked about every record.
    always: Vec<usize>,
    /// Operations and services that rules name, in lower case.
    operations: HashSet<String>,
    services: HashSet<String>,
    /// Some rules look at other members than name and source.
    has_others: bool,
}

#[derive(Debug, Default)]
struct Literals {
    rules: HashMap<String, Vec<usize>>,
    all: Vec<usize>,
}

impl Index {
    /// Adds a rule by what records need for it.
    pub(super) fn add(&mut self, rule: usize, need: Option<&Need>) {
        let Some(need) = need else {
            self.always.push(rule);
            return;
        };
        for (path, literals) in need {
            for literal in literals {
                self.note_action(path, literal);
                let member = self.members.entry(path.clone()).or_default();
                member.rules.entry(literal.clone()).or_default().push(rule);
            }
            self.members.entry(path.clone()).or_default().all.push(rule);
        }
    }

    fn note_action(&mut self, path: &str, literal: &str) {
        match path {
            "eventName" => {
                self.operations.insert(literal.to_owned());
                self.operations.insert(operation_of(literal).to_owned());
            }
            "eventSource" => {
                self.services.insert(literal.to_owned());
                self.services.insert(service_of(literal).to_owned());
            }
            _ => self.has_others = true,
        }
    }

    /// Returns true when every rule names an operation or a service, so that most actions need not be read.
    pub(super) const fn knows_actions(&self) -> bool {
        self.always.is_empty() && !self.has_others
    }

    /// Returns true when records of an action may be matched. Wrong only in saying yes.
    pub(super) fn may_match(&self, action: &str) -> bool {
        let Some((service, operation)) = action.split_once(':') else { return true };
        !self.knows_actions()
            || whole::source_and_name(action).is_none()
            || self.operations.contains(&operation.to_lowercase())
            || self.services.contains(&service.to_lowercase())
    }

    /// Finds the rules to ask about a record, each once and in order. Where the literal is hidden, all that look for one.
    pub(super) fn candidates(&self, record: &Record<'_>, found: &mut Vec<usize>) {
        found.clear();
        found.extend(&self.always);
        for (path, member) in &self.members {
            for text in record.texts(path) {
                found.extend(member.rules.get(&text.to_lowercase()).into_iter().flatten());
            }
            if !record.take_hidden().is_empty() {
                found.extend(&member.all);
            }
        }
        found.sort_unstable();
        found.dedup();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::EventId;
    use crate::query::records::RecordRow;

    fn need(path: &str, literals: &[&str]) -> Need {
        let literals: BTreeSet<String> = literals.iter().map(|one| (*one).to_owned()).collect();
        Need::from([(path.to_owned(), literals)])
    }

    fn candidates(index: &Index, action: &str, payload: &str) -> Vec<usize> {
        let row = RecordRow {
            n: 1,
            id: EventId(1),
            time: None,
            action: Some(action.to_owned()),
            columns: Vec::new(),
            payload: payload.to_owned(),
        };
        let mut found = vec![99];
        index.candidates(&Record::new(&row, &[]), &mut found);
        found
    }

    #[test]
    fn a_record_is_the_business_of_rules_whose_literal_it_has() {
        let mut index = Index::default();
        index.add(0, Some(&need("eventName", &["createuser", "deleteuser"])));
        index.add(1, Some(&need("eventSource", &["iam.amazonaws.com"])));
        index.add(2, Some(&need("userIdentity.type", &["root"])));
        index.add(3, None);
        assert_eq!(candidates(&index, "iam:CreateUser", "{}"), [0, 1, 3]);
        let root = r#"{"userIdentity":{"type":"Root"}}"#;
        assert_eq!(candidates(&index, "s3:GetObject", root), [2, 3]);
        let hidden = r#"{"userIdentity":{"type":"****"}}"#;
        assert_eq!(candidates(&index, "s3:GetObject", hidden), [2, 3]);
    }

    #[test]
    fn actions_are_left_out_only_when_every_rule_names_one() {
        let mut index = Index::default();
        index.add(0, Some(&need("eventName", &["createuser20100508"])));
        index.add(1, Some(&need("eventSource", &["monitoring.amazonaws.com"])));
        for action in ["iam:CreateUser", "cloudwatch:PutMetricData", "insight s3:GetObject", "none"]
        {
            assert!(index.may_match(action), "{action}");
        }
        assert!(!index.may_match("s3:GetObject"));
        index.add(2, Some(&need("userAgent", &["x"])));
        assert!(index.may_match("s3:GetObject"));
    }
}
