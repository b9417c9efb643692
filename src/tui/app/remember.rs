//! What outlasts a sitting: going back to where the last one ended, saved views, and when all of it is kept. Writing
//! is the desk's, on its own thread.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{App, Sentence};
use crate::model::EventId;
use crate::tui::columns::Columns;
use crate::tui::desk::Act;
use crate::tui::effect::{Effect, Screen, Spec};
use crate::tui::env::TimeStyle;
use crate::tui::memory::{
    Memory, Resume, SavedHistory, SavedPlace, SavedView, Unreadable, changed_columns, event_of,
    screen_of, screen_word,
};
use crate::tui::place::{History, Place};
use crate::tui::view::Refresh;

/// What changed is kept at most this often while the screens run.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// Longest name of a view, in letters.
const LONGEST_NAME: usize = 80;

/// When something was kept last, and what.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    at: Duration,
    /// A key was pressed since.
    is_due: bool,
    kept: Memory,
    /// It was said that nothing can be kept.
    is_told: bool,
}

impl App {
    /// Returns what is to be remembered now.
    pub(in crate::tui) fn memory(&mut self) -> Memory {
        let event = self.with_base_event();
        self.env.history.remember(self.at, event);
        let sorted = self
            .seats
            .iter()
            .filter_map(|seat| Some((screen_word(seat.screen), seat.view.sort()?.to_owned())));
        let timeline = self.seats.iter().find(|seat| seat.screen == Screen::Timeline);
        let event = timeline.and_then(|seat| seat.view.event()).or(self.resumed);
        let resume = Resume {
            screen: screen_word(self.at),
            event: event.map(|event| event.to_string()),
            columns: changed_columns(&self.env.columns, &self.env.usual_columns),
            sorts: sorted.collect::<BTreeMap<_, _>>(),
            history: SavedHistory::of(&self.env.history),
        };
        let mut memory = Memory::default().with_typed(&self.env.searches, &self.env.filters);
        memory.resume = Some(resume);
        memory.views.clone_from(&self.env.views);
        memory
    }

    /// Takes up what is remembered. Where it cannot be gone to, the screens begin at the whole case and say so.
    pub(super) fn take_up(&mut self, memory: &Memory) {
        self.env.searches.clone_from(&memory.searches);
        self.env.filters.clone_from(&memory.filters);
        self.env.views.clone_from(&memory.views);
        self.keeping.kept = memory.clone();
        let Some(resume) = &memory.resume else { return };
        match self.resume(resume) {
            Ok(true) => {
                let way = if self.env.is_narrow() { "" } else { " H lists the way," };
                let text = format!("resumed;{way} :start-fresh begins anew");
                self.sentence = Some(Sentence { text, is_refusal: false });
            }
            Ok(false) => {}
            Err(why) => {
                let text = format!("where you were cannot be read: {why}");
                self.sentence = Some(Sentence { text, is_refusal: true });
            }
        }
    }

    /// Goes to where the last sitting ended; returns false when that is where every sitting begins.
    fn resume(&mut self, resume: &Resume) -> Result<bool, Unreadable> {
        let history = resume.history.restore()?;
        let (screen, event) = (screen_of(&resume.screen)?, event_of(resume.event.as_deref())?);
        let place = history
            .nodes()
            .get(history.present())
            .map_or_else(Place::default, |node| node.place.clone());
        let is_news = screen != self.at || event.is_some() || history.nodes().len() > 1;
        self.env.place = place;
        self.env.history = history;
        self.at = screen;
        self.resumed = event;
        if let Some(columns) = &resume.columns {
            self.env.columns = Columns::of_words(columns).0;
        }
        for seat in &mut self.seats {
            if let Some(sort) = resume.sorts.get(&screen_word(seat.screen)) {
                seat.view.set_sort(sort);
            }
            if let (Screen::Timeline, Some(event)) = (seat.screen, event) {
                seat.view.resume_at(event);
            }
        }
        Ok(is_news || !self.env.place.is_whole_case())
    }

    /// Notes that the analyst did something.
    pub(super) const fn touch(&mut self) {
        self.keeping.is_due = true;
    }

    /// Returns when something must be kept, in monotonic time.
    pub(in crate::tui) fn keeps_at(&self) -> Option<Duration> {
        self.keeping.is_due.then(|| self.keeping.at + KEEP_EVERY)
    }

    /// Returns the act that keeps what has changed, if it is time.
    pub(super) fn keep_if_due(&mut self) -> Option<Effect> {
        let is_time = self.keeps_at().is_some_and(|at| at <= self.env.now);
        if is_time { self.keep() } else { None }
    }

    pub(super) fn keep(&mut self) -> Option<Effect> {
        self.keeping.is_due = false;
        self.keeping.at = self.env.now;
        let memory = self.memory();
        if memory == self.keeping.kept {
            return None;
        }
        self.keeping.kept = memory.clone();
        Some(Effect::Act(Act::Remember(Box::new(memory))))
    }

