//! Threads: starting them by name, catching their panics, and lanes that run one task after another and can be
//! told to stop. Must not know screens or messages; what a task is and where its answer goes is the caller's.

mod lane;
mod thread;

pub use lane::{Cancel, Lane, Ticket};
pub use thread::{Crash, spawn};
