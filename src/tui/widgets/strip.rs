//! The strip of activity: one character a cell of time. Blank means nothing recorded, never calm.

use crate::model::Micros;
use crate::model::rows::{Bin, Strip};

/// Returns the characters of the strip: blank, `.` quiet, `,` some, `:` busy, `!` denied.
pub(crate) fn glyphs(strip: &Strip) -> String {
    let most = strip.bins.iter().map(|bin| bin.events).max().unwrap_or(0);
    strip.bins.iter().map(|bin| glyph(*bin, most)).collect()
}

fn glyph(bin: Bin, most: u64) -> char {
    if bin.denied > 0 {
        return '!';
    }
    // Thresholds grow with the square so that quiet cells beside a burst are still told apart.
    match bin.events {
        0 => ' ',
        events if events.saturating_mul(16) <= most => '.',
        events if events.saturating_mul(4) <= most => ',',
        _ => ':',
    }
}

/// Returns the cell of `time` in the strip.
pub(crate) fn cell_of(strip: &Strip, time: Micros) -> Option<usize> {
    let span = strip.to.0.checked_sub(strip.from.0).filter(|span| *span > 0)?;
    let since = time.0.checked_sub(strip.from.0).filter(|since| (0..=span).contains(since))?;
    let cell = i128::from(since) * i128::try_from(strip.bins.len()).ok()? / i128::from(span);
    usize::try_from(cell).ok().map(|cell| cell.min(strip.bins.len().saturating_sub(1)))
}

/// Returns how much time one cell covers, in words: `1m`, `20m`, `3.5h`.
pub(crate) fn cell_width(strip: &Strip) -> String {
    let n_bins = i64::try_from(strip.bins.len().max(1)).unwrap_or(i64::MAX);
    super::words::span((strip.to.0 - strip.from.0) / n_bins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(events: &[u64]) -> Strip {
        let bins =
            events.iter().map(|events| Bin { events: *events, denied: 0, marked: 0 }).collect();
        Strip { from: Micros(0), to: Micros(1_000), bins }
    }

    #[test]
    fn busy_quiet_and_empty_cells_differ() {
        assert_eq!(glyphs(&strip(&[0, 1, 10, 100])), " .,:");
        let mut denied = strip(&[0, 5]);
        denied.bins[1].denied = 1;
        assert_eq!(glyphs(&denied), " !");
    }

    #[test]
    fn times_fall_into_their_cell() {
        let strip = strip(&[0, 0, 0, 0]);
        assert_eq!(cell_of(&strip, Micros(0)), Some(0));
        assert_eq!(cell_of(&strip, Micros(500)), Some(2));
        assert_eq!(cell_of(&strip, Micros(1_000)), Some(3));
        assert_eq!(cell_of(&strip, Micros(2_000)), None);
    }
}
