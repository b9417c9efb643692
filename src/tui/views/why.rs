//! Why: the decision trace of one event, then its links with their proofs. Enter goes to the record that says a step.

mod lines;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::lines::WhyLine;
use super::event_acts::{self, Target};
use crate::explain::Trace;
use crate::model::EventId;
use crate::model::rows::Detail;
use crate::query::{Direction, Jump};
use crate::tui::command::Command;
use crate::tui::effect::{Effect, Spec};
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
pub(super) struct WhyView {
    event: EventId,
    trace: Slot<Option<Box<Trace>>>,
    detail: Slot<Option<Box<Detail>>>,
    jump: Slot<Option<EventId>>,
    cursor: Cursor,
    lines: Vec<WhyLine>,
}

impl WhyView {
    pub(super) fn new(event: EventId) -> Self {
        Self {
            event,
            trace: Slot::default(),
            detail: Slot::default(),
            jump: Slot::default(),
            cursor: Cursor::default(),
            lines: Vec::new(),
        }
    }

    fn known(&self) -> Option<&Detail> {
        self.detail.value().and_then(Option::as_deref)
    }

    fn traced(&self) -> Option<&Trace> {
        self.trace.value().and_then(Option::as_deref)
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

    /// Opens the record behind the line under the cursor.
    fn open(&self) -> Effect {
        match self.lines.get(self.cursor.at).and_then(|line| line.event) {
            Some(event) => Effect::Open(Spec::Detail(event)),
            None => Effect::Refuse("no record says this line; j k go to one that does".to_owned()),
        }
    }

    fn copy(&self, detail: &Detail, env: &Env) -> Effect {
        let target = Target { row: &detail.row, detail: Some(detail), events: vec![self.event] };
        let mut choices = event_acts::copyables(&target, env);
        for choice in choices.iter_mut().filter(|choice| choice.letter == 'c') {
            choice.text = event_acts::command_about(&format!("why {}", self.event), env);
        }
        Effect::Open(Spec::Copy(choices))
    }
}

impl View for WhyView {
    fn name(&self) -> &'static str {
        "Why"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Raw,
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
            self.cursor.obey(command, self.lines.len());
            return Vec::new();
        }
        match command {
            Command::Open => vec![self.open()],
            Command::NextInSession
            | Command::PreviousInSession
            | Command::NextDenied
            | Command::PreviousDenied => vec![self.jump(command, env)],
            _ => match self.known() {
                Some(detail) if command == Command::Copy => vec![self.copy(detail, env)],
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
        self.trace.accept(
            done,
            |answer| {
                if let Answer::Why(trace) = answer { Some(trace) } else { None }
            },
        );
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
                let event = std::mem::replace(&mut self.event, event);
                if event != self.event {
                    // What is known about another event must not stand under this one's name.
                    (self.trace, self.detail) = (Slot::default(), Slot::default());
                }
                self.cursor = Cursor::default();
                self.refresh(Refresh::Shown, env)
            }
            None => vec![Effect::Say("no further one under this filter".to_owned())],
        }
    }

    fn refresh(&mut self, why: Refresh, _env: &Env) -> Vec<Effect> {
        if matches!(why, Refresh::Filter | Refresh::Rows) {
            return Vec::new();
        }
        vec![
            self.trace.ask(LaneName::Front, Question::Why(self.event)),
            self.detail.ask(LaneName::Back, Question::Detail(self.event)),
        ]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let trace = self.trace.value().and_then(Option::as_deref);
        let detail = self.detail.value().and_then(Option::as_deref);
        let time = trace.and_then(|trace| trace.time);
        let (date, clock) = (env.date(time), env.clock(time));
        let letter = time.map_or(' ', |_| env.time_style.letter());
        let title = format!("EVENT {}   {date} {clock}{letter}", self.event.short());
        let left = canvas.say(1, 0, &title, Role::Title);
        if let Some(place) = detail.and_then(|detail| detail.places.iter().find(|it| it.is_kept)) {
            let name = place.source.rsplit('/').next().unwrap_or(&place.source);
            let place = format!("{name} line {} ", place.line);
            let room = canvas.width().saturating_sub(left + 4);
            let harmless = crate::text::sanitize(&place);
            canvas.say_right(0, &crate::text::width::cut_middle(&harmless, room), Role::Plain);
        }
        canvas.rule(0, 1);
        let Some(trace) = trace else {
            let words = match (self.trace.failure(), self.trace.is_asking()) {
                (Some(failure), _) => format!("asking why failed: {failure}"),
                (None, true) => "asking what the records say ..".to_owned(),
                (None, false) => "this event is not in the case any more".to_owned(),
            };
            canvas.say(2, 3, &words, Role::Plain);
            return;
        };
        self.lines = lines::lines(trace, detail, env, canvas.width().saturating_sub(2));
        let shown = self.cursor.fit(self.lines.len(), canvas.height().saturating_sub(2));
        let at = self.cursor.at;
        for (y, (index, line)) in
            self.lines.iter().enumerate().skip(shown.start).take(shown.len()).enumerate()
        {
            canvas.say(1, 2 + y, &line.text, line.role);
            if index == at {
                canvas.say(0, 2 + y, ">", Role::Title);
                let style = canvas.style(Role::Cursor);
                canvas.restyle(0, 2 + y, canvas.width(), style);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let Some(trace) = self.traced() else { return String::new() };
        let tags = self.known().map_or_else(String::new, |detail| {
            let tags: Vec<&str> = detail.tags.iter().map(|tag| tag.text.as_str()).collect();
            let tags = if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
            format!("tags {tags}   notes {}   ", detail.notes.len())
        });
        let records = if trace.n_records == 1 { "record" } else { "records" };
        format!("{tags}{} {records} of this call, weakest link {}", trace.n_records, trace.weakest)
    }

    fn event(&self) -> Option<EventId> {
        Some(self.event)
    }
}
