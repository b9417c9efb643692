//! The bytes of a record, read anew from the evidence, checked against the hash taken at load, shown as hex and
//! escaped text. What redaction hides in the store is hidden here too.

use std::path::Path;

use crate::model::EventId;
use crate::redact::Redactor;
use crate::source::{Caps, Content, Opened, hex, open_file};
use crate::store::{Fault, Reader};

/// Most bytes shown.
pub const SHOWN: usize = 64 << 10;
const PER_LINE: usize = 16;

/// A record's bytes for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawView {
    pub file: String,
    pub member: Option<String>,
    pub offset: u64,
    pub length: u64,
    pub line: u32,
    /// SHA-256 of the record's bytes, as taken at load.
    pub sha256: String,
    /// Whether the bytes in the evidence still have that hash; `None` when they could not be read.
    pub is_unchanged: Option<bool>,
    /// Offset, hex and text, 16 bytes a line. Every byte above 0x7e and below 0x20 shows as a dot in the text.
    pub lines: Vec<String>,
    /// What is not shown, in words.
    pub cut: Option<String>,
}

/// A record as it stands in the evidence.
#[derive(Debug)]
pub struct Original {
    pub file: String,
    pub member: Option<String>,
    pub offset: u64,
    pub length: u64,
    pub line: u32,
    /// SHA-256 of the record's bytes, as taken at load.
    pub sha256: String,
    /// The bytes, or why they cannot be read again, in words.
    pub bytes: Result<Vec<u8>, String>,
}

impl Original {
    /// Returns whether the bytes still have their hash; `None` when they could not be read.
    pub fn is_unchanged(&self) -> Option<bool> {
        self.bytes.as_ref().ok().map(|bytes| digest(bytes) == self.sha256)
    }
}

/// Reads an event's record again, unredacted, or returns `None` if the case has no such event.
pub fn original(reader: &Reader, id: EventId) -> Result<Option<Original>, Fault> {
    let rows = reader.rows(
        "SELECT s.name, s.member, s.path, e.\"offset\", e.length, e.line, lower(hex(e.raw_sha256)) \
         FROM event e JOIN source s ON s.source = e.source WHERE e.id = ?::UUID",
        &[id.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (member, offset, length) = (row.maybe_text(1), row.count(3), row.count(4));
    let bytes = match row.maybe_text(2) {
        None => Err("the evidence came through standard input and cannot be read again".to_owned()),
        Some(path) => read_again(Path::new(&path), member.as_deref(), offset, length)
            .map_err(|reason| format!("cannot read {path} again: {reason}")),
    };
    Ok(Some(Original {
        file: row.text(0),
        member,
        offset,
        length,
        line: u32::try_from(row.count(5)).unwrap_or(0),
        sha256: row.text(6),
        bytes,
    }))
}

/// Returns the bytes of an event's record, or `None` if the case has no such event.
pub fn raw(reader: &Reader, redactor: &Redactor, id: EventId) -> Result<Option<RawView>, Fault> {
    let Some(original) = original(reader, id)? else { return Ok(None) };
    let mut view = RawView {
        is_unchanged: original.is_unchanged(),
        file: original.file,
        member: original.member,
        offset: original.offset,
        length: original.length,
        line: original.line,
        sha256: original.sha256,
        lines: Vec::new(),
        cut: None,
    };
    match original.bytes {
        Err(reason) => view.cut = Some(reason),
        Ok(bytes) => show(&bytes, redactor, &mut view),
    }
    Ok(Some(view))
}

fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(bytes))
}

fn show(bytes: &[u8], redactor: &Redactor, view: &mut RawView) {
    let text = String::from_utf8_lossy(bytes);
    let redacted = redactor.document(&text, &mut crate::redact::Tally::default());
    let shown = redacted.as_bytes().get(..SHOWN.min(redacted.len())).unwrap_or_default();
    view.lines = (0_u64..)
        .step_by(PER_LINE)
        .zip(shown.chunks(PER_LINE))
        .map(|(at, chunk)| dump_line(view.offset + at, chunk))
        .collect();
    if redacted.len() > SHOWN {
        view.cut = Some(format!("first {} KiB of {} bytes", SHOWN >> 10, bytes.len()));
    } else if redacted.as_bytes() != bytes {
        view.cut =
            Some("redacted values are shown as marks, so later offsets are shifted".to_owned());
    }
}

fn dump_line(offset: u64, chunk: &[u8]) -> String {
    let pairs: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
    let text: String = chunk
        .iter()
        .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
        .collect();
    format!("{offset:>9}  {:<47}  {text}", pairs.join(" "))
}

/// Reads `length` bytes at `offset` of the inflated content.
fn read_again(
    path: &Path,
    member: Option<&str>,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, String> {
    let opened = open_file(path, Caps::default()).map_err(|error| error.to_string())?;
    match opened {
        Opened::Content(content) => slice(content, offset, length),
        Opened::Archive(mut archive) => {
            for index in 0..archive.len() {
                if let Ok(Some((name, content))) = archive.member(index, Caps::default())
                    && Some(name.as_str()) == member
                {
                    return slice(content, offset, length);
                }
            }
            Err("the archive has no such member any more".to_owned())
        }
    }
}

fn slice(mut content: Content, offset: u64, length: u64) -> Result<Vec<u8>, String> {
    let mut buffer = Vec::new();
    let mut dropped = 0_u64;
    let end = offset + length;
    loop {
        let is_done = content.fill(&mut buffer, 1 << 20);
        let has = dropped + buffer.len() as u64;
        if has >= end {
            let from = usize::try_from(offset - dropped).map_err(|error| error.to_string())?;
            let to = usize::try_from(end - dropped).map_err(|error| error.to_string())?;
            return buffer
                .get(from..to)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| "the file is shorter now".to_owned());
        }
        if !matches!(is_done, Ok(false)) {
            return Err("the file is shorter now".to_owned());
        }
        let keep_from =
            usize::try_from(offset.saturating_sub(dropped)).unwrap_or(usize::MAX).min(buffer.len());
        buffer.drain(..keep_from);
        dropped += keep_from as u64;
    }
}
