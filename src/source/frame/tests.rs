//! Every arrangement of JSON values, whole, cut and damaged, fed at once and byte by byte.

use proptest::prelude::*;

use super::*;

const DRILL: Framing = Framing::json(&["Records", "Events"]);

/// Frames as `kind@offset:line text`, fed in pieces of `step` bytes.
fn frames(framing: Framing, content: &[u8], step: usize) -> Vec<String> {
    let mut framer = Framer::new(framing);
    let mut found = Vec::new();
    let mut buffer: Vec<u8> = Vec::new();
    let mut pieces = content.chunks(step.max(1)).peekable();
    loop {
        let piece = pieces.next().unwrap_or_default();
        buffer.extend_from_slice(piece);
        let at_end = pieces.peek().is_none();
        let consumed = framer.feed(&buffer, at_end, &mut |frame| {
            let kind = match frame.kind {
                FrameKind::Record => "record",
                FrameKind::Envelope => "envelope",
                FrameKind::Broken(reason) => reason,
            };
            found.push(format!(
                "{kind}@{}:{} {}",
                frame.offset,
                frame.line,
                String::from_utf8_lossy(frame.bytes)
            ));
        });
        buffer.drain(..consumed);
        if at_end {
            return found;
        }
    }
}

fn check(framing: Framing, content: &str, expected: &[&str]) {
    let steps = [content.len(), 1, 2, 7];
    for (step, framing) in steps.into_iter().zip(std::iter::repeat_n(framing, 4)) {
        assert_eq!(frames(framing, content.as_bytes(), step), expected, "in steps of {step}");
    }
}

#[test]
fn single_object_array_lines_and_concatenation_give_the_same_records() {
    check(DRILL, r#"{"a":1}"#, &[r#"record@0:1 {"a":1}"#]);
    check(
        DRILL,
        r#"[{"a":1},{"b":[2,{}]}]"#,
        &[r#"record@1:1 {"a":1}"#, r#"record@9:1 {"b":[2,{}]}"#],
    );
    check(DRILL, "{\"a\":1}\r\n{\"b\":2}\n", &[r#"record@0:1 {"a":1}"#, r#"record@9:2 {"b":2}"#]);
    check(DRILL, r#"{"a":1}{"b":2}"#, &[r#"record@0:1 {"a":1}"#, r#"record@7:1 {"b":2}"#]);
    check(DRILL, "{\n \"a\": 1\n}\n{\n}\n", &["record@0:1 {\n \"a\": 1\n}", "record@12:4 {\n}"]);
}

#[test]
fn container_object_is_opened_and_its_rest_handed_out() {
    check(
        DRILL,
        r#"{"x":{"Records":[9]},"Records":[{"a":1},{"b":2}],"NextToken":"t"}"#,
        &[
            r#"record@32:1 {"a":1}"#,
            r#"record@40:1 {"b":2}"#,
            r#"envelope@48:1 {"x":{"Records":[9]},"Records":[],"NextToken":"t"}"#,
        ],
    );
    check(DRILL, r#"{"Records":[]}"#, &[r#"envelope@13:1 {"Records":[]}"#]);
    check(DRILL, r#"{"Records":"none"}"#, &[r#"record@0:1 {"Records":"none"}"#]);
}

#[test]
fn quotes_brackets_and_escapes_inside_texts_do_not_count() {
    check(
        DRILL,
        r#"{"a":"}]\"{\\"}{"b":"\\\""}"#,
        &[r#"record@0:1 {"a":"}]\"{\\"}"#, r#"record@15:1 {"b":"\\\""}"#],
    );
}

#[test]
fn damage_costs_one_record_and_names_its_place() {
    check(
        DRILL,
        r#"{"Records":[{"a":1},{"b":"#,
        &[r#"record@12:1 {"a":1}"#, r#"record is cut off by the end of the content@20:1 {"b":"#],
    );
    check(
        DRILL,
        "{\"a\":{\"b\":1\n{\"c\":2}\n",
        &[
            "record breaks off before the next one begins@0:1 {\"a\":{\"b\":1",
            r#"record@12:2 {"c":2}"#,
        ],
    );
    check(
        DRILL,
        "{\"a\":\"cut\n{\"c\":2}",
        &["record breaks off inside a text@0:1 {\"a\":\"cut", r#"record@10:2 {"c":2}"#],
    );
    check(
        DRILL,
        "hello there\n{\"a\":1}\n\0\0\0\n{\"b\":2}",
        &[
            "text that is not JSON@0:1 hello there",
            r#"record@12:2 {"a":1}"#,
            "text that is not JSON@20:3 \0\0\0",
            r#"record@24:4 {"b":2}"#,
        ],
    );
}

#[test]
fn lines_lose_their_line_ends_only() {
    check(
        Framing::Lines,
        "one\r\n\n two\nthree",
        &["record@0:1 one", "record@6:3  two", "record@11:4 three"],
    );
}

#[test]
fn object_with_several_arrays_of_records_gives_all_of_them() {
    check(
        DRILL,
        r#"{"Records":[{"a":1}],"x":2,"Events":[{"b":2}],"y":3}"#,
        &[
            r#"record@12:1 {"a":1}"#,
            r#"record@37:1 {"b":2}"#,
            r#"envelope@45:1 {"Records":[],"x":2,"Events":[],"y":3}"#,
        ],
    );
}

#[test]
fn remainder_of_an_object_that_is_too_large_is_named() {
    let big = "z".repeat(MAX_ENVELOPE);
    for content in [
        format!(r#"{{"Records":[{{"a":1}}],"x":"{big}"}}"#),
        format!(r#"{{"x":"{big}","Records":[{{"a":1}}]}}"#),
    ] {
        for step in [content.len(), 777] {
            let found = frames(DRILL, content.as_bytes(), step);
            assert_eq!(found.len(), 2);
            assert!(found[0].starts_with("record@"), "{}", found[0].len());
            assert!(found[1].starts_with(BIG_ENVELOPE), "{}", found[1].len());
        }
    }
}

#[test]
fn scalars_in_an_array_are_named() {
    check(DRILL, "[1, null]", &["text that is not JSON@1:1 1", "text that is not JSON@4:1 null"]);
}

proptest! {
    #[test]
    fn pieces_do_not_change_frames(content in "[{}\\[\\]\",:a\\\\\n ]{0,80}", step in 1_usize..9) {
        prop_assert_eq!(frames(DRILL, content.as_bytes(), content.len().max(1)), frames(DRILL, content.as_bytes(), step));
    }
}
