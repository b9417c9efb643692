//! Tags, notes and findings as the journal's entries leave them, and what would take the last act back. Pure: rebuilt
//! from entries alone, in their order; an act counts only once its entry is in the journal.

use std::collections::{BTreeMap, BTreeSet};

use super::acts::{
    Act, Deed, FindingChange, FindingDeed, NewFinding, NoteDeed, TagDeed, TagPart, TagVerb,
};
use super::aside::Asides;
use super::entry::Entry;
use crate::model::rows::{FindingRow, FindingState, NoteRow, Severity, TagRow};
use crate::model::{EventId, Micros};

/// Tags of one key. An event has one of them at most: a new one withdraws the one before.
pub const QUICK_TAGS: [&str; 3] = ["bad", "suspicious", "good"];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tag {
    text: String,
    criterion: Option<String>,
    by: String,
    at: Micros,
}

impl Tag {
    fn is_quick(&self) -> bool {
        QUICK_TAGS.contains(&self.text.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    text: String,
    events: Vec<EventId>,
    by: String,
    at: Micros,
}

/// What one analyst can take back and do again: numbers of entries, each with what takes it back.
#[derive(Debug, Clone, Default)]
struct History {
    done: Vec<(u64, Deed)>,
    undone: Vec<(u64, Deed)>,
}

/// What an entry changed, for those who keep copies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// Events whose tags or notes changed, sorted.
    pub events: Vec<EventId>,
    /// Numbers of findings that changed.
    pub findings: Vec<u32>,
}

/// The analyst's state of a case.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Every tag ever given, by the number of its entry.
    tags: BTreeMap<u64, Tag>,
    /// Tags that stand on an event.
    on: BTreeMap<EventId, BTreeSet<u64>>,
    notes: BTreeMap<u64, Note>,
    noted: BTreeMap<EventId, BTreeSet<u64>>,
    findings: BTreeMap<u32, FindingRow>,
    asides: Asides,
    history: BTreeMap<String, History>,
    troubles: Vec<String>,
}

impl State {
    /// Returns the state after `entries`, in their order.
    pub fn from_entries(entries: &[Entry]) -> Self {
        let mut state = Self::default();
        for entry in entries {
            state.apply(entry);
        }
        state
    }

    /// Adds one entry and returns what it changed. Entries that are no act of tagging, noting or finding change
    /// nothing; one that cannot be understood is named in [`State::troubles`].
    pub fn apply(&mut self, entry: &Entry) -> Touched {
        let act = match Act::from_entry(entry) {
            Ok(Some(act)) => act,
            Ok(None) => return Touched::default(),
            Err(error) => {
                self.troubles.push(error.to_string());
                return Touched::default();
            }
        };
        let Some((inverse, touched)) = self.perform(&act.deed, entry) else {
            let (seq, word) = (entry.seq, &entry.act);
            self.troubles.push(format!(
                "entry {seq} (`{word}`) names something that the case does not have"
            ));
            return Touched::default();
        };
        self.remember(&act, entry, inverse);
        touched
    }

    /// Returns what takes back the last act of `actor` that still stands.
    pub fn undo_of(&self, actor: &str) -> Option<Act> {
        let (seq, deed) = self.history.get(actor)?.done.last()?;
        Some(Act { deed: deed.clone(), undoes: Some(*seq), redoes: None })
    }

    /// Returns what does again the last act of `actor` that was taken back, unless something was done since.
    pub fn redo_of(&self, actor: &str) -> Option<Act> {
        let (seq, deed) = self.history.get(actor)?.undone.last()?;
        Some(Act { deed: deed.clone(), undoes: None, redoes: Some(*seq) })
    }

    /// Returns the tags of an event, oldest first.
    pub fn tags_of(&self, event: EventId) -> Vec<TagRow> {
        let standing = self.on.get(&event).into_iter().flatten();
        standing.filter_map(|seq| Some(tag_row(event, self.tags.get(seq)?))).collect()
    }

    /// Returns the text that stands for the event's tags in a list: its quick tag, else its first.
    pub fn mark_of(&self, event: EventId) -> Option<&str> {
        let standing =
            || self.on.get(&event).into_iter().flatten().filter_map(|seq| self.tags.get(seq));
        standing()
            .find(|tag| tag.is_quick())
            .or_else(|| standing().next())
            .map(|tag| tag.text.as_str())
    }

    /// Returns every standing tag, by event.
    pub fn tags(&self) -> impl Iterator<Item = TagRow> {
        self.on.iter().flat_map(|(event, standing)| {
            standing.iter().filter_map(|seq| self.tags.get(seq)).map(|tag| tag_row(*event, tag))
        })
    }

