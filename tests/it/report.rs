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
    home.on_case(&["export", "-o", "apart", "--where", "true"]);
    home.on_case(&["export", "-o", "bundle", "--where", "true", "--names"]);
    for (name, page) in pages(&home, "bundle").into_iter().chain(pages(&home, "apart")) {
        assert_closed(&name, &page);
        assert!(!page.contains("{{") || page.contains("{{ 7*7 }}"), "{name}: text is no template");
    }
    // The text is the name of a user too, so that without `--names` a mark stands for it.
    assert!(key(&home, "apart").values().flatten().any(|name| name.contains("<script>alert(1)")));
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
    assert_eq!(digest_in(&page), digest_of(&page));
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

/// Names of the people of the sample case, as records have them.
const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dana", "erin"];

/// Returns the words of a text: what stands between signs that are neither letters nor digits.
fn words(text: &str) -> BTreeSet<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric());
    parts.map(str::to_lowercase).collect()
}

/// Returns the report documents of a bundle by name.
fn documents(home: &Home, bundle: &str) -> BTreeMap<String, String> {
    let mut found = pages(home, bundle);
    let text = fs::read_to_string(home.path(bundle).join("report.md")).expect("a report");
    found.insert("report.md".to_owned(), text);
    found
}

fn marks(text: &str) -> BTreeSet<String> {
    let mark = Regex::new("person-[0-9a-f]+").unwrap();
    mark.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// Returns the key of a bundle: every name by mark.
fn key(home: &Home, bundle: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = home.path(bundle).join("identity-key.csv");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).expect("a key");
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (at, row) in reader.records().map(Result::unwrap).enumerate() {
        match at {
            0 => assert!(row[0].starts_with("RESTRICTED")),
            1 => assert_eq!(
                row.iter().collect::<Vec<_>>(),
                ["pseudonym", "name", "how it was found"]
            ),
            _ => assert!(names.entry(row[0].to_owned()).or_default().insert(row[1].to_owned())),
        }
    }
    names
}

#[test]
fn report_names_nobody_by_default_and_the_key_resolves_every_pseudonym() {
    let home = incident();
    home.on_case(&[
        "finds",
        "set",
        "1",
        "--title",
        "bob refused, then done",
        "--narrative",
        "Alice asked dana@corp.example; see role/bob-runner.",
    ]);
    home.on_case(&["export", "-o", "bundle"]);
    let key = key(&home, "bundle");
    let mut used = BTreeSet::new();
    for (name, text) in documents(&home, "bundle") {
        // A role that has the name as a part is no person.
        let words = words(&text.replace("bob-runner", ""));
        let named: Vec<&str> = PEOPLE.into_iter().filter(|one| words.contains(*one)).collect();
        assert!(named.is_empty(), "{name}: {named:?}");
        assert!(!text.contains("a4e81f02-"), "{name}: an id of the directory");
        used.extend(marks(&text));
    }
    let report = page(&home, "bundle");
    assert!(report.contains("role&#x2f;bob-runner"), "a role keeps its name");
    assert!(report.contains("111122223333") && report.contains("s3:"), "accounts and actions too");
    assert!(used.len() >= PEOPLE.len(), "{used:?}");
    for mark in &used {
        assert!(key.contains_key(mark), "{mark} is in no line of the key");
    }
    let of = |name: &str| {
        let mut found = key.iter().filter(|(_, names)| names.contains(name));
        found.next().map(|(mark, _)| mark.clone()).expect("a mark")
    };
    let (alice, bob) = (of("alice@corp.example"), of("bob@corp.example"));
    assert_ne!(alice, bob);
    assert!(key[&alice].iter().any(|name| name.ends_with("#a4e81f02-2001-70bb-8c00-0a11ce0a11ce")));
    assert!(report.contains(&format!("{bob} refused, then done")), "quotes of people too");
    assert!(report.contains(&format!("{alice} asked {}", of("dana@corp.example"))));
    let manifest = fs::read_to_string(home.path("bundle/manifest.json")).unwrap();
    assert!(manifest.contains("identity-key.csv"));
    let events = fs::read_to_string(home.path("bundle/events.jsonl")).unwrap();
    assert!(events.contains("alice@corp.example"), "events are evidence");
}

