//! Walks the tables of a facts file, value by value, so that a fault in one never drops the others. Owns the place and
//! the words of every fault of form; must not know what the facts mean.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::FactsFault;
use super::pattern::Pattern;
use crate::model::Micros;
use crate::text::fuzzy::nearest;

/// What is found while a text is read.
#[derive(Debug)]
pub(super) struct Scan<'t> {
    file: &'t str,
    text: &'t str,
    faults: RefCell<Vec<FactsFault>>,
    declared: RefCell<BTreeSet<String>>,
}

/// A table with its place in the text.
#[derive(Debug, Clone)]
pub(super) struct Table<'t> {
    scan: &'t Scan<'t>,
    values: Option<&'t DeTable<'t>>,
    /// `scope.allow[2]`
    pub(super) path: String,
    pub(super) span: Range<usize>,
    /// Faults of the scan before this table.
    n_before: usize,
}

type Value<'t> = &'t Spanned<DeValue<'t>>;

impl<'t> Scan<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, faults: RefCell::default(), declared: RefCell::default() }
    }

    /// Notes a fault.
    pub(super) fn fault(&self, span: &Range<usize>, field: &str, reason: impl Into<String>) {
        let (line, column) = place(self.text, span.start);
        self.faults.borrow_mut().push(FactsFault {
            file: self.file.to_owned(),
            line,
            column,
            field: field.to_owned(),
            reason: reason.into(),
        });
    }

    /// Notes a fault of an entry that begins at this line.
    pub(super) fn fault_at_line(&self, line: usize, field: &str, reason: impl Into<String>) {
        self.faults.borrow_mut().push(FactsFault {
            file: self.file.to_owned(),
            line,
            column: 1,
            field: field.to_owned(),
            reason: reason.into(),
        });
    }

    /// Notes that a key has a value that is understood.
    pub(super) fn declare(&self, key: &str) {
        self.declared.borrow_mut().insert(key.to_owned());
    }

    /// Returns the line of a place, from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        place(self.text, span.start).0
    }

    /// Returns the first fault since `n_before`, as `line 12: reason`.
    fn first_since(&self, n_before: usize) -> Option<String> {
        let faults = self.faults.borrow();
        faults.get(n_before).map(|fault| format!("line {}: {}", fault.line, fault.reason))
    }

    /// Returns what was found: faults in the order of their places, and the declared keys.
    pub(super) fn finish(self) -> (Vec<FactsFault>, BTreeSet<String>) {
        let mut faults = self.faults.into_inner();
        faults.sort_by(|left, right| {
            (left.line, left.column, &left.field).cmp(&(right.line, right.column, &right.field))
        });
        (faults, self.declared.into_inner())
    }

    /// Returns the table of the whole file.
    pub(super) fn root(&'t self, values: &'t Spanned<DeTable<'t>>) -> Table<'t> {
        Table {
            scan: self,
            values: Some(values.get_ref()),
            path: String::new(),
            span: values.span(),
            n_before: 0,
        }
    }
}

/// Returns line and column, in characters from 1, of a byte offset.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

impl<'t> Table<'t> {
    /// Returns the dotted name of a key.
    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns the line at which the table begins.
    pub(super) fn line(&self) -> usize {
        self.scan.line(&self.span)
    }

    /// Notes a fault of this table.
    pub(super) fn fault(&self, key: &str, reason: impl Into<String>) {
        let span = self.get(key).map_or_else(|| self.span.clone(), Spanned::span);
        let field = if key.is_empty() { self.path.clone() } else { self.name(key) };
        self.scan.fault(&span, &field, reason);
    }

    /// Returns why this table is not understood whole, once everything in it was read.
    pub(super) fn trouble(&self) -> Option<String> {
        self.scan.first_since(self.n_before)
    }

