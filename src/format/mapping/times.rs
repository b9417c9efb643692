//! Reads the times of mapped records in the formats a mapping file lists. A value without a zone takes the zone the
//! file names, or the one declared for its source where the file says `ask`. Without either it gives no time, and
//! neither does a value that a zone has twice or not at all: nothing is guessed.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

use crate::model::{Micros, Precision};

/// One spelling of times.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum TimeFormat {
    Rfc3339,
    /// A number since 1970, its unit told by its size.
    Epoch,
    /// A number since 1970; the value is microseconds per unit as a fraction (numerator, denominator).
    EpochUnit(i64, i64),
    /// A pattern with `%`.
    Pattern(String),
}

impl TryFrom<String> for TimeFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "rfc3339" => Self::Rfc3339,
            "epoch" => Self::Epoch,
            "epoch_s" => Self::EpochUnit(1_000_000, 1),
            "epoch_ms" => Self::EpochUnit(1000, 1),
            "epoch_us" => Self::EpochUnit(1, 1),
            "epoch_ns" => Self::EpochUnit(1, 1000),
            _ if text.contains('%') => Self::Pattern(text),
            _ => {
                return Err(format!(
                    "unknown time format `{text}`\nhint: use `rfc3339`, `epoch`, `epoch_s`, `epoch_ms`, `epoch_us`, \
                     `epoch_ns` or a pattern such as `%Y-%m-%d %H:%M:%S%.f`"
                ));
            }
        })
    }
}

/// The zone of values that name none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Zone {
    #[default]
    Utc,
    /// Seconds east of UTC.
    East(i32),
    /// Declared for the source when it is loaded; without that such values give no time.
    Ask,
    /// A zone with rules, by its name in the zone database. Declared only: a mapping file means the same everywhere.
    Named(TimeZone),
}

/// What a text was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    At(Micros, Precision),
    /// A time of day whose zone nobody named.
    NoZone,
    /// A time of day that its zone has twice, or not at all: clocks went back or forward.
    Unclear,
    Unreadable,
}

impl Zone {
    /// Reads a zone that a user declares: what mapping files take, without `ask`, and names of the zone database.
    pub(super) fn declared(text: &str) -> Result<Self, String> {
        match Self::try_from(text.to_owned()) {
            Ok(Self::Ask) => Err("`ask` is no zone".to_owned()),
            Ok(zone) => Ok(zone),
            Err(_) => TimeZone::get(text).map(Self::Named).map_err(|error| {
                format!(
                    "`{text}` is no zone: {error}\nhint: use `UTC`, an offset such as `+02:00`, or a name such as \
                     `Europe/Berlin`"
                )
            }),
        }
    }

    /// Returns the zone, or the declared one in place of `ask`.
    pub(super) fn or<'z>(&'z self, declared: Option<&'z Self>) -> &'z Self {
        match (self, declared) {
            (Self::Ask, Some(declared)) => declared,
            (own, _) => own,
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "UTC" | "Z" => return Ok(Self::Utc),
            "ask" => return Ok(Self::Ask),
            _ => {}
        }
        let refusal = || {
            format!(
                "zone `{text}` is not read\nhint: use `UTC`, `ask` or an offset such as `+02:00`"
            )
        };
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(refusal()),
        };
        let (hours, minutes) = rest.split_once(':').ok_or_else(refusal)?;
        match (hours.parse::<i32>(), minutes.parse::<i32>()) {
            (Ok(hours @ 0..=15), Ok(minutes @ 0..=59)) => {
                Ok(Self::East(sign * (hours * 3600 + minutes * 60)))
            }
            _ => Err(refusal()),
        }
    }
}

/// Reads a text by the first format that fits; without formats RFC 3339 and numbers are tried.
pub(super) fn read(text: &str, formats: &[TimeFormat], zone: &Zone) -> Reading {
    let without = [TimeFormat::Rfc3339, TimeFormat::Epoch];
    let formats = if formats.is_empty() { &without } else { formats };
    let mut readings = formats.iter().map(|format| read_as(text, format, zone));
    readings.find(|reading| *reading != Reading::Unreadable).unwrap_or(Reading::Unreadable)
}

