//! Stopping a question: a flag the asker sets, and an interrupt that reaches the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that says the answer is no longer wanted.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Says that the answer is no longer wanted.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns true when the answer is no longer wanted.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Stops whatever runs on one connection. An interrupt sent to an idle connection is forgotten by the engine.
#[derive(Clone)]
pub struct Interrupter(pub(super) Arc<duckdb::InterruptHandle>);

impl Interrupter {
    /// Stops the question that runs now, if any.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl std::fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupter")
    }
}
