//! Thirty days from 2026-06-01, spread evenly over the records, and the ways files and records write a second of them.

use std::fmt::Write as _;

/// Length of the span in seconds.
pub(crate) const SPAN: u64 = 30 * 86_400;

/// Returns the second of record `index` of `n_records`, counted from the start. Never falls with the index.
pub(crate) fn second_of(index: u64, n_records: u64) -> u64 {
    let scaled = u128::from(index) * u128::from(SPAN) / u128::from(n_records.max(1));
    u64::try_from(scaled).unwrap_or(SPAN)
}

/// Day of the month, hour, minute and second. The span ends with June, so the month never changes.
fn fields(second: u64) -> (u64, u64, u64, u64) {
    (second / 86_400 + 1, second / 3_600 % 24, second / 60 % 60, second % 60)
}

/// Appends `2026-06-03T10:20:30Z`.
pub(crate) fn write_time(out: &mut String, second: u64) {
    write_start(out, second);
    out.push('Z');
}

/// Appends `2026-06-03T10:20:30.123Z`.
pub(crate) fn write_millis(out: &mut String, second: u64, millis: u64) {
    write_start(out, second);
    // Writing to a string cannot fail.
    write!(out, ".{millis:03}Z").unwrap_or_default();
}

fn write_start(out: &mut String, second: u64) {
    let (day, hour, minute, second) = fields(second);
    out.push_str("2026-06-");
    two(out, day);
    out.push('T');
    two(out, hour);
    out.push(':');
    two(out, minute);
    out.push(':');
    two(out, second);
}

fn two(out: &mut String, number: u64) {
    for digit in [number / 10 % 10, number % 10] {
        out.push(
            u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 10)).unwrap_or('0'),
        );
    }
}

/// Returns `2026/06/03` and `20260603T1025Z` for a file delivered after this second.
pub(crate) fn delivery(second: u64) -> (String, String) {
    let rounded = (second / 300 + 1) * 300;
    let (day, hour, minute, _) = fields(rounded.min(SPAN - 300));
    (format!("2026/06/{day:02}"), format!("202606{day:02}T{hour:02}{minute:02}Z"))
}
