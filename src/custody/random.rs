//! Random bytes from the operating system, for keys and journal nonces. Must not be used for anything that an output
//! depends on.

use std::fs::File;
use std::io::{self, Read};

/// Returns `N` random bytes.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Returns a nonce for a journal entry.
pub fn nonce() -> io::Result<u128> {
    bytes().map(u128::from_be_bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_nonces_differ() {
        assert_ne!(super::nonce().unwrap(), super::nonce().unwrap());
    }
}
