//! `whytrail keymap`: every key and what it does, from the table behind the help screen.

use super::{Context, output};
use crate::failure::Ended;
use crate::tui::keymap::Keymap;

pub(super) fn run(context: &Context) -> Ended {
    let keys: Vec<(String, String)> = context
        .config
        .settings
        .keys
        .iter()
        .map(|(name, key)| (name.clone(), key.clone()))
        .collect();
    let (keymap, warnings) = Keymap::with_changes(&keys);
    for warning in warnings {
        output::say(&format!("warning: {warning}"));
    }
    output::print(context, &keymap.text())
}
