//! Each step from made-up facts: what it says, who says so, and what it says when nobody recorded it.

use crate::explain::{Evidence, Mark, Says, Step, StepKind, trace};
use crate::model::rows::BoundaryNote;
use crate::model::{EventId, Grade, Micros, Plane};
use crate::query::why::done::{Pair, Route, Side};
use crate::query::why::{Call, Facts, Member};

fn facts(n: u32, columns: &[(&'static str, &str)]) -> Facts {
    let columns = columns.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let time = Micros(1_783_848_668_000_000 + i64::from(n));
    Facts::new(i64::from(n), EventId(u128::from(n)), Some(time), columns)
}

fn member(n: u32, grade: Grade, columns: &[(&'static str, &str)]) -> Member {
    let through = if n == 1 { Vec::new() } else { vec!["request id".to_owned()] };
    Member { facts: facts(n, columns), grade, through }
}

fn evidence(members: Vec<Member>) -> Evidence {
    let call = Call { members, is_cut: false, session: None };
    Evidence::of(call).expect("an event")
}

#[track_caller]
fn step(of: &Evidence, kind: StepKind) -> Step {
    let trace = trace(of);
    trace.steps.iter().find(|step| step.kind == kind).cloned().expect("the step")
}

const CALL: &[(&str, &str)] = &[
    ("plane", "gateway"),
    ("product", "toolhive"),
    ("kind", "tool_call"),
    ("tool", "iam_attach_policy"),
    ("server", "aws-admin"),
    ("action", "call iam_attach_policy"),
    ("resource", "arn:aws:iam::111122223333:role/ci-deploy"),
    ("outcome", "denied"),
];

const DECISION: &[(&str, &str)] = &[
    ("plane", "authz"),
    ("product", "opa"),
    ("kind", "decision"),
    ("human", "alice@corp.example"),
    ("human_proof", "policy input"),
    ("decision", "deny"),
    ("policy", "#17"),
    ("reason", "deny attach on role/ci-*"),
    ("outcome", "success"),
];

#[test]
fn declared_boundary_is_a_step_only_where_one_is_declared() {
    let mut of = evidence(vec![member(1, Grade::Exact, CALL)]);
    assert!(trace(&of).steps.iter().all(|step| step.kind != StepKind::Boundary));
    for (result, mark) in [
        ("outside", Mark::Alarm),
        ("inside", Mark::Ok),
        ("undeclared", Mark::Absent),
        ("cannot-tell", Mark::Unknown),
    ] {
        let entry = Some("scope.deny[1]".to_owned());
        of.boundary =
            Some(BoundaryNote { result: result.to_owned(), entry, why: "denied".to_owned() });
        let found = step(&of, StepKind::Boundary);
        assert_eq!((found.mark, &found.says), (mark, &Says::Inferred));
        assert_eq!(found.sentence, format!("{result}, scope.deny[1]: denied"));
    }
}

#[test]
fn refusal_names_policy_and_reason_and_the_record_that_says_so() {
    let of = evidence(vec![member(1, Grade::Exact, CALL), member(2, Grade::Exact, DECISION)]);
    let policy = step(&of, StepKind::Policy);
    assert_eq!(policy.mark, Mark::No);
    assert_eq!(policy.sentence, "refused by #17: deny attach on role/ci-*");
    assert_eq!(policy.says, Says::Record { product: "opa".into(), event: EventId(2) });
    let effect = step(&of, StepKind::Effect);
    assert_eq!((effect.mark, &effect.says), (Mark::Unknown, &Says::Inferred));
    assert_eq!(effect.sentence, "never reached: the call stopped at step 4");
}

#[test]
fn step_is_as_good_as_the_link_to_its_record() {
    let of = evidence(vec![member(1, Grade::Exact, CALL), member(2, Grade::Near, DECISION)]);
    assert_eq!(step(&of, StepKind::Policy).grade, Grade::Near);
    assert_eq!(step(&of, StepKind::Identity).grade, Grade::Near);
}

#[test]
fn what_nobody_recorded_is_said_and_not_taken_for_an_absence() {
    let of = evidence(vec![member(1, Grade::Exact, CALL)]);
    for kind in [StepKind::Policy, StepKind::Guardrail, StepKind::Approval, StepKind::Credential] {
        let step = step(&of, kind);
        assert_eq!((step.mark, &step.says), (Mark::Unknown, &Says::Nobody), "{step:?}");
        assert!(step.sentence.starts_with("cannot tell: no "), "{step:?}");
    }
    assert_eq!(step(&of, StepKind::Identity).sentence, "no record of this call names anybody");
}

#[test]
fn no_approval_is_an_absence_only_where_the_product_records_approvals() {
    let mut of = evidence(vec![member(1, Grade::Exact, CALL)]);
    of.holds.approvals = vec!["hoop".to_owned()];
    assert_eq!(step(&of, StepKind::Approval).mark, Mark::Unknown);
    of.holds.approvals.push("toolhive".to_owned());
    let approval = step(&of, StepKind::Approval);
    assert_eq!(approval.mark, Mark::Absent);
    assert!(approval.sentence.starts_with("none asked for"), "{approval:?}");
}

#[test]
fn approval_says_who_decided_or_that_nobody_is_named() {
    let granted = &[("plane", "gateway"), ("product", "hoop"), ("approval_state", "approved")][..];
    let of = evidence(vec![member(1, Grade::Exact, CALL), member(2, Grade::Exact, granted)]);
    let approval = step(&of, StepKind::Approval);
    assert_eq!(approval.mark, Mark::Ok);
    assert_eq!(approval.sentence, "approved; who decided is not recorded");
    let by = [granted, &[("approval_by", "bob@corp.example")]].concat();
    let of = evidence(vec![member(1, Grade::Exact, CALL), member(2, Grade::Exact, &by)]);
    assert_eq!(step(&of, StepKind::Approval).sentence, "approved by bob@corp.example");
}

#[test]
fn tool_is_offered_only_when_a_list_of_the_session_names_it() {
    let mut of = evidence(vec![member(1, Grade::Exact, CALL)]);
    assert_eq!(step(&of, StepKind::Tool).mark, Mark::Unknown);
    let list = facts(9, &[("product", "mcp"), ("plane", "mcp")]);
    of.tool_lists = vec![(list.clone(), r#"{"result":{"tools":[{"name":"s3_get"}]}}"#.to_owned())];
    assert!(step(&of, StepKind::Tool).sentence.contains("on no tool list"));
    of.tool_lists =
        vec![(list, r#"{"result":{"tools":[{"name":"iam_attach_policy"}]}}"#.to_owned())];
    let tool = step(&of, StepKind::Tool);
    assert_eq!(tool.mark, Mark::Ok);
    assert_eq!(tool.sentence, "iam_attach_policy offered by server aws-admin");
}

#[test]
fn key_is_traced_to_the_event_that_issued_it() {
    let cloud = &[
        ("plane", "cloudtrail"),
        ("kind", "api"),
        ("product", "cloudtrail"),
        ("credential", "ASIAEXAMPLEALICE7QPL"),
        ("action", "iam:AttachRolePolicy"),
        ("outcome", "success"),
        ("actor", "arn:aws:iam::111122223333:role/ops"),
    ];
    let mut of = evidence(vec![member(1, Grade::Exact, cloud)]);
    let credential = step(&of, StepKind::Credential);
    assert_eq!(credential.mark, Mark::Unknown);
    assert_eq!(
        credential.sentence,
        "key ASIA..7QPL: a temporary key; its issue is not in the case"
    );
    of.issuer = Some(facts(7, &[("action", "sts:AssumeRole"), ("human", "alice@corp.example")]));
    let credential = step(&of, StepKind::Credential);
    assert_eq!(credential.mark, Mark::Ok);
    assert!(credential.sentence.starts_with("key ASIA..7QPL from sts:AssumeRole by alice@corp"));
    assert_eq!(step(&of, StepKind::Identity).mark, Mark::Unknown, "a principal is no person");
    assert_eq!(step(&of, StepKind::Effect).sentence, "iam:AttachRolePolicy done");
}

fn pair(route: Route, grade: Grade) -> Pair {
    let side = |event: u128, action: &str, plane: Plane| Side {
        event: EventId(event),
        time: Micros(0),
        plane,
        product: plane.as_str().to_owned(),
        action: action.to_owned(),
        credential: None,
        session: None,
        human: Some("alice@corp.example".to_owned()),
        name: None,
        human_grade: grade,
        actor: None,
        count: 1,
    };
    Pair {
        denied: side(1, "call iam_attach_policy", Plane::Gateway),
        done: side(8, "iam:AttachRolePolicy", Plane::CloudTrail),
        resource: "arn:aws:iam::111122223333:role/ci-deploy".to_owned(),
        route,
        tie: route.words().to_owned(),
        grade,
        is_other_operation: false,
        seconds: 32,
    }
}

#[test]
fn same_change_by_another_route_is_an_alarm_of_the_grade_of_its_tie() {
    let mut of = evidence(vec![member(1, Grade::Exact, CALL)]);
    of.after = vec![pair(Route::SamePerson, Grade::Derived)];
    let after = step(&of, StepKind::Afterwards);
    assert_eq!((after.mark, after.grade), (Mark::Alarm, Grade::Derived));
    assert!(
        after.sentence.starts_with(
            "same change made by another route 32 s later: iam:AttachRolePolicy on role/ci-deploy"
        ),
        "{after:?}"
    );
    assert_eq!(after.says.event(), Some(EventId(8)));
}

#[test]
fn change_by_an_unrelated_principal_is_said_as_such_and_is_no_alarm() {
    let mut of = evidence(vec![member(1, Grade::Exact, CALL)]);
    of.after = vec![pair(Route::Unrelated, Grade::None)];
    let after = step(&of, StepKind::Afterwards);
    assert_eq!((after.mark, after.grade), (Mark::Unknown, Grade::None));
    assert!(after.sentence.contains("no known tie"), "{after:?}");
}

#[test]
fn no_success_afterwards_is_an_absence_only_with_the_cloud_in_the_case() {
    let mut of = evidence(vec![member(1, Grade::Exact, CALL)]);
    assert_eq!(step(&of, StepKind::Afterwards).mark, Mark::Unknown);
    of.holds.planes = vec!["cloudtrail".to_owned()];
    assert_eq!(step(&of, StepKind::Afterwards).mark, Mark::Absent);
}
