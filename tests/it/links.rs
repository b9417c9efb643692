//! Sessions, people and links that rest on exact identifiers, in made-up evidence.

use serde_json::{Value, json};

use crate::support::{Home, lines, record, record_with};

/// A role taken on by a user, what was done with the key it gave out, and a stranger.
fn assumed_role(home: &Home) {
    let role = |number: u32, action: &str| {
        record_with(
            number,
            json!({
                "eventName": action,
                "userIdentity": {
                    "type": "AssumedRole", "principalId": "AROAEXAMPLE:deploy-7", "accountId": "111122223333",
                    "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy-7",
                    "accessKeyId": "ASIAEXAMPLE000000007",
                    "sessionContext": { "sessionIssuer": {
                        "type": "Role", "principalId": "AROAEXAMPLE", "userName": "Deploy",
                        "arn": "arn:aws:iam::111122223333:role/Deploy", "accountId": "111122223333" } }
                }
            }),
        )
    };
    let minted = record_with(
        1,
        json!({
            "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "requestParameters": { "roleArn": "arn:aws:iam::111122223333:role/Deploy", "roleSessionName": "deploy-7" },
            "responseElements": {
                "credentials": { "accessKeyId": "ASIAEXAMPLE000000007", "sessionToken": "FwoGZXIvYXdzEXAMPLETOKEN" },
                "assumedRoleUser": { "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/deploy-7" }
            }
        }),
    );
    let denied = {
        let mut record = role(3, "DeleteBucket");
        record["errorCode"] = json!("AccessDenied");
        record
    };
    home.write("evidence/a.jsonl", lines(&[minted, role(2, "PutObject"), denied, record(4)]));
    home.ingest("evidence", 0);
}

#[test]
fn session_of_a_role_is_traced_to_the_user_who_took_it_on_through_the_key() {
    let home = Home::new();
    assumed_role(&home);
    let sessions = home.rows(&["sessions"]);
    let session = sessions
        .iter()
        .find(|session| session["id"] == "key:ASIAEXAMPLE000000007")
        .expect("a session of the key");
    assert_eq!(session["basis"], "credential");
    assert_eq!((&session["events"], &session["denied"]), (&json!(2), &json!(1)));
    assert_eq!(
        home.sql("SELECT a.action, b.action, grade, key, value_a FROM links JOIN events a ON a.id = links.a JOIN events b ON b.id = links.b"),
        ["sts:AssumeRole s3:PutObject = issued key ASIAEXAMPLE000000007"]
    );
    assert_eq!(
        home.sql("SELECT events.action FROM sessions JOIN events ON events.id = minted_by"),
        ["sts:AssumeRole"]
    );
    let human = home.sql("SELECT human, human_grade FROM sessions WHERE id LIKE 'key:ASIA%'");
    assert_eq!(human, ["arn:aws:iam::111122223333:user/alice +"]);
}

#[test]
fn no_link_and_no_session_is_made_up_for_records_that_share_no_identifier() {
    let home = Home::new();
    let other = record_with(
        2,
        json!({ "userIdentity": { "type": "IAMUser", "userName": "bob", "accountId": "111122223333",
                                  "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIAEXAMPLE000000002" } }),
    );
    home.write("evidence/a.jsonl", lines(&[record(1), other]));
    home.ingest("evidence", 0);
    assert_eq!(home.sql("SELECT count(*) FROM links"), ["0"]);
    assert_eq!(home.sql("SELECT count(*) FROM sessions WHERE kind = 'AGENT'"), ["0"]);
    assert_eq!(home.sql("SELECT DISTINCT grade FROM links"), Vec::<String>::new());
}

#[test]
fn pivots_from_a_key_reach_its_session_its_resources_and_its_person() {
    let home = Home::new();
    assumed_role(&home);
    let pivot = |to: &str| home.rows(&["pivot", "key", "ASIAEXAMPLE000000007", "--to", to]);
    let holds = |rows: &[Value], text: &str| rows.iter().any(|row| row.to_string().contains(text));
    assert!(holds(&pivot("session"), "key:ASIAEXAMPLE000000007"));
    assert!(holds(&pivot("what"), "acme"));
    assert!(holds(&pivot("who"), "alice") || holds(&pivot("who"), "Deploy"));
    let events = home.rows(&["pivot", "key", "ASIAEXAMPLE000000007"]);
    assert_eq!(events.len(), 3, "{events:?}");
}

#[test]
fn links_are_the_same_whether_files_come_together_or_one_after_the_other() {
    let home = Home::new();
    assumed_role(&home);
    let together = home.sql("SELECT a, b, grade, key FROM links ORDER BY ALL");
    let text = std::fs::read_to_string(home.path("evidence/a.jsonl")).expect("the evidence");
    let other = Home::new();
    for (number, line) in text.lines().enumerate().collect::<Vec<_>>().into_iter().rev() {
        other.write(&format!("evidence/{number}.json"), line);
        other.ingest("evidence", 0);
    }
    assert_eq!(other.sql("SELECT a, b, grade, key FROM links ORDER BY ALL"), together);
}

#[test]
fn replay_without_a_terminal_prints_every_step_with_its_outcome_and_the_silence_cut() {
    let home = Home::new();
    assumed_role(&home);
    let text = home.on_case(&["replay", "key:ASIAEXAMPLE000000007", "--idle", "1s"]);
    for part in [
        "ASKED",
        "HAPPENED",
        "sts:AssumeRole  ok",
        "s3:PutObject  ok",
        "s3:DeleteBucket  DENY",
        "3 steps",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("s3:GetObject"), "a stranger's call is no step: {text}");
}
