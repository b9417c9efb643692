//! Drives the screens without a terminal: keys in, text out. Questions are answered in place by a function, acts by a
//! desk, and time stands still unless told otherwise, so that every run is the same.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::App;
use super::desk::{Desk, perform};
use super::effect::Effect;
use super::key::Key;
use super::memory::Memory;
use super::msg::{Done, LoadState, Msg};
use super::question::{self, Answer, Question, Tools};
use super::settings::Settings;
use crate::store::{Fault, Reader};

/// Answers questions for a [`Harness`].
pub type Answering = Box<dyn FnMut(&Question) -> Result<Answer, Fault>>;

/// The screens without a terminal.
pub struct Harness {
    app: App,
    size: (u16, u16),
    answering: Answering,
    desk: Box<dyn Desk>,
    now: Duration,
    /// Questions that wait for their answers, while answers are held back.
    held: Option<Vec<Effect>>,
    /// Texts copied so far.
    pub copied: Vec<String>,
    /// True once the screens asked to end.
    pub has_quit: bool,
    /// Keys pressed so far.
    pub n_keys: usize,
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness")
            .field("size", &self.size)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl Harness {
    /// Starts the screens at `columns` x `rows`.
    pub fn new(
        columns: u16,
        rows: u16,
        settings: &Settings,
        answering: Answering,
        desk: Box<dyn Desk>,
    ) -> Self {
        let now = Duration::from_secs(1);
        let (app, effects) = App::start(settings, (columns, rows), now);
        let mut harness = Self {
            app,
            size: (columns, rows),
            answering,
            desk,
            now,
            held: None,
            copied: Vec::new(),
            has_quit: false,
            n_keys: 0,
        };
        harness.run(effects);
        harness
    }

    /// Starts the screens over a real case.
    pub fn over_case(
        (columns, rows): (u16, u16),
        settings: &Settings,
        reader: Reader,
        tools: impl Into<Tools>,
        desk: Box<dyn Desk>,
    ) -> Self {
        let tools = tools.into();
        let answering =
            Box::new(move |question: &Question| question::answer(&reader, &tools, question));
        Self::new(columns, rows, settings, answering, desk)
    }

    /// Presses keys. Words are separated by spaces: `<enter>` or `<ctrl-r>` name a key, `j` is a key, longer words
    /// are typed letter by letter, `<space>` is a space. Keys that cannot be read are left out.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for word in keys.split_whitespace() {
            let named =
                word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).and_then(Key::parse);
            match named {
                Some(key) => self.press(key),
                None => {
                    for letter in word.chars() {
                        self.press(Key::plain(super::key::Code::Char(letter)));
                    }
                }
            }
        }
        self
    }

    /// Presses one key.
    pub fn press(&mut self, key: Key) {
        self.n_keys += 1;
        self.send(Msg::Key(key));
    }

    /// Types text, spaces included.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.press(Key::plain(super::key::Code::Char(letter)));
        }
        self
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Msg::Paste(text.to_owned()));
        self
    }

    /// Reports how far loading has come.
    pub fn load(&mut self, load: LoadState) -> &mut Self {
        self.send(Msg::Load(load));
        self
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.send(Msg::Tick);
        self
    }

    /// Lets anything else happen.
    pub fn happen(&mut self, msg: Msg) -> &mut Self {
        self.send(msg);
        self
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.size = (columns, rows);
        self.send(Msg::Resize(columns, rows));
        self
    }

    /// Returns the cells as they would be drawn.
    pub fn buffer(&mut self) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        super::draw::draw(&mut self.app, &mut buf);
        buf
    }

    /// Returns what is on screen, a line for each row, without spaces at their ends.
    pub fn screen(&mut self) -> String {
        let buf = self.buffer();
        let mut text = String::new();
        for row in 0..self.size.1 {
            let mut line = String::new();
            let mut skip = 0;
            for column in 0..self.size.0 {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buf.cell((column, row)).map_or(" ", |cell| cell.symbol());
                // A wide character covers the cell after it too.
                skip = crate::text::width::cells(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Returns what the screens would remember if they ended now.
    pub fn memory(&mut self) -> Memory {
        self.app.memory()
    }

    /// Returns true while time alone changes what is shown.
    pub fn is_animating(&self) -> bool {
        self.app.is_animating()
    }

    /// Holds every answer back from here on.
    pub fn hold(&mut self) -> &mut Self {
        self.held.get_or_insert_default();
        self
    }

    /// Gives the answers that were held back, and later ones at once.
    pub fn release(&mut self) -> &mut Self {
        let held = self.held.take().unwrap_or_default();
        self.run(held);
        self
    }

    fn send(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.now);
        self.run(effects);
    }

    fn run(&mut self, effects: Vec<Effect>) {
        let mut queue: std::collections::VecDeque<Effect> = effects.into();
        while let Some(effect) = queue.pop_front() {
            if let (Some(held), Effect::Ask { .. }) = (&mut self.held, &effect) {
                held.push(effect);
                continue;
            }
            let msg = match effect {
                Effect::Ask { ticket, question, .. } => {
                    Msg::Done(Done { ticket, answer: Some((self.answering)(&question)) })
                }
                Effect::Act(act) => Msg::Acted(Box::new(perform(self.desk.as_mut(), act))),
                Effect::Copy { what, text } => {
                    self.copied.push(text);
                    Msg::Copied(Ok(format!("{what} copied")))
                }
                Effect::Quit => {
                    self.has_quit = true;
                    continue;
                }
                _ => continue,
            };
            queue.extend(self.app.update(msg, self.now));
        }
    }
}
