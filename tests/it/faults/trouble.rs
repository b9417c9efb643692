//! Trouble with files: a full disk, evidence that changes or goes away under the reader or between two loads, a case that
//! cannot be written, a clock that goes back, signals in the middle of a load.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use whytrail::custody::{ActKind, Journal, Signer, Stamp};
use whytrail::model::Micros;

use super::{assert_balanced, assert_chained, holdings, much};
use crate::support::{Home, contents, is_root, listing, numbered, wait_until};

/// A small file system that goes away with this value.
struct Disk(PathBuf);

impl Disk {
    fn mount(home: &Home, size: &str) -> Option<Self> {
        let path = home.path("disk");
        fs::create_dir(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&path);
        let is_mounted =
            is_root() && mount.stderr(Stdio::null()).status().is_ok_and(|it| it.success());
        if !is_mounted {
            println!("skipped: a small file system cannot be mounted here");
        }
        is_mounted.then_some(Self(path))
    }

    /// Fills what is left, but for `rest` bytes.
    fn fill(&self, rest: u64) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = File::create(&path).unwrap();
        let block = vec![0_u8; 4096];
        while file.write_all(&block).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(rest)).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        unmount.arg("-l").arg(&self.0).stderr(Stdio::null());
        assert!(unmount.status().is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn act_and_export_on_a_full_disk_are_refused_and_lose_nothing() {
    let home = Home::new();
    let Some(disk) = Disk::mount(&home, "24m") else { return };
    home.write("evidence/a.json", numbered(0..200));
    let case = home.text("disk/case");
    home.ok(&["ingest", "evidence", "--case", &case]);
    let id =
        home.run(&["sql", "SELECT id FROM events LIMIT 1", "--case", &case, "--format", "csv"]);
    let id = id.out.lines().nth(1).unwrap().to_owned();
    home.ok(&["tag", "add", "before", &id, "--case", &case]);
    let filler = disk.fill(0);
    let tagged = home.run(&["tag", "add", "x".repeat(9000).as_str(), &id, "--case", &case]);
    let exported =
        home.run(&["export", "-o", &home.text("disk/bundle"), "--where", "true", "--case", &case]);
    fs::remove_file(filler).unwrap();
    for ran in [&tagged, &exported] {
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("space") || ran.err.contains("full"), "{ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
    }
    assert!(!home.path("disk/bundle/manifest.json").exists());
    let list = home.ok(&["tag", "list", "--case", &case, "--json"]);
    assert!(list.contains("before") && !list.contains("xxxx"), "{list}");
    home.ok(&["tag", "add", "after", &id, "--case", &case]);
    let verified = home.run(&["verify", &case]);
    assert_ne!(verified.code, Some(6), "{verified:?}");
    home.ok(&[
        "export",
        "-o",
        &home.text("disk/bundle"),
        "--force",
        "--where",
        "true",
        "--case",
        &case,
    ]);
}

/// Starts a load and stops it (SIGSTOP) while it is in the middle of `file`. `None` when it was too fast.
fn stopped_in(home: &Home, file: &Path) -> Option<Child> {
    let case = home.text("case");
    let mut command = home.command(&["ingest", "evidence", "--threads", "1", "--case", &case]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = process(&child);
    let folder = PathBuf::from(format!("/proc/{}", child.id()));
    let mut is_in_it = false;
    wait_until("the file is being read", || {
        let Some(position) = position_in(&folder, file) else { return !is_running(&folder) };
        if position == 0 {
            return false;
        }
        kill_process(pid, Signal::STOP).unwrap();
        wait_until("it stands still", || state_of(&folder) == Some('T') || !is_running(&folder));
        let length = fs::metadata(file).unwrap().len();
        is_in_it = position_in(&folder, file).is_some_and(|position| position < length);
        true
    });
    if !is_in_it {
        kill_process(pid, Signal::CONT).unwrap_or_default();
        child.wait_with_output().unwrap();
        return None;
    }
    Some(child)
}

fn process(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

/// Returns how far a process has read a file that it has open.
fn position_in(process: &Path, file: &Path) -> Option<u64> {
    for entry in fs::read_dir(process.join("fd")).ok()?.flatten() {
        if fs::read_link(entry.path()).is_ok_and(|target| target == file) {
            let info = fs::read_to_string(process.join("fdinfo").join(entry.file_name())).ok()?;
            return info.lines().find_map(|line| line.strip_prefix("pos:")?.trim().parse().ok());
        }
    }
    None
}

fn state_of(process: &Path) -> Option<char> {
    let text = fs::read_to_string(process.join("stat")).ok()?;
    text.rsplit_once(") ")?.1.chars().next()
}

fn is_running(process: &Path) -> bool {
    !matches!(state_of(process), None | Some('Z'))
}

fn go_on(child: Child) -> (Option<i32>, String) {
    kill_process(process(&child), Signal::CONT).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// One large file, and what is done to it while it is read.
fn disturbed(what: &str, disturb: impl Fn(&Path)) -> (Home, Option<i32>, String) {
    for _ in 0..20 {
        let home = Home::new();
        let file = home.write("evidence/a.json", numbered(0..40_000)).canonicalize().unwrap();
        if let Some(child) = stopped_in(&home, &file) {
            disturb(&file);
            let (code, text) = go_on(child);
            assert!(text.contains("BALANCED") && !text.contains("panicked"), "{what}: {text}");
            assert_balanced(&home, what);
            assert_chained(&home, what);
            return (home, code, text);
        }
    }
    panic!("{what}: the load was never caught in the middle of the file");
}

#[test]
fn evidence_that_is_cut_while_it_is_read_is_damaged_evidence() {
    let (_, code, text) = disturbed("cut", |file| {
        OpenOptions::new().write(true).open(file).unwrap().set_len(1000).unwrap();
    });
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("damaged  a.json"), "{text}");
}

#[test]
fn evidence_that_is_overwritten_while_it_is_read_is_told() {
    let (_, code, text) = disturbed("overwritten", |file| {
        let mut file = OpenOptions::new().write(true).open(file).unwrap();
        file.seek(SeekFrom::End(-20_000)).unwrap();
        file.write_all(&[b' '; 9000]).unwrap();
    });
    assert!(
        text.contains("a.json") && text.contains("changed while it was read"),
        "{code:?} {text}"
    );
}

#[test]
fn evidence_that_grows_while_it_is_read_is_told() {
    let (_, _, text) = disturbed("grown", |file| {
        let mut file = OpenOptions::new().append(true).open(file).unwrap();
        file.write_all(numbered(90_000..90_010).as_bytes()).unwrap();
    });
    assert!(text.contains("changed while it was read"), "{text}");
}

#[test]
fn evidence_that_vanishes_while_it_is_read_is_read_to_its_end() {
    let (home, code, text) = disturbed("vanished", |file| fs::remove_file(file).unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(home.sql("SELECT count(*) FROM events"), ["40000"]);
    let id = home.sql("SELECT id FROM events LIMIT 1").remove(0);
    let raw = home.on_case(&["show", &id, "--raw"]);
    assert!(raw.to_lowercase().contains("no such file"), "{raw}");
}

#[test]
fn evidence_that_changed_between_two_loads_stands_twice_and_counts_once() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..10));
    home.ingest("evidence", 0);
    home.write("evidence/a.json", numbered(0..15));
    let printed = home.ingest("evidence", 0);
    assert!(
        printed.contains("read 25 = kept 15 + duplicate 10 + rejected 0   BALANCED"),
        "{printed}"
    );
    assert_balanced(&home, "changed");
    let sources =
        home.sql("SELECT count(*), count(DISTINCT sha256), count(DISTINCT name) FROM sources");
    assert_eq!(sources, ["2 2 1"]);
    fs::remove_file(home.path("evidence/a.json")).unwrap();
    let printed = home.ingest("evidence", 0);
    assert!(printed.contains("kept 15"), "what was read stays: {printed}");
    assert_balanced(&home, "gone");
}

#[test]
fn stop_signal_in_the_middle_of_a_load_keeps_what_is_whole_and_is_gone_on_from() {
    let whole = Home::new();
    much(&whole, 9, 2500);
    whole.ingest("evidence", 0);
    let wanted = holdings(&whole);
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = Home::new();
        much(&home, 9, 2500);
        let file = home.path("evidence/04.json").canonicalize().unwrap();
        let Some(child) = stopped_in(&home, &file) else {
            println!("{signal:?}: the load was too fast");
            continue;
        };
        kill_process(process(&child), signal).unwrap();
        let (code, text) = go_on(child);
        assert_eq!(code, Some(130), "{signal:?}: {text}");
        assert!(text.contains("stopped; every file that was read to its end is kept"), "{text}");
        assert_balanced(&home, "stopped");
        assert_chained(&home, "stopped");
        home.ingest("evidence", 0);
        assert_eq!(holdings(&home), wanted, "{signal:?}");
    }
}

