//! State from acts: tags, notes and findings, undo and redo, and what a replay of the journal gives.

use proptest::prelude::*;

use super::*;
use crate::custody::entry::Leaf;
use crate::custody::journal::{Journal, Signer, Stamp};

/// A journal in memory: what is written is read back from its line, as from disk.
#[derive(Default)]
struct Desk {
    state: State,
    entries: Vec<Entry>,
}

impl Desk {
    fn act(&mut self, actor: &str, act: &Act) -> Touched {
        let seq = u32::try_from(self.entries.len()).unwrap();
        let entry = Entry {
            seq: seq.into(),
            ts: Micros(1_800_000_000_000_000 + i64::from(seq) * 1000),
            actor: actor.to_owned(),
            tool: "whytrail/0.1.0".to_owned(),
            act: act.kind().as_str().to_owned(),
            subj: act.subject(),
            detail: act.detail(),
            nonce: 0,
            prev: Leaf::default(),
            leaf: Leaf::default(),
        };
        let entry = Entry::from_line(entry.to_line().as_bytes()).unwrap();
        assert_eq!(Act::from_entry(&entry).unwrap().as_ref(), Some(act));
        self.entries.push(entry);
        self.state.apply(self.entries.last().unwrap())
    }

    fn tag(&mut self, text: &str, events: &[u128]) {
        let act = self.state.tag(text, None, &ids(events)).unwrap();
        self.act("ann", &act);
    }

    fn undo(&mut self, actor: &str) -> bool {
        let Some(act) = self.state.undo_of(actor) else { return false };
        self.act(actor, &act);
        true
    }

    fn redo(&mut self, actor: &str) -> bool {
        let Some(act) = self.state.redo_of(actor) else { return false };
        self.act(actor, &act);
        true
    }

    fn texts(&self, event: u128) -> Vec<String> {
        self.state.tags_of(EventId(event)).into_iter().map(|tag| tag.text).collect()
    }

    fn seen(&self) -> (Vec<TagRow>, Vec<NoteRow>, Vec<FindingRow>) {
        (
            self.state.tags().collect(),
            self.state.notes().collect(),
            self.state.findings().cloned().collect(),
        )
    }
}

fn ids(events: &[u128]) -> Vec<EventId> {
    events.iter().copied().map(EventId).collect()
}

#[test]
fn quick_tag_replaces_another_quick_tag_in_one_act_and_undo_brings_it_back() {
    let mut desk = Desk::default();
    desk.tag("exfil", &[1]);
    desk.tag("bad", &[1, 2]);
    desk.tag("good", &[2, 3]);
    assert_eq!(
        (desk.texts(1), desk.texts(2), desk.texts(3)),
        (vec!["exfil".into(), "bad".into()], vec!["good".into()], vec!["good".into()])
    );
    assert_eq!(desk.entries.len(), 3);
    assert_eq!(desk.state.mark_of(EventId(1)), Some("bad"));
    assert!(desk.undo("ann"));
    assert_eq!((desk.texts(2), desk.texts(3)), (vec!["bad".to_owned()], Vec::new()));
    assert_eq!(desk.entries[3].act, "tag.withdraw");
    assert_eq!(desk.entries[3].detail["undoes"], 2);
    assert!(desk.redo("ann"));
    assert_eq!(desk.texts(2), ["good"]);
    assert_eq!(desk.entries[4].act, "tag.add");
}

#[test]
fn tag_that_stands_already_is_no_act() {
    let mut desk = Desk::default();
    desk.tag("bad", &[1]);
    assert_eq!(desk.state.tag("bad", None, &ids(&[1])), None);
    assert!(desk.state.tag("bad", Some("soc2-CC7.3"), &ids(&[1])).is_some());
    assert_eq!(desk.state.untag(Some("other"), &ids(&[1]), ""), None);
}

#[test]
fn struck_out_tag_is_gone_and_its_reason_is_in_the_journal() {
    let mut desk = Desk::default();
    desk.tag("bad", &[1, 2]);
    let act = desk.state.untag(Some("bad"), &ids(&[1]), "wrong row").unwrap();
    let touched = desk.act("ann", &act);
    assert_eq!(touched.events, ids(&[1]));
    assert_eq!((desk.texts(1), desk.texts(2)), (Vec::new(), vec!["bad".to_owned()]));
    assert_eq!(desk.entries[1].detail["reason"], "wrong row");
    desk.undo("ann");
    assert_eq!(desk.texts(1), ["bad"]);
    assert_eq!(desk.state.tag_counts().into_iter().collect::<Vec<_>>(), [("bad", 2)]);
}

#[test]
fn undo_takes_back_only_ones_own_acts_and_a_new_act_ends_redo() {
    let mut desk = Desk::default();
    desk.tag("bad", &[1]);
    let act = desk.state.tag("seen", None, &ids(&[1])).unwrap();
    desk.act("ben", &act);
    assert!(desk.undo("ann"));
    assert!(!desk.undo("ann"));
    assert_eq!(desk.texts(1), ["seen"]);
    desk.tag("good", &[9]);
    assert!(!desk.redo("ann"));
}

