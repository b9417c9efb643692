//! Makes evidence for measurements: CloudTrail records in S3 key layout, the gateway's audit lines for 2 % of them and
//! MCP messages for 1 %, joined by exact ids. The same seed gives the same bytes, whatever the number of threads.
//!
//! Usage: `cargo run --release --example generate_events -- --events N --out FOLDER`

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use flate2::{Compression, GzBuilder};

mod gateway;
mod options;
mod random;
mod record;
mod timeline;
mod world;

use options::Options;
use random::{Random, hex};
use record::{ACCOUNT, Run};

const COPY: u64 = 6;
const NAME: u64 = 7;
/// The gateway's sources are cut into so many files each.
const PARTS: u64 = 30;

/// What the threads share.
struct Work<'a> {
    run: Run,
    options: &'a Options,
    next: AtomicU64,
    n_copies: AtomicU64,
    n_bytes: AtomicU64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = match Options::parse(&arguments) {
        Ok(options) => options,
        Err(reason) => {
            say(&format!("error: {reason}\n{}", options::USAGE));
            return ExitCode::from(2);
        }
    };
    match generate(&options) {
        Ok(summary) => {
            say(&summary);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(3)
        }
    }
}

fn generate(options: &Options) -> io::Result<String> {
    let run = Run { seed: options.seed, n_records: options.n_events, n_files: options.n_files };
    let (next, n_copies, n_bytes) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let work = Work { run, options, next, n_copies, n_bytes };
    let n_cores = thread::available_parallelism().map_or(1, usize::from);
    let n_threads = if options.n_threads == 0 { n_cores } else { options.n_threads };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads).map(|_| scope.spawn(|| worker(&work))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_panic| io::Error::other("a worker thread died"))?
        })
    })?;
    summary(&work)
}

/// Takes one file after the other until none is left.
fn worker(work: &Work<'_>) -> io::Result<()> {
    let n_files = work.run.n_files;
    loop {
        let task = work.next.fetch_add(1, Ordering::Relaxed);
        if task < n_files {
            trail_file(work, task)?;
        } else if task < n_files + 2 * PARTS {
            let part = task - n_files;
            if part < PARTS { audit_file(work, part)? } else { wire_file(work, part - PARTS)? }
        } else {
            return Ok(());
        }
    }
}

/// Writes one CloudTrail file: its own records, then the second copies of records of the file before.
fn trail_file(work: &Work<'_>, file: u64) -> io::Result<()> {
    let run = &work.run;
    let own = run.first_of(file)..run.first_of(file + 1);
    let before = (file + run.n_files - 1) % run.n_files;
    let earlier = run.first_of(before)..run.first_of(before + 1);
    let last = own.end.saturating_sub(1);
    let mut text = String::with_capacity(1_600 * usize::try_from(own.end - own.start).unwrap_or(0));
    text.push_str("{\"Records\":[");
    for index in own {
        separate(&mut text);
        run.write(&mut text, index).map_err(unwritten)?;
    }
    let mut n_copies = 0;
    if work.options.duplicates > 0 {
        for index in earlier {
            if Random::of(run.seed, COPY, index).below(10_000) < work.options.duplicates {
                separate(&mut text);
                run.write(&mut text, index).map_err(unwritten)?;
                n_copies += 1;
            }
        }
    }
    text.push_str("]}");
    work.n_copies.fetch_add(n_copies, Ordering::Relaxed);
    let region = Run::region_of(file);
    let (folder, stamp) = timeline::delivery(timeline::second_of(last, run.n_records));
    let mut suffix = String::with_capacity(16);
    Random::of(run.seed, NAME, file).upper(&mut suffix, 16);
    let path = format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/{region}/{folder}/{ACCOUNT}_CloudTrail_{region}_{stamp}_{suffix}.json.gz"
    );
    work.put(&path, &text)
}

fn separate(text: &mut String) {
    if !text.ends_with('[') {
        text.push(',');
    }
}

fn audit_file(work: &Work<'_>, part: u64) -> io::Result<()> {
    let mut text = String::new();
    for index in work.every(gateway::AUDIT_EVERY, part) {
        gateway::audit(&work.run, &mut text, index).map_err(unwritten)?;
    }
    work.put(&format!("gateway/toolhive-{part:02}.jsonl.gz"), &text)
}

fn wire_file(work: &Work<'_>, part: u64) -> io::Result<()> {
    let mut text = String::new();
    for index in work.every(gateway::WIRE_EVERY, part) {
        gateway::wire(&work.run, &mut text, index).map_err(unwritten)?;
    }
    work.put(&format!("mcp/aws-admin-{part:02}.jsonl.gz"), &text)
}

impl Work<'_> {
    /// Returns the records of a part of the span whose number is a multiple of `step`.
    fn every(&self, step: u64, part: u64) -> impl Iterator<Item = u64> {
        let n_marked = self.run.n_records.div_ceil(step);
        let first = n_marked * part / PARTS;
        let end = n_marked * (part + 1) / PARTS;
        (first..end).map(move |number| number * step)
    }

    fn put(&self, path: &str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let path = self.options.out.join(path);
        make_folder(&path)?;
        let mut encoder =
            GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
        encoder.write_all(text.as_bytes())?;
        self.n_bytes.fetch_add(u64::try_from(text.len()).unwrap_or(0), Ordering::Relaxed);
        fs::write(path, encoder.finish()?)
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn unwritten(_error: fmt::Error) -> io::Error {
    io::Error::other("a record could not be formatted")
}

/// Returns what was written, and leaves the expected totals beside it.
fn summary(work: &Work<'_>) -> io::Result<String> {
    let n_records = work.run.n_records;
    let n_copies = work.n_copies.load(Ordering::Relaxed);
    let n_audit = n_records.div_ceil(gateway::AUDIT_EVERY);
    let n_wire = 2 * n_records.div_ceil(gateway::WIRE_EVERY);
    let read = n_records + n_copies + n_audit + n_wire;
    let mut seed = String::new();
    hex(&mut seed, work.run.seed, 16);
    let manifest = format!(
        "# Made by examples/generate_events, seed 0x{seed}; invented throughout.\n\n[expected]\nread = {read}\nkept = {}\nduplicate = {n_copies}\nrejected = 0\ncloudtrail = {n_records}\ngateway = {n_audit}\nmcp = {n_wire}\n",
        read - n_copies
    );
    fs::write(work.options.out.join("MANIFEST.toml"), manifest)?;
    let n_bytes = work.n_bytes.load(Ordering::Relaxed);
    Ok(format!(
        "{n_records} CloudTrail records and {n_copies} second copies in {} files, {n_audit} audit lines, {n_wire} MCP messages, {n_bytes} bytes before compression, in `{}`",
        work.run.n_files,
        work.options.out.display()
    ))
}

/// Tells the person at the terminal; nothing can be done when that fails.
fn say(text: &str) {
    writeln!(io::stderr().lock(), "{text}").unwrap_or_default();
}
