//! Chains whole, cut, changed, mixed up, spread over files, and begun anew.

use proptest::prelude::*;

use super::*;
use crate::model::SourceId;

/// Records `from..=to` of a chain with numbers, each with the hash `h<n>`.
fn numbered(source: i32, from: i64, to: i64) -> Vec<ChainedRecord> {
    (0_u32..)
        .zip(from..=to)
        .map(|(index, number)| ChainedRecord {
            source: SourceId(source),
            index,
            fact: ChainFact {
                mapping: "golf".to_owned(),
                partition: "gw-1".to_owned(),
                seq: Some(number),
                prev: (number > 1).then(|| format!("h{}", number - 1)),
                hash: Some(format!("h{number}")),
                is_first: number == 1,
                is_content: None,
            },
        })
        .collect()
}

/// The same without numbers, with hashes that were checked.
fn linked(source: i32, from: i64, to: i64) -> Vec<ChainedRecord> {
    let mut records = numbered(source, from, to);
    for record in &mut records {
        record.fact.seq = None;
        record.fact.is_content = Some(true);
    }
    records
}

fn states(records: &[ChainedRecord]) -> Vec<String> {
    let mut verdicts = evaluate(records, |source| format!("file {source}"));
    verdicts.sort_by_key(|verdict| verdict.source);
    verdicts.into_iter().map(|verdict| verdict.state).collect()
}

#[test]
fn whole_chains_are_linked_or_verified() {
    assert_eq!(states(&numbered(1, 1, 5)), ["linked"]);
    assert_eq!(states(&linked(1, 1, 5)), ["verified"]);
    assert!(evaluate(&[], |_| String::new()).is_empty());
}

#[test]
fn chain_over_several_files_is_whole_in_any_order() {
    let mut records = numbered(2, 4, 6);
    records.extend(numbered(1, 1, 3));
    records.extend(numbered(3, 2, 5));
    assert_eq!(states(&records), ["linked"; 3]);
    records.reverse();
    assert_eq!(states(&records), ["linked"; 3]);
}

#[test]
fn removed_records_are_a_gap_or_a_break() {
    let mut records = numbered(1, 1, 9);
    records.drain(3..6);
    assert_eq!(states(&records), ["gap 4..6"]);
    let mut records = linked(1, 1, 9);
    records.remove(4);
    assert_eq!(states(&records), ["broken at record 6"]);
}

#[test]
fn changed_record_is_named() {
    let mut records = linked(1, 1, 5);
    records[2].fact.is_content = Some(false);
    let verdict = evaluate(&records, |_| "f".to_owned()).remove(0);
    assert_eq!((verdict.state.as_str(), verdict.standing), ("broken at record 3", Standing::False));
    assert!(verdict.details.concat().contains("bytes differ from what was hashed"));
    let mut records = numbered(1, 1, 5);
    records[2].fact.hash = Some("other".to_owned());
    assert_eq!(states(&records), ["broken at record 4"]);
}

#[test]
fn inserted_record_is_named() {
    let mut records = linked(1, 1, 5);
    let mut more = records[2].clone();
    more.fact.hash = Some("forged".to_owned());
    more.index = 9;
    records.push(more);
    assert!(states(&records)[0].starts_with("broken at record"), "{:?}", states(&records));
    let mut records = numbered(1, 1, 5);
    let mut again = records[3].clone();
    again.fact.hash = Some("forged".to_owned());
    again.index = 9;
    records.push(again);
    assert_eq!(states(&records), ["broken at record 4"]);
}

#[test]
fn exchanged_records_are_reordered_and_nothing_worse() {
    for mut records in [numbered(1, 1, 5), linked(1, 1, 5)] {
        records[1].index = 3;
        records[3].index = 1;
        assert_eq!(states(&records), ["reordered"]);
    }
}

#[test]
fn rotation_and_restart_are_no_attack() {
    assert_eq!(states(&numbered(1, 7, 9)), ["starts mid-chain"]);
    let mut first = numbered(1, 1, 3);
    first[0].fact.prev = Some("made-up-beginning".to_owned());
    first[0].fact.is_first = false;
    assert_eq!(states(&first), ["linked"]);
    let verdict = evaluate(&linked(1, 7, 9), |_| "f".to_owned()).remove(0);
    assert_eq!(
        (verdict.state.as_str(), verdict.standing),
        ("starts mid-chain", Standing::NotShown)
    );
    let mut records = numbered(1, 1, 3);
    let restarted = numbered(1, 1, 4).into_iter().map(|mut record| {
        record.index += 3;
        record.fact.hash = record.fact.hash.map(|hash| format!("second {hash}"));
        record.fact.prev = record.fact.prev.map(|hash| format!("second {hash}"));
        record
    });
    records.extend(restarted);
    assert_eq!(states(&records), ["linked"]);
}

#[test]
fn chains_of_different_partitions_are_apart() {
    let mut records = numbered(1, 1, 3);
    records.extend(numbered(1, 1, 3).into_iter().map(|mut record| {
        record.fact.partition = "gw-2".to_owned();
        record
    }));
    assert_eq!(states(&records), ["linked", "linked"]);
}

#[test]
fn numbers_alone_show_gaps_and_records_in_a_circle_are_broken() {
    let mut records = numbered(1, 1, 6);
    for record in &mut records {
        record.fact.prev = None;
        record.fact.hash = None;
    }
    assert_eq!(states(&records), ["linked"]);
    records.remove(2);
    assert_eq!(states(&records), ["gap 3..3"]);
    let mut circle = linked(1, 2, 3);
    circle[0].fact.prev = Some("h3".to_owned());
    assert!(states(&circle)[0].starts_with("broken at record"));
}

proptest! {
    #[test]
    fn any_single_removal_inside_is_found(length in 3_i64..40, at in 1_usize..38, has_numbers in any::<bool>()) {
        let mut records = if has_numbers { numbered(1, 1, length) } else { linked(1, 1, length) };
        prop_assume!(at + 1 < records.len());
        records.remove(at);
        let state = states(&records).remove(0);
        prop_assert!(state.starts_with("gap") || state.starts_with("broken"), "{}", state);
    }

    #[test]
    fn any_facts_give_one_verdict_per_file(facts in prop::collection::vec(("[a-d]", prop::option::of("[a-d]"), prop::option::of(0_i64..6), 0_i32..3), 0..30)) {
        let records: Vec<ChainedRecord> = (0_u32..).zip(&facts).map(|(index, (hash, prev, seq, source))| ChainedRecord {
            source: SourceId(*source),
            index,
            fact: ChainFact { hash: Some(hash.clone()), prev: prev.clone(), seq: *seq, ..ChainFact::default() },
        }).collect();
        let sources: BTreeSet<i32> = facts.iter().map(|fact| fact.3).collect();
        let verdicts = evaluate(&records, |source| source.to_string());
        prop_assert_eq!(verdicts.len(), sources.len());
        let mut reversed = records;
        reversed.reverse();
        prop_assert_eq!(evaluate(&reversed, |source| source.to_string()), verdicts);
    }
}
