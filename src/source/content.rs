//! The content of one source: inflated UTF-8 that streams by, with the digests of both forms at the end.

use std::io::Read;

use super::hash::Meter;

/// What a source may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Inflated bytes per file.
    pub inflated: u64,
    /// Inflated bytes per byte received.
    pub ratio: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { inflated: 3 << 30, ratio: 200 }
    }
}

/// Why content ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub reason: String,
    /// Bytes as received that were read up to the damage.
    pub received: u64,
    /// Bytes of content that came out before the damage.
    pub content: u64,
}

/// Sizes and SHA-256 digests of a source, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Bytes as received.
    pub bytes: u64,
    pub sha256: String,
    /// Bytes after inflating.
    pub inflated: u64,
    pub content_sha256: String,
}

/// Content that streams by.
pub struct Content {
    pub(super) reader: Box<dyn Read>,
    /// The bytes as received, behind what `reader` has taken: what is left of them when inflating stopped early.
    pub(super) rest: Box<dyn Read>,
    pub(super) received: Meter,
    /// `None` when nothing was inflated: both digests are the same.
    pub(super) inflated: Option<Meter>,
    pub(super) given: u64,
    pub(super) is_gzip: bool,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("given", &self.given).finish_non_exhaustive()
    }
}

impl Content {
    /// Appends up to `wanted` bytes of content to `buffer`. Returns true at the end of the content.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool, Damage> {
        let before = buffer.len();
        buffer.resize(before + wanted, 0);
        let mut filled = 0;
        let outcome = loop {
            let Some(room) = buffer.get_mut(before + filled..) else { break Ok(false) };
            if room.is_empty() {
                break Ok(false);
            }
            match self.reader.read(room) {
                Ok(0) => break Ok(true),
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        buffer.truncate(before + filled);
        self.given += filled as u64;
        outcome.map_err(|error| self.damage(&error))
    }

    fn damage(&self, error: &std::io::Error) -> Damage {
        let received = self.received.bytes();
        let reason = if self.is_gzip && error.kind() == std::io::ErrorKind::UnexpectedEof {
            "gzip ends early".to_owned()
        } else if self.is_gzip
            && error.get_ref().is_none_or(|inner| !inner.to_string().contains("cap"))
        {
            "gzip is damaged".to_owned()
        } else {
            error.to_string()
        };
        Damage { reason, received, content: self.given }
    }

    /// Returns the bytes of content given out so far.
    pub const fn given(&self) -> u64 {
        self.given
    }

    /// Reads what is left, so that the digest of the bytes as received covers the whole file, also behind damage.
    /// Returns the digests, and the damage met on the way to the end.
    pub fn finish(mut self) -> (Digests, Option<Damage>) {
        let mut piece = vec![0_u8; 64 << 10];
        let damage = drain(&mut self.reader, &mut piece).err().map(|error| self.damage(&error));
        let unread = drain(&mut self.rest, &mut piece).err().map(|error| self.damage(&error));
        let (bytes, sha256) = (self.received.bytes(), self.received.digest());
        let (inflated, content_sha256) = match &self.inflated {
            Some(meter) => (meter.bytes(), meter.digest()),
            None => (bytes, sha256.clone()),
        };
        (Digests { bytes, sha256, inflated, content_sha256 }, damage.or(unread))
    }
}

/// Reads to the end and drops what comes.
fn drain(from: &mut dyn Read, piece: &mut [u8]) -> std::io::Result<()> {
    loop {
        match from.read(piece) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
