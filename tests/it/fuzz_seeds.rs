//! The seeds of the fuzz targets, replayed: whatever the fuzzer found once is held from then on, without a nightly
//! compiler. `fuzz/README.md` says how to fuzz.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[expect(unreachable_pub, reason = "in the crate of the fuzzer these are its interface")]
#[path = "../../fuzz/src/targets.rs"]
mod targets;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let listed = fs::read_dir(folder).unwrap();
    listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_seed_of_every_target_passes() {
    for (target, run) in targets::ALL {
        let folder = fuzz().join("corpus").join(target);
        let seeds = names(&folder);
        assert!(seeds.len() > 2, "`{target}` has {} seeds", seeds.len());
        for seed in seeds {
            let bytes = fs::read(folder.join(&seed)).unwrap();
            println!("{target}/{seed}");
            run(&bytes);
            // A cut seed is the likeliest of all damages.
            for cut in [bytes.len() / 2, bytes.len().saturating_sub(1)] {
                run(bytes.get(..cut).unwrap_or_default());
            }
        }
    }
}

#[test]
fn every_target_is_listed_has_a_program_and_no_seed_is_without_a_target() {
    let listed: BTreeSet<String> =
        targets::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed.len(), targets::ALL.len());
    assert_eq!(names(&fuzz().join("corpus")), listed);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let programs = names(&fuzz().join("fuzz_targets"));
    assert_eq!(programs.len(), listed.len());
    for name in &listed {
        assert!(programs.contains(&format!("{name}.rs")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("whytrail_fuzz::targets::{name}(bytes)")), "{name}");
    }
}
