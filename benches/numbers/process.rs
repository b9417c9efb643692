//! Runs the program in an environment of its own, with its time and its peak of memory.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};
use whytrail::clock;

use crate::options::Bench;

/// The program under measurement, unless another one is named.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_whytrail");
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// One finished run of the program.
pub(crate) struct Run {
    pub(crate) time: Duration,
    /// Peak of resident memory in KiB.
    pub(crate) peak_kib: u64,
    /// Processor time in ticks of a hundredth of a second.
    pub(crate) ticks: u64,
    code: Option<i32>,
    output: String,
}

impl Run {
    /// Runs the program to its end.
    pub(crate) fn of(bench: &Bench, arguments: &[&str]) -> Result<Self> {
        let out = bench.work.join("output.txt");
        let started = clock::monotonic();
        let mut child = Command::new(&bench.program)
            .args(arguments)
            .env_clear()
            .envs(environment(bench))
            .stdin(Stdio::null())
            .stdout(fs::File::create(&out)?)
            .stderr(fs::File::create(bench.work.join("errors.txt"))?)
            .spawn()?;
        let (code, peak_kib, ticks) = wait(&mut child)?;
        let time = clock::monotonic().saturating_sub(started);
        Ok(Self { time, peak_kib, ticks, code, output: fs::read_to_string(&out)? })
    }

    /// Returns what was printed; any exit code but 0 is an error.
    pub(crate) fn succeeded(&self) -> Result<&str> {
        if self.code != Some(0) {
            bail!("the program ended with {:?}: {}", self.code, self.output.trim());
        }
        Ok(&self.output)
    }
}

fn wait(child: &mut Child) -> Result<(Option<i32>, u64, u64)> {
    let (mut peak_kib, mut ticks) = (0, 0);
    loop {
        ticks = ticks_of(child.id()).unwrap_or(ticks).max(ticks);
        peak_kib = peak_kib.max(peak_of(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            return Ok((status.code(), peak_kib, ticks));
        }
        std::thread::sleep(LOOK);
    }
}

/// Returns the peak of resident memory of a process so far, in KiB.
pub(crate) fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Returns the processor time of a process so far, in ticks of a hundredth of a second.
pub(crate) fn ticks_of(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Returns the whole environment of the program: a home of its own and a common terminal.
pub(crate) fn environment(bench: &Bench) -> [(&'static str, String); 3] {
    let home = crate::options::text(Path::new(&bench.work.join("home")));
    [("HOME", home), ("TERM", "xterm-256color".to_owned()), ("LANG", "C.UTF-8".to_owned())]
}
