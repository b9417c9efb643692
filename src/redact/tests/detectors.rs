//! The detectors: each finds what its data file says it finds, nothing of what it says it does not, and marks are stable.

use proptest::prelude::*;
use serde_json::json;

use super::super::detectors::{Detector, Example, IDENTIFIERS, SECRETS, Set};
use super::*;

/// Puts a text of the data file together: `36*TEXT` is TEXT repeated to 36 characters.
fn part(text: &str) -> String {
    match text.split_once('*') {
        Some((n, unit)) if n.parse::<usize>().is_ok() => {
            unit.chars().cycle().take(n.parse().unwrap()).collect()
        }
        _ => text.to_owned(),
    }
}

fn secret(example: &Example) -> String {
    example.secret.iter().map(|text| part(text)).collect()
}

fn examples() -> Vec<(&'static Detector, &'static Example)> {
    let of =
        |detector: &'static Detector| detector.rule.found.iter().map(move |one| (detector, one));
    SECRETS.detectors().iter().flat_map(of).collect()
}

fn each_rule(set: &'static Set) {
    for detector in set.detectors() {
        let rule = &detector.rule;
        assert!(detector.regex().is_some(), "{} does not compile", rule.id);
        assert!(
            !rule.keywords.is_empty() && !rule.found.is_empty() && !rule.passed.is_empty(),
            "{}",
            rule.id
        );
        for example in &rule.found {
            let value = secret(example);
            let text = format!("{}{value}{}", example.before, example.after);
            let hits = set.find(&text);
            let is_found = hits.iter().any(|hit| {
                hit.class == rule.class && text.get(hit.at.clone()) == Some(value.as_str())
            });
            assert!(is_found, "{}: {text} -> {hits:?}", rule.id);
        }
        for text in &rule.passed {
            let hits = set.find(text);
            assert!(
                hits.iter().all(|hit| hit.class != rule.class),
                "{}: {text} -> {hits:?}",
                rule.id
            );
        }
    }
}

#[test]
fn each_detector_finds_its_examples_and_passes_the_others() {
    each_rule(&SECRETS);
    each_rule(&IDENTIFIERS);
    let mut ids: Vec<&str> =
        SECRETS.detectors().iter().map(|detector| detector.rule.id.as_str()).collect();
    ids.sort_unstable();
    let n_ids = ids.len();
    ids.dedup();
    assert_eq!((ids.len(), n_ids), (n_ids, n_ids));
    assert!(n_ids >= 45, "{n_ids}");
}

#[test]
fn a_secret_has_one_mark_by_name_by_look_and_inside_json() {
    for (detector, example) in examples() {
        let value = secret(example);
        let class = &detector.rule.class;
        let alone = format!("{}{value}{}", example.before, example.after);
        let by_look = text(&alone);
        assert!(!by_look.contains(&value), "{} -> {by_look}", detector.rule.id);
        let marks = marks_by_class(&by_look);
        let is_general = detector.rule.id == "beside-a-word";
        assert!(
            is_general || marks.contains_key(class.as_str()),
            "{}: {marks:?}",
            detector.rule.id
        );
        let mark = by_look.get(by_look.find('⟦').unwrap()..by_look.find('⟧').unwrap() + 3).unwrap();
        for carrier in [
            json!({ "note": alone }),
            json!({ "body": json!({ "args": { "text": alone } }).to_string() }),
            json!([{ "a\u{0001}": [alone] }]),
        ] {
            let (out, tally) = payload(&carrier.to_string());
            assert!(
                out.contains(mark) && tally.total() > 0,
                "{} {carrier} -> {out}",
                detector.rule.id
            );
            serde_json::from_str::<Value>(&out).unwrap();
        }
        // Beside another name a value that no detector knows alone has the class of that name.
        if example.before.is_empty() && example.after.is_empty() {
            let (out, _) = payload(&json!({ "password": value }).to_string());
            assert!(out.contains(mark), "{}: {out} has no {mark}", detector.rule.id);
        }
    }
}

