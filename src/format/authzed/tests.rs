//! Audit events as they come out, cut and changed.

use proptest::prelude::*;

use super::*;
use crate::format::replayed::{changed, check_as, cut, replay, shown_in_full};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/format/authzed/", $name))
    };
}

#[test]
fn checks_lookups_and_changes_are_read() {
    check_as(&AuthZed, fixture!("audit.jsonl"), fixture!("audit.expected.json"), shown_in_full);
}

const ALL: &[(&dyn Format, &str)] = &[(&AuthZed, fixture!("audit.jsonl"))];

#[test]
fn audit_events_are_recognized_and_other_cloud_events_are_not() {
    let score = |head: &str| AuthZed.recognize(&Sample::new("x", head, true)).score;
    for (_, content) in ALL {
        assert!(score(content) > 80, "{}", score(content));
    }
    assert_eq!(
        score(r#"{"specversion":"1.0","type":"com.acme.other","source":"authzed.api.","data":{}}"#),
        0
    );
}

proptest! {
    #[test]
    fn content_cut_anywhere_is_accounted_for(at in 0_usize..20_000) {
        for (format, content) in ALL {
            prop_assert!(replay(*format, cut(content, at)).is_accounted);
        }
    }

    #[test]
    fn changed_content_is_accounted_for(at in 0_usize..20_000, letter in "[0-9a-z{}\\[\\]\",:=\t]") {
        for (format, content) in ALL {
            prop_assert!(replay(*format, &changed(content, at, &letter)).is_accounted);
        }
    }
}

/// Columns that the fixtures do not show.
#[test]
fn token_hash_is_the_credential_and_the_subject_is_the_actor() {
    let record: Value = Sample::new("x", fixture!("audit.jsonl"), true).values()[0].clone();
    let events = call::events(&record);
    assert_eq!(events[0].credential.as_deref(), Some("ab".repeat(32).as_str()));
    assert_eq!(events[0].actor.as_deref(), Some("user:kim"));
}
