//! The bundle as a whole, on a small case with a real database.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::fixture::{Case, HOSTILE, Loading, id, read};
use super::*;
use crate::model::Micros;
use crate::query::Filter;
use crate::text::sanitize::sanitize;

const FILES: [&str; 15] = [
    "VERIFY.md",
    "events.csv",
    "events.jsonl",
    "findings.json",
    "forms/annex-iv.html",
    "forms/art-73.html",
    "forms/auditor.html",
    "forms/brief.html",
    "forms/gdpr-33.html",
    "forms/hand-over.html",
    "journal.jsonl",
    "manifest.json",
    "report.html",
    "report.md",
    "timesketch.jsonl",
];

fn lines(text: &str) -> Vec<Json> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Names of the files below a folder, in order.
fn names(folder: &std::path::Path, before: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{before}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            found.extend(names(&entry.path(), &format!("{name}/")));
        } else {
            found.push(name);
        }
    }
    found.sort_unstable();
    found
}

fn hex(bytes: &[u8]) -> String {
    safe::hex(&Sha256::digest(bytes))
}

#[test]
fn same_state_gives_the_same_bytes_whatever_the_order_of_loading() {
    let (forward, backward) = (Case::new(), Case::loaded(Loading::Backward));
    let all = Filter::default();
    for (case, name) in [(&forward, "one"), (&forward, "two"), (&backward, "three")] {
        let reader = case.reader();
        let input = BundleInput { filter: Some(&all), ..case.input(&reader) };
        write(&input, &forward.path(name)).unwrap();
    }
    for other in ["two", "three"] {
        for file in FILES {
            assert_eq!(
                read(&forward.path("one"), file),
                read(&forward.path(other), file),
                "{file} {other}"
            );
        }
    }
}

#[test]
fn time_of_export_is_in_the_manifest_only() {
    let case = Case::new();
    let reader = case.reader();
    let input = case.input(&reader);
    let later = BundleInput { exported_at: Micros(input.exported_at.0 + 5), ..input };
    write(&input, &case.path("one")).unwrap();
    write(&later, &case.path("two")).unwrap();
    for file in FILES {
        let is_equal = read(&case.path("one"), file) == read(&case.path("two"), file);
        assert_eq!(is_equal, file != "manifest.json", "{file}");
    }
}

#[test]
fn manifest_names_the_hash_of_every_other_file() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    let report = write(&case.input(&reader), &out).unwrap();
    assert_eq!(names(&out, ""), FILES);
    let manifest: Json = serde_json::from_str(&read(&out, "manifest.json")).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), FILES.len() - 1);
    for file in listed {
        let bytes = fs::read(out.join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!(file["sha256"], hex(&bytes));
        assert_eq!(file["bytes"], bytes.len());
    }
    assert_eq!(report.files.len(), FILES.len());
    assert_eq!(manifest["sources"].as_array().unwrap().len(), 2);
    assert_eq!(manifest["sources"][0]["sha256"], "b".repeat(64));
    assert_eq!(manifest["account"]["verdict"], "BALANCED");
    assert_eq!(manifest["redactions"]["password"], 3);
    assert_eq!(manifest["left_out"]["undated"], 1);
    assert!(!read(&out, "manifest.json").contains("/nowhere"));
    assert_eq!(fs::read(out.join("journal.jsonl")).unwrap(), case.journal);
}

#[test]
fn folder_and_files_are_their_owners_alone() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("deep/out");
    write(&case.input(&reader), &out).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(out.clone()), 0o700);
    for file in FILES {
        assert_eq!(mode(out.join(file)), 0o600);
    }
}

