//! Rules against records: each modifier, what a rule needs, and texts that are no rule.

use super::super::rules::Level;
use super::*;
use crate::model::EventId;
use crate::query::records::RecordRow;

const PAYLOAD: &str = r#"{
  "userIdentity": { "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/aws:ec2/i-1", "userName": "Alice" },
  "requestParameters": { "userName": "alice", "count": 7, "enable": false, "layers": ["a", "b"],
    "items": [{ "name": "one" }, { "name": "two" }], "policy": "{\"Action\":\"s3:GetObject\"}", "script": "a\nb", "empty": null },
  "errorMessage": "Failed authentication", "sourceIPAddress": "10.1.2.3"
}"#;

fn rule(detection: &str) -> String {
    format!(
        "title: t\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n{detection}"
    )
}

fn one(text: &str) -> Detector {
    let read = read(text);
    assert_eq!(read.spots, [], "{text}");
    match read.parsed.into_iter().next().unwrap().asks {
        Asks::Records(detector) => *detector,
        other => panic!("{other:?}"),
    }
}

fn matches(detection: &str) -> bool {
    let row = RecordRow {
        n: 1,
        id: EventId(1),
        time: None,
        action: Some("iam:UpdateLoginProfile".to_owned()),
        columns: vec![Some("S3 Browser/9".to_owned())],
        payload: PAYLOAD.to_owned(),
    };
    one(&rule(detection)).matches(&Record::new(&row, &["userAgent"]))
}

/// A rule with one item.
fn item(item: &str) -> bool {
    matches(&format!("    selection:\n        {item}\n    condition: selection\n"))
}

#[test]
fn modifiers_mean_what_sigma_says() {
    for (text, expected) in [
        ("eventName: updateloginprofile", true),
        ("eventName|cased: updateloginprofile", false),
        ("eventName: Update*", true),
        ("eventName: 'Update?oginProfile'", true),
        ("eventName: 'Update\\*'", false),
        ("eventName|startswith: update", true),
        ("eventName|endswith: PROFILE", true),
        ("userAgent|contains: 's3 browser'", true),
        ("userIdentity.arn|re: '.+:assumed-role/aws:.+'", true),
        ("userIdentity.arn|re: '.+:ASSUMED-role/.+'", false),
        ("sourceIPAddress|cidr: 10.0.0.0/8", true),
        ("sourceIPAddress|cidr: 192.168.0.0/16", false),
        ("errorCode: null", true),
        ("errorMessage: null", false),
        ("errorCode: [Success, null]", true),
        ("errorMessage: [Success, null]", false),
        ("errorCode|neq: Success", true),
        ("errorCode|fieldref: requestParameters.nobody", false),
        ("requestParameters.empty: null", true),
        ("errorCode|exists: false", true),
        ("errorMessage|exists: true", true),
        ("requestParameters.enable: 'false'", true),
        ("requestParameters.count: 7", true),
        ("requestParameters.count|gte: 8", false),
        ("requestParameters.userName|fieldref: userIdentity.userName", true),
        ("userIdentity.arn|fieldref: requestParameters.userName", false),
        ("requestParameters.layers: b", true),
        ("requestParameters.layers|contains: '*'", true),
        ("requestParameters.items.name: two", true),
        ("requestParameters.script: 'a*b'", true),
        ("requestParameters|contains: '\"Action\":\"s3:GetObject\"'", true),
        ("requestParameters|contains: '\"enable\":false'", true),
        ("requestParameters|contains|all: ['s3:GetObject', 'alice']", true),
        ("requestParameters|contains|all: ['s3:GetObject', 'nobody']", false),
        ("eventName: [DeleteUser, UpdateLoginProfile]", true),
    ] {
        assert_eq!(item(text), expected, "{text}");
    }
}

