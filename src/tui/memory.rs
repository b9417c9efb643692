//! What the screens remember from one sitting to the next, in the form in which it is kept: plain words that read back
//! as the places, columns and views they were made from. Must not touch files. Holds no text of evidence but what the
//! analyst's own filters hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::columns::Columns;
use super::effect::Screen;
use super::place::{Crumb, History, Node, Place};
use crate::model::{EventId, Grade};
use crate::query::filter::{Filter, Term};

/// Name of the schema in the file.
const SCHEMA: &str = "whytrail.screens";
/// Version of the schema. A file of a newer one is not read.
const VERSION: u32 = 1;
/// Searches and filters kept, the newest ones.
const MOST_TYPED: usize = 100;

/// Everything that is remembered of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    schema: String,
    version: u32,
    /// Where the sitting ended; `None` begins at the whole case.
    #[serde(default)]
    pub(crate) resume: Option<Resume>,
    #[serde(default)]
    pub(crate) searches: Vec<String>,
    #[serde(default)]
    pub(crate) filters: Vec<String>,
    #[serde(default)]
    pub(crate) views: Vec<SavedView>,
}

/// Where a sitting ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resume {
    pub(crate) screen: String,
    /// Event under the cursor of the time line.
    #[serde(default)]
    pub(crate) event: Option<String>,
    /// Columns shown, where they are not those of the settings.
    #[serde(default)]
    pub(crate) columns: Option<Vec<String>>,
    /// Order of each list, by the name of its screen.
    #[serde(default)]
    pub(crate) sorts: BTreeMap<String, String>,
    pub(crate) history: SavedHistory,
}

/// The tree of places visited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedHistory {
    nodes: Vec<SavedNode>,
    visits: Vec<usize>,
    at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedNode {
    #[serde(default)]
    parent: Option<usize>,
    screen: String,
    #[serde(default)]
    event: Option<String>,
    place: SavedPlace,
}

/// Crumbs and filter bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedPlace {
    crumbs: Vec<SavedCrumb>,
    bar: Vec<String>,
    is_filtering: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedCrumb {
    label: String,
    terms: Vec<String>,
    grade: String,
}

/// A view under a name of the analyst's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedView {
    pub(crate) name: String,
    pub(crate) screen: String,
    pub(crate) place: SavedPlace,
    /// Columns of the time line.
    #[serde(default)]
    pub(crate) columns: Option<Vec<String>>,
    /// Order of the list.
    #[serde(default)]
    pub(crate) sort: Option<String>,
    /// How times are shown.
    #[serde(default)]
    pub(crate) time: Option<String>,
}

/// Why a text is no memory.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Written by a later program.
    #[error("version {0} is newer than this program")]
    Newer(u64),
    #[error("{0}")]
    Broken(String),
}

fn broken(why: impl Into<String>) -> Unreadable {
    Unreadable::Broken(why.into())
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            resume: None,
            searches: Vec::new(),
            filters: Vec::new(),
            views: Vec::new(),
        }
    }
}

impl Memory {
    /// Reads what [`Memory::text`] wrote. Everything is checked: what comes back can be gone to.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| broken(format!("it is not JSON at column {}", error.column())))?;
        if value.get("schema").and_then(serde_json::Value::as_str) != Some(SCHEMA) {
            return Err(broken("it does not say what it is"));
        }
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => {
                return Err(Unreadable::Newer(version));
            }
            Some(1..) => {}
            _ => return Err(broken("it has no version")),
        }
        let memory: Self = serde_json::from_value(value)
            .ok()
            .ok_or_else(|| broken("a member is missing or of another type"))?;
        if let Some(resume) = &memory.resume {
            screen_of(&resume.screen)?;
            event_of(resume.event.as_deref())?;
            resume.history.restore()?;
        }
        for view in &memory.views {
            screen_of(&view.screen)?;
            view.place.restore()?;
        }
        Ok(memory)
    }

    /// Returns the text to keep, with a line end.
    pub fn text(&self) -> Result<String, String> {
        serde_json::to_string(self).map(|text| text + "\n").map_err(|error| error.to_string())
    }

    /// Forgets where the sitting ended; views, searches and filters stay.
    pub fn start_fresh(&mut self) {
        self.resume = None;
    }

    /// Keeps the newest of what was typed.
    pub(crate) fn with_typed(mut self, searches: &[String], filters: &[String]) -> Self {
        let newest = |typed: &[String]| -> Vec<String> {
            typed.iter().skip(typed.len().saturating_sub(MOST_TYPED)).cloned().collect()
        };
        self.searches = newest(searches);
        self.filters = newest(filters);
        self
    }
}

