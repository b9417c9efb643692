//! Replay of one session: what was asked beside what happened, played at the pace of event time. Playback never calls
//! a tool or a model; it only moves a cursor over rows.

mod clock;
mod draw;
mod lanes;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::clock::Score;
use self::lanes::LaneLine;
use super::event_acts::{self, Target};
use crate::model::rows::{Replay, ReplayStep};
use crate::model::{EventId, Outcome};
use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::words::count;

/// Speeds that `+` and `-` go through.
const SPEEDS: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// Which lanes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lanes {
    Both,
    Asked,
    Happened,
}

/// The overlay.
#[derive(Debug)]
pub(super) struct ReplayView {
    session: String,
    /// The step to begin at.
    begin: Option<EventId>,
    replay: Slot<Replay>,
    score: Score,
    lines: Vec<LaneLine>,
    at: usize,
    top: usize,
    is_playing: bool,
    speed: usize,
    is_cut: bool,
    lanes: Lanes,
    /// Microseconds of playback since the first step.
    played: i64,
    ticked: Option<Duration>,
}

impl ReplayView {
    pub(super) fn new(session: String, begin: Option<EventId>) -> Self {
        Self {
            session,
            begin,
            replay: Slot::default(),
            score: Score::default(),
            lines: Vec::new(),
            at: 0,
            top: 0,
            is_playing: false,
            speed: 2,
            is_cut: true,
            lanes: Lanes::Both,
            played: 0,
            ticked: None,
        }
    }

    fn list(&self) -> &[ReplayStep] {
        self.replay.value().map_or(&[], |replay| replay.steps.as_slice())
    }

    fn step(&self) -> Option<&ReplayStep> {
        self.list().get(self.at)
    }

    fn arrange(&mut self) {
        let nothing = Replay::default();
        let Replay { steps, between } = self.replay.value().unwrap_or(&nothing);
        self.score = Score::of(steps, self.is_cut);
        self.lines = lanes::lay_out(steps, between);
        if let Some(begin) = self.begin.take()
            && let Some(at) = steps.iter().position(|step| step.row.id == begin)
        {
            self.at = at;
        }
        self.at = self.at.min(steps.len().saturating_sub(1));
        self.played = self.score.due(self.at);
    }

    /// Goes to a step; playback goes on from there.
    fn seek(&mut self, at: usize) {
        self.at = at.min(self.list().len().saturating_sub(1));
        self.played = self.score.due(self.at);
    }

    fn play_or_pause(&mut self, env: &Env) -> Vec<Effect> {
        if !self.is_playing && self.at + 1 >= self.list().len() {
            return vec![Effect::Say("this is the last step; g goes to the first".to_owned())];
        }
        self.is_playing = !self.is_playing;
        self.ticked = self.is_playing.then_some(env.now);
        Vec::new()
    }

    fn jump(
        &mut self,
        is_wanted: impl Fn(&ReplayStep) -> bool,
        is_next: bool,
        what: &str,
    ) -> Vec<Effect> {
        let mut steps = self.list().iter().enumerate();
        let found = if is_next {
            steps.skip(self.at + 1).find(|(_, step)| is_wanted(step)).map(|(idx, _)| idx)
        } else {
            steps.rfind(|(idx, step)| *idx < self.at && is_wanted(step)).map(|(idx, _)| idx)
        };
        match found {
            Some(idx) => {
                self.seek(idx);
                Vec::new()
            }
            None => vec![Effect::Say(format!("no further {what} in this session"))],
        }
    }

    fn obey_player(&mut self, command: Command, env: &Env) -> Option<Vec<Effect>> {
        match command {
            Command::PlayPause => return Some(self.play_or_pause(env)),
            Command::StepForward | Command::Down => self.seek(self.at + 1),
            Command::StepBack | Command::Up => self.seek(self.at.saturating_sub(1)),
            Command::PageDown | Command::HalfDown => self.seek(self.at + 10),
            Command::PageUp | Command::HalfUp => self.seek(self.at.saturating_sub(10)),
            Command::First => self.seek(0),
            Command::Last => self.seek(usize::MAX),
            Command::Seek(tenth) => self.seek(self.score.tenth(tenth)),
            Command::Faster => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            Command::Slower => self.speed = self.speed.saturating_sub(1),
            Command::IdleCut => {
                self.is_cut = !self.is_cut;
                self.arrange();
            }
            Command::Lanes => {
                self.lanes = match self.lanes {
                    Lanes::Both => Lanes::Asked,
                    Lanes::Asked => Lanes::Happened,
                    Lanes::Happened => Lanes::Both,
                }
            }
            Command::NextDenied => return Some(self.jump(is_denied, true, "denial")),
            Command::PreviousDenied => return Some(self.jump(is_denied, false, "denial")),
            Command::NextMark => return Some(self.jump(is_marked, true, "mark")),
            Command::PreviousMark => return Some(self.jump(is_marked, false, "mark")),
            _ => return None,
        }
        Some(Vec::new())
    }
}

