//! The filter bar: typed terms, with fields and values offered together with their numbers of events.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::rows::Facet;
use crate::query::filter::{FIELDS, Filter, Term, field_equals};
use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::line::Line;
use crate::tui::msg::Done;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::counted;

/// Suggestions shown at once.
const SHOWN: usize = 6;

/// The overlay.
#[derive(Debug)]
pub(super) struct FilterBarView {
    line: Line,
    applied: Vec<Term>,
    facets: Slot<Vec<Facet>>,
    /// Field and prefix the facets were asked for.
    asked: Option<(String, String)>,
    choice: Option<usize>,
    trouble: Option<String>,
}

/// What the word before the cursor can become.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Suggestion {
    /// Text that replaces the word.
    word: String,
    note: String,
}

impl FilterBarView {
    pub(super) fn new(env: &Env) -> Self {
        let mut text = env.place.bar_text();
        if !text.is_empty() {
            text.push(' ');
        }
        Self {
            line: Line::of(&text).with_history(env.filters.clone()),
            applied: env.place.bar.clone(),
            facets: Slot::default(),
            asked: None,
            choice: None,
            trouble: None,
        }
    }

    /// Returns the word being typed.
    fn word(&self) -> String {
        let (before, _) = self.line.parts();
        before.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    fn suggestions(&self) -> Vec<Suggestion> {
        let word = self.word();
        if let Some((field, _)) = split_word(&word) {
            let facets = self.facets.value().map_or(&[][..], Vec::as_slice);
            let value = |facet: &Facet| Suggestion {
                word: field_equals(field, &facet.value).to_string(),
                note: counted(facet.events, "event"),
            };
            return facets.iter().map(value).take(SHOWN).collect();
        }
        let fields = FIELDS
            .iter()
            .map(|(name, help)| Suggestion { word: format!("{name}:"), note: (*help).to_owned() });
        let words = WORDS
            .iter()
            .map(|(word, help)| Suggestion { word: (*word).to_owned(), note: (*help).to_owned() });
        let all: Vec<Suggestion> = fields.chain(words).collect();
        let ranked = crate::text::fuzzy::rank(
            &word,
            all.iter().map(|known| (known.clone(), known.word.as_str())),
        );
        ranked.into_iter().map(|(_, suggestion)| suggestion).take(SHOWN).collect()
    }

    fn complete(&mut self, env: &Env) -> Vec<Effect> {
        let suggestions = self.suggestions();
        let Some(suggestion) = suggestions.get(self.choice.unwrap_or(0)) else { return Vec::new() };
        let (before, after) = self.line.parts();
        let kept: String =
            before.chars().take(before.chars().count() - self.word().chars().count()).collect();
        let space = if suggestion.word.ends_with(':') { "" } else { " " };
        self.line.set(&format!("{kept}{}{space}{after}", suggestion.word));
        self.choice = None;
        self.ask(env)
    }

    /// Asks for the values of the field being typed.
    fn ask(&mut self, env: &Env) -> Vec<Effect> {
        let word = self.word();
        let Some((field, prefix)) = split_word(&word) else { return Vec::new() };
        let key = (field.to_owned(), prefix.to_owned());
        if self.asked.as_ref() == Some(&key) {
            return Vec::new();
        }
        let question = Question::Facets {
            filter: env.filter(),
            field: key.0.clone(),
            prefix: key.1.clone(),
            limit: SHOWN,
        };
        self.asked = Some(key);
        vec![self.facets.ask(LaneName::Front, question)]
    }

    fn apply(&mut self) -> Vec<Effect> {
        match Filter::parse(self.line.text().trim()) {
            Ok(filter) => vec![Effect::Close, Effect::SetBar(filter.terms)],
            Err(error) => {
                self.trouble = Some(format!("at character {}: {}", error.at + 1, error.message));
                Vec::new()
            }
        }
    }

    /// `Esc` takes the last term away; with none left it closes the bar.
    fn remove_last(&mut self) -> Vec<Effect> {
        if self.applied.pop().is_none() {
            return vec![Effect::Close];
        }
        let words: Vec<String> = self.applied.iter().map(ToString::to_string).collect();
        self.line.set(&words.join(" "));
        vec![Effect::SetBar(self.applied.clone())]
    }
}

/// Splits `field:value` at its operator; `None` while the field is being typed.
fn split_word(word: &str) -> Option<(&str, &str)> {
    let field = FIELDS.iter().map(|(name, _)| *name).find(|name| {
        word.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with([':', '=']) || rest.starts_with("!="))
    })?;
    let value = word.strip_prefix(field)?.trim_start_matches([':', '=', '!']);
    Some((field, value.trim_matches('"')))
}

