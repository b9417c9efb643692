//! Points in time of the story and the ways the sources write them. It never reads a clock.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// 2026-07-12, the day of the incident, in days since 1970-01-01.
const INCIDENT_DAY: i64 = 20_646;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

/// A moment as calendar fields: year, month, day, hour, minute, second, microsecond.
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
}

/// Returns a moment of the incident day; hours under 0 lie on the day before.
pub(crate) const fn at(hour: i64, minute: i64, second: i64, milli: i64) -> Moment {
    let seconds = (hour * 60 + minute) * 60 + second;
    Moment(INCIDENT_DAY * DAY + seconds * SECOND + milli * 1_000)
}

impl Moment {
    /// Returns the moment so many milliseconds later.
    pub(crate) const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + millis * 1_000)
    }

    /// Returns the moment so many seconds later.
    pub(crate) const fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds * SECOND)
    }

    /// Returns the milliseconds from `earlier` to this moment.
    pub(crate) const fn millis_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000
    }

    /// Returns the end of the window of so many minutes that holds this moment.
    pub(crate) const fn window_end(self, minutes: i64) -> Self {
        let size = minutes * 60 * SECOND;
        Self((self.0 / size + 1) * size)
    }

    /// Returns `2026-07-12T09:31:07Z`.
    pub(crate) fn seconds(self) -> String {
        let f = self.fields();
        format!("{}T{:02}:{:02}:{:02}Z", f.date(), f.hour, f.minute, f.second)
    }

    /// Returns `2026-07-12T09:31:07.880Z`.
    pub(crate) fn millis(self) -> String {
        let f = self.fields();
        let milli = f.micro / 1_000;
        format!("{}T{:02}:{:02}:{:02}.{milli:03}Z", f.date(), f.hour, f.minute, f.second)
    }

    /// Returns `2026-07-12T09:31:07.880123Z`.
    pub(crate) fn micros(self) -> String {
        let f = self.fields();
        format!("{}T{:02}:{:02}:{:02}.{:06}Z", f.date(), f.hour, f.minute, f.second, f.micro)
    }

    /// Returns `Jul 12, 2026, 10:02:11 AM`, the form of STS expirations.
    pub(crate) fn sts(self) -> String {
        let f = self.fields();
        let month = usize::try_from(f.month - 1).ok().and_then(|month| MONTHS.get(month));
        let half = if f.hour < 12 { "AM" } else { "PM" };
        let hour = if f.hour % 12 == 0 { 12 } else { f.hour % 12 };
        let (day, year, minute, second) = (f.day, f.year, f.minute, f.second);
        let month = month.unwrap_or(&"Jan");
        format!("{month} {day}, {year}, {hour}:{minute:02}:{second:02} {half}")
    }

    /// Returns `2026/07/12`, a part of S3 keys.
    pub(crate) fn folder(self) -> String {
        self.fields().date().replace('-', "/")
    }

    /// Returns the hour of the day as two digits, a part of S3 keys.
    pub(crate) fn hour(self) -> String {
        format!("{:02}", self.fields().hour)
    }

    /// Returns `20260712T0935Z`, a part of file names.
    pub(crate) fn stamp(self) -> String {
        let f = self.fields();
        format!("{}T{:02}{:02}Z", f.date().replace('-', ""), f.hour, f.minute)
    }

    fn fields(self) -> Fields {
        let days = self.0.div_euclid(DAY);
        let rest = self.0.rem_euclid(DAY);
        let (year, month, day) = civil(days);
        let seconds = rest / SECOND;
        Fields {
            year,
            month,
            day,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            micro: rest % SECOND,
        }
    }
}

impl Fields {
    fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Returns year, month and day of a day counted from 1970-01-01 (the Gregorian calendar, years from March on).
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
