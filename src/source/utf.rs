//! UTF-8 and UTF-16 byte-order marks: content always comes out as UTF-8 without a mark.

use std::io::{self, Read};

/// How the content is encoded, from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

/// Returns the encoding that the first bytes announce and the length of the mark.
pub(super) fn announced(head: &[u8]) -> (Encoding, usize) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16Little, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16Big, 2),
        _ => (Encoding::Utf8, 0),
    }
}

/// Turns UTF-16 into UTF-8 as it streams by. Lone surrogates become U+FFFD.
#[derive(Debug)]
pub(super) struct FromUtf16<R> {
    inner: R,
    is_little: bool,
    raw: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    high: Option<u16>,
}

impl<R: Read> FromUtf16<R> {
    /// Returns a reader of UTF-8 over UTF-16 bytes without their mark.
    pub(super) fn new(inner: R, encoding: Encoding) -> Self {
        Self {
            inner,
            is_little: encoding == Encoding::Utf16Little,
            raw: Vec::new(),
            ready: Vec::new(),
            given: 0,
            high: None,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        let mut chunk = [0_u8; 16 << 10];
        let count = self.inner.read(&mut chunk)?;
        self.raw.extend_from_slice(chunk.get(..count).unwrap_or_default());
        let whole = self.raw.len() & !1;
        let units: Vec<u16> = self
            .raw
            .get(..whole)
            .unwrap_or_default()
            .chunks_exact(2)
            .map(|pair| match *pair {
                [first, second] if self.is_little => u16::from_le_bytes([first, second]),
                [first, second] => u16::from_be_bytes([first, second]),
                _ => 0xfffd,
            })
            .collect();
        self.raw.drain(..whole);
        let carried = self.high.take().into_iter().chain(units);
        let mut pending = carried.collect::<Vec<u16>>();
        if count > 0
            && let Some(&last) = pending.last()
            && (0xd800..0xdc00).contains(&last)
        {
            self.high = pending.pop();
        }
        let mut encoded = [0_u8; 4];
        for decoded in char::decode_utf16(pending) {
            let letter = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.ready.extend_from_slice(letter.encode_utf8(&mut encoded).as_bytes());
        }
        if count > 0 && self.ready.is_empty() {
            return self.refill();
        }
        Ok(())
    }
}

impl<R: Read> Read for FromUtf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.refill()?;
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        for (target, byte) in into.iter_mut().zip(rest) {
            *target = *byte;
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_of_both_orders_comes_out_as_utf8() {
        let text = "{\"a\":\"ä😀\"}".repeat(4000);
        for (encoding, bytes) in [
            (
                Encoding::Utf16Little,
                text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            ),
            (
                Encoding::Utf16Big,
                text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>(),
            ),
        ] {
            let mut out = String::new();
            FromUtf16::new(bytes.as_slice(), encoding).read_to_string(&mut out).unwrap();
            assert_eq!(out, text);
        }
    }

    #[test]
    fn lone_surrogate_and_odd_byte_do_not_stop_the_text() {
        let mut out = String::new();
        FromUtf16::new(&[0x41, 0x00, 0x00, 0xd8, 0x42, 0x00, 0x43][..], Encoding::Utf16Little)
            .read_to_string(&mut out)
            .unwrap();
        assert_eq!(out, "A\u{fffd}B");
    }
}
