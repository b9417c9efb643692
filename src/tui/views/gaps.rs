//! What could not be seen: a calendar of what each source covers, and the numbered blind spots with the statements they
//! forbid. A second page counts how complete the records of each source are.

mod complete;
mod draw;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::command_line;
use crate::custody::AsideKind;
use crate::model::Grade;
use crate::model::gaps::{BlindSpot, Gaps};
use crate::query::filter::Filter;
use crate::query::six::Completeness;
use crate::text::sanitize;
use crate::tui::command::Command;
use crate::tui::effect::{Branch, Copyable, Effect, Screen, Spec};
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::place::Crumb;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::words::count;

/// Cells of a line that are not the calendar's: name, rows, fit.
const BESIDE: u16 = 34;

/// Which page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    Spots,
    /// How many records hold each of the six elements.
    Complete,
}

/// The screen.
#[derive(Debug, Default)]
pub(super) struct GapsView {
    gaps: Slot<Gaps>,
    complete: Slot<Vec<Completeness>>,
    page: Page,
    cursor: Cursor,
    /// Key of the blind spot under the cursor, which it stays on when others arrive.
    on: Option<String>,
    top_complete: usize,
}

impl GapsView {
    fn spots(&self) -> &[BlindSpot] {
        self.gaps.value().map_or(&[], |gaps| gaps.spots.as_slice())
    }

    fn spot(&self) -> Option<&BlindSpot> {
        self.spots().get(self.cursor.at)
    }

    /// Puts the cursor back on its blind spot.
    fn follow(&mut self) {
        let at =
            self.on.as_ref().and_then(|on| self.spots().iter().position(|spot| spot.key == *on));
        if let Some(at) = at {
            self.cursor.at = at;
        }
    }

    /// Shows the events behind the blind spot.
    fn open(&self) -> Effect {
        let Some(spot) = self.spot() else {
            return Effect::Refuse("no blind spot is listed; 2 shows every event".to_owned());
        };
        if spot.filter.is_empty() {
            return Effect::Refuse(format!(
                "no event stands behind {}; it is about what is not here",
                spot.name()
            ));
        }
        match Filter::parse(&spot.filter) {
            Ok(filter) => Effect::Narrow {
                crumb: Crumb {
                    label: format!("{} {}", spot.name(), spot.kind),
                    terms: filter.terms,
                    grade: Grade::Exact,
                },
                branch: Branch::New,
                screen: Screen::Timeline,
                event: spot.examples.first().copied(),
            },
            Err(error) => Effect::Refuse(format!("its events cannot be shown: {}", error.message)),
        }
    }

    fn accept_spot(&self, env: &Env) -> Effect {
        let Some(spot) = self.spot() else {
            return Effect::Refuse("no blind spot is listed".to_owned());
        };
        if env.is_read_only {
            return Effect::Refuse(
                "this case is open read-only here; accepting needs the other window".to_owned(),
            );
        }
        if let Some(reason) = env.aside(AsideKind::Gap, &spot.key) {
            return Effect::Refuse(format!("accepted already: {reason}  (u takes it back)"));
        }
        Effect::Open(Spec::Accept {
            key: spot.key.clone(),
            name: spot.name(),
            title: spot.title.clone(),
        })
    }

    fn copy(&self, env: &Env) -> Effect {
        let mut choices = Vec::new();
        if let Some(spot) = self.spot() {
            let parts =
                [&spot.name(), spot.grade.as_str(), &spot.title, &spot.detail, &spot.forbids];
            choices.push(Copyable {
                letter: 'y',
                what: "row",
                text: sanitize(&parts.join(" | ")).into_owned(),
            });
            choices.push(Copyable {
                letter: 'i',
                what: "id",
                text: sanitize(&spot.key).into_owned(),
            });
        }
        let line = command_line(Screen::Gaps, env);
        choices.push(Copyable { letter: 'c', what: "command line", text: line });
        Effect::Open(Spec::Copy(choices))
    }

    fn turn(&mut self) -> Vec<Effect> {
        self.page = match self.page {
            Page::Spots => Page::Complete,
            Page::Complete => Page::Spots,
        };
        if self.page == Page::Complete && self.complete.value().is_none() {
            return vec![self.complete.ask(LaneName::Back, Question::Completeness)];
        }
        Vec::new()
    }
}

impl View for GapsView {
    fn name(&self) -> &'static str {
        "Gaps"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Sources,
            C::Accept,
            C::NextPage,
            C::Filter,
            C::Export,
            C::Copy,
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
        let n_rows = match self.page {
            Page::Spots => self.spots().len(),
            Page::Complete => self.complete.value().map_or(0, Vec::len),
        };
        if self.cursor.obey(command, n_rows) {
            self.on = self.spot().map(|spot| spot.key.clone());
            return Vec::new();
        }
        match command {
            Command::Open => vec![self.open()],
            Command::Sources => vec![Effect::Open(Spec::Sources)],
            Command::Accept => vec![self.accept_spot(env)],
            Command::NextPage => self.turn(),
            Command::Filter => vec![Effect::Open(Spec::FilterBar)],
            Command::Copy => vec![self.copy(env)],
            Command::Export => vec![
                Effect::Show { screen: Screen::Finds, event: None },
                Effect::Obey(Command::Export),
            ],
            _ => Vec::new(),
        }
    }

    fn awaits_rows(&self) -> bool {
        self.gaps.is_asking() && self.gaps.value().is_none()
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        let is_new = self.gaps.accept(done, |answer| match answer {
            Answer::Gaps(gaps) => Some(*gaps),
            _ => None,
        });
        if is_new {
            self.follow();
        }
        self.complete.accept(done, |answer| match answer {
            Answer::Completeness(rows) => Some(rows),
            _ => None,
        });
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        let is_busy = self.gaps.is_asking() && env.is_loading();
        if why == Refresh::Marks || (why == Refresh::Rows && is_busy) {
            return Vec::new();
        }
        let n_cells = usize::from(env.size.0.saturating_sub(BESIDE)).max(12);
        let lane = if why == Refresh::Rows { LaneName::Back } else { LaneName::Front };
        let mut effects = vec![self.gaps.ask(lane, Question::Gaps { n_cells })];
        if self.page == Page::Complete {
            effects.push(self.complete.ask(LaneName::Back, Question::Completeness));
        }
        effects
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        match self.page {
            Page::Spots => draw::draw(self, area, buf, env),
            Page::Complete => complete::draw(self, area, buf, env),
        }
    }

    fn position(&self, env: &Env) -> String {
        let accepted = self
            .spots()
            .iter()
            .filter(|spot| env.aside(AsideKind::Gap, &spot.key).is_some())
            .count();
        let n_spots = self.spots().len();
        let at = if n_spots == 0 { 0 } else { self.cursor.at + 1 };
        format!("{at}/{}   accepted {}", count(n_spots as u64), count(accepted as u64))
    }

    fn event(&self) -> Option<crate::model::EventId> {
        None
    }
}
