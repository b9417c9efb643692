//! Declared facts and the declared boundary over real cases: what is taken over, journaled and refused, and what the sample's
//! agents did inside and outside of it.

use std::fs;

use serde_json::Value;

use crate::support::{Home, Ran, lines, record, record_with};
use crate::terminal::sample;

const AGENT: &str = "[[scope.agents]]\nagent = \"arn:aws:iam::111122223333:role/agent-operator\"\nowner = \"alice@corp.example\"\n";

const OWN: &str = "
[[scope.deny]]
action = \"iam:AttachRolePolicy\"
resource = \"arn:aws:iam::*:role/ci-*\"
reason = \"rights of the pipeline change by review\"

[[scope.deny]]
tool = \"iam_attach_policy\"

[[scope.allow]]
action = \"s3:*\"
regions = [\"us-east-1\"]

[[scope.allow]]
tool = \"*_get_*\"
";

/// The change that the gateway refused and a shell made.
const DONE: &str = "action = 'iam:AttachRolePolicy' AND resource LIKE '%role/ci-deploy'";

fn on_case(home: &Home, args: &[&str]) -> Ran {
    let case = home.text("case");
    home.run(&[args, &["--case", &case]].concat())
}

/// Takes facts over; they must be accepted.
fn declare(home: &Home, facts: &str) {
    home.write("declared/facts.toml", facts);
    home.on_case(&["facts", "import", "declared/facts.toml", "--reason", "made up"]);
}

/// What the boundary says about events.
fn answers(home: &Home, condition: &str) -> Vec<String> {
    home.sql(&format!(
        "SELECT DISTINCT result, entry, why FROM boundaries WHERE {condition} ORDER BY ALL"
    ))
}

fn changes(home: &Home) -> Vec<Value> {
    let journal = fs::read_to_string(home.path("case").join("journal.jsonl")).expect("a journal");
    let entries = journal.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    entries.filter(|entry| entry["act"] == "facts.change").collect()
}

fn statement_1(home: &Home) -> (Option<i32>, Value) {
    let ran = home.run(&["verify", &home.text("case"), "--json"]);
    let answer: Value = serde_json::from_str(&ran.out).expect("JSON");
    let first = answer["statements"].as_array().and_then(|all| all.first()).cloned();
    (ran.code, first.expect("statement 1"))
}

fn small(home: &Home) {
    home.write("evidence/a.jsonl", lines(&[record(0), record(1)]));
    home.ingest("evidence", 0);
}

#[test]
fn change_of_facts_is_on_disk_and_in_the_journal_with_both_digests() {
    let home = Home::new();
    small(&home);
    home.on_case(&["facts", "set", "role", "deployer", "--reason", "contract C-7"]);
    home.on_case(&["facts", "set", "scope.deny", "action = \"iam:*\", reason = \"no\""]);
    let entries = changes(&home);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["detail"]["reason"], "contract C-7");
    assert_eq!(entries[0]["detail"]["changed"], serde_json::json!(["role"]));
    assert_eq!(entries[1]["detail"]["changed"], serde_json::json!(["scope.deny"]));
    assert_eq!(entries[0]["detail"]["after"], entries[1]["detail"]["before"]);
    for name in ["before", "after"] {
        let digest = entries[1]["detail"][name].as_str().expect("a digest");
        assert!(home.path("case").join(format!("facts/{digest}.toml")).is_file(), "{name}");
    }
    let shown = home.rows(&["facts", "show"]);
    let of = |key: &str| shown.iter().find(|row| row["key"] == key).expect("a key").clone();
    assert_eq!((&of("role")["value"], &of("role")["declared"]), (&"deployer".into(), &true.into()));
    assert_eq!(of("scope.deny[1]")["declared"], true);
    assert_eq!(of("thresholds.clock_skew")["value"], "2s");
    assert_eq!(of("thresholds.clock_skew")["declared"], false);
    assert!(of("scope.agents")["criteria_waiting"].as_i64().is_some_and(|count| count > 0));
    assert_eq!(home.on_case(&["facts", "set", "role", "deployer"]), "nothing changes\n");
    assert_eq!(changes(&home).len(), 2);
}

