//! The report over the sample incident and over hostile records: a page that needs nothing else and runs nothing, whose
//! statements lead to records, and which is signed only by signatures over its own text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use whytrail::source::hex;

use crate::support::{Home, active, contents, lines, record, record_with};
use crate::terminal::sample;

const FACTS: &str = r#"
role = "deployer"

[system]
name = "ops agent"
purpose = "runs deployments"

[[scope.agents]]
agent = "*"
owner = "alice@corp.example"

[[scope.deny]]
action = "iam:*"
reason = "rights change by review"

[[scope.allow]]
action = "s3:*"

[[scope.consequential]]
action = "iam:*"
why = "changes rights"

[incident]
aware_at = 2026-07-12T10:00:00Z
class = "general"
"#;

/// The sample incident with facts, tags and a finding.
fn incident() -> Home {
    let home = Home::new();
    home.ingest(&sample(), 0);
    home.write("facts.toml", FACTS);
    home.on_case(&["facts", "import", "facts.toml", "--reason", "a test"]);
    home.on_case(&["tag", "add", "bad", "--session", "8f2c", "--filter", "is:denied"]);
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
        "--criteria",
        "euaia-art-14.1",
        "--narrative",
        "I think so.",
    ]);
    home
}

fn page(home: &Home, bundle: &str) -> String {
    fs::read_to_string(home.path(bundle).join("report.html")).expect("a report")
}

fn is_page(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "html")
}

/// Returns the pages of a bundle by name.
fn pages(home: &Home, bundle: &str) -> BTreeMap<String, String> {
    contents(&home.path(bundle))
        .into_iter()
        .filter(|(name, _)| is_page(name))
        .map(|(name, bytes)| (name, String::from_utf8(bytes).expect("text")))
        .collect()
}

/// Returns what stands between two parts of a text, each time.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> Vec<&'t str> {
    text.split(begin).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

/// Asserts that a page runs nothing and asks for nothing.
fn assert_closed(name: &str, page: &str) {
    let policy = "default-src 'none'; style-src 'sha256-";
    assert_eq!(page.matches(policy).count(), 1, "{name}: the policy");
    let lower = page.to_lowercase();
    for part in [
        "<script",
        "<iframe",
        "<object",
        "<embed",
        "<img",
        "<link",
        "<form",
        "<base",
        "javascript:",
        "http://",
        "https://",
        "url(http",
        "@import",
    ] {
        assert!(!lower.contains(part), "{name}: {part}");
    }
    // Of our own attributes none is a handler or a style; text cannot make one, because quotes are escaped.
    let tag = Regex::new(r"<[a-z][^>]*>").unwrap();
    let handler = Regex::new(r"\s(on[a-z]+|style)\s*=").unwrap();
    for found in tag.find_iter(page) {
        assert!(!handler.is_match(found.as_str()), "{name}: {}", found.as_str());
    }
    for reference in between(page, "href=\"", "\"") {
        assert!(reference.starts_with('#'), "{name}: {reference}");
        let id = format!("id=\"{}\"", reference.trim_start_matches('#'));
        assert!(page.contains(&id), "{name}: {reference} leads nowhere");
    }
    assert_eq!(active(page), Vec::<char>::new(), "{name}");
}

/// Asserts that the policy lets exactly the page's own style in.
fn assert_style_is_let_in(page: &str) {
    let style = between(page, "<style>", "</style>");
    let [style] = style.as_slice() else { panic!("not one style") };
    let digest = base64(&Sha256::digest(style.as_bytes()));
    assert!(page.contains(&format!("style-src 'sha256-{digest}'")));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]));
        }
        text.push_str(&"=".repeat(3 - three.len()));
    }
    text
}

