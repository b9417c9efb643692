//! A real terminal for the real binary: keys in, screen out. Every wait is for a condition, with a deadline.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use whytrail::clock::monotonic;

use crate::support::{Home, PROGRAM};

/// Nothing that is waited for takes longer, also on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// Returns the path of the evidence that comes with the program.
pub(crate) fn sample() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/acme-incident");
    path.to_str().unwrap().to_owned()
}

/// What the program has written so far.
struct Seen {
    parser: vt100::Parser,
    n_bytes: usize,
    /// Every byte that came, for tests that look at more than the screen.
    raw: Vec<u8>,
    is_over: bool,
}

/// A terminal with a program in it. Dropping it ends the program.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Mutex<Box<dyn Write + Send>>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Terminal {
    /// Starts the program in a terminal of `columns` x `rows`.
    pub(crate) fn start(size: (u16, u16), home: &Home, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(arguments);
        Self::run(size, home, command)
    }

    /// Starts any command in a terminal, with an environment that holds nothing of the machine's.
    pub(crate) fn run(
        (columns, rows): (u16, u16),
        home: &Home,
        mut command: CommandBuilder,
    ) -> Self {
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("PATH", "/usr/bin:/bin");
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        command.cwd(home.path("home"));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let seen = Arc::new((
            Mutex::new(Seen { parser, n_bytes: 0, raw: Vec::new(), is_over: false }),
            Condvar::new(),
        ));
        let (shared, reader) = (Arc::clone(&seen), pair.master.try_clone_reader().unwrap());
        thread::Builder::new().spawn(move || read_all(reader, &shared)).unwrap();
        let writer = Mutex::new(pair.master.take_writer().unwrap());
        Self { master: pair.master, child, writer, seen }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap()
    }

    /// Waits until `condition` holds for the screen.
    pub(crate) fn until(&self, what: &str, condition: impl Fn(&vt100::Screen) -> bool) -> &Self {
        let end = monotonic() + DEADLINE;
        let mut seen = self.lock();
        while !condition(seen.parser.screen()) {
            let left = end.saturating_sub(monotonic());
            let screen = seen.parser.screen().contents();
            assert!(!left.is_zero() && !seen.is_over, "waited in vain for {what}\n{screen}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        self
    }

    /// Waits until `text` is on the screen.
    pub(crate) fn see(&self, text: &str) -> &Self {
        self.until(&format!("`{text}`"), |screen| screen.contents().contains(text))
    }

    /// Waits until `text` is not on the screen.
    pub(crate) fn see_no(&self, text: &str) -> &Self {
        self.until(&format!("no `{text}`"), |screen| !screen.contents().contains(text))
    }

    /// Returns the screen as text.
    pub(crate) fn text(&self) -> String {
        self.lock().parser.screen().contents()
    }

    /// Returns every byte the program has written, as it wrote it.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.lock().raw.clone()
    }

    /// Sends keys as a terminal does.
    pub(crate) fn send(&self, bytes: &str) -> &Self {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(bytes.as_bytes()).unwrap();
        writer.flush().unwrap();
        drop(writer);
        self
    }

    /// Changes the size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.lock().parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
    }

    /// Waits until nothing has been written for `time`.
    pub(crate) fn until_quiet_for(&self, time: Duration) {
        let end = monotonic() + DEADLINE;
        let mut seen = self.lock();
        loop {
            let before = seen.n_bytes;
            let (after, waited) =
                self.seen.1.wait_timeout_while(seen, time, |seen| seen.n_bytes == before).unwrap();
            if waited.timed_out() {
                return;
            }
            seen = after;
            assert!(monotonic() < end, "the screen never rests");
        }
    }

    /// Returns the number of the process.
    pub(crate) fn process(&self) -> rustix::process::Pid {
        let number = self.child.process_id().and_then(|number| i32::try_from(number).ok());
        rustix::process::Pid::from_raw(number.unwrap_or(0)).unwrap()
    }

    /// Returns how the terminal treats lines, as text to compare with.
    pub(crate) fn line_settings(&self) -> String {
        format!("{:?}", self.master.get_termios())
    }

    /// Waits for the end of the program and returns its exit code. The terminal must have been given back.
    pub(crate) fn end(&mut self) -> u32 {
        let end = monotonic() + DEADLINE;
        let mut seen = self.lock();
        while !seen.is_over {
            let left = end.saturating_sub(monotonic());
            let screen = seen.parser.screen().contents();
            assert!(!left.is_zero(), "the program does not end\n{screen}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        assert_given_back(seen.parser.screen());
        drop(seen);
        self.child.wait().unwrap().exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A program that has ended already cannot be killed, which is as good.
        self.child.kill().unwrap_or_default();
    }
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

/// The alternate screen is left, the cursor is shown, and neither pastes nor the mouse are reported any more.
pub(crate) fn assert_given_back(screen: &vt100::Screen) {
    assert!(!screen.alternate_screen(), "the alternate screen was not left");
    assert!(!screen.hide_cursor(), "the cursor stayed hidden");
    assert!(!screen.bracketed_paste(), "pastes are still bracketed");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
}

fn read_all(mut reader: Box<dyn Read + Send>, shared: &(Mutex<Seen>, Condvar)) {
    let mut buffer = [0; 8192];
    loop {
        // A closed terminal is an error on some systems and an empty read on others.
        let n_bytes = reader.read(&mut buffer).unwrap_or(0);
        let Ok(mut seen) = shared.0.lock() else { return };
        seen.parser.process(buffer.get(..n_bytes).unwrap_or_default());
        seen.n_bytes += n_bytes;
        seen.raw.extend_from_slice(buffer.get(..n_bytes).unwrap_or_default());
        seen.is_over = n_bytes == 0;
        shared.1.notify_all();
        if n_bytes == 0 {
            return;
        }
    }
}
