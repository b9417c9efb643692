//! Finds payment card numbers (ISO/IEC 7812: ranges of the networks, length, Luhn check digit) and bank account numbers
//! (ISO 13616 IBAN: country, length, remainder 97) in text. They have no keyword, so runs of their letters are looked for,
//! at every twelfth byte, which is enough to meet each of them. Must not know what stands around the number.

use std::ops::Range;

/// Classes of what is found here.
pub(super) const CLASSES: [&str; 2] = ["card-number", "iban"];
/// Shortest number, in letters.
const SHORTEST: usize = 13;
/// Longest number with its separators.
const LONGEST: usize = 44;

/// IBAN registry, release 100: lengths by country.
const COUNTRIES: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

const fn is_run_byte(byte: u8) -> bool {
    is_letter(byte) || matches!(byte, b' ' | b'-')
}

/// Calls `take` with each run of letters and separators that is long enough to hold a number, until it says stop.
fn each_run(bytes: &[u8], mut take: impl FnMut(Range<usize>) -> bool) {
    let mut at = SHORTEST - 1;
    while let Some(byte) = bytes.get(at) {
        if !is_run_byte(*byte) {
            at += SHORTEST;
            continue;
        }
        let before = bytes.get(..at).unwrap_or_default();
        let start = before.iter().rposition(|byte| !is_run_byte(*byte)).map_or(0, |idx| idx + 1);
        let rest = bytes.get(at..).unwrap_or_default();
        let end =
            rest.iter().position(|byte| !is_run_byte(*byte)).map_or(bytes.len(), |len| at + len);
        if end - start >= SHORTEST && take(start..end) {
            return;
        }
        at = end + SHORTEST;
    }
}

/// Returns true when a number may stand in the text; cheap, and wrong only in saying yes.
pub(super) fn may_hold(bytes: &[u8]) -> bool {
    let mut holds = false;
    each_run(bytes, |run| {
        let run = bytes.get(run).unwrap_or_default();
        holds = candidates(run).next().is_some();
        holds
    });
    holds
}

/// Returns the numbers in the text with their class.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let bytes = text.as_bytes();
    let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
    each_run(bytes, |run| {
        let mut done = run.start;
        for start in candidates(bytes.get(run.clone()).unwrap_or_default()) {
            let start = run.start + start;
            if start < done || !begins(bytes, start) {
                continue;
            }
            let tail = bytes.get(start..run.end.min(start + LONGEST)).unwrap_or_default();
            if let Some((len, class)) = number_at(tail)
                && ends(bytes, start + len)
            {
                done = start + len;
                found.push((start..done, class));
            }
        }
        false
    });
    found
}

/// Returns the places in a run where a number can begin: at a digit or a country after a separator or at its start, with
/// enough letters after it.
fn candidates(run: &[u8]) -> impl Iterator<Item = usize> {
    let begins = |idx: &usize| {
        let is_first = idx
            .checked_sub(1)
            .and_then(|before| run.get(before))
            .is_none_or(|byte| !is_letter(*byte));
        let head = run.get(*idx..).unwrap_or_default();
        is_first && is_head(head) && n_letters(head) >= SHORTEST
    };
    (0..run.len()).filter(begins)
}

/// Letters up to the first pair of separators.
fn n_letters(head: &[u8]) -> usize {
    let mut count = 0;
    let mut was_separator = false;
    for byte in head.iter().take(LONGEST) {
        let is_separator = !is_letter(*byte);
        if is_separator && was_separator {
            break;
        }
        count += usize::from(!is_separator);
        was_separator = is_separator;
    }
    count
}

fn is_head(head: &[u8]) -> bool {
    match head {
        [b'2'..=b'6', next, ..] => next.is_ascii_digit(),
        [one, two, three, four, ..] => {
            one.is_ascii_uppercase()
                && two.is_ascii_uppercase()
                && three.is_ascii_digit()
                && four.is_ascii_digit()
        }
        _ => false,
    }
}

/// A number does not begin inside a word, a decimal fraction or another number.
fn begins(bytes: &[u8], start: usize) -> bool {
    let at = |back: usize| start.checked_sub(back).and_then(|idx| bytes.get(idx)).copied();
    match at(1) {
        None => true,
        Some(b'.' | b'-' | b'+') => {
            !at(2).is_some_and(|byte| byte.is_ascii_digit()) && at(1) != Some(b'.')
        }
        // The letter of an escape (`\n`, `%3D`) is no part of a word.
        Some(byte) if byte.is_ascii_alphanumeric() => at(2) == Some(b'\\') || at(3) == Some(b'%'),
        Some(byte) => byte != b'_' && byte < 0x80,
    }
}