#[test]
fn conditions_combine_selections_keywords_and_lists() {
    for (detection, expected) in [
        ("    keywords:\n        - 'failed AUTH'\n    condition: keywords\n", true),
        ("    keywords:\n        - 'nothing like it'\n    condition: keywords\n", false),
        (
            "    a:\n        - eventName: X\n        - eventName: UpdateLoginProfile\n    condition: a\n",
            true,
        ),
        (
            "    sel_1:\n        eventName: X\n    sel_2:\n        userIdentity.type: AssumedRole\n    condition: 1 of sel_*\n",
            true,
        ),
        (
            "    sel_1:\n        eventName: X\n    sel_2:\n        userIdentity.type: AssumedRole\n    condition: all of sel_*\n",
            false,
        ),
        (
            "    sel:\n        eventName: '*'\n    filter:\n        userIdentity.type: AssumedRole\n    condition: sel and not filter\n",
            false,
        ),
        ("    sel:\n        eventName: '*'\n    condition: not (sel and not sel)\n", true),
    ] {
        assert_eq!(matches(detection), expected, "{detection}");
    }
}

fn needed(detection: &str) -> Option<Vec<(String, Vec<String>)>> {
    let need = one(&rule(detection)).need?;
    Some(need.into_iter().map(|(path, literals)| (path, literals.into_iter().collect())).collect())
}

#[test]
fn a_need_is_what_no_match_goes_without() {
    let literals = |path: &str, of: &[&str]| {
        Some(vec![(path.to_owned(), of.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())])
    };
    for (detection, expected) in [
        (
            "    a:\n        eventName: [A, b]\n        eventSource: x\n    condition: a\n",
            literals("eventName", &["a", "b"]),
        ),
        (
            "    a:\n        eventName|startswith: A\n        eventSource: x\n    condition: a\n",
            literals("eventSource", &["x"]),
        ),
        ("    a:\n        eventName: A*\n    condition: a\n", None),
        ("    a:\n        errorCode: null\n    condition: a\n", None),
        (
            "    a:\n        eventName: A\n    b:\n        eventName: B\n    condition: a or b\n",
            literals("eventName", &["a", "b"]),
        ),
        (
            "    a:\n        eventName: A\n    b:\n        userAgent|contains: B\n    condition: a or b\n",
            None,
        ),
        (
            "    a:\n        eventName: A\n    b:\n        userAgent|contains: B\n    condition: a and not b\n",
            literals("eventName", &["a"]),
        ),
        ("    a:\n        eventName: A\n    condition: not a\n", None),
        (
            "    a_1:\n        eventName: A\n    a_2:\n        eventName: B\n    condition: 1 of a_*\n",
            literals("eventName", &["a", "b"]),
        ),
    ] {
        assert_eq!(needed(detection), expected, "{detection}");
    }
}

#[test]
fn a_need_never_hides_a_match() {
    for text in ["eventName: updateloginprofile", "userIdentity.type: ASSUMEDROLE"] {
        let detection = format!("    selection:\n        {text}\n    condition: selection\n");
        let need = one(&rule(&detection)).need.unwrap();
        assert!(item(text) && need.values().flatten().all(|one| one.to_lowercase() == *one));
    }
}

proptest::proptest! {
    /// Rules put together from a few members, values and conditions, against records put together from the same.
    #[test]
    fn index_never_hides_a_match(
        items in proptest::collection::vec((0_usize..4, 0_usize..7), 3),
        condition in 0_usize..9,
        values in proptest::collection::vec(0_usize..5, 4),
    ) {
        const MEMBERS: [&str; 4] = ["eventName", "eventSource", "userAgent", "a.b"];
        const ASKED: [&str; 7] = ["One", "[two, One]", "'*n*'", "null", "[null, Two]", "7", "'true'"];
        const HELD: [&str; 5] = ["\"one\"", "\"TWO\"", "null", "[\"one\", {\"c\": true}]", "7"];
        const CONDITIONS: [&str; 9] = ["s1", "s1 and s2", "s1 or s2", "s1 and not s2", "not s1", "1 of s*",
            "all of s*", "s3 and (s1 or s2)", "1 of them and not s1"];
        let mut detection = String::new();
        for (number, (member, asked)) in (1_u8..).zip(&items) {
            let item = format!("        {}: {}\n", MEMBERS[*member], ASKED[*asked]);
            detection += &["    s", &number.to_string(), ":\n", &item].concat();
        }
        detection += &["    condition: ", CONDITIONS[condition], "\n"].concat();
        let detector = one(&rule(&detection));
        let row = RecordRow {
            n: 1,
            id: EventId(1),
            time: None,
            action: None,
            columns: Vec::new(),
            payload: format!(
                "{{\"eventName\":{},\"eventSource\":{},\"userAgent\":{},\"a\":{{\"b\":{}}}}}",
                HELD[values[0]], HELD[values[1]], HELD[values[2]], HELD[values[3]]
            ),
        };
        let record = Record::new(&row, &[]);
        let mut index = super::super::index::Index::default();
        index.add(0, detector.need.as_ref());
        let mut found = Vec::new();
        index.candidates(&record, &mut found);
        proptest::prop_assert!(!detector.matches(&record) || found == [0], "{}{:?}", detection, row);
    }
}

