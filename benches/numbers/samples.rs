//! Times taken over and over, and their percentiles.

use std::time::Duration;

/// Measured times.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the smallest time that at least this share of the times, in percent, does not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// Returns p50, p95, p99 and the worst, and of how many.
    pub(crate) fn words(&self) -> String {
        let [p50, p95, p99, worst] =
            [50, 95, 99, 100].map(|percent| millis(self.percentile(percent)));
        format!("{p50} / {p95} / {p99}, worst {worst} ms (n {})", self.len())
    }
}

/// Returns milliseconds with three significant digits.
pub(crate) fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    let digits = if millis < 10.0 { 2 } else { usize::from(millis < 100.0) };
    format!("{millis:.digits$}")
}

/// Returns a whole rate per second, with commas.
pub(crate) fn rate(count: u64, time: Duration) -> String {
    let micros = time.as_micros().max(1);
    grouped(u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX))
}

/// Returns a number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1000), number % 1000)
}