/// Words that are no fields, with their help.
const WORDS: &[(&str, &str)] = &[
    ("time:", "range: time:09:30..09:45"),
    ("is:denied", "refused"),
    ("is:failed", "tried and broke"),
    ("is:held", "waits for approval"),
    ("is:agent", "done by an agent"),
    ("is:write", "changes something"),
    ("is:marked", "tag, note or denial"),
    ("is:undated", "the undated shelf"),
    ("has:tag", "tagged"),
    ("has:note", "noted"),
    ("link:~", "joined by a guess"),
];

impl View for FilterBarView {
    fn name(&self) -> &'static str {
        "Filter"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        self.trouble = None;
        let n_suggestions = self.suggestions().len();
        match key.code {
            Code::Enter if self.choice.is_some() => Some(self.complete(env)),
            Code::Enter => Some(self.apply()),
            Code::Esc => Some(self.remove_last()),
            Code::Tab => Some(self.complete(env)),
            Code::Down if n_suggestions > 0 => {
                self.choice =
                    Some(self.choice.map_or(0, |choice| (choice + 1).min(n_suggestions - 1)));
                Some(Vec::new())
            }
            Code::Up if self.choice.is_some() => {
                self.choice = self.choice.and_then(|choice| choice.checked_sub(1));
                Some(Vec::new())
            }
            _ => {
                if !self.line.press(key) {
                    return None;
                }
                self.choice = None;
                Some(self.ask(env))
            }
        }
    }

    fn paste(&mut self, text: &str, env: &Env) -> Option<Vec<Effect>> {
        self.line.paste(text);
        Some(self.ask(env))
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        self.facets.accept(done, |answer| {
            if let Answer::Facets(facets) = answer { Some(facets) } else { None }
        });
        Vec::new()
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        super::draw_line(&mut canvas, 1, "filter > ", &self.line);
        if let Some(trouble) = &self.trouble {
            canvas.say(1, 2, trouble, Role::Broken);
        } else {
            canvas.say(
                1,
                2,
                "words   field:value   field!=value   time:09:30..09:45   is:denied   has:note",
                Role::Faint,
            );
        }
        let suggestions = self.suggestions();
        if suggestions.is_empty() && self.facets.is_asking() {
            canvas.say(3, 3, "counting ..", Role::Faint);
        }
        let room = canvas.width() / 2;
        for (idx, suggestion) in suggestions.iter().enumerate() {
            let plain = canvas.style(Role::Plain);
            canvas.put(3, 3 + idx, room.saturating_sub(4), &suggestion.word, plain);
            canvas.say(room, 3 + idx, &suggestion.note, Role::Faint);
            if self.choice == Some(idx) {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(1, 3 + idx, ">", Role::Title);
                canvas.restyle(1, 3 + idx, width, style);
            }
        }
    }

    fn extent(&self, _env: &Env) -> Extent {
        Extent::Lower(u16::try_from(3 + SHOWN).unwrap_or(u16::MAX))
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        let words = "Enter apply   Tab complete   Up earlier   Down choose   Esc drops the last";
        Some(words.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_offered_only_for_known_fields() {
        assert_eq!(split_word("who:al"), Some(("who", "al")));
        assert_eq!(split_word("action!=s3"), Some(("action", "s3")));
        assert_eq!(split_word("nonsense:x"), None);
        assert_eq!(split_word("who"), None);
    }
}
