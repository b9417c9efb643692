//! Cuts the evidence into files, lists them in a manifest, writes them or compares them with a folder. It is the only
//! part that touches the disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::encode::{gzip, sha256};
use crate::evidence::Evidence;
use crate::identity::ACCOUNT;
use crate::moment::Moment;
use crate::random::Random;

const MANIFEST: &str = "MANIFEST.toml";

/// The folder: path below it to bytes, in the order of paths.
pub(crate) type Folder = BTreeMap<String, Vec<u8>>;

/// What the manifest says about one file.
struct Entry {
    plane: &'static str,
    n_records: usize,
}

/// Collects files and what the manifest says about them.
#[derive(Default)]
struct Shelf {
    folder: Folder,
    entries: BTreeMap<String, Entry>,
    n_duplicates: usize,
}

/// Returns the whole folder.
pub(crate) fn folder(mut evidence: Evidence) -> io::Result<Folder> {
    evidence.sort();
    let mut shelf = Shelf::default();
    shelf.lines("gateway/toolhive-audit.jsonl", "gateway", &evidence.audit);
    shelf.lines("gateway/hoop-events.jsonl", "gateway", &evidence.routed);
    shelf.lines("mcp/aws-admin.jsonl", "mcp", &evidence.wire);
    shelf.sessions(&evidence.shells);
    shelf.decisions(&evidence.decisions)?;
    shelf.turns(&evidence.turns)?;
    let delivery = evidence.trail.deliver();
    shelf.n_duplicates = delivery.n_duplicates;
    for file in &delivery.files {
        let content = gzip(file.content().as_bytes())?;
        shelf.put(&file.key, "cloudtrail", file.records.len(), content);
    }
    shelf.put("NOTES.txt", "", 0, NOTES.as_bytes().to_vec());
    let manifest = shelf.manifest();
    shelf.folder.insert(MANIFEST.to_owned(), manifest.into_bytes());
    Ok(shelf.folder)
}

impl Shelf {
    fn put(&mut self, path: &str, plane: &'static str, n_records: usize, content: Vec<u8>) {
        self.entries.insert(path.to_owned(), Entry { plane, n_records });
        self.folder.insert(path.to_owned(), content);
    }

    fn lines(&mut self, path: &str, plane: &'static str, records: &[(Moment, Value)]) {
        self.put(path, plane, records.len(), json_lines(records).into_bytes());
    }

    /// Writes the answer of the sessions API.
    fn sessions(&mut self, records: &[(Moment, Value)]) {
        let data: Vec<&Value> = records.iter().map(|(_, session)| session).collect();
        let page = json!({ "data": data, "total": data.len(), "has_next_page": false });
        let content = format!("{page:#}\n").into_bytes();
        self.put("gateway/hoop-sessions.json", "gateway", records.len(), content);
    }

    /// Writes one upload of the policy engine: a gzipped array.
    fn decisions(&mut self, records: &[(Moment, Value)]) -> io::Result<()> {
        let array: Vec<&Value> = records.iter().map(|(_, decision)| decision).collect();
        let content = gzip(json!(array).to_string().as_bytes())?;
        self.put("policy/opa-decisions.json.gz", "authz", records.len(), content);
        Ok(())
    }

    /// Writes the model invocations, one file an hour.
    fn turns(&mut self, records: &[(Moment, Value)]) -> io::Result<()> {
        let mut random = Random::named("invocation files");
        let mut hours: BTreeMap<Moment, Vec<(Moment, Value)>> = BTreeMap::new();
        for (at, turn) in records {
            hours.entry(at.window_end(60)).or_default().push((*at, turn.clone()));
        }
        for (end, turns) in hours {
            let last = end.plus(-1);
            let stamp = last.stamp().replace('Z', "59000Z");
            let path = format!(
                "AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/us-east-1/{}/{}/{stamp}_{}.json.gz",
                last.folder(),
                last.hour(),
                random.hex(16)
            );
            let content = gzip(json_lines(&turns).as_bytes())?;
            self.put(&path, "model", turns.len(), content);
        }
        Ok(())
    }