#[test]
fn single_entry_is_changed_and_taken_out_and_each_change_is_journaled() {
    let home = Home::new();
    small(&home);
    let agents = "# ours\n[[scope.agents]]\nagent = \"one\"\n\n# theirs\n[[scope.agents]]\nagent = \"two\"\n";
    declare(&home, agents);
    let value = "agent = \"2\", owner = \"lee\"";
    home.on_case(&["facts", "set", "scope.agents[2]", value, "--reason", "renamed"]);
    home.on_case(&["facts", "unset", "scope.agents[1]", "--reason", "retired"]);
    let text = fs::read_to_string(home.path("case/case.toml")).expect("facts");
    let theirs = "# theirs\n[[scope.agents]]\nagent = \"2\"\nowner = \"lee\"\n";
    assert!(text.contains(theirs) && text.contains("# ours") && !text.contains("one"), "{text}");
    let entries = changes(&home);
    assert_eq!(entries.len(), 3);
    for (entry, reason) in entries[1..].iter().zip(["renamed", "retired"]) {
        assert_eq!(entry["detail"]["changed"], serde_json::json!(["scope.agents"]));
        assert_eq!(entry["detail"]["reason"], reason);
    }
    for (key, why) in [
        ("scope.agents[2]", "has no entry 2; entries in it: 1"),
        ("scope.agents", "name one entry of it"),
        ("system.name", "nothing is declared under"),
    ] {
        let ran = on_case(&home, &["facts", "unset", key]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(why), "{ran:?}");
    }
    assert_eq!(changes(&home).len(), 3, "what was refused is not journaled");
    let server = "server = \"s\", tools = [{ tool = \"t\" }]";
    home.on_case(&["facts", "set", "scope.servers", server]);
    let text = fs::read_to_string(home.path("case/case.toml")).expect("facts");
    assert!(text.ends_with("server = \"s\"\ntools = [{ tool = \"t\" }]\n"), "{text}");
}

#[test]
fn facts_changed_outside_of_the_program_are_told_and_can_be_taken_over() {
    let home = Home::new();
    small(&home);
    assert_eq!(statement_1(&home).1["verdict"], "HOLDS");
    home.on_case(&["facts", "set", "role", "deployer"]);
    assert_eq!(statement_1(&home).1["verdict"], "HOLDS");
    let file = home.path("case").join("case.toml");
    let text = fs::read_to_string(&file).expect("facts").replace("deployer", "provider");
    fs::write(&file, text).expect("a changed file");
    let (code, found) = statement_1(&home);
    assert_eq!((code, &found["verdict"]), (Some(6), &"FALSE".into()), "{found}");
    assert!(found.to_string().contains("changed outside of the program"), "{found}");
    home.on_case(&["facts", "import", &file.to_string_lossy(), "--reason", "known"]);
    assert_eq!(statement_1(&home).1["verdict"], "HOLDS");
    assert_eq!(changes(&home).last().expect("an entry")["detail"]["before_journaled"], false);
}

