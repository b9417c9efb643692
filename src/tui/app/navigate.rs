//! Moving between screens, overlays and places.

use super::App;
use crate::model::EventId;
use crate::query::filter::Term;
use crate::tui::effect::{Branch, Effect, Screen, Spec};
use crate::tui::place::{Crumb, Node, Place};
use crate::tui::view::Refresh;
use crate::tui::views;

impl App {
    pub(super) fn open(&mut self, spec: Spec) -> Vec<Effect> {
        let mut view = views::overlay(spec, &self.env);
        let effects = view.refresh(Refresh::Shown, &self.env);
        self.overlays.push(view);
        effects
    }

    pub(super) fn close(&mut self) -> Vec<Effect> {
        let Some(closed) = self.overlays.pop() else { return Vec::new() };
        // Replay returns to the event it stopped on; so does a detail that was moved along.
        match closed.event() {
            Some(event) if self.overlays.is_empty() => {
                self.with_base(|view, env| view.go_to(event, env))
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn show(&mut self, screen: Screen, event: Option<EventId>) -> Vec<Effect> {
        self.overlays.clear();
        let present = self.with_base_event();
        self.env.history.remember(screen, present);
        self.at = screen;
        let mut effects = self.refresh_due();
        if let Some(event) = event {
            effects.extend(self.with_base(|view, env| view.go_to(event, env)));
        }
        effects
    }

    pub(super) fn with_base_event(&self) -> Option<EventId> {
        self.seats.iter().find(|seat| seat.screen == self.at).and_then(|seat| seat.view.event())
    }

    pub(super) fn narrow(
        &mut self,
        crumb: Crumb,
        branch: Branch,
        screen: Screen,
        event: Option<EventId>,
    ) -> Vec<Effect> {
        self.env.history.remember(self.at, self.with_base_event());
        let mut place = match branch {
            Branch::Onward => self.env.place.clone(),
            Branch::New => Place::default(),
        };
        place.crumbs.push(crumb);
        place.is_filtering = true;
        let parent = match branch {
            Branch::Onward => self.env.history.present(),
            Branch::New => 0,
        };
        self.env.history.push(place.clone(), screen, event, parent);
        self.settle(place, screen, event)
    }

    /// Shows `screen` under the filters of `place`.
    pub(super) fn settle(
        &mut self,
        place: Place,
        screen: Screen,
        event: Option<EventId>,
    ) -> Vec<Effect> {
        self.overlays.clear();
        self.env.place = place;
        self.at = screen;
        let mut effects = self.refresh_all(Refresh::Filter);
        if let Some(event) = event {
            effects.extend(self.with_base(|view, env| view.go_to(event, env)));
        }
        effects
    }

    pub(super) fn set_bar(&mut self, terms: Vec<Term>) -> Vec<Effect> {
        self.env.place.bar = terms;
        self.env.place.is_filtering = true;
        let text = self.env.place.bar_text();
        if !text.is_empty() && self.env.filters.last() != Some(&text) {
            self.env.filters.push(text);
        }
        self.env.history.set_place(&self.env.place);
        self.refresh_all(Refresh::Filter)
    }

    pub(super) fn toggle_filters(&mut self) -> Vec<Effect> {
        if self.env.place.is_whole_case() {
            return vec![Effect::Refuse("no filter is set  (f opens the filter bar)".to_owned())];
        }
        self.env.place.is_filtering = !self.env.place.is_filtering;
        self.env.history.set_place(&self.env.place);
        let words = if self.env.place.is_filtering {
            "filters on"
        } else {
            "filters off; F puts them on again"
        };
        let mut effects = self.refresh_all(Refresh::Filter);
        effects.push(Effect::Say(words.to_owned()));
        effects
    }

    pub(super) fn back(&mut self) -> Vec<Effect> {
        if !self.overlays.is_empty() {
            return self.close();
        }
        self.env.history.remember(self.at, self.with_base_event());
        match self.env.history.up().cloned() {
            Some(node) => self.arrive(node),
            None => vec![Effect::Refuse(
                "this is where you began; there is nothing to go back to".to_owned(),
            )],
        }
    }

    pub(super) fn travel(&mut self, step: isize) -> Vec<Effect> {
        self.env.history.remember(self.at, self.with_base_event());
        match self.env.history.travel(step).cloned() {
            Some(node) => self.arrive(node),
            None if step < 0 => vec![Effect::Refuse("the history begins here".to_owned())],
            None => vec![Effect::Refuse("the history ends here".to_owned())],
        }
    }

    pub(super) fn visit(&mut self, node: usize) -> Vec<Effect> {
        self.env.history.remember(self.at, self.with_base_event());
        match self.env.history.visit(node).cloned() {
            Some(node) => self.arrive(node),
            None => vec![Effect::Refuse("this place is not known".to_owned())],
        }
    }

    fn arrive(&mut self, node: Node) -> Vec<Effect> {
        self.settle(node.place, node.screen, node.event)
    }

    pub(super) fn search(&mut self, text: String) -> Vec<Effect> {
        self.env.searches.retain(|known| *known != text);
        self.env.searches.push(text);
        self.obey(crate::tui::command::Command::FindNext)
    }

    pub(super) fn go_to_time(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = if self.at == Screen::Timeline {
            Vec::new()
        } else {
            self.show(Screen::Timeline, None)
        };
        effects.extend(self.with_base(|view, env| view.go_to_time(text, env)));
        effects
    }
}
