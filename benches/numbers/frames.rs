//! One frame over a loaded case: built, compared with the one before, and written as bytes.

use std::io::{self, Write};

use anyhow::{Context, Result};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use whytrail::clock;
use whytrail::model::EventId;
use whytrail::model::rows::FindingRow;
use whytrail::redact::Redactor;
use whytrail::tui::harness::Harness;
use whytrail::tui::{Desk, FindingChange, Settings};

use crate::Line;
use crate::options::Bench;
use crate::samples::Samples;

/// Screens that are shown in turn, and keys on each.
const SCREENS: &[&str] = &["1", "2", "3", "4", "5"];
const KEYS_ON_EACH: usize = 120;

/// N5: keys on every screen, each followed by one frame.
pub(crate) fn build_and_write(bench: &Bench) -> Result<Vec<Line>> {
    let wide = at(bench, (200, 60))?;
    let narrow = at(bench, (80, 24))?;
    Ok(vec![
        Line::new("N5", "one frame, build and write, 200x60", "8 ms p99", wide.words()),
        Line::new("N5", "one frame, build and write, 80x24", "3 ms p99", narrow.words()),
    ])
}

fn at(bench: &Bench, size: (u16, u16)) -> Result<Samples> {
    let store = bench.open_store()?;
    let mut harness = harness(store.reader()?, size);
    let mut out = Counting::default();
    let mut backend = CrosstermBackend::new(&mut out);
    let mut shown = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    let mut samples = Samples::default();
    for screen in SCREENS {
        harness.keys(screen);
        for step in 0..KEYS_ON_EACH {
            let started = clock::monotonic();
            let next = harness.buffer();
            backend.draw(shown.diff(&next).into_iter())?;
            Backend::flush(&mut backend)?;
            samples.push(clock::monotonic().saturating_sub(started));
            shown = next;
            harness.keys(if step % 50 == 49 { "<Ctrl-D>" } else { "j" });
        }
    }
    (out.0 > 0).then_some(samples).context("no bytes were written")
}

/// Returns the screens over a case at which nothing can be done.
pub(crate) fn harness(reader: whytrail::store::Reader, size: (u16, u16)) -> Harness {
    let redactor = Redactor::new([0; 32]);
    Harness::over_case(size, &Settings::default(), reader, redactor, Box::new(NoDesk))
}

/// Takes bytes and counts them.
#[derive(Debug, Default)]
struct Counting(usize);

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A desk at which nothing can be done.
struct NoDesk;

fn refused<T>() -> Result<T, String> {
    Err("read-only".to_owned())
}

impl Desk for NoDesk {
    fn is_read_only(&self) -> bool {
        true
    }
    fn tag(&mut self, _: &[EventId], _: &str, _: Option<&str>) -> Result<String, String> {
        refused()
    }
    fn untag(&mut self, _: &[EventId], _: &str, _: &str) -> Result<String, String> {
        refused()
    }
    fn note(&mut self, _: EventId, _: &str) -> Result<String, String> {
        refused()
    }
    fn undo(&mut self) -> Result<String, String> {
        refused()
    }
    fn redo(&mut self) -> Result<String, String> {
        refused()
    }
    fn new_finding(&mut self, _: &str, _: &[EventId]) -> Result<u32, String> {
        refused()
    }
    fn change_finding(&mut self, _: u32, _: &FindingChange) -> Result<String, String> {
        refused()
    }
    fn findings(&self) -> Vec<FindingRow> {
        Vec::new()
    }
    fn export_check(&mut self) -> Result<Vec<String>, String> {
        refused()
    }
    fn export(&mut self) -> Result<String, String> {
        refused()
    }
    fn criteria(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