#[test]
fn folder_that_is_not_empty_is_refused_unless_files_may_be_replaced() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    fs::create_dir(&out).unwrap();
    let input = case.input(&reader);
    write(&input, &out).unwrap();
    let error = write(&input, &out).unwrap_err();
    assert!(matches!(&error, WriteError::Exists { path } if *path == out));
    assert!(error.to_string().contains("hint: "));
    fs::write(out.join("findings.json"), "old").unwrap();
    fs::write(out.join("mine.txt"), "kept").unwrap();
    let forced = BundleInput { overwrite: Overwrite::Replace, ..input };
    write(&forced, &out).unwrap();
    assert!(read(&out, "findings.json").contains("whytrail.findings"));
    assert_eq!(read(&out, "mine.txt"), "kept");
}

#[test]
fn failure_names_the_file_and_leaves_no_manifest() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    fs::create_dir_all(out.join("report.md/in-the-way")).unwrap();
    fs::write(out.join("manifest.json"), "old").unwrap();
    let input = BundleInput { overwrite: Overwrite::Replace, ..case.input(&reader) };
    let Err(WriteError::Io { path, written, .. }) = write(&input, &out) else { panic!("no error") };
    assert_eq!(path, out.join("report.md"));
    let before = ["events.jsonl", "events.csv", "timesketch.jsonl", "findings.json", "report.html"];
    assert_eq!(written, before);
    assert!(!out.join("manifest.json").exists());
    assert!(!out.join(".report.md.part").exists());
}

#[test]
fn only_marked_events_go_in_unless_a_filter_adds_more() {
    let case = Case::new();
    let reader = case.reader();
    let input = case.input(&reader);
    assert_eq!(write(&input, &case.path("marked")).unwrap().events, 2);
    let filter = Filter::parse("source:gateway").unwrap();
    let more = BundleInput { filter: Some(&filter), ..input };
    assert_eq!(write(&more, &case.path("more")).unwrap().events, 3);
    let filter = Filter::parse("is:undated").unwrap();
    let undated = BundleInput { filter: Some(&filter), ..input };
    let report = write(&undated, &case.path("undated")).unwrap();
    assert_eq!((report.events, report.undated_aside), (3, 0));
    let ids: Vec<Json> = lines(&read(&case.path("undated"), "timesketch.jsonl"));
    assert!(ids.iter().all(|line| line["event_id"] != id(4).to_string()));
}

#[test]
fn events_are_lossless_and_the_trailer_counts_them() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    write(&case.input(&reader), &out).unwrap();
    let text = read(&out, "events.jsonl");
    let events = lines(&text);
    assert_eq!(events.len(), 3);
    let (asked, cloud) = (&events[0], &events[1]);
    assert_eq!(asked["id"], id(2).to_string());
    assert_eq!(asked["action"], HOSTILE);
    assert_eq!(asked["notes"][0]["by"], "analyst");
    assert_eq!(cloud["ts"], "2026-07-12T09:31:03.114007Z");
    assert_eq!(cloud["bytes"], 12);
    assert_eq!(cloud["tags"][0]["text"], "bad");
    assert_eq!(cloud["tags"][1]["criterion"], "euaia-art-12.1");
    assert_eq!(cloud["identifiers"][0]["value"], "req-1");
    assert_eq!(cloud["resources"][0]["id"], "arn:aws:s3:::made-up-bucket");
    assert_eq!(cloud["links"][0]["other"], id(2).to_string());
    assert_eq!(cloud["places"].as_array().unwrap().len(), 2);
    assert_eq!(cloud["places"][0]["record_sha256"], "01".repeat(32));
    assert!(text.contains(r#""payload":{"a":12345678901234567890123,"b":"x\u202e"}"#));
    assert_eq!(events[2]["trailer"]["events"], 2);
}

#[test]
fn timesketch_lines_have_the_mandatory_fields_with_one_type_each() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    let all = Filter::default();
    let input = BundleInput { filter: Some(&all), ..case.input(&reader) };
    let report = write(&input, &out).unwrap();
    let lines = lines(&read(&out, "timesketch.jsonl"));
    assert_eq!(lines.len() as u64, report.timesketch_lines);
    assert_eq!(lines.len(), 4);
    let mut kinds = std::collections::BTreeMap::new();
    for line in &lines {
        for (name, value) in line.as_object().unwrap() {
            assert!(!value.is_object() && !value.is_null() && !name.contains('.'), "{name}");
            let kind = std::mem::discriminant(value);
            assert_eq!(*kinds.entry(name.clone()).or_insert(kind), kind, "{name}");
        }
        assert!(line["message"].is_string());
        assert!(line["datetime"].as_str().unwrap().ends_with("+00:00"));
        assert!(line["timestamp"].is_i64());
        assert!(line["tag"].is_array());
    }
}

