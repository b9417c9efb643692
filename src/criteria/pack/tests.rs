//! Reading packs: what is taken, what is refused, and at which line.

use super::*;
use crate::criteria::Library;

const HOUSE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/packs/house-rules.toml"));

#[track_caller]
fn assert_fault(text: &str, line: usize, column: usize, reason: &str) {
    let error = Pack::parse("house-rules.toml", text).unwrap_err();
    assert_eq!((error.line, error.column), (line, column), "{error}");
    assert!(error.reason.contains(reason), "{error}");
}

#[test]
fn pack_reads_with_its_digest() {
    let pack = Pack::parse("house-rules.toml", HOUSE).unwrap();
    assert_eq!(
        (pack.id.as_str(), pack.as_of, pack.verdicts),
        ("house-rules", Date::constant(2026, 5, 1), Verdicts::Evidence)
    );
    assert_eq!(pack.sha256.len(), 64);
    assert_ne!(pack.sha256, Pack::parse("house-rules.toml", &format!("{HOUSE}\n")).unwrap().sha256);
    let [first, second] = pack.criteria.as_slice() else { panic!("two criteria") };
    assert_eq!(
        (first.strength, first.rules.as_slice()),
        (Strength::Partial, &["OVER".to_owned()][..])
    );
    assert_eq!((second.strength, second.applies.len()), (Strength::Context, 0));
}

#[test]
fn faults_name_their_line_and_column() {
    assert_fault(
        &HOUSE.replace("label = \"H1\"", "lable = \"H1\""),
        11,
        1,
        "unknown field `lable`",
    );
    assert_fault(
        &HOUSE.replace("strength = \"partial\"", "strength = \"sure\""),
        17,
        12,
        "unknown variant `sure`",
    );
    assert_fault(
        &HOUSE.replace("\"house-1\"", "\"1 house\""),
        10,
        6,
        "id `1 house` is not a token",
    );
    assert_fault(&HOUSE.replace("house-2", "house-1"), 21, 6, "stands here a second time");
    assert_fault(&HOUSE.replace("as_of = 2026-05-01", "as_of = 12:00:00"), 6, 9, "not a date");
    assert_fault("[pack", 1, 6, "");
    assert_fault(&format!("{HOUSE}\nextra = 1\n"), 29, 1, "unknown field `extra`");
}

#[test]
fn ids_are_oscal_tokens() {
    for id in ["a", "_x", "hipaa-164.312.b", "A.5.28"] {
        assert!(Pack::parse("", &HOUSE.replace("house-1", id)).is_ok(), "{id}");
    }
    for id in ["", "164.312(b)", "a b", "-a", "a/b"] {
        assert!(Pack::parse("", &HOUSE.replace("house-1", id)).is_err(), "{id}");
    }
}

const WIDE: &str = r#"
[[criterion]]
id = "house-3"
label = "H3"
title = "Everything"
version = "7"
aliases = ["H0", "H0.1"]
asks = "All fields stand here."
owes = ["any"]
rules = ["OVER", "KEEP"]
narrow = { OVER = "V3", KEEP = "P6M" }
cues = ["iam:Create*", "*:List*"]
burst = 20
strength = "context"
cannot_show = "Nothing."
"#;

#[test]
fn optional_fields_of_a_criterion_are_read() {
    let pack = Pack::parse("", &format!("{HOUSE}{WIDE}")).unwrap();
    let last = pack.criteria.last().unwrap();
    assert_eq!(last.full_label(), "H3 (version: 7; also H0, H0.1)");
    assert_eq!(pack.criteria[0].full_label(), "H1");
    assert_eq!(
        (last.cues.as_slice(), last.burst),
        (&["iam:Create*".to_owned(), "*:List*".to_owned()][..], Some(20))
    );
    assert_eq!(last.narrow.get("KEEP").map(String::as_str), Some("P6M"));
    assert!(last.is_called("h0.1") && last.is_called("house-3") && !last.is_called("Everything"));
}

#[test]
fn faults_of_optional_fields_name_their_place() {
    let text = format!("{HOUSE}{WIDE}");
    let line = |needle: &str| text.lines().position(|line| line.contains(needle)).unwrap() + 1;
    for (from, to, column, reason) in [
        ("iam:Create*", "CreateUser", 9, "cue `CreateUser` is no pattern"),
        ("iam:Create*", "IAM:Create*", 9, "is no pattern of an action"),
        ("iam:Create*", "iam:", 9, "is no pattern of an action"),
        ("burst = 20", "burst = 1", 9, "a burst is two or more"),
        ("narrow = { OVER", "narrow = { SIX", 12, "under `SIX`"),
        ("\"V3\"", "\" \"", 12, "under `OVER`"),
        ("\"H0\"", "\"H 0\"", 12, "alias `H 0` is not one word"),
    ] {
        assert_fault(&text.replace(from, to), line(from), column, reason);
    }
    let without = text.replace("cues = [\"iam:Create*\", \"*:List*\"]\n", "");
    assert_fault(&without, line("burst") - 1, 9, "and there are none");
}

#[test]
fn duties_say_from_when_they_apply() {
    let library = Library::embedded().unwrap();
    let on = |id: &str, day: &str| {
        applies_on(library.criterion(id).unwrap(), Micros::parse(day).unwrap().0)
    };
    let annex_iii = Date::constant(2027, 12, 2);
    assert_eq!(on("euaia-art-12.1", "2027-12-01T23:59:59Z"), Applies::From(annex_iii));
    assert_eq!(on("euaia-art-12.1", "2027-12-02T00:00:00Z"), Applies::Now);
    assert_eq!(
        on("euaia-art-50.1", "2026-08-01T12:00:00Z"),
        Applies::From(Date::constant(2026, 8, 2))
    );
    assert_eq!(on("euaia-art-73", "2026-08-02T00:00:00Z"), Applies::Now);
    assert_eq!(on("soc2-CC6.1", "2001-01-01T00:00:00Z"), Applies::Now);
    let annex_i = &library.criterion("euaia-art-12.1").unwrap().applies[1];
    assert_eq!((annex_i.when.as_str(), annex_i.from), ("annex-i", Date::constant(2028, 8, 2)));
}
