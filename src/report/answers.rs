//! Answers to the four questions as lines and as JSON, the same for the command and the screen. Must not decide what an
//! answer is.

use serde_json::{Value, json};

use crate::criteria::ask::{Answer, Beside, Cited, Limit};
use crate::custody::{Statement, Verdict as Stated};
use crate::model::EventId;
use crate::model::rows::PlaceRow;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Question,
    /// Verdict and sentence.
    Says,
    Head,
    Plain,
    /// Speaks against what the question asks for.
    Against,
    /// Says what cannot be told.
    Limit,
}

/// One line. Text of the evidence is in it: harmless only after `text::sanitize`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub sort: Sort,
    pub text: String,
    /// The event that the line is about.
    pub event: Option<EventId>,
}

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// The first events and sessions.
    Short,
    Full,
}

/// Events and sessions of a short answer.
const FEW: usize = 5;

/// Returns an answer as lines.
pub fn lines(answer: &Answer, length: Length) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |sort: Sort, text: String, event: Option<EventId>| {
        lines.push(Line { sort, text, event });
    };
    let question = answer.question;
    say(Sort::Question, format!("{}  {}", question.number(), question.text()), None);
    say(Sort::Says, format!("   {}: {}", answer.verdict.as_str(), answer.says), None);
    for count in answer.counts.iter().filter(|count| count.count > 0) {
        let sort = if count.exceptions > 0 { Sort::Against } else { Sort::Plain };
        let text = format!("   {:<13} {:>7}  {}", count.label, count.count, count.means);
        say(sort, text, None);
    }
    for one in &answer.mapped {
        let points = one.points.join(", ");
        let text =
            format!("   declared high-risk: {} at {points}, {} events", one.agent, one.events);
        say(Sort::Plain, text, None);
    }
    for one in &answer.open {
        say(Sort::Limit, format!("   to a person: {}", one.asks), one.examples.first().copied());
        say(Sort::Plain, format!("     {} events; filter {}", one.events, one.filter), None);
    }
    sessions(answer, length, &mut say);
    events(answer, length, &mut say);
    for statement in &answer.evidence_chain {
        say(sort_of(statement), format!("   {}", stated(statement)), None);
    }
    for limit in &answer.limits {
        say(Sort::Limit, format!("   limit  {}", limit.sentence()), None);
    }
    lines
}

type Say<'a> = dyn FnMut(Sort, String, Option<EventId>) + 'a;

fn sessions(answer: &Answer, length: Length, say: &mut Say<'_>) {
    let shown = if length == Length::Short { FEW } else { usize::MAX };
    if answer.sessions.is_empty() {
        return;
    }
    say(Sort::Head, format!("   sessions, gravest first ({})", answer.n_sessions), None);
    for one in answer.sessions.iter().take(shown) {
        let name = if one.short.is_empty() { &one.session } else { &one.short };
        say(
            Sort::Plain,
            format!("     {name:<24} {}: {} of {}", one.label, one.count, one.of),
            None,
        );
    }
    let left = answer.n_sessions.saturating_sub(answer.sessions.len().min(shown) as u64);
    if left > 0 {
        say(Sort::Plain, format!("     and {left} more"), None);
    }
}

fn events(answer: &Answer, length: Length, say: &mut Say<'_>) {
    let shown = if length == Length::Short { FEW } else { usize::MAX };
    if answer.cited.is_empty() {
        return;
    }
    say(Sort::Head, format!("   events ({})", answer.n_cited), None);
    for cited in answer.cited.iter().take(shown) {
        let event = Some(cited.event);
        say(Sort::Plain, format!("     {}", heading(cited)), event);
        // The words of the trace may begin with the label.
        let is_said = cited.why.starts_with(cited.label);
        let label = if is_said { String::new() } else { format!("{}: ", cited.label) };
        say(Sort::Plain, format!("       {label}{}", cited.why), event);
        if let Some(before) = &cited.before {
            say(
                Sort::Plain,
                format!("       after {} [{}]", before.what, before.event.short()),
                event,
            );
        }
        if let Some(human) = &cited.human {
            let left =
                cited.time_left.map_or_else(String::new, |left| format!(", {}", early(left)));
            let text = format!("       person: {} [{}]{left}", human.what, human.event.short());
            say(Sort::Plain, text, event);
        }
        if let Some(place) = &cited.place {
            say(Sort::Plain, format!("       {}", place_of(place)), event);
        }
    }
    let left = answer.n_cited.saturating_sub(answer.cited.len().min(shown) as u64);
    if left > 0 {
        say(Sort::Plain, format!("     and {left} more"), None);
    }
}

