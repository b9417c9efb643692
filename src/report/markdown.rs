//! `report.md`: a document as Markdown, for comparison and review. Says what `report.html` says, in the same order; nothing
//! from a record is markup. Must not decide what a report says.

use std::fmt::{self, Write};

use super::document::calendar::Calendar;
use super::document::pictures::Activity;
use super::document::signing::Front;
use super::document::{Block, Document, Section, Span, Table, Text};
use super::safe;

pub(super) const FILE: &str = "report.md";

const NOT_SET: &str = "______________________";

/// Returns the text of the file.
pub(super) fn text(front: &Front, document: &Document) -> String {
    let mut out = String::new();
    let written = write(front, document, &mut out);
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
    out
}

fn write(front: &Front, document: &Document, out: &mut String) -> fmt::Result {
    writeln!(out, "# {}\n", line(&front.title))?;
    writeln!(out, "**{}** - {}.\n", front.status.as_str(), line(&front.standing))?;
    table(&front.cover, out)?;
    let is_annex =
        |one: &Section| one.number.starts_with(|letter: char| letter.is_ascii_uppercase());
    let first = document.body.iter().position(is_annex).unwrap_or(document.body.len());
    let (before, after) = document.body.split_at(first);
    for one in before.iter().chain(std::iter::once(&front.sign_off)).chain(after) {
        section(one, out)?;
    }
    Ok(())
}

fn section(section: &Section, out: &mut String) -> fmt::Result {
    writeln!(out, "## {}. {}\n", section.number, section.title)?;
    section.blocks.iter().try_for_each(|one| block(one, out))
}

fn block(block: &Block, out: &mut String) -> fmt::Result {
    match block {
        Block::Heading(text) => writeln!(out, "### {}\n", line(text)),
        Block::Paragraph(text) => writeln!(out, "{}\n", line(text)),
        Block::Notice(text) => writeln!(out, "**Note:** {}\n", line(text)),
        Block::List(items) => {
            items.iter().try_for_each(|item| writeln!(out, "- {}", line(item)))?;
            writeln!(out)
        }
        Block::Opinion(lines) => {
            for one in lines {
                if one.0.is_empty() {
                    writeln!(out, ">")?;
                } else {
                    writeln!(out, "> {}", line(one))?;
                }
            }
            writeln!(out)
        }
        Block::Code(text) => writeln!(out, "```text\n{}\n```\n", text.replace("```", "'''")),
        Block::Table(of) => table(of, out),
        Block::Activity(of) => activity(of, out),
        Block::Calendar(of) => calendar(of, out),
        Block::Lines(count) => (0..*count).try_for_each(|_| writeln!(out, "{NOT_SET}{NOT_SET}\n")),
    }
}

fn table(table: &Table, out: &mut String) -> fmt::Result {
    writeln!(out, "{}:\n", safe::markdown(&table.caption))?;
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    let rules: Vec<&str> =
        table.columns.iter().map(|column| if column.is_number { "---:" } else { "---" }).collect();
    writeln!(out, "| {} |", rules.join(" | "))?;
    for row in &table.rows {
        let cells: Vec<String> = row.cells.iter().map(line).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    if let Some(more) = &table.more {
        writeln!(out, "\n{}", line(more))?;
    }
    writeln!(out)
}

fn activity(picture: &Activity, out: &mut String) -> fmt::Result {
    writeln!(out, "*{}.* {}\n", picture.title, safe::markdown(&picture.told))
}

/// The calendar as letters, which say the same as the picture.
fn calendar(calendar: &Calendar, out: &mut String) -> fmt::Result {
    writeln!(out, "*{}.* {}\n", calendar.title, safe::markdown(&calendar.told))?;
    writeln!(
        out,
        "`#` records, `.` fewer than usual, `-` calls without arguments, blank nothing:\n\n```text"
    )?;
    for row in &calendar.rows {
        writeln!(out, "|{}| {}", row.letters, bare(&row.name))?;
    }
    writeln!(out, "```\n")?;
    let mut words = Table::new("Coverage in words", &["Source", "#Events", "Coverage"]);
    for row in &calendar.rows {
        words.row(vec![row.name.clone(), Text::count(row.events), Text::plain(row.told())]);
    }
    words.more = calendar.more.as_deref().map(Text::plain);
    table(&words, out)
}

/// Returns a name for a block of fixed pitch, in which a row of quotes would end it.
fn bare(text: &Text) -> String {
    let plain = text.0.iter().map(|span| match span {
        Span::Plain(text)
        | Span::Strong(text)
        | Span::Quoted(text)
        | Span::Told(text)
        | Span::Code(text)
        | Span::Word(text) => text.replace('`', "'"),
        Span::Time(day, rest) => format!("{day}{rest}"),
        Span::Cite(_) | Span::Refs(_) | Span::Blank => String::new(),
    });
    plain.collect()
}

/// Returns a sentence or a cell on one line.
fn line(text: &Text) -> String {
    let mut out = String::new();
    for span in &text.0 {
        match span {
            Span::Plain(text) => out.push_str(&ours(text)),
            Span::Strong(text) | Span::Word(text) => {
                out.extend(["**", &safe::markdown(text), "**"]);
            }
            Span::Quoted(text) => out.push_str(&safe::markdown(text)),
            Span::Told(text) => out.push_str(&with_blanks(text)),
            Span::Time(day, rest) => out.extend([day.as_str(), rest.as_str()]),
            Span::Code(text) => out.push_str(&code(text)),
            Span::Refs(numbers) => out.push_str(&refs(numbers)),
            Span::Cite(_) => {}
            Span::Blank => out.push_str(NOT_SET),
        }
    }
    if out.trim().is_empty() { "-".to_owned() } else { out }
}

/// Returns text as Markdown with the blanks at its ends, which part it from code beside it.
fn with_blanks(text: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return " ".to_owned();
    }
    let blank = |is: bool| if is { " " } else { "" };
    let (before, after) = (blank(text.starts_with(' ')), blank(text.ends_with(' ')));
    format!("{before}{}{after}", safe::markdown(inner))
}

/// Our own words: letters that would be markup stay letters, blanks at both ends stay too.
fn ours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '~' | '*' | '_' | '[' | ']' | '`' => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

/// Returns numbers of records: `(record 3, 4)`.
fn refs(numbers: &[usize]) -> String {
    if numbers.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!(" (record {})", numbers.join(", "))
}

/// Returns a digest, an id or a grade as code.
fn code(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.=+~,() ".contains(letter));
    if is_plain { format!("`{text}`") } else { safe::markdown(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_record_is_markup() {
        let hostile = Text::plain("we say: ")
            .quote("[a](http://evil.example) <b>|`x` **y**")
            .code("x|`y`")
            .with(Span::Refs(vec![3, 4]));
        let line = line(&hostile);
        assert!(!line.contains("](") && !line.contains('<') && !line.contains("://"), "{line}");
        assert!(line.starts_with("we say: ") && line.ends_with(" (record 3, 4)"), "{line}");
        assert!(!line.replace("\\|", "").contains('|'), "no border of a cell: {line}");
    }

    #[test]
    fn block_of_code_cannot_be_ended_from_inside() {
        let mut out = String::new();
        block(&Block::Code("a\n```\n# b".to_owned()), &mut out).unwrap();
        assert_eq!(out.matches("```").count(), 2, "{out}");
    }

    #[test]
    fn empty_cell_is_a_dash_and_what_a_person_fills_in_a_line() {
        assert_eq!(line(&Text::new()), "-");
        assert_eq!(line(&Text::blank()), NOT_SET);
    }
}
