//! Cuts records out of content as it streams by: JSON values in every arrangement that log files use, or lines.
//!
//! One reader covers a single object, an array, JSON Lines, pretty-printed values one after the other, values with
//! nothing between them, and objects that hold the records in an array (`{"Records":[...]}`). It looks at brackets
//! and strings only and keeps its state between calls, so a byte is looked at once however large the record is.
//!
//! A value that breaks off and is followed by another (a cut line in a log) ends where the next one begins: in JSON
//! a value never follows a value without a comma, and a string never holds a bare newline.

use std::sync::Arc;

use memchr::memchr3;

/// How records lie in the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    /// JSON values. An array at the top is opened; an object at the top is opened at every key of `drill`
    /// that holds an array, and the rest of it is handed out as [`FrameKind::Envelope`].
    Json { drill: Drill },
    /// One record per line.
    Lines,
}

impl Framing {
    /// Returns the framing of JSON whose records lie at the top or in an array under one of these keys.
    pub const fn json(drill: &'static [&'static str]) -> Self {
        Self::Json { drill: Drill::Fixed(drill) }
    }
}

/// The keys under which records lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drill {
    Fixed(&'static [&'static str]),
    /// Keys that were read from somewhere.
    Given(Arc<[String]>),
}

impl Drill {
    fn is_empty(&self) -> bool {
        match self {
            Self::Fixed(keys) => keys.is_empty(),
            Self::Given(keys) => keys.is_empty(),
        }
    }

    fn holds(&self, key: &[u8]) -> bool {
        match self {
            Self::Fixed(keys) => keys.iter().any(|wanted| wanted.as_bytes() == key),
            Self::Given(keys) => keys.iter().any(|wanted| wanted.as_bytes() == key),
        }
    }
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A whole record.
    Record,
    /// The object around an opened array, without that array: JSON object text.
    Envelope,
    /// Bytes that are no record, with the reason.
    Broken(&'static str),
}

/// A piece of content. `offset` is in bytes from the beginning of the content, `line` counts from 1.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'b> {
    pub bytes: &'b [u8],
    pub offset: u64,
    pub line: u32,
    pub kind: FrameKind,
}

/// The reason given for a value that the end of the content cuts off.
pub const CUT_OFF: &str = "record is cut off by the end of the content";

const OVERLONG: &str = "record is larger than 256 MiB";
const NOT_JSON: &str = "text that is not JSON";
const BROKEN_OFF: &str = "record breaks off before the next one begins";
const BARE_NEWLINE: &str = "record breaks off inside a text";
const BIG_ENVELOPE: &str = "what stands beside the records in their object is larger than 64 KiB";

/// Longest record kept in memory, in bytes.
const MAX_RECORD: usize = 256 << 20;
/// Longest remainder of a container object that is handed out.
const MAX_ENVELOPE: usize = 64 << 10;

/// What the framer is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Between values.
    Between,
    /// In an object or array (or the rest of a container object) that began at `start`.
    Value,
    /// In a bare word, number or stray text that began at `start`.
    Stray,
}

/// The array whose elements are being handed out, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    Nothing,
    /// The content is one array.
    TopArray,
    /// An array inside a container object.
    Drilled,
}

/// Cuts content into frames. Feed it the unconsumed rest of the content plus new bytes, over and over.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the byte before the next")]
#[derive(Debug)]
pub struct Framer {
    framing: Framing,
    mode: Mode,
    opened: Opened,
    /// Content offset of the first byte of the buffer, and its line.
    base: u64,
    line: u32,
    line_counted_to: usize,
    /// Next byte to look at, and where the present value began; both relative to the buffer.
    pos: usize,
    start: usize,
    depth: usize,
    in_string: bool,
    /// The last thing outside strings was the end of a value, so another value may not follow.
    value_ended: bool,
    /// At depth 1 of a container candidate: where the last string began, and whether it was a key to drill.
    string_start: usize,
    drill_pending: bool,
    may_drill: bool,
    /// The container object without its opened array.
    shell: Vec<u8>,
    in_shell: bool,
    discarding: bool,
    /// The last byte seen was a backslash inside a string.
    pending_escape: bool,
}

