//! From a key to what it does: the top view first, then the commands that work everywhere, else a sentence that says
//! why nothing happened.

use std::time::Duration;

use super::{App, Screen};
use crate::tui::command::{ABSENT, Command, entry};
use crate::tui::desk::Act;
use crate::tui::effect::{Effect, Spec};
use crate::tui::key::Key;
use crate::tui::keymap::Keymap;
use crate::tui::view::Refresh;

/// Most commands kept for rows to come.
const EARLY: usize = 16;
/// A second `Ctrl-C` within this time quits.
const TWICE: Duration = Duration::from_secs(1);

impl App {
    pub(super) fn press(&mut self, key: Key) -> Vec<Effect> {
        self.sentence = None;
        if key.is_ctrl('c') {
            return self.stop();
        }
        let mut taken = None;
        let effects = self.with_top(|view, env| {
            taken = view.typed(key, env);
            Vec::new()
        });
        if let Some(taken) = taken {
            return taken;
        }
        drop(effects);
        let candidates: Vec<Command> = self.env.keymap.candidates(key).collect();
        let here = self.top().commands();
        if let Some(command) = candidates.iter().find(|command| here.contains(command)) {
            return self.obey(*command);
        }
        for command in &candidates {
            if let Some(effects) = self.obey_everywhere(*command) {
                return effects;
            }
        }
        let text = key.to_string();
        if let Some((_, why)) = ABSENT.iter().find(|(absent, _)| *absent == text) {
            return vec![Effect::Refuse((*why).to_owned())];
        }
        match candidates.first() {
            Some(command) => vec![refusal(*command, &self.env.keymap)],
            None => {
                vec![Effect::Refuse(format!("`{text}` has no meaning here  (? lists the keys)"))]
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        self.sentence = None;
        let mut taken = None;
        self.with_top(|view, env| {
            taken = view.paste(text, env);
            Vec::new()
        });
        let nowhere = || {
            vec![Effect::Refuse(
                "nothing here takes text  (f filter, / search, c note do)".to_owned(),
            )]
        };
        taken.unwrap_or_else(nowhere)
    }

    fn stop(&mut self) -> Vec<Effect> {
        let is_twice = self.stopped_at.is_some_and(|at| self.env.now.saturating_sub(at) <= TWICE);
        self.stopped_at = Some(self.env.now);
        self.early.clear();
        if is_twice {
            return vec![Effect::Quit];
        }
        let words = if self.pending.is_empty() {
            "nothing is running; Ctrl-C again within a second quits"
        } else {
            "the query is stopped; Ctrl-C again within a second quits"
        };
        let mut effects = vec![Effect::StopAll];
        effects.extend(self.give_up());
        effects.push(Effect::Say(words.to_owned()));
        effects
    }

    /// Obeys a command that works on every screen; `None` for one that does not.
    pub(super) fn obey_everywhere(&mut self, command: Command) -> Option<Vec<Effect>> {
        Some(match command {
            Command::Filter => vec![Effect::Open(Spec::FilterBar)],
            Command::FiltersOnOff => self.toggle_filters(),
            Command::TimeStyle => {
                self.env.time_style = self.env.time_style.next();
                vec![Effect::Say(format!("times are {}", self.env.time_style.word()))]
            }
            Command::Back => self.back(),
            Command::HistoryBack => self.travel(-1),
            Command::HistoryForward => self.travel(1),
            Command::History => vec![Effect::Open(Spec::History)],
            Command::SaveView => vec![Effect::Open(Spec::SaveView)],
            Command::Views => vec![Effect::Open(Spec::Views)],
            Command::StartFresh => self.start_fresh(),
            Command::Undo => vec![Effect::Act(Act::Undo)],
            Command::Redo => vec![Effect::Act(Act::Redo)],
            Command::Export => {
                vec![
                    Effect::Show { screen: Screen::Finds, event: None },
                    Effect::Obey(Command::Export),
                ]
            }
            Command::Screen(digit) => {
                let screen = Screen::of_digit(digit)?;
                self.overlays.clear();
                vec![Effect::Show { screen, event: None }]
            }
            Command::FoldIn => self.refresh_all(Refresh::FoldIn),
            Command::Palette => vec![Effect::Open(Spec::Palette)],
            Command::Help => {
                let top = self.top();
                vec![Effect::Open(Spec::Help { name: top.name(), commands: top.commands() })]
            }
            Command::Close => self.escape(),
            Command::Quit => self.quit(),
            Command::Stop => self.stop(),
            Command::Suspend => vec![Effect::Suspend],
            Command::Redraw => vec![Effect::Redraw],
            Command::Mouse => {
                self.env.is_mouse_on = !self.env.is_mouse_on;
                let words =
                    if self.env.is_mouse_on { "mouse on; F2 turns it off" } else { "mouse off" };
                vec![Effect::Mouse(self.env.is_mouse_on), Effect::Say(words.to_owned())]
            }
            _ => return None,
        })
    }

    fn escape(&mut self) -> Vec<Effect> {
        if self.overlays.is_empty() {
            return vec![Effect::Say("Esc closes and clears; q leaves".to_owned())];
        }
        self.close()
    }

    fn quit(&mut self) -> Vec<Effect> {
        if !self.overlays.is_empty() {
            return self.close();
        }
        if !self.env.place.crumbs.is_empty() {
            return self.back();
        }
        vec![Effect::Quit]
    }
}

/// What was asked for before the rows it is about were there: over a slow line, or in a large case, keys come first.
impl App {
    pub(super) fn awaits_rows(&self) -> bool {
        self.overlays.is_empty() && self.top().awaits_rows()
    }

    /// Keeps a command until the rows are there. After one that does not only move, further keys would be guesses.
    pub(super) fn keep_early(&mut self, command: Command) -> Vec<Effect> {
        let at = self.at;
        self.early.retain(|(screen, _)| *screen == at);
        if self.early.last().is_some_and(|(_, last)| !last.moves()) || self.early.len() >= EARLY {
            return vec![Effect::Refuse("the rows are not here yet".to_owned())];
        }
        self.early.push((at, command));
        vec![Effect::Say("done as soon as the rows are here".to_owned())]
    }

    /// Does what was kept, if the screen it was meant for is still the one that shows.
    pub(super) fn obey_early(&mut self) -> Vec<Effect> {
        if self.early.is_empty() || self.awaits_rows() {
            return Vec::new();
        }
        self.sentence = None;
        let is_here = |screen: &Screen| *screen == self.at && self.overlays.is_empty();
        let kept = std::mem::take(&mut self.early);
        let wanted: Vec<Command> = kept
            .into_iter()
            .filter(|(screen, _)| is_here(screen))
            .map(|(_, command)| command)
            .collect();
        wanted.into_iter().flat_map(|command| self.obey(command)).collect()
    }
}

/// Returns the sentence for a command that cannot act here.
pub(super) fn refusal(command: Command, keymap: &Keymap) -> Effect {
    let Some(entry) = entry(command) else {
        return Effect::Refuse("this command is not known".to_owned());
    };
    let key = keymap.key_text(command);
    let key = if key.is_empty() { format!(":{}", entry.name) } else { key };
    Effect::Refuse(format!("`{key}` {}: {}", entry.help, entry.place))
}
