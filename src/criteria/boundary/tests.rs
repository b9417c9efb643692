//! Own entries, lists of tools, single events, and how answers are combined.

use super::per_event::differing;
use super::*;
use crate::criteria::facts::Hours;
use crate::model::Micros;

fn api<'r>(action: &'r str, resource: Option<&'r str>) -> Request<'r> {
    Request {
        is_agent: true,
        sort: Sort::Api,
        agent: Some("claude-code"),
        actor: Some("arn:aws:iam::111122223333:role/agent"),
        server: None,
        tool: None,
        action: Some(action),
        resource,
        account: Some("111122223333"),
        region: Some("us-east-1"),
    }
}

fn tool<'r>(server: Option<&'r str>, tool: &'r str) -> Request<'r> {
    Request { sort: Sort::Tool, server, tool: Some(tool), ..api("call", None) }
}

fn facts(text: &str) -> Facts {
    let (facts, faults) = Facts::parse("case.toml", text);
    assert!(faults.is_empty(), "{faults:?}");
    facts
}

fn judge(text: &str, request: &Request<'_>) -> Judged {
    Boundary::new(&facts(text), &[]).0.judge(request)
}

#[test]
fn first_entry_wins_and_denials_come_before_allowances() {
    let text = "[[scope.allow]]\naction = \"iam:*\"\n[[scope.deny]]\naction = \"iam:attach*\"\nresource = \"*:role/ci-*\"\nreason = \"pipeline only\"\n";
    let denied = judge(text, &api("iam:AttachRolePolicy", Some("arn:aws:iam::1:role/ci-deploy")));
    assert_eq!(denied.verdict, Verdict::Outside);
    assert_eq!(denied.entry.as_deref(), Some("scope.deny[1]"));
    assert_eq!(denied.why, "denied: pipeline only");
    let allowed = judge(text, &api("iam:AttachRolePolicy", Some("arn:aws:iam::1:role/app")));
    assert_eq!(
        (allowed.verdict, allowed.entry.as_deref()),
        (Verdict::Inside, Some("scope.allow[1]"))
    );
    assert_eq!(judge(text, &api("s3:GetObject", None)).verdict, Verdict::Undeclared);
}

#[test]
fn no_boundary_at_all_cannot_tell() {
    let judged = judge("role = \"deployer\"\n", &api("s3:GetObject", None));
    assert_eq!((judged.verdict, judged.entry), (Verdict::CannotTell, None));
}

#[test]
fn field_that_is_absent_or_masked_is_not_guessed() {
    let text = "[[scope.deny]]\naction = \"s3:*\"\nresource = \"arn:aws:s3:::secret/*\"\n[[scope.allow]]\naction = \"s3:*\"\n";
    let judged = judge(text, &api("s3:GetObject", None));
    assert_eq!(
        (judged.verdict, judged.why.as_str()),
        (Verdict::CannotTell, "no record names the resource")
    );
    assert_eq!(judged.entry.as_deref(), Some("scope.deny[1]"));
    let masked = judge(text, &api("s3:GetObject", Some("arn:aws:s3:::\u{27e6}name:abc\u{27e7}/x")));
    assert_eq!(masked.verdict, Verdict::CannotTell);
    assert_eq!(
        judge(text, &api("s3:GetObject", Some("arn:aws:s3:::open/x"))).verdict,
        Verdict::Inside
    );
    // Nobody expects a tool of a call of the cloud.
    let tools = "[[scope.allow]]\ntool = \"read_*\"\n";
    assert_eq!(judge(tools, &api("s3:GetObject", None)).verdict, Verdict::Undeclared);
    let nobody = Request { agent: None, actor: None, ..api("s3:GetObject", None) };
    assert_eq!(
        judge("[[scope.allow]]\nagent = \"claude*\"\n", &nobody).verdict,
        Verdict::CannotTell
    );
    // A looser entry that may match as well gives the same answer either way.
    let both = "[[scope.allow]]\naction = \"s3:*\"\nresource = \"a\"\n[[scope.allow]]\naction = \"s3:*\"\n";
    assert_eq!(judge(both, &api("s3:GetObject", None)).verdict, Verdict::Inside);
    let limited = both.replacen("resource = \"a\"", "resource = \"a\"\nregions = [\"x\"]", 1);
    assert_eq!(judge(&limited, &api("s3:GetObject", None)).verdict, Verdict::CannotTell);
}

