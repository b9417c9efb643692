//! Reads the terminal on a thread of its own and turns its events into messages.

mod reply;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;
use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
    poll, read,
};

use self::reply::{Reply, Taken};
use super::key::{Code, Key};
use super::msg::{Mouse, Msg};
use crate::job;

/// How often the thread looks whether it should end.
const PATIENCE: Duration = Duration::from_millis(250);

/// Whether the terminal was asked for its background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    Asked,
    NotAsked,
}

/// The reading thread; dropping this ends it soon.
#[derive(Debug)]
pub(super) struct Input {
    is_over: Arc<AtomicBool>,
}

impl Input {
    /// Starts reading; messages go to `sender`.
    pub(super) fn start(sender: Sender<Msg>, background: Background) -> std::io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let (flag, crashed) = (Arc::clone(&is_over), sender.clone());
        let tell = move |crash: job::Crash| {
            send(&crashed, Msg::Crashed { ticket: None, thread: crash.thread, text: crash.text });
        };
        job::spawn("input", tell, move || {
            let mut reply = Reply::expected(background);
            while !flag.load(Ordering::Acquire) {
                match next(&mut reply) {
                    Ok(Some(msg)) => {
                        if !send(&sender, msg) {
                            return;
                        }
                    }
                    Ok(None) => {}
                    // The terminal is gone: the window was closed or the connection was lost.
                    Err(_) => {
                        send(&sender, Msg::Stop);
                        return;
                    }
                }
            }
        })?;
        Ok(Self { is_over })
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}

fn send(sender: &Sender<Msg>, msg: Msg) -> bool {
    sender.send(msg).is_ok()
}

fn next(reply: &mut Reply) -> std::io::Result<Option<Msg>> {
    if !poll(PATIENCE)? {
        return Ok(None);
    }
    Ok(match read()? {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            key_of(key).and_then(|key| match reply.take(key) {
                Taken::NotOurs => Some(Msg::Key(key)),
                Taken::Part => None,
                Taken::Whole(background) => background.map(Msg::Background),
            })
        }
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(columns, rows) => Some(Msg::Resize(columns, rows)),
        Event::Mouse(mouse) => mouse_of(mouse).map(Msg::Mouse),
    })
}

fn key_of(key: KeyEvent) -> Option<Key> {
    let code = match key.code {
        KeyCode::Char(letter) => Code::Char(letter),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::F(number),
        _ => return None,
    };
    let mut ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let mut alt = key.modifiers.contains(KeyModifiers::ALT);
    // AltGr arrives as Ctrl and Alt together on some systems; what it types is an ordinary character.
    if ctrl && alt && matches!(code, Code::Char(letter) if !letter.is_ascii_alphanumeric()) {
        (ctrl, alt) = (false, false);
    }
    Some(Key { code, ctrl, alt })
}

fn mouse_of(mouse: MouseEvent) -> Option<Mouse> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            Some(Mouse::Press { column: mouse.column, row: mouse.row })
        }
        MouseEventKind::ScrollUp => Some(Mouse::WheelUp),
        MouseEventKind::ScrollDown => Some(Mouse::WheelDown),
        _ => None,
    }
}
