//! Findings and the export check: what is handed over.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::rows::{FindingRow, FindingState, Severity};
use crate::tui::command::Command;
use crate::tui::desk::{Act, Acted, FindingChange};
use crate::tui::effect::{Effect, Screen, Spec};
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::view::View;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table::{self, Column};
use crate::tui::widgets::words::{count, counted};

const COLUMNS: &[Column] = &[
    Column::new("#", 3).right(),
    Column::new("STATE", 9),
    Column::new("SEV", 8),
    Column::new("TITLE", 24).flex(1),
    Column::new("EVENTS", 6).right(),
    Column::new("CRITERIA", 14).drop(1),
];

/// The screen.
#[derive(Debug, Default)]
pub(super) struct FindsView {
    cursor: Cursor,
    check: Option<Vec<String>>,
}

impl FindsView {
    fn change(&self, change: FindingChange, env: &Env) -> Vec<Effect> {
        match env.findings.get(self.cursor.at) {
            Some(_) if env.is_read_only => {
                vec![Effect::Refuse("this case is open read-only here".to_owned())]
            }
            Some(finding) => {
                vec![Effect::Act(Act::ChangeFinding { number: finding.number, change })]
            }
            None => vec![Effect::Refuse(
                "there is no finding yet; A on the timeline makes one".to_owned(),
            )],
        }
    }

    fn turn_severity(&self, step: isize, env: &Env) -> Vec<Effect> {
        let present = env.findings.get(self.cursor.at).map(|finding| finding.severity);
        let place = Severity::ALL.iter().position(|severity| Some(*severity) == present);
        let next = place
            .and_then(|place| place.checked_add_signed(step))
            .and_then(|place| Severity::ALL.get(place));
        match (present, next) {
            (Some(_), None) => vec![Effect::Refuse("this is the end of the scale".to_owned())],
            (_, next) => {
                self.change(FindingChange::Severity(next.copied().unwrap_or(Severity::Medium)), env)
            }
        }
    }

    fn next_state(&self, env: &Env) -> FindingState {
        let present = env.findings.get(self.cursor.at).map(|finding| finding.state);
        let place = FindingState::ALL
            .iter()
            .position(|state| Some(*state) == present)
            .map_or(0, |place| place + 1);
        FindingState::ALL
            .get(place % FindingState::ALL.len())
            .copied()
            .unwrap_or(FindingState::Open)
    }
}

impl View for FindsView {
    fn name(&self) -> &'static str {
        "Finds"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::FindingState,
            C::SeverityDown,
            C::SeverityUp,
            C::Narrative,
            C::Fields,
            C::Export,
            C::Undo,
            C::Down,
            C::Up,
            C::First,
            C::Last,
            C::PageDown,
            C::PageUp,
            C::HalfDown,
            C::HalfUp,
            C::Close,
        ]
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if self.cursor.obey(command, env.findings.len()) {
            return Vec::new();
        }
        let finding = env.findings.get(self.cursor.at);
        match command {
            Command::Export if self.check.is_some() => vec![Effect::Act(Act::Export)],
            Command::Export => vec![
                Effect::Act(Act::ExportCheck),
                Effect::Say("checking what an export holds".to_owned()),
            ],
            Command::Undo => vec![Effect::Act(Act::Undo)],
            Command::Close => {
                self.check = None;
                Vec::new()
            }
            Command::FindingState => self.change(FindingChange::State(self.next_state(env)), env),
            Command::SeverityUp => self.turn_severity(1, env),
            Command::SeverityDown => self.turn_severity(-1, env),
            Command::Narrative => match finding {
                Some(finding) => {
                    vec![Effect::Open(Spec::Narrative {
                        number: finding.number,
                        text: finding.narrative.clone(),
                    })]
                }
                None => self.change(FindingChange::Narrative(String::new()), env),
            },
            Command::Fields => match finding {
                Some(finding) => vec![Effect::Open(Spec::FindingFields(finding.number))],
                None => vec![Effect::Refuse("there is no finding yet".to_owned())],
            },
            Command::Open => match finding.and_then(|finding| finding.events.first()) {
                Some(event) => vec![Effect::Show { screen: Screen::Timeline, event: Some(*event) }],
                None => vec![Effect::Refuse("there is no event to open".to_owned())],
            },
            _ => Vec::new(),
        }
    }

    fn heard(&mut self, acted: &Acted, _env: &Env) -> Vec<Effect> {
        match (&acted.act, &acted.check) {
            (Act::ExportCheck, Some(lines)) => self.check = Some(lines.clone()),
            (Act::Export | Act::Begin, _) => {}
            _ => self.check = None,
        }
        Vec::new()
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        let n_events: usize = env.findings.iter().map(|finding| finding.events.len()).sum();
        canvas.say(
            1,
            0,
            &format!(
                "FINDINGS {}   citing {}",
                env.findings.len(),
                counted(n_events as u64, "event")
            ),
            Role::Title,
        );
        canvas.rule(0, 1);
        let (width, height) = (canvas.width(), canvas.height().saturating_sub(2));
        let lower = self.check.as_ref().map_or(4, |lines| lines.len() + 3).min(height * 2 / 3);
        let list = height.saturating_sub(lower);
        self.draw_list(&mut canvas.part(0, 2, width, list), env);
        canvas.rule(1, 2 + list);
        let mut foot = canvas.part(0, 3 + list, width, lower.saturating_sub(1));
        match &self.check {
            Some(lines) => draw_check(&mut foot, lines),
            None => draw_finding(&mut foot, env.findings.get(self.cursor.at), env),
        }
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        let words = "E write the bundle   Esc not now   ? help";
        self.check.is_some().then(|| words.to_owned())
    }

    fn position(&self, env: &Env) -> String {
        let at = if env.findings.is_empty() { 0 } else { self.cursor.at + 1 };
        let next =
            if self.check.is_some() { "   E again writes the bundle, Esc does not" } else { "" };
        format!("{at}/{}{next}", env.findings.len())
    }
}

