//! The program's own log: a file in the state folder, never the terminal, never evidence content.

use std::fs::OpenOptions;
use std::path::Path;

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
