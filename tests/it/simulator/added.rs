//! Files that are added one after the other: joins that read the added events alone are those which are made of all.

use std::path::{Path, PathBuf};

use whytrail::ingest::Input;
use whytrail::link;
use whytrail::store::{Limits, Reader, Store};

use super::parts::Random;
use super::world::World;
use super::{read, rows};
use crate::support::{contents, lines, records};

/// Every table that the joins make, and the kept ones as far as they are read.
const TABLES: &[&str] = &[
    "FROM link ORDER BY ALL",
    "FROM session ORDER BY ALL",
    "FROM session_key ORDER BY ALL",
    "FROM session_guest ORDER BY ALL",
    "FROM session_person ORDER BY ALL",
    "FROM session_parent ORDER BY ALL",
    "FROM session_note ORDER BY ALL",
    "FROM subject ORDER BY ALL",
    "FROM clock_offset ORDER BY ALL",
    "FROM person_alias ORDER BY ALL",
    "FROM claim ORDER BY ALL",
    "FROM near_proof ORDER BY ALL",
    "FROM near_asked ORDER BY ALL",
    "FROM link_skip ORDER BY ALL",
    "FROM model_cache ORDER BY ALL",
    "FROM gap_bare ORDER BY ALL",
    "FROM gap_place ORDER BY ALL",
    "SELECT * EXCLUDE (events, refused, first_ts, last_ts, first_n, first_id), sum(events), sum(refused), min(first_ts),
            max(last_ts), first(first_n ORDER BY first_ts, first_id) FROM alike GROUP BY ALL ORDER BY ALL",
];

fn inputs(files: &[PathBuf]) -> Vec<Input> {
    files.iter().cloned().map(Input::Path).collect()
}

fn tables(reader: &Reader) -> Vec<(&'static str, Vec<String>)> {
    let text = |sql| rows(reader, sql).iter().map(|row| format!("{row:?}")).collect();
    TABLES.iter().map(|sql| (*sql, text(sql))).collect()
}

/// Adds the files in parts, and compares the joins after each with those made of all; every fourth load ends before its
/// joins, as one that is stopped does. Returns how many loads were joined by what was added.
fn add_in_parts(folder: &Path, parts: &[Vec<PathBuf>]) -> usize {
    let limits = Limits { memory_mib: 512, threads: 2 };
    let case = folder.join("case");
    std::fs::create_dir(&case).expect("a new folder");
    let store = Store::open(&case.join("case.duckdb"), limits).expect("a new case");
    let (mut of_added, mut whole_anew) = (0, None);
    for (number, part) in parts.iter().enumerate() {
        read(&store, &inputs(part));
        if number % 4 == 2 {
            continue;
        }
        let mut writer = store.writer().expect("a writer");
        let added = link::rebuild(&mut writer).expect("joins");
        let told = tables(&store.reader().expect("a reader"));
        link::forget_kept(&mut writer).expect("nothing is kept");
        let anew = link::rebuild(&mut writer).expect("joins");
        assert!(anew.is_whole, "nothing was kept");
        for ((sql, told), (_, anew)) in told.iter().zip(tables(&store.reader().expect("a reader")))
        {
            let differs = told.iter().zip(&anew).find(|(told, anew)| told != anew);
            assert!(*told == anew, "{sql}: {} rows for {}, {differs:?}", told.len(), anew.len());
        }
        of_added += usize::from(!added.is_whole);
        whole_anew = Some(anew);
    }
    assert!(whole_anew.is_some_and(|summary| summary.links > 0 && summary.subjects > 0));
    of_added
}

/// Deals the files out to so many loads, the first one with half of them, in an order of chance.
fn dealt(mut files: Vec<PathBuf>, loads: usize, random: &mut Random) -> Vec<Vec<PathBuf>> {
    files.sort();
    for at in (1..files.len()).rev() {
        files.swap(at, usize::try_from(random.below(at as u64 + 1)).expect("a place"));
    }
    let rest = files.split_off(files.len() / 2);
    let mut parts = vec![files];
    parts.extend(rest.chunks(rest.len().div_ceil(loads)).map(<[PathBuf]>::to_vec));
    parts
}

fn written(world: &World, evidence: &Path) -> Vec<PathBuf> {
    std::fs::create_dir(evidence).expect("a new folder");
    let mut files = Vec::new();
    let mut put = |name: String, text: String| {
        let path = evidence.join(name);
        std::fs::write(&path, text).expect("a file");
        files.push(path);
    };
    for (number, part) in world.cloud.chunks(60).enumerate() {
        put(format!("cloudtrail-{number}.json"), records(part));
    }
    for (number, part) in world.gateway.chunks(40).enumerate() {
        put(format!("toolhive-{number}.jsonl"), lines(part));
    }
    put("capture.jsonl".to_owned(), lines(&world.mcp));
    for (session, of_session) in &world.transcripts {
        put(format!("{session}.jsonl"), lines(of_session));
    }
    files
}

#[test]
fn added_files_give_the_joins_of_all() {
    for (seed, gateway, laptops) in
        [(11, 0, 0), (12, 37_000_000, 900_000), (13, -5_200_000, 2_000_000)]
    {
        let home = tempfile::tempdir().expect("a temporary folder");
        let files = written(&World::new(seed, gateway, laptops), &home.path().join("evidence"));
        let parts = dealt(files, 7, &mut Random(seed));
        let stopped = (0..parts.len()).filter(|number| number % 4 == 2).count();
        assert_eq!(add_in_parts(home.path(), &parts), parts.len() - 1 - stopped, "seed {seed}");
    }
}

/// What is kept of an event goes with it.
#[test]
fn event_that_went_makes_everything_anew() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let files = written(&World::new(14, 0, 0), &home.path().join("evidence"));
    let limits = Limits { memory_mib: 512, threads: 2 };
    let store = Store::open(&home.path().join("case.duckdb"), limits).expect("a new case");
    read(&store, &inputs(&files));
    let mut writer = store.writer().expect("a writer");
    let before = link::rebuild(&mut writer).expect("joins");
    let again = link::rebuild(&mut writer).expect("joins");
    assert!(before.is_whole && !again.is_whole);
    assert_eq!(
        (before.links, before.sessions, before.subjects),
        (again.links, again.sessions, again.subjects)
    );
    let asking = "DELETE FROM event WHERE n = (SELECT min(a) FROM link WHERE key = 'request id')";
    assert_eq!(writer.execute(asking, &[]).expect("a deletion"), 1);
    let after = link::rebuild(&mut writer).expect("joins");
    assert!(after.is_whole);
    assert!(after.links < before.links, "{after:?}, before {before:?}");
}

/// Every format that is known, with what its records hold: claims, tags, key ids, decisions, traces, wire captures.
#[test]
fn added_fixtures_give_the_joins_of_all() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format");
    let files: Vec<PathBuf> = contents(&fixtures)
        .into_iter()
        .map(|(name, _)| fixtures.join(name))
        .filter(|path| !path.to_string_lossy().ends_with(".expected.json"))
        .collect();
    assert!(files.len() > 40, "{}", files.len());
    let home = tempfile::tempdir().expect("a temporary folder");
    let parts = dealt(files, 12, &mut Random(3));
    assert!(add_in_parts(home.path(), &parts) > 6);
}
