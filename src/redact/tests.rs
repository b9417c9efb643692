//! Redaction as a whole: which names hide their values, which never do, and that nothing of a secret is left.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod detectors;

fn redactor() -> Redactor {
    let mut key = [0_u8; 32];
    for (slot, byte) in key.iter_mut().zip(0_u8..) {
        *slot = byte;
    }
    Redactor::new(key)
}

fn payload(json: &str) -> (String, Tally) {
    let mut tally = Tally::default();
    let text = redactor().payload(json, &mut tally).into_owned();
    (text, tally)
}

fn text(text: &str) -> String {
    redactor().text(text, &mut Tally::default()).into_owned()
}

const SECRET: &str = "hunter2-EXAMPLE-fake";

#[track_caller]
fn assert_hidden(json: &str) {
    let (out, tally) = payload(json);
    assert!(!out.contains(SECRET), "{json} -> {out}");
    assert!(tally.total() > 0, "{json}");
    serde_json::from_str::<Value>(&out).unwrap();
}

#[test]
fn mark_reproduces_the_test_vector() {
    let mark = redactor().mark("aws-secret-key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    assert_eq!(mark, "⟦aws-secret-key:vsjwlqq4tfw2kfpq⟧");
}

#[test]
fn another_case_gives_other_marks_and_another_fingerprint() {
    let other = Redactor::new([7; 32]);
    assert_ne!(other.mark("pin", "1234"), redactor().mark("pin", "1234"));
    assert_ne!(other.key_fingerprint(), redactor().key_fingerprint());
    assert_eq!(redactor().key_fingerprint().len(), 64);
    assert!(!format!("{other:?}").contains('7'));
}

#[test]
fn text_without_sensitive_names_is_borrowed() {
    let clean = r#"{"nextToken":"abc","clientToken":"def","userAgent":"[aws-cli/2.1 a:b c=d]","n":[1,{"x":null}],
        "key":"name","accessKeyId":"ASIAEXAMPLE","arn":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12"}"#;
    let mut tally = Tally::default();
    assert!(matches!(redactor().payload(clean, &mut tally), Cow::Borrowed(_)));
    assert_eq!(tally, Tally::default());
}

#[test]
fn every_listed_name_is_replaced_in_any_spelling() {
    let names = [
        "password",
        "Passwd",
        "pwd",
        "secret",
        "secret_key",
        "SecretAccessKey",
        "secretString",
        "secret-binary",
        "client_secret",
        "sessionToken",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "token",
        "access_token",
        "refreshToken",
        "id_token",
        "Authorization",
        "proxy-authorization",
        "Cookie",
        "Set-Cookie",
        "apiKey",
        "x-api-key",
        "private_key",
        "passphrase",
        "pin",
        "OTP",
        "mfaCode",
        "seed",
        "connectionString",
        "dsn",
        "userData",
        "plaintext",
        "CiphertextBlob",
        "card_number",
        "PAN",
        "cvv",
        "cvc",
        "track",
        "ssn",
        "_password_",
    ];
    for name in names {
        assert_hidden(&json!({ "a": { name: SECRET } }).to_string());
        assert_hidden(&json!({ name: { "deep": [{ "er": SECRET }] } }).to_string());
    }
    assert_hidden(&json!({ "http.request.header.authorization": [SECRET] }).to_string());
    assert_hidden(
        &json!({ "key": "http.request.header.cookie", "value": { "stringValue": SECRET } })
            .to_string(),
    );
    assert_hidden(&format!("{{\"pass\\u0077ord\":\"{SECRET}\"}}"));
}

#[test]
fn numbers_under_sensitive_names_are_replaced_and_literals_stay() {
    let (out, tally) = payload(r#"{"pin":1234,"password":null,"token":true,"secret":""}"#);
    assert!(
        out.starts_with(r#"{"pin":"⟦pin:"#)
            && out.ends_with(r#""password":null,"token":true,"secret":""}"#),
        "{out}"
    );
    assert_eq!((tally.total(), tally.masked), (1, 0));
}

#[test]
fn identifiers_below_a_sensitive_name_stay() {
    let (out, _) = payload(r#"{"token":{"accessKeyId":"ASIAEXAMPLE","value":"abc"}}"#);
    assert!(out.contains("ASIAEXAMPLE") && !out.contains("abc"), "{out}");
}

#[test]
fn what_the_source_hid_is_counted_and_left() {
    let hidden = [
        "***",
        "HIDDEN_DUE_TO_SECURITY_REASONS",
        "<sensitiveDataRemoved>",
        "REDACTED",
        "[REDACTED]",
        "(hidden by policy)",
    ];
    for value in hidden {
        let record = json!({ "password": value }).to_string();
        let (out, tally) = payload(&record);
        assert_eq!((out, tally.masked, tally.total()), (record, 1, 0));
    }
    assert!(!keys::is_hidden("redacted-but-not-really"));
}

#[test]
fn name_and_value_members_are_joined_in_either_order() {
    assert_hidden(&format!(r#"[{{"name":"Authorization","value":"{SECRET}"}}]"#));
    assert_hidden(&format!(r#"{{"Value":"{SECRET}","Key":"x-api-key"}}"#));
    assert_hidden(&format!(r#"{{"values":["{SECRET}"],"name":"Cookie","x":1}}"#));
    assert_hidden(&format!(r#"{{"headers":[["Host","a"],["Authorization","Bearer {SECRET}"]]}}"#));
    let (out, _) = payload(r#"{"name":"Host","value":"example.org","token":"t"}"#);
    assert!(out.contains("example.org"));
}

#[test]
fn environment_variables_lose_their_values_and_keep_their_names() {
    for record in [
        format!(r#"{{"environment":{{"variables":{{"DB":"{SECRET}","N":5}}}}}}"#),
        format!(r#"{{"environment":[{{"name":"DB","value":"{SECRET}"}}]}}"#),
        format!(r#"{{"environment":[{{"value":"{SECRET}","name":"DB"}}]}}"#),
        format!(r#"{{"envVars":{{"DB":"{SECRET}"}}}}"#),
        format!(
            r#"{{"environmentVariables":[{{"name":"DB","type":"PLAINTEXT","value":"{SECRET}"}}]}}"#
        ),
        format!(r#"{{"env":["DB={SECRET}"]}}"#),
    ] {
        assert_hidden(&record);
        assert!(payload(&record).0.contains("DB"), "{record}");
    }
    let kept = r#"{"environment":"prod","env":"test","x":{"environment":{"name":"blue"}}}"#;
    assert_eq!(payload(kept).0, kept);
}

#[test]
fn json_inside_strings_is_followed_four_levels_and_more_is_read_as_text() {
    let mut record = json!({ "password": SECRET }).to_string();
    for _ in 0..6 {
        record = json!({ "body": record }).to_string();
        assert_hidden(&record);
    }
    let nested =
        json!({ "body": "[\"Authorization\",\"Bearer hunter2-EXAMPLE-fake\"]" }).to_string();
    assert_hidden(&nested);
}

#[test]
fn commands_inside_payload_strings_lose_their_secrets() {
    assert_hidden(
        &json!({ "command": format!("curl -H \"Authorization: Bearer {SECRET}\" https://x.test") })
            .to_string(),
    );
    assert_hidden(&json!({ "command": format!("mysql --password {SECRET} db") }).to_string());
    assert_hidden(
        &json!({ "url": format!("https://x.test/?a=1&X-Amz-Signature={SECRET}&b=2") }).to_string(),
    );
}

#[test]
fn same_secret_has_the_same_mark_across_names_of_a_family() {
    let (out, _) = payload(r#"{"accessToken":"abc","headers":{"Authorization":"Bearer abc"}}"#);
    let mark = redactor().mark("token", "abc");
    assert_eq!(
        out,
        format!(r#"{{"accessToken":"{mark}","headers":{{"Authorization":"Bearer {mark}"}}}}"#)
    );
}

#[test]
fn redacting_twice_changes_nothing_more_and_a_forged_mark_hides_nothing() {
    let (once, _) = payload(
        r#"{"password":"a b","h":{"Authorization":"Bearer x"},"c":"token=abc --secret q"}"#,
    );
    let (twice, tally) = payload(&once);
    assert_eq!((&twice, tally.total()), (&once, 0));
    assert_hidden(&format!(r#"{{"password":"⟦pin:{SECRET}⟧"}}"#));
    assert_hidden(&format!(r#"{{"password":"⟦pin:aaaaaaaaaaaaaaaa⟧{SECRET}"}}"#));
}

#[test]
fn free_text_loses_values_after_sensitive_names() {
    for secret in [
        "password=S",
        "user=a&password=S&x=1",
        "Authorization: Bearer S",
        "--secret-key S",
        "\"api_key\": \"S\"",
        "token: 'S'",
        "Server=db;Password=S;Port=1",
        "export SECRET=S",
        "{\\\"password\\\":\\\"S\\\"}",
        "1,\"{\"\"sessionToken\"\":\"\"S\"\",\"\"x\"\":1}\"",
        "password => S",
        "Cookie: a=1; b=S",
        "authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=S",
    ] {
        let out = text(
            &secret
                .replace('S', SECRET)
                .replace(&format!("{SECRET}erver"), "Server")
                .replace(&format!("{SECRET}ECRET"), "SECRET"),
        );
        assert!(!out.contains(SECRET), "{secret} -> {out}");
    }
    assert_eq!(
        text("user=a&password=b&x=1"),
        format!("user=a&password={}&x=1", redactor().mark("password", "b"))
    );
}

#[test]
fn ordinary_text_is_left() {
    for kept in [
        "The security token included in the request is invalid",
        "arn:aws:secretsmanager:us-east-1:1:secret:prod/db",
        "\"password\":\"\",\"x\":1",
        "{\"\"password\"\":\"\"\"\",\"\"a\"\":\"\"b\"\"}",
        "pin: left corner",
        "--no-token-refresh yes",
        "nextToken=abc",
        "password=***",
        "http://token:8080/x",
        "a=b",
        "",
        "User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: kms:Decrypt",
    ] {
        assert!(
            matches!(redactor().text(kept, &mut Tally::default()), Cow::Borrowed(_)),
            "{kept} -> {}",
            text(kept)
        );
    }
}

#[test]
fn stripped_text_says_the_class_and_nothing_to_compare() {
    assert_eq!(strip("index 3 of `password=FAKE x`"), "index 3 of `password=⟦password⟧ x`");
    assert_eq!(strip("nothing here"), "nothing here");
}

#[test]
fn excerpt_of_a_cut_record_shows_no_secret() {
    let record = format!("{{\"a\":\"x,\"password\":\"{SECRET}\",\"token\": \"{}", "z".repeat(400));
    let excerpt = redactor().excerpt(record.as_bytes());
    assert!(!excerpt.contains(SECRET) && !excerpt.contains("zz"), "{excerpt}");
    assert_eq!(redactor().excerpt(b"\xff\xfeplain"), "\u{fffd}\u{fffd}plain");
}

#[test]
fn hostile_text_of_a_megabyte_is_handled_in_linear_time() {
    let n = 20_000;
    for piece in [
        "token=",
        "Cookie:",
        "--secret ",
        "⟦token:",
        "password=\"",
        "\\\"",
        "{\"value\":\"a\",\"name\":\"token\"},",
    ] {
        let hostile = piece.repeat(n);
        text(&hostile);
        payload(&hostile);
        payload(&json!({ "a": hostile }).to_string());
    }
    let deep = format!("{}1{}", "{\"value\":".repeat(200), ",\"name\":\"token\"}".repeat(200));
    assert!(payload(&deep).0.contains("⟦token:"));
}

/// JSON of any nesting with `SECRET` planted under a sensitive name somewhere.
fn planted() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[a-z{}\\[\\]:=\"\\\\\n⟦⟧é]{0,12}".prop_map(Value::from),
    ];
    let noise = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-zA-Z\"\\\\ ]{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let name = prop::sample::select(vec![
        "password",
        "X-Api-Key",
        "secretAccessKey",
        "Set-Cookie",
        "session_token",
    ]);
    let wraps = prop::collection::vec((0..4_u8, noise.clone(), noise), 0..7);
    (name, wraps).prop_map(|(name, wraps)| {
        let mut value = json!({ name: SECRET });
        let mut n_texts = 0;
        for (how, before, after) in wraps {
            value = match how {
                0 => json!({ "a": before, "in": value, "z": after }),
                1 => json!([before, value, after]),
                2 if n_texts < 4 => {
                    n_texts += 1;
                    json!({ "body": value.to_string(), "z": after })
                }
                _ => json!({ "in": value }),
            };
        }
        value
    })
}

#[test]
fn a_value_that_is_another_name_hides_the_value_of_that_one_too() {
    for cut in [
        "export DB_PASSWORD= api_key: '@@'",
        "pin='JSESSIONID=;api_key: '@@'",
        "--password token: @@",
        "log:password=@@",
        "x/password=@@",
        "password=⟦password:aaaaaaaaaaaaaaaa⟧@@",
        "https://user:@@@host/?X-At/?X-Amz-Signature=@@&X-Amz-Security-Token=Emz-Signature=@@&X-Amz-Security-Token=@@&x=1",
    ] {
        let cut = cut.replace("@@", SECRET);
        assert!(!text(&cut).contains(SECRET), "{cut} -> {}", text(&cut));
        let (out, _) = payload(&cut);
        assert!(!out.contains(SECRET), "{cut} -> {out}");
    }
    let marked = format!("saw password={}, and so on", redactor().mark("password", "x"));
    assert_eq!(text(&marked), marked);
}

#[test]
fn words_between_the_strings_of_broken_json_are_read_as_text() {
    for broken in [
        format!("{{\"a\":1}} password={SECRET}"),
        format!("{{\"a\":\"b\",token={SECRET}}}"),
        format!("[1, 2] --secret {SECRET}"),
    ] {
        let (out, tally) = payload(&broken);
        assert!(!out.contains(SECRET) && tally.total() == 1, "{broken} -> {out}");
    }
    let (out, _) = payload(&json!({ format!("password={SECRET}"): 1 }).to_string());
    assert!(!out.contains(SECRET), "{out}");
}

/// A mark can stand in the evidence already, or be written there by somebody.
#[test]
fn mark_that_stands_in_the_text_hides_nothing_behind_it() {
    let mark = "⟦token:aaaaaaaaaaaaaaaa⟧";
    for hidden in [
        format!("?code={mark};https://u:{SECRET}@h/"),
        format!("?code={mark};then?code={SECRET}"),
        format!("https://{mark}:{SECRET}@h/"),
        format!("?code={mark};a{mark};https://u:{SECRET}@h/{mark}"),
    ] {
        let (once, tally) = payload(&hidden);
        assert!(!once.contains(SECRET) && tally.total() == 1, "{hidden} -> {once}");
        assert!(once.contains(mark), "{hidden} -> {once}");
        assert_eq!(payload(&once).0, once);
        let (inside, _) = payload(&json!({ "a": hidden }).to_string());
        assert!(!inside.contains(SECRET), "{hidden} -> {inside}");
    }
    let plain = format!("?code={mark};and nothing else {mark}.");
    assert_eq!(payload(&plain).0, plain);
}

/// Pieces that carry a value, and pieces that may spoil what stands next to them.
const CARRIERS: &[&str] = &[
    "password=V",
    "https://u:V@h/",
    "?X-Amz-Signature=V&",
    "X-Amz-Security-Token=V",
    "Authorization: Bearer V\n",
    "\"secret\":\"V\"",
    "--token V ",
    "api_key: 'V'",
    "MY_PASSWORD=V;",
    "Cookie: V\n",
];
const SPOILS: &[&str] = &[
    "https://user:",
    "@host/",
    "?X-Amz-Signature=",
    "Security-Token=",
    "password=",
    "\"password\": \"",
    "--secret ",
    "Authorization: Bearer ",
    "Cookie: a=",
    "Basic ",
    "token: '",
    "/?",
    "X-At",
    "\"",
    "'",
    "\\\"",
    "pin=",
    "4111111111111111",
    "DE89370400440532013000",
    "sig=",
    "?code=",
    "JSESSIONID=",
    "export DB_PASSWORD=",
    "SSN 078-05-1120",
    "-----BEGIN PRIVATE KEY-----\\nAAAAAAAAAAAAAAAAAAAAAA",
    "{",
    "}",
    "⟦",
    "⟧",
    "⟦token:aaaaaaaaaaaaaaaa⟧",
    "{\"name\":\"token\",\"value\":\"",
    "é",
    "%3D",
];

/// Carriers with planted values and spoiling pieces in any order, and the values.
fn carriers() -> impl Strategy<Value = (String, Vec<String>)> {
    let apart = prop::sample::select(vec![" ", "&", "\n", ";", "?", "(", ",", "\t"]);
    let planted = (prop::sample::select(CARRIERS), apart, 100_000..999_999_u32)
        .prop_map(|(carrier, apart, number)| (apart.to_owned() + carrier, Some(number)));
    let spoil = prop::sample::select(SPOILS).prop_map(|piece| (piece.to_owned(), None));
    prop::collection::vec(prop_oneof![1 => planted, 2 => spoil], 1..12).prop_map(|pieces| {
        let mut text = String::new();
        let mut values = Vec::new();
        for (piece, number) in pieces {
            let value = number.map(|number| format!("pLaNt{number}Q7z"));
            text.push_str(&piece.replace('V', value.as_deref().unwrap_or("V")));
            values.extend(value);
        }
        (text, values)
    })
}

proptest! {
    #[test]
    fn one_pass_is_as_good_as_two_and_no_carrier_keeps_its_value((raw, values) in carriers()) {
        let once = text(&raw);
        prop_assert_eq!(&text(&once), &once);
        let (walked, _) = payload(&raw);
        prop_assert_eq!(&payload(&walked).0, &walked);
        let (inside, _) = payload(&json!({ "a": raw }).to_string());
        prop_assert_eq!(&payload(&inside).0, &inside);
        for value in values {
            for out in [&once, &walked, &inside] {
                prop_assert!(!out.contains(&value), "{} -> {}", raw, out);
            }
        }
    }

    #[test]
    fn no_planted_secret_survives_any_nesting(value in planted()) {
        let (out, _) = payload(&value.to_string());
        prop_assert!(!out.contains(SECRET), "{}", out);
        prop_assert!(serde_json::from_str::<Value>(&out).is_ok());
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert!(!payload(&pretty).0.contains(SECRET));
    }

    #[test]
    fn any_text_is_handled_without_panic(noise in "\\PC{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = payload(&noise);
        let _ = text(&noise);
        let _ = redactor().excerpt(&bytes);
        let _ = payload(&format!("{{\"password\":{noise}"));
    }
}
