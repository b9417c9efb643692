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

#[cfg(test)]
mod tests {
    use super::*;

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
