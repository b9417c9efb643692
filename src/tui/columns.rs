//! Columns of the time line: which there are, which are shown and in which order. The names are those of `--columns`
//! on the command line. What stands in a cell is the matter of the time line.

use super::widgets::table::{self, Column};

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ColumnName {
    Time,
    Source,
    Link,
    Who,
    Action,
    Target,
    Outcome,
    Tag,
    Note,
    Session,
    Address,
    Id,
}

/// A column as the time line knows it.
#[derive(Debug)]
pub(crate) struct ColumnKind {
    pub(crate) name: ColumnName,
    /// Name on the command line and in the settings file.
    pub(crate) word: &'static str,
    pub(crate) help: &'static str,
    /// Without it a row means nothing, so it cannot be hidden.
    pub(crate) is_fixed: bool,
    pub(crate) column: Column,
}

impl ColumnKind {
    const fn new(name: ColumnName, word: &'static str, column: Column, help: &'static str) -> Self {
        Self { name, word, help, is_fixed: false, column }
    }

    const fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }
}

use ColumnName as N;

/// Every column in its usual order. With too little room they go from the highest number of `drop` to the lowest.
#[rustfmt::skip]
pub(crate) const KINDS: &[ColumnKind] = &[
    ColumnKind::new(N::Time, "time", Column::new("TIME", 12), "when it happened").fixed(),
    ColumnKind::new(N::Source, "source", Column::new("S", 1).drop(1), "plane it was recorded on"),
    ColumnKind::new(N::Link, "link", Column::new("L", 1).drop(2), "best link to another event"),
    ColumnKind::new(N::Who, "who", Column::new("WHO", 12).flex(3).middle(), "who did it").fixed(),
    ColumnKind::new(N::Action, "action", Column::new("ACTION", 20).flex(4), "what was done").fixed(),
    ColumnKind::new(N::Target, "target", Column::new("TARGET", 16).flex(4).drop(3).middle(), "what it was done to"),
    ColumnKind::new(N::Outcome, "outcome", Column::new("OUT", 4), "how it ended").fixed(),
    ColumnKind::new(N::Tag, "tag", Column::new("TAG", 5).drop(4), "first tag, * for a note"),
    ColumnKind::new(N::Note, "note", Column::new("NOTE", 4).drop(5), "whether it has a note"),
    ColumnKind::new(N::Session, "session", Column::new("SESSION", 12).flex(2).drop(6).middle(), "session it belongs to"),
    ColumnKind::new(N::Address, "address", Column::new("ADDRESS", 15).drop(7), "address it came from"),
    ColumnKind::new(N::Id, "id", Column::new("ID", 8).drop(8), "beginning of its id"),
];

/// Columns that are hidden until they are asked for.
const EXTRA: [ColumnName; 4] = [N::Note, N::Session, N::Address, N::Id];

/// Other words that people use for a column.
const ALIASES: [(&str, &str); 3] = [("plane", "source"), ("out", "outcome"), ("what", "target")];

/// Which columns are shown, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Every column once, and whether it is shown.
    list: Vec<(ColumnName, bool)>,
}

impl Default for Columns {
    fn default() -> Self {
        let usual = |kind: &ColumnKind| (kind.name, !EXTRA.contains(&kind.name));
        Self { list: KINDS.iter().map(usual).collect() }
    }
}

/// A column name that no column has, and the name that comes nearest to it, or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownColumn {
    pub word: String,
    pub nearest: String,
}

impl Columns {
    /// Returns the columns named by `words`, in that order. Columns that always stay are added where they are missing;
    /// names of no column come back.
    pub fn of_words(words: &[String]) -> (Self, Vec<UnknownColumn>) {
        let mut list: Vec<(ColumnName, bool)> = Vec::new();
        let mut unknown = Vec::new();
        for word in words {
            match by_word(word) {
                Some(kind) if list.iter().any(|(name, _)| *name == kind.name) => {}
                Some(kind) => list.push((kind.name, true)),
                None => unknown.push(UnknownColumn { word: word.clone(), nearest: nearest(word) }),
            }
        }
        for (idx, kind) in KINDS.iter().enumerate() {
            if !list.iter().any(|(name, _)| *name == kind.name) {
                list.insert(idx.min(list.len()), (kind.name, kind.is_fixed));
            }
        }
        (Self { list }, unknown)
    }

    /// Returns the names of the columns shown, in order.
    pub fn words(&self) -> Vec<String> {
        self.shown().map(|kind| kind.word.to_owned()).collect()
    }

