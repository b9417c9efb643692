//! Reads the times of mapped records in the formats a mapping file lists. A value without a zone takes the zone the
//! file names; there is no local time and no zone database.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Zone {
    #[default]
    Utc,
    /// Seconds east of UTC.
    East(i32),
    /// Not known before loading: such values give no time.
    Ask,
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
pub(super) fn read(text: &str, formats: &[TimeFormat], zone: Zone) -> Option<(Micros, Precision)> {
    if formats.is_empty() {
        return read_as(text, &TimeFormat::Rfc3339, zone)
            .or_else(|| read_as(text, &TimeFormat::Epoch, zone));
    }
    formats.iter().find_map(|format| read_as(text, format, zone))
}

fn read_as(text: &str, format: &TimeFormat, zone: Zone) -> Option<(Micros, Precision)> {
    let text = text.trim();
    match format {
        TimeFormat::Rfc3339 => read_rfc3339(text, zone),
        TimeFormat::Epoch => Micros::from_epoch(text.parse().ok()?),
        TimeFormat::EpochUnit(numerator, denominator) => read_epoch(text, *numerator, *denominator),
        TimeFormat::Pattern(pattern) => read_pattern(text, pattern, zone),
    }
}

fn read_rfc3339(text: &str, zone: Zone) -> Option<(Micros, Precision)> {
    let (read, precision) = Micros::parse(text)?;
    let names_zone = text.parse::<jiff::Timestamp>().is_ok() || text.ends_with('Z');
    if names_zone {
        Some((read, precision))
    } else {
        shifted(read, zone).map(|time| (time, precision))
    }
}

/// Moves an instant that was read as UTC to where the zone puts it.
fn shifted(read_as_utc: Micros, zone: Zone) -> Option<Micros> {
    match zone {
        Zone::Utc => Some(read_as_utc),
        Zone::East(seconds) => Micros::plausible(read_as_utc.0 - i64::from(seconds) * 1_000_000),
        Zone::Ask => None,
    }
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

fn read_pattern(text: &str, pattern: &str, zone: Zone) -> Option<(Micros, Precision)> {
    let parsed = strtime::parse(pattern, text).ok()?;
    let precision =
        if parsed.subsec_nanosecond().is_some() { Precision::Micro } else { Precision::Second };
    let micros = if parsed.offset().is_some() {
        Micros::plausible(parsed.to_timestamp().ok()?.as_microsecond())?
    } else {
        let civil: DateTime = parsed.to_datetime().ok()?;
        let utc = civil.to_zoned(TimeZone::fixed(Offset::UTC)).ok()?;
        shifted(Micros(utc.timestamp().as_microsecond()), zone)
            .and_then(|time| Micros::plausible(time.0))?
    };
    Some((micros, precision))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, formats: &[&str], zone: &str) -> Option<String> {
        let formats: Vec<TimeFormat> =
            formats.iter().map(|text| TimeFormat::try_from((*text).to_owned()).unwrap()).collect();
        read(text, &formats, Zone::try_from(zone.to_owned()).unwrap())
            .map(|(time, _)| time.to_string())
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