impl Framer {
    /// Returns a framer at the beginning of some content.
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            mode: Mode::Between,
            opened: Opened::Nothing,
            base: 0,
            line: 1,
            line_counted_to: 0,
            pos: 0,
            start: 0,
            depth: 0,
            in_string: false,
            value_ended: false,
            string_start: 0,
            drill_pending: false,
            may_drill: false,
            shell: Vec::new(),
            in_shell: false,
            discarding: false,
            pending_escape: false,
        }
    }

    /// Looks at `buffer`, which begins where the last call's consumed bytes ended, and hands out every whole frame.
    /// Returns how many bytes the caller may drop from the front. `at_end` says that no more bytes will come.
    pub fn feed(&mut self, buffer: &[u8], at_end: bool, sink: &mut dyn FnMut(Frame<'_>)) -> usize {
        match self.framing.clone() {
            Framing::Lines => self.feed_lines(buffer, at_end, sink),
            Framing::Json { drill } => self.feed_json(buffer, at_end, &drill, sink),
        }
        let consumed = self.consumable();
        self.count_lines(buffer, consumed);
        self.base += consumed as u64;
        self.pos -= consumed;
        self.start = self.start.saturating_sub(consumed);
        self.string_start = self.string_start.saturating_sub(consumed);
        self.line_counted_to = 0;
        consumed
    }

    const fn consumable(&self) -> usize {
        match self.mode {
            Mode::Between => self.pos,
            Mode::Value | Mode::Stray => {
                if self.discarding {
                    self.pos
                } else {
                    self.start
                }
            }
        }
    }

    fn count_lines(&mut self, buffer: &[u8], to: usize) {
        if let Some(stretch) = buffer.get(self.line_counted_to..to) {
            let newlines = memchr::memchr_iter(b'\n', stretch).count();
            self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
            self.line_counted_to = to;
        }
    }

    fn emit(
        &mut self,
        buffer: &[u8],
        end: usize,
        kind: FrameKind,
        sink: &mut dyn FnMut(Frame<'_>),
    ) {
        let start = self.start;
        self.count_lines(buffer, start);
        if let Some(bytes) = buffer.get(start..end) {
            sink(Frame { bytes, offset: self.base + start as u64, line: self.line, kind });
        }
    }

    fn feed_lines(&mut self, buffer: &[u8], at_end: bool, sink: &mut dyn FnMut(Frame<'_>)) {
        while let Some(found) = buffer.get(self.pos..).and_then(|rest| memchr::memchr(b'\n', rest))
        {
            let end = self.pos + found;
            self.emit_line(buffer, end, sink);
            self.pos = end + 1;
            self.start = self.pos;
        }
        if at_end && self.start < buffer.len() {
            self.emit_line(buffer, buffer.len(), sink);
            self.pos = buffer.len();
            self.start = self.pos;
        }
    }

    fn emit_line(&mut self, buffer: &[u8], end: usize, sink: &mut dyn FnMut(Frame<'_>)) {
        let line = buffer.get(self.start..end).unwrap_or_default();
        let trimmed = line.strip_suffix(b"\r").unwrap_or(line);
        if !trimmed.trim_ascii().is_empty() {
            let end = self.start + trimmed.len();
            self.emit(buffer, end, FrameKind::Record, sink);
        }
    }

    fn feed_json(
        &mut self,
        buffer: &[u8],
        at_end: bool,
        drill: &Drill,
        sink: &mut dyn FnMut(Frame<'_>),
    ) {
        while self.pos < buffer.len() {
            match self.mode {
                Mode::Between => self.between(buffer, !drill.is_empty()),
                Mode::Stray => {
                    if !self.stray(buffer, sink) {
                        break;
                    }
                }
                Mode::Value => {
                    if self.in_string {
                        self.string(buffer, drill, sink);
                    } else {
                        self.structure(buffer, sink);
                    }
                }
            }
            self.discard_overlong(buffer, sink);
        }
        if at_end {
            self.end_of_content(buffer, sink);
        }
    }

    fn between(&mut self, buffer: &[u8], may_drill: bool) {
        let Some(&byte) = buffer.get(self.pos) else { return };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => self.pos += 1,
            b']' if self.opened != Opened::Nothing => {
                self.pos += 1;
                if self.opened == Opened::Drilled {
                    self.resume_shell();
                }
                self.opened = Opened::Nothing;
            }
            b'[' if self.opened == Opened::Nothing => {
                self.opened = Opened::TopArray;
                self.pos += 1;
            }
            b'{' | b'[' => {
                self.begin_value();
                self.may_drill = may_drill && byte == b'{' && self.opened == Opened::Nothing;
                self.depth = 1;
                self.pos += 1;
            }
            _ => {
                self.begin_value();
                self.mode = Mode::Stray;
            }
        }
    }

    fn begin_value(&mut self) {
        self.mode = Mode::Value;
        self.start = self.pos;
        self.in_string = false;
        self.value_ended = false;
        self.drill_pending = false;
        self.may_drill = false;
        self.discarding = false;
    }

    /// Goes on with the container object after its array. Further arrays of records may follow in it.
    fn resume_shell(&mut self) {
        self.mode = Mode::Value;
        self.start = self.pos;
        self.depth = 1;
        self.in_string = false;
        self.value_ended = true;
        self.may_drill = true;
        self.drill_pending = false;
    }

    /// Runs over a bare word or stray text. Returns false when more bytes are needed.
    fn stray(&mut self, buffer: &[u8], sink: &mut dyn FnMut(Frame<'_>)) -> bool {
        let rest = buffer.get(self.pos..).unwrap_or_default();
        let stop = match self.opened {
            Opened::Nothing => memchr::memchr(b'\n', rest),
            Opened::TopArray | Opened::Drilled => memchr3(b'\n', b',', b']', rest),
        };
        let Some(found) = stop else {
            self.pos = buffer.len();
            return false;
        };
        self.pos += found;
        self.emit_stray(buffer, sink);
        true
    }

    fn emit_stray(&mut self, buffer: &[u8], sink: &mut dyn FnMut(Frame<'_>)) {
        let text = buffer.get(self.start..self.pos).unwrap_or_default();
        let end = self.start + text.trim_ascii_end().len();
        if !self.discarding && end > self.start {
            self.emit(buffer, end, FrameKind::Broken(NOT_JSON), sink);
        }
        self.mode = Mode::Between;
        self.start = self.pos;
    }

    /// Runs to the end of the present string.
    fn string(&mut self, buffer: &[u8], drill: &Drill, sink: &mut dyn FnMut(Frame<'_>)) {
        if std::mem::take(&mut self.pending_escape) {
            self.pos += 1;
        }
        let rest = buffer.get(self.pos..).unwrap_or_default();
        let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
            self.pos = buffer.len();
            return;
        };
        match rest.get(found) {
            Some(b'"') => {
                self.pos += found + 1;
                self.in_string = false;
                self.value_ended = true;
                if self.may_drill && self.depth == 1 {
                    let key = buffer.get(self.string_start + 1..self.pos - 1).unwrap_or_default();
                    self.drill_pending = drill.holds(key);
                }
            }
            Some(b'\n') => {
                self.pos += found;
                self.break_off(buffer, BARE_NEWLINE, sink);
            }
            _ => self.escape(buffer, found),
        }
    }

    /// Steps over a backslash and the byte after it, which may not have arrived yet.
    fn escape(&mut self, buffer: &[u8], found: usize) {
        let after = self.pos + found + 2;
        self.pending_escape = after > buffer.len();
        self.pos = after.min(buffer.len());
    }

    fn break_off(&mut self, buffer: &[u8], reason: &'static str, sink: &mut dyn FnMut(Frame<'_>)) {
        let text = buffer.get(self.start..self.pos).unwrap_or_default();
        let end = self.start + text.trim_ascii_end().len();
        if !self.discarding {
            self.emit(buffer, end, FrameKind::Broken(reason), sink);
        }
        self.leave_shell();
        self.mode = Mode::Between;
        self.start = self.pos;
    }

    fn leave_shell(&mut self) {
        self.shell.clear();
        self.in_shell = false;
    }

    /// Looks at bytes outside strings until a string begins, the value ends or the bytes run out.
    fn structure(&mut self, buffer: &[u8], sink: &mut dyn FnMut(Frame<'_>)) {
        while let Some(&byte) = buffer.get(self.pos) {
            match byte {
                b'"' => {
                    self.string_start = self.pos;
                    self.in_string = true;
                    self.pos += 1;
                    return;
                }
                b'{' if self.value_ended => return self.break_off(buffer, BROKEN_OFF, sink),
                b'[' if self.drill_pending && !self.value_ended => {
                    return self.open_drilled(buffer);
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    self.value_ended = false;
                    self.drill_pending = false;
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    self.value_ended = true;
                    if self.depth == 0 {
                        self.pos += 1;
                        return self.end_value(buffer, sink);
                    }
                }
                b':' => self.value_ended = false,
                b',' => {
                    self.value_ended = false;
                    self.drill_pending = false;
                }
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => {
                    self.value_ended = true;
                    self.drill_pending = false;
                }
            }
            self.pos += 1;
        }
    }

    /// Opens the array at `pos` inside a container object: its elements are the records.
    fn open_drilled(&mut self, buffer: &[u8]) {
        let before = buffer.get(self.start..self.pos).unwrap_or_default();
        // One byte over the limit is enough to see at the end that it was crossed.
        let room = (MAX_ENVELOPE + 1).saturating_sub(self.shell.len());
        self.shell.extend_from_slice(before.get(..before.len().min(room)).unwrap_or_default());
        self.shell.extend_from_slice(b"[]");
        self.in_shell = true;
        self.opened = Opened::Drilled;
        self.mode = Mode::Between;
        self.pos += 1;
        self.start = self.pos;
    }

    fn end_value(&mut self, buffer: &[u8], sink: &mut dyn FnMut(Frame<'_>)) {
        let end = self.pos;
        if self.in_shell && self.opened == Opened::Nothing {
            let rest = buffer.get(self.start..end).unwrap_or_default();
            if !self.discarding && self.shell.len() + rest.len() <= MAX_ENVELOPE {
                self.shell.extend_from_slice(rest);
                self.count_lines(buffer, self.start);
                let offset = self.base + self.start as u64;
                sink(Frame {
                    bytes: &self.shell,
                    offset,
                    line: self.line,
                    kind: FrameKind::Envelope,
                });
            } else if !self.discarding {
                self.emit(buffer, end, FrameKind::Broken(BIG_ENVELOPE), sink);
            }
            self.leave_shell();
        } else if !self.discarding {
            self.emit(buffer, end, FrameKind::Record, sink);
        }
        self.mode = Mode::Between;
        self.start = end;
    }

    /// Stops keeping a value that has grown past the cap.
    fn discard_overlong(&mut self, buffer: &[u8], sink: &mut dyn FnMut(Frame<'_>)) {
        if self.mode != Mode::Between && !self.discarding && self.pos - self.start > MAX_RECORD {
            self.emit(buffer, self.pos, FrameKind::Broken(OVERLONG), sink);
            self.discarding = true;
            self.start = self.pos;
        }
    }

    fn end_of_content(&mut self, buffer: &[u8], sink: &mut dyn FnMut(Frame<'_>)) {
        self.pos = buffer.len();
        match self.mode {
            Mode::Stray => self.emit_stray(buffer, sink),
            Mode::Value => self.break_off(buffer, CUT_OFF, sink),
            Mode::Between => {}
        }
    }

    /// Returns true when the content ended inside an array or object that was opened.
    pub fn is_open(&self) -> bool {
        self.opened != Opened::Nothing || self.mode == Mode::Value
    }
}

#[cfg(test)]
mod tests;