#[test]
fn notes_are_written_withdrawn_and_restored() {
    let mut desk = Desk::default();
    desk.act("ann", &State::note(&ids(&[4]), "first"));
    desk.act("ann", &State::note(&ids(&[4, 5]), "second"));
    desk.undo("ann");
    assert_eq!(desk.entries[2].detail, serde_json::json!({ "withdraws": 1, "undoes": 1 }));
    assert_eq!(desk.state.notes_of(EventId(4)).len(), 1);
    assert!(desk.state.notes_of(EventId(5)).is_empty());
    desk.redo("ann");
    assert_eq!(desk.state.notes_of(EventId(5))[0].text, "second");
    desk.act("ann", &Act::new(Deed::Note(NoteDeed::Withdraw { note: 77 })));
    assert_eq!(desk.state.troubles().len(), 1);
}

#[test]
fn finding_is_changed_and_changed_back_and_keeps_its_number() {
    let mut desk = Desk::default();
    let (number, act) =
        desk.state.create_finding("Key made by agent", Severity::High, &ids(&[2, 1, 2]));
    desk.act("ann", &act);
    let before = desk.state.finding(number).unwrap().clone();
    assert_eq!(
        (before.number, before.events.clone(), before.state),
        (1, ids(&[1, 2]), FindingState::Open)
    );
    let change = FindingChange {
        title: Some("Other".to_owned()),
        state: Some(FindingState::Confirmed),
        criteria: Some(vec!["soc2-CC6.1".to_owned()]),
        add_events: ids(&[2, 3]),
        remove_events: ids(&[1]),
        ..FindingChange::default()
    };
    desk.act("ann", &Act::new(Deed::Finding(FindingDeed::Change { number, change })));
    assert_eq!(desk.state.finding(1).unwrap().events, ids(&[2, 3]));
    desk.undo("ann");
    assert_eq!(desk.state.finding(1), Some(&before));
    desk.undo("ann");
    assert_eq!(desk.state.finding(1).unwrap().state, FindingState::Withdrawn);
    assert_eq!(desk.state.create_finding("Next", Severity::Low, &[]).0, 2);
    desk.redo("ann");
    assert_eq!(desk.state.finding(1), Some(&before));
}

#[test]
fn change_that_changes_nothing_is_no_act() {
    let mut desk = Desk::default();
    let act = desk.state.create_finding("t", Severity::Low, &ids(&[1])).1;
    desk.act("ann", &act);
    let same = FindingChange {
        title: Some("t".to_owned()),
        add_events: ids(&[1]),
        remove_events: ids(&[2]),
        ..FindingChange::default()
    };
    assert_eq!(desk.state.change_finding(1, same), None);
    let change = FindingChange {
        narrative: Some("n".to_owned()),
        add_events: ids(&[3, 1, 3]),
        ..FindingChange::default()
    };
    let act = desk.state.change_finding(1, change).unwrap();
    assert_eq!(desk.act("ann", &act).findings, [1]);
    assert_eq!(
        desk.entries[1].detail,
        serde_json::json!({
            "number": 1, "narrative": "n", "add_events": ["00000000-0000-0000-0000-000000000003"]
        })
    );
    let act = desk.state.withdraw_finding(1, "not ours").unwrap();
    desk.act("ann", &act);
    assert_eq!(desk.entries[2].act, "finding.withdraw");
    assert_eq!(desk.state.withdraw_finding(1, "again"), None);
    assert_eq!(desk.state.change_finding(9, FindingChange::default()), None);
}

#[test]
fn entry_that_is_not_understood_is_named_and_the_rest_counts() {
    let mut desk = Desk::default();
    desk.tag("bad", &[1]);
    let mut strange = desk.entries[0].clone();
    strange.detail = serde_json::json!({ "events": ["ev-1"], "text": "secret-text" });
    desk.state.apply(&strange);
    assert_eq!(
        desk.state.troubles(),
        ["entry 0 (`tag.add`) has a detail that this version does not understand"]
    );
}

#[test]
fn tag_with_a_criterion_alone_takes_its_id_as_text() {
    let mut desk = Desk::default();
    let deed = TagDeed {
        criterion: Some("euaia-art-14".to_owned()),
        events: ids(&[1]),
        ..TagDeed::default()
    };
    desk.act("ann", &Act::new(Deed::Tag(deed)));
    assert_eq!(desk.texts(1), ["euaia-art-14"]);
}

#[test]
fn bulk_act_on_many_events_is_one_line_and_safe_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let stamp = || Ok(Stamp { ts: Micros(1_800_000_000_000_000), nonce: 1 });
    let signer = || Signer {
        actor: "ann".to_owned(),
        tool: "whytrail/0.1.0".to_owned(),
        stamp: Box::new(stamp),
    };
    let (mut journal, _) = Journal::open(folder.path(), signer()).unwrap();
    let events: Vec<EventId> = (0..100_000_u128).map(|n| EventId(n << 64 | 7)).collect();
    let mut state = State::default();
    let act = state.tag("bad", None, &events).unwrap();
    let entry = journal.append(act.kind(), &act.subject(), act.detail()).unwrap();
    assert_eq!(entry.subj, "events:100000");
    assert_eq!(state.apply(&entry).events, events);
    drop(journal);
    let (journal, entries) = Journal::open(folder.path(), signer()).unwrap();
    assert_eq!(journal.head().size, 1);
    assert!(State::from_entries(&entries).tags().eq(state.tags()));
}