fn read_as(text: &str, format: &TimeFormat, zone: &Zone) -> Reading {
    let text = text.trim();
    let found = match format {
        TimeFormat::Rfc3339 => return read_rfc3339(text, zone),
        TimeFormat::Pattern(pattern) => return read_pattern(text, pattern, zone),
        TimeFormat::Epoch => text.parse().ok().and_then(Micros::from_epoch),
        TimeFormat::EpochUnit(numerator, denominator) => read_epoch(text, *numerator, *denominator),
    };
    found.map_or(Reading::Unreadable, |(time, precision)| Reading::At(time, precision))
}

fn read_rfc3339(text: &str, zone: &Zone) -> Reading {
    let Some((read, precision)) = Micros::parse(text) else { return Reading::Unreadable };
    let names_zone = text.parse::<jiff::Timestamp>().is_ok() || text.ends_with('Z');
    if names_zone { Reading::At(read, precision) } else { shifted(read, precision, zone) }
}

/// Moves an instant that was read as UTC to where the zone puts it.
fn shifted(read_as_utc: Micros, precision: Precision, zone: &Zone) -> Reading {
    let moved = match zone {
        Zone::Utc => Micros::plausible(read_as_utc.0),
        Zone::East(seconds) => Micros::plausible(read_as_utc.0 - i64::from(*seconds) * 1_000_000),
        Zone::Ask => return Reading::NoZone,
        Zone::Named(zone) => {
            let clock = read_as_utc.timestamp().to_zoned(TimeZone::UTC).datetime();
            let placed = zone.to_ambiguous_timestamp(clock);
            if placed.is_ambiguous() {
                return Reading::Unclear;
            }
            placed
                .unambiguous()
                .ok()
                .and_then(|instant| Micros::plausible(instant.as_microsecond()))
        }
    };
    moved.map_or(Reading::Unreadable, |time| Reading::At(time, precision))
}

/// Whole numbers are read exactly: nanoseconds do not fit a float.
fn read_epoch(text: &str, numerator: i64, denominator: i64) -> Option<(Micros, Precision)> {
    let precision = match numerator {
        1_000_000 => Precision::Second,
        1000 => Precision::Milli,
        _ => Precision::Micro,
    };
    if let Ok(whole) = text.parse::<i64>() {
        return Micros::plausible(whole.checked_mul(numerator)? / denominator)
            .map(|time| (time, precision));
    }
    let number: f64 = text.parse().ok()?;
    let scale = match (numerator, denominator) {
        (1_000_000, _) => 1e6,
        (1000, _) => 1e3,
        (_, 1000) => 1e-3,
        _ => 1.0,
    };
    let micros = (number * scale).round();
    if !(0.0..9e18).contains(&micros) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie inside i64")]
    let micros = micros as i64;
    Micros::plausible(micros)
        .map(|time| (time, Precision::Micro.min(precision.max(Precision::Milli))))
}

