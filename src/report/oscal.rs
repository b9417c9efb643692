//! `oscal/`: what the criteria come to as OSCAL assessment results, and a catalog for each pack. The parts used are valid
//! under OSCAL 1.1.3 to 1.2.3. A verdict that cannot be told is no finding there, because OSCAL knows satisfied and not
//! satisfied only: it is an observation that says so. No time of the export is in these files; `manifest.json` has it, with
//! the digest of each.

mod catalog;
mod evidence;
mod results;

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::folder::{Folder, WriteError};
use super::ids::NAMESPACE;
use super::safe;
use super::targets::{Target, Writing};
use super::told::Told;
use crate::query::export::ExportEvent;
use crate::text::sanitize::sanitize;

pub(super) const TARGET: Target = Target { word: "oscal", states_criteria: true, begin };

const FOLDER: &str = "oscal";
const RESULTS: &str = "oscal/assessment-results.json";

/// The oldest version under which the files are valid: more programs read it than the newest.
const VERSION: &str = "1.1.3";

/// Characters of a property or a title.
const MOST_LETTERS: usize = 1_000;

fn begin(_told: &Told<'_>, folder: &Folder) -> Result<Box<dyn Writing>, WriteError> {
    folder.folder(FOLDER)?;
    Ok(Box::new(Documents))
}

struct Documents;

impl Writing for Documents {
    fn event(
        &mut self,
        _event: &ExportEvent,
        _told: &Told<'_>,
        _folder: &Folder,
    ) -> Result<(), WriteError> {
        Ok(())
    }

    fn finish(self: Box<Self>, told: &Told<'_>, folder: &mut Folder) -> Result<(), WriteError> {
        for pack in told.input.packs {
            let document = catalog::of(told, pack);
            folder.put(&catalog_file(&pack.id), safe::json_pages(&document).as_bytes())?;
        }
        let document = results::of(told, &folder.files());
        folder.put(RESULTS, safe::json_pages(&document).as_bytes())
    }
}

/// Returns the name of a pack's catalog. Ids of packs are tokens without a slash.
fn catalog_file(pack: &str) -> String {
    format!("{FOLDER}/catalog-{pack}.json")
}

/// Returns a document under its root name, with an id and a version that follow from its content.
fn document(told: &Told<'_>, root: &str, title: &str, mut props: Props, body: Object) -> Json {
    let digest = Sha256::digest(Json::Object(body.0.clone()).to_string());
    let digest = safe::hex(&digest);
    props.add("content-sha256", &digest);
    props.add("tool", told.input.tool);
    let mut metadata = Object::default();
    metadata.put("title", line(title));
    metadata.put("last-modified", time(told.moment));
    metadata.put("version", digest.get(..12).unwrap_or_default());
    metadata.put("oscal-version", VERSION);
    metadata.list("props", props.0);
    let mut document = Object::default();
    document.put("uuid", told.ids.of(root, &digest));
    // The parts of metadata that speak of people come with the body.
    let mut body = body.0;
    if let Some(Json::Object(more)) = body.shift_remove("metadata") {
        metadata.0.extend(more);
    }
    document.put("metadata", metadata.0);
    document.0.extend(body);
    json!({root: document.0})
}

fn time(time: crate::model::Micros) -> String {
    time.to_string()
}

/// Returns text of the case as one line of plain text: nothing active, no blank at its ends, never empty.
fn line(text: &str) -> String {
    let safe = sanitize(text.trim());
    let words: Vec<&str> = safe.split_whitespace().collect();
    let joined = words.join(" ");
    if joined.is_empty() { "-".to_owned() } else { safe::cut(&joined, MOST_LETTERS).into_owned() }
}

/// Returns text of records or people for a place where OSCAL takes markup: it reads as it is written.
fn markup(text: &str) -> String {
    safe::markdown(&safe::cut(text, MOST_LETTERS))
}

/// Returns lines of text of people for a place where OSCAL takes markup.
fn prose(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().filter(|line| !line.trim().is_empty()).map(safe::markdown).collect();
    if lines.is_empty() { "-".to_owned() } else { lines.join("\n\n") }
}

/// An object while it is made; empty lists are left out, because OSCAL forbids them.
#[derive(Debug, Clone, Default)]
struct Object(Map<String, Json>);

impl Object {
    fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn list(&mut self, name: &str, list: Vec<Json>) {
        if !list.is_empty() {
            self.put(name, list);
        }
    }

    fn into_json(self) -> Json {
        Json::Object(self.0)
    }
}

/// Properties in our own name space. Empty values are left out.
#[derive(Debug, Clone, Default)]
struct Props(Vec<Json>);

impl Props {
    fn add(&mut self, name: &str, value: &str) {
        self.classed(name, None, value);
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn count(&mut self, name: &str, count: u64) {
        self.add(name, &count.to_string());
    }

    /// Adds each of some values under one name.
    fn each<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v str>) {
        values.into_iter().for_each(|value| self.add(name, value));
    }

    fn classed(&mut self, name: &str, class: Option<&str>, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        let mut prop = Object::default();
        prop.put("name", name);
        prop.put("ns", NAMESPACE);
        prop.put("value", line(value));
        if let Some(class) = class {
            prop.put("class", class);
        }
        self.0.push(prop.into_json());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_is_one_line_without_blanks_at_its_ends_and_empty_ones_are_left_out() {
        let mut props = Props::default();
        props.add("a", " two\n lines\u{1b}[2J ");
        props.add("b", " \n ");
        assert_eq!(props.0.len(), 1);
        let value = props.0[0]["value"].as_str().unwrap();
        assert_eq!(value.trim(), value);
        assert!(!value.contains(['\n', '\u{1b}']), "{value}");
    }

    #[test]
    fn text_of_records_is_no_markup() {
        let text = markup("<script>[a](http://evil.example)");
        assert!(!text.contains('<') && !text.contains("]("), "{text}");
        assert_eq!(prose("one\n\n# two"), "one\n\n\\# two");
        assert_eq!(line("\u{a0}"), "-");
    }
}
