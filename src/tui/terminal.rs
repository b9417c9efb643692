//! Takes the terminal and gives it back: on exit, on panic, on suspend. Nothing else writes to it.

use std::io::{self, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Guard {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    is_mouse_on: bool,
    /// Shared with the panic hook, so that the terminal is given back once.
    is_ours: Arc<AtomicBool>,
}

impl Guard {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, mouse if asked for.
    pub(super) fn take(is_mouse_on: bool) -> io::Result<Self> {
        let is_ours = Arc::new(AtomicBool::new(false));
        restore_on_panic(Arc::clone(&is_ours));
        enter(is_mouse_on)?;
        is_ours.store(true, Ordering::Release);
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
        let terminal = terminal.inspect_err(|_| give_back(&is_ours))?;
        Ok(Self { terminal, is_mouse_on, is_ours })
    }

    /// Returns columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame; only cells that changed are written.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame.buffer_mut()))?;
        Ok(())
    }

    /// Draws every cell again with the next frame.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        // Clearing through the old terminal would ask for the cursor and wait for an answer that the input thread reads.
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }

    /// Turns mouse reports on or off.
    pub(super) fn set_mouse(&mut self, is_on: bool) -> io::Result<()> {
        self.is_mouse_on = is_on;
        if is_on {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Asks the terminal for its background; the answer comes among the keys, if at all.
    pub(super) fn ask_background() -> io::Result<()> {
        Self::write("\x1b]11;?\x1b\\")
    }

    /// Writes a finished sequence, such as a clipboard write.
    pub(super) fn write(sequence: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    /// Gives the terminal back, stops the program until it is continued, and takes the terminal again.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back(&self.is_ours);
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        enter(self.is_mouse_on)?;
        self.is_ours.store(true, Ordering::Release);
        self.redraw()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back(&self.is_ours);
    }
}

fn enter(is_mouse_on: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    if is_mouse_on {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back if it is ours. Errors are left alone: the terminal may be gone already.
fn give_back(is_ours: &AtomicBool) {
    if !is_ours.swap(false, Ordering::AcqRel) {
        return;
    }
    let written = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let cooked = disable_raw_mode();
    if let Err(error) = written.and(cooked) {
        tracing::debug!(%error, "the terminal could not be given back");
    }
}

/// A panic of the screen thread gives the terminal back before it is told; panics of workers are caught at their edge
/// and told by the screens, so nothing is printed for them.
fn restore_on_panic(is_ours: Arc<AtomicBool>) {
    let screen_thread = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == screen_thread {
            give_back(&is_ours);
            before(panic);
        } else if is_ours.load(Ordering::Acquire) {
            let backtrace = std::backtrace::Backtrace::force_capture();
            let panic = crate::redact::strip(&panic.to_string());
            tracing::error!(panic, %backtrace, "a worker panicked");
        } else {
            before(panic);
        }
    }));
}