    /// Returns every column in order, and whether it is shown.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static ColumnKind, bool)> + '_ {
        self.list.iter().filter_map(|(name, is_shown)| Some((kind(*name)?, *is_shown)))
    }

    /// Returns the columns shown, in order.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &'static ColumnKind> + '_ {
        self.all().filter(|(_, is_shown)| *is_shown).map(|(kind, _)| kind)
    }

    /// Returns the columns of a screen of `columns` cells: those shown, or the four that always stay on a narrow one.
    pub(crate) fn on_screen(&self, is_narrow: bool) -> Vec<(ColumnName, Column)> {
        let fits = |kind: &&ColumnKind| !is_narrow || kind.is_fixed;
        let sized = |kind: &ColumnKind| match kind.name {
            N::Who if is_narrow => Column::new("WHO", 14).flex(1).middle(),
            N::Action if is_narrow => Column::new("ACTION", 20).flex(2),
            _ => kind.column,
        };
        self.shown().filter(fits).map(|kind| (kind.name, sized(kind))).collect()
    }

    /// Returns the cells of the list beside which a wide screen shows the event: enough for every column, as long as
    /// something is left for the event.
    pub(crate) fn list_width(&self, width: usize) -> usize {
        let needed: usize = self.shown().map(|kind| kind.column.width + 1).sum();
        (width * 3 / 5).max(needed.min(width.saturating_sub(41)))
    }

    /// Returns the columns shown that have no room in a list of `width` cells.
    pub(crate) fn without_room(&self, width: usize, is_narrow: bool) -> Vec<ColumnName> {
        let columns: Vec<Column> =
            self.on_screen(is_narrow).into_iter().map(|(_, column)| column).collect();
        let placed = table::place(&columns, width);
        let names = self.on_screen(is_narrow);
        let has_room = |name: ColumnName| {
            placed.iter().any(|spot| names.get(spot.idx).is_some_and(|(placed, _)| *placed == name))
        };
        self.shown().map(|kind| kind.name).filter(|name| !has_room(*name)).collect()
    }

    /// Shows or hides the column in place `at`. The error says why it stays.
    pub(crate) fn toggle(&mut self, at: usize) -> Result<(), String> {
        let Some((name, is_shown)) = self.list.get_mut(at) else { return Ok(()) };
        if let Some(fixed) = kind(*name).filter(|kind| kind.is_fixed) {
            return Err(format!(
                "{} always stays: a row needs its time, who, action and outcome",
                fixed.word
            ));
        }
        *is_shown = !*is_shown;
        Ok(())
    }

    /// Moves the column in place `at` by one; returns its new place.
    pub(crate) fn shift(&mut self, at: usize, step: isize) -> usize {
        match at.checked_add_signed(step) {
            Some(to) if to < self.list.len() && at < self.list.len() => {
                self.list.swap(at, to);
                to
            }
            _ => at,
        }
    }
}

fn kind(name: ColumnName) -> Option<&'static ColumnKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

fn by_word(word: &str) -> Option<&'static ColumnKind> {
    let word = word.trim().to_ascii_lowercase();
    let word = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word.as_str(), |(_, is)| is);
    KINDS.iter().find(|kind| kind.word == word)
}

fn nearest(word: &str) -> String {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.word).collect();
    crate::text::fuzzy::nearest(word, &names).map_or_else(|| names.join(", "), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> (Columns, Vec<UnknownColumn>) {
        Columns::of_words(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_are_named_in_order_and_the_four_always_stay() {
        let (columns, unknown) = of(&["outcome", "plane", "time", "address"]);
        assert!(unknown.is_empty());
        let words = columns.words();
        for fixed in ["time", "who", "action", "outcome"] {
            assert!(words.iter().any(|word| word == fixed), "{words:?}");
        }
        let place = |name| words.iter().position(|word| word == name);
        assert!(place("outcome") < place("source") && place("source") < place("time"));
        assert!(place("address").is_some() && place("target").is_none());
    }

    #[test]
    fn words_of_columns_read_back_as_the_same_columns() {
        let (mut columns, _) = of(&["time", "who", "id"]);
        columns.shift(0, 1);
        let words = columns.words();
        assert_eq!(Columns::of_words(&words).0.words(), words);
    }

    #[test]
    fn unknown_names_come_back_with_the_nearest() {
        let (_, unknown) = of(&["actn", "zzz"]);
        assert_eq!(unknown[0], UnknownColumn { word: "actn".into(), nearest: "action".into() });
        assert!(unknown[1].nearest.contains("session"));
    }

    #[test]
    fn fixed_columns_refuse_to_go_and_others_come_and_go() {
        let mut columns = Columns::default();
        for (at, (kind, was_shown)) in Columns::default().all().enumerate() {
            let result = columns.toggle(at);
            assert_eq!(result.is_err(), kind.is_fixed, "{}", kind.word);
            let is_shown = columns.shown().any(|shown| shown.name == kind.name);
            assert_eq!(is_shown, was_shown == kind.is_fixed, "{}", kind.word);
        }
    }

    #[test]
    fn columns_drop_extras_first_and_the_four_never() {
        let mut columns = Columns::default();
        assert!(columns.without_room(79, false).is_empty());
        let address = columns.all().position(|(kind, _)| kind.word == "address").unwrap();
        columns.toggle(address).unwrap();
        assert_eq!(columns.without_room(80, false), [ColumnName::Address]);
        let gone = columns.without_room(10, false);
        let fixed = |name: &ColumnName| kind(*name).unwrap().is_fixed;
        assert!(!gone.iter().any(fixed) && gone.contains(&ColumnName::Source), "{gone:?}");
    }
}
