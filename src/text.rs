//! Text on its way to a person: made harmless, measured in cells, cut, and matched fuzzily.
//! Must not know screens, files or events.

pub mod fuzzy;
pub mod sanitize;
pub mod width;

pub use sanitize::{sanitize, sanitize_ascii};
