//! What a person says of a finding beside its facts and narrative: effect, confidence, remedy, owner, due. Enter fills
//! the field under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::FindingField;
use crate::model::rows::FindingRow;
use crate::tui::command::Command;
use crate::tui::effect::{Effect, Spec};
use crate::tui::env::Env;
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::{Cursor, MOVES};

/// The overlay.
#[derive(Debug)]
pub(super) struct FindingFieldsView {
    number: u32,
    cursor: Cursor,
}

impl FindingFieldsView {
    pub(super) fn new(number: u32) -> Self {
        Self { number, cursor: Cursor::default() }
    }

    fn finding<'e>(&self, env: &'e Env) -> Option<&'e FindingRow> {
        env.findings.iter().find(|finding| finding.number == self.number)
    }

    fn open(&self, env: &Env) -> Effect {
        let (Some(finding), Some(field)) =
            (self.finding(env), FindingField::ALL.get(self.cursor.at))
        else {
            return Effect::Refuse("there is no such finding".to_owned());
        };
        if env.is_read_only {
            return Effect::Refuse("this case is open read-only here".to_owned());
        }
        let text = finding.fields.get(field).cloned().unwrap_or_default();
        Effect::Open(Spec::FindingField { number: self.number, field: *field, text })
    }
}

impl View for FindingFieldsView {
    fn name(&self) -> &'static str {
        "Finding"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[C::Open, C::Down, C::Up, C::First, C::Last]
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        if MOVES.contains(&command) {
            self.cursor.obey(command, FindingField::ALL.len());
            return Vec::new();
        }
        match command {
            Command::Open => vec![self.open(env)],
            _ => Vec::new(),
        }
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        let title = self.finding(env).map_or_else(String::new, |finding| finding.title.clone());
        canvas.say(1, 1, &format!("FINDING {}   {title}", self.number), Role::Title);
        let shown = self.cursor.fit(FindingField::ALL.len(), canvas.height().saturating_sub(2));
        for (y, place) in shown.enumerate() {
            let Some(field) = FindingField::ALL.get(place) else { continue };
            let said = self.finding(env).and_then(|finding| finding.fields.get(field));
            canvas.say(1, y + 2, &format!("{:<11}", field.as_str()), Role::Title);
            match said {
                Some(text) => canvas.say(13, y + 2, text, Role::Plain),
                None => canvas.say(13, y + 2, &format!("({})", field.asks()), Role::Faint),
            };
            if place == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 2, ">", Role::Title);
                canvas.restyle(0, y + 2, width, style);
            }
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        Extent::Lower(7)
    }
}