#[test]
fn report_of_the_sample_tells_every_section_and_leads_to_records() {
    let home = incident();
    home.on_case(&["export", "-o", "bundle"]);
    let page = page(&home, "bundle");
    for number in (1..=17)
        .map(|number| number.to_string())
        .chain(["A", "B", "C", "E", "F"].map(str::to_owned))
    {
        assert!(page.contains(&format!("<section id=\"s{number}\">")), "no section {number}");
    }
    for part in [
        "DRAFT",
        "SCOPE",
        "the four questions",
        "Question 1:",
        "Question 4:",
        "refused, then done",
        "I think so.",
        "waits",
        "EU AI Act",
        "2026-07-27</span><wbr><span class=\"d\">T10:00:00Z",
    ] {
        assert!(page.to_lowercase().contains(&part.to_lowercase()), "{part}");
    }
    // Every number leads to a row, and every row to a source of the case that has this digest.
    let manifest: Value =
        serde_json::from_slice(&fs::read(home.path("bundle/manifest.json")).unwrap()).unwrap();
    let digests: BTreeSet<&str> = manifest["sources"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|source| source["content_sha256"].as_str())
        .collect();
    let row = Regex::new(r#"<tr id="r(\d+)">"#).unwrap();
    let rows: Vec<&str> = between(&page, "<tr id=\"r", "</tr>");
    assert!(rows.len() > 20, "{} records are cited", rows.len());
    let numbers: Vec<usize> =
        row.captures_iter(&page).map(|found| found[1].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=rows.len()).collect::<Vec<_>>());
    let code = Regex::new("<code>([0-9a-f]{64})</code>").unwrap();
    let id = Regex::new("<code>([0-9a-f-]{36})</code>").unwrap();
    let known: BTreeSet<String> = home.sql("SELECT id || ' ' || provenance.raw_sha256 FROM provenance JOIN events ON events.id = provenance.event").into_iter().collect();
    for row in rows {
        let hashes: Vec<&str> =
            code.captures_iter(row).map(|found| found.get(1).unwrap().as_str()).collect();
        let [record, file] = hashes.as_slice() else { panic!("two digests: {row}") };
        assert!(digests.contains(file), "{file} is no source of the case");
        let id = &id.captures(row).expect("an id")[1];
        assert!(known.contains(&format!("{id} {record}")), "{id} has no record {record}");
        assert!(row.contains(" line "), "{row}");
    }
}

#[test]
fn digest_of_a_cited_record_is_that_of_its_bytes() {
    let home = Home::new();
    let of: Vec<Value> = (0..3).map(record).collect();
    let text = lines(&of);
    home.write("evidence/a.jsonl", &text);
    home.ingest("evidence", 0);
    home.on_case(&["finds", "set", "new", "--title", "t", "--where", "true"]);
    home.on_case(&["export", "-o", "bundle"]);
    let page = page(&home, "bundle");
    for line in text.lines() {
        let digest = hex(&Sha256::digest(line.as_bytes()));
        assert!(page.contains(&format!("<code>{digest}</code>")), "{line}");
    }
}

#[test]
fn same_state_gives_the_same_pages() {
    let home = incident();
    let case = home.path("case");
    for copy in ["one", "two"] {
        crate::custody::copy(&case, &home.path(copy));
    }
    let keys = home.text("home");
    for copy in ["one", "two"] {
        let out = format!("bundle-{copy}");
        let (at, case) = ("2026-11-21T00:00:00Z", home.text(copy));
        // The name of a case is that of its folder, so both copies are exported from one place.
        fs::rename(&case, home.path("same")).unwrap();
        home.ok(&["export", "-o", &out, "--exported-at", at, "--case", &home.text("same")]);
        fs::rename(home.path("same"), &case).unwrap();
    }
    assert!(!keys.is_empty());
    let (one, two) = (pages(&home, "bundle-one"), pages(&home, "bundle-two"));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert_eq!(one.len(), 7);
    for (name, page) in &one {
        assert!(page == &two[name], "{name} differs");
    }
    assert!(
        fs::read(home.path("bundle-one/report.md")).unwrap()
            == fs::read(home.path("bundle-two/report.md")).unwrap()
    );
}

