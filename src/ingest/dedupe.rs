//! Which event ids were seen. Shared by the parser threads; ids are digests already, so they are not hashed again.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::model::EventId;

const SHARDS: usize = 64;

/// Uses the low bits of an id as they are.
#[derive(Debug, Default)]
struct Bits(u64);

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, number: u128) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low half of a digest is as good as any"
        )]
        let low = number as u64;
        self.0 = low;
    }
}

type Shard = Mutex<HashSet<u128, BuildHasherDefault<Bits>>>;

/// The set of ids seen in a case.
#[derive(Debug)]
pub(super) struct Seen {
    shards: Vec<Shard>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { shards: std::iter::repeat_with(Shard::default).take(SHARDS).collect() }
    }

    /// Returns true when `id` is new, and remembers it.
    pub(super) fn insert(&self, id: EventId) -> bool {
        let shard = usize::try_from(id.0 >> 122).unwrap_or(0);
        let Some(shard) = self.shards.get(shard) else { return true };
        shard.lock().unwrap_or_else(PoisonError::into_inner).insert(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let seen = Seen::new();
        for number in 0..1000_u128 {
            let id = EventId(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            assert!(seen.insert(id));
            assert!(!seen.insert(id));
        }
    }
}
