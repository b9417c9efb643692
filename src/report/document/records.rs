//! The records that a report cites: fetched once, numbered in order of time, and listed in an annex with what proves each:
//! file, line, bytes and hashes. A statement cites only what is listed there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bundle::BundleInput;
use super::super::facts::{Facts, file_of};
use super::super::findings::sort_in_time;
use super::{Block, Document, Row, Section, Span, Table, Text};
use crate::model::EventId;
use crate::query::export;
use crate::store::Fault;

/// Records that one report cites.
pub(in crate::report) const MOST: usize = 2_000;
/// Records named for one statement.
const FOR_ONE: usize = 6;

/// Records that statements may cite.
#[derive(Debug, Default)]
pub(in crate::report) struct Records(BTreeMap<EventId, Facts>);

impl Records {
    /// Fetches records, in the words of the bundle. Those that the case does not hold are left out.
    pub(in crate::report) fn fetch(
        input: &BundleInput<'_>,
        ids: &BTreeSet<EventId>,
    ) -> Result<Self, Fault> {
        let mut keys = export::keys_of(input.reader, ids)?;
        keys.sort_unstable();
        let mut found = BTreeMap::new();
        export::each_event(input.reader, &keys, |mut event| {
            if let Some(pseudonyms) = input.pseudonyms {
                pseudonyms.event(&mut event);
            }
            let mut facts = Facts::of(&event);
            if let Some(people) = input.people {
                facts.rename(people);
            }
            found.insert(event.row.id, facts);
            Ok::<(), Fault>(())
        })?;
        Ok(Self(found))
    }

    pub(super) fn get(&self, id: EventId) -> Option<&Facts> {
        self.0.get(&id)
    }

    /// Returns every record, in order of time.
    pub(super) fn in_time(&self) -> Vec<&Facts> {
        let mut all: Vec<&Facts> = self.0.values().collect();
        sort_in_time(&mut all);
        all
    }

    /// Returns the facts of these records, in order of time.
    pub(super) fn of(&self, ids: &[EventId]) -> Vec<&Facts> {
        let ids: BTreeSet<EventId> = ids.iter().copied().collect();
        let mut found: Vec<&Facts> = ids.iter().filter_map(|id| self.get(*id)).collect();
        sort_in_time(&mut found);
        found
    }

    /// Cites one record.
    pub(super) fn cite(&self, id: EventId) -> Span {
        self.cite_all([id])
    }

    /// Cites the first few of these records that the report lists.
    pub(super) fn cite_all(&self, ids: impl IntoIterator<Item = EventId>) -> Span {
        let held = ids.into_iter().filter(|id| self.0.contains_key(id));
        Span::Cite(held.take(FOR_ONE).collect())
    }
}

/// Numbers the cited records in order of time and lists them in a last section.
pub(super) fn finish(mut document: Document, records: &Records, title: &'static str) -> Document {
    let mut cited: BTreeSet<EventId> = BTreeSet::new();
    document.each_text(|text| {
        for span in &text.0 {
            if let Span::Cite(ids) = span {
                cited.extend(ids);
            }
        }
    });
    for block in document.body.iter().flat_map(|section| &section.blocks) {
        if let Block::Activity(activity) = block {
            cited.extend(activity.marks.iter().map(|mark| mark.event));
        }
    }
    let mut listed: Vec<&Facts> = cited.iter().filter_map(|id| records.get(*id)).collect();
    sort_in_time(&mut listed);
    let numbers: BTreeMap<EventId, usize> =
        (1_usize..).zip(&listed).map(|(number, facts)| (facts.id, number)).collect();
    document.each_text(|text| {
        for span in &mut text.0 {
            if let Span::Cite(ids) = span {
                let mut found: Vec<usize> =
                    ids.iter().filter_map(|id| numbers.get(id)).copied().collect();
                found.sort_unstable();
                found.dedup();
                *span = Span::Refs(found);
            }
        }
    });
    for block in document.body.iter_mut().flat_map(|section| &mut section.blocks) {
        if let Block::Activity(activity) = block {
            for mark in &mut activity.marks {
                mark.number = numbers.get(&mark.event).copied().unwrap_or(0);
            }
        }
    }
    document.body.push(annex(&listed, title));
    document
}

/// Lists records with what proves each.
fn annex(listed: &[&Facts], title: &'static str) -> Section {
    let mut section = Section::new("B", title);
    if listed.is_empty() {
        section.say("No record is cited.");
        return section;
    }
    section.say(
        "Each number in brackets above stands for a row here. To see a record, open the file at the line, or the bytes from \
         the offset on, and compare SHA-256 of these bytes with the row; `whytrail show ID --raw` does both. SHA-256 of the \
         file is that of its content after decompression; the table of files in the section on sources also has that of \
         the file as received.",
    );
    let mut table = Table::new(
        "Records behind the statements, in order of time",
        &["Record", "Time", "What the record says", "Where it is", "Event, and SHA-256"],
    );
    for (number, facts) in (1_usize..).zip(listed) {
        table.rows.push(Row { record: Some(number), cells: row(number, facts) });
    }
    section.table(table);
    section
}

fn row(number: usize, facts: &Facts) -> Vec<Text> {
    let mut said = Text::plain(format!("{}: ", facts.plane)).quote(&facts.message());
    if let Some(human) = facts.human.as_deref().filter(|human| *human != facts.who) {
        said = said.and("; person named: ").quote(human);
    }
    if facts.n_copies > 0 {
        said = said.and(format!("; delivered {} times", facts.n_copies + 1));
    }
    let event = Text::coded(facts.id.to_string());
    let (place, proof) = match &facts.place {
        None => (Text::none(), event),
        Some(place) => (
            Text::quoted(&file_of(place))
                .and(format!(" line {}, {} bytes from {}", place.line, place.length, place.offset)),
            event
                .and(" record ")
                .code(&place.record_sha256)
                .and(" file ")
                .code(&place.source_sha256),
        ),
    };
    vec![Text::count(number as u64), Text::time(facts.time), said, place, proof]
}
