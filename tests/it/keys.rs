//! Life lines of keys and what was spent: where each begins and ends, whose it is, what calls cost and how that is known.

use serde_json::{Value, json};

use crate::support::{Home, lines, record, record_with};

fn by(user: &str, key: &str) -> Value {
    json!({
        "type": "IAMUser", "principalId": format!("AIDA{user}"), "accountId": "111122223333",
        "arn": format!("arn:aws:iam::111122223333:user/{user}"), "accessKeyId": key, "userName": user
    })
}

/// A change of the access key `AKIAEXAMPLE0000EVE01` by an administrator.
fn admin(number: u32, name: &str, parameters: &Value, answer: &Value) -> Value {
    record_with(
        number,
        json!({
            "userIdentity": by("admin", "AKIAEXAMPLE00ADMIN1"), "eventSource": "iam.amazonaws.com", "eventName": name,
            "readOnly": false, "requestParameters": parameters, "responseElements": answer
        }),
    )
}

fn named(home: &Home, key: &str) -> Value {
    let rows = home.rows(&["keys"]);
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key}: {rows:#?}")).clone()
}

#[test]
fn life_line_names_the_events_that_began_and_ended_the_key() {
    let home = Home::new();
    let eve = json!({ "userName": "eve", "accessKeyId": "AKIAEXAMPLE0000EVE01" });
    let made = json!({ "accessKey": { "userName": "eve", "accessKeyId": "AKIAEXAMPLE0000EVE01", "status": "Active" } });
    let used = |number, address: &str, service: &str| {
        record_with(
            number,
            json!({ "userIdentity": by("eve", "AKIAEXAMPLE0000EVE01"), "sourceIPAddress": address, "eventSource": service }),
        )
    };
    home.write(
        "evidence/a.jsonl",
        lines(&[
            admin(1, "CreateAccessKey", &json!({ "userName": "eve" }), &made),
            used(10, "203.0.113.7", "s3.amazonaws.com"),
            used(20, "198.51.100.9", "ec2.amazonaws.com"),
            admin(30, "DeleteAccessKey", &eve, &Value::Null),
            used(200, "203.0.113.7", "s3.amazonaws.com"),
        ]),
    );
    home.ingest("evidence", 0);
    let key = named(&home, "AKIAEXAMPLE0000EVE01");
    assert_eq!(
        (&key["kind"], &key["calls"], &key["services"]),
        (&json!("iam"), &json!(3), &json!(2))
    );
    assert_eq!((&key["addresses"], &key["used_after_end"]), (&json!(2), &json!(1)));
    assert_eq!((&key["ended"], &key["flag"]), (&json!("deleted"), &json!("AFTER")));
    assert_eq!(key["issued_with"], "AKIAEXAMPLE00ADMIN1");
    let actions = home.sql("SELECT action FROM events WHERE id IN (SELECT unnest([issued_by, ended_by]) FROM key_lives WHERE issued_by IS NOT NULL) ORDER BY ts");
    assert_eq!(actions, ["iam:CreateAccessKey", "iam:DeleteAccessKey"]);
    assert_eq!(named(&home, "AKIAEXAMPLE00ADMIN1")["issues"], 1);
}

#[test]
fn key_that_was_made_active_again_has_no_end() {
    let home = Home::new();
    let set = |status: &str| json!({ "userName": "eve", "accessKeyId": "AKIAEXAMPLE0000EVE01", "status": status });
    let eve =
        |number| record_with(number, json!({ "userIdentity": by("eve", "AKIAEXAMPLE0000EVE01") }));
    home.write(
        "evidence/a.jsonl",
        lines(&[admin(1, "UpdateAccessKey", &set("Inactive"), &Value::Null), eve(300)]),
    );
    home.ingest("evidence", 0);
    assert_eq!(named(&home, "AKIAEXAMPLE0000EVE01")["ended"], "deactivated");
    home.write(
        "more/b.jsonl",
        lines(&[admin(200, "UpdateAccessKey", &set("Active"), &Value::Null)]),
    );
    home.ingest("more", 0);
    assert_eq!(named(&home, "AKIAEXAMPLE0000EVE01")["ended"], Value::Null);
}

