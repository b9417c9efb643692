//! Mapping files of a user's: given by hand or in the data folder, checked, drafted, and zones declared for sources.

use crate::support::Home;

const MAPPING: &str = r#"format = 1
id = "acme"
title = "ACME gateway"
product = "acme"
version = "1"
[detect]
require = ["/audit_id", "/tool"]
[role.time]
from = ["/ts"]
zone = "ask"
[role.event_id]
from = ["/audit_id"]
[role.human]
from = ["/user"]
[role.tool]
from = ["/tool"]
[role.policy]
from = ["/policy"]
[[test]]
record = '{"audit_id":"a","tool":"t","ts":"2026-03-01 10:00:00"}'
zone = "+02:00"
expect = { time = "2026-03-01T08:00:00.000Z", tool = "t" }
"#;

/// Records of which only `times` of them name a zone.
fn log(from: u32, to: u32) -> String {
    let line = |number: u32| {
        format!(
            "{{\"audit_id\":\"a-{number}\",\"tool\":\"list\",\"user\":\"kim\",\"extra\":{number},\"ts\":\"2026-03-01 10:00:{number:02}\"}}\n"
        )
    };
    (from..to).map(line).collect()
}

const TIMES: &str =
    "SELECT coalesce(strftime(ts, '%H:%M'), 'undated'), count(*) FROM events GROUP BY 1 ORDER BY 1";

#[test]
fn mapping_given_by_hand_or_in_the_data_folder_reads_its_product() {
    let home = Home::new();
    home.write("evidence/gw.jsonl", log(0, 5));
    home.ingest("evidence", 0);
    let format = "SELECT format FROM sources";
    assert_eq!(home.sql(format), ["json.unmapped"]);
    home.write("acme.toml", MAPPING);
    home.on_case(&["ingest", "evidence", "--mapping", "acme.toml"]);
    assert_eq!(home.sql(format), ["json.unmapped"], "what was read already stays as it is");
    let other = Home::new();
    other.write("evidence/gw.jsonl", log(0, 5));
    other.write("acme.toml", MAPPING);
    other.on_case(&["ingest", "evidence", "--mapping", "acme.toml"]);
    assert_eq!(other.sql(format), ["acme"]);
    assert!(
        other.sql("SELECT because FROM sources")[0].contains("mapping `acme` version 1 (sha256 ")
    );
    let folder = Home::new();
    folder.write("home/data/whytrail/mappings/acme.toml", MAPPING);
    folder.write(
        "home/data/whytrail/mappings/broken.toml",
        MAPPING.replace("tool = \"t\"", "tool = \"x\""),
    );
    folder.write("evidence/gw.jsonl", log(0, 5));
    let ran = folder.run(&["ingest", "evidence", "--case", &folder.text("case")]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("warning: mapping left out: ") && ran.err.contains("broken.toml:"),
        "{ran:?}"
    );
    assert!(ran.err.contains("test[1]") && ran.err.contains("expects `tool` = `x`"), "{ran:?}");
    assert_eq!(folder.sql(format), ["acme"]);
    assert!(folder.ok(&["doctor"]).contains("yours"));
}

