//! One criterion: its rules with populations and exceptions, and the events they propose. A person confirms an event with
//! the criterion's tag, or strikes the proposal out with a reason.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::criteria::assess::{Assessment, CriterionLine};
use crate::criteria::verdict::{Instance, Verdict};
use crate::custody::{AsideKind, proposal_key};
use crate::model::EventId;
use crate::text::width;
use crate::tui::command::Command;
use crate::tui::desk::Act;
use crate::tui::effect::{Effect, Spec};
use crate::tui::env::Env;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::verdict_text::{role_of, rule_line};
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::{Cursor, MOVES};
use crate::tui::widgets::words::count;

/// A line of the overlay.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    role: Role,
    /// The rule that proposes, and the event.
    proposal: Option<(String, EventId)>,
}

/// The overlay.
#[derive(Debug)]
pub(super) struct CriterionView {
    criterion: String,
    made: Slot<Box<Assessment>>,
    lines: Vec<Line>,
    width: usize,
    cursor: Cursor,
}

impl CriterionView {
    pub(super) fn new(criterion: String) -> Self {
        Self {
            criterion,
            made: Slot::default(),
            lines: Vec::new(),
            width: 0,
            cursor: Cursor::default(),
        }
    }

    fn known(&self) -> Option<(&Assessment, &CriterionLine)> {
        let made = self.made.value()?;
        Some((made, made.line(&self.criterion)?))
    }

    fn proposal(&self) -> Option<(&str, EventId)> {
        let (rule, event) = self.lines.get(self.cursor.at)?.proposal.as_ref()?;
        Some((rule, *event))
    }

    fn lay_out(&mut self, width: usize, env: &Env) {
        let Some((made, line)) = self.known() else { return };
        let mut lines: Vec<Line> = Vec::new();
        let mut say = |text: &str, role: Role| {
            let wrapped = width::wrap(text, width).into_iter();
            lines.extend(wrapped.map(|text| Line { text, role, proposal: None }));
        };
        say(&format!("asks: {}", line.criterion.asks), Role::Plain);
        say(&format!("cannot be shown: {}", line.criterion.cannot_show), Role::Faint);
        let mut listed = Vec::new();
        for run in made.rules_of(line) {
            listed.push((rule_line(run), run));
        }
        for (text, run) in listed {
            lines.push(Line { text: String::new(), role: Role::Plain, proposal: None });
            let role = role_of(run.verdict);
            let wrapped = width::wrap(&text, width).into_iter();
            lines.extend(wrapped.map(|text| Line { text, role, proposal: None }));
            lines.extend(run.excluded.iter().map(|(why, n)| Line {
                text: format!("  left out: {} {why}", count(*n)),
                role: Role::Faint,
                proposal: None,
            }));
            let gaps = run.instances.iter().map(|one| (Verdict::Gap, one));
            let unknown = run.unknowns.iter().map(|one| (Verdict::CannotTell, one));
            lines.extend(
                gaps.chain(unknown).map(|(verdict, one)| instance(&run.rule, verdict, one, env)),
            );
            let n_kept = run.instances.len() as u64;
            if run.exceptions > n_kept {
                lines.push(Line {
                    text: format!("  the first {} of {}", count(n_kept), count(run.exceptions)),
                    role: Role::Faint,
                    proposal: None,
                });
            }
        }
        self.lines = lines;
    }

    fn confirm(&self, env: &Env) -> Effect {
        let Some((_, event)) = self.proposal() else {
            return Effect::Refuse("no event on this line that could be confirmed".to_owned());
        };
        if env.is_read_only {
            return Effect::Refuse("this case is open read-only here".to_owned());
        }
        Effect::Act(Act::Tag {
            events: vec![event],
            text: self.criterion.clone(),
            criterion: Some(self.criterion.clone()),
        })
    }

    fn strike(&self, env: &Env) -> Effect {
        let Some((rule, event)) = self.proposal() else {
            return Effect::Refuse("no proposal on this line that could be struck out".to_owned());
        };
        let key = proposal_key(rule, event);
        if let Some(reason) = env.aside(AsideKind::Proposal, &key) {
            return Effect::Refuse(format!("struck out already: {reason}  (u takes it back)"));
        }
        Effect::Open(Spec::StrikeProposal { key, name: format!("{rule} on {}", event.short()) })
    }
}

fn instance(rule: &str, verdict: Verdict, one: &Instance, env: &Env) -> Line {
    let struck = one
        .event
        .and_then(|event| env.aside(AsideKind::Proposal, &proposal_key(rule, event)))
        .map_or_else(String::new, |reason| format!("  struck out: {reason}"));
    let item = if one.event.is_some() { String::new() } else { format!("{}: ", one.item) };
    let time = if one.time.is_some() { env.clock(one.time) } else { " ".repeat(12) };
    let color = match (struck.is_empty(), verdict) {
        (false, _) => Role::Faint,
        (true, Verdict::CannotTell) => Role::Blind,
        (true, _) => Role::Plain,
    };
    Line {
        text: format!("  {time}  {item}{}{struck}", one.why),
        role: color,
        proposal: one.event.map(|event| (rule.to_owned(), event)),
    }
}

impl View for CriterionView {
    fn name(&self) -> &'static str {
        "Criterion"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Why,
            C::Confirm,
            C::StrikeProposal,
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
        let event = self.proposal().map(|(_, event)| event);
        let none = || Effect::Refuse("no event on this line; j k go to one".to_owned());
        vec![match command {
            Command::Open => event.map_or_else(none, |event| Effect::Open(Spec::Detail(event))),
            Command::Why => event.map_or_else(none, |event| Effect::Open(Spec::Why(event))),
            Command::Confirm => self.confirm(env),
            Command::StrikeProposal => self.strike(env),
            _ => return Vec::new(),
        }]
    }

    fn accept(&mut self, done: &mut Done, env: &Env) -> Vec<Effect> {
        let is_new = self.made.accept(done, |answer| match answer {
            Answer::Comply(made) => Some(made),
            _ => None,
        });
        if is_new {
            self.lay_out(self.width.max(20), env);
        }
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, _env: &Env) -> Vec<Effect> {
        if why == Refresh::Filter {
            return Vec::new();
        }
        vec![self.made.ask(LaneName::Front, Question::Comply)]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let title = self.known().map_or_else(
            || self.criterion.clone(),
            |(_, line)| {
                let word = line.word(line.run.verdict);
                format!("{}  {}: {word}", line.criterion.full_label(), line.criterion.title)
            },
        );
        canvas.say(1, 0, &title, Role::Title);
        canvas.rule(0, 1);
        let room = canvas.width().saturating_sub(2).max(1);
        self.width = room;
        self.lay_out(room, env);
        let shown = self.cursor.fit(self.lines.len(), canvas.height().saturating_sub(2));
        for (y, place) in shown.enumerate() {
            let Some(line) = self.lines.get(place) else { continue };
            canvas.say(1, y + 2, &line.text, line.role);
            if place == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 2, ">", Role::Title);
                canvas.restyle(0, y + 2, width, style);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        let n_lines = self.lines.len();
        let at = (self.cursor.at + 1).min(n_lines);
        format!("line {at} of {}", count(n_lines as u64))
    }
}
