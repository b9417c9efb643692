//! The laws of the source tree, read from the files themselves: who may import whom, which library is named where,
//! that nothing is left out of its registry, and that the documents say what the program says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use whytrail::tui::keymap::Keymap;

/// Who may import whom: a module imports from layers after its own; modules of one layer don't know each other.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["lib"],
    &["cmd"],
    &["config", "logging", "signals"],
    &["cli", "failure"],
    &["tui"],
    &["report"],
    &["criteria", "explain", "job"],
    &["link", "query", "ingest"],
    &["custody", "store", "format", "redact"],
    &["source"],
    &["text", "clock"],
    &["model"],
];

/// Where a library may be named, outside tests: paths, or folders that end in a slash.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("duckdb", &["src/store/"]),
    ("ratatui", &["src/tui/", "src/tui.rs"]),
    ("crossterm", &["src/tui/terminal.rs", "src/tui/input.rs"]),
    ("clap", &["src/cli.rs", "src/cli/", "src/lib.rs", "src/cmd/"]),
    ("clap_complete", &["src/cli.rs", "src/cmd/"]),
    ("clap_mangen", &["src/cmd/"]),
    ("flate2", &["src/source/inflate.rs"]),
    ("zip", &["src/source/reader.rs"]),
    ("fuzzy_matcher", &["src/text/fuzzy.rs"]),
    ("etcetera", &["src/config/"]),
    ("cedar_policy", &["src/criteria/boundary/cedar.rs", "src/criteria/boundary/cedar/"]),
    ("signal_hook", &["src/signals.rs"]),
    ("tracing_subscriber", &["src/logging.rs"]),
    ("minijinja", &["src/report/html.rs"]),
    ("rust_xlsxwriter", &["src/report/xlsx.rs", "src/report/xlsx/"]),
    ("rsigma_eval", &["src/criteria/sigma/engine.rs", "src/criteria/sigma/engine/"]),
    ("rsigma_parser", &["src/criteria/sigma/engine.rs", "src/criteria/sigma/engine/"]),
];

/// Where SQL may stand, outside tests.
const SQL_HOMES: &[&str] =
    &["src/store/", "src/query/", "src/link.rs", "src/link/", "src/ingest/", "src/criteria/"];

/// Files elsewhere that hold SQL, each for a reason. A file that no longer needs its line fails the test.
const SQL_GUESTS: &[&str] = &[
    "src/cmd/case.rs", // tables of tags and notes, rebuilt from the journal, which the store must not know
    "src/cmd/export.rs", // paths of the evidence, so that no bundle lands in it
    "src/cmd/loading.rs", // what the manifest and the journal say about each new source
];

const MAX_LINES: usize = 700;
const MAX_ARCHITECTURE_LINES: usize = 150;

/// A file of the repository: its path from the root, and its text.
#[derive(Debug)]
struct SourceFile {
    path: String,
    text: String,
}

