//! Leads about agents: each with evidence that makes it, and evidence that comes close and makes none.

use serde_json::{Value, json};

use super::{case, leads};
use crate::support::by_role;

const KEY: &str = "ASIAEXAMPLE000000021";

/// A call that an agent's service forwarded for a role session.
fn forwarded(number: u32, key: &str, action: &str, is_read: bool) -> Value {
    let (service, name) = action.split_once(':').expect("a service and a name");
    let call = json!({
        "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "readOnly": is_read,
        "requestParameters": { "userName": "svc", "roleName": "admin" },
    });
    let mut record = by_role(number, "Agent", &format!("job-{key}"), key, call);
    record["userIdentity"]["invokedBy"] = json!("aws-mcp.amazonaws.com");
    record
}

#[test]
fn agent_without_a_person_leads_from_ten_events_or_one_change_on() {
    let reads = |count: u32, key: &str| -> Vec<Value> {
        (0..count).map(|number| forwarded(number, key, "s3:GetObject", true)).collect()
    };
    assert_eq!(leads(&case(&reads(9, KEY))), [""; 0]);
    let ten = leads(&case(&reads(10, KEY)));
    assert_eq!(ten.len(), 1, "{ten:?}");
    assert!(ten[0].starts_with("no human behind it: "), "{ten:?}");
    let changed = leads(&case(&[forwarded(1, KEY, "s3:PutObject", false)]));
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].starts_with("no human behind it: "), "{changed:?}");
    let mut refused = forwarded(1, KEY, "s3:PutObject", false);
    refused["errorCode"] = json!("AccessDenied");
    let refused = leads(&case(&[refused]));
    assert!(!refused.concat().contains("no human"), "a refusal changed nothing: {refused:?}");
}

#[test]
fn agent_whose_records_name_a_person_has_a_human_behind_it() {
    let named: Vec<Value> = (0..20)
        .map(|number| {
            let mut record = forwarded(number, KEY, "s3:PutObject", false);
            record["userIdentity"]["sessionContext"]["sourceIdentity"] = json!("kim@example.com");
            record
        })
        .collect();
    assert_eq!(leads(&case(&named)), [""; 0]);
}

#[test]
fn credential_changed_by_an_agent_leads_and_refused_read_or_made_by_a_person_does_not() {
    let rule = "credential change by an agent";
    let of_rule = |evidence: &[Value]| -> usize {
        leads(&case(evidence)).iter().filter(|lead| lead.starts_with(rule)).count()
    };
    assert_eq!(of_rule(&[forwarded(1, KEY, "iam:AttachRolePolicy", false)]), 1);
    let mut refused = forwarded(1, KEY, "iam:AttachRolePolicy", false);
    refused["errorCode"] = json!("AccessDenied");
    assert_eq!(of_rule(&[refused]), 0, "refused");
    assert_eq!(of_rule(&[forwarded(1, KEY, "iam:ListAttachedRolePolicies", true)]), 0, "read");
    let mut by_hand = forwarded(1, KEY, "iam:AttachRolePolicy", false);
    if let Some(identity) = by_hand["userIdentity"].as_object_mut() {
        identity.remove("invokedBy");
    }
    assert_eq!(of_rule(std::slice::from_ref(&by_hand)), 0, "no agent");
    // The agent took on a role first, and the key it was given made the change.
    let mut minted = forwarded(0, KEY, "sts:AssumeRole", false);
    minted["requestParameters"] =
        json!({ "roleArn": "arn:aws:iam::111122223333:role/Admin", "roleSessionName": "next" });
    minted["responseElements"] =
        json!({ "credentials": { "accessKeyId": "ASIAEXAMPLE000000022" } });
    by_hand["userIdentity"]["accessKeyId"] = json!("ASIAEXAMPLE000000022");
    let home = case(&[minted, by_hand]);
    let told = home.sql(&format!("SELECT reason FROM leads WHERE rule = '{rule}'"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("iam:AttachRolePolicy"), "{told:?}");
}

/// A tool call in a transcript, `number` minutes after midnight.
fn tool(number: u32, name: &str) -> Value {
    json!({
        "type": "assistant", "uuid": format!("10000000-0000-4000-8000-{number:012}"),
        "sessionId": "20000000-0000-4000-8000-000000000001",
        "timestamp": format!("2026-07-12T{:02}:{:02}:00.500Z", number / 60, number % 60),
        "isSidechain": false, "userType": "external", "cwd": "/home/dev", "version": "2.1.202",
        "message": { "id": format!("msg_{number:024}"), "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
            "content": [{ "type": "tool_use", "id": format!("toolu_01EXAMPLE{number:016}"), "name": name, "input": {} }] }
    })
}

#[test]
fn new_tool_that_changes_leads_after_six_hours_and_thirty_calls() {
    let after = |calls: u32, minute: u32, name: &str| -> Vec<String> {
        let mut lines: Vec<Value> = (0..calls).map(|number| tool(number, "Read")).collect();
        lines.push(tool(minute, name));
        let mut found = leads(&case(&lines));
        found.retain(|lead| lead.starts_with("first-seen tool"));
        found
    };
    assert_eq!(after(30, 360, "Write"), ["first-seen tool: claude-code, new tool"]);
    assert_eq!(after(29, 360, "Write"), [""; 0], "29 calls before");
    assert_eq!(after(30, 359, "Write"), [""; 0], "a minute less than six hours");
    assert_eq!(after(30, 360, "Grep"), [""; 0], "it reads");
    assert_eq!(after(30, 360, "Read"), [""; 0], "known");
}