    /// Notes every key that is not one of `known`, with the name that comes closest.
    pub(super) fn only(&self, known: &[&str]) {
        for (key, _) in self.values.into_iter().flat_map(DeTable::iter) {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let hint = match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            let field = self.name(name);
            self.scan.fault(&key.span(), &field, format!("`{name}` is no key here; {hint}"));
        }
    }

    fn get(&self, key: &str) -> Option<Value<'t>> {
        self.values?.get(key)
    }

    /// Returns true when the key is written, understood or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns place of a key's value in bytes.
    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.get(key).map(Spanned::span)
    }

    fn wrong(&self, key: &str, value: Value<'t>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.scan.fault(&value.span(), &self.name(key), format!("is a {found}, not {wanted}"));
    }

    /// Notes that a value is understood. Keys of entries of a list are not declared one by one.
    fn understood(&self, key: &str) {
        if !self.path.contains('[') {
            self.scan.declare(&self.name(key));
        }
    }

    /// Returns a text that is not empty.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let text = self.written(key)?;
        self.understood(key);
        Some(text)
    }

    /// Returns a text that is not empty and may still mean nothing.
    fn written(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "a text");
            return None;
        };
        if text.trim().is_empty() {
            self.fault(key, "is empty; leave the key out when nothing is declared");
            return None;
        }
        Some(text.to_owned())
    }

    /// Returns texts: one, or a list of them.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.all_written(key);
        if !texts.is_empty() {
            self.understood(key);
        }
        texts
    }

    /// Returns texts that may still mean nothing.
    fn all_written(&self, key: &str) -> Vec<String> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if value.get_ref().is_str() {
            return self.written(key).into_iter().collect();
        }
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, "a text or a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for element in list {
            match element.get_ref().as_str().map(str::trim) {
                Some("") | None => self.scan.fault(
                    &element.span(),
                    &self.name(key),
                    "holds something that is no text, or an empty one",
                ),
                Some(_) => texts.extend(element.get_ref().as_str().map(str::to_owned)),
            }
        }
        texts
    }

    /// Returns a pattern.
    pub(super) fn pattern(&self, key: &str) -> Option<Pattern> {
        self.text(key).map(Pattern::new)
    }

    /// Returns patterns: one, or a list of them.
    pub(super) fn patterns(&self, key: &str) -> Vec<Pattern> {
        self.texts(key).into_iter().map(Pattern::new).collect()
    }

    /// Returns yes or no.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        match flag {
            Some(_) => self.understood(key),
            None => self.wrong(key, value, "true or false"),
        }
        flag
    }

    /// Returns a whole number of at least zero.
    pub(super) fn whole(&self, key: &str) -> Option<u64> {
        let number = self.number(key)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a whole number of at least zero below 2^53"
        )]
        let whole = (number.fract() == 0.0 && number < 9e15).then_some(number as u64);
        if whole.is_none() {
            self.fault(key, format!("`{number}` is no whole number below 9e15"));
        }
        whole
    }

    /// Returns a number of at least zero.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        let Some(number) = numeric(value.get_ref()) else {
            self.wrong(key, value, "a number");
            return None;
        };
        if number < 0.0 {
            self.fault(key, format!("`{number}` is below zero"));
            return None;
        }
        self.understood(key);
        Some(number)
    }

    /// Returns a span in microseconds: `"2s"`, `"15m"`, or a number of seconds.
    pub(super) fn span_of_time(&self, key: &str) -> Option<i64> {
        let value = self.get(key)?;
        let micros = match value.get_ref() {
            DeValue::String(text) => read_span(text),
            other => numeric(other).and_then(|seconds| micros_of(seconds, 1e6)),
        };
        match micros {
            Some(micros) if micros >= 0 => {
                self.understood(key);
                Some(micros)
            }
            Some(_) => {
                self.fault(key, "is below zero");
                None
            }
            None => {
                self.fault(
                    key,
                    "is no span of time; write `\"2s\"`, `\"15m\"`, `\"1h\"`, `\"90d\"` or seconds",
                );
                None
            }
        }
    }

    /// Returns an instant. One without a zone is a fault: nobody knows when it was.
    pub(super) fn time(&self, key: &str) -> Option<Micros> {
        let value = self.get(key)?;
        let written = match value.get_ref() {
            DeValue::Datetime(time) => time.to_string(),
            DeValue::String(text) => text.trim().to_owned(),
            _ => {
                self.wrong(key, value, "a time");
                return None;
            }
        };
        if let Ok(time) = written.replacen(' ', "T", 1).parse::<jiff::Timestamp>() {
            self.understood(key);
            return Some(Micros(time.as_microsecond()));
        }
        let why = "is no time with a zone; write `2026-07-12T09:30:00Z` or `...+02:00`";
        self.fault(key, format!("`{written}` {why}"));
        None
    }

    /// Returns one of the words of an enum.
    pub(super) fn word<T>(
        &self,
        key: &str,
        words: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.written(key)?;
        let found = read(&text);
        match found {
            Some(_) => self.understood(key),
            None => self.fault(key, unknown_word(&text, words)),
        }
        found
    }

    /// Returns the words of a key that are one of an enum.
    pub(super) fn word_list<T>(
        &self,
        key: &str,
        words: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for text in self.all_written(key) {
            match read(&text) {
                Some(one) => found.push(one),
                None => self.fault(key, unknown_word(&text, words)),
            }
        }
        if !found.is_empty() {
            self.understood(key);
        }
        found
    }

    /// Returns a table below a key; an empty one when there is none.
    pub(super) fn table(&self, key: &str) -> Self {
        let n_before = self.scan.faults.borrow().len();
        let path = self.name(key);
        let empty =
            |span| Self { scan: self.scan, values: None, path: path.clone(), span, n_before };
        let Some(value) = self.get(key) else { return empty(self.span.clone()) };
        let values = value.get_ref().as_table();
        if values.is_none() {
            self.wrong(key, value, "a table");
        }
        Self { values, ..empty(value.span()) }
    }

    /// Reads the tables of a list, each with `read`. A list with one understood entry is declared.
    pub(super) fn list<T>(&self, key: &str, read: impl Fn(&Self) -> Option<T>) -> Vec<T> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, &format!("a list of tables: write `[[{}]]`", self.name(key)));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (number, element) in (1..).zip(list.iter()) {
            let path = format!("{}[{number}]", self.name(key));
            let Some(values) = element.get_ref().as_table() else {
                self.scan.fault(&element.span(), &path, "is no table");
                continue;
            };
            let n_before = self.scan.faults.borrow().len();
            let table = Self {
                scan: self.scan,
                values: Some(values),
                path,
                span: element.span(),
                n_before,
            };
            found.extend(read(&table));
        }
        if !found.is_empty() {
            self.scan.declare(&self.name(key));
        }
        found
    }
}

fn unknown_word(text: &str, words: &[&str]) -> String {
    let hint = match nearest(text, words) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", words.join(", ")),
    };
    format!("`{text}` is not known; {hint}")
}

/// Returns the number of an integer or float that is finite.
fn numeric(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse::<f64>().ok()?,
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers above 2^53 are refused where whole ones are wanted"
        )]
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok()? as f64
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().ok()?,
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return None,
    };
    number.is_finite().then_some(number)
}

fn micros_of(number: f64, unit: f64) -> Option<i64> {
    let micros = number * unit;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be far inside of i64")]
    let whole = (micros.abs() < 4e18).then_some(micros as i64);
    whole
}

/// Reads `500ms`, `2s`, `15m`, `1h`, `90d` into microseconds.
fn read_span(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.rfind(|letter: char| letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits + 1)?;
    let unit = match unit.trim() {
        "ms" => 1e3,
        "s" => 1e6,
        "m" | "min" => 60e6,
        "h" => 3600e6,
        "d" => 86_400e6,
        _ => return None,
    };
    micros_of(number.parse::<f64>().ok().filter(|number| number.is_finite())?, unit)
}
