//! Bodies of the fuzz targets: what is done with the bytes, and what must hold afterwards whatever they are. Shared by
//! the fuzzer and by the test that replays the seeds; knows only the public interface of the modules under test.

use std::fs;
use std::io::{self, Cursor};

use serde_json::Value;
use serde_json::value::RawValue;
use whytrail::custody::checkpoint::Checkpoint;
use whytrail::custody::note::{Note, Vkey};
use whytrail::custody::{ActKind, Condition, Journal, Signer, Stamp, timestamp};
use whytrail::format::{Adapted, Format, Place, Recognized, Record, Sample, proof, registry};
use whytrail::model::Micros;
use whytrail::redact::{Redactor, Tally};
use whytrail::source::{Caps, Content, FrameKind, Framer, Framing, Opened, inflate_bytes};
use whytrail::source::{open_file, open_stream};
use whytrail::text::sanitize::sanitize_ascii;
use whytrail::text::width;

/// A target: its name, which is also the name of its folder of seeds, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const ALL: &[Target] = &[
    ("bedrock", bedrock),
    ("cloudtrail", cloudtrail),
    ("inflate", inflate),
    ("journal", journal),
    ("json_framer", json_framer),
    ("mapping", mapping),
    ("mcp", mcp),
    ("note", note),
    ("proof", proof),
    ("recognize", recognize),
    ("redact", redact),
    ("sanitize", sanitize),
    ("timestamp", timestamp),
    ("zip_archive", zip_archive),
];

/// Longest content that a target takes apart record by record, so that one run stays short.
const LONGEST: usize = 1 << 20;

/// Offset, line, kind and bytes of a frame.
type Cut = (u64, u32, String, Vec<u8>);

/// Cuts content into frames as it would stream by in pieces of `piece` bytes. Returns place and bytes of each, and
/// whether the content ended inside something.
fn frames(framing: &Framing, content: &[u8], piece: usize) -> (Vec<Cut>, bool) {
    let mut framer = Framer::new(framing.clone());
    let (mut found, mut buffer, mut given) = (Vec::new(), Vec::new(), 0);
    loop {
        let rest = content.get(given..).unwrap_or_default();
        let next = rest.get(..piece.min(rest.len())).unwrap_or_default();
        buffer.extend_from_slice(next);
        given += next.len();
        let at_end = given == content.len();
        let consumed = framer.feed(&buffer, at_end, &mut |frame| {
            let kind = format!("{:?}", frame.kind);
            if frame.kind != FrameKind::Envelope {
                let at = usize::try_from(frame.offset).expect("an offset in memory");
                let there = content.get(at..at + frame.bytes.len());
                assert_eq!(there, Some(frame.bytes), "a frame is what lies at its offset");
            }
            found.push((frame.offset, frame.line, kind, frame.bytes.to_vec()));
        });
        buffer.drain(..consumed);
        if at_end {
            return (found, framer.is_open());
        }
    }
}

/// The same records come out however the content arrives; they do not overlap, and each is what lies at its place.
pub fn json_framer(bytes: &[u8]) {
    let Some((first, content)) = bytes.split_first() else { return };
    let piece = usize::from(*first % 61) + 1;
    for framing in [Framing::json(&["Records", "events"]), Framing::json(&[]), Framing::Lines] {
        let (whole, was_open) = frames(&framing, content, content.len().max(1));
        let (pieces, is_open) = frames(&framing, content, piece);
        assert_eq!((&whole, was_open), (&pieces, is_open), "pieces of {piece} bytes");
        let mut end = 0;
        for (offset, line, kind, bytes) in &whole {
            if kind != "Envelope" {
                assert!(*offset >= end, "records overlap");
                end = offset + bytes.len() as u64;
                let before = content.iter().zip(0..*offset).filter(|(byte, _)| **byte == b'\n');
                assert_eq!(*line as usize, before.count() + 1, "the line of a record");
            }
        }
    }
}

/// A source is recognized, or told not to be, whatever its head is; the verdict names a format that was asked.
pub fn recognize(bytes: &[u8]) {
    let formats = registry::built_in();
    let head = String::from_utf8_lossy(bytes);
    for is_whole in [false, true] {
        let sample = Sample::new("a.json", &head, is_whole);
        if let Recognized::As(winner) = whytrail::format::recognize(&formats, &sample) {
            let format = formats.get(winner.index).expect("an index of the formats asked");
            assert_eq!(format.id(), winner.id);
            assert!(winner.score <= 100);
        }
    }
}

/// Records in the form of AWS.
pub fn cloudtrail(bytes: &[u8]) {
    read_as(bytes, |id| id.starts_with("aws.") && !id.contains("bedrock"));
}

/// Model invocation logs.
pub fn bedrock(bytes: &[u8]) {
    read_as(bytes, |id| id.contains("bedrock"));
}

