//! Short names of sessions: what is needed to tell them apart on a screen line, and no more.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::source::hex;

const SHORTEST: usize = 4;

/// Returns a short name for each id, in the order given. Unique among the ids, and the same for the same set of ids.
pub(super) fn short_names(ids: &[String]) -> Vec<String> {
    let tokens: Vec<String> = ids.iter().map(|id| token(id)).collect();
    let longest = tokens.iter().map(String::len).max().unwrap_or(SHORTEST);
    let mut names: Vec<Option<String>> = vec![None; ids.len()];
    for length in SHORTEST..=longest.max(SHORTEST) {
        let mut owners: HashMap<String, u32> = HashMap::new();
        for token in &tokens {
            *owners.entry(cut(token, length)).or_default() += 1;
        }
        for (name, token) in names.iter_mut().zip(&tokens) {
            let candidate = cut(token, length);
            if name.is_none() && owners.get(&candidate) == Some(&1) {
                *name = Some(candidate);
            }
        }
    }
    names.into_iter().zip(ids).map(|(name, id)| name.unwrap_or_else(|| id.clone())).collect()
}

fn cut(token: &str, length: usize) -> String {
    token.chars().take(length).collect()
}

/// Returns the part of a session id that tells it apart: a UUID, the random end of a key reversed to the front,
/// else a digest of the whole.
fn token(id: &str) -> String {
    if let Some(key) = id.strip_prefix("key:") {
        let tail: String = key.chars().skip(key.chars().count().saturating_sub(SHORTEST)).collect();
        return format!("{tail}-{}", digest(id));
    }
    let last = id.rsplit(['/', ':']).next().unwrap_or(id);
    let is_uuid =
        last.len() == 36 && last.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    if is_uuid {
        return last.to_owned();
    }
    let is_plain = last.len() >= SHORTEST
        && last.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    if is_plain && !id.starts_with("console:") {
        format!("{last}-{}", digest(id))
    } else {
        digest(id)
    }
}

fn digest(id: &str) -> String {
    hex(&Sha256::digest(id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_uniqueness_allows() {
        let ids = [
            "8f2c41d0-0000-4000-8000-000000000001".to_owned(),
            "8f2c99d0-0000-4000-8000-000000000002".to_owned(),
            "91aa41d0-0000-4000-8000-000000000003".to_owned(),
            "key:ASIAEXAMPLE00007QPL".to_owned(),
        ];
        assert_eq!(short_names(&ids), ["8f2c4", "8f2c9", "91aa", "7QPL"]);
    }

    #[test]
    fn equal_tails_are_told_apart() {
        let ids = ["key:ASIA1EXAMPLE7QPL".to_owned(), "key:ASIA2EXAMPLE7QPL".to_owned()];
        let names = short_names(&ids);
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.starts_with("7QPL-")));
    }
}
