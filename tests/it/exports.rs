//! Machine exports: valid under the official schemas, the same for the same evidence, agreeing with each other and with the
//! lists of the program, traceable to the bytes of a record, and without anything active or secret.

pub(crate) mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use whytrail::source::hex;

use crate::support::{Home, contents, lines, plain, record, record_with, variable};
use crate::terminal::sample;
use read::{column, parquet, prop, sheets};

/// The folder of the official schemas, or `None` after saying that the test is skipped.
fn schemas() -> Option<PathBuf> {
    // They lie in the reference data, when that is there.
    let beside = || Some(format!("{}/schemas", variable("WHYTRAIL_SHARED_DATA")?));
    let named = variable("WHYTRAIL_SCHEMAS").or_else(beside).map(PathBuf::from);
    let folder = named.filter(|path| path.is_dir());
    if folder.is_none() {
        assert!(
            variable("WHYTRAIL_REQUIRE_SHARED").is_none(),
            "WHYTRAIL_REQUIRE_SHARED is set, but WHYTRAIL_SCHEMAS names no folder"
        );
        println!("skipped: WHYTRAIL_SCHEMAS is not set");
    }
    folder
}

/// What stands under `[..]` of a TOML file of declared facts, enough for verdicts of every sort.
const FACTS: &str = r#"
[[scope.deny]]
action = "iam:*"
reason = "agents change no rights"

[[scope.allow]]
action = "s3:*"
"#;

/// The incident that comes with the program, with marks, a finding, and a person's own verdicts.
fn incident() -> Home {
    let home = Home::new();
    home.ingest(&sample(), 0);
    home.write("facts.toml", FACTS);
    home.on_case(&["facts", "import", &home.text("facts.toml"), "--reason", "a test"]);
    home.on_case(&["tag", "add", "bad", "--action", "iam:AttachRolePolicy"]);
    home.on_case(&["tag", "add", "euaia-art-14.1", "--action", "iam:AttachRolePolicy"]);
    home.on_case(&[
        "finds",
        "set",
        "new",
        "--title",
        "refused, then done",
        "--severity",
        "high",
        "--tag",
        "bad",
        "--narrative",
        "It came by <b>another</b> route.\n# not a heading",
        "--criteria",
        "soc2-CC6.1",
    ]);
    let fields = [
        "--effect",
        "a role got rights",
        "--confidence",
        "high",
        "--remedy",
        "take them back",
        "--owner",
        "B. Officer",
        "--due",
        "2026-08-01",
    ];
    home.on_case(&[&["finds", "set", "1"], &fields[..]].concat());
    home.on_case(&["tag", "add", "T1562.008", "--action", "iam:AttachRolePolicy"]);
    for (criterion, verdict) in [("soc2-CC6.6", "not-applicable"), ("soc2-CC6.2", "gap")] {
        home.on_case(&["comply", criterion, "--judge", verdict, "--reason", "a person's reason"]);
    }
    home
}

/// Writes a bundle of everything and returns where it is.
fn bundle(home: &Home, name: &str) -> PathBuf {
    home.on_case(&["export", "-o", name, "--format", "all", "--where", "true"]);
    home.path(name)
}

