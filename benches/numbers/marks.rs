//! Tags until they are safe on disk: through the command line, on the screen, and the journal by itself.

use anyhow::{Context, Result};
use whytrail::clock;
use whytrail::custody::{CaseFolder, Journal, Signer, Stamp, State, random};
use whytrail::model::EventId;
use whytrail::query::{Filter, matching_ids};

use crate::Line;
use crate::options::{Bench, text};
use crate::process::Run;
use crate::samples::Samples;
use crate::terminal::{Terminal, is_painted, shows_event};

const MANY: usize = 100_000;
const ONE: &str = "20 ms";
const ALL: &str = "1 s";

/// N21.
pub(crate) fn tagged(bench: &Bench) -> Result<Vec<Line>> {
    let ids = {
        let store = bench.open_store()?;
        matching_ids(&store.reader()?, &Filter::default(), MANY)?
    };
    let mut lines = by_journal(bench, &ids)?;
    lines.push(on_screen(bench)?);
    lines.extend(by_process(bench, &ids)?);
    // The tags would change what is measured next.
    bench.fresh(&format!("case-{}", bench.set.letter()))?;
    Ok(lines)
}

fn by_journal(bench: &Bench, ids: &[EventId]) -> Result<Vec<Line>> {
    let root = bench.fresh("journal-case")?;
    let folder = CaseFolder::open_or_create(&root, "journal")?;
    let signer = Signer {
        actor: "bench".to_owned(),
        tool: "whytrail/bench".to_owned(),
        stamp: Box::new(|| Ok(Stamp { ts: clock::now(), nonce: random::nonce()? })),
    };
    let (mut journal, entries) = Journal::open(folder.root(), signer)?;
    let mut state = State::from_entries(&entries);
    let mut append = |events: &[EventId], text: &str| -> Result<_> {
        let started = clock::monotonic();
        let act = state.tag(text, None, events).context("nothing to tag")?;
        let entry = journal.append(act.kind(), &act.subject(), act.detail())?;
        state.apply(&entry);
        Ok(clock::monotonic().saturating_sub(started))
    };
    let (mut one, mut many) = (Samples::default(), Samples::default());
    for id in ids.iter().take(100) {
        one.push(append(&[*id], "one")?);
    }
    for round in 0..5 {
        many.push(append(ids, &format!("many {round}"))?);
    }
    Ok(vec![
        Line::new("N21", "journal and state, 1 event", ONE, one.words()),
        Line::new("N21", "journal and state, 100,000 events", ALL, many.words()),
    ])
}

/// From the key to the sentence that says it is done.
fn on_screen(bench: &Bench) -> Result<Line> {
    let case = bench.loaded_case()?;
    let mut terminal = Terminal::open(bench, (100, 30), &["--case", &text(&case)])?;
    terminal.wait("the first screen", is_painted)?;
    terminal.press("2")?;
    terminal.wait("an event in the time line", shows_event)?;
    let mut samples = Samples::default();
    for (key, word) in ["b", "s", "g"].iter().zip(["bad", "suspicious", "good"]).cycle().take(30) {
        terminal.press("t")?;
        terminal.wait("the question for a tag", |screen| screen.contents().contains("b bad"))?;
        let pressed = terminal.press(key)?;
        let done = format!("tagged 1 event {word}");
        let at = terminal.wait(&done, |screen| screen.contents().contains(&done))?;
        samples.push(at.saturating_sub(pressed));
    }
    Ok(Line::new("N21", "on the screen, key to `tagged 1 event`", ONE, samples.words()))
}

fn by_process(bench: &Bench, ids: &[EventId]) -> Result<Vec<Line>> {
    let case = text(&bench.loaded_case()?);
    let (mut none, mut one, mut many) =
        (Samples::default(), Samples::default(), Samples::default());
    for id in ids.iter().skip(200).take(20) {
        let run = Run::of(bench, &["show", &id.to_string(), "--case", &case])?;
        run.succeeded()?;
        none.push(run.time);
        let run = Run::of(bench, &["tag", "add", "one", &id.to_string(), "--case", &case])?;
        run.succeeded()?;
        one.push(run.time);
    }
    for round in 0..3 {
        let tag = format!("many {round}");
        let limit = ids.len().to_string();
        let filter = ["--where", "ts IS NOT NULL", "--limit", &limit];
        let arguments = [&["tag", "add", &tag, "--case", &case], &filter[..]].concat();
        let run = Run::of(bench, &arguments)?;
        run.succeeded()?;
        many.push(run.time);
    }
    Ok(vec![
        Line::new(
            "N21",
            "`whytrail show`, for comparison: start, open, one event",
            "-",
            none.words(),
        ),
        Line::new("N21", "`whytrail tag add`, 1 event, whole process", ONE, one.words()),
        Line::new("N21", "`whytrail tag add`, 100,000 events, whole process", ALL, many.words()),
    ])
}
