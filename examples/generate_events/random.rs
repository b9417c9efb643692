//! Numbers and identifiers that depend on the seed and the place of a record alone, so that files can be made in any
//! order and on any thread. Speed matters here more than anywhere else in this example.

/// A stream of numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8; 16] = b"0123456789abcdef";
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns a number well mixed from another.
pub(crate) const fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Random {
    /// Starts the stream of one thing: the seed, what kind of thing it is, and its number.
    pub(crate) const fn of(seed: u64, kind: u64, number: u64) -> Self {
        let start = mix(seed ^ mix(kind.wrapping_mul(GAMMA)));
        Self { state: mix(start.wrapping_add(number.wrapping_mul(GAMMA))) }
    }

    /// Returns the next number.
    pub(crate) const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// Returns a number under `limit`, which must not be 0.
    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Appends a version 4 UUID.
    pub(crate) fn uuid(&mut self, out: &mut String) {
        let high = (self.next() & 0xffff_ffff_ffff_0fff) | 0x4000;
        let low = (self.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        hex(out, high >> 32, 8);
        out.push('-');
        hex(out, high >> 16, 4);
        out.push('-');
        hex(out, high, 4);
        out.push('-');
        hex(out, low >> 48, 4);
        out.push('-');
        hex(out, low, 12);
    }

    /// Appends upper-case letters and digits; at most twelve come from one number.
    pub(crate) fn upper(&mut self, out: &mut String, length: u32) {
        let mut left = length;
        while left > 0 {
            let mut bits = self.next();
            for _ in 0..left.min(12) {
                let place = usize::try_from(bits & 31).unwrap_or(0);
                out.push(char::from(BASE32[place]));
                bits >>= 5;
            }
            left -= left.min(12);
        }
    }
}

/// Appends the lowest `digits` hex digits of a number.
pub(crate) fn hex(out: &mut String, number: u64, digits: u32) {
    for digit in (0..digits).rev() {
        let place = usize::try_from((number >> (digit * 4)) & 15).unwrap_or(0);
        out.push(char::from(HEX[place]));
    }
}
