//! The head of a source as formats see it when they are asked whether it is theirs.

use serde_json::Value;

use crate::source::{FrameKind, Framer, Framing};

/// Formats look at this many records at most.
const SAMPLED_RECORDS: usize = 64;

/// The first bytes of a source (at most 1 MiB of inflated UTF-8 content) and its name.
#[derive(Debug)]
pub struct Sample<'s> {
    /// File or member name without folders; a tie-breaker at most, never the reason.
    pub name: &'s str,
    pub head: &'s str,
    /// True when `head` is the whole content.
    pub is_whole: bool,
    shape: Shape,
    values: Vec<Value>,
}

/// What the content looks like from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing but white space.
    Empty,
    /// The first value is a JSON object.
    Object,
    /// The first value is a JSON array.
    Array,
    /// Text.
    Text,
}

impl<'s> Sample<'s> {
    /// Looks at the head of a source.
    pub fn new(name: &'s str, head: &'s str, is_whole: bool) -> Self {
        let shape = match head.trim_start().as_bytes().first() {
            None => Shape::Empty,
            Some(b'{') => Shape::Object,
            Some(b'[') => Shape::Array,
            Some(_) => Shape::Text,
        };
        let mut sample = Self { name, head, is_whole, shape, values: Vec::new() };
        if matches!(shape, Shape::Object | Shape::Array) {
            sample.values = sample.records(Framing::json(&[]));
        }
        sample
    }

    /// Returns what the first byte says.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Returns the first whole top-level values (elements, when the content is one array), at most 64.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the first whole records that this framing cuts out of the head.
    pub fn records(&self, framing: Framing) -> Vec<Value> {
        let mut values = Vec::new();
        let mut framer = Framer::new(framing);
        framer.feed(self.head.as_bytes(), true, &mut |frame| {
            if frame.kind == FrameKind::Record
                && values.len() < SAMPLED_RECORDS
                && let Ok(value) = serde_json::from_slice(frame.bytes)
            {
                values.push(value);
            }
        });
        values
    }

    /// Returns the first lines that are not blank, at most 64.
    pub fn lines(&self) -> impl Iterator<Item = &'s str> {
        self.head.lines().map(str::trim).filter(|line| !line.is_empty()).take(SAMPLED_RECORDS)
    }

    /// Returns true when the raw head names the key, also inside a value that the head cuts off.
    pub fn mentions_key(&self, key: &str) -> bool {
        let quoted = format!("\"{key}\"");
        memchr::memmem::find(self.head.as_bytes(), quoted.as_bytes()).is_some()
    }
}
