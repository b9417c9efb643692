//! `[integrity]`: how a product chains its records by hashes. Says where the parts stand and reads them from a record;
//! must not verify anything.
//!
//! ```toml
//! [integrity]
//! partition = ["/gateway_id"]        # records with equal values here are one chain; without it the source is one
//! seq  = "/seq"                      # number of the record in its chain
//! prev = "/prev_hash"                # hash of the record before
//! hash = "/hash"                     # hash of the record itself; the one part that must be there
//! algorithm = "sha256"               # sha256, sha384, sha512, or hmac (needs a key, so content is not checked)
//! input = "raw-line-minus-member"    # what is hashed: raw-line-minus-member, jcs-minus-member, concat-prev-raw or unknown
//! genesis = "0000...0000"            # `prev` of the first record, in hex
//! ```

use serde::Deserialize;
use serde_json::Value;

use super::pointer::Scope;
use super::schema::PlainPointer;
use super::value::scalar_text;

/// How the hash chain of a product is laid out.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Layout")]
pub struct Integrity {
    layout: Layout,
}

/// The table as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    #[serde(default)]
    partition: Vec<PlainPointer>,
    seq: Option<PlainPointer>,
    prev: Option<PlainPointer>,
    hash: PlainPointer,
    #[serde(default)]
    algorithm: Algorithm,
    #[serde(default)]
    input: HashedInput,
    genesis: Option<String>,
}

/// The hash function of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    #[default]
    Sha256,
    Sha384,
    Sha512,
    /// Keyed: only who has the key can check it.
    Hmac,
}

impl Algorithm {
    /// Returns the word of mapping files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Hmac => "hmac",
        }
    }

    /// Returns the number of hex digits of a hash.
    pub const fn hex_digits(self) -> usize {
        match self {
            Self::Sha256 | Self::Hmac => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

/// What the hash of a record is made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HashedInput {
    /// The bytes of the line without the member that holds the hash.
    RawLineMinusMember,
    /// RFC 8785 of the record without that member.
    JcsMinusMember,
    /// `prev` as written, and behind it the bytes of the line without that member.
    ConcatPrevRaw,
    /// The vendor does not say.
    #[default]
    Unknown,
}

impl HashedInput {
    /// Returns the word of mapping files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RawLineMinusMember => "raw-line-minus-member",
            Self::JcsMinusMember => "jcs-minus-member",
            Self::ConcatPrevRaw => "concat-prev-raw",
            Self::Unknown => "unknown",
        }
    }
}

/// What one record says about its place in a chain. Nothing of it is verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChainLink {
    /// Values that tell chains apart, in the order of the mapping; an absent one is empty.
    pub partition: Vec<String>,
    pub seq: Option<String>,
    pub prev: Option<String>,
    pub hash: Option<String>,
}

impl TryFrom<Layout> for Integrity {
    type Error = String;

    fn try_from(layout: Layout) -> Result<Self, String> {
        if layout.seq.is_none() && layout.prev.is_none() {
            return Err("a chain needs `prev` or `seq` beside `hash`".to_owned());
        }
        let digits = layout.algorithm.hex_digits();
        let is_hash = |text: &String| {
            text.len() == digits && text.bytes().all(|letter| letter.is_ascii_hexdigit())
        };
        if !layout.genesis.as_ref().is_none_or(is_hash) {
            let name = layout.algorithm.as_str();
            return Err(format!("`genesis` is no {name} in hex, which has {digits} digits"));
        }
        Ok(Self { layout })
    }
}

impl Integrity {
    /// Returns the hash function.
    pub const fn algorithm(&self) -> Algorithm {
        self.layout.algorithm
    }

    /// Returns what is hashed.
    pub const fn input(&self) -> HashedInput {
        self.layout.input
    }

    /// Returns `prev` of the first record of a chain, in hex.
    pub fn genesis(&self) -> Option<&str> {
        self.layout.genesis.as_deref()
    }

    /// Returns true when records name the hash of the one before.
    pub(super) const fn has_prev(&self) -> bool {
        self.layout.prev.is_some()
    }

    /// Returns the name of the member that holds the hash, when it is one of the record itself.
    pub(super) fn hash_member(&self) -> Option<&str> {
        self.layout.hash.0.single_key()
    }

    /// Reads what a record says about its place.
    pub fn link(&self, record: &Value, ignore_case: bool) -> ChainLink {
        let scope = Scope { record, element: None, ignore_case };
        let text = |pointer: &PlainPointer| {
            pointer.0.find(&scope).and_then(scalar_text).map(std::borrow::Cow::into_owned)
        };
        let layout = &self.layout;
        ChainLink {
            partition: layout.partition.iter().map(|at| text(at).unwrap_or_default()).collect(),
            seq: layout.seq.as_ref().and_then(text),
            prev: layout.prev.as_ref().and_then(text),
            hash: text(&layout.hash),
        }
    }

    /// Returns the parts by name, in the order of the documentation.
    pub(super) fn pointers(&self) -> impl Iterator<Item = (&'static str, &PlainPointer)> {
        let layout = &self.layout;
        let partition = layout.partition.iter().map(|pointer| ("partition", pointer));
        let seq = layout.seq.iter().map(|pointer| ("seq", pointer));
        let prev = layout.prev.iter().map(|pointer| ("prev", pointer));
        partition.chain(seq).chain(prev).chain([("hash", &layout.hash)])
    }
}

impl std::fmt::Display for Integrity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} over {}:", self.algorithm().as_str(), self.input().as_str())?;
        self.pointers().try_for_each(|(name, pointer)| write!(f, " {name} {}", pointer.0))
    }
}