#[test]
fn account_or_region_beyond_the_limit_is_outside_and_names_the_limit() {
    let text =
        "[[scope.allow]]\naction = \"s3:*\"\naccounts = [\"111122223333\"]\nregions = [\"us-*\"]\n";
    assert_eq!(judge(text, &api("s3:GetObject", None)).verdict, Verdict::Inside);
    let elsewhere = Request { region: Some("eu-west-1"), ..api("s3:GetObject", None) };
    let judged = judge(text, &elsewhere);
    assert_eq!(judged.verdict, Verdict::Outside);
    assert!(judged.why.starts_with("limit regions: `eu-west-1`"), "{}", judged.why);
    let nowhere = Request { account: None, ..api("s3:GetObject", None) };
    assert_eq!(judge(text, &nowhere).verdict, Verdict::CannotTell);
    // A denial for one region does not speak of others.
    let denied = "[[scope.allow]]\naction = \"*\"\n[[scope.deny]]\naction = \"s3:*\"\nregions = [\"eu-*\"]\n";
    assert_eq!(judge(denied, &api("s3:GetObject", None)).verdict, Verdict::Inside);
    assert_eq!(judge(denied, &elsewhere).verdict, Verdict::Outside);
}

#[test]
fn entry_that_is_not_understood_decides_nothing_that_it_could_have_matched() {
    let text =
        "[[scope.deny]]\naction = \"iam:*\"\nresorce = \"x\"\n[[scope.allow]]\naction = \"*\"\n";
    let (facts, faults) = Facts::parse("case.toml", text);
    assert_eq!(faults.len(), 1);
    let (boundary, _) = Boundary::new(&facts, &[]);
    let judged = boundary.judge(&api("iam:GetRole", None));
    assert_eq!(judged.verdict, Verdict::CannotTell);
    assert!(judged.why.contains("not understood, case.toml line 3"), "{}", judged.why);
    assert_eq!(boundary.judge(&api("s3:GetObject", None)).verdict, Verdict::Inside);
}