fn heading(cited: &Cited) -> String {
    let time = cited.time.map_or_else(|| "undated".to_owned(), |time| time.to_string());
    let (plane, outcome) = (cited.plane.letter(), cited.outcome.screen());
    let Cited { who, action, target, event, .. } = cited;
    format!("{time}  {plane}  {who}  {action} {target}  {outcome}  [{}]", event.short())
}

/// Returns how long before a call a person's record is: `240 s before it`.
fn early(left: i64) -> String {
    let seconds = left.abs() / 1_000_000;
    if left < 0 { format!("{seconds} s after it") } else { format!("{seconds} s before it") }
}

/// Returns where a record lies: file, line and the hash of its bytes.
pub fn place_of(place: &PlaceRow) -> String {
    let member = place.member.as_ref().map_or_else(String::new, |member| format!(" > {member}"));
    format!("{}{member} line {} sha256 {}", place.source, place.line, place.record_sha256)
}

const fn sort_of(statement: &Statement) -> Sort {
    match statement.verdict {
        Stated::Holds => Sort::Plain,
        Stated::False => Sort::Against,
        Stated::NotShown | Stated::NotRun => Sort::Limit,
    }
}

fn stated(statement: &Statement) -> String {
    let Statement { number, name, verdict, sentence, .. } = statement;
    format!("evidence {number}  {:<9}  {name}: {sentence}", verdict.word())
}

/// Returns an answer as JSON.
pub fn json(answer: &Answer) -> Value {
    let beside = |one: &Option<Beside>| {
        one.as_ref().map(|one| {
            json!({ "event": one.event.to_string(), "time": one.time.map(|time| time.to_string()),
                    "what": one.what, "place": one.place.as_ref().map(json_place) })
        })
    };
    let cited = answer.cited.iter().map(|one| {
        json!({
            "event": one.event.to_string(), "label": one.label, "why": one.why,
            "time": one.time.map(|time| time.to_string()), "plane": one.plane.as_str(), "who": one.who,
            "action": one.action, "target": one.target, "outcome": one.outcome.as_str(), "session": one.session,
            "place": one.place.as_ref().map(json_place), "before": beside(&one.before), "human": beside(&one.human),
            "seconds_left": one.time_left.map(|left| left / 1_000_000),
        })
    });
    let limit = |limit: &Limit| json!({ "blind_spot": limit.spot.map(|number| format!("B{number}")), "says": limit.says });
    json!({
        "number": answer.question.number(), "question": answer.question.as_str(), "text": answer.question.text(),
        "rule": answer.question.rule(), "verdict": answer.verdict.as_str(), "says": answer.says,
        "population": answer.population, "unit": answer.unit,
        "counts": answer.counts.iter().map(|one| json!({ "label": one.label, "means": one.means, "count": one.count,
            "exceptions": one.exceptions })).collect::<Vec<_>>(),
        "events": answer.n_cited, "cited": cited.collect::<Vec<_>>(),
        "sessions": answer.sessions.iter().map(|one| json!({ "session": one.session, "short": one.short,
            "label": one.label, "count": one.count, "of": one.of })).collect::<Vec<_>>(),
        "n_sessions": answer.n_sessions,
        "mapped": answer.mapped.iter().map(|one| json!({ "agent": one.agent, "points": one.points,
            "events": one.events })).collect::<Vec<_>>(),
        "open": answer.open.iter().map(|one| json!({ "asks": one.asks, "events": one.events, "filter": one.filter,
            "examples": one.examples.iter().map(ToString::to_string).collect::<Vec<_>>() })).collect::<Vec<_>>(),
        "evidence_chain": answer.evidence_chain.iter().map(|one| json!({ "number": one.number, "name": one.name,
            "verdict": one.verdict.word(), "sentence": one.sentence })).collect::<Vec<_>>(),
        "limits": answer.limits.iter().map(limit).collect::<Vec<_>>(),
        "waits_for": answer.waits_for,
    })
}

fn json_place(place: &PlaceRow) -> Value {
    json!({ "file": place.source, "member": place.member, "line": place.line, "offset": place.offset,
            "record_sha256": place.record_sha256, "source_sha256": place.source_sha256 })
}
