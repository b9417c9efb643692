//! What may come out: a strict reader of a terminal's input that knows the few sequences the program uses, and a judge of
//! plain text. Both go by the Unicode tables, not by the program's own list of what is active.

use std::sync::LazyLock;

use regex::Regex;

/// Characters that act on a terminal or on a reader without being seen. Combining marks are counted apart.
static ACTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]")
        .unwrap()
});

/// More marks on one letter than any script needs; they run over the lines above and below.
static FLOOD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{Mn}\p{Me}]{5}").unwrap());

/// Sequences that the screens are known to write. Anything else that begins with an escape is not ours.
static OURS: LazyLock<Regex> = LazyLock::new(|| {
    let attribute =
        "(?:0|1|2|3|4|5|7|22|23|24|25|27|29|39|49|59|[34]8;5;[0-9]{1,3}|[34]8;2(?:;[0-9]{1,3}){3})";
    let sequences = concat!(
        r"^(?:",
        // colors and attributes, one or several
        r"\x1b\[(?:ATTRIBUTE(?:;ATTRIBUTE)*)?m",
        // the cursor goes to a place
        r"|\x1b\[[0-9]{1,4};[0-9]{1,4}H",
        // the screen or the rest of a line is cleared
        r"|\x1b\[[23]?[JK]",
        // alternate screen, cursor, pastes, mouse: taken and given back
        r"|\x1b\[\?(?:1049|25|2004|1000|1002|1003|1006|1015)[hl]",
        // the background is asked for
        r"|\x1b\]11;\?\x1b\\",
        r")"
    );
    Regex::new(&sequences.replace("ATTRIBUTE", attribute)).unwrap()
});

/// A clipboard write: only after a key that asks for it.
static CLIPBOARD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\x1b\]52;c;([A-Za-z0-9+/=]*)\x07").unwrap());

/// Returns what is wrong with text that goes to a file, a pipe or a screen model, or `None`. Lines may end.
pub(crate) fn fault_of_text(text: &str, has_tabs: bool) -> Option<String> {
    let harmless = |found: &str| found == "\n" || has_tabs && found == "\t";
    if let Some(found) = ACTIVE.find_iter(text).find(|found| !harmless(found.as_str())) {
        return Some(format!("active {:?} in {:?}", found.as_str(), around(text, found.start())));
    }
    let flood = FLOOD.find(text)?;
    Some(format!("a flood of marks in {:?}", around(text, flood.start())))
}

fn around(text: &str, at: usize) -> &str {
    let (mut from, mut to) = (at.saturating_sub(40), (at + 40).min(text.len()));
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    text.get(from..to).unwrap_or_default()
}

/// Asserts that bytes of a run without a terminal hold nothing active.
#[track_caller]
pub(crate) fn assert_inert(what: &str, bytes: &[u8], has_tabs: bool) {
    let text = std::str::from_utf8(bytes)
        .unwrap_or_else(|error| panic!("{what}: no UTF-8 at byte {}", error.valid_up_to()));
    if let Some(fault) = fault_of_text(text, has_tabs) {
        panic!("{what}: {fault}");
    }
}

/// Reads the raw bytes that went to a terminal and asserts that every one is text, the end of a line, or one of the
/// program's own sequences. Returns what was written to the clipboard.
#[track_caller]
pub(crate) fn assert_ours(what: &str, bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes)
        .unwrap_or_else(|error| panic!("{what}: no UTF-8 at byte {}", error.valid_up_to()));
    let mut copied = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if letter == '\u{1b}' {
            let length = if let Some(found) = OURS.find(rest) {
                found.end()
            } else if let Some(found) = CLIPBOARD.captures(rest) {
                copied.push(found[1].to_owned());
                found[0].len()
            } else {
                panic!("{what}: not ours: {:?}", rest.chars().take(60).collect::<String>());
            };
            rest = rest.get(length..).unwrap_or_default();
            // A sequence moves on: letters before and after it do not touch.
            plain.push('\n');
            continue;
        }
        if letter != '\r' {
            plain.push(letter);
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    if let Some(fault) = fault_of_text(&plain, false) {
        panic!("{what}: {fault}");
    }
    copied
}

#[test]
fn reader_of_output_refuses_what_a_record_could_bring() {
    for ours in ["\x1b[0m\x1b[38;5;7;49mtext\x1b[2;3H\x1b[?1049h", "a\r\nb", "\x1b[48;2;1;22;255m"]
    {
        assert_eq!(assert_ours("ours", ours.as_bytes()), Vec::<String>::new());
    }
    assert_eq!(assert_ours("a copy", b"\x1b]52;c;YQ==\x07"), ["YQ=="]);
    let hostile = [
        "\x1b]0;t\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x1b[2;3r",
        "\x1b[6n",
        "\x1b[c",
        "\x1bc",
        "\x1bPq\x1b\\",
        "\x1b_x\x1b\\",
        "\x1b",
        "\u{9b}2J",
        "\u{9d}x\u{9c}",
        "a\u{202e}b",
        "a\u{200b}b",
        "\u{feff}",
        "\x07",
        "\x08",
        "\x7f",
        "\t",
        "z\u{301}\u{301}\u{301}\u{301}\u{301}",
        "\u{e0041}",
        "\u{fe0f}",
        "\u{ad}",
        "\u{2028}",
        "\u{600}",
        "\x1b[?1003;1h",
        "\x1b[38;5;4;6m",
        "\x1b[8m",
        "\x1b]52;c;?\x07",
        "\x1b]52;p;YQ==\x07",
        "\x1b[8;1;1t",
    ];
    for text in hostile {
        let read = std::panic::catch_unwind(|| assert_ours("hostile", text.as_bytes()));
        assert!(read.is_err(), "{text:?} passed");
    }
    for bytes in [&b"\x9b2J"[..], b"\xc0\x9b", b"\xed\xa0\x80", b"\xff"] {
        let read = std::panic::catch_unwind(|| assert_ours("hostile", bytes));
        assert!(read.is_err(), "{bytes:?} passed");
    }
}
