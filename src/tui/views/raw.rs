//! The bytes of a record as hex and escaped text, with file, line, offset and hash. Redacted spans come masked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::EventId;
use crate::query;
use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::{Canvas, Cut};
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::words::count;

/// The overlay.
#[derive(Debug)]
pub(super) struct RawView {
    event: EventId,
    raw: Slot<Option<query::RawView>>,
    cursor: Cursor,
}

impl RawView {
    pub(super) fn new(event: EventId) -> Self {
        Self { event, raw: Slot::default(), cursor: Cursor::default() }
    }

    fn known(&self) -> Option<&query::RawView> {
        self.raw.value().and_then(Option::as_ref)
    }

    fn n_lines(&self) -> usize {
        self.known().map_or(0, |raw| raw.lines.len())
    }
}

impl View for RawView {
    fn name(&self) -> &'static str {
        "Raw"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[C::Down, C::Up, C::PageDown, C::PageUp, C::First, C::Last, C::HalfDown, C::HalfUp]
    }

    fn obey(&mut self, command: Command, _env: &Env) -> Vec<Effect> {
        self.cursor.obey(command, self.n_lines());
        Vec::new()
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        self.raw
            .accept(done, |answer| if let Answer::Raw(raw) = answer { Some(raw) } else { None });
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, _env: &Env) -> Vec<Effect> {
        if matches!(why, Refresh::Shown | Refresh::FoldIn) {
            return vec![self.raw.ask(LaneName::Front, Question::Raw(self.event))];
        }
        Vec::new()
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, &format!("RAW {}", self.event.short()), Role::Title);
        let Some(raw) = self.raw.value().and_then(Option::as_ref) else {
            canvas.rule(0, 1);
            let words = match (self.raw.failure(), self.raw.is_asking()) {
                (Some(failure), _) => format!("the record could not be read: {failure}"),
                (None, true) => "reading the evidence ..".to_owned(),
                (None, false) => "this event is not in the case any more".to_owned(),
            };
            canvas.say(2, 3, &words, Role::Plain);
            return;
        };
        let member = raw.member.as_ref().map_or_else(String::new, |member| format!(" > {member}"));
        let place = format!("{}{member}  line {}  offset {}", raw.file, raw.line, raw.offset);
        let plain = canvas.style(Role::Plain);
        canvas.put_cut(15, 0, usize::MAX, &place, plain, Cut::Middle);
        let (state, role) = match raw.is_unchanged {
            Some(true) => ("as it was at load", Role::Good),
            Some(false) => ("CHANGED since load", Role::Bad),
            None => ("evidence not readable now", Role::Broken),
        };
        canvas.put(1, 1, usize::MAX, &format!("sha256 {}", raw.sha256), plain);
        canvas.say_right(1, &format!(" {state} "), role);
        canvas.rule(0, 2);
        let shown = self.cursor.fit(raw.lines.len(), canvas.height().saturating_sub(3));
        for (y, idx) in shown.enumerate() {
            if let Some(line) = raw.lines.get(idx) {
                canvas.say(1, y + 3, line, Role::Plain);
            }
            if idx == self.cursor.at {
                canvas.say(0, y + 3, ">", Role::Title);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let cut = self.known().and_then(|raw| raw.cut.as_deref()).unwrap_or("");
        format!(
            "line {} of {}   {cut}",
            (self.cursor.at + 1).min(self.n_lines()),
            count(self.n_lines() as u64)
        )
    }
}