/// Returns the name under which a screen is kept.
pub(crate) fn screen_word(screen: Screen) -> String {
    screen.title().to_lowercase()
}

pub(crate) fn screen_of(word: &str) -> Result<Screen, Unreadable> {
    let found = Screen::ALL.iter().copied().find(|screen| screen_word(*screen) == word);
    found.ok_or_else(|| broken("it names a screen that is not known"))
}

pub(crate) fn event_of(text: Option<&str>) -> Result<Option<EventId>, Unreadable> {
    let parse = |text| EventId::parse(text).ok_or_else(|| broken("it names an event by no id"));
    text.map(parse).transpose()
}

fn words_of(terms: &[Term]) -> Vec<String> {
    terms.iter().map(ToString::to_string).collect()
}

fn terms_of(words: &[String]) -> Result<Vec<Term>, Unreadable> {
    let parse = |word: &String| Filter::parse(word).map(|filter| filter.terms);
    let terms: Result<Vec<Vec<Term>>, _> = words.iter().map(parse).collect();
    let terms = terms.ok().ok_or_else(|| broken("it holds a filter that is not known"))?;
    Ok(terms.concat())
}

impl SavedPlace {
    pub(crate) fn of(place: &Place) -> Self {
        let crumb = |crumb: &Crumb| SavedCrumb {
            label: crumb.label.clone(),
            terms: words_of(&crumb.terms),
            grade: crumb.grade.as_str().to_owned(),
        };
        Self {
            crumbs: place.crumbs.iter().map(crumb).collect(),
            bar: words_of(&place.bar),
            is_filtering: place.is_filtering,
        }
    }

    pub(crate) fn restore(&self) -> Result<Place, Unreadable> {
        let crumb = |crumb: &SavedCrumb| -> Result<Crumb, Unreadable> {
            let grade = Grade::from_word(&crumb.grade);
            Ok(Crumb {
                label: crumb.label.clone(),
                terms: terms_of(&crumb.terms)?,
                grade: grade.ok_or_else(|| broken("it holds a grade that is not known"))?,
            })
        };
        let crumbs: Result<Vec<Crumb>, Unreadable> = self.crumbs.iter().map(crumb).collect();
        Ok(Place { crumbs: crumbs?, bar: terms_of(&self.bar)?, is_filtering: self.is_filtering })
    }
}

impl SavedHistory {
    pub(crate) fn of(history: &History) -> Self {
        let node = |node: &Node| SavedNode {
            parent: node.parent,
            screen: screen_word(node.screen),
            event: node.event.map(|event| event.to_string()),
            place: SavedPlace::of(&node.place),
        };
        Self {
            nodes: history.nodes().iter().map(node).collect(),
            visits: history.visits().to_vec(),
            at: history.at(),
        }
    }

    pub(crate) fn restore(&self) -> Result<History, Unreadable> {
        let node = |node: &SavedNode| -> Result<Node, Unreadable> {
            Ok(Node {
                place: node.place.restore()?,
                screen: screen_of(&node.screen)?,
                event: event_of(node.event.as_deref())?,
                parent: node.parent,
            })
        };
        let nodes: Result<Vec<Node>, Unreadable> = self.nodes.iter().map(node).collect();
        History::of_parts(nodes?, self.visits.clone(), self.at)
            .ok_or_else(|| broken("its history does not hang together"))
    }
}