impl FindsView {
    fn draw_list(&mut self, canvas: &mut Canvas<'_>, env: &Env) {
        let placed = table::place(COLUMNS, canvas.width());
        table::draw_heads(canvas, 0, COLUMNS, &placed);
        if env.findings.is_empty() {
            canvas.say(
                2,
                2,
                "No finding yet. On the timeline (2), A makes one of the selected events.",
                Role::Plain,
            );
            return;
        }
        let shown = self.cursor.fit(env.findings.len(), canvas.height().saturating_sub(1));
        for (y, idx) in shown.enumerate() {
            let Some(finding) = env.findings.get(idx) else { continue };
            let criteria = if finding.criteria.is_empty() {
                "-".to_owned()
            } else {
                finding.criteria.join(" ")
            };
            let cells = [
                (finding.number.to_string(), Role::Plain),
                (finding.state.as_str().to_owned(), Role::Plain),
                (finding.severity.as_str().to_owned(), severity_role(finding.severity)),
                (finding.title.clone(), Role::Plain),
                (count(finding.events.len() as u64), Role::Plain),
                (criteria, Role::Plain),
            ];
            for spot in &placed {
                let (Some(column), Some((text, role))) =
                    (COLUMNS.get(spot.idx), cells.get(spot.idx))
                else {
                    continue;
                };
                let style = canvas.style(*role);
                table::draw_cell(canvas, y + 1, column, *spot, (text, style));
            }
            if idx == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 1, ">", Role::Title);
                canvas.restyle(0, y + 1, width, style);
            }
        }
    }
}

const fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Critical | Severity::High => Role::Refused,
        Severity::Medium => Role::Broken,
        Severity::Low | Severity::Info => Role::Plain,
    }
}

fn draw_finding(canvas: &mut Canvas<'_>, finding: Option<&FindingRow>, env: &Env) {
    let Some(finding) = finding else { return };
    let who = format!("by {} {} {}Z", finding.by, finding.at.date(), env.clock(Some(finding.at)));
    canvas.say(1, 0, &format!("{}   {who}", finding.title), Role::Plain);
    let text = if finding.narrative.is_empty() {
        "no narrative yet (c writes it)"
    } else {
        &finding.narrative
    };
    // What a person said beside it goes first: it is short, and the narrative may be cut.
    let said = finding.fields.iter().map(|(field, text)| format!("{}: {text}", field.as_str()));
    let said = said.collect::<Vec<_>>().join("   ");
    let whole = if said.is_empty() { text.to_owned() } else { format!("{said}\n{text}") };
    let room = canvas.width().saturating_sub(4);
    let lines =
        whole.lines().flat_map(|line| crate::text::width::wrap(&crate::text::sanitize(line), room));
    for (idx, line) in lines.collect::<Vec<_>>().iter().enumerate() {
        canvas.say(1, 1 + idx, line, Role::Plain);
    }
}

fn draw_check(canvas: &mut Canvas<'_>, lines: &[String]) {
    canvas.say(1, 0, "EXPORT CHECK", Role::Title);
    let room = canvas.height().saturating_sub(2);
    for (idx, line) in lines.iter().take(room).enumerate() {
        let role = if line.starts_with("WARN") { Role::Broken } else { Role::Plain };
        canvas.say(3, 1 + idx, line, role);
    }
    let shown = lines.len().min(room);
    let more = lines.len() - shown;
    let more =
        if more > 0 { format!("   ({more} more lines in the bundle)") } else { String::new() };
    canvas.say(3, 1 + shown, &format!("E write the bundle   Esc not now{more}"), Role::Title);
}