/// A small case of lines of JSON, whose records can be found by their line.
fn small() -> Home {
    let home = Home::new();
    let denied = json!({ "errorCode": "AccessDenied", "eventName": "DeleteBucket" });
    let mut of: Vec<Value> = (0..4).map(record).collect();
    of.extend((4..6).map(|number| record_with(number, denied.clone())));
    home.write("evidence/a.jsonl", lines(&of));
    home.ingest("evidence", 0);
    home.on_case(&["tag", "add", "bad", "--outcome", "denied"]);
    home
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Returns what a schema has against a document, at most a few complaints.
fn complaints(schema: &Path, documents: &[Value]) -> Vec<String> {
    let validator = jsonschema::validator_for(&json_of(schema)).expect("a schema");
    let all = documents.iter().flat_map(|document| {
        let found: Vec<String> = validator
            .iter_errors(document)
            .map(|error| format!("{}: {error:.300}", error.instance_path()))
            .collect();
        found
    });
    all.take(5).collect()
}

fn catalogs(bundle: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(bundle.join("oscal")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_catalog = |path: &PathBuf| path.to_string_lossy().contains("catalog-");
    let mut found: Vec<PathBuf> = paths.filter(is_catalog).collect();
    found.sort();
    found
}

#[test]
fn official_schemas_accept_every_file() {
    let Some(schemas) = schemas() else { return };
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let results = json_of(&bundle.join("oscal/assessment-results.json"));
    for version in ["1.1.3", "1.2.3"] {
        let schema = schemas.join(format!("oscal/oscal-{version}_assessment-results_schema.json"));
        assert_eq!(
            complaints(&schema, std::slice::from_ref(&results)),
            [] as [&str; 0],
            "{version}"
        );
    }
    let all: Vec<Value> = catalogs(&bundle).iter().map(|path| json_of(path)).collect();
    assert_eq!(all.len(), 11, "a catalog for each pack");
    let schema = schemas.join("oscal/oscal-1.2.3_catalog_schema.json");
    assert_eq!(complaints(&schema, &all), [] as [&str; 0]);
    for class in ["api_activity", "compliance_finding", "detection_finding"] {
        let objects = read::lines(&bundle.join(format!("ocsf/{class}.jsonl")));
        assert!(!objects.is_empty(), "{class}");
        let schema = schemas.join(format!("ocsf/ocsf-1.8.0-{class}.schema.json"));
        assert_eq!(complaints(&schema, &objects), [] as [&str; 0], "{class}");
    }
}

#[test]
fn schema_check_finds_what_is_wrong() {
    let Some(schemas) = schemas() else { return };
    let example = json_of(&schemas.join("examples/oscal-assessment-results.example.json"));
    let schema = schemas.join("oscal/oscal-1.1.3_assessment-results_schema.json");
    assert_eq!(complaints(&schema, std::slice::from_ref(&example)), [] as [&str; 0]);
    let mut wrong = example;
    wrong["assessment-results"]["results"][0]["observations"][0]["methods"] = json!([]);
    assert!(!complaints(&schema, &[wrong]).is_empty());
}

/// Files that machines read, by name.
fn machine_files(bundle: &Path) -> BTreeMap<String, Vec<u8>> {
    let is_ours = |name: &str| {
        name.starts_with("oscal/")
            || name.starts_with("ocsf/")
            || ["evidence.xlsx", "events.parquet", "exceptions.csv"].contains(&name)
    };
    contents(bundle).into_iter().filter(|(name, _)| is_ours(name)).collect()
}

#[test]
fn same_evidence_makes_the_same_bytes_in_every_case_and_every_time() {
    let (one, two) = (Home::new(), Home::new());
    for home in [&one, &two] {
        let of: Vec<Value> = (0..40).map(record).collect();
        home.write("evidence/a.jsonl", lines(&of[..20]));
        home.write("evidence/b.jsonl", lines(&of[20..]));
    }
    one.ingest("evidence", 0);
    let key = one.text("case/secrets/redact.key");
    two.ok(&[
        "ingest",
        "evidence/b.jsonl",
        "evidence/a.jsonl",
        "--case",
        &two.text("case"),
        "--redact-key",
        &key,
    ]);
    let files = [bundle(&one, "first"), bundle(&one, "second"), bundle(&two, "first")]
        .map(|path| machine_files(&path));
    assert_eq!(files[0].len(), 11 + 1 + 3 + 3, "{:?}", files[0].keys());
    for other in &files[1..] {
        assert_eq!(files[0].keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (name, bytes) in &files[0] {
            assert!(*bytes == other[name], "{name} differs");
        }
    }
}

#[test]
fn every_event_traces_to_its_file_line_and_digest() {
    let home = small();
    let bundle = bundle(&home, "bundle");
    let evidence = fs::read_to_string(home.path("evidence/a.jsonl")).unwrap();
    let source = hex(&Sha256::digest(&evidence));
    let records: Vec<&str> = evidence.lines().collect();
    let events = read::lines(&bundle.join("ocsf/api_activity.jsonl"));
    assert_eq!(events.len(), records.len());
    for event in &events {
        let more = &event["unmapped"];
        assert_eq!(more["whytrail.source_file"], "a.jsonl");
        assert_eq!(more["whytrail.source_sha256"], source);
        let line = usize::try_from(more["whytrail.source_line"].as_u64().unwrap()).unwrap();
        let record = records[line - 1];
        assert_eq!(event["raw_data_hash"]["value"], hex(&Sha256::digest(record)), "{event}");
        assert_eq!(event["raw_data_size"], record.len());
        let value: Value = serde_json::from_str(record).unwrap();
        assert_eq!(event["api"]["operation"], value["eventName"]);
        assert_eq!(event["src_endpoint"]["ip"], "203.0.113.7");
        assert_eq!(event["status_id"], if value.get("errorCode").is_some() { 2 } else { 1 });
    }
    let book = sheets(&bundle.join("evidence.xlsx"));
    for (name, lines, digests) in [
        ("Events", column(&book["Events"], "source_line"), column(&book["Events"], "raw_sha256")),
        (
            "Exceptions",
            column(&book["Exceptions"], "source_line"),
            column(&book["Exceptions"], "raw_sha256"),
        ),
    ] {
        let traced: Vec<(&str, &str)> =
            lines.into_iter().zip(digests).filter(|(line, _)| !line.is_empty()).collect();
        assert!(!traced.is_empty(), "{name}");
        for (line, digest) in traced {
            let record = records[line.parse::<usize>().unwrap() - 1];
            assert_eq!(digest, hex(&Sha256::digest(record)), "{name}");
        }
    }
    let query = "SELECT string_agg(raw_sha256, ' ' ORDER BY source_line) FROM FILE";
    let digests: Vec<String> = records.iter().map(|record| hex(&Sha256::digest(record))).collect();
    assert_eq!(parquet(&bundle.join("events.parquet"), query), digests.join(" "));
}

#[test]
fn counts_of_all_formats_agree() {
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let manifest = json_of(&bundle.join("manifest.json"));
    let n_events = manifest["events"]["exported"].as_u64().unwrap();
    let n_undated = manifest["left_out"]["undated_not_in_timesketch"].as_u64().unwrap();
    let count = |length: usize| u64::try_from(length).unwrap();
    assert_eq!(n_events, 4_145);
    let sheet = fs::read(bundle.join("events.csv")).unwrap();
    assert_eq!(count(csv::Reader::from_reader(&sheet[..]).records().count()), n_events);
    assert_eq!(count(read::lines(&bundle.join("events.jsonl")).len()) - 1, n_events);
    let file = bundle.join("events.parquet");
    assert_eq!(parquet(&file, "SELECT CAST(count(*) AS VARCHAR) FROM FILE"), n_events.to_string());
    assert_eq!(
        parquet(
            &file,
            "SELECT CAST(count(DISTINCT id) AS VARCHAR) || ' ' || any_value(typeof(ts)) || ' ' || any_value(typeof(tags)) FROM FILE"
        ),
        format!("{n_events} TIMESTAMP WITH TIME ZONE VARCHAR[]")
    );
    let n_bad = parquet(
        &file,
        "SELECT CAST(count(*) AS VARCHAR) FROM FILE WHERE list_contains(tags, 'bad')",
    );
    assert_eq!(n_bad, home.rows(&["timeline", "--tag", "bad"]).len().to_string());
    let activity = read::lines(&bundle.join("ocsf/api_activity.jsonl"));
    assert_eq!(count(activity.len()), n_events - n_undated);
    let labelled = activity.iter().filter(|event| {
        event["metadata"]["labels"]
            .as_array()
            .is_some_and(|all| all.contains(&json!("analyst:bad")))
    });
    assert_eq!(labelled.count().to_string(), n_bad);
    let book = sheets(&bundle.join("evidence.xlsx"));
    assert_eq!(count(book["Events"].len()) - 1, n_events);
    assert_eq!(book["Sources"].len() - 1, manifest["sources"].as_array().unwrap().len());
    assert_eq!(book["Blind spots"].len() - 1, home.rows(&["gaps"]).len());

    let exceptions = fs::read(bundle.join("exceptions.csv")).unwrap();
    let n_exceptions = csv::Reader::from_reader(&exceptions[..]).records().count();
    assert_eq!(book["Exceptions"].len() - 1, n_exceptions);
    assert!(n_exceptions > 10, "{n_exceptions}");
    let marked = read::lines(&bundle.join("timesketch.jsonl"));
    let marked = marked
        .iter()
        .filter(|line| line["tag"].as_array().unwrap().contains(&json!("attack:T1685.002")));
    assert_eq!(marked.count().to_string(), n_bad);
    let findings = json_of(&bundle.join("findings.json"));
    let n_findings = findings["findings"].as_array().unwrap().len();
    let detections = read::lines(&bundle.join("ocsf/detection_finding.jsonl"));
    let of_people = detections.iter().filter(|one| one["unmapped"]["whytrail.finding"].is_u64());
    assert_eq!(of_people.count(), n_findings);
}

#[test]
fn verdicts_are_those_of_the_program_in_every_format() {
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let rows = home.rows(&["comply"]);
    let results = json_of(&bundle.join("oscal/assessment-results.json"));
    let result = &results["assessment-results"]["results"][0];
    let observed: BTreeMap<&str, &Value> = result["observations"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| Some((prop(one, "criterion-id")?, one)))
        .filter(|(_, one)| prop(one, "pack-id").is_some())
        .collect();
    let found: BTreeMap<&str, &Value> = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["target"]["target-id"].as_str().unwrap(), one))
        .collect();
    let compliance = read::lines(&bundle.join("ocsf/compliance_finding.jsonl"));
    let compliance: BTreeMap<&str, &Value> = compliance
        .iter()
        .map(|one| (one["unmapped"]["whytrail.criterion"].as_str().unwrap(), one))
        .collect();
    let book = sheets(&bundle.join("evidence.xlsx"));
    let sheet: BTreeMap<&str, &str> = column(&book["Criteria"], "criterion")
        .into_iter()
        .zip(column(&book["Criteria"], "verdict"))
        .collect();
    assert_eq!((rows.len(), observed.len(), sheet.len()), (375, 375, 375));
    let mut seen = BTreeSet::new();
    for row in &rows {
        let text = |name: &str| plain(&row[name]);
        let id = text("criterion");
        let id = id.as_str();
        assert_eq!(prop(observed[id], "verdict"), Some(text("verdict").as_str()), "{id}");
        assert_eq!(sheet[id], text("verdict"), "{id}");
        let state = found.get(id).map(|one| one["target"]["status"]["state"].as_str().unwrap());
        if text("pack") == "mitre" {
            assert_eq!(state, None, "{id}: a technique is never satisfied");
            continue;
        }
        let status = compliance[id]["compliance"]["status_id"].as_u64().unwrap();
        let mine = (!row["mine"].is_null()).then(|| text("mine"));
        let is_decided =
            row["applies_from"].is_null() && (mine.is_some() || text("strength") != "context");
        let verdict = mine.unwrap_or_else(|| text("verdict"));
        let expected = match verdict.as_str() {
            "cannot-tell" if row["applies_from"].is_null() => (None, 2),
            "supports" if is_decided => (Some("satisfied"), 1),
            "gap" if is_decided => (Some("not-satisfied"), 3),
            _ => (None, 99),
        };
        assert_eq!((state, status), expected, "{row}");
        seen.insert(expected);
    }
    assert_eq!(seen.len(), 4, "the case has verdicts of every sort: {seen:?}");
    let own = found["soc2-CC6.2"];
    assert_eq!(prop(own, "own-verdict"), Some("gap"));
    assert_eq!(prop(observed["soc2-CC6.6"], "own-verdict-reason"), Some("a person's reason"));
}

#[test]
fn finding_hands_over_what_a_person_said_of_it() {
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let results = json_of(&bundle.join("oscal/assessment-results.json"));
    let result = &results["assessment-results"]["results"][0];
    let risks = result["risks"].as_array().unwrap();
    let of_finding = risks.iter().find(|one| prop(one, "owner").is_some()).expect("the finding");
    assert_eq!(prop(of_finding, "owner"), Some("B. Officer"));
    assert_eq!(of_finding["deadline"], "2026-08-01T00:00:00Z");
    assert_eq!(of_finding["remediations"][0]["description"], "take them back");
    assert!(!of_finding["title"].as_str().unwrap().contains('<'));
    let detections = read::lines(&bundle.join("ocsf/detection_finding.jsonl"));
    let finding = detections.iter().find(|one| one["unmapped"]["whytrail.finding"] == 1);
    let finding = finding.expect("the finding");
    assert_eq!(finding["confidence_id"], 3);
    assert_eq!(finding["remediation"]["desc"], "take them back");
    assert_eq!(finding["assignee"]["name"], "B. Officer");
    let book = sheets(&bundle.join("evidence.xlsx"));
    assert!(column(&book["Findings"], "due").iter().all(|due| *due == "2026-08-01"));
    assert!(column(&book["README"], "what").contains(&"Criteria of soc2 by verdict"));
}

#[test]
fn references_in_oscal_lead_to_what_they_name() {
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let results = json_of(&bundle.join("oscal/assessment-results.json"));
    let (mut ids, mut wanted) = (Vec::new(), Vec::new());
    walk(&results, &mut |name, value| match (name, value.as_str()) {
        ("uuid", Some(id)) => ids.push(id.to_owned()),
        ("href", Some(text)) => wanted.extend(text.strip_prefix('#').map(str::to_owned)),
        ("observation-uuid" | "risk-uuid" | "actor-uuid" | "party-uuid", Some(id)) => {
            wanted.push(id.to_owned());
        }
        _ => {}
    });
    let known: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(known.len(), ids.len(), "an id names one thing");
    assert!(wanted.len() > 1_000, "{}", wanted.len());
    for id in &wanted {
        assert!(known.contains(id), "{id} leads nowhere");
    }
    let resources = results["assessment-results"]["back-matter"]["resources"].as_array().unwrap();
    let files = resources.iter().filter_map(|resource| {
        let link = &resource["rlinks"][0];
        let name = link["href"].as_str()?.strip_prefix("../")?;
        Some((name, link["hashes"][0]["value"].as_str()?))
    });
    let files: Vec<(&str, &str)> = files.collect();
    assert_eq!(files.len(), 11 + 2, "catalogs, events and exceptions");
    for (name, digest) in files {
        assert_eq!(hex(&Sha256::digest(fs::read(bundle.join(name)).unwrap())), digest, "{name}");
    }
    let mut controls = BTreeSet::new();
    for path in catalogs(&bundle) {
        let catalog = json_of(&path);
        let of_pack = catalog["catalog"]["groups"][0]["controls"].as_array().unwrap();
        controls.extend(of_pack.iter().map(|control| plain(&control["id"])));
    }
    walk(&results, &mut |name, value| {
        if name == "control-id" || name == "target-id" {
            assert!(controls.contains(value.as_str().unwrap()), "{value} is in no catalog");
        }
    });
    let said = home.ok(&["verify", &home.text("bundle"), "--json"]);
    assert!(!said.contains("FALSE"), "{said}");
}

/// Calls `take` for every member below a value.
fn walk(value: &Value, take: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                take(name, value);
                walk(value, take);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, take)),
        _ => {}
    }
}

