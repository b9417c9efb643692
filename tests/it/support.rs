//! What the tests of the binary share: a home of their own, made-up evidence, and the answers of a run.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for a condition.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_whytrail");

/// A folder with a home, a data folder and a state folder that nobody else uses.
pub(crate) struct Home(TempDir);

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir(home.path("home")).expect("a new folder");
        home
    }

    /// Returns a path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns a path in the folder as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// Writes a file, making its folders.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(&path, bytes).expect("a new file");
        path
    }

    /// Returns the environment of a run: nothing of the machine's but what a program cannot do without.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", self.text("home")),
            ("XDG_CONFIG_HOME", self.text("home/config")),
            ("XDG_DATA_HOME", self.text("home/data")),
            ("XDG_STATE_HOME", self.text("home/state")),
            ("XDG_CACHE_HOME", self.text("home/cache")),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
            ("USER", "tester".to_owned()),
        ]
    }

    /// Returns the program with arguments, run in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(PROGRAM);
        command.args(args).env_clear().envs(self.environment()).current_dir(self.0.path());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    /// Runs the program to its end with bytes on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = assert_cmd::Command::from_std(self.command(args));
        let output = command.write_stdin(input).timeout(PATIENCE * 2).output().expect("a run");
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("output in UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages in UTF-8"),
        }
    }

    /// Runs the program and returns its output; it must end with 0.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{args:?}\n{}\n{}", ran.out, ran.err);
        ran.out
    }

    /// Reads evidence into the case `case`; it must end with `code`. Returns what was printed.
    pub(crate) fn ingest(&self, evidence: &str, code: i32) -> String {
        let ran = self.run(&["ingest", evidence, "--case", &self.text("case")]);
        assert_eq!(ran.code, Some(code), "{evidence}\n{}\n{}", ran.out, ran.err);
        ran.out
    }

    /// Runs a command on the case `case` and returns its output; it must end with 0.
    pub(crate) fn on_case(&self, args: &[&str]) -> String {
        let case = self.text("case");
        self.ok(&[args, &["--case", &case]].concat())
    }

    /// Asks the case `case` and returns the rows as JSON.
    pub(crate) fn rows(&self, args: &[&str]) -> Vec<Value> {
        rows_of(&self.on_case(&[args, &["--json"]].concat()))
    }

    /// Asks a SQL question of the case `case` and returns the rows, each as its values joined by a space.
    pub(crate) fn sql(&self, query: &str) -> Vec<String> {
        let join = |row: &Value| {
            let cells = row.as_object().expect("a row").values();
            cells.map(plain).collect::<Vec<_>>().join(" ")
        };
        self.rows(&["sql", query]).iter().map(join).collect()
    }
}

/// Returns a JSON value as plain text.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the rows of an answer in JSON, which names its schema and version and counts its rows.
pub(crate) fn rows_of(text: &str) -> Vec<Value> {
    let answer: Value = serde_json::from_str(text).expect("JSON");
    assert!(answer["schema"].as_str().expect("a schema").starts_with("whytrail."));
    assert_eq!(answer["version"], 1);
    let rows = answer["rows"].as_array().expect("rows").clone();
    assert_eq!(answer["trailer"]["rows"], rows.len());
    rows
}

/// Returns a CloudTrail record like many: the `number` is in its time, its ids and its object.
pub(crate) fn record(number: u32) -> Value {
    let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE000000001", "userName": "alice"
        },
        "eventTime": format!("2026-07-12T{hour:02}:{minute:02}:{second:02}Z"),
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.0",
        "requestParameters": { "bucketName": "acme", "key": format!("object-{number}") },
        "responseElements": null,
        "requestID": format!("REQUEST{number:09}"),
        "eventID": format!("{number:08x}-0000-4000-8000-000000000000"),
        "readOnly": true,
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333"
    })
}

/// Returns a record with members changed or added.
pub(crate) fn record_with(number: u32, members: Value) -> Value {
    let mut record = record(number);
    if let (Value::Object(record), Value::Object(members)) = (&mut record, members) {
        record.extend(members);
    }
    record
}

/// Returns a record of a role session with a key of its own.
pub(crate) fn by_role(number: u32, role: &str, name: &str, key: &str, members: Value) -> Value {
    let identity = json!({
        "type": "AssumedRole", "principalId": format!("AROAEXAMPLE{role}:{name}"), "accountId": "111122223333",
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}"), "accessKeyId": key,
        "sessionContext": { "sessionIssuer": {
            "type": "Role", "principalId": format!("AROAEXAMPLE{role}"), "userName": role,
            "arn": format!("arn:aws:iam::111122223333:role/{role}"), "accountId": "111122223333" } }
    });
    let mut record = record_with(number, json!({ "userIdentity": identity }));
    if let (Value::Object(record), Value::Object(members)) = (&mut record, members) {
        record.extend(members);
    }
    record
}

/// Returns records as CloudTrail delivers them.
pub(crate) fn records(of: &[Value]) -> String {
    json!({ "Records": of }).to_string()
}

/// Returns the records with these numbers as CloudTrail delivers them.
pub(crate) fn numbered(numbers: std::ops::Range<u32>) -> String {
    records(&numbers.map(record).collect::<Vec<_>>())
}

/// Returns records as JSON Lines.
pub(crate) fn lines(of: &[Value]) -> String {
    let mut text = of.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).expect("memory");
    encoder.finish().expect("memory")
}

pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("an archive").into_inner()
}

/// Returns every file below a folder with its size and time of change, in order.
pub(crate) fn listing(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let meta = fs::symlink_metadata(&path).expect("what it is");
        found.push(format!("{} {} {:?}", path.display(), meta.len(), meta.modified().ok()));
        if meta.is_dir() {
            found.extend(listing(&path));
        }
    }
    found.sort();
    found
}

/// Returns the contents of every file below a folder, by path below it.
pub(crate) fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            let below = contents(&path).into_iter();
            found.extend(below.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.push((name, fs::read(&path).expect("a file")));
        }
    }
    found.sort();
    found
}

/// Returns the parts of a text that a terminal, or a reader of text, could be misled by: controls but the end of a line,
/// and marks that turn or hide letters.
pub(crate) fn active(text: &str) -> Vec<char> {
    let is_active = |letter: &char| {
        letter.is_control() && *letter != '\n' && *letter != '\t'
            || matches!(*letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(is_active).collect()
}

/// Waits until `holds` is true.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "a test must not wait for ever")]
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::yield_now();
    }
}

/// Returns an environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the reference data lies is told by the environment"
    )]
    let value = std::env::var(name).ok();
    value.filter(|value| !value.is_empty())
}

/// Returns true when permissions of files bind this process.
pub(crate) fn is_root() -> bool {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    text.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

/// Returns the folder of the reference data, or `None` after saying that the test is skipped.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = variable("WHYTRAIL_SHARED_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    if folder.is_none() {
        assert!(
            variable("WHYTRAIL_REQUIRE_SHARED").is_none(),
            "WHYTRAIL_REQUIRE_SHARED is set, but WHYTRAIL_SHARED_DATA names no folder"
        );
        println!("skipped: WHYTRAIL_SHARED_DATA is not set");
    }
    folder
}
