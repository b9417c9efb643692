//! Finds all places of some hundred words in a text, without an automaton: three letters at a time are looked up in a small
//! table, which a processor does for several places at once. Must not know what the words mean.

/// Bits of the table.
const N_BITS: u32 = 16;
const N_WORDS: usize = 1 << (N_BITS - 6);

/// Words of two bytes or more, and a table of the letters they begin with.
#[derive(Debug)]
pub(super) struct Keywords {
    words: Vec<String>,
    table: Box<[u64; N_WORDS]>,
    /// The first three letters and the index of each word, sorted.
    starts: Vec<(u32, usize)>,
}

impl Keywords {
    /// Returns a search for `words`; those shorter than two bytes are never found.
    pub(super) fn new(words: Vec<String>) -> Self {
        let mut found =
            Self { words: Vec::new(), table: Box::new([0; N_WORDS]), starts: Vec::new() };
        for (idx, word) in words.iter().enumerate() {
            match *word.as_bytes() {
                [one, two, three, ..] => found.add(idx, [one, two, three]),
                // Whatever comes after it.
                [one, two] => (0..=u8::MAX).for_each(|three| found.add(idx, [one, two, three])),
                _ => {}
            }
        }
        found.starts.sort_unstable();
        found.words = words;
        found
    }

    fn add(&mut self, idx: usize, start: [u8; 3]) {
        let start = number(start);
        let (slot, bit) = place(start);
        if let Some(word) = self.table.get_mut(slot) {
            *word |= bit;
        }
        self.starts.push((start, idx));
    }

    /// Calls `take` with the index of each word found and where it ends, until it says stop. Words may overlap.
    #[inline]
    pub(super) fn each(&self, bytes: &[u8], mut take: impl FnMut(usize, usize) -> bool) {
        for (at, three) in bytes.windows(3).enumerate() {
            let &[one, two, three] = three else { continue };
            let start = number([one, two, three]);
            let (slot, bit) = place(start);
            if self.table.get(slot).is_some_and(|word| word & bit != 0)
                && self.at(bytes, at, start, &mut take)
            {
                return;
            }
        }
        // A word of two letters at the very end.
        if let Some(at) = bytes.len().checked_sub(2)
            && let Some(&[one, two]) = bytes.get(at..)
        {
            self.at(bytes, at, number([one, two, 0]), &mut take);
        }
    }

    /// Tries the words that begin with `start`. Returns true when there is to be no further search.
    fn at(
        &self,
        bytes: &[u8],
        at: usize,
        start: u32,
        take: &mut impl FnMut(usize, usize) -> bool,
    ) -> bool {
        let first = self.starts.partition_point(|(known, _)| *known < start);
        let rest = bytes.get(at..).unwrap_or_default();
        let known = self.starts.get(first..).unwrap_or_default();
        known.iter().take_while(|(known, _)| *known == start).any(|(_, idx)| {
            self.words.get(*idx).is_some_and(|word| {
                rest.starts_with(word.as_bytes()) && take(*idx, at + word.len())
            })
        })
    }
}

#[inline]
fn number([one, two, three]: [u8; 3]) -> u32 {
    u32::from_le_bytes([one, two, three, 0])
}

/// Returns where a start stands in the table.
#[inline]
const fn place(start: u32) -> (usize, u64) {
    let hash = start.wrapping_mul(0x9E37_79B1) >> (32 - N_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_wherever_it_stands_and_where_others_overlap() {
        let words = ["Q~", "sk-", "task-", "skies"].map(str::to_owned).to_vec();
        let keywords = Keywords::new(words);
        let found = |text: &str| {
            let mut found = Vec::new();
            keywords.each(text.as_bytes(), |idx, end| {
                found.push((idx, end));
                false
            });
            found
        };
        assert_eq!(found("a task-x"), [(2, 7), (1, 7)]);
        assert_eq!(found("Q~ Q~"), [(0, 2), (0, 5)]);
        assert_eq!(found("Q~"), [(0, 2)]);
        assert_eq!(found("skie sk~"), []);
        assert_eq!(found(""), []);
        let mut n_calls = 0;
        keywords.each(b"sk-sk-", |_, _| {
            n_calls += 1;
            true
        });
        assert_eq!(n_calls, 1);
    }
}
