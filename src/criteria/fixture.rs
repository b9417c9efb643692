//! Stores made of the rows of a test, for the tests of rules and answers.

use std::path::Path;

use super::rule::RuleTest;
use crate::store::{Limits, Store, Value, Writer};

/// A store with the rows of a test.
pub(super) fn store_of(folder: &Path, test: &RuleTest) -> Store {
    let limits = Limits { memory_mib: 300, threads: 1 };
    let store = Store::open(&folder.join("case.duckdb"), limits).unwrap();
    let mut writer = store.writer().unwrap();
    writer
        .execute_batch(
            "INSERT INTO source (source, name, state, read, kept, duplicate, rejected) VALUES (1, 'a.jsonl', 'read', 0, 0, 0, 0);
             INSERT INTO meta VALUES ('gaps made', 'yes')",
        )
        .unwrap();
    for (place, row) in test.rows.iter().enumerate() {
        insert(&mut writer, place, row);
    }
    if !test.sql.is_empty() {
        writer.execute_batch(&test.sql).unwrap();
    }
    writer.commit().unwrap();
    drop(writer);
    store
}

/// Inserts an event. What a test does not say is plain; `in_agent_session` makes it part of an agent's session.
fn insert(writer: &mut Writer, place: usize, row: &toml::Table) {
    let mut columns: Vec<(String, Value)> = vec![
        ("n".to_owned(), Value::Int(i64::try_from(place).unwrap() + 1)),
        ("id".to_owned(), Value::from(format!("00000000-0000-8000-8000-{:012x}", place + 1))),
    ];
    let plain = [
        ("ts", format!("2026-07-12 09:{:02}:{:02}", place / 60, place % 60)),
        ("ts_precision", "millisecond".to_owned()),
        ("plane", "cloudtrail".to_owned()),
        ("kind", "api".to_owned()),
        ("payload", "{}".to_owned()),
    ];
    if !row.contains_key("source") {
        columns.push(("source".to_owned(), Value::Int(1)));
    }
    for (name, value) in plain {
        if !row.contains_key(name) {
            columns.push((name.to_owned(), Value::from(value)));
        }
    }
    for (name, value) in row {
        let value = match value {
            toml::Value::String(text) => Value::from(text.as_str()),
            toml::Value::Integer(number) => Value::Int(*number),
            toml::Value::Float(number) => Value::Float(*number),
            toml::Value::Boolean(flag) => Value::Bool(*flag),
            other => Value::from(other.to_string()),
        };
        if name == "in_agent_session" {
            let session = [value.clone()];
            writer.execute("DELETE FROM session WHERE id = ?", &session).unwrap();
            writer.execute("INSERT INTO session (id, kind) VALUES (?, 'AGENT')", &session).unwrap();
            writer.execute("DELETE FROM session_key WHERE local = ?", &session).unwrap();
            writer
                .execute("INSERT INTO session_key VALUES (?, ?)", &[value.clone(), value.clone()])
                .unwrap();
            columns.push(("session".to_owned(), value));
        } else {
            columns.push((name.clone(), value));
        }
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let values: Vec<Value> = columns.iter().map(|(_, value)| value.clone()).collect();
    writer
        .execute(&format!("INSERT INTO event ({}) VALUES ({marks})", names.join(", ")), &values)
        .unwrap_or_else(|error| panic!("row {place}: {error}"));
}