/// Returns all that can be read out of a bundle, by file, with sheets and Parquet taken apart.
fn readable(bundle: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, bytes) in contents(bundle) {
        let path = bundle.join(&name);
        match name.rsplit('.').next() {
            Some("parquet") => all.push((name, read::parquet_texts(&path))),
            Some("xlsx") => {
                all.extend(
                    read::parts(&path)
                        .into_iter()
                        .map(|(part, text)| (format!("{name}/{part}"), text)),
                );
            }
            Some("tsq") => {}
            _ => all.push((name, String::from_utf8(bytes).unwrap())),
        }
    }
    all
}

#[test]
fn secrets_and_under_pseudonyms_people_are_in_no_file() {
    let home = Home::new();
    let secret = ["gh", "p_"].concat() + "Ab3dEf6hIj9lMn2pQr5tUv8xYz1aBc4dEf7h";
    let members = json!({ "requestParameters": { "password": "hunter2-hunter2", "note": format!("uses {secret}") } });
    let of: Vec<Value> = (0..5).map(|number| record_with(number, members.clone())).collect();
    home.write("evidence/a.jsonl", lines(&of));
    home.ingest("evidence", 0);
    home.on_case(&["tag", "add", "bad", "--where", "true", "--note", &format!("saw {secret}")]);
    home.on_case(&[
        "finds",
        "set",
        "new",
        "--title",
        "t",
        "--tag",
        "bad",
        "--narrative",
        &format!("key {secret}"),
    ]);
    bundle(&home, "own");
    home.on_case(&["export", "-o", "others", "--format", "all", "--where", "true", "--pseudonyms"]);
    for name in ["own", "others"] {
        let files = readable(&home.path(name));
        assert!(
            files.iter().any(|(file, text)| file == "events.parquet" && text.contains("GetObject"))
        );
        assert!(
            files
                .iter()
                .any(|(file, text)| file.ends_with("sharedStrings.xml")
                    && text.contains("GetObject"))
        );
        for (file, text) in files {
            assert!(!text.contains("hunter2") && !text.contains(&secret), "{name}/{file}");
            if name == "others" {
                for person in ["alice", "203.0.113.7", "111122223333", "AKIAEXAMPLE000000001"] {
                    assert!(!text.contains(person), "{name}/{file}: {person}");
                }
            }
        }
    }
}

