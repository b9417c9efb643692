//! IAM documents against made-up calls.

use super::*;
use crate::criteria::boundary::{Boundary, Sort, Verdict};
use crate::criteria::facts::Facts;

const ROLE: &str = "arn:aws:iam::111122223333:role/agents/builder";

fn call<'r>(action: &'r str, resource: Option<&'r str>) -> Request<'r> {
    Request {
        is_agent: true,
        sort: Sort::Api,
        agent: None,
        actor: Some(ROLE),
        server: None,
        tool: None,
        action: Some(action),
        resource,
        account: Some("111122223333"),
        region: Some("us-east-1"),
    }
}

/// Judges calls with documents of these kinds.
fn judge(documents: &[(&str, &str)], request: &Request<'_>) -> Judged {
    let entries: Vec<String> = documents
        .iter()
        .map(|(kind, _)| format!("[[scope.policy]]\nkind = \"{kind}\"\nfile = \"{kind}.json\"\n"))
        .collect();
    let text = entries.concat();
    let (facts, faults) = Facts::parse("case.toml", &text);
    assert!(faults.is_empty(), "{faults:?}");
    let texts: Vec<_> = documents.iter().map(|(_, text)| Ok((*text).to_owned())).collect();
    let (boundary, faults) = Boundary::new(&facts, &texts);
    assert!(faults.is_empty(), "{faults:?}");
    boundary.judge(request)
}

fn statement(effect: &str, action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}"#)
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

#[test]
fn explicit_denial_wins_over_every_allowance() {
    let text = document(&[
        statement("Allow", "*", "*"),
        statement("Deny", "iam:attach*", "arn:aws:iam::*:role/ci-*"),
    ]);
    let of = |resource| judge(&[("iam", &text)], &call("iam:AttachRolePolicy", Some(resource)));
    let denied = of("arn:aws:iam::111122223333:role/ci-deploy");
    assert_eq!(denied.verdict, Verdict::Outside);
    assert_eq!(denied.entry.as_deref(), Some("policy iam.json (iam) statement 2"));
    assert_eq!(of("arn:aws:iam::111122223333:role/app").verdict, Verdict::Inside);
}

#[test]
fn what_no_statement_allows_is_outside_and_not_undeclared() {
    let text = document(&[statement("Allow", "s3:Get*", "arn:aws:s3:::acme/*")]);
    let of = |action, resource| judge(&[("iam", &text)], &call(action, Some(resource))).verdict;
    assert_eq!(of("s3:GetObject", "arn:aws:s3:::acme/x"), Verdict::Inside);
    assert_eq!(of("s3:HeadObject", "arn:aws:s3:::acme/x"), Verdict::Inside);
    assert_eq!(of("s3:GetObject", "arn:aws:s3:::other/x"), Verdict::Outside);
    assert_eq!(of("s3:PutObject", "arn:aws:s3:::acme/x"), Verdict::Outside);
}

#[test]
fn every_kind_that_is_given_must_allow_and_documents_of_one_kind_add_up() {
    let s3 = document(&[statement("Allow", "s3:*", "*")]);
    let sqs = document(&[statement("Allow", "sqs:*", "*")]);
    let of = |documents: &[(&str, &str)]| judge(documents, &call("s3:GetObject", None)).verdict;
    assert_eq!(of(&[("iam", &s3), ("iam", &sqs)]), Verdict::Inside);
    assert_eq!(of(&[("iam", &s3), ("iam-boundary", &sqs)]), Verdict::Outside);
    assert_eq!(of(&[("iam", &s3), ("iam-boundary", &s3), ("iam-session", &sqs)]), Verdict::Outside);
    assert_eq!(of(&[("iam", &s3), ("iam-boundary", &s3), ("iam-session", &s3)]), Verdict::Inside);
}

#[test]
fn not_action_and_not_resource_are_the_opposite() {
    let text = r#"{"Statement":{"Effect":"Deny","NotAction":["s3:*","logs:*"],"NotResource":"arn:aws:s3:::tmp/*"}}"#;
    let all = document(&[statement("Allow", "*", "*")]);
    let of = |action, resource| {
        judge(&[("iam", &all), ("iam", text)], &call(action, Some(resource))).verdict
    };
    assert_eq!(of("iam:CreateUser", "arn:aws:iam::1:user/x"), Verdict::Outside);
    assert_eq!(of("s3:GetObject", "arn:aws:s3:::x/y"), Verdict::Inside);
    assert_eq!(of("sqs:SendMessage", "arn:aws:s3:::tmp/y"), Verdict::Inside);
}

