//! Faults: the program is killed, the disk is full, evidence changes or goes away, another process wants the case, the
//! case cannot be written. Whatever happens, what was acknowledged is there, nothing counts twice, and the case opens.
//!
//! `WHYTRAIL_KILL_POINTS` sets how many kills there are in all (24 if not given), `WHYTRAIL_KILL_SEED` repeats a run.

mod conserved;
mod killed;
mod shared_case;
mod trouble;

use serde_json::Value;

use crate::support::{Home, contents, record_with, records};

/// Evidence that takes a while: `n_files` files of `per_file` records, some of them compressed.
fn much(home: &Home, n_files: u32, per_file: u32) {
    for file in 0..n_files {
        let numbers = file * per_file..(file + 1) * per_file;
        let all: Vec<Value> = numbers
            .map(|number| {
                let agent = format!("client-{:08x}", number.wrapping_mul(2_654_435_761));
                record_with(number, serde_json::json!({ "userAgent": agent.repeat(8) }))
            })
            .collect();
        let text = records(&all);
        match file % 3 {
            0 => home.write(&format!("evidence/{file:02}.json.gz"), crate::support::gzip(text)),
            _ => home.write(&format!("evidence/{file:02}.json"), text),
        };
    }
}

/// Returns what a case holds, in words that do not depend on how it came to hold it.
fn holdings(home: &Home) -> Vec<String> {
    [
        "SELECT count(*), count(DISTINCT id), min(ts), max(ts), bit_xor(hash(id)) FROM events",
        "SELECT count(*), sum(read), sum(kept), sum(duplicate), sum(rejected) FROM sources",
        "SELECT name, state, read, kept, duplicate, rejected FROM sources ORDER BY name",
        "SELECT count(*) FROM sessions",
        "SELECT count(*) FROM links",
    ]
    .iter()
    .flat_map(|query| home.sql(query))
    .collect()
}

/// The rows of the case are those that its account says: no more, and none without a source.
#[track_caller]
fn assert_balanced(home: &Home, what: &str) {
    let off = home.sql("SELECT count(*) FROM sources WHERE read <> kept + duplicate + rejected");
    assert_eq!(off, ["0"], "{what}: the account of a source");
    let rows =
        home.sql("SELECT (SELECT count(*) FROM events) - coalesce(sum(kept), 0) FROM sources");
    assert_eq!(rows, ["0"], "{what}: events that no finished source accounts for");
    let twice = home.sql("SELECT count(*) - count(DISTINCT id) FROM events");
    assert_eq!(twice, ["0"], "{what}: events counted twice");
}

/// Returns what `verify` says of the case, by the number of the statement.
#[track_caller]
fn verdicts(home: &Home, what: &str) -> Vec<(u64, String, String)> {
    let ran = home.run(&["verify", &home.text("case"), "--json"]);
    let answer: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{what}: {ran:?}"));
    let statements = answer["statements"].as_array().expect("statements");
    let told = statements.iter().map(|one| {
        let verdict = one["verdict"].as_str().unwrap().to_owned();
        (one["number"].as_u64().unwrap(), verdict, one.to_string())
    });
    told.collect()
}

/// The journal is one chain from its first line to its last.
#[track_caller]
fn assert_chained(home: &Home, what: &str) {
    let verdicts = verdicts(home, what);
    assert!(verdicts[0].0 == 1 && verdicts[0].1 == "HOLDS", "{what}: {verdicts:?}");
}

/// Nothing that can be checked of the case is false.
#[track_caller]
fn assert_true(home: &Home, what: &str) {
    assert_chained(home, what);
    let wrong = verdicts(home, what).into_iter().filter(|(_, verdict, _)| verdict == "FALSE");
    let wrong: Vec<String> = wrong.map(|(.., text)| text).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?}");
}

/// Returns the names of files below a folder.
fn names(home: &Home, folder: &str) -> Vec<String> {
    contents(&home.path(folder)).into_iter().map(|(name, _)| name).collect()
}
