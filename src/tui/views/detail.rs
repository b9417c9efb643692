//! One event in full: what, who, why, links with their proofs, marks, fields, payload, place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::{self, Target};
use crate::model::EventId;
use crate::model::rows::Detail;
use crate::query::{Direction, Jump};
use crate::tui::command::Command;
use crate::tui::detail_text;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::{Cursor, MOVES};

/// The overlay.
#[derive(Debug)]
pub(super) struct DetailView {
    event: EventId,
    detail: Slot<Option<Box<Detail>>>,
    jump: Slot<Option<EventId>>,
    top: usize,
    n_lines: usize,
    height: usize,
}

impl DetailView {
    pub(super) fn new(event: EventId) -> Self {
        Self {
            event,
            detail: Slot::default(),
            jump: Slot::default(),
            top: 0,
            n_lines: 0,
            height: 0,
        }
    }

    fn known(&self) -> Option<&Detail> {
        self.detail.value().and_then(Option::as_deref)
    }

    fn scroll(&mut self, command: Command) {
        let mut cursor = Cursor { at: self.top, height: self.height, ..Cursor::default() };
        cursor.obey(command, self.n_lines.saturating_sub(self.height) + 1);
        self.top = cursor.at;
    }

    fn jump(&mut self, command: Command, env: &Env) -> Effect {
        let (jump, direction) = match command {
            Command::NextDenied => (Jump::Denied, Direction::Next),
            Command::PreviousDenied => (Jump::Denied, Direction::Previous),
            Command::PreviousInSession => (Jump::Session, Direction::Previous),
            _ => (Jump::Session, Direction::Next),
        };
        let question = Question::Jump { filter: env.filter(), from: self.event, jump, direction };
        self.jump.ask(LaneName::Front, question)
    }
}

impl View for DetailView {
    fn name(&self) -> &'static str {
        "Detail"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Raw,
            C::Why,
            C::Reveal,
            C::Pivot,
            C::Replay,
            C::Tag,
            C::Note,
            C::Copy,
            C::NextInSession,
            C::PreviousInSession,
            C::NextDenied,
            C::PreviousDenied,
            C::TagBad,
            C::TagSuspicious,
            C::TagGood,
            C::Strike,
            C::AddToFinding,
            C::Down,
            C::Up,
            C::First,
            C::Last,
            C::PageDown,
            C::PageUp,
            C::HalfDown,
            C::HalfUp,
        ]
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if MOVES.contains(&command) {
            self.scroll(command);
            return Vec::new();
        }
        match command {
            Command::NextInSession
            | Command::PreviousInSession
            | Command::NextDenied
            | Command::PreviousDenied => {
                vec![self.jump(command, env)]
            }
            _ => match self.known() {
                Some(detail) => {
                    let target =
                        Target { row: &detail.row, detail: Some(detail), events: vec![self.event] };
                    event_acts::obey(command, &target, env).unwrap_or_default()
                }
                None => vec![Effect::Refuse("the event is still being read".to_owned())],
            },
        }
    }

    fn accept(&mut self, done: &mut Done, env: &Env) -> Vec<Effect> {
        self.detail.accept(done, |answer| {
            if let Answer::Detail(detail) = answer { Some(detail) } else { None }
        });
        if !self.jump.accept(done, |answer| {
            if let Answer::Jump(event) = answer { Some(event) } else { None }
        }) {
            return Vec::new();
        }
        match self.jump.value().copied().flatten() {
            Some(event) => {
                self.event = event;
                self.top = 0;
                self.refresh(Refresh::Shown, env)
            }
            None => vec![Effect::Say("no further one under this filter".to_owned())],
        }
    }

    fn refresh(&mut self, why: Refresh, _env: &Env) -> Vec<Effect> {
        match why {
            Refresh::Shown | Refresh::Marks | Refresh::FoldIn => {}
            Refresh::Filter | Refresh::Rows => return Vec::new(),
        }
        vec![self.detail.ask(LaneName::Front, Question::Detail(self.event))]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let time = self.known().and_then(|detail| detail.row.time).map_or_else(
            || format!("{} {}", env.date(None), env.clock(None)),
            |time| {
                format!(
                    "{} {}{}",
                    env.date(Some(time)),
                    env.clock(Some(time)),
                    env.time_style.letter()
                )
            },
        );
        let left = canvas.say(1, 0, &format!("EVENT {}   {time}", self.event.short()), Role::Title);
        if let Some(place) =
            self.known().and_then(|detail| detail.places.iter().find(|place| place.is_kept))
        {
            let name = place.source.rsplit('/').next().unwrap_or(&place.source);
            let room = canvas.width().saturating_sub(left + 4);
            let place = format!("{name} line {} ", place.line);
            let harmless = crate::text::sanitize(&place);
            let place = crate::text::width::cut_middle(&harmless, room);
            canvas.say_right(0, &place, Role::Plain);
        }
        canvas.rule(0, 1);
        let Some(detail) = self.detail.value().and_then(Option::as_deref) else {
            let words = match (self.detail.failure(), self.detail.is_asking()) {
                (Some(failure), _) => format!("reading the event failed: {failure}"),
                (None, true) => "reading the event ..".to_owned(),
                (None, false) => "this event is not in the case any more".to_owned(),
            };
            canvas.say(2, 3, &words, Role::Plain);
            return;
        };
        let lines = detail_text::lines(detail, env, canvas.width().saturating_sub(2));
        self.height = canvas.height().saturating_sub(2);
        self.n_lines = lines.len();
        self.top = self.top.min(lines.len().saturating_sub(self.height));
        for (y, line) in lines.iter().skip(self.top).take(self.height).enumerate() {
            canvas.say(1, 2 + y, &line.text, line.role);
        }
    }

    fn position(&self, _env: &Env) -> String {
        let last = (self.top + self.height).min(self.n_lines);
        let Some(detail) = self.known() else { return String::new() };
        let tags: Vec<&str> = detail.tags.iter().map(|tag| tag.text.as_str()).collect();
        let tags = if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
        format!(
            "tags {tags}   notes {}   lines {}-{last} of {}",
            detail.notes.len(),
            self.top + 1,
            self.n_lines
        )
    }

    fn event(&self) -> Option<EventId> {
        Some(self.event)
    }
}