#[test]
fn names_are_printed_on_request_and_the_report_says_so() {
    let home = incident();
    home.on_case(&["export", "-o", "named", "--names"]);
    home.on_case(&["report", "-o", "told", "--names"]);
    home.on_case(&["export", "-o", "apart"]);
    for bundle in ["named", "told"] {
        let page = page(&home, bundle);
        assert!(page.contains("alice@corp.example") && marks(&page).is_empty(), "{bundle}");
        assert!(page.contains("as the records have them"), "{bundle}: the cover says it");
        assert!(!home.path(bundle).join("identity-key.csv").exists(), "{bundle}");
    }
    let apart = page(&home, "apart");
    assert!(!apart.contains("as the records have them"), "the cover says it");
    // Everything but the documents of the report is the same.
    let others = |bundle: &str| -> BTreeMap<String, Vec<u8>> {
        let files = contents(&home.path(bundle)).into_iter();
        files.filter(|(name, _)| name.starts_with("events") || name == "findings.json").collect()
    };
    assert_eq!(others("named").len(), 3);
    assert!(others("named") == others("apart"));
    let case = home.text("case");
    let ran = home.run(&["export", "-o", "both", "--names", "--pseudonyms", "--case", &case]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn pseudonyms_are_the_same_in_every_bundle_of_a_case() {
    let home = incident();
    home.on_case(&["export", "-o", "one"]);
    home.on_case(&["tag", "add", "more", "--where", "true", "--limit", "3"]);
    home.on_case(&["export", "-o", "two"]);
    let text = |bundle: &str| fs::read(home.path(bundle).join("identity-key.csv")).unwrap();
    assert!(text("one") == text("two"));
    let other = incident();
    other.on_case(&["export", "-o", "one"]);
    assert_ne!(key(&home, "one"), key(&other, "one"), "another case has another key");
}

/// Returns the statement about the sign-off of a bundle: verdict, and all that is said.
fn sign_off(home: &Home, bundle: &str) -> (String, String) {
    let ran = home.run(&["verify", bundle, "--json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    let statements = answer["statements"].as_array().unwrap().clone();
    let one = statements.into_iter().find(|one| one["name"] == "sign-off").expect("it is told");
    (one["verdict"].as_str().unwrap().to_owned(), one.to_string())
}

/// Asserts that a change of the bundle `signed`, whose report has this page and digest, is called false.
fn assert_change_is_found(home: &Home, signed: &str, digest: &str) {
    // A report that was changed after signing.
    let path = home.path("signed/report.html");
    fs::write(&path, signed.replace("refused, then done", "allowed, then done")).unwrap();
    let (verdict, said) = sign_off(home, "signed");
    assert_eq!(verdict, "FALSE");
    assert!(said.contains("report.html was changed after it was signed"), "{said}");
    // Also where the manifest was made to fit.
    let manifest = fs::read_to_string(home.path("signed/manifest.json")).unwrap();
    let changed = digest_in(&fs::read_to_string(&path).unwrap());
    fs::write(home.path("signed/manifest.json"), manifest.replace(digest, &changed)).unwrap();
    let (verdict, said) = sign_off(home, "signed");
    assert_eq!(verdict, "FALSE");
    assert!(
        said.contains("says that the report is SIGNED, and by the signatures it is DRAFT"),
        "{said}"
    );
    assert!(said.contains("not signed; `Dana Roe` signed another text"), "{said}");
}

#[test]
fn verify_says_of_a_bundle_who_signed_what_and_whether_it_holds() {
    let home = incident();
    home.on_case(&["report", "-o", "draft"]);
    let (verdict, said) = sign_off(&home, "draft");
    assert_eq!(verdict, "NOT SHOWN");
    for part in ["custody: not signed", "findings: not signed", "review: not signed"] {
        assert!(said.contains(part), "{said}");
    }
    let digest = digest_of(&page(&home, "draft"));
    for (part, name) in
        [("custody", "Ann Alyst"), ("findings", "Ann Alyst"), ("review", "Dana Roe")]
    {
        home.on_case(&["sign", part, "--digest", &digest, "--name", name, "--role", "officer"]);
        if part == "findings" {
            home.on_case(&["report", "-o", "for-review"]);
        }
    }
    let (verdict, said) = sign_off(&home, "for-review");
    assert_eq!(verdict, "NOT SHOWN");
    assert!(said.contains("custody: signed by `Ann Alyst`") && said.contains("review: not signed"));
    home.on_case(&["report", "-o", "signed"]);
    let (verdict, said) = sign_off(&home, "signed");
    assert_eq!(verdict, "HOLDS", "{said}");
    assert!(said.contains("review: signed by `Dana Roe`, officer"), "{said}");
    let fingerprint = Regex::new("key SHA-256 [0-9a-f]{64}; the signature holds").unwrap();
    assert_eq!(fingerprint.find_iter(&said).count(), 3, "{said}");
    // The signer stands in full in the sign-off alone.
    let signed = page(&home, "signed");
    assert!(signed.contains("Ann Alyst") && signed.contains("Dana Roe"));
    assert_change_is_found(&home, &signed, &digest);
    // A later version is not signed, and not false.
    home.on_case(&["tag", "add", "later", "--where", "true", "--limit", "1"]);
    home.on_case(&["report", "-o", "later"]);
    let (verdict, said) = sign_off(&home, "later");
    assert_eq!(verdict, "NOT SHOWN", "{said}");
    assert!(said.contains("`Dana Roe` signed another text"), "{said}");
}

/// Returns the digest of the marked parts of a page.
fn digest_in(page: &str) -> String {
    let mut marked = String::new();
    let mut is_inside = false;
    for line in page.split_inclusive('\n') {
        is_inside |= line == "<!-- part -->\n";
        if is_inside {
            marked.push_str(line);
        }
        is_inside &= line != "<!-- end of part -->\n";
    }
    hex(&Sha256::digest(marked.as_bytes()))
}

#[test]
fn report_with_names_is_signed_apart_from_the_one_without() {
    let home = incident();
    home.on_case(&["report", "-o", "named", "--names"]);
    let digest = digest_of(&page(&home, "named"));
    for part in ["custody", "findings", "review"] {
        home.on_case(&["sign", part, "--digest", &digest, "--name", "n", "--role", "r"]);
    }
    home.on_case(&["report", "-o", "again", "--names"]);
    home.on_case(&["report", "-o", "apart"]);
    assert_eq!(between(&page(&home, "again"), "<strong>", "</strong>")[0], "SIGNED");
    assert_eq!(between(&page(&home, "apart"), "<strong>", "</strong>")[0], "DRAFT");
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