#[test]
fn numbers_of_cards_and_accounts_are_found_and_look_alikes_are_not() {
    for (number, class) in [
        ("4111111111111111", "card-number"),
        ("4111 1111 1111 1111", "card-number"),
        ("5500-0000-0000-0004", "card-number"),
        ("378282246310005", "card-number"),
        ("3782 822463 10005", "card-number"),
        ("6011000990139424", "card-number"),
        ("3566002020360505", "card-number"),
        ("30569309025904", "card-number"),
        ("2223003122003222", "card-number"),
        ("4222222222222", "card-number"),
        ("DE89370400440532013000", "iban"),
        ("GB29 NWBK 6016 1331 9268 19", "iban"),
        ("NO9386011117947", "iban"),
        ("FR1420041010050500013M02606", "iban"),
    ] {
        for around in
            ["N", "pay N now", "card=N,x", "(N)", "a\\nN\\n", "id:N.", "\"N\"", "card-N", "a N N"]
        {
            let out = text(&around.replace('N', number));
            assert!(!out.contains(number), "{around} {number} -> {out}");
            assert!(marks_by_class(&out).contains_key(class), "{around} {number} -> {out}");
        }
    }
    let (out, _) = payload(r#"{"amount":4111111111111111,"eventID":"4111111111111111"}"#);
    let mark = redactor().mark("card-number", "4111111111111111");
    assert_eq!(out, format!(r#"{{"amount":"{mark}","eventID":"4111111111111111"}}"#));
    assert!(text("4111-1111-1111-1111").contains(&mark));
    for kept in [
        "1752312662114", // milliseconds of an epoch
        "1752312662114000000",
        "4111111111111112",
        "111122223333",
        "x4111111111111111",
        "4111111111111111a",
        "0.4111111111111111",
        "4111111111111111.5",
        "41111111111111110000",
        "5500-0000 0000-0004",
        "4444444444444444",
        "3f2504e0-4f89-4111-8111-111111111111",
        "DE89370400440532013001",
        "XDE89370400440532013000",
        "2026-07-12 09:31:02",
        "AROAEXAMPLE0000000000",
    ] {
        assert_eq!(text(kept), kept);
        let record = json!({ "a": kept }).to_string();
        assert_eq!(payload(&record).0, record);
    }
}

#[test]
fn structural_identifiers_are_never_searched() {
    let token: String = ["gh", "p_", &"EXAMPLEfake0".repeat(3)].concat();
    for name in [
        "accessKeyId",
        "eventID",
        "requestID",
        "sharedEventID",
        "arn",
        "principalId",
        "accountId",
        "etag",
    ] {
        let record = json!({ name: token }).to_string();
        assert_eq!(payload(&record).0, record);
    }
}

#[test]
fn pseudonyms_replace_people_and_things_and_the_case_profile_keeps_them() {
    let known = Known::new([
        ("person", "alice"),
        ("person", "alice@corp.example"),
        ("account-id", "111122223333"),
        ("host", "db-7"),
    ]);
    let external = redactor().with_pseudonyms(known);
    let record = r#"{"arn":"arn:aws:iam::111122223333:user/alice","mail":"alice@corp.example","ip":"203.0.113.9","v6":"2001:db8::17",
        "accessKeyId":"AKIAIOSFODNN7EXAMPLE","bucket":"logs-111122223333-db-7","call":"+1 202 555 0100","malice":"malice db-77","password":"S3cret"}"#;
    assert_eq!(payload(record).1.total(), 1);
    let mut tally = Tally::default();
    let out = external.payload(record, &mut tally).into_owned();
    for gone in [
        "user/alice",
        "alice@",
        "111122223333",
        "203.0.113.9",
        "db8::17",
        "AKIAIOS",
        "db-7⟧",
        "555",
        "S3cret",
        "db-7\"",
    ] {
        assert!(!out.contains(gone), "{gone}: {out}");
    }
    assert!(out.contains("malice db-77"), "{out}");
    assert!(out.contains(&redactor().mark("person", "alice")), "{out}");
    assert_eq!(tally.replaced.get("account-id"), Some(&2));
    let mut again = Tally::default();
    assert_eq!(external.payload(&out, &mut again), out);
    assert_eq!(again.total(), 0);
}

#[test]
fn a_key_that_begins_in_the_line_of_a_header_is_found_whole() {
    let key =
        examples().into_iter().find(|(detector, _)| detector.rule.id == "pem-private-key").unwrap();
    let value = secret(key.1);
    let out = text(&format!("Authorization: Bearer x ; key {value} and Cookie: a"));
    assert!(!out.contains("EXAMPLEfake0") && !out.contains("END"), "{out}");
}

#[test]
fn an_excerpt_shows_no_part_of_a_secret_that_begins_in_it() {
    let token: String = ["gh", "p_", &"EXAMPLEfake0".repeat(4)].concat();
    let record = format!("{}{token}", "x ".repeat(90));
    let excerpt = redactor().excerpt(record.as_bytes());
    assert!(!excerpt.contains("EXAMPLEf") && excerpt.ends_with('⟧'), "{excerpt}");
}

/// A text around a secret that does not become part of it.
fn around() -> impl Strategy<Value = String> {
    "[ a-z{}\\[\\],;:\"\\\\\n⟦⟧é=]{0,20}"
}

proptest! {
    #[test]
    fn no_secret_of_a_detector_survives_any_surroundings(
        idx in 0..1000_usize,
        before in around(),
        after in around(),
        levels in 0..5_usize,
    ) {
        let all = examples();
        let (_, example) = all[idx % all.len()];
        let value = secret(example);
        let raw = format!("{before} {}{value}{} {after}", example.before, example.after);
        let once = text(&raw);
        prop_assert!(!once.contains(&value), "{} -> {}", raw, once);
        prop_assert_eq!(text(&once), once);
        let mut carrier = json!({ "k": raw });
        for _ in 0..levels {
            carrier = json!({ "z": 1, "body": carrier.to_string() });
        }
        let (out, _) = payload(&carrier.to_string());
        prop_assert!(serde_json::from_str::<Value>(&out).is_ok());
        let longest = value.split(['\n', '\\', '"']).max_by_key(|piece| piece.len()).unwrap();
        prop_assert!(!out.contains(longest), "{} -> {}", carrier, out);
        let (again, tally) = payload(&out);
        prop_assert_eq!((again, tally.total()), (out, 0));
    }
}