#[test]
fn pages_run_nothing_ask_for_nothing_and_never_judge() {
    let home = incident();
    home.on_case(&["export", "-o", "bundle"]);
    let pages = pages(&home, "bundle");
    assert_eq!(pages.len(), 7);
    for (name, page) in &pages {
        assert_closed(name, page);
        assert_style_is_let_in(page);
    }
    let said = Regex::new(r"compliant|violat|\bproved\b").unwrap();
    for (name, bytes) in contents(&home.path("bundle")) {
        if is_page(&name) || name == "report.md" {
            let lower = String::from_utf8(bytes).unwrap().to_lowercase();
            let found = said.find(&lower).map(|word| word.as_str());
            assert_eq!(found, None, "{name}");
        }
    }
}

#[test]
fn values_of_hostile_records_are_text_in_page_and_picture() {
    let home = Home::new();
    let evil =
        "\"><script>alert(1)</script><svg onload=alert(2)>'</title></style>{{ 7*7 }}{% raw %}";
    let of: Vec<Value> = (0..6)
        .map(|number| {
            record_with(number, json!({
                "eventName": evil, "userAgent": evil, "errorCode": evil, "errorMessage": evil,
                "awsRegion": evil, "recipientAccountId": evil,
                "requestParameters": { "bucketName": evil, "key": evil },
                "userIdentity": { "type": "IAMUser", "arn": evil, "userName": evil, "accountId": evil },
            }))
        })
        .collect();
    home.write("evidence/<script>a.jsonl", lines(&of));
    home.ingest("evidence", 0);
    home.on_case(&["tag", "add", evil, "--where", "true", "--note", evil]);
    home.on_case(&["finds", "set", "new", "--title", evil, "--narrative", evil, "--where", "true"]);
    home.on_case(&["facts", "set", "system.name", "<script>x</script>", "--reason", "a test"]);
    home.on_case(&["export", "-o", "bundle", "--where", "true"]);
    for (name, page) in pages(&home, "bundle") {
        assert_closed(&name, &page);
        assert!(!page.contains("{{") || page.contains("{{ 7*7 }}"), "{name}: text is no template");
    }
    let page = page(&home, "bundle");
    assert!(page.contains("&lt;script&gt;alert(1)"), "the text is there, as text");
    assert!(!page.contains(">49<") && page.contains("{{ 7*7 }}"));
}

#[test]
fn planted_secrets_are_in_no_page() {
    let home = Home::new();
    let secret = format!("AKIA{}", "QZ7XWVUTSRPONMLK");
    let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz9Q8w7e6r";
    let of: Vec<Value> = (0..4)
        .map(|number| {
            record_with(
                number,
                json!({
                    "errorMessage": format!("aws_secret_access_key={key} was used"),
                    "userAgent": format!("tool password=hunter2secret{number}"),
                }),
            )
        })
        .collect();
    home.write("evidence/a.jsonl", lines(&of));
    home.ingest("evidence", 0);
    let text = format!("seen aws_secret_access_key={key}");
    home.on_case(&[
        "finds",
        "set",
        "new",
        "--title",
        &text,
        "--narrative",
        &text,
        "--where",
        "true",
    ]);
    home.on_case(&["export", "-o", "bundle", "--where", "true"]);
    let pages = pages(&home, "bundle");
    assert!(pages["report.html"].contains("Facts"), "a report was written");
    for (name, page) in &pages {
        for planted in [key, "hunter2secret", &secret] {
            assert!(!page.contains(planted), "{name}: {planted}");
        }
    }
}

