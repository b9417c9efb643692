//! The check before an export: what goes in, what stays out, and what a reader should be warned of. Writes nothing.

use super::bundle::BundleInput;
use super::content::{self, Content, FindingPart};
use crate::store::Fault;
use crate::text::sanitize::sanitize;
use crate::text::width;

/// Width of a line for the screen, in cells.
const WIDTH: usize = 76;
/// Troubled sources and findings that are named one by one.
const MAX_NAMED: usize = 5;

/// What an export would hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportCheck {
    /// Events of the bundle and of the case.
    pub events: u64,
    pub events_in_case: u64,
    pub tags: u64,
    pub notes: u64,
    /// Findings in all, and those still open or confirmed.
    pub findings: u64,
    pub standing: u64,
    pub sources: u64,
    pub account: crate::model::Account,
    /// Values redacted when the evidence was read, by class.
    pub redactions: Vec<(String, u64)>,
    /// Numbers of standing findings that lean on `~` links, with how many.
    pub weak: Vec<(u32, u64)>,
    /// Standing findings that blind spots touch: finding, names of the blind spots.
    pub blind: Vec<(u32, Vec<String>)>,
    /// Cited events that the case does not hold: finding, how many.
    pub missing: Vec<(u32, u64)>,
    /// Undated events that stay out, and those inside that Timesketch cannot take.
    pub undated_aside: u64,
    pub undated_inside: u64,
    /// Sources with problems, and why.
    pub troubled: Vec<(String, String)>,
    /// Journal entries that this version does not understand.
    pub not_understood: u64,
}

/// Returns what an export would hold.
pub fn check(input: &BundleInput<'_>) -> Result<ExportCheck, Fault> {
    let content = content::gather(input)?;
    let standing = || content.findings.iter().filter(|part| part.stands());
    let weak = standing().filter(|part| part.n_near() > 0);
    let missing = standing().filter(|part| !part.missing.is_empty());
    let blind = standing().filter(|part| !part.spots.is_empty());
    let names = |part: &FindingPart| part.spots.iter().map(|number| format!("B{number}")).collect();
    Ok(ExportCheck {
        events: content.keys.len() as u64,
        events_in_case: content.n_dated + content.n_undated,
        tags: content.n_tags,
        notes: content.n_notes,
        findings: content.findings.len() as u64,
        standing: standing().count() as u64,
        sources: content.sources.len() as u64,
        account: content.account,
        weak: weak.map(|part| (part.row.number, part.n_near())).collect(),
        blind: blind.map(|part| (part.row.number, names(part))).collect(),
        missing: missing.map(|part| (part.row.number, part.missing.len() as u64)).collect(),
        undated_aside: content.n_undated_aside(),
        undated_inside: content.n_undated_inside,
        troubled: troubled(&content),
        not_understood: input.state.troubles().len() as u64,
        redactions: content.redactions,
    })
}

fn troubled(content: &Content) -> Vec<(String, String)> {
    content
        .troubled()
        .map(|source| {
            let why = match &source.reason {
                Some(reason) => format!("{}: {reason}", source.state.as_str()),
                None if source.account.rejected > 0 => {
                    format!("{} records rejected", source.account.rejected)
                }
                None => source.warnings.first().cloned().unwrap_or_default(),
            };
            (source.name.clone(), why)
        })
        .collect()
}

impl ExportCheck {
    /// Returns the check for a screen or a terminal: sanitized lines of at most 76 cells.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!(
                "events {} of {}   notes {}   tags {}   findings {} ({} standing)",
                self.events,
                self.events_in_case,
                self.notes,
                self.tags,
                self.findings,
                self.standing
            ),
            format!(
                "sources {}   read {} = kept {} + duplicate {} + rejected {}   {}",
                self.sources,
                self.account.read,
                self.account.kept,
                self.account.duplicate,
                self.account.rejected,
                self.account.verdict()
            ),
            self.redacted(),
        ];
        self.warn(&mut lines);
        if self.undated_aside > 0 {
            lines.push(format!("left out  {} undated events of the case", self.undated_aside));
        }
        if self.undated_inside > 0 {
            lines.push(format!(
                "left out  {} undated events, of the Timesketch file only",
                self.undated_inside
            ));
        }
        lines.iter().map(|line| width::cut_end(&sanitize(line), WIDTH).into_owned()).collect()
    }

    fn redacted(&self) -> String {
        if self.redactions.is_empty() {
            return "redact  nothing was found to redact".to_owned();
        }
        let classes: Vec<String> =
            self.redactions.iter().map(|(class, count)| format!("{count} {class}")).collect();
        format!("redact  {}", classes.join("  "))
    }

    fn warn(&self, lines: &mut Vec<String>) {
        if !self.account.is_balanced() {
            lines.push("WARN    the row account does not balance".to_owned());
        }
        for (number, count) in self.weak.iter().take(MAX_NAMED) {
            let near =
                if *count == 1 { "one ~ link".to_owned() } else { format!("{count} ~ links") };
            lines.push(format!("WARN    finding {number} leans on {near}; report will say so"));
        }
        for (number, names) in self.blind.iter().take(MAX_NAMED) {
            let (count, names) = (names.len(), names.join(" "));
            let spots = if count == 1 { "a blind spot" } else { "blind spots" };
            let line = format!("WARN    {spots} touch finding {number}: {names}");
            lines.push(if count == 1 { line.replacen("touch", "touches", 1) } else { line });
        }
        for (number, count) in self.missing.iter().take(MAX_NAMED) {
            let events = if *count == 1 { "an event" } else { "events" };
            lines
                .push(format!("WARN    finding {number} cites {events} not in the case ({count})"));
        }
        for (name, why) in self.troubled.iter().take(MAX_NAMED) {
            lines.push(format!("WARN    {}  {why}", width::cut_middle(&sanitize(name), 30)));
        }
        if self.troubled.len() > MAX_NAMED {
            let more = self.troubled.len() - MAX_NAMED;
            lines.push(format!("WARN    {more} more sources with problems; report names all"));
        }
        if self.not_understood > 0 {
            lines.push(format!(
                "WARN    {} journal entries are not understood by this version",
                self.not_understood
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_hold_nothing_active() {
        let check = ExportCheck {
            events: u64::MAX,
            troubled: vec![("\u{1b}[2J".repeat(40), "x\u{202e}".repeat(40)); 9],
            redactions: vec![("aws-secret-key".to_owned(), 4); 12],
            weak: vec![(1, 1), (2, 3)],
            blind: vec![(1, vec!["B1".to_owned()]), (2, vec!["B100".to_owned(); 40])],
            undated_aside: 5,
            ..ExportCheck::default()
        };
        let lines = check.lines();
        for line in &lines {
            assert!(width::cells(line) <= WIDTH, "{line}");
            assert_eq!(sanitize(line), *line);
        }
        assert!(
            lines.contains(&"WARN    finding 1 leans on one ~ link; report will say so".to_owned())
        );
        assert!(lines.contains(&"WARN    a blind spot touches finding 1: B1".to_owned()));
        assert!(
            lines.contains(&"WARN    4 more sources with problems; report names all".to_owned())
        );
        assert!(lines.contains(&"left out  5 undated events of the case".to_owned()));
    }
}