/// Returns the columns to keep: none where they are those of the settings.
pub(crate) fn changed_columns(columns: &Columns, usual: &Columns) -> Option<Vec<String>> {
    (columns != usual).then(|| columns.words())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Micros;
    use crate::query::filter::{Compare, Is, Moment, field_differs, field_equals};

    fn place() -> Place {
        let terms = [
            vec![field_equals("who", "a \"b\" \\ c: d=e")],
            vec![field_differs("what", "arn:aws:iam::111122223333:role/ci-deploy")],
            vec![Term::Field { field: "agent", compare: Compare::Contains, value: "x*".into() }],
            vec![Term::Word("two words".into()), Term::Is(Is::Denied), Term::HasNote],
            vec![Term::Link(Grade::Near), Term::Sql("bytes > 10 AND action = 'x'".into())],
        ];
        let crumb =
            |terms: Vec<Term>| Crumb { label: "l\u{1b}[2J".into(), terms, grade: Grade::Near };
        let time = Term::Time {
            from: Some(Moment::At(Micros(1_784_000_000_123_456))),
            to: Some(Moment::TimeOfDay(34_200_000_000)),
        };
        Place {
            crumbs: terms.into_iter().map(crumb).collect(),
            bar: vec![time],
            is_filtering: false,
        }
    }

    fn memory() -> Memory {
        let mut history = History::begin(Screen::Overview);
        history.push(place(), Screen::Timeline, Some(EventId(7)), 0);
        history.push(place(), Screen::Who, None, 0);
        Memory {
            resume: Some(Resume {
                screen: "who".into(),
                event: Some(EventId(9).to_string()),
                columns: None,
                sorts: BTreeMap::new(),
                history: SavedHistory::of(&history),
            }),
            ..Memory::default()
        }
    }

    #[test]
    fn places_read_back_as_they_were() {
        let back = SavedPlace::of(&place()).restore().unwrap();
        assert_eq!(back.filter(), place().filter());
        assert_eq!(back.trail(), place().trail());
    }

    #[test]
    fn memory_reads_back_as_it_was_written() {
        let memory = memory();
        let back = Memory::parse(&memory.text().unwrap()).unwrap();
        assert_eq!(back, memory);
        let history = back.resume.unwrap().history.restore().unwrap();
        assert_eq!((history.nodes().len(), history.present()), (3, 2));
    }

    #[test]
    fn newer_and_broken_texts_are_told_apart() {
        let text = memory().text().unwrap();
        let newer = text.replace("\"version\":1", "\"version\":2");
        assert_eq!(Memory::parse(&newer), Err(Unreadable::Newer(2)));
        for (from, to) in [
            ("\"visits\":[0,1,2]", "\"visits\":[0,1,9]"),
            ("\"visits\":[0,1,2]", "\"visits\":[]"),
            ("\"at\":2", "\"at\":3"),
            ("\"parent\":0", "\"parent\":2"),
            ("\"screen\":\"who\"", "\"screen\":\"graph\""),
            ("\"is:denied\"", "\"is:nonsense\""),
            ("\"grade\":\"~\"", "\"grade\":\"!\""),
            ("whytrail.screens", "whytrail.other"),
            ("\"version\":1", "\"version\":0"),
            ("{\"schema\"", "[\"schema\""),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text, "{from}");
            assert!(matches!(Memory::parse(&changed), Err(Unreadable::Broken(_))), "{to}");
        }
        for length in 0..text.len() - 2 {
            assert!(Memory::parse(text.get(..length).unwrap_or_default()).is_err());
        }
    }

    #[test]
    fn only_the_newest_of_what_was_typed_is_kept() {
        let typed: Vec<String> = (0..250).map(|number| number.to_string()).collect();
        let memory = Memory::default().with_typed(&typed, &typed[..3]);
        assert_eq!((memory.searches.len(), memory.filters.len()), (100, 3));
        assert_eq!(memory.searches.last().map(String::as_str), Some("249"));
    }
}
