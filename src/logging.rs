//! The program's own log: a file in the state folder, never the terminal, never evidence content.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Makes what a crash prints harmless: its words may quote the text that it stumbled over.
pub(crate) fn guard_crashes() {
    std::panic::set_hook(Box::new(|panic| {
        let words = crate::redact::strip(&panic.to_string());
        let mut said = String::new();
        for line in words.lines() {
            said.push_str(&crate::text::sanitize(line));
            said.push('\n');
        }
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            said.push_str(&backtrace.to_string());
        }
        std::io::stderr().write_all(said.as_bytes()).unwrap_or_default();
    }));
}

/// Sends log lines to `whytrail.log` in `folder`. Without a writable folder nothing is logged.
pub(crate) fn start(folder: &Path, verbose: u8) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    if std::fs::create_dir_all(folder).is_err() {
        return;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let Ok(file) = options.open(folder.join("whytrail.log")) else { return };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(file));
    // A second start in one process (tests) keeps the first log.
    subscriber.try_init().unwrap_or_default();
}