#[test]
fn filter_narrows_the_calls_of_a_key_and_not_its_life() {
    let home = Home::new();
    home.write("evidence/a.jsonl", lines(&(0..5).map(record).collect::<Vec<_>>()));
    home.ingest("evidence", 0);
    let rows = home.rows(&["keys", "--where", "request = 'REQUEST000000003'"]);
    assert_eq!((rows.len(), &rows[0]["calls"]), (1, &json!(1)));
    assert!(
        rows[0]["first"].as_str().is_some_and(|first| first.contains("T00:00:00")),
        "{rows:#?}"
    );
}

fn litellm(number: u32, key: char, spend: &Value, tokens: (u32, u32)) -> Value {
    json!({
        "request_id": format!("chatcmpl-{number}"), "call_type": "acompletion", "api_key": key.to_string().repeat(64),
        "spend": spend, "total_tokens": tokens.0 + tokens.1, "prompt_tokens": tokens.0, "completion_tokens": tokens.1,
        "startTime": format!("2026-03-01T10:{number:02}:00.000Z"), "endTime": format!("2026-03-01T10:{number:02}:02.000Z"),
        "model": "gpt-made-up", "custom_llm_provider": "openai", "user": "", "metadata": "{}", "status": "success"
    })
}

fn claude(number: u32, model: &str, usage: &Value) -> Value {
    json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/home/dev/shop", "version": "2.0.14",
        "sessionId": "0f6c1e52-7a44-4b0e-9d11-3c5a90b7e001", "gitBranch": "main", "type": "assistant",
        "uuid": format!("5b1d0c00-0000-4000-8000-{number:012}"), "timestamp": format!("2026-03-01T10:{number:02}:03.000Z"),
        "requestId": format!("req_011EXAMPLE{number:010}"),
        "message": { "id": format!("msg_01EXAMPLE{number:013}"), "type": "message", "role": "assistant", "model": model,
                     "content": [{ "type": "text", "text": "done" }], "stop_reason": "end_turn", "usage": usage }
    })
}

/// Model calls of two products: recorded cost, tokens with a price, tokens without one.
fn spending() -> Home {
    let home = Home::new();
    let of: Vec<Value> = vec![
        litellm(1, 'a', &json!(0.25), (100, 50)),
        litellm(2, 'a', &json!(0.5), (200, 60)),
        litellm(3, 'b', &json!(2.0), (1, 1)),
    ];
    home.write("evidence/spend.json", json!({ "data": of }).to_string());
    let usage = json!({
        "input_tokens": 1_000_000, "output_tokens": 100_000,
        "cache_read_input_tokens": 2_000_000, "cache_creation_input_tokens": 400_000
    });
    home.write(
        "evidence/claude.jsonl",
        lines(&[
            claude(1, "claude-sonnet-4-5-20250929", &usage),
            claude(2, "claude-made-up-4", &json!({ "input_tokens": 7, "output_tokens": 3 })),
        ]),
    );
    home.ingest("evidence", 0);
    home
}