    /// Returns the texts of standing tags with the number of events that have them, sorted by text.
    pub fn tag_counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for tag in self.on.values().flatten().filter_map(|seq| self.tags.get(seq)) {
            *counts.entry(tag.text.as_str()).or_default() += 1;
        }
        counts
    }

    /// Returns the notes of an event, oldest first.
    pub fn notes_of(&self, event: EventId) -> Vec<NoteRow> {
        let standing = self.noted.get(&event).into_iter().flatten();
        standing.filter_map(|seq| Some(note_row(event, self.notes.get(seq)?))).collect()
    }

    /// Returns every standing note, by event.
    pub fn notes(&self) -> impl Iterator<Item = NoteRow> {
        self.noted.iter().flat_map(|(event, standing)| {
            standing.iter().filter_map(|seq| self.notes.get(seq)).map(|note| note_row(*event, note))
        })
    }

    /// Returns every finding, also withdrawn ones, by number.
    pub fn findings(&self) -> impl Iterator<Item = &FindingRow> {
        self.findings.values()
    }

    /// Returns the finding with `number`.
    pub fn finding(&self, number: u32) -> Option<&FindingRow> {
        self.findings.get(&number)
    }

    /// Returns what is set aside: accepted blind spots, dismissed leads.
    pub const fn asides(&self) -> &Asides {
        &self.asides
    }

    /// Returns entries that could not be understood, in words.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Returns the act that tags `events`, without those that have the tag already; `None` when none is left. A quick
    /// tag withdraws other quick tags of these events.
    pub fn tag(&self, text: &str, criterion: Option<&str>, events: &[EventId]) -> Option<Act> {
        let is_same = |tag: &Tag| tag.text == text && tag.criterion.as_deref() == criterion;
        let is_new = |event: &&EventId| !self.standing_on(**event).any(|(_, tag)| is_same(tag));
        let mut events: Vec<EventId> = events.iter().filter(is_new).copied().collect();
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            return None;
        }
        let is_quick = QUICK_TAGS.contains(&text);
        let withdraws = if is_quick { self.parts(&events, Tag::is_quick) } else { Vec::new() };
        let (text, criterion) = (Some(text.to_owned()), criterion.map(str::to_owned));
        Some(Act::new(Deed::Tag(TagDeed {
            text,
            criterion,
            events,
            withdraws,
            ..TagDeed::default()
        })))
    }

    /// Returns the act that strikes out the tag `text` on `events`, or every tag when `text` is `None`; `None` when
    /// no such tag stands there.
    pub fn untag(&self, text: Option<&str>, events: &[EventId], reason: &str) -> Option<Act> {
        let mut events = events.to_vec();
        events.sort_unstable();
        events.dedup();
        let withdraws = self.parts(&events, |tag| text.is_none_or(|text| tag.text == text));
        if withdraws.is_empty() {
            return None;
        }
        let reason = (!reason.is_empty()).then(|| reason.to_owned());
        Some(Act::new(Deed::Tag(TagDeed {
            verb: TagVerb::Withdraw,
            withdraws,
            reason,
            ..TagDeed::default()
        })))
    }

    /// Returns the act that writes a note on `events`.
    pub fn note(events: &[EventId], text: &str) -> Act {
        Act::new(Deed::Note(NoteDeed::Add { events: events.to_vec(), text: text.to_owned() }))
    }

    /// Returns the act that creates a finding with the next free number, which is returned too.
    pub fn create_finding(
        &self,
        title: &str,
        severity: Severity,
        events: &[EventId],
    ) -> (u32, Act) {
        let number = self.findings.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        let new = NewFinding {
            number,
            title: title.to_owned(),
            severity,
            narrative: String::new(),
            criteria: Vec::new(),
            events: events.to_vec(),
        };
        (number, Act::new(Deed::Finding(FindingDeed::Create(new))))
    }

    /// Returns the act that makes of `change` what really differs from the finding; `None` when nothing does or there
    /// is no such finding.
    pub fn change_finding(&self, number: u32, change: FindingChange) -> Option<Act> {
        let row = self.finding(number)?;
        let sorted = |mut events: Vec<EventId>| {
            events.sort_unstable();
            events.dedup();
            events
        };
        let mut change = FindingChange {
            title: change.title.filter(|new| *new != row.title),
            state: change.state.filter(|new| *new != row.state),
            severity: change.severity.filter(|new| *new != row.severity),
            narrative: change.narrative.filter(|new| *new != row.narrative),
            fields: change.fields,
            criteria: change.criteria.filter(|new| *new != row.criteria),
            add_events: sorted(change.add_events),
            remove_events: sorted(change.remove_events),
        };
        change.fields.retain(|field, new| row.fields.get(field).map_or("", String::as_str) != new);
        change.add_events.retain(|event| !row.events.contains(event));
        change.remove_events.retain(|event| row.events.contains(event));
        let differs = change != FindingChange::default();
        differs.then_some(Act::new(Deed::Finding(FindingDeed::Change { number, change })))
    }

    /// Returns the act that withdraws a finding; `None` when it is withdrawn already or there is no such finding.
    pub fn withdraw_finding(&self, number: u32, reason: &str) -> Option<Act> {
        let stands = self.finding(number)?.state != FindingState::Withdrawn;
        let deed = FindingDeed::Withdraw { number, reason: reason.to_owned() };
        stands.then_some(Act::new(Deed::Finding(deed)))
    }

    fn standing_on(&self, event: EventId) -> impl Iterator<Item = (u64, &Tag)> {
        let standing = self.on.get(&event).into_iter().flatten();
        standing.filter_map(|seq| Some((*seq, self.tags.get(seq)?)))
    }

    fn parts(&self, events: &[EventId], is_meant: impl Fn(&Tag) -> bool) -> Vec<TagPart> {
        let mut parts: BTreeMap<u64, Vec<EventId>> = BTreeMap::new();
        for event in events {
            for (seq, _) in self.standing_on(*event).filter(|(_, tag)| is_meant(tag)) {
                parts.entry(seq).or_default().push(*event);
            }
        }
        parts.into_iter().map(|(tag, events)| TagPart { tag, events }).collect()
    }

    /// Changes the state and returns what takes the change back, or `None` when the deed names an unknown thing.
    fn perform(&mut self, deed: &Deed, entry: &Entry) -> Option<(Deed, Touched)> {
        match deed {
            Deed::Tag(deed) => Some(self.perform_tag(deed, entry)),
            Deed::Note(deed) => self.perform_note(deed, entry),
            Deed::Finding(deed) => {
                let (inverse, number) = self.perform_finding(deed, entry)?;
                Some((
                    Deed::Finding(inverse),
                    Touched { findings: vec![number], ..Touched::default() },
                ))
            }
            Deed::Aside(deed) => {
                let inverse = self.asides.perform(deed, entry)?;
                Some((Deed::Aside(inverse), Touched::default()))
            }
        }
    }

    fn perform_tag(&mut self, deed: &TagDeed, entry: &Entry) -> (Deed, Touched) {
        let withdraws = self.lift(&deed.withdraws);
        let restores = self.set(&deed.restores);
        if let Some(text) = deed.text.as_ref().or(deed.criterion.as_ref()) {
            let (text, criterion) = (text.clone(), deed.criterion.clone());
            self.tags
                .insert(entry.seq, Tag { text, criterion, by: entry.actor.clone(), at: entry.ts });
        }
        let given = self.set(&[TagPart { tag: entry.seq, events: deed.events.clone() }]);
        let mut events: Vec<EventId> = withdraws
            .iter()
            .chain(&restores)
            .chain(&given)
            .flat_map(|part| part.events.iter().copied())
            .collect();
        events.sort_unstable();
        events.dedup();
        let inverse = TagDeed {
            verb: match deed.verb {
                TagVerb::Add => TagVerb::Withdraw,
                TagVerb::Withdraw => TagVerb::Add,
            },
            withdraws: given.into_iter().chain(restores).collect(),
            restores: withdraws,
            ..TagDeed::default()
        };
        (Deed::Tag(inverse), Touched { events, ..Touched::default() })
    }

    /// Takes tags off events. Returns what really stood there.
    fn lift(&mut self, parts: &[TagPart]) -> Vec<TagPart> {
        let on = &mut self.on;
        effective(parts, |tag, event| {
            let Some(standing) = on.get_mut(&event) else { return false };
            let stood = standing.remove(&tag);
            if standing.is_empty() {
                on.remove(&event);
            }
            stood
        })
    }

    /// Puts tags given earlier on events. Returns what really was added.
    fn set(&mut self, parts: &[TagPart]) -> Vec<TagPart> {
        let Self { on, tags, .. } = self;
        effective(parts, |tag, event| {
            tags.contains_key(&tag) && on.entry(event).or_default().insert(tag)
        })
    }

    fn perform_note(&mut self, deed: &NoteDeed, entry: &Entry) -> Option<(Deed, Touched)> {
        let (seq, inverse) = match deed {
            NoteDeed::Add { events, text } => {
                let (text, events, by) = (text.clone(), events.clone(), entry.actor.clone());
                self.notes.insert(entry.seq, Note { text, events, by, at: entry.ts });
                (entry.seq, NoteDeed::Withdraw { note: entry.seq })
            }
            NoteDeed::Withdraw { note } => (*note, NoteDeed::Restore { note: *note }),
            NoteDeed::Restore { note } => (*note, NoteDeed::Withdraw { note: *note }),
        };
        let mut events = self.notes.get(&seq)?.events.clone();
        events.sort_unstable();
        events.dedup();
        for event in &events {
            let standing = self.noted.entry(*event).or_default();
            match deed {
                NoteDeed::Add { .. } | NoteDeed::Restore { .. } => standing.insert(seq),
                NoteDeed::Withdraw { .. } => standing.remove(&seq),
            };
            if standing.is_empty() {
                self.noted.remove(event);
            }
        }
        Some((Deed::Note(inverse), Touched { events, ..Touched::default() }))
    }

    fn perform_finding(&mut self, deed: &FindingDeed, entry: &Entry) -> Option<(FindingDeed, u32)> {
        match deed {
            FindingDeed::Create(new) => {
                let number = new.number;
                if self.findings.contains_key(&number) {
                    return None;
                }
                let mut events = new.events.clone();
                events.sort_unstable();
                events.dedup();
                let row = FindingRow {
                    number,
                    state: FindingState::Open,
                    severity: new.severity,
                    title: new.title.clone(),
                    narrative: new.narrative.clone(),
                    fields: BTreeMap::new(),
                    criteria: new.criteria.clone(),
                    events,
                    by: entry.actor.clone(),
                    at: entry.ts,
                };
                self.findings.insert(number, row);
                Some((FindingDeed::Withdraw { number, reason: "undone".to_owned() }, number))
            }
            FindingDeed::Change { number, change } => {
                let inverse = change_finding(self.findings.get_mut(number)?, change);
                Some((FindingDeed::Change { number: *number, change: inverse }, *number))
            }
            FindingDeed::Withdraw { number, .. } => {
                let change = FindingChange {
                    state: Some(FindingState::Withdrawn),
                    ..FindingChange::default()
                };
                let inverse = change_finding(self.findings.get_mut(number)?, &change);
                Some((FindingDeed::Change { number: *number, change: inverse }, *number))
            }
        }
    }

    fn remember(&mut self, act: &Act, entry: &Entry, inverse: Deed) {
        let history = self.history.entry(entry.actor.clone()).or_default();
        if let Some(undone) = act.undoes {
            history.done.retain(|(seq, _)| *seq != undone);
            history.undone.push((entry.seq, inverse));
            return;
        }
        match act.redoes {
            Some(redone) => history.undone.retain(|(seq, _)| *seq != redone),
            None => history.undone.clear(),
        }
        history.done.push((entry.seq, inverse));
    }
}

