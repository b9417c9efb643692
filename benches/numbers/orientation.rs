//! What the steps of a load cost by themselves, on two threads: the ceiling that a load cannot pass.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use flate2::read::MultiGzDecoder;
use whytrail::clock;
use whytrail::format::{Adapted, Format, Place, Recognized, Record, Sample, recognize, registry};
use whytrail::redact::{Redactor, Tally};
use whytrail::source::{Caps, Content, Frame, FrameKind, Framer, Opened, discover, hex, open_file};

use crate::Line;
use crate::options::Bench;
use crate::samples::rate;

const THREADS: usize = 2;
const PIECE: usize = 1 << 20;

/// How far a file is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Inflate,
    Hash,
    Frame,
    Adapt,
    Redact,
}

const STEPS: &[(Depth, &str)] = &[
    (Depth::Inflate, "inflate"),
    (Depth::Hash, "inflate and two SHA-256"),
    (Depth::Frame, "the same, and cut into records"),
    (Depth::Adapt, "the same, and parsed into events"),
    (Depth::Redact, "the same, and payloads redacted"),
];

/// Measures each step over the whole set.
pub(crate) fn rates(bench: &Bench) -> Result<Vec<Line>> {
    let mut files = Vec::new();
    discover(&bench.evidence, &mut |found| {
        if found.path.extension().is_some_and(|ending| ending == "gz") {
            files.push(found.path);
        }
        true
    });
    let mut lines = Vec::new();
    for (depth, name) in STEPS {
        let time = over_all(&files, *depth)?;
        let measured =
            format!("{} events/s ({:.1} s)", rate(bench.n_events(), time), time.as_secs_f64());
        lines.push(Line::new("-", format!("2 threads: {name}"), "orientation", measured));
    }
    Ok(lines)
}

fn over_all(files: &[PathBuf], depth: Depth) -> Result<Duration> {
    let next = AtomicUsize::new(0);
    let started = clock::monotonic();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    let walk = Walk {
                        depth,
                        formats: registry::built_in(),
                        redactor: Redactor::new([7; 32]),
                    };
                    while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        walk.file(file)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_panic| anyhow!("a thread died"))?)
    })?;
    Ok(clock::monotonic().saturating_sub(started))
}

struct Walk {
    depth: Depth,
    formats: Vec<Box<dyn Format>>,
    redactor: Redactor,
}

impl Walk {
    fn file(&self, path: &Path) -> Result<()> {
        if self.depth == Depth::Inflate {
            let mut piece = vec![0; PIECE];
            let mut decoder = MultiGzDecoder::new(File::open(path)?);
            while decoder.read(&mut piece)? > 0 {}
            return Ok(());
        }
        let Opened::Content(mut content) = open_file(path, Caps::default())? else {
            bail!("`{}` is an archive", path.display());
        };
        if self.depth == Depth::Hash {
            let (digests, _) = content.finish();
            std::hint::black_box(hex(digests.sha256.as_bytes()));
            return Ok(());
        }
        self.records(path, &mut content)
    }

    fn records(&self, path: &Path, content: &mut Content) -> Result<()> {
        let mut buffer = Vec::new();
        let mut at_end = fill(content, &mut buffer)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let head = String::from_utf8_lossy(buffer.get(..buffer.len().min(24 << 10)).unwrap_or(&[]));
        let Recognized::As(winner) = recognize(&self.formats, &Sample::new(&name, &head, false))
        else {
            bail!("`{}` was not recognized", path.display());
        };
        drop(head);
        let format = self.formats.get(winner.index).context("no such format")?;
        let mut framer = Framer::new(format.framing());
        let mut adapter = format.adapter();
        let mut tally = Tally::default();
        loop {
            let consumed = framer.feed(&buffer, at_end, &mut |frame| {
                if self.depth == Depth::Frame || frame.kind != FrameKind::Record {
                    return;
                }
                let Ok(text) = std::str::from_utf8(frame.bytes) else { return };
                let mut out = Adapted::default();
                adapter.adapt(&Record { text, place: place_of(&frame) }, &mut out);
                if self.depth == Depth::Redact {
                    for (_, event) in &out.events {
                        std::hint::black_box(self.redactor.payload(&event.payload, &mut tally));
                    }
                }
            });
            buffer.drain(..consumed);
            if at_end {
                return Ok(());
            }
            at_end = fill(content, &mut buffer)?;
        }
    }
}

fn fill(content: &mut Content, buffer: &mut Vec<u8>) -> Result<bool> {
    content.fill(buffer, PIECE).map_err(|damage| anyhow!("damaged: {}", damage.reason))
}

fn place_of(frame: &Frame<'_>) -> Place {
    let length = u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX);
    Place { index: 0, part: 0, offset: frame.offset, length, line: frame.line }
}