/// A folder or file below the root of the repository.
fn below(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(below(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files below `folder` with one of these endings, in the order of their paths.
fn files(folder: &str, endings: &[&str]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(below(&folder)) else { continue };
        for entry in entries.flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                waiting.push(path);
            } else if endings.iter().any(|ending| path.ends_with(ending)) {
                let text = read(&path);
                found.push(SourceFile { path, text });
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

/// All Rust of the repository.
fn all_rust() -> Vec<SourceFile> {
    ["src", "tests", "examples", "benches"]
        .iter()
        .flat_map(|folder| files(folder, &[".rs"]))
        .collect()
}

/// The Rust of the program without its tests: test modules and comments are taken out.
fn program() -> Vec<SourceFile> {
    let all = files("src", &[".rs"]);
    let tests = test_files(&all);
    all.into_iter()
        .filter(|file| !tests.contains(&file.path))
        .map(|file| SourceFile { text: without_tests(&file.text), path: file.path })
        .collect()
}

/// Paths of files that are modules for tests only, with all below them.
fn test_files(all: &[SourceFile]) -> BTreeSet<String> {
    let declared = Regex::new(r"(?m)^#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod (\w+);").unwrap();
    let mut roots = Vec::new();
    for file in all {
        for found in declared.captures_iter(&file.text) {
            roots.push(format!("{}{}", folder_of_children(&file.path), &found[1]));
        }
    }
    all.iter()
        .map(|file| file.path.clone())
        .filter(|path| {
            roots.iter().any(|root| {
                path.strip_prefix(root.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
        })
        .collect()
}

/// Where the modules that a file declares lie: `src/` for the crate, else the folder of its own name.
fn folder_of_children(path: &str) -> String {
    match path {
        "src/lib.rs" | "src/main.rs" => "src/".to_owned(),
        _ => format!("{}/", path.trim_end_matches(".rs")),
    }
}

/// Takes out items marked `cfg(test)` and comments. Relies on the formatter: an item ends at the first line that is as
/// far in as its mark and closes it.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut skipping: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(at) = skipping {
            let is_end =
                indent == at && (line.ends_with(';') || line.trim_start().starts_with('}'));
            skipping = if is_end { None } else { Some(at) };
        } else if line.trim() == "#[cfg(test)]" {
            skipping = Some(indent);
        } else if !line.trim_start().starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The module a file is, as a path from the crate: `["tui", "views", "raw"]`.
fn module(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').map(str::to_owned).collect()
}

/// Full paths of everything that a text names through `crate::`, `self::` or `super::`, groups taken apart.
fn named_paths(file: &SourceFile) -> Vec<Vec<String>> {
    let start = Regex::new(r"\b(?:crate::|self::|(?:super::)+)").unwrap();
    let own = module(&file.path);
    let mut paths = Vec::new();
    for found in start.find_iter(&file.text) {
        let rest = file.text.get(found.end()..).unwrap_or_default();
        let base = match found.as_str() {
            "crate::" => Vec::new(),
            "self::" => own.clone(),
            supers => {
                let up = supers.matches("super::").count();
                own.iter().take(own.len().saturating_sub(up)).cloned().collect()
            }
        };
        take_tree(&mut rest.chars().peekable(), &base, &mut paths);
    }
    paths
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Reads `a::{b, c::d}` after `base` and adds each full path.
fn take_tree(letters: &mut Letters<'_>, base: &[String], paths: &mut Vec<Vec<String>>) {
    let mut path = base.to_vec();
    loop {
        skip_space(letters);
        if letters.peek() == Some(&'{') {
            letters.next();
            loop {
                take_tree(letters, &path, paths);
                skip_space(letters);
                if letters.next() != Some(',') {
                    return;
                }
                skip_space(letters);
                if letters.peek() == Some(&'}') {
                    letters.next();
                    return;
                }
            }
        }
        let mut name = String::new();
        while let Some(letter) = letters.next_if(|one| one.is_alphanumeric() || *one == '_') {
            name.push(letter);
        }
        if !name.is_empty() {
            path.push(name);
        }
        if letters.next_if_eq(&':').is_none() || letters.next_if_eq(&':').is_none() {
            break;
        }
    }
    paths.push(path);
}

fn skip_space(letters: &mut Letters<'_>) {
    while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

/// Lists what breaks a law, and fails if there is any.
fn assert_none(law: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{law}:\n  {}", broken.join("\n  "));
}

/// Lines of the program, outside tests, that `pattern` finds in files other than `homes`.
fn strangers(pattern: &str, homes: &[&str]) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    program()
        .iter()
        .filter(|file| {
            !homes.iter().any(|home| {
                file.path == *home || (home.ends_with('/') && file.path.starts_with(home))
            })
        })
        .filter_map(|file| {
            // What a user is told to type is no SQL of the program.
            let line = file
                .text
                .lines()
                .find(|line| pattern.is_match(line) && !line.contains("whytrail sql"))?;
            Some(format!("{}: {}", file.path, line.trim()))
        })
        .collect()
}

#[test]
fn every_module_has_a_layer_and_imports_only_from_later_ones() {
    let mut broken = Vec::new();
    for file in program() {
        let own = module(&file.path).swap_remove(0);
        let Some(at) = layer(&own) else {
            broken.push(format!("{}: `{own}` has no layer", file.path));
            continue;
        };
        for path in named_paths(&file) {
            let Some(name) = path.first().filter(|name| **name != own) else { continue };
            if layer(name).is_some_and(|other| other <= at) {
                broken.push(format!("{}: {}", file.path, path.join("::")));
            }
        }
    }
    assert_none("a module imports only from the layers after its own", &broken);
}

#[test]
fn import_law_reads_every_way_to_name_a_module() {
    let text =
        "use crate::{model::{Event, ids}, store};\nuse super::super::query::page;\nself::inner()";
    let file = SourceFile { path: "src/tui/views.rs".to_owned(), text: text.to_owned() };
    let paths: Vec<String> = named_paths(&file).iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["model::Event", "model::ids", "store", "query::page", "tui::views::inner"]);
}

#[test]
fn test_code_is_told_from_the_program() {
    let text = "use a;\n#[cfg(test)]\nmod tests {\n    use b;\n}\n    #[cfg(test)]\n    fn c() {\n    }\nuse d;\n";
    assert_eq!(without_tests(text), "use a;\nuse d;\n");
}

#[test]
fn views_do_not_import_views_and_widgets_know_no_questions() {
    let views = read("src/tui/views.rs");
    let mut broken = Vec::new();
    for file in program() {
        let own = module(&file.path);
        for path in named_paths(&file) {
            let says = || format!("{}: {}", file.path, path.join("::"));
            if let ([_, folder, view, ..], [tui, views_module, other, ..]) =
                (own.as_slice(), path.as_slice())
                && folder == "views"
                && tui == "tui"
                && views_module == "views"
                && other != view
                && views.contains(&format!("Box::new({other}::"))
                && views.contains(&format!("Box::new({view}::"))
            {
                broken.push(says());
            }
            let is_widget = own.get(1).is_some_and(|folder| folder == "widgets");
            let is_forbidden = path
                .first()
                .is_some_and(|name| ["query", "store", "job", "redact"].contains(&name.as_str()));
            if is_widget && is_forbidden {
                broken.push(says());
            }
        }
    }
    assert_none("views stand alone, and widgets know data and cells only", &broken);
}

#[test]
fn each_library_is_named_in_its_own_place() {
    let mut broken = Vec::new();
    for (library, homes) in LIBRARIES {
        broken.extend(strangers(&format!(r"\b{library}::"), homes));
    }
    assert_none("a library is named in one place", &broken);
}

#[test]
fn sql_stands_with_the_store_questions_joins_and_intake() {
    let sql = r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET|CREATE (OR REPLACE )?(TEMP )?(TABLE|VIEW)) ?";
    let homes: Vec<&str> = SQL_HOMES.iter().chain(SQL_GUESTS).copied().collect();
    assert_none("SQL stands in its homes only", &strangers(sql, &homes));
    let guests = strangers(sql, SQL_HOMES);
    for guest in SQL_GUESTS {
        assert!(guests.iter().any(|line| line.starts_with(guest)), "{guest} holds no SQL any more");
    }
}

#[test]
fn every_file_begins_with_what_it_owns() {
    let broken: Vec<String> = all_rust()
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    assert_none("a file begins with `//!`", &broken);
}

#[test]
fn files_stay_short_and_modules_have_no_mod_file() {
    let broken: Vec<String> = all_rust()
        .into_iter()
        .filter(|file| file.text.lines().count() > MAX_LINES || file.path.ends_with("/mod.rs"))
        .map(|file| file.path)
        .collect();
    assert_none("at most 700 lines, and `name.rs` beside `name/`", &broken);
}

#[test]
fn nothing_is_put_off_or_silenced() {
    // Put together here so that this file does not find itself.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("], ["#[al", "low("]];
    let words: Vec<String> = words.iter().map(|parts| parts.concat()).collect();
    let mut all = all_rust();
    all.extend(files("src", &[".toml", ".sql"]));
    let mut broken = Vec::new();
    for file in all {
        for (number, line) in (1..).zip(file.text.lines()) {
            if words.iter().any(|word| line.contains(word.as_str())) {
                broken.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    assert_none("a known gap is an issue, and a lint is met or expected with a reason", &broken);
}

#[test]
fn every_file_of_the_program_is_a_declared_module() {
    let all = files("src", &[".rs"]);
    let mut declared: BTreeSet<String> = ["src/main.rs", "src/lib.rs"].map(str::to_owned).into();
    let module_line = Regex::new(r"(?m)^\s*(?:pub(?:\([\w ]+\))? )?mod (\w+);").unwrap();
    for file in &all {
        for found in module_line.captures_iter(&file.text) {
            declared.insert(format!("{}{}.rs", folder_of_children(&file.path), &found[1]));
        }
    }
    let broken: Vec<String> =
        all.into_iter().map(|file| file.path).filter(|path| !declared.contains(path)).collect();
    assert_none("a file that no module declares is never compiled", &broken);
}

#[test]
fn every_test_file_is_named_in_the_one_test_binary() {
    let main = read("tests/it/main.rs");
    let mut named: Vec<&str> = Vec::new();
    for line in main.lines() {
        named.extend(line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')));
    }
    let mut sorted = named.clone();
    sorted.sort_unstable();
    assert_eq!(named, sorted, "modules of tests/it/main.rs stand in order");
    let broken: Vec<String> = files("tests/it", &[".rs"])
        .into_iter()
        .map(|file| file.path)
        .filter(|path| {
            let inner = path.trim_start_matches("tests/it/").trim_end_matches(".rs");
            inner != "main" && !inner.contains('/') && !named.contains(&inner)
        })
        .collect();
    assert_none("a test file that is not named never runs", &broken);
    assert!(files("tests", &[".rs"]).iter().all(|file| file.path.starts_with("tests/it/")));
}

#[test]
fn every_data_file_of_the_program_is_embedded() {
    let homes = [
        ("src/store/migrations", ".sql", "src/store/schema.rs"),
        ("src/format/mapping", ".toml", "src/format/mapping.rs"),
        ("src/criteria/packs", ".toml", "src/criteria/library.rs"),
    ];
    let mut broken = Vec::new();
    for (folder, ending, list) in homes {
        let text = read(list);
        let found = files(folder, &[ending]);
        assert!(!found.is_empty(), "{folder} is empty");
        for file in found {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let last = folder.rsplit('/').next().unwrap_or_default();
            if !text.contains(&format!("include_str!(\"{last}/{name}\")")) {
                broken.push(file.path);
            }
        }
    }
    assert_none("a data file has its line in the list beside it", &broken);
}

#[test]
fn every_migration_has_the_number_of_its_file() {
    let schema = read("src/store/schema.rs");
    for (number, file) in (1..).zip(files("src/store/migrations", &[".sql"])) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        assert!(name.starts_with(&format!("{number:04}_")), "{name} breaks the numbering");
        let line = format!("({number}, include_str!(\"migrations/{name}\"))");
        assert!(schema.contains(&line), "{name} is not migration {number}");
    }
}

#[test]
fn every_format_view_and_key_kind_is_in_its_registry() {
    let formats = read("src/format/registry.rs");
    let views = read("src/tui/views.rs");
    let keys = read("src/link/keys.rs");
    let implements = Regex::new(r"(?m)^impl(?:<[^>]*>)? (Format|View) for (\w+)").unwrap();
    let mut broken = Vec::new();
    for file in program() {
        let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        for found in implements.captures_iter(&file.text) {
            let is_listed = match &found[1] {
                "Format" => formats.contains(&found[2]),
                _ => file.path == "src/tui/views.rs" || views.contains(&format!("{name}::")),
            };
            if !is_listed {
                broken.push(format!("{}: {}", file.path, &found[2]));
            }
        }
        if file.path.starts_with("src/link/keys/") && !keys.contains(&format!("    {name}::KEY,")) {
            broken.push(file.path.clone());
        }
    }
    assert_none("what is not in its registry does not exist for a user", &broken);
}

#[test]
fn readme_names_the_keys_that_the_program_has() {
    let readme = read("README.md");
    let row = Regex::new(r"(?m)^\| (`[^|]+) \| `([a-z0-9-]+)` \|").unwrap();
    let keymap = Keymap::default().text();
    let mut n_rows = 0;
    for found in row.captures_iter(&readme) {
        n_rows += 1;
        let (keys, name) = (found[1].replace('`', ""), &found[2]);
        // The help of another command may use the same word; only a name stands so far to the left.
        let place = |line: &str| line.split_whitespace().position(|word| word == name);
        let line =
            keymap.lines().filter(|line| place(line).is_some()).min_by_key(|line| place(line));
        let line = line.unwrap_or_else(|| panic!("no command is called `{name}`"));
        for key in keys.split_whitespace() {
            assert!(
                line.split_whitespace().any(|word| word == key),
                "`{key}` is not `{name}`: {line}"
            );
        }
    }
    assert!(n_rows > 15, "the key table of README.md was not found");
}

#[test]
fn readme_names_every_format() {
    let readme = read("README.md");
    let missing: Vec<String> = whytrail::format::registry::built_in()
        .iter()
        .map(|format| format.id().to_owned())
        .filter(|id| !readme.contains(&format!("`{id}`")))
        .collect();
    assert_none("README.md lists what is read", &missing);
}

#[test]
fn readme_names_every_exit_code() {
    let readme = read("README.md");
    let code = Regex::new(r"Self::\w+ => (\d+),").unwrap();
    let failure = read("src/failure.rs");
    let codes: Vec<String> =
        code.captures_iter(&failure).map(|found| found[1].to_owned()).collect();
    assert!(codes.len() > 5, "the codes of src/failure.rs were not found");
    let missing: Vec<String> =
        codes.into_iter().filter(|code| !readme.contains(&format!("\n| {code} |"))).collect();
    assert_none("README.md lists the exit codes", &missing);
}

#[test]
fn architecture_is_short_and_states_the_import_law_as_tested() {
    let text = read("ARCHITECTURE.md");
    assert!(text.lines().count() <= MAX_ARCHITECTURE_LINES);
    let law: Vec<String> = LAYERS
        .iter()
        .map(|layer| match layer {
            [one] => (*one).to_owned(),
            several => format!("{{{}}}", several.join(", ")),
        })
        .collect();
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&law.join(" > ")), "ARCHITECTURE.md must say: {}", law.join(" > "));
}

#[test]
fn documents_point_at_files_that_exist() {
    let link =
        Regex::new(r"\]\(([^)#:]+)\)|`((?:src|tests|examples|sample-data|benches)/[^`*<> ]+)`")
            .unwrap();
    let mut broken = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "sample-data/README.md"] {
        let text = read(document);
        for found in link.captures_iter(&text) {
            let target = found.get(1).or_else(|| found.get(2)).map_or("", |part| part.as_str());
            // Recipes say `NAME.rs`.
            if target.contains("NAME") || target.contains("CASE") {
                continue;
            }
            let beside = below(document).parent().map(|folder| folder.join(target));
            if !below(target).exists() && !beside.is_some_and(|path| path.exists()) {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert_none("a path in a document exists", &broken);
}
