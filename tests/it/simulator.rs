//! A company whose truth is known (`world`), written as records, loaded, joined, and counted: sessions, people, links.
//! The share of near links that are right stands in `src/link/near/measured.toml`, which the program prints; it is
//! measured anew here. `WHYTRAIL_MEASURE=write` writes it.

mod added;
mod parts;
mod world;

use std::fmt::Write;
use std::path::Path;

use whytrail::format::registry;
use whytrail::ingest::{Input, Loader, Progress};
use whytrail::link;
use whytrail::redact::Redactor;
use whytrail::source::Caps;
use whytrail::store::{Cancel, Limits, Reader, Row, Store};

use crate::support::{lines, records, variable};
use world::World;

/// Seed, and by how many microseconds the clocks of gateway and laptops are ahead.
const RUNS: &[(u64, i64, i64)] = &[
    (1, 0, 0),
    (2, 37_000_000, 900_000),
    (3, -5_200_000, -1_500_000),
    (4, 120_000_000, 2_000_000),
    (5, -600_000, 90_000_000),
    (6, 3_000_000, -20_000_000),
];

/// What came out of one run.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    events: u64,
    exact: u64,
    exact_wrong: u64,
    near: u64,
    near_right: u64,
    /// Calls with an effect that no exact link explains.
    open: u64,
    keyed: Tally,
    all: Tally,
    people: u64,
    people_found: u64,
    people_wrong: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    right: u64,
    wrong: u64,
    missed: u64,
}

impl Tally {
    fn add(&mut self, is_right: bool, is_told: bool) {
        self.right += u64::from(is_right);
        self.wrong += u64::from(is_told && !is_right);
        self.missed += u64::from(!is_right);
    }

