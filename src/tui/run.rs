//! The loop: one message at a time from one place, then everything else that waits, then at most one frame. Owns the
//! threads of the screens; never reads files or waits for an answer.

use std::io;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender, never, unbounded};

use super::app::App;
use super::clipboard::{self, Door};
use super::desk::{Act, perform};
use super::effect::Effect;
use super::input::{Background, Input};
use super::msg::{Done, LoadState, Msg};
use super::question::{self, Question, Tools};
use super::settings::Settings;
use super::slot::LaneName;
use super::terminal::Guard;
use super::theme::{ColorDepth, ThemeName};
use super::{Exit, Session};
use crate::clock;
use crate::job::{Crash, Lane, Ticket};
use crate::store::Reader;

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// Least time between two frames that only show how loading goes on.
const LOADING_FRAME: Duration = Duration::from_millis(100);
/// Time between two ticks while replay plays.
const PLAYING_TICK: Duration = Duration::from_millis(33);
/// Time between two ticks while a question is being worked on.
const WAITING_TICK: Duration = Duration::from_millis(100);

/// Runs the screens until the analyst leaves. The terminal is given back whatever happens.
pub fn run(session: Session) -> io::Result<Exit> {
    let Session { readers, tools, mut desk, load, stop, settings, parting } = session;
    let (sender, receiver) = unbounded();
    let front = lane("front", readers.0, tools.clone(), sender.clone())?;
    let back = lane("back", readers.1, tools, sender.clone())?;
    let (answers, edge) = (sender.clone(), sender.clone());
    let work =
        move |_, act, _: &_| tell(&answers, Msg::Acted(Box::new(perform(desk.as_mut(), act))));
    let acts =
        Lane::start("desk", work, || {}, move |ticket, crash| tell_crash(&edge, ticket, crash))?;
    let guard = Guard::take(settings.mouse)?;
    let background = ask_background(&settings)?;
    let input = Input::start(sender.clone(), background)?;
    let (app, effects) = App::start(&settings, guard.size()?, clock::monotonic());
    let mut screen =
        Runner { app, guard, front, back, acts, settings, sender, drawn_at: None, has_quit: false };
    screen.run_effects(effects)?;
    let result = screen.turn(&receiver, load, stop);
    drop(input);
    let memory = screen.app.memory();
    // The terminal is given back before anything waits for a disk.
    drop(screen);
    parting(memory);
    result
}

/// Asks for the background where the theme depends on it and the terminal is known to take such questions.
fn ask_background(settings: &Settings) -> io::Result<Background> {
    let is_wanted = settings.theme == ThemeName::Auto && settings.color != ColorDepth::None;
    if !is_wanted || !settings.has_clipboard {
        return Ok(Background::NotAsked);
    }
    Guard::ask_background()?;
    Ok(Background::Asked)
}

fn lane(
    name: &str,
    reader: Reader,
    tools: Tools,
    sender: Sender<Msg>,
) -> io::Result<Lane<Question>> {
    let interrupter = reader.interrupter();
    let edge = sender.clone();
    let work = move |ticket, question, _: &_| {
        let answer = Some(question::answer(&reader, &tools, &question));
        tell(&sender, Msg::Done(Done { ticket, answer }));
    };
    Lane::start(
        name,
        work,
        move || interrupter.interrupt(),
        move |ticket, crash| tell_crash(&edge, ticket, crash),
    )
}

fn tell(sender: &Sender<Msg>, msg: Msg) {
    // The receiver is gone only when the screens have ended; then nobody wants the answer.
    if sender.send(msg).is_err() {
        tracing::debug!("an answer came after the screens ended");
    }
}

fn tell_crash(sender: &Sender<Msg>, ticket: Option<Ticket>, crash: Crash) {
    tell(sender, Msg::Crashed { ticket, thread: crash.thread, text: crash.text });
}

/// How soon a change must be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Nothing,
    Soon,
    Now,
}

struct Runner {
    app: App,
    guard: Guard,
    front: Lane<Question>,
    back: Lane<Question>,
    acts: Lane<Act>,
    settings: Settings,
    sender: Sender<Msg>,
    drawn_at: Option<Duration>,
    has_quit: bool,
}

impl Runner {
    fn turn(
        &mut self,
        own: &Receiver<Msg>,
        load: Receiver<LoadState>,
        stop: Receiver<()>,
    ) -> io::Result<Exit> {
        let (mut load, mut stop) = (load, stop);
        let mut urgency = Urgency::Now;
        loop {
            urgency = self.draw_if_due(urgency)?;
            let timeout = self.patience(urgency);
            match wait(own, &mut load, &mut stop, timeout) {
                Some(msg) => urgency = urgency.max(self.take(msg)?),
                None if self.app.is_animating() => urgency = urgency.max(self.take(Msg::Tick)?),
                // Something is kept; nothing on screen changes.
                None if self.app.keeps_at().is_some() => drop(self.take(Msg::Tick)?),
                None => {}
            }
            while let Ok(msg) = own.try_recv() {
                urgency = urgency.max(self.take(msg)?);
            }
            if self.has_quit {
                return Ok(Exit::Left);
            }
        }
    }

