//! Validators: what must hold of a found text beside its shape. Pure; must not know where a text comes from.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use serde::Deserialize;

/// Bits per letter from which a text beside a word for a secret counts as random.
const RANDOM_BITS: f64 = 3.0;

/// A validator, by its name in the data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Check {
    /// The first part is a JSON object with `alg` or `enc`.
    Jwt,
    /// There is a body, not only the line that names it.
    Pem,
    /// Decodes to `user:password`.
    Basic,
    /// Letters and digits, mixed and unlike.
    Entropy,
    /// A number that the office gives out.
    Ssn,
    /// An address of the Internet.
    Ip,
}

impl Check {
    /// Returns true when `text` is what the detector is for.
    pub(super) fn agrees(self, text: &str) -> bool {
        match self {
            Self::Jwt => is_jwt(text),
            Self::Pem => has_body(text),
            Self::Basic => is_user_and_password(text),
            Self::Entropy => is_random(text),
            Self::Ssn => is_ssn(text),
            Self::Ip => text.parse::<std::net::IpAddr>().is_ok(),
        }
    }
}

/// Base64 in either alphabet, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let is_url = text.bytes().any(|byte| matches!(byte, b'-' | b'_'));
    let alphabet = if is_url { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

fn is_jwt(text: &str) -> bool {
    let header = text.split('.').next().and_then(decode);
    let header: Option<serde_json::Value> =
        header.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    header.is_some_and(|header| header.get("alg").is_some() || header.get("enc").is_some())
}

fn has_body(text: &str) -> bool {
    let after = text.split("-----").nth(2).unwrap_or_default();
    let longest = after
        .split(|letter: char| {
            !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '='))
        })
        .map(str::len)
        .max();
    longest.is_some_and(|len| len >= 16)
}

fn is_user_and_password(text: &str) -> bool {
    decode(text).is_some_and(|bytes| {
        let is_text =
            std::str::from_utf8(&bytes).is_ok_and(|text| !text.chars().any(char::is_control));
        is_text && memchr::memchr(b':', &bytes).is_some_and(|colon| colon + 1 < bytes.len())
    })
}

/// Returns true for a text that is one long block of Base64 and nothing else: a line out of a key that was cut into lines.
pub(super) fn is_one_block(text: &str) -> bool {
    let text = text.trim();
    let is_block = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.len() >= 40 && text.bytes().all(is_block)
}

/// Returns true for a text of letters and digits whose letters are spread as in random ones.
pub(super) fn is_random(text: &str) -> bool {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let has = |range: std::ops::RangeInclusive<u8>| text.bytes().any(|byte| range.contains(&byte));
    let has_letter = has(b'a'..=b'z') || has(b'A'..=b'Z');
    if !has_letter || !has(b'0'..=b'9') {
        return false;
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum();
    bits >= RANDOM_BITS
}

/// Social Security Administration, "Social Security number randomization": area 000, 666 and 9xx, group 00 and serial
/// 0000 are not given out.
fn is_ssn(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let area = digits.get(..3).unwrap_or_default();
    digits.len() == 9
        && area != b"000"
        && area != b"666"
        && area.first() != Some(&b'9')
        && digits.get(3..5) != Some(b"00")
        && digits.get(5..) != Some(b"0000")
}
