//! Stop signals of commands without screens: the first asks the work to end at the next safe place.

use std::sync::{Mutex, PoisonError};

use crate::store::Cancel;

static STOP: Mutex<Option<Cancel>> = Mutex::new(None);

/// Sets `stop` when the user or the system asks the program to end (Ctrl-C, TERM, HUP). A second request ends it.
pub fn on_stop(stop: Cancel) {
    *STOP.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
}