#[test]
fn case_on_a_read_only_file_system_answers_and_takes_no_act() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..20));
    home.ingest("evidence", 0);
    let id = home.sql("SELECT id FROM events LIMIT 1").remove(0);
    let case = home.path("case");
    let Some(_protection) = Protection::of(&case) else { return };
    let before = (listing(&case), contents(&case));
    for args in
        [&["timeline", "--json"][..], &["case", "info"], &["show", &id, "--raw"], &["tag", "list"]]
    {
        home.on_case(args);
    }
    let verified = home.run(&["verify", &home.text("case")]);
    assert!(!matches!(verified.code, Some(1 | 2 | 6)), "{verified:?}");
    for args in [
        &["tag", "add", "bad", &id][..],
        &["finds", "set", "new", "--title", "x", "--events", &id],
        &["ingest", "evidence"],
    ] {
        let ran = home.run(&[args, &["--case", &home.text("case")]].concat());
        assert_eq!(ran.code, Some(7), "{args:?} {ran:?}");
        assert!(ran.err.contains("cannot be written"), "{args:?} {ran:?}");
    }
    assert!((listing(&case), contents(&case)) == before, "the protected case was changed");
}

/// A folder that cannot be written until this value goes away: mounted read-only for the superuser, whom permissions do
/// not bind, else without permission to write.
struct Protection {
    folder: PathBuf,
    is_mounted: bool,
}

