//! What to measure, on which evidence, and where the cases of the measurements lie.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use whytrail::store::{Limits, Store};

use crate::evidence;
use crate::process::{PROGRAM, Run};

/// Size of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// 100 thousand CloudTrail records.
    Small,
    /// 2 million.
    Medium,
}

impl Set {
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::Small => "S",
            Self::Medium => "M",
        }
    }

    pub(crate) const fn records(self) -> u64 {
        match self {
            Self::Small => 100_000,
            Self::Medium => 2_000_000,
        }
    }
}

/// A prepared run.
pub(crate) struct Bench {
    pub(crate) set: Set,
    pub(crate) evidence: PathBuf,
    pub(crate) work: PathBuf,
    pub(crate) program: PathBuf,
    /// Folder with Sigma rules.
    pub(crate) sigma: Option<PathBuf>,
    only: Vec<String>,
}

impl Bench {
    /// Reads the arguments and makes evidence that is missing.
    pub(crate) fn prepare(arguments: &[String]) -> Result<Self> {
        let mut bench = Self {
            set: Set::Small,
            evidence: PathBuf::new(),
            work: Path::new(env!("CARGO_TARGET_TMPDIR")).join("numbers"),
            program: PathBuf::from(PROGRAM),
            sigma: None,
            only: Vec::new(),
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
            match word.as_str() {
                // Cargo adds this one.
                "--bench" => {}
                "S" => bench.set = Set::Small,
                "M" => bench.set = Set::Medium,
                "--only" => bench.only = value()?.split(',').map(str::to_owned).collect(),
                "--evidence" => bench.evidence = PathBuf::from(value()?),
                "--program" => bench.program = PathBuf::from(value()?),
                "--sigma" => bench.sigma = Some(PathBuf::from(value()?)),
                "--work" => bench.work = PathBuf::from(value()?),
                _ => bail!("`{word}` is not known"),
            }
        }
        fs::create_dir_all(bench.work.join("home"))?;
        if bench.evidence.as_os_str().is_empty() {
            bench.evidence = bench.work.join(format!("evidence-{}", bench.set.letter()));
        }
        evidence::generate(&bench)?;
        Ok(bench)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        let is_possible = name != "sigma" || self.sigma.is_some();
        (self.only.is_empty() && is_possible) || self.only.iter().any(|wanted| wanted == name)
    }

    /// Returns the events of the set: CloudTrail records, audit lines for 2 % and messages for 1 % of them.
    pub(crate) const fn n_events(&self) -> u64 {
        let records = self.set.records();
        records + records / 50 + records / 100
    }

    /// Returns the case folder of the set.
    pub(crate) fn case(&self) -> PathBuf {
        self.work.join(format!("case-{}", self.set.letter()))
    }

    /// Returns the case of the set; loads the evidence first if nobody has yet.
    pub(crate) fn loaded_case(&self) -> Result<PathBuf> {
        let case = self.case();
        if !case.exists() {
            Run::of(self, &["ingest", &text(&self.evidence), "--case", &text(&case)])?
                .succeeded()?;
        }
        Ok(case)
    }

    /// Opens the database of the set's case with the limits that the program takes on a small machine.
    pub(crate) fn open_store(&self) -> Result<Store> {
        let path = self.loaded_case()?.join("case.duckdb");
        Ok(Store::open(&path, LIMITS)?)
    }

    /// Returns a place below the work folder where nothing is.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.work.join(name);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        Ok(path)
    }
}

/// Resources of the engine where the library is measured without the program around it.
pub(crate) const LIMITS: Limits = Limits { memory_mib: 600, threads: 2 };

/// Returns a path as an argument.
pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