    fn manifest(&self) -> String {
        let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| !entry.plane.is_empty()) {
            *totals.entry(entry.plane).or_default() += entry.n_records;
        }
        let read: usize = totals.values().sum();
        let mut out = String::from(HEAD);
        line(&mut out, &format!("read = {read}"));
        line(&mut out, &format!("duplicate = {}", self.n_duplicates));
        line(&mut out, &format!("kept = {}", read - self.n_duplicates));
        line(&mut out, "rejected = 0");
        line(
            &mut out,
            "\n# Records read per plane, second deliveries included.\n[expected.planes]",
        );
        for (plane, count) in &totals {
            line(&mut out, &format!("{plane} = {count}"));
        }
        for (path, entry) in &self.entries {
            let content = self.folder.get(path).map_or(&[][..], Vec::as_slice);
            line(&mut out, "\n[[file]]");
            line(&mut out, &format!("path = \"{path}\""));
            line(&mut out, &format!("sha256 = \"{}\"", sha256(content)));
            if entry.plane.is_empty() {
                line(&mut out, "evidence = false");
            } else {
                line(&mut out, &format!("plane = \"{}\"", entry.plane));
                line(&mut out, &format!("records = {}", entry.n_records));
            }
        }
        out
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    writeln!(out, "{text}").unwrap_or_default();
}

fn json_lines(records: &[(Moment, Value)]) -> String {
    let mut out = String::new();
    for (_, record) in records {
        line(&mut out, &record.to_string());
    }
    out
}

/// Writes the folder. A folder that holds anything else is refused: nothing of somebody else's is removed or mixed in.
pub(crate) fn write(folder: &Folder, root: &Path) -> io::Result<()> {
    if let Some(other) = on_disk(root)?.iter().find(|path| !folder.contains_key(*path)) {
        let shown = root.display();
        let text = format!(
            "`{shown}` holds `{other}`, which is not part of the sample; hint: remove the folder first"
        );
        return Err(io::Error::other(text));
    }
    for (path, content) in folder {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}

/// Returns one line for every difference between the folder and what is on disk.
pub(crate) fn differences(folder: &Folder, root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let paths = on_disk(root)?;
    for (path, content) in folder {
        match fs::read(root.join(path)) {
            Ok(bytes) if bytes == *content => {}
            Ok(_) => found.push(format!("`{path}` differs")),
            Err(_) => found.push(format!("`{path}` is missing")),
        }
    }
    found.extend(
        paths
            .iter()
            .filter(|path| !folder.contains_key(*path))
            .map(|path| format!("`{path}` is not part of it")),
    );
    Ok(found)
}

/// Returns the paths of all files below the root, sorted, with `/` between their parts.
fn on_disk(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                open.push((entry.path(), format!("{path}/")));
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

const HEAD: &str = "\
# Made by `cargo run --release --example acme_incident -- sample-data/acme-incident`; don't edit.

name = \"acme-incident\"
origin = \"made up for this project by examples/acme_incident\"
license = \"MIT OR Apache-2.0\"
about = \"An agent is refused a change at the gateway and makes it by another route; a new key follows. All people, keys, addresses and secrets are invented.\"

# A record is an element of `Records`, of `data`, of an uploaded array, or a line. Frames inside a recorded shell stream
# are not counted.
[expected]
";

const NOTES: &str = "\
Notes of the responder on duty, 2026-07-12 (not evidence)

10:41Z  alice says the change to ci-deploy \"was the deploy bot\". The deploy bot signs in with a web identity from
        192.0.2.16/28. This was neither.
10:50Z  finance asks whether exports were read. Data events of S3 are on since 01:00Z only.
11:02Z  the gateway has no records between 09:32Z and 09:58Z. Nobody knows why.
11:25Z  carol took the key of user backup away and detached the policy.
";
