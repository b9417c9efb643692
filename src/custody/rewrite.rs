//! A journal for others: the same entries in other words, chained anew. It is no proof of the case's own journal and must
//! never take its place; number and root of that one are stated beside it.

use serde_json::Value;

use super::entry::{Leaf, leaf_hash};

/// Returns the lines of a journal with every text of a detail and every subject changed by `change`, in one chain, or `None`
/// when a line is no entry. Number, time, nonce, act and actor of an entry stay.
pub fn rewrite(content: &[u8], mut change: impl FnMut(&mut String)) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(content.len());
    let mut prev = Leaf::default();
    for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let mut entry: Value = serde_json::from_slice(line).ok()?;
        let members = entry.as_object_mut()?;
        if let Some(detail) = members.get_mut("detail") {
            texts(detail, &mut change);
        }
        if let Some(Value::String(subject)) = members.get_mut("subj") {
            change(subject);
        }
        *members.get_mut("prev")? = Value::from(prev.to_string());
        let line = crate::text::sanitize::escape_in_json(entry.to_string());
        prev = leaf_hash(line.as_bytes());
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    Some(out)
}

fn texts(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(elements) => elements.iter_mut().for_each(|element| texts(element, change)),
        Value::Object(members) => members.values_mut().for_each(|member| texts(member, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::read_chain;

    const JOURNAL: &str = include_str!("../../tests/fixtures/journal/three-entries.jsonl");

    #[test]
    fn rewritten_journal_is_one_chain_and_differs_in_its_words_only() {
        let hide = |text: &mut String| *text = text.replace("a.json.gz", "X");
        let rewritten = rewrite(JOURNAL.as_bytes(), hide).unwrap();
        let (before, after) = (read_chain(JOURNAL.as_bytes()), read_chain(&rewritten));
        assert_eq!((after.entries.len(), after.breaks.len()), (before.entries.len(), 0));
        assert!(!String::from_utf8(rewritten).unwrap().contains("a.json.gz"));
        assert_ne!(after.last, before.last);
        assert_eq!(rewrite(JOURNAL.as_bytes(), |_| ()).unwrap(), JOURNAL.as_bytes());
        assert_eq!(rewrite(b"{}\nnone\n", |_| ()), None);
    }
}
