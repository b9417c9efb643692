//! The tree of places visited; Enter goes to one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::place::Node;
use crate::tui::theme::Role;
use crate::tui::view::View;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::words::counted;

/// The overlay.
#[derive(Debug)]
pub(super) struct HistoryView {
    /// Nodes in the order of the tree, with their depths.
    order: Vec<(usize, usize)>,
    cursor: Cursor,
}

impl HistoryView {
    pub(super) fn new(env: &Env) -> Self {
        let mut order = Vec::new();
        push_below(env.history.nodes(), 0, 0, &mut order);
        let present = env.history.present();
        let at = order.iter().position(|(node, _)| *node == present).unwrap_or(0);
        Self { order, cursor: Cursor { at, ..Cursor::default() } }
    }
}

/// Adds `node` and everything below it. Deeper than the screen is wide is shown as flat.
fn push_below(nodes: &[Node], node: usize, depth: usize, order: &mut Vec<(usize, usize)>) {
    order.push((node, depth.min(20)));
    for (idx, _) in nodes.iter().enumerate().filter(|(_, child)| child.parent == Some(node)) {
        push_below(nodes, idx, depth + 1, order);
    }
}

impl View for HistoryView {
    fn name(&self) -> &'static str {
        "History"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
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

    fn obey(&mut self, command: Command, _env: &Env) -> Vec<Effect> {
        if self.cursor.obey(command, self.order.len()) {
            return Vec::new();
        }
        self.order.get(self.cursor.at).map_or_else(Vec::new, |(node, _)| vec![Effect::Visit(*node)])
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, "HISTORY   every place of this sitting", Role::Title);
        canvas.rule(0, 1);
        let shown = self.cursor.fit(self.order.len(), canvas.height().saturating_sub(2));
        for (y, place) in shown.enumerate() {
            let Some((idx, depth)) = self.order.get(place) else { continue };
            let Some(node) = env.history.nodes().get(*idx) else { continue };
            let here = if *idx == env.history.present() { "  <- here" } else { "" };
            let last = node.place.crumbs.last().map_or("All", |crumb| crumb.label.as_str());
            let bar = node.place.bar_text();
            let bar = if bar.is_empty() { String::new() } else { format!("  f: {bar}") };
            let text =
                format!("{}{last}{bar}   [{}]{here}", "  ".repeat(*depth), node.screen.title());
            canvas.say(2, y + 2, &text, Role::Plain);
            if place == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 2, ">", Role::Title);
                canvas.restyle(0, y + 2, width, style);
            }
        }
    }

    fn position(&self, _env: &Env) -> String {
        counted(self.order.len() as u64, "place")
    }
}
