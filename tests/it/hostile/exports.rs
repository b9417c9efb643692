//! The corpus in every file that leaves the program: a bundle, tables on disk, the case's own text files.

use std::path::Path;

use serde_json::value::RawValue;

use super::output::assert_inert;
use super::{FORMATS, Loaded};
use crate::exports::read;
use crate::support::contents;

/// First letters that a spreadsheet takes for a formula, also behind what it skips.
fn is_formula(cell: &str) -> bool {
    let cell = cell.trim_start_matches([' ', '\u{a0}']);
    cell.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

/// A number is no formula, whatever its sign.
fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok_and(f64::is_finite)
}

fn check_sheet(what: &str, bytes: &[u8], delimiter: u8) {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
    let mut n_cells = 0;
    let mut width = None;
    for row in reader.records() {
        let row = row.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(*width.get_or_insert(row.len()), row.len(), "{what}");
        for cell in &row {
            n_cells += 1;
            assert!(!is_formula(cell) || is_number(cell), "{what}: a formula: {cell:?}");
            assert!(!cell.contains(['\n', '\r']), "{what}: a line inside a cell: {cell:?}");
        }
    }
    assert!(n_cells > 100, "{what} is empty");
}

/// What Markdown and HTML take for more than text. Code spans, which the report uses itself, are taken out first.
fn check_markdown(what: &str, text: &str) {
    let mut in_fence = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        let plain = line.replace("\\`", "");
        let outside: String = plain.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let outside =
            outside.replace("\\<", "").replace("\\[", "").replace("\\]", "").replace("\\!", "");
        assert!(!outside.contains('<'), "{what}: markup: {line:?}");
        assert!(!outside.contains("]("), "{what}: a link: {line:?}");
        assert!(!outside.contains("]:"), "{what}: a link: {line:?}");
        let lower = outside.to_lowercase();
        for live in ["://", "javascript:", "vbscript:", "data:text", "mailto:", " www."] {
            assert!(!lower.contains(live), "{what}: live `{live}`: {line:?}");
        }
    }
    assert!(!in_fence, "{what}: a fence stays open");
}

fn check_json_lines(what: &str, text: &str) {
    for line in text.lines() {
        // A payload may hold half a surrogate pair, which is JSON by its grammar.
        let value: Result<&RawValue, _> = serde_json::from_str(line);
        assert!(value.is_ok(), "{what}: {line:.200}");
    }
}

fn check_workbook(what: &str, path: &Path) {
    for (part, text) in read::parts(path) {
        for active in ["<f>", "<f ", "<hyperlink", "externalLink"] {
            assert!(!text.contains(active), "{what}/{part}: {active}");
        }
    }
    for (sheet, rows) in read::sheets(path) {
        for cell in rows.iter().flatten() {
            assert!(!is_formula(cell) || is_number(cell), "{what} {sheet}: a formula: {cell:?}");
            assert_inert(&format!("{what} {sheet}"), cell.as_bytes(), false);
        }
    }
}

#[test]
fn no_file_of_a_bundle_holds_an_active_byte_a_formula_or_markup() {
    let loaded = Loaded::new();
    super::mark(&loaded);
    for (name, more) in [("bundle", &[][..]), ("external", &["--external"])] {
        let out = loaded.home.text(name);
        loaded
            .check(&[&["export", "-o", &out, "--where", "true", "--format", "all"], more].concat());
        let files = contents(&loaded.home.path(name));
        assert!(files.iter().any(|(file, _)| file == "manifest.json"), "{name} was not written");
        for (file, bytes) in files {
            let what = format!("{name}/{file}");
            // A time stamp request is binary by its standard.
            if [".tsq", ".tsr"].iter().any(|ending| file.ends_with(ending)) {
                continue;
            }
            let path = loaded.home.path(name).join(&file);
            match path.extension().and_then(|end| end.to_str()) {
                Some("parquet") => {
                    assert_inert(&what, read::parquet_texts(&path).as_bytes(), false);
                    continue;
                }
                Some("xlsx") => {
                    check_workbook(&what, &path);
                    continue;
                }
                _ => {}
            }
            assert_inert(&what, &bytes, false);
            let text = String::from_utf8(bytes).unwrap();
            match file.rsplit('.').next() {
                Some("csv") => check_sheet(&what, text.as_bytes(), b','),
                Some("jsonl") => check_json_lines(&what, &text),
                Some("json") => drop(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
                Some("md") if file == "report.md" => check_markdown(&what, &text),
                _ => {}
            }
        }
    }
}

#[test]
fn tables_hold_no_formula_and_no_markup_in_any_command() {
    let loaded = Loaded::new();
    for command in [
        &["timeline"][..],
        &["who"],
        &["what"],
        &["sql", "FROM events"],
        &["sql", "FROM sources"],
        &["search", "a"],
    ] {
        for format in FORMATS {
            let text = loaded.check(&[command, &["--format", format]].concat());
            let what = format!("{command:?} {format}");
            match *format {
                "csv" => check_sheet(&what, text.as_bytes(), b','),
                "tsv" => check_sheet(&what, text.as_bytes(), b'\t'),
                "jsonl" => check_json_lines(&what, &text),
                "json" => drop(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
                "md" => check_markdown(&what, &text),
                _ => {}
            }
        }
    }
}

#[test]
fn text_files_of_the_case_and_the_state_hold_nothing_active() {
    let loaded = Loaded::new();
    super::mark(&loaded);
    loaded.check(&["timeline", "-v", "--filter", "who:\u{1b}[31m"]);
    for folder in ["case", "home"] {
        for (file, bytes) in contents(&loaded.home.path(folder)) {
            let is_text = ["jsonl", "json", "toml", "log", "note", "txt"]
                .iter()
                .any(|end| file.ends_with(end));
            if is_text {
                assert_inert(&format!("{folder}/{file}"), &bytes, true);
            }
        }
    }
}

#[test]
fn json_gives_back_the_exact_text_of_a_record() {
    let loaded = Loaded::new();
    let text = loaded.check(&[
        "sql",
        "SELECT user_agent FROM events WHERE plane = 'cloudtrail'",
        "--json",
    ]);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let given: Vec<&str> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["user_agent"].as_str())
        .collect();
    for wanted in
        ["a\u{1b}[2Jb", "a\u{9b}2Jb", "user\u{202e}gpj.exe", "ad\u{200b}min", "=1+1", "a\u{7f}b"]
    {
        assert!(given.contains(&wanted), "{wanted:?} did not come back as it was");
    }
}