fn spot(text: &str) -> (usize, Option<String>, String) {
    let read = read(text);
    assert!(read.parsed.is_empty(), "{text}");
    let spot = read.spots.into_iter().next().unwrap();
    (spot.line + 1, spot.field, spot.reason)
}

#[test]
fn faults_name_line_and_field() {
    let broken = |item: &str| {
        rule(&format!(
            "    selection:\n        eventSource: x\n        {item}\n    condition: selection\n"
        ))
    };
    for (text, line, field) in [
        (broken("eventName|contians: x"), 8, Some("eventName|contians")),
        (broken("eventName|re: '('"), 8, Some("eventName|re")),
        (broken("sourceIPAddress|cidr: 10.0.0.0/99"), 8, Some("sourceIPAddress|cidr")),
        (broken("user.name|expand: '%admins%'"), 8, Some("user.name|expand")),
        (
            rule("    selection:\n        a: b\n    condition: selection and\n"),
            8,
            Some("detection.condition"),
        ),
        (
            rule("    selection:\n        a: b\n    condition: selektion\n"),
            8,
            Some("detection.condition"),
        ),
        (rule("    selection:\n        a: b\n"), 5, Some("condition")),
        ("title: t\nlogsource:\n    product: aws\n".to_owned(), 1, Some("detection")),
        ("title: [\n".to_owned(), 2, None),
    ] {
        let (at, told, reason) = spot(&text);
        assert_eq!((at, told.as_deref()), (line, field), "{text}\n{reason}");
        assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
    }
}

#[test]
fn texts_made_to_exhaust_the_parser_are_refused() {
    let deep = "(".repeat(20_000) + "selection" + &")".repeat(20_000);
    let nots = "not ".repeat(10_000) + "selection";
    for condition in [deep, nots] {
        let text = rule(&format!("    selection:\n        a: b\n    condition: {condition}\n"));
        let (_, field, reason) = spot(&text);
        assert_eq!(field.as_deref(), Some("detection.condition"));
        assert!(reason.contains("inside each other"), "{reason}");
    }
    let lists = "[".repeat(5_000);
    assert!(read(&format!("title: {lists}")).parsed.is_empty());
}

#[test]
fn rules_for_other_logs_are_told_apart_and_a_wrong_level_is_a_remark() {
    for (source, is_ours) in [
        ("product: aws\n    service: cloudtrail", true),
        ("product: AWS", true),
        ("service: cloudtrail", true),
        ("product: aws\n    service: vpcflow", false),
        ("product: windows\n    service: security", false),
        ("product: aws\n    category: proxy", false),
    ] {
        let text = format!(
            "title: t\nlogsource:\n    {source}\ndetection:\n    a:\n        b: c\n    condition: a\n"
        );
        let parsed = read(&text).parsed.into_iter().next().unwrap();
        assert_eq!(matches!(parsed.asks, Asks::Records(_)), is_ours, "{source}");
    }
    let text = rule("    a:\n        b: c\n    condition: a\n") + "level: hihg\n";
    let found = read(&text);
    assert_eq!(found.parsed.first().unwrap().head.level, None);
    assert_eq!((found.spots[0].line, found.spots[0].field.as_deref()), (8, Some("level")));
    let sound = rule("    a:\n        b: c\n    condition: a\n") + "level: high\n";
    assert_eq!(read(&sound).parsed.first().unwrap().head.level, Some(Level::High));
}
