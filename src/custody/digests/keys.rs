//! Public keys of CloudTrail: reading both forms, checking fingerprints, verifying signatures. Must not trust a
//! fingerprint that is only stated.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::{Located, verdict};
use crate::model::Micros;
use crate::model::proof::{KeyList, ProofVerdict, PublicKey, Standing, Subject};

/// A key counts as in use this long before and after the validity that the list states, in microseconds: digests of an
/// hour are signed after it.
const SLACK: i64 = 3_600_000_000;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// A usable key.
#[derive(Debug, Clone)]
struct Key {
    listed: PublicKey,
    /// DER of PKCS#1 `RSAPublicKey`.
    der: Vec<u8>,
    /// Names of the lists that hold it.
    from: Vec<String>,
}

/// Why no key can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// No list was supplied.
    NoList,
    NotListed,
    /// Listed, but not in use at that time.
    OtherTime,
}

impl NoKey {
    /// Returns the reason as a sentence.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::NoList => {
                "no public key list was supplied: save the answer of `aws cloudtrail list-public-keys` for that region"
            }
            Self::NotListed => "no supplied list holds a key whose bytes have this fingerprint",
            Self::OtherTime => {
                "a supplied list holds the key, but says that it was not in use at that time"
            }
        }
    }
}

/// All keys supplied, by the fingerprint of their bytes.
#[derive(Debug, Default)]
pub(super) struct Ring {
    keys: BTreeMap<String, Key>,
    lists: Vec<ProofVerdict>,
}

impl Ring {
    /// Reads the lists. A key whose bytes have another fingerprint than stated is not used.
    pub(super) fn new(lists: &[(Located, KeyList)]) -> Self {
        let mut ring = Self::default();
        for (at, list) in lists {
            let mut details = Vec::new();
            let mut usable = 0_usize;
            for (number, listed) in (1_usize..).zip(&list.keys) {
                match read(listed) {
                    Ok(der) => {
                        usable += 1;
                        let key =
                            ring.keys.entry(listed.fingerprint.clone()).or_insert_with(|| Key {
                                listed: listed.clone(),
                                der,
                                from: Vec::new(),
                            });
                        key.from.push(at.name.clone());
                        key.from.sort();
                        key.from.dedup();
                    }
                    Err(why) => details.push(format!("key {number}: {why}")),
                }
            }
            let has_bad = !details.is_empty();
            details.push(
                "a list proves only as much as its origin: compare it with the region's own answer"
                    .to_owned(),
            );
            if list.has_more {
                details.push("the list is one page of several".to_owned());
            }
            let state = format!("{usable} of {} keys usable", list.keys.len());
            let standing = if has_bad { Standing::False } else { Standing::Shown };
            ring.lists
                .push(ProofVerdict { standing, ..verdict(Subject::KeyList, at, &state, details) });
        }
        ring
    }

    /// Returns a verdict for each list.
    pub(super) fn verdicts(&self) -> Vec<ProofVerdict> {
        self.lists.clone()
    }

    /// Checks an RSA PKCS#1 v1.5 signature with SHA-256. `time` is when it was made, if that is known. Returns whether
    /// it holds, and the names of the lists that the key came from.
    pub(super) fn check(
        &self,
        fingerprint: &str,
        time: Option<Micros>,
        text: &[u8],
        signature: &str,
    ) -> Result<(bool, &[String]), NoKey> {
        let key = self.find(fingerprint, time)?;
        let holds = unhex(signature).is_some_and(|signature| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.der)
                .verify(text, &signature)
                .is_ok()
        });
        Ok((holds, &key.from))
    }

    fn find(&self, fingerprint: &str, time: Option<Micros>) -> Result<&Key, NoKey> {
        if self.lists.is_empty() {
            return Err(NoKey::NoList);
        }
        let key = self.keys.get(&fingerprint.to_ascii_lowercase()).ok_or(NoKey::NotListed)?;
        let is_in_use = time.is_none_or(|time| key.listed.covers(time, SLACK));
        if is_in_use { Ok(key) } else { Err(NoKey::OtherTime) }
    }
}

/// Returns a key's PKCS#1 DER, or why it cannot be used.
fn read(listed: &PublicKey) -> Result<Vec<u8>, &'static str> {
    let Ok(der) = STANDARD.decode(listed.value.trim()) else {
        return Err("its value is not base64");
    };
    if der_fingerprint(&der) != listed.fingerprint {
        return Err(
            "its bytes have another fingerprint than the list states: the list was changed",
        );
    }
    pkcs1(&der).map(<[u8]>::to_vec).ok_or("its value is no RSA public key in DER")
}

/// Returns the fingerprint of a key: hex MD5 of its DER bytes, in whatever form they are listed. AWS does not document
/// it; it was found equal for every published sample.
pub fn der_fingerprint(der: &[u8]) -> String {
    hex(&Md5::digest(der))
}

/// Returns the `RSAPublicKey` in the DER bytes: themselves, or the content of a `SubjectPublicKeyInfo`.
fn pkcs1(der: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, body, []) = element(der)? else { return None };
    let (first, inner, rest) = element(body)?;
    match first {
        INTEGER => Some(der),
        SEQUENCE if is_rsa(inner) => {
            let (BIT_STRING, bits, []) = element(rest)? else { return None };
            let (0, key) = bits.split_first()? else { return None };
            (element(key)?.0 == SEQUENCE).then_some(key)
        }
        _ => None,
    }
}

/// Object identifier 1.2.840.113549.1.1.1, `rsaEncryption`, at the beginning of an algorithm identifier.
fn is_rsa(algorithm: &[u8]) -> bool {
    algorithm.starts_with(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01])
}

/// Returns tag, content and what follows of the DER element that the bytes begin with.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().try_fold(0_usize, |sum, digit| {
                sum.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// Reads hex digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Returns two lower-case hex digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_elements_are_read_and_cut_ones_are_not() {
        assert_eq!(element(&[0x02, 0x01, 0x07, 0xff]), Some((2, &[7][..], &[0xff][..])));
        assert_eq!(element(&[0x30, 0x81, 0x02, 1, 2]), Some((0x30, &[1, 2][..], &[][..])));
        for cut in [&[][..], &[0x30], &[0x30, 0x05, 1], &[0x30, 0x80], &[0x30, 0x84, 0xff, 0xff]] {
            assert_eq!(element(cut), None, "{cut:?}");
        }
    }

    #[test]
    fn hex_reads_back_and_odd_or_foreign_digits_are_refused() {
        assert_eq!(unhex("00aFfe"), Some(vec![0x00, 0xaf, 0xfe]));
        assert_eq!(hex(&[0x00, 0xaf, 0xfe]), "00affe");
        assert_eq!(unhex("abc"), None);
        assert_eq!(unhex("zz"), None);
    }
}