/// Captures of the Model Context Protocol.
pub fn mcp(bytes: &[u8]) {
    read_as(bytes, |id| id.starts_with("mcp"));
}

/// Everything that a mapping file describes, and JSON that nothing does.
pub fn mapping(bytes: &[u8]) {
    read_as(bytes, |id| !id.starts_with("aws.") && !id.starts_with("mcp"));
}

/// Every record handed to an adapter becomes an event, a reject, a skip, or is held; what is held comes out at the end.
fn read_as(bytes: &[u8], is_meant: impl Fn(&str) -> bool) {
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    let formats = registry::built_in();
    let mut n_formats = 0;
    for format in formats.iter().filter(|format| is_meant(format.id())) {
        n_formats += 1;
        let content = String::from_utf8_lossy(bytes);
        read_with(format.as_ref(), content.as_bytes());
    }
    assert!(n_formats > 0, "no format has such a name any more");
}

fn read_with(format: &dyn Format, content: &[u8]) {
    let mut adapter = format.adapter_for("evidence/a.json");
    let (mut index, mut held, mut released) = (0, 0_u64, 0_u64);
    let mut framer = Framer::new(format.framing());
    framer.feed(content, true, &mut |frame| {
        let length = u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX);
        let place = Place { index, part: 0, offset: frame.offset, length, line: frame.line };
        let mut out = Adapted::default();
        match frame.kind {
            FrameKind::Envelope => adapter.envelope(frame.bytes, &mut out),
            FrameKind::Broken(reason) => {
                assert!(!reason.is_empty());
                index += 1;
            }
            FrameKind::Record => {
                index += 1;
                let text = std::str::from_utf8(frame.bytes).expect("a piece of valid UTF-8");
                adapter.adapt(&Record { text, place }, &mut out);
                let given = out.events.len() + out.rejects.len() + out.skipped.len();
                assert!(given > 0 || out.held > 0, "`{}` passed a record by", format.id());
            }
        }
        held += out.held;
        released += out.released;
        check(format, &out);
    });
    let mut out = Adapted::default();
    adapter.finish(&mut out);
    released += out.released;
    check(format, &out);
    assert_eq!(held, released, "`{}` did not give out what it held", format.id());
}

/// What an adapter says about a record never quotes it, and never acts on a terminal.
fn check(format: &dyn Format, out: &Adapted<'_>) {
    for (place, event) in &out.events {
        assert!(place.length > 0, "`{}` gave an event no place", format.id());
        assert!(event.action.as_deref() != Some(""), "`{}` gave an empty action", format.id());
    }
    let reasons = out.rejects.iter().map(|(_, reason)| reason);
    for text in reasons.chain(&out.warnings) {
        assert!(text.len() < 400, "`{}` tells a long story: {text:.80}", format.id());
    }
}

/// Compressed content stays under its caps, and its end is always told.
pub fn inflate(bytes: &[u8]) {
    let caps = Caps { inflated: 1 << 20, ratio: 50 };
    let opened = open_stream(Cursor::new(bytes.to_vec()), caps);
    let content = opened.expect("memory can always be read");
    read_all(content, bytes.len() as u64, caps);
    if let Some(small) = inflate_bytes(bytes, 4096) {
        assert!(small.len() <= 4096);
    }
}

fn read_all(mut content: Content, received: u64, caps: Caps) {
    let mut buffer = Vec::new();
    let mut total = 0;
    while let Ok(false) = content.fill(&mut buffer, 64 << 10) {
        total += buffer.len() as u64;
        buffer.clear();
    }
    total += buffer.len() as u64;
    // UTF-16 grows by half at most, and one piece may pass before a cap is seen.
    assert!(total <= 3 * caps.inflated.max(received) + (1 << 20), "{total} bytes came out");
    let (digests, _) = content.finish();
    assert_eq!(digests.bytes, received, "the digest covers every byte received");
    assert_eq!((digests.sha256.len(), digests.content_sha256.len()), (64, 64));
}

