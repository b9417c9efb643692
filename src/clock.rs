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

/// Measures what follows one another.
#[derive(Debug)]
pub struct Laps(Duration);

impl Default for Laps {
    fn default() -> Self {
        Self(monotonic())
    }
}

impl Laps {
    /// Returns the milliseconds since the last call, or since the beginning.
    pub fn millis(&mut self) -> u64 {
        let now = monotonic();
        let millis = now.saturating_sub(std::mem::replace(&mut self.0, now)).as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX)
    }
}
