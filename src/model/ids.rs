//! Identifiers made by the program. An event's id is a function of the record alone, so that it is the same for
//! any file order, split over folders or thread count, and does not change when a second copy of a file arrives.

use std::fmt;

/// Id of an event: an RFC 9562 version 8 UUID made from a SHA-256 over what identifies the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u128);

impl EventId {
    /// Returns the id made of the first 16 bytes of `digest`, with the version and variant bits of a UUID.
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(u128::from_be_bytes(bytes))
    }

    /// Returns the first eight hex digits: what fits on a screen line. A prefix is accepted wherever an id is.
    pub fn short(self) -> String {
        format!("{:08x}", self.0 >> 96)
    }

    /// Returns the id written as `text`: 32 hex digits with or without hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let hex: String = text.chars().filter(|letter| *letter != '-').collect();
        if hex.len() != 32 {
            return None;
        }
        u128::from_str_radix(&hex, 16).ok().map(Self)
    }

    /// Returns the range of ids that begin with the hex digits of `prefix` (at least 4), for looking one up.
    pub fn prefix_range(prefix: &str) -> Option<(Self, Self)> {
        let hex: String = prefix.chars().filter(|letter| *letter != '-').collect();
        if !(4..=32).contains(&hex.len()) || !hex.chars().all(|letter| letter.is_ascii_hexdigit()) {
            return None;
        }
        let low = u128::from_str_radix(&format!("{hex:0<32}"), 16).ok()?;
        let high = u128::from_str_radix(&format!("{hex:f<32}"), 16).ok()?;
        Some((Self(low), Self(high)))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            id >> 96,
            (id >> 80) & 0xffff,
            (id >> 64) & 0xffff,
            (id >> 48) & 0xffff,
            id & 0xffff_ffff_ffff
        )
    }
}

/// Number of a source inside one case, in order of loading. Never printed in exports; the content hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub i32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_prints_as_a_uuid_and_reads_back() {
        let id = EventId::from_digest(&[0xab; 32]);
        let text = id.to_string();
        assert_eq!(text, "abababab-abab-8bab-abab-abababababab");
        assert_eq!(EventId::parse(&text), Some(id));
        assert_eq!(id.short(), "abababab");
    }

    #[test]
    fn prefix_covers_exactly_the_ids_that_begin_with_it() {
        let id = EventId::from_digest(&[0xab; 32]);
        let (low, high) = EventId::prefix_range("abab-ab").unwrap();
        assert!(low <= id && id <= high);
        let (low, high) = EventId::prefix_range("abac").unwrap();
        assert!(!(low <= id && id <= high));
        assert_eq!(EventId::prefix_range("ab"), None);
        assert_eq!(EventId::prefix_range("xyz123"), None);
    }
}