#[test]
fn only_calls_of_agents_are_judged() {
    let facts =
        facts("[[scope.agents]]\nagent = \"*:role/agent\"\n[[scope.allow]]\naction = \"*\"\n");
    let (boundary, _) = Boundary::new(&facts, &[]);
    let by_role = Request { is_agent: false, agent: None, ..api("s3:GetObject", None) };
    let by_person = Request { actor: Some("arn:aws:iam::1:user/bob"), ..by_role };
    let judged = judge_all(&boundary, &[by_role, by_person]);
    assert_eq!(judged.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
}

fn moment(time: &str) -> Moment {
    Moment {
        time: Micros::parse(time).map(|(time, _)| time),
        bytes: None,
        cost: None,
        approval: Approval::NotRecorded,
    }
}

/// Returns the answer for an event of a call.
fn of_event(text: &str, request: &Request<'_>, moment: &Moment) -> (Verdict, String) {
    let facts = facts(text);
    let (boundary, _) = Boundary::new(&facts, &[]);
    let usual = boundary.judge(request);
    let found = differing(&facts.scope, &usual.conditions, moment).unwrap_or(usual);
    (found.verdict, found.why)
}

#[test]
fn time_of_the_event_decides_windows_hours_and_mandates() {
    let text = "[[scope.agents]]\nagent = \"claude-code\"\nvalid_to = 2026-07-13T00:00:00Z\n\
                [[scope.allow]]\naction = \"*\"\nhours = \"22:00-06:00\"\nvalid_from = 2026-07-12T00:00:00Z\n\
                [[scope.deny]]\naction = \"iam:*\"\nvalid_from = 2026-07-12T02:00:00Z\nvalid_to = 2026-07-12T03:00:00Z\n";
    let of = |time: &str| of_event(text, &api("iam:GetRole", None), &moment(time));
    assert_eq!(of("2026-07-12T01:00:00Z").0, Verdict::Inside);
    assert_eq!(of("2026-07-12T02:00:00Z").0, Verdict::Outside);
    assert_eq!(of("2026-07-12T03:00:00Z").0, Verdict::Inside);
    assert!(of("2026-07-12T12:00:00Z").1.starts_with("limit hours"));
    assert!(of("2026-07-11T23:00:00Z").1.starts_with("limit valid"));
    assert!(of("2026-07-13T01:00:00Z").1.starts_with("limit mandate"));
    assert_eq!(of("no time").0, Verdict::CannotTell);
    let day = Hours { from: 480, to: 1080 };
    assert!(day.holds(Micros(8 * 3_600_000_000)) && !day.holds(Micros(18 * 3_600_000_000)));
}

#[test]
fn size_and_cost_of_the_event_are_limits() {
    let text = "[[scope.allow]]\naction = \"*\"\nmax_bytes = 100\nmax_cost = 0.5\n";
    let of = |bytes, cost| {
        let moment = Moment { bytes, cost, ..moment("2026-07-12T01:00:00Z") };
        of_event(text, &api("s3:GetObject", None), &moment)
    };
    assert_eq!(of(Some(100), Some(0.5)).0, Verdict::Inside);
    assert_eq!(
        of(Some(101), Some(0.5)),
        (Verdict::Outside, "limit max_bytes: 101 bytes are more than 100".to_owned())
    );
    assert_eq!(of(Some(1), Some(0.6)).0, Verdict::Outside);
    assert_eq!(of(None, Some(0.1)).0, Verdict::CannotTell);
    assert_eq!(of(Some(1), None).0, Verdict::CannotTell);
}

#[test]
fn approval_that_is_needed_and_recorded_nowhere_is_not_held_against_the_agent() {
    let of = |level: &str, approval| {
        let text = format!("[[scope.allow]]\naction = \"*\"\nneeds_approval = \"{level}\"\n");
        let moment = Moment { approval, ..moment("2026-07-12T01:00:00Z") };
        of_event(&text, &api("s3:GetObject", None), &moment).0
    };
    assert_eq!(of("V3", Approval::Given), Verdict::Inside);
    assert_eq!(of("V3", Approval::None), Verdict::Outside);
    assert_eq!(of("V3", Approval::NotRecorded), Verdict::CannotTell);
    assert_eq!(of("V1", Approval::None), Verdict::CannotTell);
    assert_eq!(of("V4", Approval::Given), Verdict::CannotTell);
    assert_eq!(of("V0", Approval::NotRecorded), Verdict::Inside);
}

#[test]
fn list_of_tools_is_read_in_its_forms() {
    let text = "[[scope.policy]]\nkind = \"tools\"\nfile = \"tools.json\"\n";
    let facts = facts(text);
    for list in [
        r#"["aws-admin/iam_get_*", "read_file"]"#,
        r#"{"tools": ["aws-admin/iam_get_*", {"tool": "read_file"}]}"#,
        r#"{"servers": {"aws-admin": ["iam_get_*"], "*": {"tools": ["read_file"]}}}"#,
        r#"[{"server": "aws-admin", "tools": ["iam_get_*"]}, "read_file"]"#,
        "tools = [\"read_file\"]\n[servers]\naws-admin = [\"iam_get_*\"]\n",
        "[[allow]]\nserver = \"aws-admin\"\ntools = [\"iam_get_*\"]\n[[allow]]\ntool = \"read_file\"\n",
    ] {
        let (boundary, faults) = Boundary::new(&facts, &[Ok(list.to_owned())]);
        assert!(faults.is_empty(), "{list} {faults:?}");
        let of = |request: &Request<'_>| boundary.judge(request).verdict;
        assert_eq!(of(&tool(Some("aws-admin"), "iam_get_role")), Verdict::Inside, "{list}");
        assert_eq!(of(&tool(Some("aws-admin"), "iam_attach_policy")), Verdict::Outside, "{list}");
        assert_eq!(of(&tool(Some("other"), "iam_get_role")), Verdict::Outside, "{list}");
        assert_eq!(of(&tool(Some("other"), "read_file")), Verdict::Inside, "{list}");
        assert_eq!(of(&tool(None, "iam_get_role")), Verdict::CannotTell, "{list}");
        assert_eq!(of(&api("s3:GetObject", None)), Verdict::Undeclared, "{list}");
    }
    for (list, part) in [
        ("[\n1]", "no name of a tool"),
        ("{\n\"tols\": []}", "line 2: `tols` is no member"),
        ("[", "is no JSON"),
        ("{}", "names no tool"),
        ("a = \n", "neither JSON nor TOML"),
    ] {
        let (_, faults) = Boundary::new(&facts, &[Ok(list.to_owned())]);
        let fault = faults.first().expect("a fault").to_string();
        assert!(fault.contains(part), "{fault}");
    }
}

#[test]
fn gravest_answer_wins_and_documents_fill_what_entries_leave_open() {
    let text = "[[scope.policy]]\nkind = \"iam\"\nfile = \"a.json\"\n[[scope.allow]]\ntool = \"x\"\n[[scope.deny]]\naction = \"iam:*\"\n";
    let facts = facts(text);
    let policy = r#"{"Statement":{"Effect":"Allow","Action":["s3:Get*","iam:*"],"Resource":"*"}}"#;
    let (boundary, _) = Boundary::new(&facts, &[Ok(policy.to_owned())]);
    let of = |request: &Request<'_>| boundary.judge(request).verdict;
    assert_eq!(of(&api("s3:GetObject", None)), Verdict::Inside);
    assert_eq!(of(&api("s3:PutObject", None)), Verdict::Outside);
    assert_eq!(of(&api("iam:GetRole", None)), Verdict::Outside);
    assert_eq!(of(&tool(None, "x")), Verdict::Inside);
    assert_eq!(of(&tool(None, "y")), Verdict::Undeclared);
    let (boundary, _) = Boundary::new(&facts, &[Err("cannot be read".to_owned())]);
    assert_eq!(boundary.judge(&api("s3:GetObject", None)).verdict, Verdict::CannotTell);
    assert_eq!(boundary.judge(&tool(None, "x")).verdict, Verdict::Inside);
}

#[test]
fn words_read_back() {
    for verdict in Verdict::ALL {
        assert_eq!(Verdict::from_word(verdict.as_str()), Some(verdict));
    }
    for sort in [Sort::Tool, Sort::Api, Sort::Model] {
        assert_eq!(Sort::from_word(sort.as_str()), sort);
    }
}
