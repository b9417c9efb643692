//! The model of the screens: which view is on top, where the analyst is, what is being waited for. One function takes
//! every message and returns what must happen outside. Must not draw, wait, or touch terminal and files.

mod keys;
mod navigate;
mod remember;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::command::Command;
use super::desk::{Act, Acted};
use super::effect::{Effect, Screen, Spec};
use super::env::Env;
use super::keymap::Keymap;
use super::msg::{Done, LoadState, Msg};
use super::place::History;
use super::question::{Answer, Question};
use super::settings::{Settings, StartAt};
use super::slot::{LaneName, Slot};
use super::theme::Theme;
use super::view::{Refresh, View};
use super::views;
use crate::job::Ticket;
use crate::model::EventId;
use crate::model::rows::Overview;

/// Rows that arrive in the background are asked for at most this often.
const REFRESH_EVERY: Duration = Duration::from_secs(1);
/// As long as nothing is known to be there, more often: the first row should be seen at once.
const FIRST_ROWS_EVERY: Duration = Duration::from_millis(100);
/// A question that takes longer than this is shown as being worked on.
pub(super) const SLOW: Duration = Duration::from_millis(300);
/// A question that takes longer than this also says how to stop it.
pub(super) const VERY_SLOW: Duration = Duration::from_secs(2);

/// A sentence on the status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) is_refusal: bool,
}

/// A main screen and whether it must ask again before it is shown.
#[derive(Debug)]
struct Seat {
    screen: Screen,
    view: Box<dyn View>,
    due: Option<Refresh>,
}

/// The model.
#[derive(Debug)]
pub(super) struct App {
    pub(super) env: Env,
    seats: Vec<Seat>,
    at: Screen,
    overlays: Vec<Box<dyn View>>,
    overview: Slot<Overview>,
    pending: BTreeMap<Ticket, Duration>,
    /// Commands given before the rows they are about were there, with their screen.
    early: Vec<(Screen, Command)>,
    sentence: Option<Sentence>,
    stopped_at: Option<Duration>,
    refreshed_at: Duration,
    are_rows_due: bool,
    keeping: remember::Keeping,
    /// Event of an earlier sitting that the time line has not been asked for yet.
    resumed: Option<EventId>,
}

impl App {
    /// Returns the model at its start and the effects of starting.
    pub(super) fn start(
        settings: &Settings,
        size: (u16, u16),
        now: Duration,
    ) -> (Self, Vec<Effect>) {
        let (keymap, troubles) = Keymap::with_changes(&settings.keys);
        let screen = match settings.start {
            StartAt::Overview => Screen::Overview,
            StartAt::Timeline => Screen::Timeline,
        };
        let env = Env {
            keymap,
            theme: Theme::new(settings.theme, settings.color),
            is_ascii: settings.ascii,
            time_style: settings.time,
            zone: settings.zone.clone(),
            size,
            now,
            case_name: settings.case_name.clone(),
            case_argument: settings.case_argument.clone(),
            is_read_only: false,
            is_mouse_on: settings.mouse,
            load: None,
            overview: None,
            overview_failure: None,
            findings: Vec::new(),
            criteria: Vec::new(),
            asides: Vec::new(),
            place: super::place::Place::default(),
            history: History::begin(screen),
            searches: Vec::new(),
            filters: Vec::new(),
            columns: settings.columns.clone(),
            usual_columns: settings.columns.clone(),
            views: Vec::new(),
        };
        let seat = |screen: &Screen| Seat {
            screen: *screen,
            view: views::screen(*screen),
            due: Some(Refresh::Shown),
        };
        let mut app = Self {
            env,
            seats: Screen::ALL.iter().map(seat).collect(),
            at: screen,
            overlays: Vec::new(),
            overview: Slot::default(),
            pending: BTreeMap::new(),
            early: Vec::new(),
            sentence: None,
            stopped_at: None,
            refreshed_at: now,
            are_rows_due: false,
            keeping: remember::Keeping::default(),
            resumed: None,
        };
        app.take_up(&settings.memory);
        if let Some(trouble) = settings.notice.clone().or_else(|| troubles.into_iter().next()) {
            app.sentence = Some(Sentence { text: trouble, is_refusal: true });
        }
        let ask = app.overview.ask(LaneName::Back, Question::Overview);
        let shown = app.refresh_due();
        let mut first = vec![Effect::Act(Act::Begin), ask];
        first.extend(shown);
        let effects = app.absorb(first);
        (app, effects)
    }

