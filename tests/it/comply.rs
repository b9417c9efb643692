//! Criteria, the four questions and findings over the sample incident: what comes out, how it is traced to records, what a
//! person says beside it, and what becomes of rules, packs and facts that are wrong.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{Home, Ran, lines, record, rows_of};
use crate::terminal::sample;

/// What somebody who knows the company would declare about the sample.
const FACTS: &str = r#"
[[scope.agents]]
agent = "arn:aws:iam::111122223333:role/agent-operator"
owner = "alice@corp.example"

[[scope.deny]]
action = "iam:AttachRolePolicy"
resource = "arn:aws:iam::*:role/ci-*"
reason = "rights of the pipeline change by review"

[[scope.deny]]
tool = "iam_attach_policy"

[[scope.allow]]
action = "s3:*"

[[scope.consequential]]
action = "iam:*"

[[scope.servers]]
server = "aws-admin"
"#;

fn case() -> Home {
    let home = Home::new();
    home.ingest(&sample(), 0);
    home
}

fn declared() -> Home {
    let home = case();
    home.write("facts.toml", FACTS);
    home.on_case(&["facts", "import", "facts.toml", "--reason", "interview of 2026-07-12"]);
    home
}

fn small() -> Home {
    let home = Home::new();
    home.write("evidence/a.jsonl", lines(&[record(0), record(1)]));
    home.ingest("evidence", 0);
    home
}

fn on_case(home: &Home, args: &[&str]) -> Ran {
    let case = home.text("case");
    home.run(&[args, &["--case", &case]].concat())
}

/// The change that the gateway refused and a shell made.
fn done(home: &Home) -> String {
    let of = "SELECT id FROM events WHERE action = 'iam:AttachRolePolicy' AND outcome = 'success'
              AND resource LIKE '%role/ci-deploy'";
    let ids = home.sql(of);
    assert_eq!(ids.len(), 1);
    ids.concat()
}

fn journal(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.path("case/journal.jsonl")).expect("a journal");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Nothing that is said may claim more than records can show.
#[track_caller]
fn assert_modest(text: &str) {
    let text = text.to_lowercase();
    let mut words = text.split(|letter: char| !letter.is_alphabetic());
    let immodest = ["compliant", "noncompliant", "violated", "violation", "proved", "proven"];
    assert_eq!(words.find(|word| immodest.contains(word)), None, "{text}");
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("no number {name} in {row}"))
}

#[test]
fn matrix_is_the_same_in_every_format_and_adds_up() {
    let home = case();
    let rows = home.rows(&["comply"]);
    assert!(rows.len() > 300, "{}", rows.len());
    let packs: std::collections::BTreeSet<String> =
        rows.iter().map(|row| text(row, "pack")).collect();
    assert!(packs.len() >= 11, "{packs:?}");
    for row in &rows {
        let words =
            ["gap", "cannot-tell", "supports", "not-applicable", "observed", "not observed"];
        assert!(words.contains(&text(row, "verdict").as_str()), "{row}");
        assert!(!text(row, "cannot_show").is_empty() && !text(row, "why").is_empty(), "{row}");
    }
    let soc2 = home.rows(&["comply", "--set", "soc2"]);
    let of_soc2 = rows.iter().filter(|row| row["pack"] == "soc2");
    assert!(of_soc2.eq(soc2.iter()));
    let csv = home.on_case(&["comply", "--set", "soc2", "--format", "csv"]);
    assert_eq!(csv.lines().count(), soc2.len() + 1);
    let table = on_case(&home, &["comply", "--set", "soc2"]);
    assert!(table.out.contains("soc2-CC6.1") && table.err.contains("criteria wait for"));
    for said in [csv, table.out, table.err, home.on_case(&["comply", "--json"])] {
        assert_modest(&said);
    }
    // Asked again, nothing has changed, and nothing is run again but what changed.
    assert_eq!(home.rows(&["comply"]), rows);
}

