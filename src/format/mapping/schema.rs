//! The shape of a mapping file, exactly as it is written. An unknown key, role, pivot or format word is an error where
//! it stands. Must hold no behavior beyond checking single values.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Spanned;

use crate::model::{IdKind, Kind, Plane, Trust};

use super::integrity::Integrity;
use super::pointer::Pointer;
use super::roles::Role;
use super::times::{TimeFormat, Zone};

/// Largest compiled size of one regex, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// A whole mapping file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingFile {
    #[expect(dead_code, reason = "read for its check: a file of another major version is refused")]
    format: SchemaVersion,
    pub(super) id: Spanned<String>,
    pub(super) title: String,
    pub(super) product: String,
    pub(super) version: String,
    #[serde(default)]
    pub(super) plane: PlaneWord,
    #[serde(default)]
    pub(super) kind: KindWord,
    #[serde(default)]
    pub(super) ignore_case: bool,
    #[serde(default)]
    pub(super) input: Input,
    pub(super) detect: Detect,
    #[serde(default)]
    pub(super) role: BTreeMap<Role, RoleSpec>,
    #[serde(default)]
    pub(super) pivot: BTreeMap<Pivot, Vec<Pointer>>,
    pub(super) integrity: Option<Spanned<Integrity>>,
    #[serde(default)]
    pub(super) keep: Keep,
    #[serde(default)]
    pub(super) child: Vec<ChildSpec>,
    #[serde(default)]
    pub(super) test: Vec<Spanned<TestCase>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
struct SchemaVersion;

impl TryFrom<u32> for SchemaVersion {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 {
            Ok(Self)
        } else {
            Err(format!("mapping files of version `{version}` are not read, only `1`"))
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PlaneWord(pub(super) Plane);

impl Default for PlaneWord {
    fn default() -> Self {
        Self(Plane::Gateway)
    }
}

impl TryFrom<String> for PlaneWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let known = || Plane::ALL.iter().map(|plane| plane.as_str()).collect::<Vec<_>>().join(", ");
        Plane::from_word(&word)
            .map(Self)
            .ok_or_else(|| format!("unknown plane `{word}`\nhint: one of {}", known()))
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct KindWord(pub(super) Kind);

impl Default for KindWord {
    fn default() -> Self {
        Self(Kind::Other)
    }
}

impl TryFrom<String> for KindWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let known = || Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        Kind::from_word(&word)
            .map(Self)
            .ok_or_else(|| format!("unknown kind `{word}`\nhint: one of {}", known()))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    #[serde(default)]
    #[expect(dead_code, reason = "read for its check: only JSON is read so far")]
    kind: InputKind,
    #[serde(default)]
    pub(super) records: Vec<RecordsAt>,
    #[serde(default)]
    pub(super) unwrap: Vec<Unwrap>,
    pub(super) explode: Option<Pointer>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(try_from = "String")]
struct InputKind;

impl TryFrom<String> for InputKind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "json" => Ok(Self),
            "csv" | "text" | "logfmt" => {
                Err(format!("input kind `{word}` comes later, only `json` is read so far"))
            }
            _ => Err(format!("unknown input kind `{word}`\nhint: use `json`")),
        }
    }
}

/// Where the list of records is: the document itself, or one of its members.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Pointer")]
pub(super) struct RecordsAt(pub(super) Option<String>);

impl TryFrom<Pointer> for RecordsAt {
    type Error = String;

    fn try_from(pointer: Pointer) -> Result<Self, String> {
        if pointer.is_root() {
            return Ok(Self(None));
        }
        let key =
            pointer.single_key().ok_or("a list of records deeper than one level comes later")?;
        Ok(Self(Some(key.to_owned())))
    }
}

/// Text at `at` that is itself JSON.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unwrap {
    pub(super) at: Pointer,
    #[serde(rename = "as")]
    pub(super) coding: Coding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Coding {
    Json,
    Base64Json,
}

/// Which records are of this product: all of `require`, `equals` and `prefix`, none of `forbid`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detect {
    #[serde(default)]
    pub(super) require: Vec<Pointer>,
    #[serde(default)]
    pub(super) equals: BTreeMap<Pointer, OneOrMany<Scalar>>,
    #[serde(default)]
    pub(super) prefix: BTreeMap<Pointer, OneOrMany<String>>,
    #[serde(default)]
    pub(super) forbid: Vec<Pointer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A value written in a mapping file; compared as text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl Scalar {
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(value) => value.clone(),
        }
    }
}

