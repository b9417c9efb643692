//! Answers of `aws logs get-query-results`: rows of `{field, value}`. The record is `@message`; a row without it is
//! rebuilt from the dotted names of its columns and ranks as reduced. `@ptr` is a handle of the service and dropped.

use serde_json::{Map, Value};

use crate::format::cloudtrail::raw::{Object, elements, is_json, scalar};
use crate::format::cloudtrail::{event, recognize};
use crate::format::{Adapted, Adapter, Confidence, Format, Record, Sample};
use crate::source::Framing;

use super::message;

const DRILL: &[&str] = &["results"];

/// Rank of a record rebuilt from some of its columns.
const REDUCED: u8 = 2;

/// Results of a Logs Insights query.
#[derive(Debug, Clone, Copy, Default)]
pub struct InsightsResults;

impl Format for InsightsResults {
    fn id(&self) -> &'static str {
        "aws.cloudwatch-insights"
    }

    fn about(&self) -> &'static str {
        "CloudTrail or Bedrock records in Logs Insights `get-query-results` answers"
    }

    fn framing(&self) -> Framing {
        Framing::json(DRILL)
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        let records = sample.records(Framing::json(DRILL));
        let known = records.iter().filter(|row| is_row(row)).count();
        recognize::score(
            known,
            records.len(),
            90,
            "rows of fields with CloudTrail or Bedrock content",
        )
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(RowAdapter { rows: 0 })
    }
}

fn is_row(row: &Value) -> bool {
    let Some(cells) = row.as_array() else { return false };
    let cell = |name: &str| {
        cells
            .iter()
            .find(|cell| cell.get("field").and_then(Value::as_str) == Some(name))?
            .get("value")?
            .as_str()
    };
    match cell("@message") {
        Some(text) => recognize::is_known_text(text),
        None => cell("eventName").is_some() || cell("eventSource").is_some(),
    }
}

#[derive(Debug)]
struct RowAdapter {
    rows: u64,
}

impl Adapter for RowAdapter {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        self.rows += 1;
        let cells: Vec<_> = elements(record.text)
            .into_iter()
            .filter_map(Object::parse)
            .filter_map(|cell| Some((cell.text("field")?, cell.raw("value").and_then(scalar)?)))
            .collect();
        if cells.is_empty() {
            return out.reject(record, "row is not a list of `field` and `value`");
        }
        if let Some((_, text)) = cells.iter().find(|(field, _)| field == "@message") {
            return message::adapt(text, record, out);
        }
        let mut rebuilt = Map::new();
        for (field, value) in cells.iter().filter(|(field, _)| field != "@ptr") {
            place(&mut rebuilt, field, read_value(value));
        }
        match event::read_owned(&Value::Object(rebuilt).to_string()) {
            Ok(mut event) => {
                event.shape_rank = REDUCED;
                out.push(record, event);
            }
            Err(reason) => out.reject(record, format!("row without `@message`: {reason}")),
        }
    }

    fn envelope(&mut self, text: &[u8], out: &mut Adapted<'_>) {
        let object = std::str::from_utf8(text).ok().and_then(Object::parse).unwrap_or_default();
        let matched = object.object("statistics").number("recordsMatched").unwrap_or(0);
        if u64::try_from(matched).is_ok_and(|matched| matched > self.rows) {
            out.warn(format!(
                "truncated collection: the query matched {matched} records, this file holds {}",
                self.rows
            ));
        }
        if let Some(status) = object.text("status").filter(|status| status != "Complete") {
            let known = ["Running", "Scheduled", "Failed", "Cancelled", "Timeout", "Unknown"];
            let status = known.iter().find(|word| **word == status).unwrap_or(&"not complete");
            out.warn(format!("query status is `{status}`: rows may be missing"));
        }
    }
}

/// Containers come as JSON text in a cell.
fn read_value(text: &str) -> Value {
    let is_container = text.starts_with(['{', '[']) && is_json(text);
    if is_container { serde_json::from_str(text).unwrap_or_default() } else { Value::from(text) }
}

/// Puts a value where its dotted name says; a name that collides with a value stays as it is written.
fn place(root: &mut Map<String, Value>, name: &str, value: Value) {
    let mut parts: Vec<&str> = name.split('.').collect();
    let last = parts.pop().unwrap_or(name);
    if is_blocked(root, &parts) {
        root.insert(name.to_owned(), value);
        return;
    }
    let mut here = root;
    for part in parts {
        let next = here.entry(part).or_insert_with(|| Value::Object(Map::new()));
        match next {
            Value::Object(inner) => here = inner,
            _ => return,
        }
    }
    here.insert(last.to_owned(), value);
}

fn is_blocked(root: &Map<String, Value>, parts: &[&str]) -> bool {
    let mut here = root;
    for part in parts {
        match here.get(*part) {
            None => return false,
            Some(Value::Object(inner)) => here = inner,
            Some(_) => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_nest_and_collisions_stay_flat() {
        let mut root = Map::new();
        place(&mut root, "a.b", Value::from("1"));
        place(&mut root, "a.c", Value::from("2"));
        place(&mut root, "a.b.d", Value::from("3"));
        assert_eq!(Value::Object(root).to_string(), r#"{"a":{"b":"1","c":"2"},"a.b.d":"3"}"#);
    }
}