#[test]
fn drill_down_leads_from_a_criterion_to_events_and_both_questions() {
    let home = case();
    let criterion = on_case(&home, &["comply", "soc2-CC6.1", "--json"]);
    let said = criterion.err;
    assert!(said.contains("DENYSKIRT 1.0.0: gap; population 21, exceptions 1"), "{said}");
    assert!(said.contains("left out: ") && said.contains("cannot be shown: "), "{said}");
    let instances = rows_of(&criterion.out);
    let refused = instances.iter().find(|row| row["rule"] == "DENYSKIRT").expect("the refusal");
    let shown = home.on_case(&["show", &text(refused, "event")]);
    assert!(shown.contains("iam_attach_policy"), "{shown}");
    let asked = home.on_case(&["comply", "soc2-CC6.1", "--questions"]);
    assert!(asked.contains("-- population") && asked.contains("-- exception"), "{asked}");
    let scope = home.on_case(&["comply", "--rule", "SCOPE", "--questions"]);
    assert!(!scope.contains("DENYSKIRT") && scope.contains("boundary_of"), "{scope}");
    let near = on_case(&home, &["comply", "soc2-CC61"]);
    assert_eq!(near.code, Some(2));
    assert!(near.err.contains("did you mean"), "{}", near.err);
    let unknown = on_case(&home, &["comply", "--rule", "NOPE"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("`NOPE` is no rule"), "{unknown:?}");
}

#[test]
fn persons_verdict_stands_beside_the_machines_and_survives_the_database() {
    let home = case();
    let row = |home: &Home| {
        let rows = home.rows(&["comply", "--set", "soc2"]);
        rows.into_iter().find(|row| row["criterion"] == "soc2-CC8.1").expect("the criterion")
    };
    let machine = text(&row(&home), "verdict");
    let judge = |verdict: &str, reason: &str| {
        home.on_case(&["comply", "soc2-CC8.1", "--judge", verdict, "--reason", reason])
    };
    let bare = on_case(&home, &["comply", "soc2-CC8.1", "--judge", "gap"]);
    assert!(bare.code == Some(2) && bare.err.contains("needs `--reason`"), "{bare:?}");
    judge("not-applicable", "no change of this system in scope");
    // Another verdict for the same reason is another act.
    assert!(judge("supports", "no change of this system in scope").contains("judged"));
    let last = journal(&home).last().cloned().expect("an entry");
    assert_eq!((&last["act"], &last["detail"]["name"]), (&"override".into(), &"supports".into()));
    let after = row(&home);
    assert_eq!((text(&after, "verdict"), text(&after, "mine")), (machine, "supports".to_owned()));
    fs::remove_file(home.path("case/case.duckdb")).expect("the derived database");
    home.ingest(&sample(), 0);
    assert_eq!(row(&home)["reason"], "no change of this system in scope");
    home.on_case(&["comply", "soc2-CC8.1", "--withdraw"]);
    assert!(row(&home)["mine"].is_null());
    assert!(on_case(&home, &["verify", &home.text("case")]).out.contains("1  HOLDS"));
}

#[test]
fn proposal_is_struck_out_for_a_reason_and_confirmed_by_a_tag() {
    let home = case();
    let proposed = || {
        let of = on_case(&home, &["comply", "--rule", "DENYSKIRT", "--json"]);
        rows_of(&of.out)
    };
    let event = text(&proposed()[0], "event");
    assert!(proposed()[0]["struck_out"].is_null());
    let bare = on_case(&home, &["comply", "--rule", "DENYSKIRT", "--strike", &event]);
    assert_eq!(bare.code, Some(2), "{bare:?}");
    let strike = |rule: &str, event: &str| {
        on_case(&home, &["comply", "--rule", rule, "--strike", event, "--reason", "a drill"])
    };
    assert_eq!(strike("DENYSKIRT", &done(&home)).code, Some(2), "nothing is proposed there");
    assert!(strike("DENYSKIRT", &event).out.contains("stays listed"));
    assert_eq!(proposed()[0]["struck_out"], "a drill");
    assert_eq!(journal(&home).last().expect("an entry")["detail"]["reason"], "a drill");
    assert!(strike("DENYSKIRT", &event).out.contains("already"));
    home.on_case(&["tag", "add", "soc2-CC6.1", &event]);
    let rows = home.rows(&["comply", "--set", "soc2"]);
    let row = rows.iter().find(|row| row["criterion"] == "soc2-CC6.1").expect("the criterion");
    assert_eq!(number(row, "tagged"), 1);
}

#[test]
fn pipeline_is_told_by_exit_codes_and_by_xml_whose_counts_add_up() {
    let home = case();
    let ran = on_case(&home, &["check", "--set", "soc2", "--junit", "soc2.xml", "--json"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    let rows = rows_of(&ran.out);
    let failed = rows.iter().filter(|row| row["result"] == "FAIL").count();
    assert!(failed > 0 && failed < rows.len());
    assert!(ran.err.contains(&format!("{} criteria checked, {failed} come to", rows.len())));
    let xml = fs::read_to_string(home.path("soc2.xml")).expect("the summary");
    let found = suites(&xml);
    assert_eq!(found, [(rows.len(), failed)], "{xml}");
    assert_modest(&xml);
    let again = on_case(&home, &["check", "--set", "soc2", "--junit", "soc2.xml"]);
    assert!(again.code != Some(5) && again.err.contains("--force"), "{again:?}");
    // Everything that fails is judged by a person: the pipeline passes, and still says so.
    for row in rows.iter().filter(|row| row["result"] == "FAIL") {
        let id = text(row, "criterion");
        home.on_case(&["comply", &id, "--judge", "not-applicable", "--reason", "test account"]);
    }
    let ran = on_case(&home, &["check", "--set", "soc2"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        on_case(&home, &["check", "--set", "soc2", "--fail-on", "cannot-tell"]).code,
        Some(5)
    );
    assert_eq!(on_case(&home, &["check", "--set", "nope"]).code, Some(2));
    assert_eq!(on_case(&home, &["check", "--fail-on", "bad"]).code, Some(2));
    let all = on_case(&home, &["check", "--junit", "all.xml", "--json"]);
    let xml = fs::read_to_string(home.path("all.xml")).expect("the summary");
    let (tests, failures) =
        suites(&xml).iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let rows = rows_of(&all.out);
    assert_eq!(tests, rows.len());
    assert_eq!(failures, rows.iter().filter(|row| row["result"] == "FAIL").count());
}

/// Reads the XML strictly: every element closes, attributes are quoted, and each suite holds as many cases and failures as
/// it says. Returns these numbers.
fn suites(xml: &str) -> Vec<(usize, usize)> {
    let mut open: Vec<String> = Vec::new();
    let (mut found, mut inside, mut whole): (Vec<(usize, usize)>, (usize, usize), _) =
        (Vec::new(), (0, 0), (0, 0));
    let mut said = (0, 0);
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a head");
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>') && !open.is_empty() || text.trim().is_empty(), "{text}");
        let (tag, after) = after.split_once('>').expect("the end of a tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            if name == "testsuite" {
                assert_eq!(inside, said, "counts of a suite");
                found.push(inside);
                inside = (0, 0);
            }
            continue;
        }
        let (name, attributes) = attributes(tag.trim_end_matches('/'));
        let count = |of: &str| attributes.get(of).and_then(|text| text.parse().ok()).unwrap_or(0);
        match name.as_str() {
            "testsuites" => whole = (count("tests"), count("failures")),
            "testsuite" => said = (count("tests"), count("failures")),
            "testcase" => inside.0 += 1,
            "failure" => inside.1 += 1,
            _ => {}
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    let sum = found.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!(sum, whole, "counts of the whole");
    found
}

fn attributes(tag: &str) -> (String, BTreeMap<String, String>) {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = BTreeMap::new();
    while let Some((key, after)) = rest.trim_start().split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a closing quote");
        assert!(!value.contains('&') || value.contains(';'), "{value}");
        attributes.insert(key.to_owned(), value.to_owned());
        rest = after;
    }
    assert!(rest.trim().is_empty(), "{tag}");
    (name.to_owned(), attributes)
}

fn rule(id: &str, population: &str, exception: &str) -> String {
    format!(
        "[rule]\nid = \"{id}\"\nversion = \"1.0.0\"\ntitle = \"t\"\nasks = \"Is it so?\"\nstrength = \"strong\"\n\
         severity = \"low\"\ncannot_show = \"what nobody recorded\"\npopulation = \"{population}\"\nexception = \"{exception}\"\n"
    )
}

const EVENTS: &str = "SELECT CAST(id AS VARCHAR) AS item, n FROM ev";

#[test]
fn rule_of_a_user_runs_and_a_wrong_one_cannot_tell_and_disturbs_no_other() {
    let home = small();
    let read = "SELECT item, n, 'reads' AS why FROM population JOIN ev USING (n) WHERE action LIKE '%Get%'";
    home.write("rules/own.toml", rule("OWN-1", EVENTS, read));
    home.write("rules/wrong.toml", rule("WRONG-1", "SELECT item, n FROM nowhere", read));
    let file =
        "SELECT item, n, (SELECT count(*) FROM read_csv('/etc/passwd')) AS why FROM population";
    home.write("rules/reads.toml", rule("READS-1", EVENTS, file));
    home.write("rules/writes.toml", rule("WRITES-1", EVENTS, "DELETE FROM tag"));
    let hidden = "SELECT item, n, '' AS why FROM population) ; DROP TABLE event; SELECT (1";
    home.write("rules/hides.toml", rule("HIDES-1", EVENTS, hidden));
    home.write("rules/broken.toml", "[rule]\nid = \n");
    let before = home.sql("SELECT count(*) FROM events");
    let asked =
        |rule: &str| on_case(&home, &["comply", "--rules", "rules", "--rule", rule, "--json"]);
    let own = asked("OWN-1");
    assert_eq!((own.code, rows_of(&own.out).len()), (Some(0), 2), "{own:?}");
    for (file, place) in [("broken", "line 2"), ("writes", "line 10"), ("hides", "line 10")] {
        let named = own.err.lines().find(|line| line.contains(&format!("{file}.toml")));
        assert!(named.is_some_and(|line| line.contains(place)), "{file}: {}", own.err);
    }
    let wrong = asked("WRONG-1");
    assert!(wrong.err.contains("WRONG-1 1.0.0: cannot-tell"), "{}", wrong.err);
    assert!(wrong.err.contains("nowhere"), "the engine's reason: {}", wrong.err);
    let reads = asked("READS-1");
    assert!(reads.err.contains("READS-1 1.0.0: cannot-tell"), "{}", reads.err);
    assert!(!reads.out.contains("root:"), "{}", reads.out);
    assert_eq!(home.sql("SELECT count(*) FROM events"), before);
    // The same id twice: the first one stays.
    home.write("more/attr.toml", rule("ATTR", EVENTS, read));
    let twice = on_case(&home, &["comply", "--rules", "more", "--rule", "ATTR"]);
    assert!(twice.err.contains("a rule with the id `ATTR` is loaded already"), "{}", twice.err);
    let check =
        on_case(&home, &["check", "--rules", "rules", "--set", "mitre", "--fail-on", "gap"]);
    assert!(check.code == Some(2) || check.code == Some(5), "{check:?}");
}

const PACK: &str = "[pack]\nid = \"house\"\nversion = \"1\"\ntitle = \"House\"\nbasis = [\"our own\"]\nas_of = 2026-07-01\n\
     text_licence = \"ours\"\nverdicts = \"evidence\"\n\n[[criterion]]\nid = \"house-1\"\nlabel = \"1\"\ntitle = \"One\"\n\
     asks = \"a\"\nowes = [\"any\"]\nrules = [\"ATTR\", \"MOON\"]\nstrength = \"strong\"\ncannot_show = \"c\"\n";

#[test]
fn pack_of_a_user_runs_and_one_that_lies_is_named_and_left_out() {
    let home = small();
    home.write("house.toml", PACK);
    let rows = home.rows(&["comply", "--pack", "house.toml", "--set", "house"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["verdict"], "cannot-tell", "one of its rules is nobody's");
    assert!(text(&rows[0], "why").contains("no such rule: MOON"), "{}", rows[0]);
    for (from, to, line) in [
        ("strength = \"strong\"", "strength = \"sure\"", "line 17"),
        ("rules = [\"ATTR\", \"MOON\"]", "rules = 7", "line 16"),
        ("asks = \"a\"\n", "", "line 10"),
    ] {
        home.write("lies.toml", PACK.replace("house", "lies").replace(from, to));
        let ran = on_case(&home, &["comply", "--pack", "lies.toml", "--set", "soc2", "--json"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.err.contains("a pack is left out") && ran.err.contains(line), "{}", ran.err);
        assert_eq!(rows_of(&ran.out).len(), home.rows(&["comply", "--set", "soc2"]).len());
        let check = on_case(&home, &["check", "--pack", "lies.toml", "--set", "mitre"]);
        assert!(check.code == Some(2) && check.err.contains("left out"), "{check:?}");
    }
    let twice = PACK.replace("\"house\"", "\"other\"");
    home.write("twice.toml", twice);
    let ran = on_case(&home, &["comply", "--pack", "house.toml", "--pack", "twice.toml"]);
    assert!(ran.err.contains("`house-1`") && ran.err.contains("`other`"), "{}", ran.err);
}

#[test]
fn facts_that_contradict_each_other_decide_nothing_and_stop_nothing() {
    let home = small();
    let opposed = "[[scope.allow]]\naction = \"s3:*\"\n[[scope.deny]]\naction = \"s3:*\"\n";
    home.write("facts.toml", opposed);
    let ran = on_case(&home, &["facts", "import", "facts.toml"]);
    assert!(ran.code == Some(2) && ran.err.contains("contradicts `scope.deny[1]`"), "{ran:?}");
    // Written past the program they are told, and the rest runs.
    let file = home.path("case/case.toml");
    let before = fs::read_to_string(&file).expect("facts");
    fs::write(&file, format!("{before}\n{opposed}")).expect("facts");
    let rows = home.rows(&["comply", "--set", "soc2"]);
    assert!(rows.iter().any(|row| row["verdict"] != "cannot-tell"));
    assert_eq!(on_case(&home, &["facts", "check"]).code, Some(1));
    let answers = home.on_case(&["ask", "boundary"]);
    assert!(answers.contains("cannot-tell"), "{answers}");
}

#[test]
fn criterion_that_nobody_knows_is_an_error_at_its_place() {
    let home = small();
    for args in [
        &["tag", "add", "soc2-CC99", "x"][..],
        &["finds", "set", "new", "--title", "t", "--criteria", "soc2-CC99", "--where", "true"],
        &["comply", "soc2-CC99", "--judge", "gap", "--reason", "r"],
    ] {
        let ran = on_case(&home, args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
    }
    assert!(journal(&home).iter().all(|entry| entry["act"] != "override"));
}

#[test]
fn filter_narrows_the_items_and_never_what_rules_look_at() {
    let home = declared();
    let whole = home.rows(&["comply"]);
    let under = home.rows(&["comply", "--filter", "action:iam*"]);
    assert_eq!(whole.len(), under.len());
    let mut n_narrowed = 0;
    for (before, after) in whole.iter().zip(&under) {
        for name in ["criterion", "verdict", "population", "exceptions"] {
            assert_eq!(before[name], after[name]);
        }
        assert!(before["under_verdict"].is_null());
        assert!(number(after, "under_population") <= number(after, "population"), "{after}");
        assert!(number(after, "under_exceptions") <= number(after, "exceptions"), "{after}");
        n_narrowed += u32::from(number(after, "under_population") < number(after, "population"));
    }
    assert!(n_narrowed > 20, "{n_narrowed}");
    // The one call outside stays, seen through its action; what saw it beforehand is not hidden by the filter.
    let scope = on_case(
        &home,
        &["comply", "--rule", "SCOPE", "--filter", "action:AttachRolePolicy", "--json"],
    );
    let rows = rows_of(&scope.out);
    assert!(rows.iter().any(|row| row["event"] == done(&home).as_str()), "{rows:?}");
    let whole = on_case(&home, &["comply", "--rule", "OVER", "--json"]);
    let under = on_case(&home, &["comply", "--rule", "OVER", "--filter", "action:iam*", "--json"]);
    assert_eq!(rows_of(&whole.out), rows_of(&under.out), "every item of the rule is such a call");
    // A condition of one's own cannot write.
    let ran = on_case(&home, &["comply", "--where", "true)); DELETE FROM tag; SELECT ((1"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert_eq!(home.sql("SELECT count(*) FROM events"), ["4145"]);
}

fn answers(home: &Home) -> Vec<Value> {
    let made: Value = serde_json::from_str(&home.on_case(&["ask", "--json"])).expect("JSON");
    assert_eq!(made["schema"], "whytrail.ask");
    made["answers"].as_array().expect("answers").clone()
}

#[test]
fn four_questions_wait_for_facts_and_are_then_answered_from_records() {
    let home = case();
    let waiting = answers(&home);
    assert_eq!(waiting.len(), 4);
    for answer in waiting.iter().take(3) {
        assert_eq!(answer["verdict"], "cannot-tell", "{answer}");
        assert!(!answer["waits_for"].as_array().expect("facts").is_empty(), "{answer}");
        assert!(answer["counts"].as_array().expect("counts").is_empty(), "{answer}");
    }
    let home = declared();
    let made = answers(&home);
    let verdict = |number: usize| text(&made[number - 1], "verdict");
    assert_eq!((verdict(1), verdict(2)), ("gap".to_owned(), "cannot-tell".to_owned()));
    for answer in &made {
        let counted: u64 = answer["counts"]
            .as_array()
            .expect("counts")
            .iter()
            .map(|count| number(count, "count"))
            .sum();
        assert_eq!(counted, number(answer, "population"), "{answer}");
        assert!(!answer["limits"].as_array().expect("limits").is_empty());
        for cited in answer["cited"].as_array().expect("events") {
            traced(&home, cited);
        }
    }
    let printed = home.on_case(&["ask"]);
    for number in 1..=4 {
        assert!(printed.lines().any(|line| line.starts_with(&format!("{number}  "))), "{printed}");
    }
    for said in [printed, home.on_case(&["ask", "--json"]), home.on_case(&["ask", "oversight"])] {
        assert_modest(&said);
    }
    assert_eq!(answers(&home), made, "the same again");
    assert_eq!(on_case(&home, &["ask", "--fail-on", "gap"]).code, Some(5));
    assert_eq!(on_case(&home, &["ask", "5"]).code, Some(2));
}

/// A cited event is in the case, at the file and line that the answer names, with that hash.
#[track_caller]
fn traced(home: &Home, cited: &Value) {
    let shown: Value = serde_json::from_str(&home.on_case(&[
        "show",
        cited["event"].as_str().expect("an id"),
        "--json",
    ]))
    .expect("JSON");
    let place = &cited["place"];
    let places = shown["places"].as_array().expect("places");
    let is_there = |one: &&Value| {
        one["source"] == place["file"]
            && one["line"] == place["line"]
            && one["record_sha256"] == place["record_sha256"]
            && one["source_sha256"] == place["source_sha256"]
    };
    assert!(places.iter().any(|one| is_there(&one)), "{cited} {places:?}");
}

#[test]
fn questions_matrix_and_trace_tell_the_same_story() {
    let home = declared();
    let id = done(&home);
    let made = answers(&home);
    let cited = |answer: &Value| {
        let all = answer["cited"].as_array().expect("events").clone();
        all.into_iter().find(|one| one["event"] == id.as_str())
    };
    let boundary = cited(&made[0]).expect("the change in the first answer");
    let steps = home.rows(&["why", &id]);
    let step = steps.iter().find(|row| row["name"] == "boundary").expect("the step");
    assert_eq!(boundary["why"], step["sentence"], "the words of the trace");
    assert_eq!(boundary["label"], "outside");
    // The rule behind the question, in the matrix.
    let scope = on_case(&home, &["comply", "--rule", "SCOPE"]);
    let outside = made[0]["counts"].as_array().expect("counts");
    let exceptions: u64 = outside.iter().map(|count| number(count, "exceptions")).sum();
    let population = number(&made[0], "population");
    let told = format!("gap; population {population}, exceptions {exceptions}");
    assert!(scope.err.contains(&told), "{told}: {}", scope.err);
    // Nobody saw it before it was done, by the same rule.
    let over = on_case(&home, &["comply", "--rule", "OVER", "--json"]);
    let over_says = over.err.lines().next().unwrap_or_default().to_owned();
    let verdict = text(&made[2], "verdict");
    assert!(over_says.contains(&format!(": {verdict};")), "{over_says} {verdict}");
    // What was refused and then done is where the data chain breaks.
    let broken = cited(&made[3]).expect("the change in the fourth answer");
    assert_eq!(broken["label"], "broken", "{broken}");
    let leads = home.sql("SELECT reason FROM leads WHERE rule = 'denied then done'");
    assert!(leads.contains(&text(&broken, "why")), "{broken} {leads:?}");
}

#[test]
fn evidence_chain_is_told_as_it_was_checked_last() {
    let home = small();
    let custody = |home: &Home| answers(home)[3].clone();
    assert!(custody(&home)["evidence_chain"].as_array().expect("statements").is_empty());
    home.on_case(&["verify", &home.text("case")]);
    let chain = custody(&home)["evidence_chain"].as_array().expect("statements").clone();
    assert_eq!(chain.len(), 7);
    assert_eq!((&chain[0]["verdict"], &chain[4]["verdict"]), (&"HOLDS".into(), &"HOLDS".into()));
    assert!(text(&chain[0], "sentence").contains("by tester"), "{}", chain[0]);
    fs::write(home.path("evidence/a.jsonl"), lines(&[record(7)])).expect("other evidence");
    let ran = on_case(&home, &["verify", &home.text("case")]);
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert_eq!(custody(&home)["evidence_chain"][4]["verdict"], "FALSE");
    assert_eq!(custody(&home)["verdict"], "gap");
}

#[test]
fn finding_holds_what_a_person_says_apart_from_its_facts() {
    let home = case();
    let id = done(&home);
    home.on_case(&[
        "finds",
        "set",
        "new",
        "--title",
        "denied, then done",
        "--severity",
        "high",
        "--events",
        &id,
        "--effect",
        "the pipeline may do anything",
        "--confidence",
        "medium",
        "--remedy",
        "detach it",
        "--owner",
        "B. Officer",
        "--due",
        "2026-08-01",
        "--narrative",
        "my words",
    ]);
    let shown = home.on_case(&["finds", "show", "1"]);
    for said in ["effect the pipeline may do anything", "owner B. Officer", "due 2026-08-01"] {
        assert!(shown.contains(said), "{shown}");
    }
    for (option, value) in [("--due", "soon"), ("--confidence", "certain")] {
        let ran = on_case(&home, &["finds", "set", "1", option, value]);
        assert!(ran.code == Some(2) && ran.err.contains(value), "{ran:?}");
    }
    home.on_case(&["finds", "set", "1", "--owner", "", "--confidence", "high"]);
    let row = home.rows(&["finds", "list"])[0].clone();
    assert!(row["owner"].is_null() && row["confidence"] == "high", "{row}");
    let entry = journal(&home).last().cloned().expect("an entry");
    let fields = serde_json::json!({ "confidence": "high", "owner": "" });
    assert_eq!((&entry["act"], &entry["detail"]["fields"]), (&"finding.change".into(), &fields));
    // From the journal alone.
    fs::remove_file(home.path("case/case.duckdb")).expect("the derived database");
    home.ingest(&sample(), 0);
    assert_eq!(home.rows(&["finds", "list"])[0], row);
    home.on_case(&["export", "-o", &home.text("bundle")]);
    let read = |name: &str| fs::read_to_string(home.path("bundle").join(name)).expect("a file");
    let findings: Value = serde_json::from_str(&read("findings.json")).expect("JSON");
    let finding = &findings["findings"][0];
    assert_eq!(finding["effect"], "the pipeline may do anything");
    assert_eq!((&finding["confidence"], &finding["owner"]), (&"high".into(), &Value::Null));
    assert_eq!(finding["narrative"], "my words");
    let report = read("report.md");
    let remedy = report.lines().find(|line| line.starts_with("| remedy |")).expect("a row");
    assert!(remedy.contains("detach it"), "{remedy}");
    assert!(read("timesketch.jsonl").contains("\"finding:1\""));
}
