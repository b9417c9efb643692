//! What each criterion comes to over the case: the matrix of a pack or of all, and why the one under the cursor came to
//! it. Enter opens its exceptions.

mod draw;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event_acts::command_about;
use crate::criteria::assess::{Assessment, CriterionLine};
use crate::text::sanitize;
use crate::tui::command::Command;
use crate::tui::effect::{Copyable, Effect, Screen, Spec};
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::list::Cursor;

/// The screen.
#[derive(Debug, Default)]
pub(super) struct ComplyView {
    made: Slot<Box<Assessment>>,
    /// The same under the filter in force.
    under: Slot<Box<Assessment>>,
    is_narrowed: bool,
    /// Id of the pack shown; none for all of them.
    pack: Option<String>,
    cursor: Cursor,
    /// Id of the criterion under the cursor, which it stays on.
    on: Option<String>,
}

impl ComplyView {
    /// Returns the lines of the pack that is shown.
    fn lines(&self) -> Vec<&CriterionLine> {
        let all = self.made.value().map_or(&[][..], |made| made.lines.as_slice());
        let is_shown = |line: &&CriterionLine| {
            self.pack.as_ref().is_none_or(|pack| line.criterion.pack == *pack)
        };
        all.iter().filter(is_shown).collect()
    }

    fn line(&self) -> Option<&CriterionLine> {
        self.lines().get(self.cursor.at).copied()
    }

    /// Returns what a criterion comes to under the filter, when one is in force and its answer is there.
    fn narrowed(&self, criterion: &str) -> Option<&CriterionLine> {
        let under = self.under.value().filter(|_| self.is_narrowed)?;
        under.line(criterion)
    }

    /// Puts the cursor back on its criterion.
    fn follow(&mut self) {
        let lines = self.lines();
        let place = |on: &String| lines.iter().position(|line| line.criterion.id == *on);
        let at = self.on.as_ref().and_then(place);
        self.cursor.at = at.unwrap_or(self.cursor.at).min(lines.len().saturating_sub(1));
    }

    /// Shows the next pack, after the last all of them.
    fn turn(&mut self) -> Effect {
        let mut packs: Vec<String> = Vec::new();
        for line in self.made.value().map_or(&[][..], |made| made.lines.as_slice()) {
            if packs.last() != Some(&line.criterion.pack) {
                packs.push(line.criterion.pack.clone());
            }
        }
        let next = match &self.pack {
            None => packs.first().cloned(),
            Some(pack) => {
                let at = packs.iter().position(|known| known == pack);
                at.and_then(|at| packs.get(at + 1)).cloned()
            }
        };
        let word = next.clone().unwrap_or_else(|| "every pack".to_owned());
        self.pack = next;
        self.cursor.at = 0;
        self.on = None;
        Effect::Say(word)
    }

    fn open(&self) -> Effect {
        match self.line() {
            Some(line) => Effect::Open(Spec::Criterion(line.criterion.id.clone())),
            None => Effect::Refuse("no criterion is listed".to_owned()),
        }
    }

    fn judge(&self, env: &Env) -> Effect {
        let Some(line) = self.line() else {
            return Effect::Refuse("no criterion is listed".to_owned());
        };
        if env.is_read_only {
            return Effect::Refuse(
                "this case is open read-only here; a verdict needs the other window".to_owned(),
            );
        }
        Effect::Open(Spec::Judge {
            criterion: line.criterion.id.clone(),
            label: line.criterion.label.clone(),
        })
    }

    fn copy(&self, env: &Env) -> Effect {
        let mut choices = Vec::new();
        if let Some(line) = self.line() {
            let word = line.word(line.run.verdict);
            let parts = [line.criterion.label.as_str(), &line.criterion.title, word, &line.why];
            choices.push(Copyable {
                letter: 'y',
                what: "row",
                text: sanitize(&parts.join(" | ")).into_owned(),
            });
            choices.push(Copyable {
                letter: 'i',
                what: "id",
                text: sanitize(&line.criterion.id).into_owned(),
            });
        }
        let about = match &self.pack {
            Some(pack) => format!("comply --set {pack}"),
            None => "comply".to_owned(),
        };
        choices.push(Copyable {
            letter: 'c',
            what: "command line",
            text: command_about(&about, env),
        });
        Effect::Open(Spec::Copy(choices))
    }
}

impl View for ComplyView {
    fn name(&self) -> &'static str {
        "Comply"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Ask,
            C::Facts,
            C::NextPack,
            C::Judge,
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
        let n_lines = self.lines().len();
        if self.cursor.obey(command, n_lines) {
            self.on = self.line().map(|line| line.criterion.id.clone());
            return Vec::new();
        }
        match command {
            Command::Open => vec![self.open()],
            Command::Facts => vec![Effect::Open(Spec::Facts)],
            Command::Ask => vec![Effect::Open(Spec::Ask)],
            Command::NextPack => vec![self.turn()],
            Command::Judge => vec![self.judge(env)],
            Command::Copy => vec![self.copy(env)],
            Command::Export => vec![
                Effect::Show { screen: Screen::Finds, event: None },
                Effect::Obey(Command::Export),
            ],
            _ => Vec::new(),
        }
    }

    fn awaits_rows(&self) -> bool {
        self.made.is_asking() && self.made.value().is_none()
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        let is_new = self.made.accept(done, |answer| match answer {
            Answer::Comply(made) => Some(made),
            _ => None,
        });
        if is_new {
            self.follow();
        }
        self.under.accept(done, |answer| match answer {
            Answer::ComplyUnder(made) => Some(made),
            _ => None,
        });
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        // Rules run over what is whole; while rows arrive their answers would be about nothing that stays.
        if env.is_loading() {
            return Vec::new();
        }
        let filter = env.filter();
        self.is_narrowed = filter.enabled && !filter.terms.is_empty();
        let mut effects = Vec::new();
        if why != Refresh::Filter || self.made.value().is_none() {
            effects.push(self.made.ask(LaneName::Back, Question::Comply));
        }
        if self.is_narrowed {
            effects.push(self.under.ask(LaneName::Back, Question::ComplyUnder(filter)));
        }
        effects
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        draw::draw(self, area, buf, env);
    }

    fn position(&self, _env: &Env) -> String {
        let n_lines = self.lines().len();
        let at = if n_lines == 0 { 0 } else { self.cursor.at + 1 };
        let pack = self.pack.as_deref().unwrap_or("every pack");
        format!("{at}/{n_lines}   {pack}")
    }
}
