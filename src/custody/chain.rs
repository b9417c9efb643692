//! Checks that the lines of a journal are one chain. Pure: bytes in, entries and breaks out.
//!
//! A chain shows every change but those at its end: the last line can be changed, and last lines cut, without a
//! break. Only a head noted elsewhere shows that, so the head is always given out.

use serde_json::Value;

use super::entry::{ActKind, Entry, Leaf, LineFault, leaf_hash};

/// A place where the journal is no chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// Line of the file, from 1.
    pub line: u64,
    /// What does not hold. Never quotes the line.
    pub reason: &'static str,
}

/// A journal as read.
#[derive(Debug, Default)]
pub struct Chain {
    /// Every line that is an entry, also those after a break.
    pub entries: Vec<Entry>,
    pub breaks: Vec<Break>,
    /// True when an entry has named every break before it, so that the journal may go on.
    pub is_accepted: bool,
    /// True when a line has the form of a newer version.
    pub is_newer: bool,
    /// Hash of the last whole line.
    pub last: Leaf,
    /// Hashes of all whole lines, also of those that are no entry.
    pub leaves: Vec<Leaf>,
    pub n_lines: u64,
    /// Bytes up to the end of the last whole line.
    pub whole: usize,
}

/// Reads the lines of `content`. What follows the last newline is left to the caller.
pub fn read(content: &[u8]) -> Chain {
    let mut chain = Chain { is_accepted: true, ..Chain::default() };
    let mut expected_seq = 0;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else { break };
        chain.n_lines += 1;
        chain.whole += line.len() + 1;
        match Entry::from_line(line) {
            Ok(entry) => {
                chain.check(&entry, expected_seq);
                expected_seq = entry.seq.saturating_add(1);
                chain.entries.push(entry);
            }
            Err(fault) => {
                chain.is_newer |= fault == LineFault::Newer;
                chain.add_break(fault.as_str());
            }
        }
        chain.last = leaf_hash(line);
        chain.leaves.push(chain.last);
    }
    chain
}

impl Chain {
    fn add_break(&mut self, reason: &'static str) {
        self.breaks.push(Break { line: self.n_lines, reason });
        self.is_accepted = false;
    }

    fn check(&mut self, entry: &Entry, expected_seq: u64) {
        let expected_prev = if self.n_lines == 1 { Leaf::default() } else { self.last };
        if entry.prev != expected_prev {
            self.add_break("hash of the line before differs");
        } else if entry.seq != expected_seq {
            self.add_break("number of the entry does not follow");
        } else if entry.act == ActKind::JournalRecovered.as_str() && !self.is_accepted {
            self.is_accepted = self.names_every_break(&entry.detail);
        }
    }

    fn names_every_break(&self, detail: &Value) -> bool {
        let named = detail.get("breaks").and_then(Value::as_array);
        named.is_some_and(|named| {
            let lines: Vec<_> = named.iter().filter_map(|one| one.get("line")?.as_u64()).collect();
            self.breaks.iter().all(|found| lines.contains(&found.line))
        })
    }
}
