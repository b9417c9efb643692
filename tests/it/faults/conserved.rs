//! Rows are conserved: whatever is done to the bytes of evidence, what was read is kept, a duplicate, or rejected.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::assert_balanced;
use crate::support::{Home, gzip, lines, record, records, variable, zip};

/// What is done to the bytes of a file.
#[derive(Debug, Clone)]
enum Damage {
    None,
    Cut(prop::sample::Index),
    Flip(prop::sample::Index, u8),
    Drop(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, usize),
    Swap(prop::sample::Index, prop::sample::Index),
    Empty,
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        2 => Just(Damage::None),
        3 => place().prop_map(Damage::Cut),
        3 => (place(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        2 => (place(), 1_usize..400).prop_map(|(at, n)| Damage::Drop(at, n)),
        2 => (place(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        1 => (place(), 1_usize..2000).prop_map(|(at, n)| Damage::Repeat(at, n)),
        1 => (place(), place()).prop_map(|(a, b)| Damage::Swap(a, b)),
        1 => Just(Damage::Empty),
    ]
}

fn damaged(mut bytes: Vec<u8>, how: &Damage) -> Vec<u8> {
    let length = bytes.len();
    if length == 0 {
        return bytes;
    }
    match how {
        Damage::None => {}
        Damage::Cut(at) => bytes.truncate(at.index(length)),
        Damage::Flip(at, byte) => bytes[at.index(length)] ^= byte,
        Damage::Drop(at, n) => {
            let at = at.index(length);
            bytes.drain(at..(at + n).min(length));
        }
        Damage::Insert(at, new) => {
            let at = at.index(length);
            bytes.splice(at..at, new.iter().copied());
        }
        Damage::Repeat(at, n) => {
            let at = at.index(length);
            let again = bytes[at..(at + n).min(length)].to_vec();
            bytes.splice(at..at, again);
        }
        Damage::Swap(a, b) => bytes.swap(a.index(length), b.index(length)),
        Damage::Empty => bytes.clear(),
    }
    bytes
}

/// How records are put into a file.
fn file(shape: u8, first: u32, n_records: u32) -> (&'static str, Vec<u8>) {
    let all: Vec<_> = (first..first + n_records).map(record).collect();
    match shape % 6 {
        0 => ("json", records(&all).into_bytes()),
        1 => ("jsonl", lines(&all).into_bytes()),
        2 => ("json.gz", gzip(records(&all))),
        3 => ("jsonl.gz", gzip(lines(&all))),
        4 => (
            "zip",
            zip(&[("a.json", records(&all).as_bytes()), ("b.jsonl", lines(&all).as_bytes())]),
        ),
        _ => ("pretty.json", serde_json::to_vec_pretty(&all).unwrap()),
    }
}

fn n_cases() -> u32 {
    variable("WHYTRAIL_CONSERVED_CASES").and_then(|text| text.parse().ok()).unwrap_or(12)
}

proptest! {
    #![proptest_config(Config { cases: n_cases(), max_shrink_iters: 40, failure_persistence: None, ..Config::default() })]

    #[test]
    fn account_balances_whatever_is_done_to_the_bytes(
        files in prop::collection::vec((any::<u8>(), 0_u32..60, 0_u32..20, prop::collection::vec(damage(), 0..3)), 1..12),
        threads in 1_usize..4,
    ) {
        let home = Home::new();
        for (number, (shape, first, n_records, damages)) in files.iter().enumerate() {
            let (ending, mut bytes) = file(*shape, *first, *n_records);
            for how in damages {
                bytes = damaged(bytes, how);
            }
            home.write(&format!("evidence/{number}.{ending}"), bytes);
        }
        for _ in 0..2 {
            let args = ["ingest", "evidence", "--threads", &threads.to_string(), "--case", &home.text("case")];
            let ran = home.run(&args);
            prop_assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
            prop_assert!(ran.out.lines().next().is_some_and(|line| line.ends_with("BALANCED")), "{ran:?}");
            prop_assert!(!ran.err.contains("panicked"), "{ran:?}");
            assert_balanced(&home, "damaged");
            let kept = home.sql("SELECT sum(kept), sum(read) - sum(duplicate) - sum(rejected) FROM sources");
            let (left, right) = kept[0].split_once(' ').unwrap();
            prop_assert_eq!(left, right);
        }
    }
}
