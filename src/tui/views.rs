//! The registry of screens and overlays. Views do not import each other: one opens another through `Effect::Open`.

mod ask;
mod chooser;
mod comply;
mod confirm;
mod copy_menu;
mod criterion;
mod detail;
mod event_acts;
mod facts;
mod filter_bar;
mod finding_fields;
mod finds;
mod gaps;
mod help;
mod history;
mod keys;
mod lists;
mod overview;
mod palette;
mod pivot;
mod prompt;
mod raw;
mod replay;
mod saved;
mod tag;
mod timeline;
mod told;
mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::command::Command;
use super::effect::{Effect, Screen, Spec};
use super::env::Env;
use super::line::Line;
use super::theme::Role;
use super::view::View;
use super::widgets::canvas::Canvas;

/// Returns a main screen as it is before its first question.
pub(super) fn screen(screen: Screen) -> Box<dyn View> {
    match screen {
        Screen::Overview => Box::new(overview::OverviewView::default()),
        Screen::Timeline => Box::new(timeline::TimelineView::default()),
        Screen::Who => Box::new(lists::who()),
        Screen::Sessions => Box::new(lists::sessions()),
        Screen::What => Box::new(lists::what()),
        Screen::Comply => Box::new(comply::ComplyView::default()),
        Screen::Gaps => Box::new(gaps::GapsView::default()),
        Screen::Keys => Box::new(keys::KeysView::default()),
        Screen::Finds => Box::new(finds::FindsView::default()),
    }
}

/// Returns the overlay that `spec` asks for.
pub(super) fn overlay(spec: Spec, env: &Env) -> Box<dyn View> {
    match spec {
        Spec::Detail(event) => Box::new(detail::DetailView::new(event)),
        Spec::Why(event) => Box::new(why::WhyView::new(event)),
        Spec::Raw(event) => Box::new(raw::RawView::new(event)),
        Spec::Replay { session, event } => Box::new(replay::ReplayView::new(session, event)),
        Spec::Pivot(event) => Box::new(pivot::PivotView::new(event)),
        Spec::Copy(choices) => Box::new(copy_menu::CopyView::new(choices)),
        Spec::Tag(events) => Box::new(tag::TagView::new(events)),
        Spec::Note(event) => Box::new(prompt::note(event)),
        Spec::Strike { events, tag } => Box::new(prompt::strike(events, tag)),
        Spec::Finding { events, title } => Box::new(prompt::finding(events, &title)),
        Spec::Narrative { number, text } => Box::new(prompt::narrative(number, &text)),
        Spec::FindingFields(number) => Box::new(finding_fields::FindingFieldsView::new(number)),
        Spec::FindingField { number, field, text } => {
            Box::new(prompt::finding_field(number, field, &text))
        }
        Spec::Dismiss { key, name } => Box::new(prompt::dismiss(key, name)),
        Spec::Reveal(event) => Box::new(prompt::reveal(event)),
        Spec::Told { title, lines } => Box::new(told::ToldView::new(title, lines)),
        Spec::Criterion(criterion) => Box::new(criterion::CriterionView::new(criterion)),
        Spec::Facts => Box::new(facts::FactsView::default()),
        Spec::Declare { key, text, reason, fault } => {
            Box::new(prompt::declare(key, &text, reason).because(fault))
        }
        Spec::DeclareReason { key, value, reason } => {
            Box::new(prompt::declare_reason(key, value, &reason))
        }
        Spec::Ask => Box::new(ask::AskView::default()),
        Spec::Judge { criterion, label } => Box::new(prompt::judge(criterion, &label)),
        Spec::StrikeProposal { key, name } => Box::new(prompt::strike_proposal(key, name)),
        Spec::Accept { key, name, title } => Box::new(prompt::accept(key, name, &title)),
        Spec::FilterBar => Box::new(filter_bar::FilterBarView::new(env)),
        Spec::Sources => Box::new(lists::sources()),
        Spec::Find => Box::new(prompt::find(env)),
        Spec::Goto => Box::new(prompt::goto()),
        Spec::History => Box::new(history::HistoryView::new(env)),
        Spec::Columns => Box::new(chooser::ChooserView::default()),
        Spec::SaveView => Box::new(prompt::save_view(env)),
        Spec::Views => Box::new(saved::SavedViews::default()),
        Spec::Confirm(what) => Box::new(confirm::ConfirmView::new(what)),
        Spec::Palette => Box::new(palette::PaletteView::default()),
        Spec::Help { name, commands } => Box::new(help::HelpView::new(name, commands)),
    }
}

/// Draws a line being typed after `label`; the cell of the cursor is reversed.
fn draw_line(canvas: &mut Canvas<'_>, y: usize, label: &str, line: &Line) {
    let (before, after) = line.parts();
    let label_cells = canvas.say(1, y, label, Role::Title);
    let room = canvas.width().saturating_sub(label_cells + 3);
    // A line longer than the screen shows its end, where the typing goes on.
    let harmless = crate::text::sanitize(&before);
    let n_hidden = crate::text::width::cells(&harmless).saturating_sub(room);
    let shown: String = harmless.chars().skip(n_hidden).collect();
    let used = canvas.say(1 + label_cells, y, &shown, Role::Plain);
    let at = 1 + label_cells + used;
    let rest = if after.is_empty() { " ".to_owned() } else { after };
    canvas.say(at, y, &rest, Role::Plain);
    let style = canvas.style(Role::Cursor);
    canvas.restyle(at, y, 1, style);
}

/// Stands where no view is; never seen, because every screen has its seat.
#[derive(Debug)]
pub(super) struct Nothing;

impl View for Nothing {
    fn name(&self) -> &'static str {
        ""
    }

    fn commands(&self) -> &'static [Command] {
        &[]
    }

    fn obey(&mut self, _command: Command, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    fn draw(&mut self, _area: Rect, _buf: &mut Buffer, _env: &Env) {}
}