#[test]
fn faulty_facts_are_refused_with_their_places_and_change_nothing() {
    let home = Home::new();
    small(&home);
    let before = fs::read(home.path("case").join("case.toml")).expect("facts");
    home.write(
        "f.toml",
        "[system]\nname = \"x\"\nprovidr = \"y\"\n[incident]\naware_at = 2026-07-12\n",
    );
    let ran = on_case(&home, &["facts", "import", "f.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("`f.toml` line 3") && ran.err.contains("did you mean `provider`?"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("line 5") && ran.err.contains("2 faults; nothing was changed"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read(home.path("case").join("case.toml")).expect("facts"), before);
    assert!(changes(&home).is_empty());
    let ran = on_case(&home, &["facts", "set", "system.nme", "x"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("did you mean `system.name`?"), "{}", ran.err);
    let ran = on_case(&home, &["facts", "check", "f.toml"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("f.toml line 3") && ran.out.contains("criteria wait for scope.allow"),
        "{}",
        ran.out
    );
    let ran = on_case(&home, &["facts", "edit"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("facts import FILE"), "{}", ran.err);
    let dry = home.on_case(&["facts", "set", "role", "deployer", "--dry-run"]);
    assert_eq!(dry, "would change role\n");
    assert_eq!(fs::read(home.path("case").join("case.toml")).expect("facts"), before);
}

#[test]
fn refused_and_then_done_change_of_the_sample_is_outside_of_own_entries() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let id =
        home.sql(&format!("SELECT id FROM events WHERE {DONE} AND outcome = 'success'")).concat();
    assert!(
        home.rows(&["why", &id]).iter().all(|row| row["name"] != "boundary"),
        "nothing is declared"
    );
    assert!(on_case(&home, &["scope", "check"]).err.contains("no boundary is declared"));
    assert_eq!(on_case(&home, &["scope", "check", "--fail-on", "outside"]).code, Some(1));
    declare(&home, &format!("{AGENT}{OWN}"));
    let denied = "outside scope.deny[1] denied: rights of the pipeline change by review";
    assert_eq!(answers(&home, DONE), [denied]);
    // Records of the refused call: the wire, the gateway and the policy engine say the same tool.
    assert_eq!(answers(&home, "tool = 'iam_attach_policy'"), ["outside scope.deny[2] denied"]);
    let s3 = answers(&home, "starts_with(action, 's3:') AND region = 'us-east-1'");
    assert_eq!(s3, ["inside scope.allow[1] allowed"]);
    let undeclared = answers(&home, "starts_with(action, 'ec2:')");
    assert_eq!(undeclared, ["undeclared null no entry of scope.allow or scope.deny matches"]);
    let steps = home.rows(&["why", &id]);
    let step = steps.iter().find(|row| row["name"] == "boundary").expect("the step");
    assert_eq!((&step["mark"], &step["says"]), (&"alarm".into(), &"inferred".into()));
    assert!(
        step["sentence"].as_str().is_some_and(|text| text.starts_with("outside, scope.deny[1]")),
        "{step}"
    );
    let shown: Value = serde_json::from_str(&home.on_case(&["show", &id, "--json"])).expect("JSON");
    assert_eq!(shown["boundary"]["result"], "outside");
    let ran = on_case(&home, &["scope", "check", "--fail-on", "outside"]);
    assert_eq!(ran.code, Some(5));
    assert!(ran.out.contains("outside") && ran.out.contains("scope.deny[1]"), "{}", ran.out);
    let rows = home.rows(&["scope", "check", "--what", "ci-deploy"]);
    assert!(rows.iter().any(|row| row["event"] == id.as_str() && row["result"] == "outside"));
    // The answers follow the facts at once.
    home.on_case(&["facts", "set", "scope.allow", "action = \"ec2:*\""]);
    assert_eq!(answers(&home, "starts_with(action, 'ec2:')"), ["inside scope.allow[3] allowed"]);
    declare(&home, AGENT);
    assert_eq!(home.sql("SELECT count(*) FROM boundaries"), ["0"]);
}

#[test]
fn iam_documents_judge_calls_of_the_cloud_and_a_typing_error_is_told_at_its_place() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    { \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\" },\n    { \"Sid\": \"NoPipeline\", \"Effect\": \"Deny\",\n      \"Action\": \"iam:Attach*\", \"Resource\": \"arn:aws:iam::*:role/ci-*\" }\n  ]\n}\n";
    let facts = format!(
        "{AGENT}[[scope.policy]]\nkind = \"iam\"\nfile = \"agent.json\"\nagent = \"*agent-operator\"\n"
    );
    home.write("declared/agent.json", policy.replace("\"Action\": \"iam:", "\"Actoin\": \"iam:"));
    home.write("declared/facts.toml", &facts);
    let ran = on_case(&home, &["facts", "import", "declared/facts.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("line 6: Statement 2, Actoin") && ran.err.contains("`Action`"),
        "{}",
        ran.err
    );
    assert!(changes(&home).is_empty());
    home.write("declared/agent.json", policy);
    declare(&home, &facts);
    let detail = changes(&home).last().expect("an entry")["detail"].clone();
    let digest = detail["policies"][0]["sha256"].as_str().expect("a digest").to_owned();
    assert!(home.path("case").join(format!("facts/{digest}.policy")).is_file());
    let denied = "outside policy agent.json (iam) statement 2 NoPipeline explicit denial";
    assert_eq!(answers(&home, DONE), [denied]);
    let s3 = answers(&home, "action = 's3:GetObject' AND actor LIKE '%agent-operator'");
    assert_eq!(s3, ["inside policy agent.json (iam) statement 1 allowed"]);
    assert_eq!(answers(&home, "tool = 'iam_attach_policy'").len(), 1, "IAM says nothing of tools");
    // The copy counts, whatever becomes of the file.
    fs::remove_file(home.path("declared/agent.json")).expect("a file");
    home.on_case(&["facts", "set", "role", "deployer"]);
    assert_eq!(answers(&home, DONE), [denied]);
    let copy = home.path("case").join(format!("facts/{digest}.policy"));
    fs::write(&copy, "{").expect("a changed copy");
    assert!(statement_1(&home).1.to_string().contains("is missing or changed"));
    home.on_case(&["facts", "set", "role", "provider"]);
    assert!(
        answers(&home, DONE)
            .concat()
            .starts_with("cannot-tell policy agent.json (iam) the document is not understood")
    );
}

#[test]
fn cedar_policies_and_lists_of_tools_judge_tool_calls() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    home.write(
        "declared/gate.cedar",
        "permit(principal, action, resource);\n@id(\"no-attach\")\nforbid(principal, action == Action::\"iam_attach_policy\", resource);\n",
    );
    declare(&home, "[[scope.policy]]\nkind = \"cedar\"\nfile = \"gate.cedar\"\n");
    let denied = "outside policy gate.cedar (cedar) policy no-attach (line 2) forbidden";
    assert_eq!(answers(&home, "tool = 'iam_attach_policy'"), [denied]);
    assert_eq!(
        answers(&home, "tool = 'iam_get_role'"),
        ["inside policy gate.cedar (cedar) policy 1 (line 1) permitted"]
    );
    home.write("declared/tools.json", "{ \"servers\": { \"aws-admin\": [\"iam_get_*\"] } }");
    declare(&home, "[[scope.policy]]\nkind = \"tools\"\nfile = \"tools.json\"\n");
    let off = "outside policy tools.json (tools) `iam_attach_policy` is not on the list of tools";
    assert_eq!(answers(&home, "tool = 'iam_attach_policy'"), [off]);
    let on = "inside policy tools.json (tools) on the list of tools";
    assert_eq!(answers(&home, "tool = 'iam_get_role' AND server = 'aws-admin'"), [on]);
}

#[test]
fn hand_made_fault_leaves_the_rest_running_and_what_it_decides_untold() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    declare(&home, &format!("{AGENT}{OWN}"));
    let file = home.path("case").join("case.toml");
    let text = fs::read_to_string(&file).expect("facts");
    fs::write(&file, text.replacen("resource =", "resorce =", 1)).expect("a changed file");
    let ran = on_case(&home, &["scope", "check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err.contains("`case.toml` line") && ran.err.contains("did you mean `resource`?"),
        "{}",
        ran.err
    );
    let found = answers(&home, DONE).concat();
    assert!(found.starts_with("cannot-tell scope.deny[1] the entry is not understood"), "{found}");
    assert_eq!(answers(&home, "tool = 'iam_attach_policy'"), ["outside scope.deny[2] denied"]);
    let check = on_case(&home, &["facts", "check"]);
    assert_eq!(check.code, Some(1));
    assert!(
        check.out.contains("resorce") && check.out.contains("changed outside"),
        "{}",
        check.out
    );
}

#[test]
fn draft_of_a_normal_time_declares_what_was_done_in_it() {
    let home = Home::new();
    home.ingest(&sample(), 0);
    assert_eq!(on_case(&home, &["scope", "learn"]).code, Some(2), "a time must be named");
    let period = ["--since", "2026-07-11T22:00:00Z", "--until", "2026-07-12T09:30:00Z"];
    home.on_case(&[&["scope", "learn", "-o", "draft.toml"][..], &period].concat());
    let draft = fs::read_to_string(home.path("draft.toml")).expect("a draft");
    assert!(draft.contains("[[scope.allow]]") && draft.contains("events by records"), "{draft}");
    home.on_case(&["facts", "import", "draft.toml"]);
    let normal = home.sql(
        "SELECT result, count(*) FROM boundaries JOIN events ON events.id = event
         WHERE boundaries.ts < '2026-07-12 09:30:00' AND events.outcome <> 'denied' AND coalesce(events.decision, '') <> 'deny'
           AND coalesce(boundaries.agent, boundaries.actor) IS NOT NULL AND result NOT IN ('inside', 'cannot-tell') GROUP BY 1",
    );
    assert!(normal.is_empty(), "{normal:?}");
    assert_ne!(answers(&home, "tool = 'iam_attach_policy'").concat(), "");
    assert!(
        answers(&home, "tool = 'iam_attach_policy'")
            .iter()
            .all(|answer| !answer.starts_with("inside"))
    );
}

#[test]
fn answers_follow_events_that_come_later_and_limits_look_at_single_events() {
    let home = Home::new();
    let agent = |number: u32, bytes: u64| {
        record_with(
            number,
            serde_json::json!({ "additionalEventData": { "bytesTransferredOut": bytes } }),
        )
    };
    home.write("evidence/a.jsonl", lines(&[agent(1, 10)]));
    home.ingest("evidence", 0);
    declare(
        &home,
        "[[scope.agents]]\nagent = \"*:user/alice\"\n[[scope.allow]]\naction = \"s3:*\"\nmax_bytes = 100\nhours = \"00:00-01:00\"\n",
    );
    assert_eq!(answers(&home, "true"), ["inside scope.allow[1] allowed"]);
    home.write("evidence/b.jsonl", lines(&[agent(2, 1000), agent(7200, 10)]));
    home.ingest("evidence", 0);
    assert_eq!(
        answers(&home, "true"),
        [
            "inside scope.allow[1] allowed",
            "outside scope.allow[1] limit hours: 2026-07-12T02:00:00.000Z is outside of them",
            "outside scope.allow[1] limit max_bytes: 1000 bytes are more than 100"
        ]
    );
    assert_eq!(home.rows(&["scope", "check"]).len(), 3);
}
