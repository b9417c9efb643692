//! The end of the journal as the database remembers it: size and hash of the last line, written after every act. Lines
//! that were cut or changed at the journal's end leave a valid chain; this shows them as long as the database is there.

use std::fmt;

use crate::custody::Leaf;
use crate::store::{Fault, Reader};

/// Size of the journal and hash of its last line, as hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedHead {
    pub size: u64,
    pub leaf: String,
}

impl RememberedHead {
    /// Reads the text of a head.
    pub fn parse(text: &str) -> Option<Self> {
        let (size, leaf) = text.split_once(' ')?;
        Some(Self { size: size.parse().ok()?, leaf: leaf.to_owned() })
    }

    /// Returns true when a journal with these leaves has this line at this place.
    pub fn is_in(&self, leaves: &[Leaf]) -> bool {
        match usize::try_from(self.size) {
            Ok(0) => true,
            Ok(size) => leaves.get(size - 1).is_some_and(|leaf| leaf.to_string() == self.leaf),
            Err(_) => false,
        }
    }
}

impl fmt::Display for RememberedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.size, self.leaf)
    }
}

/// Returns the head that the database remembers; `None` before the first act.
pub fn remembered_head(reader: &Reader) -> Result<Option<RememberedHead>, Fault> {
    let rows = reader.rows("SELECT value FROM meta WHERE key = 'journal'", &[])?;
    Ok(rows.first().and_then(|row| RememberedHead::parse(&row.text(0))))
}

/// Returns true when the database holds no source and remembers no act: nothing was done in the case yet.
pub fn is_unbegun(reader: &Reader) -> Result<bool, Fault> {
    let sources = reader.number("SELECT count(*) FROM source", &[])?;
    Ok(sources == 0 && remembered_head(reader)?.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::leaf_hash;

    #[test]
    fn head_is_in_a_journal_that_grew_and_not_in_one_that_was_cut_or_changed() {
        let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        let head = RememberedHead::parse(&format!("2 {}", leaves[1])).unwrap();
        assert!(head.is_in(&leaves) && head.is_in(&leaves[..2]));
        assert!(!head.is_in(&leaves[..1]) && !head.is_in(&[leaves[0], leaves[2]]));
        assert_eq!(RememberedHead::parse(&head.to_string()), Some(head));
        assert_eq!(RememberedHead::parse("x"), None);
    }
}
