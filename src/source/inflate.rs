//! Inflating with caps. The only file that names the gzip library.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;

use super::content::Caps;
use super::hash::Meter;

/// Ratios are not judged before this many inflated bytes: tiny files may shrink by any factor.
const RATIO_FREE: u64 = 8 << 20;

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