    fn take(&mut self, msg: Msg) -> io::Result<Urgency> {
        let urgency = if matches!(msg, Msg::Load(_)) { Urgency::Soon } else { Urgency::Now };
        let effects = self.app.update(msg, clock::monotonic());
        self.run_effects(effects)?;
        Ok(urgency)
    }

    /// Draws if something changed and the last frame is old enough.
    fn draw_if_due(&mut self, urgency: Urgency) -> io::Result<Urgency> {
        if urgency == Urgency::Nothing || !self.until_frame(urgency).is_zero() {
            return Ok(urgency);
        }
        let app = &mut self.app;
        self.guard.draw(|buf| super::draw::draw(app, buf))?;
        self.drawn_at = Some(clock::monotonic());
        Ok(Urgency::Nothing)
    }

    fn until_frame(&self, urgency: Urgency) -> Duration {
        let least = if urgency == Urgency::Soon { LOADING_FRAME } else { FRAME };
        match self.drawn_at {
            Some(drawn_at) => (drawn_at + least).saturating_sub(clock::monotonic()),
            None => Duration::ZERO,
        }
    }

    /// Returns how long to wait for a message; `None` waits as long as it takes.
    fn patience(&self, urgency: Urgency) -> Option<Duration> {
        if urgency != Urgency::Nothing {
            return Some(self.until_frame(urgency));
        }
        if self.app.is_playing() {
            return Some(PLAYING_TICK);
        }
        if self.app.is_animating() {
            return Some(WAITING_TICK);
        }
        self.app.keeps_at().map(|at| at.saturating_sub(clock::monotonic()))
    }

    fn run_effects(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            self.run_effect(effect)?;
        }
        Ok(())
    }

    fn run_effect(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Ask { ticket, replaces, lane, question } => {
                if let Some(old) = replaces {
                    self.front.cancel(old);
                    self.back.cancel(old);
                }
                match lane {
                    LaneName::Front => self.front.submit(ticket, question),
                    LaneName::Back => self.back.submit(ticket, question),
                }
            }
            Effect::StopAll => {
                self.front.cancel_all();
                self.back.cancel_all();
            }
            Effect::Act(act) => self.acts.submit(Ticket(0), act),
            Effect::Copy { what, text } => self.copy(what, &text),
            Effect::Suspend => self.guard.suspend()?,
            Effect::Redraw => self.guard.redraw()?,
            Effect::Mouse(is_on) => self.guard.set_mouse(is_on)?,
            Effect::Quit => self.has_quit = true,
            // The rest was for the model, which has taken it.
            Effect::Say(_)
            | Effect::Refuse(_)
            | Effect::Open(_)
            | Effect::Close
            | Effect::Show { .. }
            | Effect::Narrow { .. }
            | Effect::SetBar(_)
            | Effect::Visit(_)
            | Effect::Travel(_)
            | Effect::DropCrumb(_)
            | Effect::SetColumns(_)
            | Effect::SaveView(_)
            | Effect::OpenView(_)
            | Effect::DeleteView(_)
            | Effect::Obey(_)
            | Effect::Search(_)
            | Effect::GoToTime(_) => {}
        }
        Ok(())
    }

    fn copy(&mut self, what: &str, text: &str) {
        let Settings { is_tmux, has_clipboard, state_folder, .. } = &self.settings;
        let door = clipboard::copy(text, *is_tmux, *has_clipboard, state_folder.as_deref());
        let result = match door {
            Ok(Door::Sequence(sequence)) => match Guard::write(&sequence) {
                Ok(()) => Ok(format!("{what} sent to the terminal's clipboard")),
                Err(error) => Err(format!("copying failed: {error}")),
            },
            Ok(Door::File(path)) => Ok(format!("{what} written to {}", path.display())),
            Err(error) => Err(format!("copying failed: {error}")),
        };
        tell(&self.sender, Msg::Copied(result));
    }
}

/// Waits for a message from any side; `None` after `timeout`. A side that has ended is not asked again.
fn wait(
    own: &Receiver<Msg>,
    load: &mut Receiver<LoadState>,
    stop: &mut Receiver<()>,
    timeout: Option<Duration>,
) -> Option<Msg> {
    loop {
        let mut select = Select::new();
        let (own_idx, load_idx) = (select.recv(own), select.recv(load));
        select.recv(stop);
        let ready = match timeout {
            Some(timeout) => select.select_timeout(timeout).ok()?,
            None => select.select(),
        };
        let idx = ready.index();
        if idx == own_idx {
            return ready.recv(own).ok();
        }
        if idx == load_idx {
            match ready.recv(load) {
                Ok(state) => return Some(Msg::Load(newest(load, state))),
                Err(_) => *load = never(),
            }
        } else {
            match ready.recv(stop) {
                Ok(()) => return Some(Msg::Stop),
                Err(_) => *stop = never(),
            }
        }
    }
}

/// Only the newest state of loading matters.
fn newest(load: &Receiver<LoadState>, first: LoadState) -> LoadState {
    load.try_iter().last().unwrap_or(first)
}
