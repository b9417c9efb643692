//! Takes apart text lines that carry a JSON-RPC message: `2026-03-01T10:00:00Z -> {...}`, server-sent events
//! (`data: {...}`), bare messages. Must not read the message itself.

use crate::model::time::{Micros, Precision};

use super::envelope::{Context, Side, side_of};

/// Longest text before a message that is looked at for a time and a direction.
const MAX_PREFIX: usize = 256;

/// What a line is.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'l> {
    /// A message (or a list of them) with what stands before it.
    Message { json: &'l str, before: Before },
    /// A line of the server-sent-events protocol without content: comment, event name, id, retry.
    Control,
    /// Something else.
    Other,
}

/// What stands before a message on its line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Before {
    pub(super) time: Option<(Micros, Precision)>,
    pub(super) sender: Option<Side>,
    /// The line is a server-sent event, so the server sent it.
    pub(super) is_stream: bool,
}

impl Before {
    /// Writes what is known into the context of the line's messages.
    pub(super) fn fill(self, context: &mut Context) {
        context.time = self.time;
        context.sender = self.sender.or(self.is_stream.then_some(Side::Server));
    }
}

/// Takes a line apart.
pub(super) fn take_apart(line: &str) -> Line<'_> {
    let line = line.trim();
    if let Some(data) = line.strip_prefix("data:") {
        let data = data.trim_start();
        return match data.as_bytes().first() {
            Some(b'{' | b'[') => Line::Message {
                json: data,
                before: Before { is_stream: true, ..Before::default() },
            },
            _ => Line::Control,
        };
    }
    if line.starts_with(':')
        || ["event:", "id:", "retry:"].iter().any(|name| line.starts_with(name))
    {
        return Line::Control;
    }
    let Some(start) = json_start(line) else { return Line::Other };
    let (prefix, json) = line.split_at(start);
    Line::Message { json, before: read_prefix(prefix) }
}

/// Where the JSON begins: the first brace, or a bracket that opens a list of objects (`[info]` does not).
fn json_start(line: &str) -> Option<usize> {
    let brace = line.find('{').filter(|start| *start <= MAX_PREFIX)?;
    let (before, _) = line.split_at(brace);
    let list = before.trim_end().strip_suffix('[').map(str::len);
    Some(list.unwrap_or(brace))
}

fn read_prefix(prefix: &str) -> Before {
    let mut before = Before::default();
    let words: Vec<&str> = prefix
        .split(|letter: char| {
            letter.is_whitespace() || matches!(letter, '[' | ']' | '|' | '(' | ')')
        })
        .filter(|word| !word.is_empty())
        .collect();
    for (index, word) in words.iter().enumerate() {
        if before.sender.is_none() {
            before.sender = side_of(word.trim_end_matches(':'));
        }
        if before.time.is_none() {
            before.time = time_at(word, words.get(index + 1).copied());
        }
    }
    before
}

/// Reads a word, or two words that are a date and a time of day.
fn time_at(word: &str, next: Option<&str>) -> Option<(Micros, Precision)> {
    if !word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let is_day = word.len() == 10 && word.as_bytes().get(4) == Some(&b'-');
    if is_day {
        return next.and_then(|clock| Micros::parse(&format!("{word} {clock}")));
    }
    let word = word.trim_end_matches(':');
    Micros::parse(word)
        .or_else(|| (word.len() >= 9).then(|| Micros::from_epoch(word.parse().ok()?)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(line: &str) -> (Option<String>, Option<Side>) {
        match take_apart(line) {
            Line::Message { json, before } => {
                assert!(json.starts_with(['{', '[']), "{json}");
                (before.time.map(|(time, _)| time.to_string()), before.sender)
            }
            Line::Control | Line::Other => panic!("no message in {line}"),
        }
    }

    #[test]
    fn time_and_arrow_before_the_message_are_read() {
        let at = Some("2026-03-01T10:00:00.000Z".to_owned());
        assert_eq!(before(r#"2026-03-01T10:00:00Z -> {"a":1}"#), (at.clone(), Some(Side::Client)));
        assert_eq!(
            before(r#"[2026-03-01 10:00:00] <<< [{"a":1}]"#),
            (at.clone(), Some(Side::Server))
        );
        assert_eq!(before(r#"1772359200000 server: {"a":1}"#), (at, Some(Side::Server)));
        assert_eq!(before(r#"{"a":1}"#), (None, None));
    }

    #[test]
    fn server_sent_events_are_messages_or_control() {
        assert!(matches!(
            take_apart(r#"data: {"a":1}"#),
            Line::Message { before: Before { is_stream: true, .. }, .. }
        ));
        for control in ["event: message", ": keep-alive", "id: 7", "data: [DONE]x", "data:"] {
            let line = take_apart(control);
            assert!(matches!(line, Line::Control | Line::Message { .. }), "{control}");
        }
        assert_eq!(take_apart("event: message"), Line::Control);
        assert_eq!(take_apart("server started on port 8080"), Line::Other);
    }
}
