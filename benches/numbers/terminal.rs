//! The program in a terminal: keys in, and the moment at which something can be seen.

use std::io::{Read, Write};
use std::num::NonZero;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use whytrail::{clock, job};

use crate::options::Bench;
use crate::process::environment;

/// Nothing measured here takes longer.
const PATIENCE: Duration = Duration::from_mins(5);

/// A running program and its screen.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    chunks: Receiver<(Duration, Vec<u8>)>,
    parser: vt100::Parser,
    /// Keeps the other end open.
    _master: Box<dyn MasterPty + Send>,
    /// When the program was started.
    pub(crate) started: Duration,
    /// Bytes written by the program so far.
    pub(crate) n_bytes: usize,
}

impl Terminal {
    /// Starts the program in a terminal of `columns` x `rows`.
    pub(crate) fn open(
        bench: &Bench,
        (columns, rows): (u16, u16),
        arguments: &[&str],
    ) -> Result<Self> {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(&bench.program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in environment(bench) {
            command.env(name, value);
        }
        let mut reader = pair.master.try_clone_reader()?;
        let writer = pair.master.take_writer()?;
        let (sender, chunks) = unbounded();
        let started = clock::monotonic();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        job::spawn(
            "terminal",
            |_| {},
            move || {
                let mut piece = vec![0; 64 << 10];
                while let Ok(count @ 1..) = reader.read(&mut piece) {
                    let bytes = piece.get(..count).unwrap_or_default().to_vec();
                    if sender.send((clock::monotonic(), bytes)).is_err() {
                        return;
                    }
                }
            },
        )?;
        let [rows, columns] =
            [rows, columns].map(|n| NonZero::new(n).unwrap_or(NonZero::<u16>::MIN));
        let parser = vt100::Parser::new(rows, columns, 0);
        Ok(Self { child, writer, chunks, parser, _master: pair.master, started, n_bytes: 0 })
    }

    /// Presses keys and returns when.
    pub(crate) fn press(&mut self, keys: &str) -> Result<Duration> {
        let at = clock::monotonic();
        self.writer.write_all(keys.as_bytes())?;
        self.writer.flush()?;
        Ok(at)
    }

    /// Waits until the screen is as wanted, and returns when the bytes came that made it so.
    pub(crate) fn wait(
        &mut self,
        what: &str,
        is_there: impl Fn(&vt100::Screen) -> bool,
    ) -> Result<Duration> {
        if is_there(self.parser.screen()) {
            return Ok(clock::monotonic());
        }
        let deadline = clock::monotonic() + PATIENCE;
        loop {
            let left = deadline.saturating_sub(clock::monotonic());
            let (at, bytes) = self.chunks.recv_timeout(left).map_err(|_error| {
                anyhow!("never saw {what}; the screen was:\n{}", self.parser.screen().contents())
            })?;
            self.take(&bytes);
            if is_there(self.parser.screen()) {
                return Ok(at);
            }
        }
    }

    /// Takes what comes for a while. Returns the number of bytes.
    pub(crate) fn listen(&mut self, time: Duration) -> Result<usize> {
        let before = self.n_bytes;
        let deadline = clock::monotonic() + time;
        loop {
            let left = deadline.saturating_sub(clock::monotonic());
            match self.chunks.recv_timeout(left) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(self.n_bytes - before),
                Err(RecvTimeoutError::Disconnected) => bail!("the program ended"),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.n_bytes += bytes.len();
        self.parser.process(bytes);
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Returns the number of the process.
    pub(crate) fn process(&self) -> Result<u32> {
        self.child.process_id().ok_or_else(|| anyhow!("the program has no process number"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A program that has ended already cannot be killed; then there is nothing to do.
        self.child.kill().unwrap_or_default();
        if let Err(error) = self.child.wait() {
            tracing::debug!(%error, "the program was gone");
        }
    }
}

/// Returns true when the first whole screen is there: its head and its last line.
pub(crate) fn is_painted(screen: &vt100::Screen) -> bool {
    let rows: Vec<String> = screen.rows(0, screen.size().1.get()).collect();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return false };
    first.contains("whytrail") && last.contains("? help")
}

/// Returns the line on which the cursor mark of the time line stands.
pub(crate) fn cursor_row(screen: &vt100::Screen) -> Option<u16> {
    let is_mark = |row: &u16| screen.cell(*row, 0).is_some_and(|cell| cell.contents() == ">");
    (4..screen.size().0.get()).find(is_mark)
}

/// Returns true when the time line shows an event.
pub(crate) fn shows_event(screen: &vt100::Screen) -> bool {
    let is_timeline =
        screen.rows(0, screen.size().1.get()).nth(1).is_some_and(|row| row.contains("[2 "));
    is_timeline && cursor_row(screen).is_some()
}

/// Returns true while the head says that loading goes on.
pub(crate) fn is_loading(screen: &vt100::Screen) -> bool {
    screen.rows(0, screen.size().1.get()).next().is_some_and(|row| row.contains("LOADING"))
}
