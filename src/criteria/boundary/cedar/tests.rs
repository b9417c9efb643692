//! Cedar policies against made-up calls.

use super::*;
use crate::criteria::boundary::{Boundary, Sort, Verdict};
use crate::criteria::facts::Facts;

fn call<'r>(tool: &'r str, resource: Option<&'r str>) -> Request<'r> {
    Request {
        is_agent: true,
        sort: Sort::Tool,
        agent: Some("claude-code"),
        actor: None,
        server: Some("aws-admin"),
        tool: Some(tool),
        action: Some("call"),
        resource,
        account: None,
        region: None,
    }
}

const FACTS: &str = "[[scope.policy]]\nkind = \"cedar\"\nfile = \"gate.cedar\"\n";

fn judge(policies: &str, request: &Request<'_>) -> Judged {
    let (facts, faults) = Facts::parse("case.toml", FACTS);
    assert!(faults.is_empty(), "{faults:?}");
    let (boundary, faults) = Boundary::new(&facts, &[Ok(policies.to_owned())]);
    assert!(faults.is_empty(), "{faults:?}");
    boundary.judge(request)
}

#[test]
fn permit_forbid_and_silence_have_the_answers_of_the_engine() {
    let policies = "permit(principal, action, resource);\n// no; roles\n@id(\"no-ci\")\nforbid(principal == Agent::\"claude-code\", action == Action::\"iam_attach_policy\",\n  resource) when { resource == Resource::\"arn:ci\" };";
    let denied = judge(policies, &call("iam_attach_policy", Some("arn:ci")));
    assert_eq!(denied.verdict, Verdict::Outside);
    assert_eq!(denied.entry.as_deref(), Some("policy gate.cedar (cedar) policy no-ci (line 2)"));
    assert_eq!(judge(policies, &call("iam_attach_policy", Some("arn:x"))).verdict, Verdict::Inside);
    assert_eq!(judge(policies, &call("read", None)).verdict, Verdict::Inside);
    let silent =
        judge("permit(principal, action == Action::\"read\", resource);", &call("write", None));
    assert_eq!(silent.verdict, Verdict::Outside);
    assert!(silent.why.contains("no policy permits `write`"), "{}", silent.why);
}

#[test]
fn what_records_do_not_tell_is_not_guessed() {
    let forbid = |when: &str| {
        format!(
            "permit(principal, action, resource);\nforbid(principal, action in [Action::\"write\", Action::\"drop\"], resource) when {{ {when} }};"
        )
    };
    for when in [
        "principal.department == \"x\"",
        "principal has department",
        "principal in Group::\"interns\"",
        "context.mood == \"bad\"",
        "resource.owner == principal",
        "principal.hasTag(\"t\")",
    ] {
        let judged = judge(&forbid(when), &call("write", Some("x")));
        assert_eq!(judged.verdict, Verdict::CannotTell, "{when}: {}", judged.why);
        // The same policy says nothing about another action.
        assert_eq!(
            judge(&forbid(when), &call("read", Some("x"))).verdict,
            Verdict::Inside,
            "{when}"
        );
    }
    let decided = forbid("context.server == \"aws-admin\" && context.tool like \"w*\"");
    assert_eq!(judge(&decided, &call("write", None)).verdict, Verdict::Outside);
}

#[test]
fn absent_agent_or_resource_cannot_be_told_where_a_policy_asks() {
    let policies = "permit(principal == Agent::\"claude-code\", action, resource);";
    let nobody = Request { agent: None, ..call("read", None) };
    assert_eq!(judge(policies, &nobody).verdict, Verdict::CannotTell);
    let policies = "permit(principal, action, resource == Resource::\"arn:ci\");";
    assert_eq!(judge(policies, &call("read", None)).verdict, Verdict::CannotTell);
}

#[test]
fn types_of_entities_are_those_that_are_declared() {
    let text = format!("{FACTS}principal_type = \"Gate::User\"\naction_type = \"Gate::Action\"\n");
    let (facts, faults) = Facts::parse("case.toml", &text);
    assert!(faults.is_empty(), "{faults:?}");
    let policy = "permit(principal is Gate::User, action == Gate::Action::\"read\", resource);";
    let (boundary, _) = Boundary::new(&facts, &[Ok(policy.to_owned())]);
    assert_eq!(boundary.judge(&call("read", None)).verdict, Verdict::Inside);
}

#[test]
fn typing_error_is_told_at_its_policy_and_nothing_is_decided() {
    let (facts, _) = Facts::parse("case.toml", FACTS);
    let text = "permit(principal, action, resource);\n\nforbid(principal, action, resource) whn { true };\n";
    let (boundary, faults) = Boundary::new(&facts, &[Ok(text.to_owned())]);
    let fault = faults.first().expect("a fault");
    assert_eq!((fault.line, fault.field.as_str()), (3, "policy 2"), "{fault}");
    let judged = boundary.judge(&call("read", None));
    assert_eq!(judged.verdict, Verdict::CannotTell);
}

#[test]
fn semicolons_in_texts_and_comments_end_no_policy() {
    let text = "// one; two\npermit(principal == A::\"x;\\\"y;\", action, resource);\nforbid(principal, action, resource);\n// end;\n";
    let found = statements(text);
    assert_eq!(found.len(), 2, "{found:?}");
}