#[test]
fn sheets_hold_no_formula_and_no_link() {
    let home = Home::new();
    let hostile = [
        "=HYPERLINK(\"http://evil.example\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\u{1b}[2J<script>",
    ];
    let of: Vec<Value> = (0_u32..)
        .zip(hostile)
        .map(|(number, text)| {
            record_with(number, json!({ "eventName": text, "sourceIPAddress": text }))
        })
        .collect();
    home.write("evidence/a.jsonl", lines(&of));
    home.ingest("evidence", 0);
    home.on_case(&["tag", "add", "=1+1", "--where", "true", "--note", "@note"]);
    let bundle = bundle(&home, "bundle");
    let path = bundle.join("evidence.xlsx");
    for (part, text) in read::parts(&path) {
        for active in ["<f>", "<f ", "<hyperlink", "externalLink", "\u{1b}"] {
            assert!(!text.contains(active), "{part}: {active}");
        }
    }
    let book = sheets(&path);
    assert_eq!(book["Events"].len(), 7);
    let mut n_guarded = 0;
    for (name, rows) in &book {
        for cell in rows.iter().flatten() {
            let starts = cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\u{ff1d}']);
            assert!(!starts, "{name}: {cell:?}");
            n_guarded += usize::from(cell.starts_with('\''));
        }
    }
    assert!(n_guarded > 10, "{n_guarded}");
    let text = read::parquet_texts(&bundle.join("events.parquet"));
    assert!(text.contains("HYPERLINK") && !text.contains('\u{1b}'), "{text}");
    for name in machine_files(&bundle).keys().filter(|name| name.contains("oscal/assess")) {
        let text = fs::read_to_string(bundle.join(name)).unwrap();
        assert!(!text.contains("<script"), "{name}");
    }
}