#[test]
fn timesketch_has_one_line_for_each_time_of_an_event() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    write(&case.input(&reader), &out).unwrap();
    let lines = lines(&read(&out, "timesketch.jsonl"));
    assert_eq!(lines[0]["timestamp_desc"], "Event Time");
    assert_eq!(lines[1]["timestamp_desc"], "Approval Decided");
    assert_eq!(lines[1]["event_id"], lines[0]["event_id"]);
    let cloud = lines.iter().find(|line| line["event_id"] == id(1).to_string()).unwrap();
    assert_eq!(cloud["datetime"], "2026-07-12T09:31:03.114007+00:00");
    assert_eq!(cloud["timestamp"], 1_783_848_663_114_007_i64);
    assert_eq!(
        cloud["tag"],
        serde_json::json!([
            "analyst:bad",
            "analyst:no approval",
            "criterion:euaia-art-12.1",
            "finding:1"
        ])
    );
    assert_eq!(cloud["sanitised"], false);
    assert_eq!(lines[0]["sanitised"], true);
}

#[test]
fn sheet_runs_nothing_and_says_what_was_changed() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    write(&case.input(&reader), &out).unwrap();
    let text = read(&out, "events.csv");
    let mut sheet = csv::Reader::from_reader(text.as_bytes());
    let names = sheet.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|known| known == name).unwrap();
    let rows: Vec<csv::StringRecord> = sheet.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[0][column("tool")].starts_with("'=HYPERLINK"));
    assert_eq!(&rows[0][column("sanitised")], "true");
    assert_eq!(&rows[1][column("sanitised")], "false");
    assert_eq!(&rows[1][column("tags")], "bad; no approval");
    assert_eq!(&rows[1][column("raw_sha256")], "01".repeat(32));
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
}

#[test]
fn nothing_active_is_in_any_file() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    let all = Filter::default();
    write(&BundleInput { filter: Some(&all), ..case.input(&reader) }, &out).unwrap();
    for file in FILES {
        for line in read(&out, file).lines() {
            assert_eq!(sanitize(line), line, "{file}");
        }
    }
    let report = read(&out, "report.md");
    for active in ["<script", "<b>", "](b)", "://evil", "b@b.", "a@b.", "\n# not", "> - mail"] {
        assert!(!report.contains(active), "{active}");
    }
}

#[test]
fn report_keeps_facts_and_opinion_apart_and_says_what_it_leans_on() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    write(&case.input(&reader), &out).unwrap();
    let report = read(&out, "report.md");
    for part in [
        "**BALANCED**",
        "## 11. Findings",
        "**Facts** (from the records)",
        "**Opinion** (the analyst's text)\n\n> I think so.",
        "This finding leans on 1 `~` link",
        "Finding 1 leans on `~` links",
        "Criteria were not assessed for this bundle",
        "Cited, but not in the evidence",
        "No record of plane mcp was supplied",
        "**DRAFT**",
        "not yet applicable for 2 of 2 (applies from 2027-12-02)",
        "| password | 3 |",
        "trail/a.json.gz line 2",
        "ends early at byte 400",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    let facts = report.find("**Facts**").unwrap();
    let opinion = report.find("I think so.").unwrap();
    assert!(facts < opinion);
    for word in ["compliant", "violat", "proved"] {
        assert!(!report.to_lowercase().contains(word), "{word}");
    }
}