#[test]
fn broken_mapping_is_refused_before_anything_is_read_with_file_line_and_field() {
    let home = Home::new();
    home.write("evidence/gw.jsonl", log(0, 5));
    home.write("bad.toml", MAPPING.replace("from = [\"/user\"]", "from = [\"user\"]"));
    let ran =
        home.run(&["ingest", "evidence", "--mapping", "bad.toml", "--case", &home.text("case")]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("bad.toml:14:") && ran.err.contains("role.human.from"), "{ran:?}");
    let ran = home.run(&["map", "check", "bad.toml"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("bad.toml:14:"), "{ran:?}");
    let ran = home.run(&["ingest", "evidence", "--mapping", "none.toml", "--case", "other"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn undated_rows_are_dated_by_a_zone_that_the_case_remembers() {
    let home = Home::new();
    home.write("evidence/gw.jsonl", log(0, 5));
    home.write("acme.toml", MAPPING);
    let printed = home.on_case(&["ingest", "evidence", "--mapping", "acme.toml"]);
    assert!(printed.contains("`--zone acme=ZONE`"), "{printed}");
    assert_eq!(home.sql(TIMES), ["undated 5"]);
    let ids = "SELECT id FROM events ORDER BY id";
    let before = home.sql(ids);
    let again =
        home.on_case(&["ingest", "evidence", "--mapping", "acme.toml", "--zone", "acme=+02:00"]);
    assert!(again.starts_with("read 5 = kept 5 + duplicate 0 + rejected 0   BALANCED"), "{again}");
    assert_eq!(home.sql(TIMES), ["08:00 5"]);
    assert_eq!(home.sql(ids), before, "an event keeps its id");
    let source =
        "SELECT read, kept, duplicate, because LIKE '%+02:00, as declared by --zone' FROM sources";
    assert_eq!(home.sql(source), ["5 5 0 true"]);
    home.write("evidence/later.jsonl", log(5, 8));
    let third = home.on_case(&["ingest", "evidence", "--mapping", "acme.toml"]);
    assert!(third.contains("1 files were read before and have not changed"), "{third}");
    assert_eq!(home.sql(TIMES), ["08:00 8"], "the zone holds for what is added");
    home.on_case(&["ingest", "evidence", "--mapping", "acme.toml", "--zone", "later.jsonl=UTC"]);
    assert_eq!(home.sql(TIMES), ["08:00 5", "10:00 3"]);
    let manifest = std::fs::read_to_string(home.path("case/manifest.jsonl")).expect("a manifest");
    assert_eq!(manifest.lines().count(), 2, "{manifest}");
    let journal = std::fs::read_to_string(home.path("case/journal.jsonl")).expect("a journal");
    assert!(journal.contains("+02:00, as declared by --zone"), "{journal}");
}

#[test]
fn zone_that_concerns_no_source_is_told() {
    let home = Home::new();
    home.write("evidence/gw.jsonl", log(0, 1));
    home.write("acme.toml", MAPPING);
    let arguments = ["ingest", "evidence", "--mapping", "acme.toml"];
    let printed =
        home.on_case(&[&arguments[..], &["--zone", "akme=UTC", "--zone", "gw.jsonl=UTC"]].concat());
    assert!(printed.contains("warning  `--zone akme=UTC` names no source"), "{printed}");
    assert!(!printed.contains("gw.jsonl=UTC`"), "{printed}");
}

#[test]
fn zone_that_is_none_is_a_usage_error() {
    let home = Home::new();
    home.write("evidence/gw.jsonl", log(0, 1));
    for (zone, part) in [("acme", "is no declared zone"), ("acme=Nowhere/At_all", "is no zone")] {
        let ran = home.run(&["ingest", "evidence", "--zone", zone, "--case", &home.text("case")]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(part) && ran.err.contains("hint: "), "{ran:?}");
    }
}

#[test]
fn check_counts_what_a_mapping_makes_of_samples() {
    let home = Home::new();
    home.write("acme.toml", MAPPING);
    home.write("gw.jsonl", log(0, 4) + "{\"other\":1}\n");
    let printed = home.ok(&["map", "check", "acme.toml", "gw.jsonl", "--zone", "acme=UTC"]);
    for line in [
        "mapping `acme` version 1 holds",
        "1 of its own tests pass",
        "times without a zone need `--zone acme=ZONE`",
        "gw.jsonl: 4 of 5 records match, 4 events",
        "ALWAYS EMPTY",
        "/extra   in 4 of 4",
    ] {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
    let csv = home.ok(&["map", "check", "acme.toml", "gw.jsonl", "--format", "csv"]);
    assert!(csv.contains("gw.jsonl,records,matching,4,1,0,"), "{csv}");
    assert!(csv.contains("gw.jsonl,role,time,0,0,4,/ts"), "{csv}");
    home.write("foreign.jsonl", "{\"other\":1}\n");
    let ran = home.run(&["map", "check", "acme.toml", "foreign.jsonl"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("knows none of the 1 records"), "{ran:?}");
}

#[test]
fn draft_passes_its_check_as_it_is_and_reads_the_sample() {
    let home = Home::new();
    home.write("gw.jsonl", log(0, 4));
    let draft = home.ok(&["map", "draft", "gw.jsonl"]);
    assert!(!draft.contains("kim"), "{draft}");
    home.write("draft.toml", &draft);
    let printed = home.ok(&["map", "check", "draft.toml", "gw.jsonl"]);
    assert!(printed.contains("gw.jsonl: 4 of 4 records match"), "{printed}");
    home.write("evidence/gw.jsonl", log(0, 4));
    home.on_case(&["ingest", "evidence", "--mapping", "draft.toml", "--zone", "gw=UTC"]);
    assert_eq!(home.sql("SELECT DISTINCT tool, human FROM events"), ["list kim"]);
    assert_eq!(home.sql(TIMES), ["10:00 4"]);
    home.write("text.txt", "no records here\n");
    let ran = home.run(&["map", "draft", "text.txt"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("hint: "), "{ran:?}");
}