#[test]
fn nothing_says_that_anything_complies() {
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let mut ours: Vec<(String, String)> = readable(&bundle)
        .into_iter()
        .filter(|(file, _)| file.starts_with("oscal/") || file.starts_with("ocsf/comp"))
        .collect();
    assert_eq!(ours.len(), 13);
    // The other sheets hold the words of records.
    for (name, rows) in sheets(&bundle.join("evidence.xlsx")) {
        if ["README", "Criteria", "Population"].contains(&name.as_str()) {
            ours.push((name, rows.concat().join("\n")));
        }
    }
    for (file, text) in ours {
        let text = text.to_lowercase();
        for word in ["compliant", "violat", "is proved", "certified"] {
            assert!(!text.contains(word), "{file}: {word}");
        }
    }
}

#[test]
fn techniques_that_were_observed_name_their_calls() {
    let home = incident();
    let bundle = bundle(&home, "bundle");
    let events: BTreeSet<String> =
        read::lines(&bundle.join("events.jsonl")).iter().map(|event| plain(&event["id"])).collect();
    let detections = read::lines(&bundle.join("ocsf/detection_finding.jsonl"));
    let observed: Vec<&Value> =
        detections.iter().filter(|one| one["unmapped"]["whytrail.verdict"] == "observed").collect();
    assert!(observed.len() > 5, "{}", observed.len());
    let mut n_records = 0;
    for one in observed {
        let empty = Vec::new();
        let related = one["finding_info"]["related_events"].as_array().unwrap_or(&empty);
        assert!(related.iter().all(|event| events.contains(&plain(&event["uid"]))), "{one}");
        let evidences = one["evidences"].as_array().unwrap_or(&empty);
        assert!(!evidences.is_empty(), "{one}");
        for evidence in evidences {
            let data = &evidence["data"];
            let is_record = data["source_line"].is_u64() && data["raw_sha256"].is_string();
            assert!(is_record || data["item"].is_string() && data["why"].is_string(), "{evidence}");
        }
        n_records += related.len();
        let attack = &one["finding_info"]["attacks"][0];
        assert!(
            attack["technique"]["uid"].is_string() || attack["sub_technique"]["uid"].is_string()
        );
    }
    assert!(n_records > 100, "{n_records}");
}