fn is_denied(step: &ReplayStep) -> bool {
    step.row.outcome == Outcome::Denied
}

fn is_marked(step: &ReplayStep) -> bool {
    step.row.tag.is_some() || step.row.has_note
}

impl View for ReplayView {
    fn name(&self) -> &'static str {
        "Replay"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::PlayPause,
            C::StepBack,
            C::StepForward,
            C::NextDenied,
            C::PreviousDenied,
            C::NextMark,
            C::PreviousMark,
            C::Faster,
            C::Slower,
            C::Seek(0),
            C::Seek(1),
            C::Seek(2),
            C::Seek(3),
            C::Seek(4),
            C::Seek(5),
            C::Seek(6),
            C::Seek(7),
            C::Seek(8),
            C::Seek(9),
            C::IdleCut,
            C::Lanes,
            C::Open,
            C::Why,
            C::Reveal,
            C::Raw,
            C::Tag,
            C::TagBad,
            C::TagSuspicious,
            C::TagGood,
            C::Note,
            C::Copy,
            C::Pivot,
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
        if let Some(effects) = self.obey_player(command, env) {
            return effects;
        }
        self.is_playing = false;
        let Some(step) = self.step() else {
            return vec![Effect::Refuse("there is no step here".to_owned())];
        };
        let target = Target { row: &step.row, detail: None, events: vec![step.row.id] };
        event_acts::obey(command, &target, env).unwrap_or_default()
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        if self.replay.accept(done, |answer| {
            if let Answer::Replay(replay) = answer { Some(replay) } else { None }
        }) {
            self.arrange();
        }
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, _env: &Env) -> Vec<Effect> {
        match why {
            Refresh::Filter | Refresh::Rows => return Vec::new(),
            Refresh::Shown | Refresh::Marks | Refresh::FoldIn => {}
        }
        if why != Refresh::Shown {
            self.begin = self.step().map(|step| step.row.id);
        }
        vec![self.replay.ask(LaneName::Front, Question::Replay(self.session.clone()))]
    }

    fn tick(&mut self, env: &Env) -> Vec<Effect> {
        let Some(before) = self.ticked.filter(|_| self.is_playing) else { return Vec::new() };
        self.ticked = Some(env.now);
        let speed = SPEEDS.get(self.speed).copied().unwrap_or(1);
        let passed = env.now.saturating_sub(before).saturating_mul(speed);
        self.played =
            self.played.saturating_add(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX));
        self.at = self.score.at(self.played).max(self.at).min(self.list().len().saturating_sub(1));
        if self.at + 1 >= self.list().len() {
            self.is_playing = false;
        }
        Vec::new()
    }

    fn is_animating(&self) -> bool {
        self.is_playing
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        draw::draw(self, area, buf, env);
    }

    fn position(&self, _env: &Env) -> String {
        let steps = self.list();
        let asked = steps.iter().filter(|step| step.is_asked).count();
        let number =
            |outcome| steps.iter().filter(|step| step.row.outcome == outcome).count() as u64;
        format!(
            "asked {}   happened {}   denied {}   failed {}   held {}",
            count(asked as u64),
            count((steps.len() - asked) as u64),
            count(number(Outcome::Denied)),
            count(number(Outcome::Error)),
            count(number(Outcome::Held))
        )
    }

    fn event(&self) -> Option<EventId> {
        self.step().map(|step| step.row.id)
    }

    fn footer(&self, env: &Env) -> Option<String> {
        let key = |command| env.keymap.key_text(command);
        let pair = |one, other| format!("{} {}", key(one), key(other));
        if env.is_narrow() {
            let (play, step) =
                (key(Command::PlayPause), pair(Command::StepForward, Command::StepBack));
            return Some(format!("{play} play  {step} step  0..9 jump  ? help  Esc back"));
        }
        Some(format!(
            "{} play  {} step  {} deny  {} speed  0..9 jump  {} idle  {} lanes  Esc back",
            key(Command::PlayPause),
            pair(Command::StepForward, Command::StepBack),
            pair(Command::NextDenied, Command::PreviousDenied),
            pair(Command::Faster, Command::Slower),
            key(Command::IdleCut),
            key(Command::Lanes)
        ))
    }
}
