//! What makes two records one event: the record's own id within its product, else its exact bytes.
//!
//! The id does not depend on the file, so that it stays the same when a second copy of the evidence is added,
//! when files are split over folders, and for any order and number of threads.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::format::Place;
use crate::model::event::Repeats;
use crate::model::{Event, EventId};

/// Returns SHA-256 of a record's bytes.
pub(super) fn record_digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Counts byte-equal records of one source that are events of their own.
#[derive(Debug, Default)]
pub(super) struct Occurrences(HashMap<([u8; 32], u16), u32>);

impl Occurrences {
    /// Returns the id of an event whose record has the digest `raw`.
    pub(super) fn identify(&mut self, event: &Event<'_>, place: Place, raw: &[u8; 32]) -> EventId {
        let mut sha256 = Sha256::new();
        match (&event.native_id, event.repeats) {
            (Some(native_id), _) => {
                sha256.update(b"whytrail/event/1\0");
                sha256.update(event.product.as_bytes());
                sha256.update(b"\0");
                sha256.update(native_id.as_bytes());
            }
            (None, Repeats::SameEvent) => {
                sha256.update(b"whytrail/record/1\0");
                sha256.update(raw);
                sha256.update(place.part.to_be_bytes());
            }
            (None, Repeats::OwnEvents) => {
                let count = self.0.entry((*raw, place.part)).or_insert(0);
                *count += 1;
                sha256.update(b"whytrail/occurrence/1\0");
                sha256.update(raw);
                sha256.update(place.part.to_be_bytes());
                sha256.update(count.to_be_bytes());
            }
        }
        EventId::from_digest(&sha256.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Plane};

    const PLACE: Place = Place { index: 0, part: 0, offset: 0, length: 2, line: 1 };

    fn id(event: &Event<'_>, place: Place, raw: &[u8]) -> EventId {
        Occurrences::default().identify(event, place, &record_digest(raw))
    }

    #[test]
    fn native_id_counts_within_its_product_and_place_does_not() {
        let mut first = Event::new(Plane::Gateway, "toolhive", Kind::ToolCall);
        first.native_id = Some("a1".into());
        let elsewhere = Place { index: 7, offset: 99, ..PLACE };
        assert_eq!(id(&first, PLACE, b"{}"), id(&first, elsewhere, b"{ }"));
        let mut other = Event::new(Plane::Gateway, "hoop", Kind::ToolCall);
        other.native_id = Some("a1".into());
        assert_ne!(id(&first, PLACE, b"{}"), id(&other, PLACE, b"{}"));
    }

    #[test]
    fn byte_equal_records_are_one_event_unless_the_format_says_otherwise() {
        let event = Event::new(Plane::Other, "json", Kind::Other);
        assert_eq!(id(&event, PLACE, b"{}"), id(&event, PLACE, b"{}"));
        assert_ne!(id(&event, PLACE, b"{}"), id(&event, PLACE, b"[]"));
        let mut wire = Event::new(Plane::Mcp, "mcp", Kind::ToolCall);
        wire.repeats = Repeats::OwnEvents;
        let mut occurrences = Occurrences::default();
        let raw = record_digest(b"{}");
        assert_ne!(
            occurrences.identify(&wire, PLACE, &raw),
            occurrences.identify(&wire, PLACE, &raw)
        );
    }
}
