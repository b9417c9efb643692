//! One pack: a TOML file of criteria with the law or standard it rests on. Owns the form of the file and the place of
//! every fault in it. Unknown keys are faults, so that a typing error never drops a rule in silence.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::model::Micros;

/// A fault in a pack file. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` line {line} column {column}: {reason}")]
pub struct PackError {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub reason: String,
}

/// How much the records of a criterion can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// The record is the thing asked for.
    Strong,
    /// Shows that a measure worked, not that it is well designed.
    Partial,
    /// Helps a reader, decides nothing.
    Context,
}

impl Strength {
    /// Returns the strength whose word is `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Strong, Self::Partial, Self::Context].into_iter().find(|one| one.as_str() == word)
    }

    /// Returns the word used in packs and exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Partial => "partial",
            Self::Context => "context",
        }
    }
}

/// What the verdicts of a pack speak about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdicts {
    /// Whether the evidence supports a duty.
    Evidence,
    /// Whether a behavior was seen (attack techniques).
    #[serde(rename = "behaviour")]
    Behavior,
}

/// From when a criterion applies, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesFrom {
    /// What the date holds for: `general`, `annex-iii`, `annex-i`.
    pub when: String,
    #[serde(deserialize_with = "date")]
    pub from: Date,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Id of the pack.
    pub pack: String,
    /// OSCAL token, unique across packs: `euaia-art-12.1`.
    pub id: String,
    /// Official identifier: `Article 12(1)`.
    pub label: String,
    pub title: String,
    /// Version of the list that the label is from, where one pack holds several: `19`.
    pub version: Option<String>,
    /// Other official identifiers that mean this criterion: those it replaced, or parts that it covers.
    pub aliases: Vec<String>,
    /// What it asks for, in our words.
    pub asks: String,
    /// Who owes it: `provider`, `deployer`, `any`.
    pub owes: Vec<String>,
    /// Empty when it applies without a date.
    pub applies: Vec<AppliesFrom>,
    /// Names of the rules that speak to it.
    pub rules: Vec<String>,
    /// What the criterion asks of a rule beyond what the rule asks by itself, by rule: `OVER` = `V3`, `KEEP` = `P6M`.
    pub narrow: BTreeMap<String, String>,
    /// Actions whose record is a sign of the behavior: `iam:Create*`, with `*` for any letters.
    pub cues: Vec<String>,
    /// How many of `cues` by one actor within ten minutes are a sign; without it, one is.
    pub burst: Option<u32>,
    pub strength: Strength,
    /// Records that support it, and records that show a gap, in words.
    pub supports: Option<String>,
    pub gap: Option<String>,
    /// What no record can show.
    pub cannot_show: String,
    pub note: Option<String>,
    /// What search looks at.
    pub(super) haystack: String,
}

impl Criterion {
    /// Returns the official identifier with the version of its list and the identifiers it stands for:
    /// `T1685.002 (version: 19; also T1562.008)`.
    pub fn full_label(&self) -> String {
        let version = self.version.as_ref().map(|version| format!("version: {version}"));
        let also = (!self.aliases.is_empty()).then(|| format!("also {}", self.aliases.join(", ")));
        let more: Vec<String> = version.into_iter().chain(also).collect();
        if more.is_empty() {
            return self.label.clone();
        }
        format!("{} ({})", self.label, more.join("; "))
    }

    /// Returns true when `text` is its id, its official identifier or one that it stands for.
    pub(super) fn is_called(&self, text: &str) -> bool {
        [&self.id, &self.label]
            .into_iter()
            .chain(&self.aliases)
            .any(|name| name.eq_ignore_ascii_case(text))
    }
}

