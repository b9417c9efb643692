//! `whytrail why`: the decision trace of one event, with who says each step.

use std::fmt::Write;

use super::output::Rows;
use super::{Context, case, output, show};
use crate::explain::{self, Trace};
use crate::failure::{Ended, Failure};
use crate::model::Grade;
use crate::query;
use crate::report::tables::{Cell, Format};

/// Columns of a step: name, and whether it is a number.
const COLUMNS: &[(&str, bool)] = &[
    ("step", true),
    ("mark", false),
    ("name", false),
    ("sentence", false),
    ("says", false),
    ("grade", false),
    ("event", false),
    ("id", false),
    ("six", false),
    ("six_joined", false),
];

pub(super) fn run(context: &Context, id: &str) -> Ended {
    let case = case::open_existing(context)?;
    let reader = case.reader()?;
    let id = show::find(&reader, id)?;
    let trace = explain::explain(&reader, id)?
        .ok_or_else(|| Failure::usage(format!("the case has no event `{id}`")))?;
    if output::format(context) != Format::Table {
        return rows(context, &trace);
    }
    let mut text = as_text(&trace);
    let links = query::detail(&reader, id)?.map(|detail| detail.links).unwrap_or_default();
    let number = |grade: Grade| links.iter().filter(|link| link.grade == grade).count();
    let (exact, derived, near) =
        (number(Grade::Exact), number(Grade::Derived), number(Grade::Near));
    writeln!(text, "links   = {exact} exact   + {derived} by credential   ~ {near} by time")
        .unwrap_or_default();
    for link in &links {
        let time = link.other_time.map_or_else(String::new, |time| time.to_string());
        let (grade, plane, action) = (link.grade, link.other_plane, &link.other_action);
        writeln!(text, "  {grade}  {plane:<10} {action} {time}  {}", link.other_outcome.screen())
            .unwrap_or_default();
        writeln!(text, "     by {}: {}", link.key, link.proof).unwrap_or_default();
    }
    output::print_safe(context, &text)
}

fn as_text(trace: &Trace) -> String {
    let time = trace.time.map_or_else(|| "undated".to_owned(), |time| time.to_string());
    let mut text = format!(
        "event   {}   {time}\nwhat    {}   outcome {}\nwho     {}\n",
        trace.event,
        trace.what,
        trace.outcome.screen(),
        trace.who
    );
    text.push_str("why\n");
    for (number, step) in (1_usize..).zip(&trace.steps) {
        let event =
            step.says.event().map_or_else(String::new, |event| format!(" {}", event.short()));
        let grade = if step.says.event().is_some() { step.grade.as_str() } else { " " };
        writeln!(
            text,
            "  {number:>2} {}  {:<10} {}   [{grade} {}{event}]",
            step.mark.as_str(),
            step.kind.as_str(),
            step.sentence,
            step.says.words()
        )
        .unwrap_or_default();
    }
    if trace.is_cut {
        text.push_str("      more records belong to this call than were looked at\n");
    }
    writeln!(
        text,
        "six     {}   with all records of the call ({}) {}   weakest link {}",
        trace.six, trace.n_records, trace.six_joined, trace.weakest
    )
    .unwrap_or_default();
    text
}

fn rows(context: &Context, trace: &Trace) -> Ended {
    let mut rows = Rows::begin(context, "whytrail.why", COLUMNS)?;
    for (number, step) in (1_i64..).zip(&trace.steps) {
        let text = |text: &str| Cell::Text(text.to_owned());
        rows.row(&[
            Cell::Int(number),
            text(step.mark.word()),
            text(step.kind.as_str()),
            text(&step.sentence),
            text(step.says.words()),
            text(step.grade.as_str()),
            step.says.event().map_or(Cell::Null, |event| Cell::Text(event.to_string())),
            text(&trace.event.to_string()),
            text(&trace.six.to_string()),
            text(&trace.six_joined.to_string()),
        ])?;
    }
    rows.finish()
}