impl Protection {
    fn of(folder: &Path) -> Option<Self> {
        let folder = folder.to_owned();
        if !is_root() {
            let set =
                |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
            set(0o500);
            return Some(Self { folder, is_mounted: false });
        }
        let run = |args: &[&str]| {
            let mut mount = Command::new("mount");
            mount.args(args).arg(&folder).stderr(Stdio::null());
            mount.status().is_ok_and(|status| status.success())
        };
        let path = folder.to_str().unwrap();
        if !run(&["--bind", path]) || !run(&["-o", "remount,bind,ro"]) {
            println!("skipped: a folder cannot be mounted read-only here");
            return None;
        }
        Some(Self { folder, is_mounted: true })
    }
}

impl Drop for Protection {
    fn drop(&mut self) {
        if self.is_mounted {
            let mut unmount = Command::new("umount");
            unmount.arg("-l").arg(&self.folder).stderr(Stdio::null());
            assert!(
                unmount.status().is_ok_and(|status| status.success()) || std::thread::panicking()
            );
        } else {
            let mode = fs::Permissions::from_mode(0o700);
            fs::set_permissions(&self.folder, mode).unwrap_or_default();
        }
    }
}

/// The journal's last entry is put into the future, as a clock that was ahead leaves it.
#[test]
fn clock_that_goes_back_is_noted_in_the_journal() {
    let home = Home::new();
    home.write("evidence/a.json", numbered(0..3));
    home.ingest("evidence", 0);
    let stamp = || Ok(Stamp { ts: Micros(2_051_222_400_000_000), nonce: 9 });
    let signer =
        Signer { actor: "tester".to_owned(), tool: "test/1".to_owned(), stamp: Box::new(stamp) };
    let (mut journal, _) = Journal::open(&home.path("case"), signer).unwrap();
    journal.append(ActKind::Handover, "case", json!({ "to": "nobody" })).unwrap();
    drop(journal);
    home.on_case(&["tag", "add", "bad", "--where", "true"]);
    let text = fs::read_to_string(home.path("case/journal.jsonl")).unwrap();
    let acts: Vec<&str> = text.lines().filter_map(|line| line.split('"').nth(3)).collect();
    let at = acts.iter().position(|act| *act == "handover").unwrap();
    assert_eq!(acts[at + 1..at + 3], ["clock.note", "tag.add"], "{acts:?}");
    assert_chained(&home, "clock");
    assert_eq!(home.rows(&["tag", "list"]).len(), 3);
}
