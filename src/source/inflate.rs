//! Inflating with caps. The only file that names the library for it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::content::Caps;
use super::hash::Meter;

/// Ratios are not judged before this many inflated bytes: tiny files may shrink by any factor.
const RATIO_FREE: u64 = 8 << 20;

/// Packed bytes of a member read at once.
const PACKED: usize = 64 << 10;

/// Returns a reader over all members of a gzip stream.
pub(super) fn gunzip<R: BufRead + 'static>(input: R) -> Box<dyn Read> {
    Box::new(MultiGzDecoder::new(input))
}

/// Returns the inflated bytes of a small gzip value, or `None` if it is damaged or inflates to over `cap` bytes.
pub fn inflate_bytes(packed: &[u8], cap: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(cap).ok()?.checked_add(1)?;
    MultiGzDecoder::new(packed).take(limit).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= cap).then_some(bytes)
}

/// Stops inflating at the caps with an error that names the cap.
#[derive(Debug)]
pub(super) struct Capped<R> {
    pub(super) inner: R,
    pub(super) caps: Caps,
    /// Bytes as received, counted before inflating.
    pub(super) received: Meter,
    pub(super) inflated: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.inflated += count as u64;
        if self.inflated > self.caps.inflated {
            let limit = self.caps.inflated;
            return Err(io::Error::other(format!(
                "inflated size is over the cap of {limit} bytes"
            )));
        }
        let received = self.received.bytes().max(1);
        if self.inflated > RATIO_FREE && self.inflated / received > self.caps.ratio {
            let ratio = self.caps.ratio;
            return Err(io::Error::other(format!(
                "inflates more than {ratio}:1, which is over the cap"
            )));
        }
        Ok(count)
    }
}

/// A stretch of a file, read by position, so that nobody else's place in the file moves.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) file: Arc<File>,
    pub(super) at: u64,
    pub(super) left: u64,
}

impl Read for Stretch {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.file.read_at(into.get_mut(..room).unwrap_or_default(), self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// What an archive says about a member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promise {
    pub(super) is_deflated: bool,
    pub(super) size: u64,
    pub(super) crc: u32,
    /// More bytes than this are not handed out.
    pub(super) limit: u64,
}

/// Returns a reader over the content of an archive's member that holds the archive to what it says.
pub(super) fn member(packed: Stretch, promise: Promise) -> impl Read + 'static {
    let inner: Box<dyn Read> = if promise.is_deflated {
        Box::new(DeflateDecoder::new(BufReader::with_capacity(PACKED, packed)))
    } else {
        Box::new(packed)
    };
    Member { inner, promise, crc: Crc::new(), given: 0 }
}

struct Member {
    inner: Box<dyn Read>,
    promise: Promise,
    crc: Crc,
    given: u64,
}

impl Read for Member {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let damaged = |what: &str| io::Error::other(format!("zip member {what}"));
        let count = match self.inner.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(damaged("ends early"));
            }
            Err(_) => return Err(damaged("is damaged")),
            Ok(count) => count,
        };
        self.given += count as u64;
        self.crc.update(into.get(..count).unwrap_or_default());
        let Promise { size, crc, limit, .. } = self.promise;
        if self.given > limit {
            return Err(damaged(&over_cap(limit)));
        }
        if count == 0 && self.given < size {
            return Err(damaged("ends early"));
        }
        if count == 0 && (self.given > size || self.crc.sum() != crc) {
            return Err(damaged("is damaged: its checksum differs"));
        }
        Ok(count)
    }
}

/// Says that a member is larger than may be.
pub(super) fn over_cap(limit: u64) -> String {
    format!("inflates to over the cap of {limit} bytes")
}
