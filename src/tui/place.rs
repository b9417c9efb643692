//! Where the analyst is: crumbs, the filter bar, and the tree of places visited. Crumbs are filters joined by AND.
//! Must not ask questions.

use super::effect::Screen;
use crate::model::{EventId, Grade};
use crate::query::filter::{Filter, Term};

/// One step of narrowing.
#[derive(Debug, Clone)]
pub(crate) struct Crumb {
    /// Words for the crumb line: `session mcp:8f2c`.
    pub(crate) label: String,
    pub(crate) terms: Vec<Term>,
    /// Grade of the link it was reached by; what lies behind a `~` link carries it.
    pub(crate) grade: Grade,
}

impl Crumb {
    /// Returns the crumb of a value: `what role/ci-deploy`. ARNs are shortened to what follows the account.
    pub(crate) fn of(field: &str, value: &str, term: Term, grade: Grade) -> Self {
        let short = if value.starts_with("arn:") { value.splitn(6, ':').nth(5) } else { None };
        Self { label: format!("{field} {}", short.unwrap_or(value)), terms: vec![term], grade }
    }
}

/// Crumbs and filter bar at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) crumbs: Vec<Crumb>,
    pub(crate) bar: Vec<Term>,
    pub(crate) is_filtering: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self { crumbs: Vec::new(), bar: Vec::new(), is_filtering: true }
    }
}

impl Place {
    /// Returns the filter in force.
    pub(crate) fn filter(&self) -> Filter {
        let terms = self
            .crumbs
            .iter()
            .flat_map(|crumb| crumb.terms.iter())
            .chain(&self.bar)
            .cloned()
            .collect();
        Filter { terms, enabled: self.is_filtering }
    }

    /// Returns the crumb line: `All > who alice > session mcp:8f2c`; a crumb behind a near link starts with `~`.
    pub(crate) fn trail(&self) -> String {
        let mut trail = "All".to_owned();
        for crumb in &self.crumbs {
            trail.push_str(if crumb.grade == Grade::Near { " > ~ " } else { " > " });
            trail.push_str(&crumb.label);
        }
        trail
    }

    /// Returns the text of the filter bar.
    pub(crate) fn bar_text(&self) -> String {
        let words: Vec<String> = self.bar.iter().map(ToString::to_string).collect();
        words.join(" ")
    }

    /// Returns true when neither crumb nor bar narrows anything.
    pub(crate) fn is_whole_case(&self) -> bool {
        self.crumbs.is_empty() && self.bar.is_empty()
    }
}

/// One place of the history tree.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) screen: Screen,
    pub(crate) event: Option<EventId>,
    pub(crate) parent: Option<usize>,
}

/// Every place visited, as a tree, and the order of the visits.
#[derive(Debug, Clone)]
pub(crate) struct History {
    nodes: Vec<Node>,
    visits: Vec<usize>,
    at: usize,
}

impl History {
    /// Returns a history that begins at the whole case.
    pub(crate) fn begin(screen: Screen) -> Self {
        let root = Node { place: Place::default(), screen, event: None, parent: None };
        Self { nodes: vec![root], visits: vec![0], at: 0 }
    }

    /// Returns the number of the present node.
    pub(crate) fn present(&self) -> usize {
        self.visits.get(self.at).copied().unwrap_or(0)
    }

    /// Returns every node.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Remembers screen and cursor of the present place.
    pub(crate) fn remember(&mut self, screen: Screen, event: Option<EventId>) {
        let present = self.present();
        if let Some(node) = self.nodes.get_mut(present) {
            node.screen = screen;
            node.event = event.or(node.event);
        }
    }

    /// Adds a place below `parent` and goes there. What was ahead in the order of visits is forgotten, the tree is not.
    pub(crate) fn push(
        &mut self,
        place: Place,
        screen: Screen,
        event: Option<EventId>,
        parent: usize,
    ) {
        self.nodes.push(Node { place, screen, event, parent: Some(parent) });
        self.visits.truncate(self.at + 1);
        self.visits.push(self.nodes.len() - 1);
        self.at += 1;
    }

    /// Goes to a node of the tree.
    pub(crate) fn visit(&mut self, node: usize) -> Option<&Node> {
        self.nodes.get(node)?;
        self.visits.truncate(self.at + 1);
        self.visits.push(node);
        self.at += 1;
        self.nodes.get(node)
    }

    /// Goes one visit back or forward.
    pub(crate) fn travel(&mut self, step: isize) -> Option<&Node> {
        let at = self.at.checked_add_signed(step)?;
        let node = *self.visits.get(at)?;
        self.at = at;
        self.nodes.get(node)
    }

    /// Goes to the parent of the present node.
    pub(crate) fn up(&mut self) -> Option<&Node> {
        let parent = self.nodes.get(self.present())?.parent?;
        self.visit(parent)
    }

    /// Changes the filters of the present place without a new node.
    pub(crate) fn set_place(&mut self, place: &Place) {
        let present = self.present();
        if let Some(node) = self.nodes.get_mut(present) {
            node.place = place.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crumb_of_an_arn_is_short() {
        let arn = "arn:aws:iam::111122223333:role/ci-deploy";
        let crumb = Crumb::of("what", arn, Term::Word(arn.to_owned()), Grade::Exact);
        assert_eq!(crumb.label, "what role/ci-deploy");
    }

    #[test]
    fn another_branch_keeps_the_first_one() {
        let mut history = History::begin(Screen::Overview);
        history.push(Place::default(), Screen::Timeline, None, 0);
        assert_eq!(history.up().map(|node| node.screen), Some(Screen::Overview));
        history.push(Place::default(), Screen::Who, None, 0);
        assert_eq!(history.nodes().len(), 3);
        assert_eq!(history.nodes().iter().filter(|node| node.parent == Some(0)).count(), 2);
    }

    #[test]
    fn visits_go_back_and_forward() {
        let mut history = History::begin(Screen::Overview);
        history.push(Place::default(), Screen::Timeline, None, 0);
        assert_eq!(history.travel(-1).map(|node| node.screen), Some(Screen::Overview));
        assert!(history.travel(-1).is_none());
        assert_eq!(history.travel(1).map(|node| node.screen), Some(Screen::Timeline));
        assert!(history.travel(1).is_none());
    }
}