fn spend(home: &Home, by: &str, name: &str, more: &[&str]) -> Value {
    let rows = home.rows(&[&["keys", "--spend", by], more].concat());
    let found = rows.iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {rows:#?}")).clone()
}

#[test]
fn recorded_cost_is_added_up_and_called_recorded() {
    let home = spending();
    let key = named(&home, &"a".repeat(64));
    assert_eq!((&key["kind"], &key["spend_usd"]), (&json!("hashed"), &json!("0.7500")));
    assert_eq!((&key["spend_basis"], &key["tokens_in"]), (&json!("recorded"), &json!(300)));
    let model = spend(&home, "model", "gpt-made-up", &[]);
    assert_eq!((&model["spend_usd"], &model["recorded_usd"]), (&json!("2.7500"), &json!("2.7500")));
    assert_eq!(model["computed_usd"], Value::Null);
}

#[test]
fn tokens_are_priced_by_kind_and_called_computed_with_the_date_of_the_table() {
    let home = spending();
    let model = spend(&home, "model", "claude-sonnet-4-5-20250929", &[]);
    // 1.0 x 3 + 0.1 x 15 + 2.0 x 0.30 + 0.4 x 3.75
    assert_eq!((&model["spend_usd"], &model["computed_usd"]), (&json!("6.6000"), &json!("6.6000")));
    assert_eq!(model["recorded_usd"], Value::Null);
    assert_eq!(model["spend_basis"], "computed from price table 2026-11-21");
    let provider = spend(&home, "provider", "anthropic", &[]);
    assert_eq!(provider["spend_usd"], "6.6000");
    assert_eq!(
        provider["spend_basis"],
        "computed from price table 2026-11-21, 1 call with tokens and no price"
    );
}

#[test]
fn model_without_a_price_has_tokens_and_no_cost() {
    let model = spend(&spending(), "model", "claude-made-up-4", &[]);
    assert_eq!((&model["spend_usd"], &model["tokens_in"]), (&Value::Null, &json!(7)));
    assert_eq!(model["spend_basis"], "1 call with tokens and no price");
}

const TABLE: &str = "version = 1\ncurrency = \"USD\"\nunit = \"million tokens\"\n[[price]]\nprovider = \"anthropic\"\n\
    model = \"claude-made-up-4\"\nvalid_from = \"VALID\"\ninput = 1000.0\noutput = 2000.0\n\
    source = \"https://prices.example\"\nread_on = \"2026-02-01\"\n";

#[test]
fn own_price_table_adds_to_the_programs_from_its_day_on() {
    let home = spending();
    home.write("own.toml", TABLE.replace("VALID", "2026-02-01"));
    let more = ["--prices", "own.toml"];
    let model = spend(&home, "model", "claude-made-up-4", &more);
    // 7 x 1000 + 3 x 2000 dollars for a million
    assert_eq!(model["spend_usd"], "0.0130");
    assert_eq!(spend(&home, "model", "claude-sonnet-4-5-20250929", &more)["spend_usd"], "6.6000");
    home.write("late.toml", TABLE.replace("VALID", "2026-03-02"));
    let late = spend(&home, "model", "claude-made-up-4", &["--prices", "late.toml"]);
    assert_eq!(late["spend_usd"], Value::Null, "the call was made the day before");
}

#[test]
fn price_table_that_cannot_be_right_is_refused_with_its_row() {
    let home = spending();
    home.write("bad.toml", TABLE.replace("VALID", "2026-02-01").replace("1000.0", "-1.0"));
    let ran = home.run(&["keys", "--case", &home.text("case"), "--prices", "bad.toml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(
        ran.err.contains("row 1: `input` must be US dollars for a million tokens"),
        "{}",
        ran.err
    );
    // The one of the data folder must not keep evidence from being read.
    home.write("home/data/whytrail/prices.toml", TABLE.replace("VALID", "soon"));
    let ran = home.run(&["ingest", "evidence", "--case", &home.text("other")]);
    assert!(ran.code == Some(0) && ran.err.contains("`valid_from` must be a day"), "{}", ran.err);
}

#[test]
fn sources_that_cannot_tell_cost_are_named() {
    let home = Home::new();
    let blind = json!({
        "eventSource": "bedrock.amazonaws.com", "eventName": "InvokeModel",
        "requestParameters": { "modelId": "anthropic.claude-sonnet-4-5-20250929-v1:0" }
    });
    home.write("evidence/a.jsonl", lines(&[record_with(1, blind)]));
    home.ingest("evidence", 0);
    let ran = home.run(&["keys", "--case", &home.text("case")]);
    assert!(
        ran.err.contains("neither cost nor tokens in: cloudtrail (1 call)"),
        "{}\n{}",
        ran.out,
        ran.err
    );
}
