//! What a bundle can hold beside the files that every bundle has: one file of this folder and one line here for each
//! target. Must not know what a target writes.

use super::content::Content;
use super::folder::{Folder, WriteError};
use super::told::Told;
use super::{BundleInput, events_csv, events_json, findings, html, markdown, ocsf, oscal, parquet};
use super::{timesketch, xlsx};
use crate::query::export::ExportEvent;

/// Every target, in the order of writing.
pub const ALL: &[Target] = &[parquet::TARGET, ocsf::TARGET, oscal::TARGET, xlsx::TARGET];

/// Word for all of them.
const EVERY: &str = "all";

/// Words for files that every bundle has, so that asking for them is no mistake.
const STANDING: &[(&str, &str)] = &[
    ("json", findings::FILE),
    ("jsonl", events_json::FILE),
    ("csv", events_csv::FILE),
    ("timesketch", timesketch::FILE),
    ("md", markdown::FILE),
    ("html", html::FILE),
];

/// Begins the files of a target.
type Begin = fn(&Told<'_>, &Folder) -> Result<Box<dyn Writing>, WriteError>;

/// Something that can be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The word of `--format`.
    pub word: &'static str,
    /// Whether it states what criteria come to, and so wants the list of all exceptions beside it.
    pub(super) states_criteria: bool,
    /// Begins its files.
    pub(super) begin: Begin,
}

/// A target while the bundle is written.
pub(super) trait Writing {
    /// Takes the next event of the bundle, in its order.
    fn event(
        &mut self,
        event: &ExportEvent,
        told: &Told<'_>,
        folder: &Folder,
    ) -> Result<(), WriteError>;

    /// Writes what comes after the events and puts the files in place.
    fn finish(self: Box<Self>, told: &Told<'_>, folder: &mut Folder) -> Result<(), WriteError>;
}

/// Returns the words that `--format` of an export knows.
pub fn words() -> impl Iterator<Item = &'static str> {
    let standing = STANDING.iter().map(|(word, _)| *word);
    standing.chain(ALL.iter().map(|target| target.word)).chain([EVERY])
}

/// Returns the targets that some words ask for, each once, in the order of writing; or the first word that is none.
pub fn named(words: &[String]) -> Result<Vec<&'static Target>, &str> {
    let is_known = |word: &str| words_contain(word);
    if let Some(unknown) = words.iter().find(|word| !is_known(word)) {
        return Err(unknown);
    }
    let is_wanted =
        |target: &&Target| words.iter().any(|word| word == target.word || word == EVERY);
    Ok(ALL.iter().filter(is_wanted).collect())
}

fn words_contain(word: &str) -> bool {
    words().any(|known| known == word)
}

/// The targets of one bundle while it is written, with all they tell.
pub(super) struct Writings<'a> {
    told: Told<'a>,
    open: Vec<Box<dyn Writing>>,
}

impl<'a> Writings<'a> {
    /// Begins the targets that were asked for. `None` when there are none.
    pub(super) fn begin(
        input: &'a BundleInput<'a>,
        content: &'a Content,
        folder: &Folder,
    ) -> Result<Option<Self>, WriteError> {
        if input.targets.is_empty() {
            return Ok(None);
        }
        let told = Told::gather(input, content)?;
        let begun: Result<Vec<_>, _> =
            input.targets.iter().map(|target| (target.begin)(&told, folder)).collect();
        Ok(Some(Self { open: begun?, told }))
    }

    /// Gives every target the next event.
    pub(super) fn event(&mut self, event: &ExportEvent, folder: &Folder) -> Result<(), WriteError> {
        self.open.iter_mut().try_for_each(|writing| writing.event(event, &self.told, folder))
    }

    /// Puts the files of all targets in place.
    pub(super) fn finish(mut self, folder: &mut Folder) -> Result<(), WriteError> {
        if self.told.input.targets.iter().any(|target| target.states_criteria) {
            super::exceptions::write(&self.told, folder)?;
        }
        self.told.note_files(folder);
        self.open.into_iter().try_for_each(|writing| writing.finish(&self.told, folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_targets_once_and_standing_files_name_none() {
        let named = |text: &str| {
            let words: Vec<String> = text.split(',').map(str::to_owned).collect();
            let found = named(&words).map_err(str::to_owned)?;
            Ok::<_, String>(found.iter().map(|target| target.word).collect::<Vec<_>>())
        };
        assert_eq!(named("xlsx,oscal,xlsx"), Ok(vec!["oscal", "xlsx"]));
        assert_eq!(named("json,csv,timesketch"), Ok(vec![]));
        assert_eq!(named("all").map(|found| found.len()), Ok(ALL.len()));
        assert_eq!(named("oscal,pdf"), Err("pdf".to_owned()));
    }
}
