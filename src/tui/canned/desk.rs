//! The desk of the made-up case: it remembers what was asked of it.

use super::START;
use crate::custody::AsideKind;
use crate::model::rows::{FindingRow, FindingState, Severity};
use crate::model::{EventId, Micros};
use crate::tui::desk::{Desk, FindingChange};

/// A desk that remembers what was asked of it.
#[derive(Debug, Default)]
pub(crate) struct PaperDesk {
    pub(crate) is_read_only: bool,
    pub(crate) said: Vec<String>,
    pub(crate) findings: Vec<FindingRow>,
    pub(crate) asides: Vec<(AsideKind, String, String, String)>,
    pub(crate) log: Option<crossbeam_channel::Sender<String>>,
}

impl PaperDesk {
    fn write(&mut self, text: String) -> Result<String, String> {
        if let Some(log) = &self.log {
            log.send(text.clone()).map_err(|error| error.to_string())?;
        }
        self.said.push(text.clone());
        Ok(text)
    }
}

impl Desk for PaperDesk {
    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn tag(
        &mut self,
        events: &[EventId],
        text: &str,
        criterion: Option<&str>,
    ) -> Result<String, String> {
        let criterion = criterion.map_or_else(String::new, |id| format!(" for {id}"));
        self.write(format!("{} events tagged {text}{criterion}", events.len()))
    }

    fn untag(&mut self, events: &[EventId], text: &str, reason: &str) -> Result<String, String> {
        self.write(format!("{text} struck out of {} events: {reason}", events.len()))
    }

    fn note(&mut self, event: EventId, text: &str) -> Result<String, String> {
        self.write(format!("noted on {}: {text}", event.0))
    }

    fn set_aside(
        &mut self,
        kind: AsideKind,
        key: &str,
        name: &str,
        reason: Option<&str>,
    ) -> Result<String, String> {
        self.asides.retain(|(known, other, _, _)| (*known, other.as_str()) != (kind, key));
        if let Some(reason) = reason {
            self.asides.push((kind, key.to_owned(), name.to_owned(), reason.to_owned()));
        }
        self.write(format!("{name} set aside: {}", reason.unwrap_or("taken back")))
    }

    fn asides(&self) -> Vec<(AsideKind, String, String, String)> {
        self.asides.clone()
    }

    fn declare(
        &mut self,
        key: &str,
        value: Option<&str>,
        reason: Option<&str>,
    ) -> Result<String, String> {
        let reason = reason.unwrap_or("no reason");
        match value {
            // What is no value of TOML, as the case itself would say it.
            Some(value) if value.matches('"').count() % 2 == 1 => Err(format!(
                "`{value}` is no value of TOML: invalid basic string, expected `\"`; a text stands in quotes, and an entry is \
                 written as `agent = \"...\"`"
            )),
            Some(value) => self.write(format!("{key} declared {value}: {reason}")),
            None => self.write(format!("{key} taken out: {reason}")),
        }
    }

    fn undo(&mut self) -> Result<String, String> {
        self.write("undone".to_owned())
    }

    fn redo(&mut self) -> Result<String, String> {
        Err("there is nothing to redo".to_owned())
    }

    fn new_finding(&mut self, title: &str, events: &[EventId]) -> Result<u32, String> {
        let number = u32::try_from(self.findings.len() + 1).map_err(|error| error.to_string())?;
        self.findings.push(FindingRow {
            number,
            state: FindingState::Open,
            severity: Severity::Medium,
            title: title.to_owned(),
            narrative: String::new(),
            fields: std::collections::BTreeMap::new(),
            criteria: Vec::new(),
            events: events.to_vec(),
            by: "kw".into(),
            at: Micros(START),
        });
        Ok(number)
    }

    fn change_finding(&mut self, number: u32, change: &FindingChange) -> Result<String, String> {
        let finding = self
            .findings
            .iter_mut()
            .find(|finding| finding.number == number)
            .ok_or("no such finding")?;
        match change {
            FindingChange::State(state) => finding.state = *state,
            FindingChange::Severity(severity) => finding.severity = *severity,
            FindingChange::Title(title) => finding.title.clone_from(title),
            FindingChange::Narrative(text) => finding.narrative.clone_from(text),
            FindingChange::Field(field, text) => {
                finding.fields.insert(*field, text.clone());
            }
            FindingChange::AddEvents(events) => finding.events.extend(events),
        }
        self.write(format!("finding {number} changed"))
    }

    fn findings(&self) -> Vec<FindingRow> {
        self.findings.clone()
    }

    fn export_check(&mut self) -> Result<Vec<String>, String> {
        Ok(vec![
            "events 1 of 1   notes 1   tags 3".to_owned(),
            "WARN    finding 1 leans on one ~ link".to_owned(),
        ])
    }

    fn export(&mut self) -> Result<String, String> {
        self.write("bundle written to out/acme-0712".to_owned())
    }

    fn criteria(&self) -> Vec<(String, String)> {
        vec![
            ("soc2/CC6.1".into(), "CC6.1 logical access".into()),
            ("eu-ai-act/12".into(), "Article 12 record-keeping".into()),
        ]
    }
}
