//! Where the analyst is: crumbs, the filter bar, and the tree of places visited. Crumbs are filters joined by AND.
//! Must not ask questions.

use super::effect::Screen;
use crate::model::{EventId, Grade};
use crate::query::filter::{Filter, Term};

/// Most places kept in the history. Beyond it the oldest ones that lead nowhere else are forgotten.
const MOST_NODES: usize = 400;
/// Most visits kept.
const MOST_VISITS: usize = 1_000;

/// One step of narrowing.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let node = self.add(Node { place, screen, event, parent: Some(parent) });
        self.go(node);
        self.forget_the_oldest();
    }

    /// Adds a place with each of its crumbs below the one before, from `parent` on, so that one step back is one crumb
    /// back, and goes there. `parent` has the first `n_shared` crumbs.
    pub(crate) fn push_steps(
        &mut self,
        place: &Place,
        screen: Screen,
        event: Option<EventId>,
        (parent, n_shared): (usize, usize),
    ) {
        let mut parent = parent;
        for n_crumbs in n_shared + 1..place.crumbs.len() {
            let crumbs: Vec<Crumb> = place.crumbs.iter().take(n_crumbs).cloned().collect();
            let is_known = |node: &Node| node.parent == Some(parent) && node.place.crumbs == crumbs;
            let known = self.nodes.iter().position(is_known);
            let above = parent;
            parent = known.unwrap_or_else(|| {
                let place = Place { crumbs, ..place.clone() };
                self.add(Node { place, screen, event, parent: Some(above) })
            });
        }
        let is_same = |node: &Node| {
            node.parent == Some(parent) && node.screen == screen && node.place == *place
        };
        match self.nodes.iter().position(is_same) {
            Some(known) => self.go(known),
            None => self.push(place.clone(), screen, event, parent),
        }
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn go(&mut self, node: usize) {
        self.visits.truncate(self.at + 1);
        self.visits.push(node);
        if self.visits.len() > MOST_VISITS {
            self.visits.remove(0);
        }
        self.at = self.visits.len() - 1;
    }

    /// Keeps the tree small: takes out the oldest places that have nothing below them, never the present one.
    fn forget_the_oldest(&mut self) {
        while self.nodes.len() > MOST_NODES {
            let present = self.present();
            let has_child = |idx| self.nodes.iter().any(|node| node.parent == Some(idx));
            let leaf = (1..self.nodes.len()).find(|idx| *idx != present && !has_child(*idx));
            let Some(gone) = leaf else { return };
            self.nodes.remove(gone);
            let moved = |idx: usize| if idx > gone { idx - 1 } else { idx };
            for node in &mut self.nodes {
                node.parent = node.parent.map(moved);
            }
            let n_before = self.visits.iter().take(self.at).filter(|idx| **idx == gone).count();
            self.visits.retain(|idx| *idx != gone);
            self.visits.iter_mut().for_each(|idx| *idx = moved(*idx));
            self.at -= n_before;
        }
    }

    /// Returns a history of these parts, or `None` when they do not hang together.
    pub(crate) fn of_parts(nodes: Vec<Node>, visits: Vec<usize>, at: usize) -> Option<Self> {
        let is_sound = |(idx, node): (usize, &Node)| match node.parent {
            None => idx == 0,
            Some(parent) => parent < idx,
        };
        let is_tree = !nodes.is_empty() && nodes.iter().enumerate().all(is_sound);
        let are_known = visits.iter().all(|node| *node < nodes.len());
        (is_tree && are_known && at < visits.len()).then_some(Self { nodes, visits, at })
    }

    /// Returns the numbers of the nodes in the order in which they were visited.
    pub(crate) fn visits(&self) -> &[usize] {
        &self.visits
    }

    /// Returns the place of the present node among the visits.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Returns the present node and those above it, from the root down.
    pub(crate) fn way(&self) -> Vec<usize> {
        let mut way = vec![self.present()];
        while let Some(parent) =
            way.last().and_then(|idx| self.nodes.get(*idx)).and_then(|node| node.parent)
        {
            way.push(parent);
        }
        way.reverse();
        way
    }

    /// Goes to a node of the tree.
    pub(crate) fn visit(&mut self, node: usize) -> Option<&Node> {
        self.nodes.get(node)?;
        self.go(node);
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
    fn long_history_forgets_its_oldest_leaves_and_stays_sound() {
        let mut history = History::begin(Screen::Overview);
        for round in 0..3 * MOST_NODES {
            let parent = if round % 3 == 0 { 0 } else { history.present() };
            history.push(Place::default(), Screen::Timeline, None, parent);
            if round % 7 == 0 {
                history.travel(-2);
            }
        }
        assert_eq!(history.nodes().len(), MOST_NODES);
        let (nodes, visits) = (history.nodes().to_vec(), history.visits().to_vec());
        assert!(History::of_parts(nodes, visits, history.at()).is_some());
        assert_eq!(history.way().first(), Some(&0));
    }

    #[test]
    fn place_of_several_crumbs_is_left_one_crumb_at_a_time() {
        let crumb = |word: &str| Crumb::of("who", word, Term::Word(word.to_owned()), Grade::Exact);
        let place = Place { crumbs: vec![crumb("a"), crumb("b"), crumb("c")], ..Place::default() };
        let mut history = History::begin(Screen::Overview);
        history.push_steps(&place, Screen::Timeline, None, (0, 0));
        history.push_steps(&place, Screen::Timeline, None, (0, 0));
        assert_eq!(history.nodes().len(), 4, "the steps are not made twice");
        let mut n_crumbs = Vec::new();
        while let Some(node) = history.up() {
            n_crumbs.push(node.place.crumbs.len());
        }
        assert_eq!(n_crumbs, [2, 1, 0]);
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
