//! Pseudonyms of people: which texts name a person of the case, which mark stands for each, and the key that leads back.
//! Finds names as whole words only. Must not know where names come from or what a document is.

mod forms;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use super::Redactor;
use crate::model::rows::PersonName;
use forms::{begins_word, ends_word, folded, inner, is_searched, is_word, shaped};

/// What the HMAC of a pseudonym begins with.
const DOMAIN: &[u8] = b"whytrail/person/v1\0";
/// Hex digits of a pseudonym, and of one that would otherwise be that of two people.
const DIGITS: usize = 6;
const MORE_DIGITS: usize = 16;
/// Digits for those who work on the case, so that nobody's mark depends on who else does.
const WORKER_DIGITS: usize = 8;
/// Characters of a name that was cut which still tell whose it was.
const TELLING: usize = 3;

/// The people of a case by their names. Made with the redaction key: a person has the same mark in every document of one
/// case, and another one in every other case.
#[derive(Debug, Default)]
pub struct People {
    search: Option<AhoCorasick>,
    /// What is searched for, in the order of the search.
    forms: Vec<Form>,
    /// Folded name to mark.
    marks: BTreeMap<String, String>,
    key: Vec<KeyLine>,
}

/// One line of the key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyLine {
    /// `person-7f3a91`.
    pub mark: String,
    pub name: String,
    /// How the case knows the name.
    pub found: String,
}

/// A text that names somebody wherever it stands as a whole word.
#[derive(Debug)]
struct Form {
    /// As it is written in the records.
    name: String,
    /// What stands there instead: the mark, in the shape of an identifier where the name has one.
    instead: String,
}

/// Whose words a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// From records and people: every name counts.
    Theirs,
    /// Of the program: a name that is one word of letters is taken for a word.
    Ours,
}

impl People {
    /// Returns the people behind `names`, and those who work on the case. The latter are people in fields only: who signs or
    /// exports a report must not change the words of it. A name that is also one of `things` (in small letters) is a person's
    /// in fields only: a record could name somebody `AccessDenied` and blot out every such error.
    pub fn new(
        redactor: &Redactor,
        names: &[PersonName],
        workers: &BTreeSet<String>,
        things: &BTreeSet<String>,
    ) -> Self {
        let is_looked_for = |name: &str| is_searched(name) && !things.contains(&folded(name));
        let owners = owners(names);
        let parts = parts(&owners, &is_looked_for);
        let of_parts = parts.values().map(|(_, person)| person.as_str());
        let people: BTreeSet<&str> =
            owners.values().map(|owner| owner.person.as_str()).chain(of_parts).collect();
        let marks = marks(redactor, &people);
        let mark_of = |person: &str| marks.get(&folded(person)).cloned().unwrap_or_default();
        let mut made = Self::default();
        let mut forms: BTreeMap<String, Form> = BTreeMap::new();
        for (folded_name, owner) in &owners {
            let mark = mark_of(&owner.person);
            if is_looked_for(&owner.name) {
                let instead = shaped(&owner.name, &mark);
                forms.insert(folded_name.clone(), Form { name: owner.name.clone(), instead });
            }
            made.key.push(KeyLine {
                mark: mark.clone(),
                name: owner.name.clone(),
                found: owner.found.iter().cloned().collect::<Vec<_>>().join("; "),
            });
            made.marks.insert(folded_name.clone(), mark);
        }
        for (part, (name, person)) in &parts {
            let mark = mark_of(person);
            let found = format!("part of {name}");
            made.key.push(KeyLine { mark: mark.clone(), name: part.clone(), found });
            forms.insert(folded(part), Form { name: part.clone(), instead: mark });
        }
        for worker in workers.iter().filter(|worker| !worker.trim().is_empty()) {
            let digits = digits(redactor, &folded(worker), WORKER_DIGITS);
            if let Entry::Vacant(free) = made.marks.entry(folded(worker)) {
                let mark = free.insert(format!("person-{digits}")).clone();
                let found = "works on this case".to_owned();
                made.key.push(KeyLine { mark, name: worker.clone(), found });
            }
        }
        made.key.sort();
        made.search = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(forms.keys())
            .ok()
            .filter(|_| !forms.is_empty());
        made.forms = forms.into_values().collect();
        made
    }