/// An archive gives each member or a reason, and writes nothing.
pub fn zip_archive(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.zip");
    fs::write(&path, bytes).expect("a file");
    let caps = Caps { inflated: 1 << 20, ratio: 50 };
    match open_file(&path, caps) {
        Err(_) => {}
        Ok(Opened::Content(content)) => read_all(content, bytes.len() as u64, caps),
        Ok(Opened::Archive(mut archive)) => {
            for index in 0..archive.len().min(64) {
                if let Ok(Some((_, mut content))) = archive.member(index, caps) {
                    let mut buffer = Vec::new();
                    while let Ok(false) = content.fill(&mut buffer, 64 << 10) {
                        buffer.clear();
                    }
                    assert!(content.finish().0.inflated <= (1 << 20) + (8 << 20));
                }
            }
        }
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

/// JSON stays JSON, redacting twice changes nothing, and an excerpt is short.
pub fn redact(bytes: &[u8]) {
    let redactor = Redactor::new([7; 32]);
    let text = String::from_utf8_lossy(bytes);
    let mut tally = Tally::default();
    let payload = redactor.payload(&text, &mut tally);
    let is_json = |text: &str| serde_json::from_str::<&RawValue>(text).is_ok();
    if is_json(&text) {
        assert!(is_json(&payload), "redacted JSON is no JSON");
    }
    assert_eq!(redactor.payload(&payload, &mut Tally::default()), payload, "redacted twice");
    let free = redactor.text(&text, &mut tally);
    assert_eq!(redactor.text(&free, &mut Tally::default()), free, "redacted twice");
    assert!(redactor.excerpt(bytes).len() < 400);
}

/// Nothing that acts on a terminal is left, and cutting and wrapping bring nothing back.
pub fn sanitize(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let safe = whytrail::text::sanitize::sanitize(&text);
    assert!(!safe.chars().any(char::is_control));
    assert_eq!(whytrail::text::sanitize::sanitize(&safe), safe, "sanitized twice");
    assert!(sanitize_ascii(&text).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    let room = bytes.len() % 40;
    assert!(width::cells(&width::cut_end(&safe, room)) <= room);
    assert!(width::cells(&width::cut_middle(&safe, room)) <= room);
    for line in width::wrap(&safe, room.max(2)) {
        assert!(width::cells(&line) <= room.max(2), "{line:?} in {room}");
    }
}

fn signer() -> Signer {
    let mut nonce = 0;
    let stamp = move || {
        nonce += 1;
        Ok::<Stamp, io::Error>(Stamp { ts: Micros(1_800_000_000_000_000), nonce })
    };
    Signer { actor: "tester".to_owned(), tool: "test/1".to_owned(), stamp: Box::new(stamp) }
}

/// A journal of any bytes opens; it can be written exactly when its lines are a chain, and then nothing is lost.
pub fn journal(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("journal.jsonl"), bytes).expect("a file");
    let (mut open, entries) = Journal::open(folder.path(), signer()).expect("a journal");
    let (is_chain, before) = (open.breaks().is_empty(), open.head());
    let appended = open.append(ActKind::Handover, "case", Value::Null);
    if *open.condition() != Condition::Writable {
        assert!(appended.is_err(), "an act was taken behind a break");
        let now = fs::read(folder.path().join("journal.jsonl")).expect("the journal");
        assert_eq!(now, bytes, "a journal that cannot be written was changed");
        return;
    }
    let appended = appended.expect("a chain goes on");
    assert_eq!(appended.prev, before.leaf);
    drop(open);
    let (again, after) = Journal::open(folder.path(), signer()).expect("a journal");
    assert_eq!(again.head().size, before.size + 1);
    assert_eq!(after.split_last(), Some((&appended, entries.as_slice())));
    assert_eq!(again.breaks().is_empty(), is_chain);
}

/// Signed notes, keys and checkpoints read back as they are written.
pub fn note(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let keys: Vec<Vkey> = text.lines().filter_map(|line| Vkey::parse(line).ok()).collect();
    for key in &keys {
        assert_eq!(Vkey::parse(&key.to_string()).as_ref(), Ok(key), "a key reads back");
    }
    if let Ok(note) = Note::parse(bytes) {
        assert!(!note.signatures.is_empty() && note.text.ends_with('\n'));
        assert_eq!(note.check(&keys).len(), note.signatures.len());
        if let Some(checkpoint) = Checkpoint::parse(&note.text) {
            assert_eq!(checkpoint.text(), note.text, "a checkpoint reads back");
        }
    }
    if let Some(checkpoint) = Checkpoint::parse(&text) {
        assert_eq!(checkpoint.text(), text, "a checkpoint reads back");
        checkpoint.compare(&[]);
    }
}

/// Answers of a time stamping authority.
pub fn timestamp(bytes: &[u8]) {
    if let Ok(stamped) = timestamp::read(bytes) {
        assert!(!format!("{stamped:?}").is_empty());
    }
    timestamp::request(bytes, 7).expect("a request can be made for any bytes");
}

/// Documents that carry proof: digest files, key lists, signatures, sign files.
pub fn proof(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let sample = Sample::new("a.json", &text, true);
    if let Some(kind) = proof::recognize(&sample) {
        assert_eq!(proof::parse(kind, &text).kind(), kind);
    }
    for kind in whytrail::model::proof::ProofKind::ALL {
        let document = proof::parse(*kind, &text);
        assert_eq!(document.kind(), *kind);
        let kept = serde_json::to_string(&document).expect("plain data");
        assert_eq!(serde_json::from_str(&kept).ok(), Some(document), "what is kept reads back");
    }
}