/// A pack as loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    pub id: String,
    pub version: String,
    pub title: String,
    /// Laws and standards it rests on.
    pub basis: Vec<String>,
    /// State of law that it tells.
    pub as_of: Date,
    pub text_license: Option<String>,
    pub verdicts: Verdicts,
    /// What holds for the whole pack: dates, where its titles are from.
    pub note: Option<String>,
    /// Digest of the file's bytes in hex: goes into the journal and every export.
    pub sha256: String,
    pub criteria: Vec<Criterion>,
}

/// Whether a criterion applied when an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    Now,
    /// Not yet; the earliest date from which it does.
    From(Date),
}

/// Returns whether `criterion` applied at `time` to at least one of the things its dates are for. A date begins at
/// midnight UTC.
pub fn applies_on(criterion: &Criterion, time: Micros) -> Applies {
    let day = time.timestamp().to_zoned(TimeZone::UTC).date();
    match criterion.applies.iter().map(|one| one.from).min() {
        Some(first) if day < first => Applies::From(first),
        Some(_) | None => Applies::Now,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    pack: Head,
    #[serde(default)]
    criterion: Vec<CriterionTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: Spanned<String>,
    version: String,
    title: String,
    basis: Vec<String>,
    #[serde(deserialize_with = "date")]
    as_of: Date,
    #[serde(rename = "text_licence")]
    text_license: Option<String>,
    verdicts: Verdicts,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CriterionTable {
    id: Spanned<String>,
    label: String,
    title: String,
    version: Option<String>,
    #[serde(default)]
    aliases: Vec<Spanned<String>>,
    asks: String,
    owes: Vec<String>,
    #[serde(default)]
    applies: Vec<AppliesFrom>,
    #[serde(default)]
    rules: Vec<Spanned<String>>,
    #[serde(default)]
    narrow: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    cues: Vec<Spanned<String>>,
    burst: Option<Spanned<u32>>,
    strength: Strength,
    supports: Option<String>,
    gap: Option<String>,
    cannot_show: String,
    note: Option<String>,
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    written.to_string().parse().or(Err(serde::de::Error::custom("not a date as in 2026-08-02")))
}

impl Pack {
    /// Reads a pack. `file` is the name that faults are told with.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let fault = |span: Option<Range<usize>>, reason: String| {
            let (line, column) = place(text, span.map_or(0, |span| span.start));
            PackError { file: file.to_owned(), line, column, reason }
        };
        let read: PackFile = toml::from_str(text)
            .map_err(|error| fault(error.span(), first_line(error.message()).to_owned()))?;
        let pack_id = token(read.pack.id).map_err(|(span, reason)| fault(Some(span), reason))?;
        let mut criteria: Vec<Criterion> = Vec::with_capacity(read.criterion.len());
        for table in read.criterion {
            let span = table.id.span();
            let criterion =
                criterion(&pack_id, table).map_err(|(span, reason)| fault(Some(span), reason))?;
            if criteria.iter().any(|known| known.id == criterion.id) {
                return Err(fault(
                    Some(span),
                    format!("criterion `{}` stands here a second time", criterion.id),
                ));
            }
            criteria.push(criterion);
        }
        Ok(Self {
            id: pack_id,
            version: read.pack.version,
            title: read.pack.title,
            basis: read.pack.basis,
            as_of: read.pack.as_of,
            text_license: read.pack.text_license,
            verdicts: read.pack.verdicts,
            note: read.pack.note,
            sha256: hex_digest(text),
            criteria,
        })
    }

    /// Reads the pack file at `path`.
    pub fn load(path: &Path) -> Result<Self, PackError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(error) => Err(PackError {
                file,
                line: 1,
                column: 1,
                reason: format!("cannot be read: {error}"),
            }),
        }
    }
}

/// A fault with its place in the text.
type Fault = (Range<usize>, String);

/// Returns the text of an id if it is an OSCAL token.
fn token(id: Spanned<String>) -> Result<String, Fault> {
    let span = id.span();
    let id = id.into_inner();
    let is_first = |letter: char| letter.is_alphabetic() || letter == '_';
    let is_rest = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if id.starts_with(is_first) && id.chars().all(is_rest) {
        return Ok(id);
    }
    let hint = "hint: begin with a letter or `_`, go on with letters, digits, `.`, `-`, `_`";
    Err((span, format!("id `{id}` is not a token\n{hint}")))
}

