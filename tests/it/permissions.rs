//! What the program may touch: files and folders for their owner alone whatever the umask, nothing written outside the
//! case, the output and the state folder, evidence opened for reading only, no socket, no memory left in a core file.
//!
//! Tools of the system watch the program: `strace` and `unshare`. Where they are missing the tests say that they were
//! skipped; with `WHYTRAIL_REQUIRE_TOOLS` set they fail.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Home, PROGRAM, gzip, listing, numbered, variable, zip};

/// Returns true when a tool is there. A required one must be.
fn has_tool(name: &str, probe: &[&str]) -> bool {
    let mut command = Command::new(name);
    let is_there = command
        .args(probe)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_there {
        assert!(
            variable("WHYTRAIL_REQUIRE_TOOLS").is_none(),
            "`{name}` is required and does not work here"
        );
        println!("skipped: `{name}` does not work here");
    }
    is_there
}

/// Evidence in every kind of wrapping.
fn evidence(home: &Home) {
    home.write("evidence/a.json", numbered(0..50));
    home.write("evidence/b.json.gz", gzip(numbered(50..90)));
    home.write("evidence/c.zip", zip(&[("d.json", numbered(90..120).as_bytes())]));
    home.write("evidence/damaged.json.gz", &gzip(numbered(120..400))[..900]);
    home.write("evidence/readme.txt", "not evidence");
}

/// Runs every kind of work on a case, each command in front of `wrap`.
fn work(home: &Home, wrap: &dyn Fn(&[&str]) -> Command) {
    let case = home.text("case");
    let run = |args: &[&str]| {
        let output = wrap(args).stdin(Stdio::null()).output().expect("a run");
        let code = output.status.code();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(code, Some(0 | 3)), "{args:?} ended with {code:?}: {told}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    run(&["ingest", "evidence", "--threads", "2", "--case", &case, "-v"]);
    let answer = run(&[
        "sql",
        "SELECT id FROM events ORDER BY ts LIMIT 1",
        "--format",
        "csv",
        "--case",
        &case,
    ]);
    let id = answer.lines().nth(1).expect("an event").to_owned();
    for args in [
        &["tag", "add", "bad", &id, "--note", "seen"][..],
        &["finds", "set", "new", "--title", "x", "--events", &id],
        &["timeline", "-o", "rows.csv", "--format", "csv"],
        &["show", &id, "--raw"],
        &["search", "GetObject"],
        &["export", "-o", "bundle", "--where", "true"],
        &["case", "checkpoint"],
        &["doctor"],
    ] {
        run(&[args, &["--case", case.as_str()][..]].concat());
    }
    run(&["verify", &case, "--rebuild"]);
    run(&["verify", "bundle"]);
}

/// Returns what below `folder` others than the owner may read, write or enter.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).expect("what it is");
        let mode = meta.permissions().mode() & 0o7777;
        let is_right = if meta.is_dir() { mode == 0o700 } else { mode == 0o600 };
        if !is_right {
            found.push(format!("{} {mode:o}", path.display()));
        }
        if meta.is_dir() {
            waiting.extend(
                fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()),
            );
        }
    }
    found
}

#[test]
fn everything_made_is_for_its_owner_alone_under_any_umask() {
    for umask in ["000", "022", "077"] {
        let home = Home::new();
        evidence(&home);
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        work(&home, &|args| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &script, PROGRAM]).args(args);
            command.env_clear().envs(home.environment()).current_dir(home.path("."));
            command
        });
        for made in ["case", "bundle", "home/state", "home/data"] {
            let path = home.path(made);
            assert!(path.exists() || made == "home/data", "{made} was not made");
            if path.exists() {
                assert_eq!(open_to_others(&path), Vec::<String>::new(), "umask {umask}");
            }
        }
        let mode = fs::metadata(home.path("rows.csv")).expect("rows").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "a file written with -o, umask {umask}");
    }
}

/// A call of the system as `strace` prints it.
struct Call(String);

impl Call {
    /// Returns the paths in quotes, from the folder that `strace` names before them, else from `cwd`.
    fn paths(&self, cwd: &Path) -> Vec<PathBuf> {
        let parts: Vec<&str> = self.0.split('"').collect();
        let named = parts.chunks(2).filter_map(|pair| Some((pair[0], *pair.get(1)?)));
        named
            .map(|(before, path)| {
                let folder = before.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
                folder.map_or(cwd, |(folder, _)| Path::new(folder)).join(path)
            })
            .collect()
    }

    fn succeeded(&self) -> bool {
        !self.0.contains(" = -1 ")
    }
}