fn ends(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        None => true,
        Some(b'.' | b'-') => !bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(byte) => !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte < 0x80,
    }
}

/// Returns the length and class of the number that `text` begins with.
fn number_at(text: &[u8]) -> Option<(usize, &'static str)> {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return card_at(text).map(|len| (len, "card-number"));
    }
    iban_at(text).map(|len| (len, "iban"))
}

/// Returns the length of the card number at the start: digits alone, or in groups with one kind of separator. Of several
/// lengths the longest counts.
fn card_at(text: &[u8]) -> Option<usize> {
    let mut digits: Vec<u8> = Vec::with_capacity(19);
    let mut separator = None;
    let mut best = None;
    for (idx, byte) in text.iter().enumerate() {
        if byte.is_ascii_digit() {
            digits.push(byte - b'0');
            let is_group_end = !text.get(idx + 1).is_some_and(u8::is_ascii_digit);
            if is_group_end && is_card(&digits, text.get(..=idx)?, separator) {
                best = Some(idx + 1);
            }
        } else if matches!(byte, b' ' | b'-')
            && separator.is_none_or(|known| known == *byte)
            && text.get(idx + 1).is_some_and(u8::is_ascii_digit)
        {
            separator = Some(*byte);
        } else {
            break;
        }
    }
    best
}

fn is_card(digits: &[u8], text: &[u8], separator: Option<u8>) -> bool {
    is_network(digits)
        && luhn(digits)
        && separator.is_none_or(|separator| has_card_groups(text, separator))
}

/// Groups of four, with a shorter last one, or four, six and five (American Express), or four, six and four (Diners).
fn has_card_groups(text: &[u8], separator: u8) -> bool {
    let groups: Vec<usize> = text.split(|byte| *byte == separator).map(<[u8]>::len).collect();
    let Some((last, others)) = groups.split_last() else { return false };
    matches!(groups.as_slice(), [4, 6, 4 | 5]) || (others.iter().all(|len| *len == 4) && *last <= 4)
}

/// Ranges and lengths of the networks: Visa, Mastercard, American Express, Discover, Diners Club, JCB, China Union Pay.
fn is_network(digits: &[u8]) -> bool {
    let prefix = |n: usize| {
        digits.iter().take(n).fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    let n = digits.len();
    match (prefix(1), prefix(2), prefix(3), prefix(4)) {
        (4, ..) => matches!(n, 13 | 16 | 19),
        (_, 51..=55, ..) | (.., 2221..=2720) => n == 16,
        (_, 34 | 37, ..) => n == 15,
        (_, _, 300..=305, _) | (_, 36 | 38 | 39, ..) => matches!(n, 14 | 16..=19),
        (.., 6011 | 3528..=3589) | (_, 62 | 65, ..) | (_, _, 644..=649, _) => matches!(n, 16..=19),
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(idx, digit)| {
            let digit = u32::from(*digit);
            let doubled = if idx % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    // A number of one digit repeated is a placeholder.
    let is_varied = digits.windows(2).any(|pair| pair.first() != pair.last());
    is_varied && sum.is_multiple_of(10)
}

/// Returns the length of the account number at the start: letters alone, or in groups of four.
fn iban_at(text: &[u8]) -> Option<usize> {
    let country = text.get(..2)?;
    let (_, wanted) = COUNTRIES.iter().find(|(code, _)| code.as_slice() == country)?;
    let mut letters: Vec<u8> = Vec::with_capacity(*wanted);
    let mut len = 0;
    for (idx, byte) in text.iter().enumerate() {
        if letters.len() == *wanted {
            break;
        }
        if is_letter(*byte) {
            letters.push(*byte);
            len = idx + 1;
        } else if *byte == b' ' && len == idx && letters.len().is_multiple_of(4) {
            // A blank between groups.
        } else {
            break;
        }
    }
    (letters.len() == *wanted && remainder(&letters) == 1).then_some(len)
}

fn remainder(letters: &[u8]) -> u32 {
    let (head, tail) = letters.split_at(4.min(letters.len()));
    tail.iter().chain(head).fold(0, |rest, letter| {
        if letter.is_ascii_digit() {
            (rest * 10 + u32::from(letter - b'0')) % 97
        } else {
            (rest * 100 + u32::from(letter - b'A') + 10) % 97
        }
    })
}