fn read_pattern(text: &str, pattern: &str, zone: &Zone) -> Reading {
    let Ok(parsed) = strtime::parse(pattern, text) else { return Reading::Unreadable };
    let precision =
        if parsed.subsec_nanosecond().is_some() { Precision::Micro } else { Precision::Second };
    if parsed.offset().is_some() {
        let instant = parsed.to_timestamp().ok();
        let time = instant.and_then(|instant| Micros::plausible(instant.as_microsecond()));
        return time.map_or(Reading::Unreadable, |time| Reading::At(time, precision));
    }
    let civil: Option<DateTime> = parsed.to_datetime().ok();
    let utc = civil.and_then(|civil| civil.to_zoned(TimeZone::fixed(Offset::UTC)).ok());
    utc.map_or(Reading::Unreadable, |utc| {
        shifted(Micros(utc.timestamp().as_microsecond()), precision, zone)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str, formats: &[&str], zone: &Zone) -> Reading {
        let formats: Vec<TimeFormat> =
            formats.iter().map(|text| TimeFormat::try_from((*text).to_owned()).unwrap()).collect();
        read(text, &formats, zone)
    }

    fn at(text: &str, formats: &[&str], zone: &str) -> Option<String> {
        match reading(text, formats, &Zone::try_from(zone.to_owned()).unwrap()) {
            Reading::At(time, _) => Some(time.to_string()),
            Reading::NoZone | Reading::Unclear | Reading::Unreadable => None,
        }
    }

    #[test]
    fn time_without_a_zone_is_told_apart_from_text_that_is_no_time() {
        let ask = Zone::Ask;
        assert_eq!(reading("2026-03-01 10:00:00", &["rfc3339"], &ask), Reading::NoZone);
        assert_eq!(reading("2026-03-01 10:00", &["%Y-%m-%d %H:%M"], &ask), Reading::NoZone);
        assert_eq!(reading("March", &["rfc3339"], &ask), Reading::Unreadable);
        let declared = Zone::declared("+02:00").unwrap();
        let read = reading("2026-03-01 10:00:00", &["rfc3339"], ask.or(Some(&declared)));
        assert!(matches!(read, Reading::At(time, _) if time.to_string().contains("T08:00:00")));
        assert_eq!(Zone::Utc.or(Some(&declared)), &Zone::Utc);
    }

    #[test]
    fn hours_that_a_zone_has_twice_or_never_give_no_time() {
        let berlin = Zone::declared("Europe/Berlin").unwrap();
        let at = |text: &str| reading(text, &["rfc3339"], &berlin);
        assert_eq!(at("2026-10-25 02:30:00"), Reading::Unclear);
        assert_eq!(at("2026-03-29 02:30:00"), Reading::Unclear);
        let summer = at("2026-07-01 12:00:00");
        assert!(matches!(summer, Reading::At(time, _) if time.to_string().contains("T10:00:00")));
        for zone in ["ask", "Mars/Olympus", ""] {
            assert!(Zone::declared(zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn first_format_that_fits_is_used() {
        let formats = ["rfc3339", "epoch_ms", "%d/%m/%Y %H:%M:%S%.f"];
        let expected = Some("2026-03-01T10:00:00.250Z".to_owned());
        assert_eq!(at("2026-03-01T10:00:00.250Z", &formats, "UTC"), expected);
        assert_eq!(at("1772359200250", &formats, "UTC"), expected);
        assert_eq!(at("01/03/2026 10:00:00.250", &formats, "UTC"), expected);
        assert_eq!(at("March", &formats, "UTC"), None);
    }

    #[test]
    fn zone_holds_for_values_without_one_only() {
        let expected = Some("2026-03-01T08:00:00.000Z".to_owned());
        assert_eq!(at("2026-03-01 10:00:00", &["rfc3339"], "+02:00"), expected);
        assert_eq!(at("2026-03-01 10:00:00", &["%Y-%m-%d %H:%M:%S"], "+02:00"), expected);
        assert_eq!(at("2026-03-01T08:00:00Z", &["rfc3339"], "+02:00"), expected);
        assert_eq!(at("2026-03-01 10:00:00", &["rfc3339"], "ask"), None);
        assert_eq!(at("2026-03-01T08:00:00Z", &["rfc3339"], "ask"), expected);
    }

    #[test]
    fn nanoseconds_are_read_exactly() {
        assert_eq!(
            at("1772359200123456789", &["epoch_ns"], "UTC").as_deref(),
            Some("2026-03-01T10:00:00.123456Z")
        );
        assert_eq!(
            at("1772359200.5", &["epoch_s"], "UTC").as_deref(),
            Some("2026-03-01T10:00:00.500Z")
        );
    }

    #[test]
    fn unknown_formats_and_zones_are_refused() {
        assert!(TimeFormat::try_from("iso".to_owned()).is_err());
        for zone in ["Europe/Paris", "+2", "", "+25:00", "é"] {
            assert!(Zone::try_from(zone.to_owned()).is_err(), "{zone}");
        }
    }
}