#[test]
fn one_command_leads_from_evidence_to_a_draft_with_four_answers() {
    let home = Home::new();
    let ran = home.run(&["report", &sample(), "--case", &home.text("case"), "-o", "out"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in [
        "BALANCED",
        "1  boundary",
        "2  high-risk",
        "3  oversight",
        "4  custody",
        "DRAFT  out/report.html",
        "text  SHA-256 ",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(page(&home, "out").contains("Question 3:"));
    // A second one is made from the case as it is, and names the one before.
    home.on_case(&["report", "-o", "again"]);
    let first = hex(&Sha256::digest(fs::read(home.path("out/report.html")).unwrap()));
    assert!(page(&home, "again").contains(&first), "the version before is named by its digest");
    let ran = home.run(&["report", &sample(), "-o", "out", "--case", &home.text("case")]);
    assert_eq!(ran.code, Some(2), "a folder that is not empty is refused before anything is read");
    home.write("evidence/a.jsonl", lines(&[record(1)]));
    let ran = home.run(&["report", "evidence", "-o", "evidence/out"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

/// Returns the digest of the text of a report, as the cover has it.
fn digest_of(page: &str) -> String {
    let cover = Regex::new("Digest of the text.*?<code>([0-9a-f]{64})</code>").unwrap();
    cover.captures(page).expect("a digest on the cover")[1].to_owned()
}

#[test]
fn digest_of_the_text_is_that_of_the_marked_parts() {
    let home = incident();
    home.on_case(&["export", "-o", "bundle"]);
    let page = page(&home, "bundle");
    let mut marked = String::new();
    let mut is_inside = false;
    for line in page.split_inclusive('\n') {
        is_inside |= line == "<!-- part -->\n";
        if is_inside {
            marked.push_str(line);
        }
        is_inside &= line != "<!-- end of part -->\n";
    }
    assert_eq!(hex(&Sha256::digest(marked.as_bytes())), digest_of(&page));
    let manifest: Value =
        serde_json::from_slice(&fs::read(home.path("bundle/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["report"]["text_sha256"], digest_of(&page));
    assert_eq!(manifest["report"]["status"], "DRAFT");
}

#[test]
fn report_is_signed_by_right_signatures_and_a_draft_again_after_any_change() {
    let home = incident();
    let status = |bundle: &str| {
        home.on_case(&["report", "-o", bundle]);
        let page = page(&home, bundle);
        (between(&page, "<strong>", "</strong>")[0].to_owned(), digest_of(&page))
    };
    let (first, digest) = status("draft");
    assert_eq!(first, "DRAFT");
    let sign = |part: &str, name: &str, more: &[&str]| {
        home.on_case(
            &[&["sign", part, "--digest", &digest, "--name", name, "--role", "r"], more].concat(),
        );
    };
    sign("custody", "Ann Alyst", &[]);
    sign("findings", "Ann Alyst", &[]);
    let (second, same) = status("for-review");
    assert_eq!(
        (second.as_str(), &same),
        ("FOR REVIEW", &digest),
        "signing changes nothing that is signed"
    );
    sign("review", "Dana Roe", &["--stance", "accept-with-remarks", "--remarks", "see section 6"]);
    let (third, same) = status("signed");
    assert_eq!((third.as_str(), &same), ("SIGNED", &digest));
    let signed = page(&home, "signed");
    for part in ["Dana Roe", "see section 6", "One key signed all of these statements"] {
        assert!(signed.contains(part), "{part}");
    }
    home.on_case(&["tag", "add", "later", "--where", "true", "--limit", "1"]);
    let (after, other) = status("changed");
    assert_eq!(after, "DRAFT");
    assert_ne!(other, digest);
    assert!(page(&home, "changed").contains("it was given for another text"));
}

#[test]
fn statement_is_refused_for_another_text_and_for_words_that_mean_nothing() {
    let home = incident();
    let digest = "0".repeat(64);
    let sign = |args: &[&str]| {
        let case = home.text("case");
        home.run(&[&["sign"], args, &["--name", "n", "--role", "r", "--case", &case]].concat())
    };
    let ran = sign(&["review", "--digest", &digest]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("another text"), "{ran:?}");
    for args in [
        &["nothing", "--digest", &digest][..],
        &["review", "--digest", &digest, "--stance", "like"],
        &["custody", "--digest", &digest, "--stance", "return"],
        &["review", "--digest", &digest, "--stance", "accept-with-remarks"],
        &["review", "--digest", "0"],
    ] {
        assert_eq!(sign(args).code, Some(2), "{args:?}");
    }
    let journal = fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    assert!(!journal.contains("report.sign"));
}

#[test]
fn bundle_for_others_names_nobody_in_its_pages() {
    let home = incident();
    home.on_case(&["export", "-o", "bundle", "--pseudonyms"]);
    for (name, page) in pages(&home, "bundle") {
        for person in ["alice@corp.example", "111122223333"] {
            assert!(!page.contains(person), "{name}: {person}");
        }
    }
}