    /// Returns the lines of the key, in order of marks and names: every name of every person.
    pub fn key(&self) -> &[KeyLine] {
        &self.key
    }

    /// Returns the mark of the person whose name this is, also where the name is short or a common word.
    pub fn mark(&self, name: &str) -> Option<&str> {
        self.marks.get(&folded(name.trim())).map(String::as_str)
    }

    /// Returns what stands instead of the value of a field that names who did something.
    pub fn field<'t>(&'t self, value: &'t str) -> Cow<'t, str> {
        match self.mark(value) {
            Some(mark) => Cow::Owned(shaped(value.trim(), mark)),
            None => self.text(value),
        }
    }

    /// Returns text from records or people without names.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.replaced(text, Words::Theirs)
    }

    /// Returns a sentence of the program without names that are no words.
    pub fn sentence<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.replaced(text, Words::Ours)
    }

    fn replaced<'t>(&self, text: &'t str, words: Words) -> Cow<'t, str> {
        let Some(search) = &self.search else { return Cow::Borrowed(text) };
        let mut hits: Vec<(usize, usize, &Form)> = search
            .find_overlapping_iter(text)
            .filter_map(|hit| {
                let form = self.forms.get(hit.pattern().as_usize())?;
                form.stands(text, hit.start(), hit.end(), words)
                    .then(|| (hit.start(), hit.end(), form))
            })
            .collect();
        hits.sort_by_key(|(start, end, _)| (*start, Reverse(*end)));
        let cut = self.rest_of_name(text, words);
        if hits.is_empty() && cut.is_none() {
            return Cow::Borrowed(text);
        }
        let mut made = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end, form) in hits {
            if start >= done {
                made.push_str(text.get(done..start).unwrap_or_default());
                made.push_str(&form.instead);
                done = end;
            }
        }
        match cut.filter(|at| *at >= done) {
            Some(at) => {
                made.push_str(text.get(done..at).unwrap_or_default());
                made.push_str("..");
            }
            None => made.push_str(text.get(done..).unwrap_or_default()),
        }
        Cow::Owned(made)
    }

    /// Returns where the beginning of a name stands at the end of a text that was cut.
    fn rest_of_name(&self, text: &str, words: Words) -> Option<usize> {
        let kept = text.strip_suffix("..")?;
        // Where a directory stands before the name, the name is a form of its own.
        let is_bare = |form: &&Form| shaped(&form.name, "").is_empty();
        let forms = self.forms.iter().filter(is_bare);
        let forms = forms.filter(|form| words == Words::Theirs || !is_word(&form.name));
        forms.filter_map(|form| form.begun_at(kept)).min()
    }
}

impl Form {
    /// Returns true when the name stands at a place as a word of its own.
    fn stands(&self, text: &str, start: usize, end: usize, words: Words) -> bool {
        let is_as_written = || {
            // A word in another case is another word, but for its first letter.
            let rest = |text: &str| text.chars().skip(1).collect::<String>();
            text.get(start..end).is_some_and(|found| rest(found) == rest(&self.name))
        };
        (!is_word(&self.name) || (words == Words::Theirs && is_as_written()))
            && begins_word(text.get(..start).unwrap_or_default())
            && ends_word(text.get(end..).unwrap_or_default())
    }

    /// Returns where the end of `kept` is the beginning of the name, and not all of it.
    fn begun_at(&self, kept: &str) -> Option<usize> {
        let ends = self.name.char_indices().map(|(at, _)| at).skip(TELLING);
        ends.filter_map(|end| {
            let begun = self.name.get(..end)?;
            let at = kept.len().checked_sub(begun.len())?;
            let is_begun = kept.get(at..)?.eq_ignore_ascii_case(begun);
            (is_begun && begins_word(kept.get(..at)?)).then_some(at)
        })
        .min()
    }
}

