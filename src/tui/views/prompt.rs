//! Prompts of one line: search, time, note, reason, finding, narrative. What Enter does depends on the purpose.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::criteria::form;
use crate::criteria::verdict::Verdict;
use crate::custody::AsideKind;
use crate::model::{EventId, FindingField};
use crate::text::width::wrap;
use crate::tui::command::Command;
use crate::tui::desk::{Act, FindingChange};
use crate::tui::effect::{Confirm, Effect, Spec};
use crate::tui::env::Env;
use crate::tui::key::{Code, Key};
use crate::tui::line::Line;
use crate::tui::theme::Role;
use crate::tui::view::{Extent, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::words::counted;

/// What the text is for.
#[derive(Debug)]
enum Purpose {
    Find,
    Goto,
    Note(EventId),
    Strike { events: Vec<EventId>, tag: String },
    Finding(Vec<EventId>),
    Narrative(u32),
    FindingField(u32, FindingField),
    Declare { key: String, reason: String },
    DeclareReason { key: String, value: Option<String> },
    Reveal(EventId),
    Accept { key: String, name: String },
    Dismiss { key: String, name: String },
    Judge { criterion: String },
    StrikeProposal { key: String, name: String },
    SaveView,
}

/// The overlay.
#[derive(Debug)]
pub(super) struct PromptView {
    title: String,
    hint: &'static str,
    line: Line,
    purpose: Purpose,
    /// Why what was typed before was refused.
    fault: Option<String>,
}

/// Lines that a fault and a hint may take.
const MOST_LINES: usize = 5;

/// Returns the search prompt.
pub(super) fn find(env: &Env) -> PromptView {
    PromptView {
        title: "SEARCH".to_owned(),
        hint: "Enter goes to the next hit, n N go on   Up earlier searches",
        line: Line::default().with_history(env.searches.clone()),
        purpose: Purpose::Find,
        fault: None,
    }
}

/// Returns the prompt for a time.
pub(super) fn goto() -> PromptView {
    PromptView {
        title: "GO TO TIME (UTC)".to_owned(),
        hint: "09:31   09:31:08   2026-07-12   2026-07-12T09:31:08Z",
        line: Line::default(),
        purpose: Purpose::Goto,
        fault: None,
    }
}

/// Returns the prompt for a note.
pub(super) fn note(event: EventId) -> PromptView {
    PromptView {
        title: format!("NOTE on event {}", event.short()),
        hint: "plain text; kept in the journal with your name and the time",
        line: Line::default(),
        purpose: Purpose::Note(event),
        fault: None,
    }
}

/// Returns the prompt for the reason of striking a tag out.
pub(super) fn strike(events: Vec<EventId>, tag: String) -> PromptView {
    PromptView {
        title: format!("STRIKE OUT `{tag}` of {}. Reason:", counted(events.len() as u64, "event")),
        hint: "the tag stays in the journal, with this reason",
        line: Line::default(),
        purpose: Purpose::Strike { events, tag },
        fault: None,
    }
}

/// Returns the prompt for a finding's title or number.
pub(super) fn finding(events: Vec<EventId>, title: &str) -> PromptView {
    PromptView {
        title: format!(
            "FINDING of {}. Title, or the number of one to add to:",
            counted(events.len() as u64, "event")
        ),
        hint: "Enter makes the finding; Ctrl-U clears the line",
        line: Line::of(&crate::text::sanitize(title)),
        purpose: Purpose::Finding(events),
        fault: None,
    }
}

/// Returns the prompt for a finding's narrative.
pub(super) fn narrative(number: u32, text: &str) -> PromptView {
    PromptView {
        title: format!("NARRATIVE of finding {number}"),
        hint: "your words; the facts are the events it cites",
        line: Line::of(text),
        purpose: Purpose::Narrative(number),
        fault: None,
    }
}

/// Returns the prompt for a field of a finding that a person fills.
pub(super) fn finding_field(number: u32, field: FindingField, text: &str) -> PromptView {
    PromptView {
        title: format!("{} of finding {number}", field.as_str().to_uppercase()),
        hint: field.asks(),
        line: Line::of(text),
        purpose: Purpose::FindingField(number, field),
        fault: None,
    }
}

/// Returns the act that fills a field, or why the text does not fit.
fn field_act(number: u32, field: FindingField, text: &str) -> Effect {
    match field.checked(text) {
        Ok(text) => {
            Effect::Act(Act::ChangeFinding { number, change: FindingChange::Field(field, text) })
        }
        Err(why) => Effect::Refuse(why),
    }
}

/// Returns the prompt for what is declared under a key.
pub(super) fn declare(key: String, text: &str, reason: String) -> PromptView {
    PromptView {
        title: format!("DECLARE {key}:"),
        hint: form::asks(&key),
        line: Line::of(text),
        purpose: Purpose::Declare { key, reason },
        fault: None,
    }
}

/// Returns the prompt for the reason of a declaration, or of taking one out.
pub(super) fn declare_reason(key: String, value: Option<String>, reason: &str) -> PromptView {
    let (title, hint) = match value {
        Some(_) => (
            format!("DECLARE {key}. Reason, or where it stands:"),
            "kept in the journal with your name; Enter alone declares it without one",
        ),
        None => (
            format!("TAKE OUT {key}. Reason:"),
            "kept in the journal with your name; the case keeps the text as it was before",
        ),
    };
    PromptView {
        title,
        hint,
        line: Line::of(reason),
        purpose: Purpose::DeclareReason { key, value },
        fault: None,
    }
}

/// Returns the prompt for the reason of seeing an original.
pub(super) fn reveal(event: EventId) -> PromptView {
    PromptView {
        title: format!("REVEAL the original of event {}. Reason:", event.short()),
        hint: "the reason goes into the journal before anything is shown; nothing is stored",
        line: Line::default(),
        purpose: Purpose::Reveal(event),
        fault: None,
    }
}

/// Returns the prompt for the reason of accepting a blind spot.
pub(super) fn accept(key: String, name: String, title: &str) -> PromptView {
    PromptView {
        title: format!("ACCEPT {name}: {title}. Reason:"),
        hint: "it stays listed and in every report, with this reason; u takes it back",
        line: Line::default(),
        purpose: Purpose::Accept { key, name },
        fault: None,
    }
}

/// Returns the prompt for the reason of dismissing a lead.
pub(super) fn dismiss(key: String, name: String) -> PromptView {
    PromptView {
        title: format!("DISMISS {}. Reason:", crate::text::sanitize(&name)),
        hint: "kept in the journal with your name; Tab on the overview lists it; u takes it back",
        line: Line::default(),
        purpose: Purpose::Dismiss { key, name },
        fault: None,
    }
}

/// Returns the prompt for a person's own verdict on a criterion.
pub(super) fn judge(criterion: String, label: &str) -> PromptView {
    PromptView {
        title: format!("YOUR VERDICT ON {}, a space, then why:", crate::text::sanitize(label)),
        hint: "supports | gap | cannot-tell | not-applicable   the machine's stays beside it; u takes it back",
        line: Line::default(),
        purpose: Purpose::Judge { criterion },
        fault: None,
    }
}

/// Returns the prompt for the reason of striking out what a rule proposes.
pub(super) fn strike_proposal(key: String, name: String) -> PromptView {
    PromptView {
        title: format!("STRIKE OUT {}. Reason:", crate::text::sanitize(&name)),
        hint: "it stays listed, with this reason and your name; u takes it back",
        line: Line::default(),
        purpose: Purpose::StrikeProposal { key, name },
        fault: None,
    }
}

/// Returns the act of a verdict as typed: its word, a space, the reason.
fn judge_act(criterion: &str, text: &str) -> Effect {
    let (word, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let verdict = Verdict::from_word(word.trim_end_matches([':', ',']));
    match (verdict, reason.trim()) {
        (None, _) => Effect::Refuse(format!(
            "`{word}` is no verdict: supports, gap, cannot-tell or not-applicable, then why"
        )),
        (Some(_), "") => Effect::Refuse("a verdict of your own needs a reason".to_owned()),
        (Some(verdict), reason) => Effect::Act(Act::SetAside {
            kind: AsideKind::Criterion,
            key: criterion.to_owned(),
            name: verdict.as_str().to_owned(),
            reason: Some(reason.to_owned()),
        }),
    }
}

/// Returns the prompt for the name of a view; names that are taken are its history.
pub(super) fn save_view(env: &Env) -> PromptView {
    let names = env.views.iter().map(|view| view.name.clone()).collect();
    PromptView {
        title: "SAVE THIS VIEW as:".to_owned(),
        hint: "keeps screen, filters, columns, order   Up names in use",
        line: Line::default().with_history(names),
        purpose: Purpose::SaveView,
        fault: None,
    }
}

/// A name that is taken is asked about before the view under it is lost.
fn save_view_act(name: String, env: &Env) -> Effect {
    if env.views.iter().any(|view| view.name == name) {
        return Effect::Open(Spec::Confirm(Confirm::ReplaceView(name)));
    }
    Effect::SaveView(name)
}

impl PromptView {
    /// Says above the line why what was typed before was refused.
    pub(super) fn because(mut self, fault: Option<String>) -> Self {
        self.fault = fault.map(|text| crate::text::sanitize(&text).into_owned());
        self
    }

    /// Returns the lines of the fault and of the hint on a screen that is so wide.
    fn beside(&self, width: usize) -> (Vec<String>, Vec<String>) {
        let room = width.saturating_sub(2).max(1);
        let lines = |text: &str| {
            let mut lines = wrap(text, room);
            lines.truncate(MOST_LINES);
            lines
        };
        (self.fault.as_deref().map_or_else(Vec::new, lines), lines(self.hint))
    }

    fn finish(&self, env: &Env) -> Vec<Effect> {
        let text = self.line.text().trim().to_owned();
        if let Purpose::FindingField(number, field) = &self.purpose {
            // An empty line clears the field.
            return vec![Effect::Close, field_act(*number, *field, &text)];
        }
        if let Purpose::DeclareReason { key, value: value @ Some(_) } = &self.purpose {
            let reason = (!text.is_empty()).then_some(text);
            let (key, value) = (key.clone(), value.clone());
            return vec![Effect::Close, Effect::Act(Act::Declare { key, value, reason })];
        }
        if text.is_empty() {
            return vec![Effect::Close, Effect::Say("nothing typed, nothing done".to_owned())];
        }
        let effect = match &self.purpose {
            Purpose::Find => Effect::Search(text),
            Purpose::Goto => Effect::GoToTime(text),
            Purpose::Note(event) => Effect::Act(Act::Note { event: *event, text }),
            Purpose::Strike { events, tag } => {
                Effect::Act(Act::Untag { events: events.clone(), text: tag.clone(), reason: text })
            }
            Purpose::Finding(events) => Effect::Act(finding_act(events, text, env)),
            Purpose::Narrative(number) => Effect::Act(Act::ChangeFinding {
                number: *number,
                change: FindingChange::Narrative(text),
            }),
            Purpose::FindingField(number, field) => field_act(*number, *field, &text),
            Purpose::Declare { key, reason } => {
                let (key, reason) = (key.clone(), reason.clone());
                Effect::Open(Spec::DeclareReason { key, value: Some(text), reason })
            }
            Purpose::DeclareReason { key, value } => {
                let (key, value) = (key.clone(), value.clone());
                Effect::Act(Act::Declare { key, value, reason: Some(text) })
            }
            Purpose::Reveal(event) => Effect::Act(Act::Reveal { event: *event, reason: text }),
            Purpose::Accept { key, name } => Effect::Act(Act::SetAside {
                kind: AsideKind::Gap,
                key: key.clone(),
                name: name.clone(),
                reason: Some(text),
            }),
            Purpose::Dismiss { key, name } => Effect::Act(Act::SetAside {
                kind: AsideKind::Lead,
                key: key.clone(),
                name: name.clone(),
                reason: Some(text),
            }),
            Purpose::Judge { criterion } => judge_act(criterion, &text),
            Purpose::StrikeProposal { key, name } => Effect::Act(Act::SetAside {
                kind: AsideKind::Proposal,
                key: key.clone(),
                name: name.clone(),
                reason: Some(text),
            }),
            Purpose::SaveView => save_view_act(text, env),
        };
        vec![Effect::Close, effect]
    }
}

/// A number of a finding adds to it; anything else is the title of a new one.
fn finding_act(events: &[EventId], text: String, env: &Env) -> Act {
    let number = text
        .parse()
        .ok()
        .filter(|number| env.findings.iter().any(|finding| finding.number == *number));
    match number {
        Some(number) => {
            Act::ChangeFinding { number, change: FindingChange::AddEvents(events.to_vec()) }
        }
        None => Act::NewFinding { title: text, events: events.to_vec() },
    }
}

impl View for PromptView {
    fn name(&self) -> &'static str {
        "Prompt"
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn typed(&mut self, key: Key, env: &Env) -> Option<Vec<Effect>> {
        match key.code {
            Code::Enter => Some(self.finish(env)),
            Code::Esc => None,
            _ => self.line.press(key).then(Vec::new),
        }
    }

    fn paste(&mut self, text: &str, _env: &Env) -> Option<Vec<Effect>> {
        self.line.paste(text);
        Some(Vec::new())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        let (fault, hint) = self.beside(canvas.width());
        canvas.say(1, 1, &self.title, Role::Title);
        for (y, line) in (2..).zip(&fault) {
            canvas.say(1, y, line, Role::Broken);
        }
        super::draw_line(&mut canvas, 2 + fault.len(), "> ", &self.line);
        for (y, line) in (3 + fault.len()..).zip(&hint) {
            canvas.say(1, y, line, Role::Faint);
        }
    }

    fn extent(&self, env: &Env) -> Extent {
        let (fault, hint) = self.beside(env.size.0.into());
        Extent::Lower(u16::try_from(3 + fault.len() + hint.len()).unwrap_or(4))
    }

    fn footer(&self, _env: &Env) -> Option<String> {
        Some("Enter done   Ctrl-A E W U line keys   Esc leave it".to_owned())
    }
}
