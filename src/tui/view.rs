//! The contract of everything that is drawn and takes commands: the screens and the overlays on top of them.

use std::fmt::Debug;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::command::Command;
use super::desk::Acted;
use super::effect::Effect;
use super::env::Env;
use super::key::Key;
use super::msg::{Done, Mouse};
use crate::model::EventId;

/// Why a view should ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// It has come to the top, perhaps for the first time.
    Shown,
    /// The filter in force has changed.
    Filter,
    /// Tags, notes or findings have changed.
    Marks,
    /// Rows have arrived in the background.
    Rows,
    /// The analyst asked for the rows that arrived.
    FoldIn,
}

/// How much of the screen an overlay takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything but the two lines at the foot.
    Full,
    /// This many lines above the foot; the view below stays visible.
    Lower(u16),
}

/// A screen or an overlay.
pub(crate) trait View: Debug {
    /// Returns the name that help shows.
    fn name(&self) -> &'static str;

    /// Returns the commands it obeys, those for the footer first.
    fn commands(&self) -> &'static [Command];

    /// Obeys one of [`View::commands`].
    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect>;

    /// Draws itself; changes nothing but what it remembers about its own size.
    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env);

    /// Takes a key before it is looked up, for views with text or a menu; `None` leaves it to the key map.
    fn typed(&mut self, _key: Key, _env: &Env) -> Option<Vec<Effect>> {
        None
    }

    /// Takes pasted text; `None` when there is no place for it.
    fn paste(&mut self, _text: &str, _env: &Env) -> Option<Vec<Effect>> {
        None
    }

    /// Takes an answer if it belongs to one of its questions.
    fn accept(&mut self, _done: &mut Done, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Hears what came of an act, after [`Env`] has been brought up to date.
    fn heard(&mut self, _acted: &Acted, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Asks again because something has changed.
    fn refresh(&mut self, _why: Refresh, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Lets time pass, for views that animate.
    fn tick(&mut self, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns true while [`View::tick`] changes what is drawn.
    fn is_animating(&self) -> bool {
        false
    }

    /// Takes a mouse act inside its area.
    fn mouse(&mut self, _mouse: Mouse, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns the position line above the footer.
    fn position(&self, _env: &Env) -> String {
        String::new()
    }

    /// Returns true while it has no row and its first ones are on their way.
    fn awaits_rows(&self) -> bool {
        false
    }

    /// Returns the event under the cursor.
    fn event(&self) -> Option<EventId> {
        None
    }

    /// Puts the cursor on an event, for views that list events.
    fn go_to(&mut self, _event: EventId, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Goes to an event of an earlier sitting as soon as the view asks for its rows, and says so if it is not there.
    fn resume_at(&mut self, _event: EventId) {}

    /// Returns the word for the order of its rows, for lists that can be sorted.
    fn sort(&self) -> Option<&'static str> {
        None
    }

    /// Puts the rows in the order that a word of [`View::sort`] names; an unknown word changes nothing.
    fn set_sort(&mut self, _word: &str) {}

    /// Puts the cursor on the first event at or after a time as typed.
    fn go_to_time(&mut self, _text: &str, _env: &Env) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns how much of the screen it takes when it lies on top of another view.
    fn extent(&self, _env: &Env) -> Extent {
        Extent::Full
    }

    /// Returns its own footer, for views whose keys are not commands.
    fn footer(&self, _env: &Env) -> Option<String> {
        None
    }
}