/// Returns the parts with the events for which `change` says that it did something.
fn effective(parts: &[TagPart], mut change: impl FnMut(u64, EventId) -> bool) -> Vec<TagPart> {
    let mut done = Vec::new();
    for part in parts {
        let events: Vec<EventId> =
            part.events.iter().copied().filter(|event| change(part.tag, *event)).collect();
        if !events.is_empty() {
            done.push(TagPart { tag: part.tag, events });
        }
    }
    done
}

/// Changes a finding and returns what changes it back.
fn change_finding(row: &mut FindingRow, change: &FindingChange) -> FindingChange {
    fn swap<T: Clone>(slot: &mut T, new: Option<&T>) -> Option<T> {
        new.map(|new| std::mem::replace(slot, new.clone()))
    }
    let known: BTreeSet<EventId> = row.events.iter().copied().collect();
    let mut events = known.clone();
    events.extend(&change.add_events);
    for event in &change.remove_events {
        events.remove(event);
    }
    row.events = events.iter().copied().collect();
    let mut fields = BTreeMap::new();
    for (field, new) in &change.fields {
        let before = if new.is_empty() {
            row.fields.remove(field)
        } else {
            row.fields.insert(*field, new.clone())
        };
        fields.insert(*field, before.unwrap_or_default());
    }
    FindingChange {
        title: swap(&mut row.title, change.title.as_ref()),
        state: swap(&mut row.state, change.state.as_ref()),
        severity: swap(&mut row.severity, change.severity.as_ref()),
        narrative: swap(&mut row.narrative, change.narrative.as_ref()),
        fields,
        criteria: swap(&mut row.criteria, change.criteria.as_ref()),
        add_events: known.difference(&events).copied().collect(),
        remove_events: events.difference(&known).copied().collect(),
    }
}

fn tag_row(event: EventId, tag: &Tag) -> TagRow {
    TagRow {
        event,
        text: tag.text.clone(),
        criterion: tag.criterion.clone(),
        by: tag.by.clone(),
        at: tag.at,
    }
}

fn note_row(event: EventId, note: &Note) -> NoteRow {
    NoteRow { event, text: note.text.clone(), by: note.by.clone(), at: note.at }
}

#[cfg(test)]
mod tests;