    /// Takes one message; returns what must happen outside.
    pub(super) fn update(&mut self, msg: Msg, now: Duration) -> Vec<Effect> {
        self.env.now = now;
        if matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(_)) {
            self.touch();
        }
        let mut effects = match msg {
            Msg::Key(key) => self.press(key),
            Msg::Paste(text) => self.paste(&text),
            Msg::Mouse(mouse) => self.with_top(|view, env| view.mouse(mouse, env)),
            Msg::Resize(columns, rows) => {
                self.env.size = (columns, rows);
                self.resized()
            }
            Msg::Done(done) => self.accept(done),
            Msg::Acted(acted) => self.hear(&acted),
            Msg::Load(load) => {
                self.take_load(load);
                Vec::new()
            }
            Msg::Copied(result) => vec![said(result)],
            Msg::Background(ground) => {
                self.env.theme = self.env.theme.on(ground);
                Vec::new()
            }
            Msg::Crashed { ticket, thread, text } => self.crashed(ticket, &thread, &text),
            Msg::Tick => self.with_top(|view, env| view.tick(env)),
            Msg::Stop => vec![Effect::Quit],
        };
        effects.extend(self.refresh_rows());
        let mut outward = self.absorb(effects);
        outward.extend(self.keep_if_due());
        outward
    }

    /// Returns true while time alone changes what is shown.
    pub(super) fn is_animating(&self) -> bool {
        self.are_rows_due || !self.pending.is_empty() || self.top().is_animating()
    }

    /// Returns true while the top view moves by itself, which needs more frames than a slow question.
    pub(super) fn is_playing(&self) -> bool {
        self.top().is_animating()
    }

    /// Returns how long the oldest question has been waiting.
    pub(super) fn waiting(&self) -> Option<Duration> {
        self.pending.values().min().map(|since| self.env.now.saturating_sub(*since))
    }

    /// Returns the sentence of the status line.
    pub(super) const fn sentence(&self) -> Option<&Sentence> {
        self.sentence.as_ref()
    }

    /// Returns the main screen that is shown or lies below the overlays.
    pub(super) const fn screen(&self) -> Screen {
        self.at
    }

    /// Returns the overlays, lowest first.
    pub(super) fn overlays(&mut self) -> (&mut [Box<dyn View>], &Env) {
        (&mut self.overlays, &self.env)
    }

    /// Returns true while something lies on top of the main screen.
    pub(super) fn has_overlay(&self) -> bool {
        !self.overlays.is_empty()
    }

    /// Returns the main screen's view.
    pub(super) fn base(&mut self) -> Option<(&mut Box<dyn View>, &Env)> {
        let at = self.at;
        let seat = self.seats.iter_mut().find(|seat| seat.screen == at)?;
        Some((&mut seat.view, &self.env))
    }

    /// Returns the view that takes keys.
    pub(super) fn top(&self) -> &dyn View {
        if let Some(view) = self.overlays.last() {
            return view.as_ref();
        }
        let seat = self.seats.iter().find(|seat| seat.screen == self.at);
        seat.map_or(&views::Nothing, |seat| seat.view.as_ref())
    }

    fn with_top(&mut self, act: impl FnOnce(&mut dyn View, &Env) -> Vec<Effect>) -> Vec<Effect> {
        if let Some(view) = self.overlays.last_mut() {
            return act(view.as_mut(), &self.env);
        }
        self.with_base(act)
    }

    fn with_base(&mut self, act: impl FnOnce(&mut dyn View, &Env) -> Vec<Effect>) -> Vec<Effect> {
        let at = self.at;
        match self.seats.iter_mut().find(|seat| seat.screen == at) {
            Some(seat) => act(seat.view.as_mut(), &self.env),
            None => Vec::new(),
        }
    }

    fn accept(&mut self, mut done: Done) -> Vec<Effect> {
        self.pending.remove(&done.ticket);
        let is_overview = self.overview.accept(&mut done, |answer| match answer {
            Answer::Overview(overview) => Some(*overview),
            _ => None,
        });
        if is_overview {
            self.env.overview = self.overview.value().cloned();
        }
        self.env.overview_failure = self.overview.failure().map(str::to_owned);
        let mut effects = Vec::new();
        for view in self.overlays.iter_mut().chain(self.seats.iter_mut().map(|seat| &mut seat.view))
        {
            if done.answer.is_none() {
                break;
            }
            effects.extend(view.accept(&mut done, &self.env));
        }
        effects.extend(self.obey_early());
        effects
    }

    fn hear(&mut self, acted: &Acted) -> Vec<Effect> {
        if matches!(acted.act, Act::Remember(_)) {
            return self.hear_kept(&acted.said);
        }
        self.env.findings.clone_from(&acted.findings);
        self.env.asides.clone_from(&acted.asides);
        self.env.is_read_only = acted.is_read_only;
        if let Some(criteria) = &acted.criteria {
            self.env.criteria.clone_from(criteria);
        }
        let mut effects = Vec::new();
        for view in self.overlays.iter_mut().chain(self.seats.iter_mut().map(|seat| &mut seat.view))
        {
            effects.extend(view.heard(acted, &self.env));
        }
        if acted.act == Act::ExportCheck {
            // The check on screen says more than the sentence that announced it.
            self.sentence = None;
        }
        if let (Act::Reveal { event, .. }, Some(lines)) = (&acted.act, &acted.revealed) {
            let title = format!("ORIGINAL {}   shown once, stored nowhere", event.short());
            effects.push(Effect::Open(Spec::Told { title, lines: lines.clone() }));
        }
        effects.extend(heard(acted));
        let has_marked = acted.said.is_ok()
            && !matches!(
                acted.act,
                Act::Begin | Act::ExportCheck | Act::Export | Act::Reveal { .. }
            );
        if has_marked {
            effects.extend(self.refresh_all(Refresh::Marks));
        }
        effects
    }

    /// Asks again in what is shown, and notes for the other screens that they must when they are.
    pub(super) fn refresh_all(&mut self, why: Refresh) -> Vec<Effect> {
        for seat in &mut self.seats {
            // A changed filter outweighs a refresh of the same rows.
            if seat.due.is_none() || why == Refresh::Filter {
                seat.due = Some(why);
            }
        }
        let mut effects = Vec::new();
        for view in &mut self.overlays {
            effects.extend(view.refresh(why, &self.env));
        }
        effects.extend(self.refresh_due());
        effects
    }

    /// The main screens ask again for what depends on their width; overlays draw what they have.
    fn resized(&mut self) -> Vec<Effect> {
        for seat in &mut self.seats {
            seat.due = seat.due.or(Some(Refresh::Shown));
        }
        self.refresh_due()
    }

    /// Tells every slot that waits that its question was stopped; what still comes is not wanted.
    fn give_up(&mut self) -> Vec<Effect> {
        let tickets: Vec<Ticket> = self.pending.keys().copied().collect();
        let stopped = |ticket| Done { ticket, answer: Some(Err(crate::store::Fault::Interrupted)) };
        tickets.into_iter().flat_map(|ticket| self.accept(stopped(ticket))).collect()
    }

    fn refresh_due(&mut self) -> Vec<Effect> {
        let at = self.at;
        let Some(seat) = self.seats.iter_mut().find(|seat| seat.screen == at) else {
            return Vec::new();
        };
        let why = seat.due.take();
        why.map_or_else(Vec::new, |why| seat.view.refresh(why, &self.env))
    }

    fn take_load(&mut self, load: LoadState) {
        let known = self.env.load.as_ref().map_or(0, |known| known.generation);
        self.are_rows_due |= load.generation != known || load.finished;
        let is_new = self.env.load.as_ref().is_none_or(|known| known.trouble != load.trouble);
        if let Some(trouble) = load.trouble.as_ref().filter(|_| is_new) {
            let text = format!("loading was cut short: {trouble}; what was kept is here");
            self.sentence = Some(Sentence { text, is_refusal: true });
        }
        self.env.load = Some(load);
    }

    fn refresh_rows(&mut self) -> Vec<Effect> {
        let is_finished = !self.env.is_loading();
        let n_known = self.env.overview.as_ref().map_or(0, |overview| overview.account.kept);
        let every = if n_known == 0 { FIRST_ROWS_EVERY } else { REFRESH_EVERY };
        let is_time = self.env.now.saturating_sub(self.refreshed_at) >= every;
        if !self.are_rows_due || !(is_time || is_finished) || self.overview.is_asking() {
            return Vec::new();
        }
        self.are_rows_due = false;
        self.refreshed_at = self.env.now;
        let mut effects = vec![self.overview.ask(LaneName::Back, Question::Overview)];
        effects.extend(self.refresh_all(Refresh::Rows));
        effects
    }

    fn crashed(&mut self, ticket: Option<Ticket>, thread: &str, text: &str) -> Vec<Effect> {
        let fault =
            format!("`{thread}` failed inside: {text}; what was kept is safe, the log has more");
        let Some(ticket) = ticket else { return vec![Effect::Refuse(fault)] };
        let answer = Some(Err(crate::store::Fault::Engine(fault.clone())));
        let mut effects = self.accept(Done { ticket, answer });
        effects.push(Effect::Refuse(fault));
        effects
    }

    /// Handles the effects that are for the model itself and returns the rest.
    fn absorb(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut outward = Vec::new();
        let mut queue: std::collections::VecDeque<Effect> = effects.into();
        while let Some(effect) = queue.pop_front() {
            let more = match effect {
                Effect::Ask { ticket, replaces, .. } => {
                    if let Some(old) = replaces {
                        self.pending.remove(&old);
                    }
                    self.pending.insert(ticket, self.env.now);
                    outward.push(effect);
                    continue;
                }
                Effect::StopAll
                | Effect::Act(_)
                | Effect::Copy { .. }
                | Effect::Suspend
                | Effect::Redraw
                | Effect::Mouse(_)
                | Effect::Quit => {
                    outward.push(effect);
                    continue;
                }
                Effect::Say(text) => self.say(text, false),
                Effect::Refuse(text) => self.say(text, true),
                Effect::Open(spec) => self.open(spec),
                Effect::Close => self.close(),
                Effect::Show { screen, event } => self.show(screen, event),
                Effect::Narrow { crumb, branch, screen, event } => {
                    self.narrow(crumb, branch, screen, event)
                }
                Effect::SetBar(terms) => self.set_bar(terms),
                Effect::Visit(node) => self.visit(node),
                Effect::Travel(step) => self.walk(step),
                Effect::DropCrumb(node) => self.drop_crumb(node),
                Effect::SetColumns(columns) => {
                    self.env.columns = columns;
                    Vec::new()
                }
                Effect::SaveView(name) => self.save_view(&name),
                Effect::OpenView(name) => self.open_view(&name),
                Effect::DeleteView(name) => self.delete_view(&name),
                Effect::Obey(command) => self.obey(command),
                Effect::Search(text) => self.search(text),
                Effect::GoToTime(text) => self.go_to_time(&text),
            };
            for effect in more.into_iter().rev() {
                queue.push_front(effect);
            }
        }
        outward
    }

    fn say(&mut self, text: String, is_refusal: bool) -> Vec<Effect> {
        if !text.is_empty() {
            self.sentence = Some(Sentence { text, is_refusal });
        }
        Vec::new()
    }

    fn obey(&mut self, command: Command) -> Vec<Effect> {
        if self.top().commands().contains(&command) {
            if command.needs_row() && self.awaits_rows() {
                return self.keep_early(command);
            }
            return self.with_top(|view, env| view.obey(command, env));
        }
        self.obey_everywhere(command)
            .unwrap_or_else(|| vec![keys::refusal(command, &self.env.keymap)])
    }
}

/// Returns what follows from an act: the sentence about it, and for a declaration that was refused the form again, with
/// what was typed, because a word that is lost is typed a second time.
fn heard(acted: &Acted) -> Vec<Effect> {
    match (&acted.act, &acted.said) {
        (Act::Declare { key, value: Some(value), reason }, Err(why)) => vec![
            Effect::Refuse("nothing was changed; what you typed is still here".to_owned()),
            Effect::Open(Spec::Declare {
                key: key.clone(),
                text: value.clone(),
                reason: reason.clone().unwrap_or_default(),
                fault: Some(why.clone()),
            }),
        ],
        (_, said_of_it) => vec![said(said_of_it.clone())],
    }
}

fn said(result: Result<String, String>) -> Effect {
    match result {
        Ok(text) => Effect::Say(text),
        Err(text) => Effect::Refuse(text),
    }
}
