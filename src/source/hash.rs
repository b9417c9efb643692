//! SHA-256 of whatever passes by, and how many bytes that was.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use sha2::{Digest, Sha256};

/// A digest that a reader feeds and somebody else takes at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    sha256: Sha256,
    bytes: u64,
}

impl Meter {
    /// Returns the number of bytes seen.
    pub(super) fn bytes(&self) -> u64 {
        self.0.borrow().bytes
    }

    /// Returns the digest of the bytes seen, as lower-case hex.
    pub(super) fn digest(&self) -> String {
        hex(&self.0.borrow().sha256.clone().finalize())
    }

    fn feed(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        state.sha256.update(bytes);
        state.bytes += bytes.len() as u64;
    }
}

/// A reader that feeds a [`Meter`].
#[derive(Debug)]
pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.meter.feed(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Returns `bytes` as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 0x0f] {
            text.push(char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'?')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meter_gives_the_digest_of_what_was_read() {
        let meter = Meter::default();
        let mut reader = Metered { inner: &b"abc"[..], meter: meter.clone() };
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(meter.bytes(), 3);
        assert_eq!(
            meter.digest(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