    /// Hears whether what is remembered could be kept; a failure is told once.
    pub(super) fn hear_kept(&mut self, said: &Result<String, String>) -> Vec<Effect> {
        let Err(why) = said else { return Vec::new() };
        self.keeping.kept = Memory::default();
        if std::mem::replace(&mut self.keeping.is_told, true) {
            return Vec::new();
        }
        vec![Effect::Refuse(format!("not remembered for the next time: {why}"))]
    }

    /// Saves what is shown under a name.
    pub(super) fn save_view(&mut self, name: &str) -> Vec<Effect> {
        let name: String = name.trim().chars().take(LONGEST_NAME).collect();
        let seat = self.seats.iter().find(|seat| seat.screen == self.at);
        let view = SavedView {
            name: name.clone(),
            screen: screen_word(self.at),
            place: SavedPlace::of(&self.env.place),
            columns: (self.at == Screen::Timeline).then(|| self.env.columns.words()),
            sort: seat.and_then(|seat| seat.view.sort()).map(str::to_owned),
            time: Some(self.env.time_style.word().to_owned()),
        };
        self.env.views.retain(|known| known.name != name);
        self.env.views.push(view);
        self.env.views.sort_by(|one, other| one.name.cmp(&other.name));
        self.keep_views(format!("view `{name}` saved  (v lists the views)"))
    }

    pub(super) fn delete_view(&mut self, name: &str) -> Vec<Effect> {
        self.env.views.retain(|known| known.name != name);
        self.keep_views(format!("view `{name}` deleted"))
    }

    fn keep_views(&mut self, words: String) -> Vec<Effect> {
        self.keeping.is_told = false;
        let mut effects = vec![Effect::Say(words)];
        effects.extend(self.keep());
        effects
    }

    /// Goes to a saved view: a branch of its own in the history.
    pub(super) fn open_view(&mut self, name: &str) -> Vec<Effect> {
        let Some(view) = self.env.views.iter().find(|view| view.name == name).cloned() else {
            return vec![Effect::Refuse(format!("no view is called `{name}`"))];
        };
        let (place, screen) = match (view.place.restore(), screen_of(&view.screen)) {
            (Ok(place), Ok(screen)) => (place, screen),
            (Err(why), _) | (_, Err(why)) => {
                return vec![Effect::Refuse(format!("this view cannot be read: {why}"))];
            }
        };
        self.env.history.remember(self.at, self.with_base_event());
        self.env.history.push_steps(&place, screen, None, (0, 0));
        if let Some(columns) = &view.columns {
            self.env.columns = Columns::of_words(columns).0;
        }
        if let Some(style) = view.time.as_deref().and_then(TimeStyle::from_word) {
            self.env.time_style = style;
        }
        let seat = self.seats.iter_mut().find(|seat| seat.screen == screen);
        if let (Some(seat), Some(sort)) = (seat, &view.sort) {
            seat.view.set_sort(sort);
        }
        let mut effects = self.settle(place, screen, None);
        effects.push(Effect::Say(format!("view `{}`", view.name)));
        effects
    }

    /// Takes the crumb of a node on the way to here out of the present place; crumbs after it stay.
    pub(super) fn drop_crumb(&mut self, node: usize) -> Vec<Effect> {
        let refuse = |why: &str| vec![Effect::Refuse(why.to_owned())];
        let way = self.env.history.way();
        if !way.contains(&node) {
            return refuse("only a step on the way to here (*) can be taken out");
        }
        let Some(step) = self.env.history.nodes().get(node) else { return Vec::new() };
        let (Some(parent), Some(at)) = (step.parent, step.place.crumbs.len().checked_sub(1)) else {
            return refuse("this is the whole case; there is no crumb to take out");
        };
        let mut place = self.env.place.clone();
        if at >= place.crumbs.len() {
            return refuse("this step added no crumb");
        }
        let gone = place.crumbs.remove(at);
        let event = self.with_base_event();
        self.env.history.remember(self.at, event);
        let mut effects = if place.crumbs.len() == at {
            // The last crumb goes as Backspace takes it: the place without it is there already.
            self.visit(parent)
        } else {
            self.env.history.push_steps(&place, self.at, event, (parent, at));
            self.settle(place, self.at, event)
        };
        effects.push(Effect::Open(Spec::History));
        effects.push(Effect::Say(format!("{} taken out; Alt-Left goes back", gone.label)));
        effects
    }

    /// Walks the visits with the history in sight.
    pub(super) fn walk(&mut self, step: isize) -> Vec<Effect> {
        let mut effects = self.travel(step);
        if !self.has_overlay() {
            effects.push(Effect::Open(Spec::History));
        }
        effects
    }

    /// Forgets places and history, not views and what was typed.
    pub(super) fn start_fresh(&mut self) -> Vec<Effect> {
        let screen = Screen::Overview;
        self.env.history = History::begin(screen);
        self.env.columns = self.env.usual_columns.clone();
        self.resumed = None;
        for seat in &mut self.seats {
            seat.view = crate::tui::views::screen(seat.screen);
            seat.due = Some(Refresh::Shown);
        }
        let mut effects = self.settle(Place::default(), screen, None::<EventId>);
        effects.push(Effect::Say("begun anew; saved views are still there (v)".to_owned()));
        effects
    }
}