#[test]
fn conditions_that_columns_decide_are_decided_and_others_are_not_guessed() {
    let with = |condition: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}]}}"#
        )
    };
    let of = |condition: &str| judge(&[("iam", &with(condition))], &call("s3:GetObject", None));
    for (condition, verdict) in [
        (r#"{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}"#, Verdict::Inside),
        (r#"{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}"#, Verdict::Outside),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/agents/*"}}"#, Verdict::Inside),
        (
            r#"{"StringLikeIfExists":{"aws:PrincipalArn":"arn:aws:iam::*:role/ops/*"}}"#,
            Verdict::Outside,
        ),
        (r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, Verdict::Inside),
        (r#"{"Null":{"aws:PrincipalArn":"true"}}"#, Verdict::Outside),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, Verdict::CannotTell),
        (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, Verdict::CannotTell),
        (r#"{"NumericLessThan":{"aws:RequestedRegion":"3"}}"#, Verdict::CannotTell),
    ] {
        assert_eq!(of(condition).verdict, verdict, "{condition}");
    }
    assert!(of(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#).why.contains("aws:SourceIp"));
}

#[test]
fn variables_have_the_value_of_the_caller_or_cannot_be_told() {
    let of = |resource: &str, actor: &'static str| {
        let text = document(&[statement("Allow", "s3:*", resource)]);
        let request =
            Request { actor: Some(actor), ..call("s3:GetObject", Some("arn:aws:s3:::home/bob/x")) };
        judge(&[("iam", &text)], &request).verdict
    };
    let bob = "arn:aws:iam::111122223333:user/team/bob";
    assert_eq!(of("arn:aws:s3:::home/${aws:username}/*", bob), Verdict::Inside);
    assert_eq!(of("arn:aws:s3:::home/${aws:username}/*", ROLE), Verdict::CannotTell);
    assert_eq!(of("arn:aws:s3:::home/${aws:PrincipalTag/team}/*", bob), Verdict::CannotTell);
    assert_eq!(of("arn:aws:s3:::other/${aws:username}/*", bob), Verdict::Outside);
}

#[test]
fn absent_resource_matches_a_star_alone() {
    let star = document(&[statement("Allow", "s3:*", "*")]);
    let named = document(&[statement("Allow", "s3:*", "arn:aws:s3:::acme")]);
    let of =
        |text: &str, resource| judge(&[("iam", text)], &call("s3:ListObjects", resource)).verdict;
    assert_eq!(of(&star, None), Verdict::Inside);
    assert_eq!(of(&named, None), Verdict::CannotTell);
    assert_eq!(of(&named, Some("bucket/acme")), Verdict::CannotTell);
    let caller = judge(&[("iam", &named)], &call("sts:GetCallerIdentity", None)).verdict;
    assert_eq!(caller, Verdict::Inside);
}

#[test]
fn tool_calls_are_no_matter_of_iam() {
    let text = document(&[statement("Allow", "s3:*", "*")]);
    let request = Request { sort: Sort::Tool, tool: Some("x"), ..call("call x", None) };
    assert_eq!(judge(&[("iam", &text)], &request).verdict, Verdict::Undeclared);
}

#[test]
fn mistakes_are_told_with_their_line_and_what_they_would_decide_cannot_be_told() {
    let fault = |text: &str| {
        let (facts, _) =
            Facts::parse("case.toml", "[[scope.policy]]\nkind = \"iam\"\nfile = \"p/a.json\"\n");
        let (boundary, faults) = Boundary::new(&facts, &[Ok(text.to_owned())]);
        let judged = boundary.judge(&call("s3:GetObject", None));
        assert_eq!(judged.verdict, Verdict::CannotTell);
        assert!(judged.why.contains("not understood"), "{}", judged.why);
        faults.first().expect("a fault").to_string()
    };
    assert_eq!(
        fault(
            "{\"Statement\": [\n {\"Effect\": \"Allow\",\n  \"Actoin\": \"s3:*\",\n  \"Resource\": \"*\"}]}"
        ),
        "`p/a.json` line 3: Statement 1, Actoin: `Actoin` is no member here; did you mean `Action`?"
    );
    assert!(fault("{\"Statement\": [\n").contains("line 2: is no JSON"));
    let second = fault(
        "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},\n{\"Effect\":\"Alow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
    );
    assert!(second.contains("Statement 2, Effect: `Alow`"), "{second}");
    assert!(
        fault(r#"{"Statement":[{"Effect":"Allow","Action":"s3","Resource":"*"}]}"#)
            .contains("`s3` is no action")
    );
    assert!(
        fault(
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}]}"#
        )
        .contains("policies of resources")
    );
}
