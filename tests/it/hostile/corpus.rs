//! The corpus as evidence: every text of `tests/fixtures/hostile/texts.txt` in every carrier beside it, files with hostile
//! names, and the texts as an analyst might type them.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::support::Home;

/// A text of the corpus: its name, and the bytes that stand for it inside a JSON string.
pub(crate) struct Hostile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Hostile {
    /// Returns the text as a reader of JSON gets it, with U+FFFD for what is no Unicode.
    pub(crate) fn text(&self) -> String {
        let literal = format!("\"{}\"", String::from_utf8_lossy(&self.bytes));
        serde_json::from_str(&literal).unwrap_or_else(|_| literal.replace("\\u", "\u{fffd}"))
    }
}

fn fixture(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns every text.
pub(crate) fn texts() -> Vec<Hostile> {
    let list = fixture("texts.txt");
    let lines = list.lines().filter(|line| !line.starts_with("# "));
    let texts: Vec<Hostile> = lines
        .map(|line| {
            let (name, literal) = line.split_once('\t').expect("a name, a tab, a text");
            let bytes = match literal.strip_prefix("hex:") {
                None => literal.as_bytes().to_vec(),
                Some(digits) => digits
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| {
                        u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16)
                            .expect("hex")
                    })
                    .collect(),
            };
            Hostile { name: name.to_owned(), bytes }
        })
        .collect();
    assert!(texts.len() > 250, "the list of texts was not found");
    texts
}

/// Carriers by the name of their file.
pub(crate) const CARRIERS: &[&str] =
    &["bedrock", "cloudtrail", "hoop", "mcp", "opa", "toolhive", "unmapped"];

/// Returns the records that carry `text`, with `number` in their times and ids.
pub(crate) fn carried(carrier: &str, text: &[u8], number: usize) -> Vec<u8> {
    let template = fixture(&format!("carriers/{carrier}.jsonl"));
    let template = template
        .replace("##", &format!("{number:08x}"))
        .replace("%%", &format!("{:02}:{:02}", number / 60 % 60, number % 60));
    let mut records = Vec::new();
    for (index, part) in template.split("@@").enumerate() {
        if index > 0 {
            records.extend_from_slice(text);
        }
        records.extend_from_slice(part.as_bytes());
    }
    records
}

/// Writes the whole corpus below `evidence/`: one file for each carrier.
pub(crate) fn write(home: &Home) {
    for carrier in CARRIERS {
        let mut content = Vec::new();
        for (number, text) in texts().iter().enumerate() {
            content.extend(carried(carrier, &text.bytes, number));
        }
        home.write(&format!("evidence/{carrier}.jsonl"), content);
    }
}

/// Names that a file may have and that a terminal, a shell, a reader or a web page takes for something else.
pub(crate) fn file_names() -> Vec<OsString> {
    let texts = [
        "name\u{1b}[31m.jsonl",
        "title\u{1b}]0;OWNED\u{7}.jsonl",
        "c1\u{9b}2J.jsonl",
        "two\nlines.jsonl",
        "return\rOWNED.jsonl",
        "tab\tbed.jsonl",
        "gpj\u{202e}lnosj.a.jsonl",
        "zero\u{200b}width\u{feff}.jsonl",
        "clo\u{443}dtrail.jsonl",
        "tags\u{e0041}\u{e0042}.jsonl",
        "z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}algo.jsonl",
        "=1+1.jsonl",
        "-rf.jsonl",
        "--output=owned.jsonl",
        "$(touch owned).jsonl",
        "`touch owned`.jsonl",
        "'; touch owned; '.jsonl",
        "<img src=x onerror=alert(1)>.jsonl",
        "[click](javascript:alert(1)).jsonl",
        "a|b.jsonl",
        "%s%n{}.jsonl",
        " leading and trailing .jsonl ",
        "..jsonl",
        "~root.jsonl",
        "\u{2028}separator.jsonl",
        "\u{6771}\u{4eac}\u{6771}\u{4eac}.jsonl",
    ];
    let mut names: Vec<OsString> = texts.iter().map(OsString::from).collect();
    names.push(OsString::from_vec(b"bytes\xff\xc0\x9b\xed\xa0\x80.jsonl".to_vec()));
    names.push(OsString::from_vec(b"c1\x9b2J\x9d0;x\x9c.jsonl".to_vec()));
    names
}