/// Who has a name.
#[derive(Debug)]
struct Owner {
    name: String,
    person: String,
    found: BTreeSet<String>,
}

/// Returns who has which folded name. What two people have, and is neither's own identifier, is a person of its own:
/// nobody can tell whose it is.
fn owners(names: &[PersonName]) -> BTreeMap<String, Owner> {
    let mut by_name: BTreeMap<String, Vec<&PersonName>> = BTreeMap::new();
    for name in names {
        let bare = name.name.trim();
        if !bare.is_empty() && !bare.contains('\u{27e6}') {
            by_name.entry(folded(bare)).or_default().push(name);
        }
    }
    let mut owners = BTreeMap::new();
    for (folded_name, mut of) in by_name {
        of.sort();
        let people: BTreeSet<String> = of.iter().map(|name| folded(&name.person)).collect();
        let Some(first) = of.first() else { continue };
        let own = people.len() == 1 || people.contains(&folded_name);
        let person = match of.iter().find(|name| folded(&name.person) == folded_name) {
            Some(own) => own.person.clone(),
            None if own => first.person.clone(),
            None => first.name.trim().to_owned(),
        };
        let mut found: BTreeSet<String> = of.iter().map(|name| name.found.clone()).collect();
        found.retain(|how| !how.is_empty());
        if !own {
            found.insert("a name of several people".to_owned());
        }
        owners.insert(folded_name, Owner { name: first.name.trim().to_owned(), person, found });
    }
    owners
}

/// Returns the parts of identifiers that name one person alone: part, then the whole name and the person.
fn parts(
    owners: &BTreeMap<String, Owner>,
    is_looked_for: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, (String, String)> {
    let mut parts: BTreeMap<String, Vec<&Owner>> = BTreeMap::new();
    for owner in owners.values() {
        if let Some(part) = inner(&owner.name).filter(|part| is_looked_for(part)) {
            parts.entry(folded(part)).or_default().push(owner);
        }
    }
    let mut alone = BTreeMap::new();
    for (folded_part, of) in parts {
        let people: BTreeSet<&str> = of.iter().map(|owner| owner.person.as_str()).collect();
        if owners.contains_key(&folded_part) {
            continue;
        }
        let Some(part) = of.first().and_then(|owner| inner(&owner.name)) else { continue };
        let whole: Vec<&str> = of.iter().map(|owner| owner.name.as_str()).collect();
        let person = match (people.len(), of.first()) {
            (1, Some(owner)) => owner.person.clone(),
            // The name itself then stands for whoever has it.
            _ => part.to_owned(),
        };
        alone.insert(part.to_owned(), (whole.join(" and of "), person));
    }
    alone
}

fn digits(redactor: &Redactor, person: &str, count: usize) -> String {
    let digest = redactor.hmac(&[DOMAIN, person.as_bytes()]);
    let halves = digest.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.filter_map(|half| char::from_digit(half.into(), 16)).take(count).collect()
}

/// Returns the mark of each person by folded identifier, with more digits where two would have the same.
fn marks(redactor: &Redactor, people: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let folded_people: BTreeSet<String> = people.iter().map(|person| folded(person)).collect();
    let digits = |person: &str, count: usize| digits(redactor, person, count);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for person in &folded_people {
        *seen.entry(digits(person, DIGITS)).or_default() += 1;
    }
    let mark = |person: String| {
        let short = digits(&person, DIGITS);
        let is_taken = seen.get(&short).is_some_and(|count| *count > 1);
        let digits = if is_taken { digits(&person, MORE_DIGITS) } else { short };
        (person, format!("person-{digits}"))
    };
    folded_people.into_iter().map(mark).collect()
}

#[cfg(test)]
mod tests;