    fn f1(self) -> f64 {
        let twice = 2 * self.right;
        share(twice, twice + self.wrong + self.missed)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Loads files below a folder and makes the joins.
pub(crate) fn joined(folder: &Path) -> Store {
    let limits = Limits { memory_mib: 512, threads: 2 };
    let case = folder.join("case");
    std::fs::create_dir(&case).expect("a new folder");
    let store = Store::open(&case.join("case.duckdb"), limits).expect("a new case");
    read(&store, &[Input::Path(folder.join("evidence"))]);
    link::rebuild(&mut store.writer().expect("a writer")).expect("joins");
    store
}

/// Reads evidence into a case, without the joins.
fn read(store: &Store, inputs: &[Input]) {
    let (formats, redactor) = (registry::built_in(), Redactor::new([7; 32]));
    let loader = Loader {
        store,
        formats: &formats,
        redactor: &redactor,
        caps: Caps::default(),
        threads: 2,
        progress: &Progress::default(),
        stop: &Cancel::default(),
    };
    loader.run(inputs).expect("a load");
}

fn write(world: &World, folder: &Path, size: usize) {
    let evidence = folder.join("evidence");
    std::fs::create_dir(&evidence).expect("a new folder");
    let put =
        |name: String, text: String| std::fs::write(evidence.join(name), text).expect("a file");
    for (number, part) in world.cloud.chunks(size).enumerate() {
        put(format!("cloudtrail-{number}.json"), records(part));
    }
    put("toolhive.jsonl".to_owned(), lines(&world.gateway));
    put("capture.jsonl".to_owned(), lines(&world.mcp));
    for (session, of_session) in &world.transcripts {
        put(format!("{session}.jsonl"), lines(of_session));
    }
}

fn rows(reader: &Reader, sql: &str) -> Vec<Row> {
    reader.rows(sql, &[]).expect("an answer")
}

/// How the world knows an event: the record's own id, or session and time.
const NAME: &str = "coalesce(split_part({}.native_id, '#', 1), {}.session || ' ' || strftime({}.ts, '%Y-%m-%dT%H:%M:%S.%gZ'))";

fn score(world: &World, reader: &Reader) -> Score {
    let mut score = Score::default();
    count_events(world, reader, &mut score);
    count_links(world, reader, &mut score);
    score
}

fn count_events(world: &World, reader: &Reader, score: &mut Score) {
    // What a record says of itself is taken for the person unless the session's own answer is that it cannot be told.
    let sql = "SELECT e.native_id, coalesce(g.session, k.session),
               CASE WHEN s.human IS NULL AND s.human_proof LIKE '%people%' THEN NULL ELSE coalesce(e.human, s.human) END
        FROM event e LEFT JOIN session_key k ON k.local = e.session
        LEFT JOIN (SELECT n, min(session) AS session FROM session_guest GROUP BY n) g ON g.n = e.n
        LEFT JOIN session s ON s.id = coalesce(g.session, k.session) WHERE e.plane = 'cloudtrail'";
    for row in rows(reader, sql) {
        let id = row.text(0);
        let truth = world.truth.get(&id).unwrap_or_else(|| panic!("an event nobody made: {id}"));
        score.events += 1;
        if !truth.sessions.is_empty() {
            let told = row.maybe_text(1);
            let is_right = told.as_ref().is_some_and(|told| truth.sessions.contains(told));
            score.all.add(is_right, told.is_some());
            if truth.is_keyed {
                score.keyed.add(is_right, told.is_some());
                if !is_right {
                    println!(
                        "keyed event {id} is told to be of {told:?}, is of {:?}",
                        truth.sessions
                    );
                }
            }
        }
        let told = row.maybe_text(2);
        score.people += u64::from(!truth.people.is_empty());
        if let Some(told) = told {
            let is_right = truth.people.contains(&told);
            score.people_found += u64::from(is_right);
            score.people_wrong += u64::from(!is_right);
            if !is_right {
                println!("event {id} is told to be {told}'s, is {:?}", truth.people);
            }
        }
    }
}

fn count_links(world: &World, reader: &Reader, score: &mut Score) {
    let name = |side: &str| NAME.replace("{}", side);
    let sql = format!(
        "SELECT link.grade, link.key, {}, {}, a.session, b.credential, link.value_a, proof.text
         FROM link JOIN event a ON a.n = link.a JOIN event b ON b.n = link.b
         LEFT JOIN near_proof proof ON proof.a = link.a AND proof.b = link.b ORDER BY ALL",
        name("a"),
        name("b")
    );
    let call = |name: &str| {
        let of_cloud = world.truth.get(name).and_then(|truth| truth.call.clone());
        world.calls.get(name).cloned().or(of_cloud)
    };
    for row in rows(reader, &sql) {
        let (a, b) = (row.text(2), row.text(3));
        let is_one_call = call(&a).is_some() && call(&a) == call(&b);
        let is_right = match row.text(1).as_str() {
            "issued key" => world.issued.contains(&(a.clone(), row.text(5))),
            "role session name" => {
                let sessions = world.truth.get(&b).map(|truth| &truth.sessions);
                sessions.is_some_and(|sessions| sessions.contains(&row.text(4)))
            }
            _ => is_one_call,
        };
        if row.text(0) == "~" {
            score.near += 1;
            score.near_right += u64::from(is_right);
        } else {
            score.exact += 1;
            score.exact_wrong += u64::from(!is_right);
        }
        if !is_right {
            println!(
                "wrong {} {} {}: {a} and {b} {}",
                row.text(0),
                row.text(1),
                row.text(6),
                row.text(7)
            );
        }
    }
    let joined: std::collections::BTreeSet<String> = rows(
        reader,
        "SELECT b.native_id FROM link JOIN event b ON b.n = link.b
         WHERE link.grade = '=' AND link.key = 'request id' AND b.plane = 'cloudtrail'",
    )
    .iter()
    .map(|row| row.text(0))
    .collect();
    let written: std::collections::BTreeSet<&String> = world.calls.values().collect();
    let is_open = |id: &str, call: &str| {
        written.contains(&call.to_owned()) && !joined.contains(id) && !world.calls.contains_key(id)
    };
    let open = world
        .truth
        .iter()
        .filter(|(id, truth)| truth.call.as_ref().is_some_and(|call| is_open(id, call)));
    score.open = u64::try_from(open.count()).unwrap_or(0);
}

/// Runs one seed.
fn run(seed: u64, gateway: i64, laptop: i64) -> Score {
    let home = tempfile::tempdir().expect("a temporary folder");
    let world = World::new(seed, gateway, laptop);
    write(&world, home.path(), 400);
    let store = joined(home.path());
    score(&world, &store.reader().expect("a reader"))
}

fn table(scores: &[((u64, i64, i64), Score)]) -> String {
    let mut text = String::from(
        "| seed | gateway, laptop clock | events | `=` `+` wrong | `~` right | `~` found | F1 with a key | F1 overall | people named | people wrong |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for ((seed, gateway, laptop), score) in scores {
        writeln!(
            text,
            "| {seed} | {:+} ms, {:+} ms | {} | {} of {} | {} of {} | {:.0} % of {} | {:.4} | {:.4} | {} of {} | {} |",
            gateway / 1000,
            laptop / 1000,
            score.events,
            score.exact_wrong,
            score.exact,
            score.near_right,
            score.near,
            100.0 * share(score.near_right, score.open),
            score.open,
            score.keyed.f1(),
            score.all.f1(),
            score.people_found,
            score.people,
            score.people_wrong
        )
        .expect("memory");
    }
    text
}

#[test]
fn sessions_people_and_links_are_as_true_as_promised() {
    let scores: Vec<((u64, i64, i64), Score)> =
        RUNS.iter().map(|run_of| (*run_of, run(run_of.0, run_of.1, run_of.2))).collect();
    println!("{}", table(&scores));
    let total = |of: fn(&Score) -> u64| scores.iter().map(|(_, score)| of(score)).sum::<u64>();
    for (run_of, score) in &scores {
        assert!(score.events > 1000, "{run_of:?}: {score:?}");
        assert_eq!(score.exact_wrong, 0, "{run_of:?}: a false link of grade = or +");
        assert_eq!(
            score.people_wrong, 0,
            "{run_of:?}: a person where none can be told, or another one"
        );
        assert!(score.keyed.f1() >= 0.98, "{run_of:?}: {:?}", score.keyed);
        assert!(score.all.f1() >= 0.85, "{run_of:?}: {:?}", score.all);
    }
    let (right, near) = (total(|score| score.near_right), total(|score| score.near));
    assert!(near > 100, "near links are found at all: {near}");
    assert!(share(right, near) >= 0.95, "{right} of {near} near links are right");
    let measured = format!(
        "# Near links of the simulator (`tests/it/simulator.rs`), all seeds. Written by `WHYTRAIL_MEASURE=write`; a test measures\n\
         # it anew.\nseeds = {}\nright = {right}\ntotal = {near}\n",
        RUNS.len()
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/link/near/measured.toml");
    if variable("WHYTRAIL_MEASURE").as_deref() == Some("write") {
        std::fs::write(&path, &measured).expect("the measured file");
    }
    assert_eq!(
        std::fs::read_to_string(&path).expect("the measured file"),
        measured,
        "measured anew"
    );
}

#[test]
fn another_split_of_the_files_gives_the_same_joins() {
    let world = World::new(9, 4_000_000, 700_000);
    let answers = [400, 37].map(|size| {
        let home = tempfile::tempdir().expect("a temporary folder");
        write(&world, home.path(), size);
        let store = joined(home.path());
        let reader = store.reader().expect("a reader");
        let mut answer = Vec::new();
        for sql in [
            "SELECT a, b, grade, key, value_a, value_b, strength FROM links ORDER BY ALL",
            "SELECT a, b, score, distance_us, candidates, text FROM near_links ORDER BY ALL",
            "SELECT * FROM sessions ORDER BY ALL",
            "SELECT * FROM session_parents ORDER BY ALL",
            "SELECT * FROM session_people ORDER BY ALL",
            "SELECT * FROM subjects ORDER BY ALL",
            "SELECT e.id, g.session, g.grade FROM session_guest g JOIN event e ON e.n = g.n ORDER BY ALL",
        ] {
            let rows = rows(&reader, sql);
            assert!(!rows.is_empty(), "{sql}");
            answer.push(rows);
        }
        answer
    });
    assert!(answers[0] == answers[1]);
}
