//! A document without the names of people: every text of it passes here once, after all sections are made. Fields that name a
//! person are put into other words where they are read (`Frame::person`, `Facts::rename`). Must not say anything.

use super::{Block, Document, Span, Table, Text};
use crate::redact::People;

/// Puts marks in place of the names of people, in everything that a document says.
pub(super) fn without_names(people: &People, document: &mut Document) {
    document.each_text(|text| rename(people, text));
    for block in document.body.iter_mut().flat_map(|section| &mut section.blocks) {
        match block {
            Block::Table(table) => beside(people, table),
            Block::Code(text) => theirs(people, text),
            Block::Activity(picture) => {
                ours(people, &mut picture.title);
                ours(people, &mut picture.told);
            }
            Block::Calendar(calendar) => calendar.each_sentence(|text| ours(people, text)),
            Block::Heading(_)
            | Block::Paragraph(_)
            | Block::List(_)
            | Block::Notice(_)
            | Block::Opinion(_)
            | Block::Lines(_) => {}
        }
    }
}

/// Puts marks in place of names in a table that stands outside a document.
pub(super) fn table(people: &People, table: &mut Table) {
    table.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(|cell| rename(people, cell));
    beside(people, table);
}

fn beside(people: &People, table: &mut Table) {
    ours(people, &mut table.caption);
    if let Some(more) = &mut table.more {
        rename(people, more);
    }
}

/// Puts marks in place of names in a sentence or a cell.
pub(super) fn rename(people: &People, text: &mut Text) {
    for span in &mut text.0 {
        match span {
            Span::Quoted(text) | Span::Told(text) | Span::Code(text) => theirs(people, text),
            Span::Plain(text) | Span::Strong(text) | Span::Word(text) => ours(people, text),
            Span::Time(..) | Span::Cite(_) | Span::Refs(_) | Span::Blank => {}
        }
    }
}

fn theirs(people: &People, text: &mut String) {
    let made = people.text(text).into_owned();
    *text = made;
}

fn ours(people: &People, text: &mut String) {
    let made = people.sentence(text).into_owned();
    *text = made;
}