/// Does all the work under `strace` and returns the calls of a kind that it made, by the program alone.
fn traced(home: &Home, kinds: &str) -> Vec<Call> {
    let log = home.path("trace");
    work(home, &|args| {
        let mut command = Command::new("strace");
        command.args([
            "-f",
            "-y",
            "-qq",
            "-A",
            "-s",
            "4096",
            "-e",
            &format!("trace={kinds}"),
            "-o",
        ]);
        command.arg(&log).arg(PROGRAM).args(args);
        command.env_clear().envs(home.environment()).env("PATH", "/usr/bin:/bin");
        command.current_dir(home.path("."));
        command
    });
    let text = fs::read_to_string(log).expect("a trace");
    let lines = text.lines().filter(|line| line.contains('(') && !line.contains("+++ exited"));
    lines.map(|line| Call(line.to_owned())).collect()
}

#[test]
fn nothing_is_written_outside_and_evidence_is_opened_for_reading_only() {
    if !has_tool("strace", &["-qq", "-o", "/dev/null", "true"]) {
        return;
    }
    let home = Home::new();
    evidence(&home);
    let before = listing(&home.path("evidence"));
    let kinds = "execve,umask,openat,open,creat,openat2,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,\
                 symlinkat,truncate,ftruncate,chmod,fchmodat,chown,fchownat,utimensat,utime,setxattr,removexattr,mknod,mknodat";
    let calls = traced(&home, kinds);
    assert!(calls.len() > 200, "the trace is empty");
    let root = home.path(".").canonicalize().expect("the home");
    let evidence = root.join("evidence");
    let allowed = ["case", "bundle", "rows.csv", "home"].map(|name| root.join(name));
    let mut n_evidence = 0;
    let mut is_masked = false;
    for call in calls.iter().filter(|call| call.succeeded()) {
        // Each program first takes others' rights away from all that it will make, its libraries included.
        if call.0.contains("execve(") || call.0.contains("umask(") {
            is_masked = call.0.contains("umask(077)");
            continue;
        }
        let is_making = ["O_CREAT", "mkdir", "mknod"].iter().any(|word| call.0.contains(word));
        assert!(is_masked || !is_making, "made before the umask was set: {}", call.0);
        let is_open = ["open(", "openat(", "openat2("].iter().any(|name| call.0.contains(name));
        let is_writing = !is_open
            || ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
                .iter()
                .any(|flag| call.0.contains(flag));
        for path in call.paths(&root) {
            if path.starts_with(&evidence) {
                n_evidence += 1;
                assert!(!is_writing, "evidence is written: {}", call.0);
                assert!(call.0.contains("O_CLOEXEC"), "{}", call.0);
            }
            let is_allowed = allowed.iter().any(|place| path.starts_with(place))
                || ["/dev/null", "/dev/tty", "/proc/self"]
                    .iter()
                    .any(|place| path.starts_with(place));
            assert!(!is_writing || is_allowed, "written outside: {}", call.0);
        }
    }
    assert!(n_evidence > 8, "the evidence was not seen in the trace");
    assert_eq!(listing(&home.path("evidence")), before);
}

#[test]
fn no_socket_is_ever_asked_for() {
    if !has_tool("strace", &["-qq", "-o", "/dev/null", "true"]) {
        return;
    }
    let home = Home::new();
    evidence(&home);
    // Two ends of one pipe inside the process are no network; that is how it is woken by signals.
    let calls = traced(&home, "%network");
    let others: Vec<&String> =
        calls.iter().map(|call| &call.0).filter(|call| !is_pair_of_its_own(call)).collect();
    assert!(others.is_empty(), "{others:#?}");
}

/// `socketpair(AF_UNIX)` and what is done with its ends; nothing with an address.
fn is_pair_of_its_own(call: &str) -> bool {
    let names_no_address = !call.contains("sa_family") && !call.contains("sun_path");
    call.contains("socketpair(AF_UNIX")
        || names_no_address
            && ["recvfrom(", "sendto(", "shutdown("].iter().any(|name| call.contains(name))
}

#[test]
fn everything_works_without_a_network() {
    if !has_tool("unshare", &["-n", "true"]) {
        return;
    }
    let home = Home::new();
    evidence(&home);
    work(&home, &|args| {
        let mut command = Command::new("unshare");
        command.args(["-n", PROGRAM]).args(args);
        command.env_clear().envs(home.environment()).env("PATH", "/usr/bin:/bin");
        command.current_dir(home.path("."));
        command
    });
}

/// The memory of a load holds what was not redacted yet.
#[test]
fn process_leaves_no_core_file() {
    let home = Home::new();
    let mut command = Command::new("/bin/sh");
    let script = "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"";
    command.args(["-c", script, PROGRAM, "ingest", "-", "--case", &home.text("case")]);
    command.env_clear().envs(home.environment()).current_dir(home.path("."));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("a run");
    let limits = PathBuf::from(format!("/proc/{}/limits", child.id()));
    crate::support::wait_until("core files are off for good", || {
        let text = fs::read_to_string(&limits).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("Max core file size"));
        let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
        words.get(4..6) == Some(&["0", "0"])
    });
    drop(child.stdin.take());
    assert!(child.wait().expect("an end").success());
}
