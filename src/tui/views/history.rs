//! The tree of places visited: Enter goes to one, and a step on the way to the present place can be taken out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::command::Command;
use crate::tui::effect::Effect;
use crate::tui::env::Env;
use crate::tui::place::{History, Node};
use crate::tui::theme::Role;
use crate::tui::view::View;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::words::counted;

/// Depth from which on the tree is drawn flat: deeper would leave no room for words.
const DEEPEST: usize = 12;

/// One line of the tree.
#[derive(Debug)]
struct Branch {
    node: usize,
    /// For each level above it, whether more branches follow there; the last one is its own.
    levels: Vec<bool>,
}

/// The overlay.
#[derive(Debug)]
pub(super) struct HistoryView {
    branches: Vec<Branch>,
    cursor: Cursor,
}

impl HistoryView {
    pub(super) fn new(env: &Env) -> Self {
        let branches = branches(&env.history);
        let present = env.history.present();
        let at = branches.iter().position(|branch| branch.node == present).unwrap_or(0);
        Self { branches, cursor: Cursor { at, ..Cursor::default() } }
    }

    fn node(&self) -> Option<usize> {
        self.branches.get(self.cursor.at).map(|branch| branch.node)
    }
}

/// Returns the lines of the tree, each place above those reached from it.
fn branches(history: &History) -> Vec<Branch> {
    let nodes = history.nodes();
    let mut found = Vec::with_capacity(nodes.len());
    let mut waiting = vec![Branch { node: 0, levels: Vec::new() }];
    while let Some(branch) = waiting.pop() {
        let is_below = |(_, node): &(usize, &Node)| node.parent == Some(branch.node);
        let below: Vec<usize> =
            nodes.iter().enumerate().filter(is_below).map(|(idx, _)| idx).collect();
        for (place, node) in below.iter().enumerate().rev() {
            let mut levels = branch.levels.clone();
            levels.push(place + 1 < below.len());
            waiting.push(Branch { node: *node, levels });
        }
        found.push(branch);
    }
    found
}

/// Returns the lines that lead to a branch.
fn twigs(levels: &[bool], is_ascii: bool) -> String {
    let (more, through, fork, end) = if is_ascii {
        ("|  ", "   ", "|- ", "`- ")
    } else {
        ("│  ", "   ", "├─ ", "└─ ")
    };
    let Some((own, above)) = levels.split_last() else { return String::new() };
    let shown = above.len().min(DEEPEST);
    let mut text: String =
        above.iter().take(shown).map(|follows| if *follows { more } else { through }).collect();
    text.push_str(if *own { fork } else { end });
    if above.len() > DEEPEST {
        text.push_str(".. ");
    }
    text
}

/// Returns the words of a place: its last crumb, its filter bar and its screen.
fn words(node: &Node) -> String {
    let last = node.place.crumbs.last().map_or("All", |crumb| crumb.label.as_str());
    let bar = node.place.bar_text();
    let bar = if bar.is_empty() { String::new() } else { format!("  f: {bar}") };
    let off = if node.place.is_filtering { "" } else { "  OFF" };
    format!("{last}{bar}{off}   [{}]", node.screen.title())
}

impl View for HistoryView {
    fn name(&self) -> &'static str {
        "History"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::DropCrumb,
            C::HistoryBack,
            C::HistoryForward,
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
        if self.cursor.obey(command, self.branches.len()) {
            return Vec::new();
        }
        let Some(node) = self.node() else { return Vec::new() };
        vec![match command {
            Command::HistoryBack => Effect::Travel(-1),
            Command::HistoryForward => Effect::Travel(1),
            Command::DropCrumb => Effect::DropCrumb(node),
            _ => Effect::Visit(node),
        }]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        let mut canvas = Canvas::new(area, buf, env);
        canvas.say(1, 0, "HISTORY   where you have been; * is the way to here", Role::Title);
        canvas.rule(0, 1);
        let (present, way) = (env.history.present(), env.history.way());
        let shown = self.cursor.fit(self.branches.len(), canvas.height().saturating_sub(2));
        for (y, idx) in shown.enumerate() {
            let (Some(branch), y) = (self.branches.get(idx), y + 2) else { continue };
            let Some(node) = env.history.nodes().get(branch.node) else { continue };
            let on_way = if way.contains(&branch.node) { "*" } else { " " };
            canvas.say(1, y, on_way, Role::Title);
            let twigs = twigs(&branch.levels, env.is_ascii);
            let x = 3 + canvas.say(3, y, &twigs, Role::Faint);
            let here = if branch.node == present { "  <- here" } else { "" };
            let room = canvas.width().saturating_sub(x + here.len());
            let style = canvas.style(Role::Plain);
            let used = canvas.put(x, y, room, &words(node), style);
            canvas.say(x + used, y, here, Role::Title);
            if idx == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y, ">", Role::Title);
                canvas.restyle(0, y, width, style);
            }
        }
    }

    fn position(&self, env: &Env) -> String {
        let at = env.history.at() + 1;
        let visits = counted(env.history.visits().len() as u64, "visit");
        format!("{}   at {at} of {visits}", counted(self.branches.len() as u64, "place"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::effect::Screen;
    use crate::tui::place::Place;

    #[test]
    fn tree_is_drawn_with_each_place_below_the_one_it_was_reached_from() {
        let mut history = History::begin(Screen::Overview);
        for parent in [0, 1, 0, 2] {
            history.push(Place::default(), Screen::Timeline, None, parent);
        }
        let lines: Vec<(usize, String)> = branches(&history)
            .iter()
            .map(|branch| (branch.node, twigs(&branch.levels, true)))
            .collect();
        let wanted = [(0, ""), (1, "|- "), (2, "|  `- "), (4, "|     `- "), (3, "`- ")];
        assert_eq!(lines, wanted.map(|(node, twigs)| (node, twigs.to_owned())));
    }
}