/// How one role is filled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleSpec {
    #[serde(default)]
    pub(super) rules: Vec<Rule>,
    #[serde(default)]
    pub(super) from: Vec<PlainPointer>,
    #[serde(default)]
    pub(super) join: Vec<PlainPointer>,
    #[serde(default)]
    pub(super) with: String,
    #[serde(default)]
    pub(super) null: Vec<String>,
    pub(super) capture: Option<Pattern>,
    #[serde(default)]
    pub(super) map: BTreeMap<String, String>,
    #[serde(rename = "else")]
    pub(super) otherwise: Option<String>,
    #[serde(default)]
    pub(super) format: Vec<TimeFormat>,
    #[serde(default)]
    pub(super) zone: Zone,
    pub(super) scale: Option<f64>,
    pub(super) trust: Option<TrustWord>,
    #[serde(default)]
    pub(super) sensitive: bool,
}

/// A fixed value for records that hold what `when` says. `"*"` means that there is any value; an empty `when` always
/// holds. The first rule that holds decides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) when: BTreeMap<Pointer, Scalar>,
    pub(super) value: String,
}

/// A pointer without `*`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Pointer")]
pub(super) struct PlainPointer(pub(super) Pointer);

impl TryFrom<Pointer> for PlainPointer {
    type Error = String;

    fn try_from(pointer: Pointer) -> Result<Self, String> {
        if pointer.has_star() {
            Err("`*` is only read in `[pivot]`".to_owned())
        } else {
            Ok(Self(pointer))
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct TrustWord(pub(super) Trust);

impl TryFrom<String> for TrustWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let refusal =
            || format!("unknown trust `{word}`\nhint: one of observed, asserted, derived");
        Trust::from_word(&word).map(Self).ok_or_else(refusal)
    }
}

/// A regex whose named groups are roles, or `value` for the role it stands in.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern(pub(super) Regex);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let regex = RegexBuilder::new(&text).size_limit(MAX_PATTERN).build().map_err(|error| {
            format!("regex is not read: {}", error.to_string().replace('\n', " "))
        })?;
        let stranger = regex
            .capture_names()
            .flatten()
            .find(|name| *name != "value" && Role::from_name(name).is_none());
        match stranger {
            Some(name) => {
                Err(format!("regex group `{name}` is no role\nhint: use a role's name or `value`"))
            }
            None => Ok(Self(regex)),
        }
    }
}

/// The kind of identifier under which a pivot finds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pivot(pub(super) IdKind);

const PIVOTS: &[(&str, IdKind)] = &[
    ("aws_request_id", IdKind::DownstreamRequest),
    ("aws_access_key", IdKind::Key),
    ("issued_key", IdKind::IssuedKey),
    ("toolu", IdKind::ToolUse),
    ("decision", IdKind::DecisionId),
    ("session", IdKind::Session),
    ("trace", IdKind::Trace),
    ("span", IdKind::Span),
    ("request", IdKind::Request),
    ("correlation", IdKind::Correlation),
    ("step", IdKind::Step),
    ("who", IdKind::Who),
    ("actor", IdKind::Actor),
    ("agent", IdKind::Agent),
    ("role_session", IdKind::RoleSession),
    ("source_identity", IdKind::SourceIdentity),
    ("what", IdKind::What),
    ("address", IdKind::Address),
];

impl TryFrom<String> for Pivot {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = || PIVOTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let found = PIVOTS.iter().find(|(known, _)| *known == name).map(|(_, kind)| Self(*kind));
        found.ok_or_else(|| format!("unknown pivot `{name}`\nhint: one of {}", known()))
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keep {
    pub(super) unmapped: bool,
}

impl Default for Keep {
    fn default() -> Self {
        Self { unmapped: true }
    }
}

/// Further events of a record, one for each element of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChildSpec {
    /// Part of the children's ids.
    pub(super) name: String,
    pub(super) explode: PlainPointer,
    pub(super) decode: Option<Decode>,
    #[serde(default)]
    pub(super) kind: KindWord,
    /// Elements of which this does not hold are passed over.
    #[serde(default)]
    pub(super) when: BTreeMap<Pointer, Scalar>,
    #[serde(default)]
    pub(super) role: BTreeMap<Role, RoleSpec>,
}

/// Built-in decoders of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Decode {
    HoopEventStream,
}

/// A record and what must come out of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestCase {
    pub(super) record: String,
    /// Which of the record's events is looked at, from 0.
    #[serde(default)]
    pub(super) event: usize,
    /// The zone declared for the record's source, for mappings that ask for one.
    pub(super) zone: Option<Zone>,
    /// How many events the record gives.
    pub(super) events: Option<usize>,
    pub(super) expect: BTreeMap<Role, Scalar>,
}