fn criterion(pack: &str, table: CriterionTable) -> Result<Criterion, Fault> {
    let id = token(table.id)?;
    let rules: Vec<String> = table.rules.into_iter().map(token).collect::<Result<_, _>>()?;
    let narrow =
        table.narrow.into_iter().map(|one| narrowed(one, &rules)).collect::<Result<_, _>>()?;
    let aliases: Vec<String> = table.aliases.into_iter().map(alias).collect::<Result<_, _>>()?;
    let cues: Vec<String> = table.cues.into_iter().map(cue).collect::<Result<_, _>>()?;
    let burst = table.burst.map(|count| burst(&count, &cues)).transpose()?;
    let mut haystack = format!("{id} {} {}", table.label, table.title);
    for alias in &aliases {
        haystack.push(' ');
        haystack.push_str(alias);
    }
    Ok(Criterion {
        pack: pack.to_owned(),
        id,
        label: table.label,
        title: table.title,
        version: table.version,
        aliases,
        asks: table.asks,
        owes: table.owes,
        applies: table.applies,
        rules,
        narrow,
        cues,
        burst,
        strength: table.strength,
        supports: table.supports,
        gap: table.gap,
        cannot_show: table.cannot_show,
        note: table.note,
        haystack,
    })
}

/// Returns a rule and what is asked of it, if the criterion has that rule.
fn narrowed(
    (rule, word): (Spanned<String>, String),
    rules: &[String],
) -> Result<(String, String), Fault> {
    let span = rule.span();
    let rule = rule.into_inner();
    if rules.contains(&rule) && !word.trim().is_empty() {
        return Ok((rule, word));
    }
    let hint = "hint: name one of the criterion's `rules` and what is asked of it";
    Err((
        span,
        format!("`narrow` says nothing about a rule of this criterion under `{rule}`\n{hint}"),
    ))
}

/// Returns another identifier. It has no space, so that it can be typed as one word.
fn alias(alias: Spanned<String>) -> Result<String, Fault> {
    let span = alias.span();
    let alias = alias.into_inner();
    if !alias.is_empty() && alias.chars().all(|letter| letter.is_ascii_graphic()) {
        return Ok(alias);
    }
    Err((span, format!("alias `{alias}` is not one word of plain letters")))
}

/// Returns the pattern of an action: `service:Operation`, with `*` for any letters on both sides.
fn cue(cue: Spanned<String>) -> Result<String, Fault> {
    let span = cue.span();
    let cue = cue.into_inner();
    let is_service = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '*')
    };
    let is_operation = |letter: char| letter.is_ascii_alphanumeric() || letter == '*';
    let is_part =
        |part: &str, fits: &dyn Fn(char) -> bool| !part.is_empty() && part.chars().all(fits);
    match cue.split_once(':') {
        Some((service, operation))
            if is_part(service, &is_service) && is_part(operation, &is_operation) =>
        {
            Ok(cue)
        }
        Some(_) | None => {
            let hint = "hint: write an action as `service:Operation`, with `*` for any letters";
            Err((span, format!("cue `{cue}` is no pattern of an action\n{hint}")))
        }
    }
}

/// Returns how many cues make a sign.
fn burst(count: &Spanned<u32>, cues: &[String]) -> Result<u32, Fault> {
    if cues.is_empty() {
        return Err((count.span(), "`burst` counts `cues`, and there are none".to_owned()));
    }
    if *count.as_ref() < 2 {
        return Err((count.span(), "a burst is two or more".to_owned()));
    }
    Ok(*count.as_ref())
}

fn hex_digest(text: &str) -> String {
    let digits = Sha256::digest(text).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// Returns line and column, in characters, of a byte offset.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests;
