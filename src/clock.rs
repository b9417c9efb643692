//! The only reader of time, so that everything else can be run with any clock.
//! Must not format times or decide anything.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::model::Micros;

#[expect(clippy::disallowed_methods, reason = "this module is the door to the clock")]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Returns the wall clock in microseconds since 1970 (UTC).
#[expect(clippy::disallowed_methods, reason = "this module is the door to the clock")]
pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Returns the time since the first call in this process; it never goes backwards.
pub fn monotonic() -> Duration {
    START.elapsed()
}

/// Measures one piece of work after another, for the log.
#[derive(Debug)]
pub struct Lap(Duration);

impl Default for Lap {
    fn default() -> Self {
        Self(monotonic())
    }
}

impl Lap {
    /// Returns the milliseconds since the last call, or since the beginning.
    pub fn millis(&mut self) -> u128 {
        let now = monotonic();
        let since = now.saturating_sub(self.0);
        self.0 = now;
        since.as_millis()
    }
}
