//! The tag prompt: one letter for the quick tags, or text, or a criterion found by a few of its letters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::EventId;
use crate::text::fuzzy;
use crate::tui::command::Command;
use crate::tui::desk::Act;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::line::Line;
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::counted;

/// Criteria shown at once.
const SHOWN: usize = 5;
/// Letters of the quick tags and what they write.
const QUICK: &[(char, &str)] = &[('b', "bad"), ('s', "suspicious"), ('g', "good")];

/// The overlay.
#[derive(Debug)]
pub(super) struct TagView {
    events: Vec<EventId>,
    /// `None` while a letter still means a quick tag.
    line: Option<Line>,
    /// 0 is the text as typed, later ones are criteria.
    choice: usize,
}

impl TagView {
    pub(super) const fn new(events: Vec<EventId>) -> Self {
        Self { events, line: None, choice: 0 }
    }

    fn found<'e>(&self, env: &'e Env) -> Vec<&'e (String, String)> {
        let Some(line) = &self.line else { return Vec::new() };
        let texts: Vec<String> =
            env.criteria.iter().map(|(id, label)| format!("{id} {label}")).collect();
        let typed = line.text();
        let mut ranked =
            fuzzy::rank(&typed, env.criteria.iter().zip(texts.iter().map(String::as_str)));
        ranked.sort_by_key(|(_, (id, label))| !is_named(typed.trim(), id, label));
        ranked.into_iter().map(|(_, criterion)| criterion).take(SHOWN).collect()
    }

    fn act(&self, text: &str, criterion: Option<&str>) -> Vec<Effect> {
        let act = Act::Tag {
            events: self.events.clone(),
            text: text.to_owned(),
            criterion: criterion.map(str::to_owned),
        };
        vec![Effect::Close, Effect::Act(act)]
    }

    fn type_quick(&mut self, key: Key) -> Option<Vec<Effect>> {
        let letter = key.typed()?;
        if let Some((_, tag)) = QUICK.iter().find(|(quick, _)| *quick == letter) {
            return Some(self.act(tag, None));
        }
        let mut line = Line::default();
        // `t` and a space only open the text; any other letter is its beginning.
        if !matches!(letter, 't' | ' ') {
            line.press(key);
        }
        self.line = Some(line);
        Some(Vec::new())
    }

    fn type_text(&mut self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        let n_found = self.found(env).len();
        let line = self.line.as_mut()?;
        match key.code {
            Code::Down => self.choice = (self.choice + 1).min(n_found),
            Code::Up => self.choice = self.choice.saturating_sub(1),
            Code::Esc => return None,
            Code::Enter => return Some(self.finish(env)),
            _ => {
                if !line.press(key) {
                    return None;
                }
                self.choice = 0;
            }
        }
        Some(Vec::new())
    }

    fn finish(&self, env: &Env) -> Vec<Effect> {
        let text = self.line.as_ref().map(Line::text).unwrap_or_default();
        let criterion =
            self.choice.checked_sub(1).and_then(|idx| self.found(env).get(idx).copied());
        match (criterion, text.trim()) {
            (Some((id, _)), _) => self.act(id, Some(id)),
            (None, "") => {
                vec![Effect::Close, Effect::Say("nothing typed, nothing tagged".to_owned())]
            }
            (None, text) => self.act(text, None),
        }
    }
}

/// Returns true when what was typed is the id of a criterion, or its whole official identifier at the begin of `label`.
fn is_named(typed: &str, id: &str, label: &str) -> bool {
    let identifier = label.split_once(" (version").map_or(label, |(identifier, _)| identifier);
    let identifier = identifier.split_once("  ").map_or(identifier, |(identifier, _)| identifier);
    id.eq_ignore_ascii_case(typed) || identifier.eq_ignore_ascii_case(typed)
}

impl View for TagView {
    fn name(&self) -> &'static str {
        "Tag"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        if self.line.is_some() { self.type_text(key, env) } else { self.type_quick(key) }
    }

    fn paste(&mut self, text: &str, _env: &Env) -> Option<Vec<Effect>> {
        self.line.get_or_insert_default().paste(text);
        Some(Vec::new())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        let rows = counted(self.events.len() as u64, "event");
        canvas.say(1, 1, &format!("TAG {rows}"), Role::Title);
        let Some(line) = &self.line else {
            canvas.say(
                1,
                2,
                " b bad    s suspicious    g good    t text or criterion",
                Role::Plain,
            );
            canvas.say(1, 3, " any other letter begins the text", Role::Faint);
            return;
        };
        super::draw_line(&mut canvas, 2, "> ", line);
        let typed = if line.is_empty() {
            "(type a tag, or letters of a criterion)".to_owned()
        } else {
            line.text()
        };
        let mut choices = vec![format!("tag    {typed}")];
        choices.extend(self.found(env).into_iter().map(|(id, label)| format!("{id:<14} {label}")));
        for (idx, text) in choices.iter().enumerate() {
            canvas.say(3, 3 + idx, text, Role::Plain);
            if idx == self.choice {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(1, 3 + idx, ">", Role::Title);
                canvas.restyle(1, 3 + idx, width, style);
            }
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        Extent::Lower(if self.line.is_some() { 10 } else { 4 })
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        Some(match self.line {
            Some(_) => "Enter tag   Up Down choose a criterion   Esc leave it".to_owned(),
            None => "b bad   s suspicious   g good   t text or criterion   Esc leave it".to_owned(),
        })
    }
}