proptest! {
    #[test]
    fn undo_of_any_acts_restores_what_was_and_replay_agrees(steps in prop::collection::vec((0..8_u8, 0..4_u128, 0..4_u128), 1..30)) {
        let mut desk = Desk::default();
        let mut seen = vec![desk.seen()];
        for (step, one, two) in steps {
            let events = ids(&[one, two]);
            let act = match step {
                0 => desk.state.tag("bad", None, &events),
                1 => desk.state.tag("good", None, &events),
                2 => desk.state.tag("free", Some("c-1"), &events),
                3 => desk.state.untag(None, &events, "no"),
                4 => Some(State::note(&events, "n")),
                5 => desk.state.finding(1).is_some().then(|| {
                    let change = FindingChange { add_events: ids(&[one]), remove_events: ids(&[two]), ..FindingChange::default() };
                    Act::new(Deed::Finding(FindingDeed::Change { number: 1, change }))
                }),
                6 => (desk.state.finding(1).is_none()).then(|| desk.state.create_finding("t", Severity::Info, &events).1),
                _ => None,
            };
            if let Some(act) = act {
                desk.act("ann", &act);
                seen.push(desk.seen());
            }
        }
        let end = desk.seen();
        let n_acts = seen.len() - 1;
        for before in seen.iter().rev().skip(1) {
            prop_assert!(desk.undo("ann"));
            let (tags, notes, findings) = desk.seen();
            prop_assert_eq!((&tags, &notes), (&before.0, &before.1));
            // A finding is never unmade: undoing its creation withdraws it.
            let standing: Vec<_> = findings.into_iter().filter(|row| row.state != FindingState::Withdrawn).collect();
            prop_assert_eq!(&standing, &before.2);
        }
        prop_assert!(!desk.undo("ann"));
        for _ in 0..n_acts {
            prop_assert!(desk.redo("ann"));
        }
        prop_assert_eq!(desk.seen(), end);
        let replayed = Desk { state: State::from_entries(&desk.entries), entries: Vec::new() };
        prop_assert_eq!(replayed.seen(), desk.seen());
        prop_assert!(desk.state.troubles().is_empty());
    }
}

#[test]
fn field_of_a_finding_is_filled_cleared_and_taken_back() {
    use crate::model::FindingField::{Effect, Owner};
    let mut desk = Desk::default();
    let act = desk.state.create_finding("t", Severity::Low, &ids(&[1])).1;
    desk.act("ann", &act);
    let fill = |desk: &mut Desk, fields: &[(crate::model::FindingField, &str)]| {
        let fields = fields.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
        let change = FindingChange { fields, ..FindingChange::default() };
        let act = desk.state.change_finding(1, change)?;
        desk.act("ann", &act);
        Some(())
    };
    let said = |desk: &Desk| desk.state.finding(1).unwrap().fields.clone();
    assert!(fill(&mut desk, &[(Effect, "much"), (Owner, "bob")]).is_some());
    assert!(fill(&mut desk, &[(Effect, "much")]).is_none(), "it says so already");
    assert!(fill(&mut desk, &[(Owner, ""), (Effect, "more")]).is_some());
    assert_eq!(said(&desk).into_iter().collect::<Vec<_>>(), [(Effect, "more".to_owned())]);
    desk.undo("ann");
    assert_eq!(said(&desk).get(&Owner).map(String::as_str), Some("bob"));
    assert_eq!(State::from_entries(&desk.entries).finding(1), desk.state.finding(1));
    desk.undo("ann");
    assert!(said(&desk).is_empty());
}

#[test]
fn other_verdict_for_the_same_reason_is_an_act_and_undo_brings_the_first_back() {
    use crate::custody::AsideKind::{Criterion, Gap};
    let mut desk = Desk::default();
    let judge = |desk: &Desk, verdict: &str| desk.state.asides().add(Criterion, "c", verdict, "r");
    let act = judge(&desk, "gap").unwrap();
    desk.act("ann", &act);
    assert_eq!(judge(&desk, "gap"), None);
    let act = judge(&desk, "supports").unwrap();
    desk.act("ann", &act);
    let name = |desk: &Desk| desk.state.asides().get(Criterion, "c").map(|one| one.name.clone());
    assert_eq!(name(&desk).as_deref(), Some("supports"));
    desk.undo("ann");
    assert_eq!(name(&desk).as_deref(), Some("gap"));
    desk.redo("ann");
    assert_eq!(name(&desk).as_deref(), Some("supports"));
    // A blind spot may get another number when evidence is added: that alone is no act.
    let act = desk.state.asides().add(Gap, "key", "B1", "known").unwrap();
    desk.act("ann", &act);
    assert_eq!(desk.state.asides().add(Gap, "key", "B2", "known"), None);
}
