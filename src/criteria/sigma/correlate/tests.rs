//! Windows, groups and what counts as one match.

use super::*;
use crate::model::{EventId, Micros};

const SECOND: i64 = 1_000_000;

fn feed(group: &str, second: i64, slot: usize, value: Option<&str>) -> Feed {
    let id = EventId(u128::try_from(second).unwrap() * 10 + slot as u128);
    Feed {
        group: Arc::from(vec![group.to_owned()]),
        at: Place { time: Some(Micros(second * SECOND)), id, n: second },
        slot,
        value: value.map(Arc::from),
    }
}

fn correlation(kind: Kind, test: Test, seconds: i64) -> Correlation {
    let rules = vec!["a".to_owned(), "b".to_owned()];
    Correlation::new(kind, test, seconds * SECOND, Vec::new(), rules, false)
}

fn at_least(number: u64) -> Test {
    Test::Count { bounds: vec![(Compare::AtLeast, number)], fields: Vec::new() }
}

/// Group, second of the first fulfillment, seconds of all events.
fn told(found: &[Joined]) -> Vec<(String, i64, Vec<i64>)> {
    let second = |place: &Place| place.micros() / SECOND;
    found
        .iter()
        .map(|one| (one.group.join("+"), second(&one.at), one.events.iter().map(second).collect()))
        .collect()
}

#[test]
fn events_are_counted_per_group_within_the_window() {
    let rule = correlation(Kind::EventCount, at_least(3), 10);
    let feeds = vec![
        feed("x", 20, 0, None),
        feed("x", 0, 0, None),
        feed("y", 1, 0, None),
        feed("x", 5, 0, None),
        feed("x", 10, 0, None),
        feed("y", 2, 0, None),
    ];
    assert_eq!(told(&rule.run(feeds)), [("x".to_owned(), 10, vec![0, 5, 10,]),].as_slice());
}

#[test]
fn windows_that_overlap_are_one_match_and_others_are_several() {
    let rule = correlation(Kind::EventCount, at_least(2), 10);
    let feeds = [0, 5, 9, 18, 100, 101].map(|second| feed("x", second, 0, None)).to_vec();
    assert_eq!(
        told(&rule.run(feeds)),
        [("x".to_owned(), 5, vec![0, 5, 9, 18]), ("x".to_owned(), 101, vec![100, 101])]
    );
}

#[test]
fn an_event_that_two_rules_match_counts_once() {
    let rule = correlation(Kind::EventCount, at_least(2), 10);
    let mut twice = feed("x", 1, 1, None);
    twice.at = feed("x", 1, 0, None).at;
    assert_eq!(rule.run(vec![feed("x", 1, 0, None), twice]), []);
}

#[test]
fn different_values_are_counted_and_leave_with_their_events() {
    let rule = correlation(Kind::ValueCount, at_least(2), 10);
    let feeds = vec![
        feed("x", 0, 0, Some("a")),
        feed("x", 1, 0, Some("a")),
        feed("x", 12, 0, Some("b")),
        feed("x", 15, 0, Some("c")),
    ];
    assert_eq!(told(&rule.run(feeds)), [("x".to_owned(), 15, vec![12, 15])]);
}

#[test]
fn order_matters_only_where_the_rule_says_so() {
    let feeds = vec![feed("x", 1, 1, None), feed("x", 2, 0, None)];
    let any = correlation(Kind::Temporal, Test::Every, 10);
    assert_eq!(told(&any.run(feeds.clone())), [("x".to_owned(), 2, vec![1, 2])]);
    let ordered = correlation(Kind::TemporalOrdered, Test::Every, 10);
    assert_eq!(ordered.run(feeds), []);
    let right = vec![feed("x", 1, 0, None), feed("x", 2, 1, None)];
    assert_eq!(told(&ordered.run(right)), [("x".to_owned(), 2, vec![1, 2])]);
}

#[test]
fn a_chain_must_begin_within_the_window_and_a_later_start_counts() {
    let ordered = correlation(Kind::TemporalOrdered, Test::Every, 10);
    let late = vec![feed("x", 0, 0, None), feed("x", 11, 1, None)];
    assert_eq!(ordered.run(late), []);
    let again = vec![feed("x", 0, 0, None), feed("x", 8, 0, None), feed("x", 11, 1, None)];
    assert_eq!(told(&ordered.run(again)), [("x".to_owned(), 11, vec![8, 11])]);
}

#[test]
fn conditions_over_rules_may_say_not_and_or() {
    let only_a = Fired::All(vec![
        Fired::Rule("a".to_owned()),
        Fired::Not(Box::new(Fired::Rule("b".to_owned()))),
    ]);
    let rule = correlation(Kind::Temporal, Test::Fired(only_a), 10);
    let feeds = vec![feed("x", 0, 0, None), feed("y", 0, 1, None), feed("y", 1, 0, None)];
    assert_eq!(told(&rule.run(feeds)), [("x".to_owned(), 0, vec![0])]);
}

#[test]
fn correlations_come_after_those_they_join() {
    let order = in_order(&[Some(&[2, 1]), None, Some(&[3]), Some(&[1])]);
    assert_eq!(order, [3, 2, 0]);
}
