//! Times: microseconds since 1970-01-01 UTC, read from the spellings that logs use and printed as RFC 3339.

use std::fmt;

use jiff::{Timestamp, civil};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

/// The finest unit the source wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    None,
    Second,
    Milli,
    Micro,
}

impl Precision {
    /// Returns the word kept in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Second => "s",
            Self::Milli => "ms",
            Self::Micro => "us",
        }
    }
}

/// First and last instant a record may claim (1990 and 2100). What lies outside is absurd and goes to the undated shelf.
const EARLIEST: i64 = 631_152_000_000_000;
const LATEST: i64 = 4_102_444_800_000_000;

impl Micros {
    /// Returns the instant if it lies between the years 1990 and 2100.
    pub fn plausible(micros: i64) -> Option<Self> {
        (EARLIEST..LATEST).contains(&micros).then_some(Self(micros))
    }

    /// Reads RFC 3339 with any offset, with a space instead of the `T`, without a zone (taken as UTC), or the
    /// compact `20131102T010628Z`. Returns the instant and the precision written.
    pub fn parse(text: &str) -> Option<(Self, Precision)> {
        if let Some(fast) = parse_plain_utc(text.as_bytes()) {
            return Self::plausible(fast).map(|micros| (micros, Precision::Second));
        }
        let text = text.trim();
        let instant = text.parse::<Timestamp>().ok().or_else(|| {
            text.parse::<civil::DateTime>()
                .ok()?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
                .map(|zoned| zoned.timestamp())
        })?;
        Self::plausible(instant.as_microsecond()).map(|micros| (micros, written_precision(text)))
    }

    /// Reads a number since 1970 in seconds, milliseconds, microseconds or nanoseconds, told apart by size.
    pub fn from_epoch(number: f64) -> Option<(Self, Precision)> {
        let magnitude = number.abs();
        let (micros, precision) = if magnitude < 1e11 {
            (number * 1e6, if number.fract() == 0.0 { Precision::Second } else { Precision::Milli })
        } else if magnitude < 1e14 {
            (number * 1e3, Precision::Milli)
        } else if magnitude < 1e17 {
            (number, Precision::Micro)
        } else {
            (number / 1e3, Precision::Micro)
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the plausible range is far inside i64"
        )]
        let whole = micros.round() as i64;
        Self::plausible(whole).map(|micros| (micros, precision))
    }

    /// Returns the instant as a jiff timestamp.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns `HH:MM:SS.mmm` in UTC.
    pub fn clock(self) -> String {
        let millis = self.0.div_euclid(1000);
        let (seconds, milli) = (millis.div_euclid(1000), millis.rem_euclid(1000));
        let day = seconds.rem_euclid(86_400);
        format!("{:02}:{:02}:{:02}.{milli:03}", day / 3600, day / 60 % 60, day % 60)
    }

    /// Returns `YYYY-MM-DD` in UTC.
    pub fn date(self) -> String {
        self.timestamp().strftime("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Micros {
    /// Writes RFC 3339 in UTC with `Z`: milliseconds, or microseconds where they matter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.rem_euclid(1000) == 0 {
            write!(f, "{}T{}Z", self.date(), self.clock())
        } else {
            write!(f, "{}T{}{:03}Z", self.date(), self.clock(), self.0.rem_euclid(1000))
        }
    }
}

/// Reads exactly `YYYY-MM-DDTHH:MM:SSZ`, the only spelling CloudTrail writes, without the general parser.
fn parse_plain_utc(text: &[u8]) -> Option<i64> {
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        i0,
        i1,
        b':',
        s0,
        s1,
        b'Z',
    ] = text
    else {
        return None;
    };
    let two = |tens: u8, ones: u8| -> Option<i64> {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(i0, i1)?, two(s0, s1)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last_day = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > last_day || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970 from a civil date, with the year starting in March so that leap days come last.
    let (shifted_year, shifted_month) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let days = shifted_year * 365 + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + day_of_year
        - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000)
}

fn written_precision(text: &str) -> Precision {
    let fraction = text
        .split_once('.')
        .map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    match fraction {
        0 => Precision::Second,
        1..=3 => Precision::Milli,
        _ => Precision::Micro,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_path_agrees_with_the_general_parser() {
        for text in [
            "1999-12-31T23:59:59Z",
            "2000-02-29T00:00:00Z",
            "2023-07-10T11:42:18Z",
            "2026-03-01T00:00:00Z",
        ] {
            let general = text.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(parse_plain_utc(text.as_bytes()), Some(general), "{text}");
        }
        for text in [
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-01-01T24:00:00Z",
            "2023-01-01 00:00:00Z",
        ] {
            assert_eq!(parse_plain_utc(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn spellings_in_the_field_are_read() {
        let at = |text: &str| {
            Micros::parse(text).map(|(micros, precision)| (micros.to_string(), precision))
        };
        assert_eq!(
            at("2023-07-10T21:29:18+09:00"),
            Some(("2023-07-10T12:29:18.000Z".into(), Precision::Second))
        );
        assert_eq!(
            at("2023-07-10 11:42:18.123"),
            Some(("2023-07-10T11:42:18.123Z".into(), Precision::Milli))
        );
        assert_eq!(
            at("2019-06-03T20:07:16.939402185Z"),
            Some(("2019-06-03T20:07:16.939402Z".into(), Precision::Micro))
        );
        assert_eq!(
            at("20131102T010628Z"),
            Some(("2013-11-02T01:06:28.000Z".into(), Precision::Second))
        );
        assert_eq!(at("yesterday"), None);
        assert_eq!(at("0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn epoch_numbers_are_told_apart_by_size() {
        for number in [
            1_688_989_338.0,
            1_688_989_338_000.0,
            1_688_989_338_000_000.0,
            1_688_989_338_000_000_000.0,
        ] {
            assert_eq!(
                Micros::from_epoch(number).unwrap().0.to_string(),
                "2023-07-10T11:42:18.000Z"
            );
        }
        assert_eq!(Micros::from_epoch(0.0), None);
    }
}
