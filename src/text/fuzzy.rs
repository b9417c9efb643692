//! Fuzzy matching of short texts: the one place that knows the matching library.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Returns the items whose text matches `query`, best first, with their scores.
///
/// Equal scores keep the given order; an empty query keeps everything in the given order with score 0.
pub fn rank<'a, T>(query: &str, items: impl IntoIterator<Item = (T, &'a str)>) -> Vec<(i64, T)> {
    let query = query.trim();
    if query.is_empty() {
        return items.into_iter().map(|(item, _)| (0, item)).collect();
    }
    let matcher = SkimMatcherV2::default();
    let mut ranked: Vec<(i64, T)> = items
        .into_iter()
        .filter_map(|(item, text)| matcher.fuzzy_match(text, query).map(|score| (score, item)))
        .collect();
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranked
}

/// Returns the name that a mistyped word comes closest to: at most every third letter is missing, added, wrong or
/// swapped, or the word is a part of the name. Among equals the first.
pub fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let allowed = word.chars().count().div_ceil(3);
    let close = names
        .iter()
        .map(|name| (distance(word, name), *name))
        .filter(|(far, _)| *far <= allowed)
        .min_by_key(|(far, _)| *far);
    let part =
        || rank(word, names.iter().map(|name| (*name, *name))).first().map(|(_, name)| *name);
    close.map(|(_, name)| name).or_else(part)
}

/// How many letters have to be added, removed, changed or swapped with the next.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut last = None;
    for (n_before, letter) in from.chars().enumerate() {
        let mut next = vec![n_before + 1];
        for (at, other) in to.iter().enumerate() {
            let cell =
                |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cell(&row, at) + usize::from(letter != *other))
                .min(cell(&row, at + 1) + 1)
                .min(cell(&next, at) + 1);
            let is_swapped = at > 0 && last == Some(*other) && to.get(at - 1) == Some(&letter);
            if is_swapped {
                best = best.min(cell(&before, at - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_words_find_the_name_that_was_meant() {
        let names = ["time", "source", "action", "outcome", "session"];
        for (word, name) in [
            ("soruce", Some("source")),
            ("sorce", Some("source")),
            ("outcme", Some("outcome")),
            ("tiem", Some("time")),
            ("act", Some("action")),
            ("zzz", None),
        ] {
            assert_eq!(nearest(word, &names), name, "{word}");
        }
        assert_eq!((distance("", "abc"), distance("abc", "")), (3, 3));
    }

    #[test]
    fn closest_text_comes_first_and_strangers_are_left_out() {
        let found = rank("time", [(1, "this immense"), (2, "timeline"), (3, "who")]);
        let order: Vec<i32> = found.iter().map(|(_, item)| *item).collect();
        assert_eq!(order.first(), Some(&2));
        assert!(!order.contains(&3));
    }

    #[test]
    fn empty_query_keeps_all_in_order() {
        let found = rank(" ", [(1, "b"), (2, "a")]);
        assert_eq!(found, [(0, 1), (0, 2)]);
    }
}
