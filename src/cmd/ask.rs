//! `whytrail ask`: the four questions, each answered with events, numbers and limits.

use serde_json::json;

use super::output::Rows;
use super::{Context, assess, case, comply, export, output};
use crate::cli::criteria::AskArgs;
use crate::criteria::ask::{Answer, Question};
use crate::custody::{Statement, checked_last, read_chain};
use crate::failure::{Ended, Failure, Kind};
use crate::report::answers::{self, Length};
use crate::report::json_line;
use crate::report::tables::{Cell, Format};

pub(super) fn run(context: &Context, asked: &AskArgs) -> Ended {
    let limit = asked.fail_on.as_deref().map(comply::verdict).transpose()?;
    let only = asked.question.as_deref().map(question).transpose()?;
    let case = case::open_existing(context)?;
    let chain = evidence_chain(&case)?;
    let mut answers = assess::assessor(&case, &[])?.answer(&case.reader()?, &chain, None)?;
    answers.retain(|answer| only.is_none_or(|only| answer.question == only));
    match output::format(context) {
        Format::Json => {
            let all: Vec<_> = answers.iter().map(answers::json).collect();
            let json = json!({ "schema": "whytrail.ask", "version": 1, "answers": all,
                               "trailer": { "answers": all.len() } });
            output::print(context, &format!("{}\n", json_line(&json)))?;
        }
        Format::Table => {
            let length = if only.is_some() { Length::Full } else { Length::Short };
            print(context, &answers, length)?;
        }
        Format::Jsonl | Format::Csv | Format::Tsv | Format::Md => rows(context, &answers)?,
    }
    let worst =
        limit.map(|limit| (limit, answers.iter().filter(|one| one.verdict <= limit).count()));
    match worst {
        None | Some((_, 0)) => Ok(()),
        Some((limit, count)) => Err(Failure::new(
            Kind::Found,
            format!("{count} answers come to `{}` or worse", limit.as_str()),
        )),
    }
}

/// Returns what was stated of the evidence when the case was checked last.
pub(super) fn evidence_chain(case: &case::Case) -> Result<Vec<Statement>, Failure> {
    Ok(checked_last(&read_chain(&export::journal_bytes(case)?).entries))
}

fn question(word: &str) -> Result<Question, Failure> {
    Question::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Question::ALL.iter().map(|question| question.as_str()).collect();
        Failure::usage(format!("`{word}` is none of the four questions"))
            .hint(format!("questions are {}", words.join(", ")))
    })
}

fn print(context: &Context, answers: &[Answer], length: Length) -> Ended {
    let mut lines: Vec<String> = Vec::new();
    for answer in answers {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(answers::lines(answer, length).into_iter().map(|line| line.text));
    }
    output::print_safe(context, &lines.join("\n"))
}

/// Prints the events behind the answers as rows.
fn rows(context: &Context, answers: &[Answer]) -> Ended {
    let columns = [
        ("question", false),
        ("verdict", false),
        ("label", false),
        ("time", false),
        ("event", false),
        ("who", false),
        ("action", false),
        ("target", false),
        ("why", false),
        ("session", false),
        ("file", false),
        ("line", true),
        ("record_sha256", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.ask", &columns)?;
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX);
    let text = |text: &str| Cell::Text(text.to_owned());
    let maybe = |text: Option<&str>| text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()));
    let cited = answers.iter().flat_map(|answer| answer.cited.iter().map(move |one| (answer, one)));
    for (answer, one) in cited.take(limit) {
        let place = one.place.as_ref();
        rows.row(&[
            text(answer.question.as_str()),
            text(answer.verdict.as_str()),
            text(one.label),
            output::time(context, one.time),
            text(&one.event.to_string()),
            text(&one.who),
            text(&one.action),
            text(&one.target),
            text(&one.why),
            maybe(one.session.as_deref()),
            maybe(place.map(|place| place.source.as_str())),
            place.map_or(Cell::Null, |place| Cell::Int(place.line.into())),
            maybe(place.map(|place| place.record_sha256.as_str())),
        ])?;
    }
    rows.finish()
}
