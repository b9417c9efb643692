//! What is wrong with a rule file, with its place. Owns finding the line that a reason speaks about; must not read files.

use std::fmt;

/// How much of a rule is left after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The rule cannot run.
    Dropped,
    /// The rule runs; only what the fault names is left out.
    Remark,
}

impl Weight {
    /// Returns what happened to the rule, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "does not run",
            Self::Remark => "runs",
        }
    }
}

/// A fault of a rule file. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleFault {
    pub file: String,
    pub line: usize,
    /// The field it is in, as a dotted path.
    pub field: Option<String>,
    pub reason: String,
    pub weight: Weight,
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` line {}", self.file, self.line)?;
        if let Some(field) = &self.field {
            write!(f, " `{field}`")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// A fault inside one document, before its file is known. The line counts from 0, from the document's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) field: Option<String>,
    pub(super) reason: String,
    pub(super) weight: Weight,
}

impl Spot {
    /// Returns a fault at the first line that begins with the key `field`, or at the first line of the document.
    pub(super) fn at_field(text: &str, field: &str, reason: impl Into<String>) -> Self {
        let key = field.rsplit('.').next().unwrap_or(field);
        Self {
            line: line_of_key(text, key).unwrap_or_else(|| first_line(text)),
            field: Some(field.to_owned()),
            reason: one_line(&reason.into()),
            weight: Weight::Dropped,
        }
    }

    /// Returns a fault at the line of a key that may have dots of its own.
    pub(super) fn at_key(text: &str, key: &str, reason: impl Into<String>) -> Self {
        Self {
            line: line_of_key(text, key).unwrap_or_else(|| first_line(text)),
            field: Some(key.to_owned()),
            reason: one_line(&reason.into()),
            weight: Weight::Dropped,
        }
    }

    /// Returns a fault where its reason says it is.
    pub(super) fn told(text: &str, reason: &str, weight: Weight) -> Self {
        let (line, field) = place(text, reason);
        // The parser quotes values with another mark than the rest of the program.
        Self { line, field, reason: one_line(reason).replace('\'', "`"), weight }
    }

    pub(super) fn in_file(self, file: &str, first: usize) -> RuleFault {
        let Self { line, field, reason, weight } = self;
        RuleFault { file: file.to_owned(), line: first + line, field, reason, weight }
    }
}

/// Fields that reasons name by their words: a part of the reason, and the field.
const TOLD: &[(&str, &str)] = &[
    ("correlation type", "correlation.type"),
    ("Missing timeframe", "correlation"),
    ("Invalid timespan", "correlation.timespan"),
    ("correlation condition", "correlation.condition"),
    ("orrelation", "correlation"),
    ("invalid level", "level"),
    ("invalid status", "status"),
    ("related", "related"),
    ("logsource", "logsource"),
    ("ondition", "detection.condition"),
    ("unknown detection", "detection.condition"),
    ("Invalid detection", "detection"),
];

/// Returns line and field that a reason of the parser speaks about.
fn place(text: &str, reason: &str) -> (usize, Option<String>) {
    if let Some(line) = number_after(reason, " at line ") {
        return (line.saturating_sub(1), None);
    }
    let quoted = reason.split('\'').nth(1).unwrap_or_default();
    if reason.starts_with("Missing required field") {
        let at = if quoted == "condition" { line_of_key(text, "detection") } else { None };
        return (at.unwrap_or_else(|| first_line(text)), Some(quoted.to_owned()));
    }
    if reason.contains("modifier") || reason.contains("field specification") {
        let wanted = if quoted.is_empty() { "|not".to_owned() } else { format!("|{quoted}") };
        if let Some((line, found)) =
            text.lines().enumerate().find(|(_, line)| line.contains(&wanted))
        {
            return (line, Some(key_of(found)));
        }
    }
    for (words, field) in TOLD {
        if reason.contains(words) {
            let key = field.rsplit('.').next().unwrap_or(field);
            let line = line_of_key(text, key)
                .or_else(|| (key == "timespan").then(|| line_of_key(text, "timeframe")).flatten());
            return (line.unwrap_or_else(|| first_line(text)), Some((*field).to_owned()));
        }
    }
    (first_line(text), None)
}

fn number_after(text: &str, words: &str) -> Option<usize> {
    let (_, rest) = text.split_once(words)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Returns the key that a line of YAML begins with.
fn key_of(line: &str) -> String {
    let line = line.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
    line.split(':').next().unwrap_or(line).trim_matches(['"', '\'']).to_owned()
}

/// Returns the first line, from 0, whose key is `key`.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(':') && key_of(line) == key)
}

/// Returns the first line that says something.
fn first_line(text: &str) -> usize {
    let says = |line: &str| !line.trim().is_empty() && !line.starts_with('#') && line != "---";
    text.lines().position(says).unwrap_or(0)
}

/// Parsers draw pictures over several lines; a fault is one line.
fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "title: a\nlogsource:\n    product: aws\ndetection:\n    selection:\n        eventName|contians: x\n    condition: selection and\nlevel: hgih\n";

    fn placed(reason: &str) -> (usize, Option<String>) {
        let spot = Spot::told(RULE, reason, Weight::Dropped);
        (spot.line, spot.field)
    }

    #[test]
    fn reasons_of_the_parser_find_their_lines() {
        assert_eq!(
            placed("Unknown modifier 'contians'"),
            (5, Some("eventName|contians".to_owned()))
        );
        assert_eq!(
            placed("Condition parse error at 1:14: expected"),
            (6, Some("detection.condition".to_owned()))
        );
        assert_eq!(placed("invalid level: 'hgih'"), (7, Some("level".to_owned())));
        assert_eq!(placed("YAML parse error: bad at line 3 column 1"), (2, None));
        assert_eq!(placed("Missing required field 'detection'"), (0, Some("detection".to_owned())));
        assert_eq!(placed("something else"), (0, None));
    }

    #[test]
    fn faults_are_one_line_with_file_line_and_field() {
        let fault = Spot::at_field(RULE, "detection.condition", "a\n  ^ b").in_file("x.yml", 11);
        assert_eq!(fault.to_string(), "`x.yml` line 17 `detection.condition`: a ^ b");
    }
}