#[test]
fn findings_file_holds_the_contract() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    write(&case.input(&reader), &out).unwrap();
    let file: Json = serde_json::from_str(&read(&out, "findings.json")).unwrap();
    assert_eq!((&file["schema"], &file["version"]), (&"whytrail.findings".into(), &1.into()));
    let first = &file["findings"][0];
    assert_eq!(first["title"], "denied call <b>again</b>");
    assert_eq!(first["events"][0]["id"], id(2).to_string());
    assert_eq!(first["events"][1]["facts"]["error_code"], "AccessDenied");
    assert_eq!(first["events"][1]["line"], 2);
    assert_eq!(first["events"][1]["record_sha256"], "01".repeat(32));
    assert_eq!(first["events_missing"][0], id(9).to_string());
    assert_eq!(first["links"]["grades"], serde_json::json!({"=": 1, "+": 0, "~": 1}));
    assert_eq!(first["links"]["leans_on_near"], true);
    assert_eq!(first["links"]["between_events"].as_array().unwrap().len(), 1);
    assert_eq!(file["findings"][1]["state"], "rejected");
}

#[test]
fn check_says_what_the_export_then_holds() {
    let case = Case::new();
    let reader = case.reader();
    let input = case.input(&reader);
    let found = check(&input).unwrap();
    let report = write(&input, &case.path("out")).unwrap();
    assert_eq!(found.events, report.events);
    assert_eq!((found.events_in_case, found.tags, found.notes), (4, 3, 1));
    assert_eq!((found.findings, found.standing), (2, 1));
    assert_eq!(found.weak, [(1, 1)]);
    assert_eq!(found.missing, [(1, 1)]);
    assert_eq!(found.undated_aside, 1);
    assert_eq!(found.troubled.len(), 1);
    assert_eq!(found.redactions, [("password".to_owned(), 3), ("token".to_owned(), 4)]);
}

#[test]
fn no_sentence_of_the_report_says_more_than_records_can() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
    let said = regex::Regex::new(r"compliant|violat|\bproved\b|guilty|illegal").unwrap();
    let mut n_files = 0;
    for below in ["document", "templates"] {
        for entry in fs::read_dir(folder.join(below)).unwrap().map(Result::unwrap) {
            let text = fs::read_to_string(entry.path()).unwrap().to_lowercase();
            n_files += 1;
            let found = said.find(&text).map(|word| word.as_str());
            assert_eq!(found, None, "{}", entry.path().display());
        }
    }
    assert!(n_files > 15, "{n_files} files were read");
}

#[test]
fn page_and_markdown_say_the_same() {
    let case = Case::new();
    let reader = case.reader();
    let out = case.path("out");
    write(&case.input(&reader), &out).unwrap();
    let plain = |text: &str| -> Vec<String> {
        let kept = text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' });
        kept.collect::<String>().split_whitespace().map(str::to_owned).collect()
    };
    let page = read(&out, "report.html");
    let tag =
        regex::Regex::new("(?s)<style>.*?</style>|<svg.*?</svg>|<[^>]*>|&[a-z#0-9]+;").unwrap();
    let page: std::collections::BTreeSet<String> =
        plain(&tag.replace_all(&page, " ")).into_iter().collect();
    let markdown = read(&out, "report.md").replace("&lt;", " ").replace("&gt;", " ");
    let lacks: Vec<String> = plain(&markdown.replace("&amp;", " "))
        .into_iter()
        .filter(|word| !page.contains(word) && !word.chars().all(|letter| letter == '_'))
        .collect();
    // Words that only Markdown needs: rules of its own, and letters of the calendar.
    let own = ["record", "text", "u202e", "x1b"];
    let lacks: Vec<&String> = lacks.iter().filter(|word| !own.contains(&word.as_str())).collect();
    assert!(lacks.is_empty(), "{lacks:?}");
}