/// The number of a row follows from the order of loading, so an example that is picked by it would differ from case to case.
#[test]
fn no_rule_picks_its_example_by_the_order_of_loading() {
    let picks =
        regex::Regex::new(r"\b(?:min|max|first|any_value)\((?:\w+\.)?n\)|ORDER BY[^)]*\bn\)")
            .unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/criteria/rules");
    let mut n_rules = 0;
    for (name, bytes) in contents(&folder) {
        n_rules += 1;
        let text = String::from_utf8(bytes).unwrap();
        let questions = text.split("[[test]]").next().unwrap();
        let found: Vec<&str> = picks.find_iter(questions).map(|found| found.as_str()).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
    assert!(n_rules >= 39);
}

#[test]
fn formats_of_export_are_refused_elsewhere_and_unknown_ones_everywhere() {
    let home = small();
    let case = home.text("case");
    let refused = |args: &[&str]| {
        let ran = home.run(&[args, &["--case", &case]].concat());
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        ran.err
    };
    assert!(refused(&["timeline", "--format", "oscal"]).contains("is a format of `export`"));
    assert!(refused(&["timeline", "--format", "json,csv"]).contains("rows have one format"));
    assert!(refused(&["export", "-o", "x", "--format", "tsv"]).contains("no format of `export`"));
    refused(&["export", "-o", "x", "--format", "pdf"]);
    assert!(!home.path("x").exists());
    home.on_case(&["export", "-o", "plain", "--format", "csv,timesketch"]);
    assert!(machine_files(&home.path("plain")).is_empty());
    home.on_case(&["export", "-o", "one", "--format", "parquet"]);
    assert_eq!(machine_files(&home.path("one")).keys().collect::<Vec<_>>(), ["events.parquet"]);
    assert!(!home.path("one/.parquet").exists(), "nothing is left behind");
}
