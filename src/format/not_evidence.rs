//! Knows the files that lie in evidence folders and hold no records (licences, schemas), and the records that this
//! version does not read (tables, text logs). Must not guess: what is not known here is no verdict.

use serde_json::{Map, Value};

use crate::model::Micros;

use super::sample::{Sample, Shape};

/// Why a source is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There are no records in it.
    NotEvidence(&'static str),
    /// There are records in it, in a form that this version does not read.
    Unsupported(&'static str),
}

/// Words that a header cell of a table has at most.
const MAX_CELL_WORDS: usize = 4;

/// Returns a verdict on JSON content that is known to hold no records.
pub fn of_json(sample: &Sample<'_>) -> Option<Verdict> {
    match sample.shape() {
        Shape::Empty => return Some(Verdict::NotEvidence("empty file")),
        Shape::Text => return None,
        Shape::Object | Shape::Array => {}
    }
    if sample.values().is_empty() && sample.is_whole {
        let document: Value = serde_json::from_str(sample.head.trim()).ok()?;
        return holds_no_object(&document).then_some(Verdict::NotEvidence("JSON without records"));
    }
    if let [Value::Object(object)] = sample.values() {
        return of_object(object, sample);
    }
    if sample.values().is_empty() && is_schema_head(sample) {
        return Some(Verdict::NotEvidence("JSON Schema"));
    }
    None
}

fn of_object(object: &Map<String, Value>, sample: &Sample<'_>) -> Option<Verdict> {
    let has = |keys: &[&str]| keys.iter().all(|key| object.contains_key(*key));
    let reason = if object
        .get("$schema")
        .and_then(Value::as_str)
        .is_some_and(|url| url.contains("json-schema.org"))
    {
        "JSON Schema"
    } else if has(&["ETag", "ContentLength", "Metadata"]) {
        "S3 head-object answer"
    } else if object.is_empty() && sample.is_whole {
        "JSON without records"
    } else {
        return None;
    };
    Some(Verdict::NotEvidence(reason))
}

/// A schema larger than the head has no whole first value; its `$schema` member stands near the beginning.
fn is_schema_head(sample: &Sample<'_>) -> bool {
    let start: String = sample.head.chars().take(512).collect();
    start.contains("\"$schema\"") && start.contains("json-schema.org")
}

fn holds_no_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => false,
        Value::Array(elements) => elements.iter().all(holds_no_object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Returns the verdict on content that is not JSON.
pub fn of_text(sample: &Sample<'_>) -> Verdict {
    if sample.head.starts_with("PAR1") {
        return Verdict::Unsupported("Parquet file: not read by this version");
    }
    if sample.head.starts_with("SQLite format 3") {
        return Verdict::Unsupported("SQLite database: not read by this version");
    }
    if sample.head.trim() == "null" {
        return Verdict::NotEvidence("empty selection (`null`)");
    }
    if looks_like_table(sample) {
        return Verdict::Unsupported("CSV table: not read by this version");
    }
    let lines: Vec<&str> = sample.lines().collect();
    let share = |is_such: &dyn Fn(&str) -> bool| {
        let hits = lines.iter().filter(|line| is_such(line)).count();
        hits > 0 && hits * 2 >= lines.len()
    };
    if share(&|line| line.contains("CEF:") || line.contains("LEEF:")) {
        Verdict::Unsupported("CEF or LEEF text log: not read by this version")
    } else if share(&|line| line.contains('{') && line.ends_with('}') && line.contains("\":")) {
        Verdict::Unsupported("text lines that carry JSON: not read by this version")
    } else if share(&begins_with_time) {
        Verdict::Unsupported("text log with times: not read by this version")
    } else {
        Verdict::NotEvidence("text without records")
    }
}

/// A header of at least three short cells, and a later line with at least as many separators.
fn looks_like_table(sample: &Sample<'_>) -> bool {
    let Some(header) = sample.lines().next() else { return false };
    [',', '\t', ';'].into_iter().any(|separator| {
        let cells: Vec<&str> = header.split(separator).collect();
        let is_header = cells.len() >= 3 && cells.iter().all(|cell| is_header_cell(cell));
        is_header
            && sample.lines().skip(1).any(|line| line.matches(separator).count() + 1 >= cells.len())
    })
}

fn is_header_cell(cell: &str) -> bool {
    let cell = cell.trim().trim_matches('"');
    cell.len() <= 60
        && cell.split_whitespace().count() <= MAX_CELL_WORDS
        && !cell.ends_with(['.', ':'])
}

fn begins_with_time(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(first) = words.next().map(|word| word.trim_matches(['[', ']', ','])) else {
        return false;
    };
    let is_syslog_month =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            .contains(&first);
    if is_syslog_month {
        return words
            .nth(1)
            .is_some_and(|clock| clock.len() == 8 && clock.matches(':').count() == 2);
    }
    first.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && first.len() >= 10
        && Micros::parse(first).is_some()
        || first.len() == 10
            && words
                .next()
                .is_some_and(|clock| Micros::parse(&format!("{first} {clock}")).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(head: &str) -> Option<Verdict> {
        of_json(&Sample::new("x", head, true))
    }

    fn text(head: &str) -> Verdict {
        of_text(&Sample::new("x", head, true))
    }

    #[test]
    fn files_without_records_are_named() {
        let not = |head| match json(head) {
            Some(Verdict::NotEvidence(reason)) => reason,
            other => panic!("{other:?}"),
        };
        assert!(not(r#"{"ETag":"x","ContentLength":1,"Metadata":{}}"#).contains("head-object"));
        assert_eq!(not(r#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#), "JSON Schema");
        assert_eq!(not("[1, 2]"), "JSON without records");
        assert_eq!(not("  \n"), "empty file");
    }

    #[test]
    fn json_with_records_has_no_verdict() {
        assert_eq!(json(r#"{"Records":[{"eventName":"x"}]}"#), None);
        assert_eq!(json(r#"{"a":1}{"b":2}"#), None);
        assert_eq!(json(r#"{"a": "cut"#), None);
    }

    #[test]
    fn text_logs_are_unsupported_and_prose_is_no_evidence() {
        assert_eq!(
            text("# Title\n\nSome words, and more, and others.\n"),
            Verdict::NotEvidence("text without records")
        );
        assert_eq!(
            text("key: value\nlist:\n  - a\n"),
            Verdict::NotEvidence("text without records")
        );
        let is_unsupported = |head| matches!(text(head), Verdict::Unsupported(_));
        assert!(is_unsupported(
            "2026-03-01T10:00:00Z info started\n2026-03-01T10:00:01Z info ready\n"
        ));
        assert!(is_unsupported("Mar  1 10:00:00 host app: started\n"));
        assert!(is_unsupported("time,user,action\n2026,alice,read\n"));
        assert!(is_unsupported("PAR1\u{15}\u{4}"));
    }
}
