//! Numbers and spans of time in words.

/// Writes a count with commas: `412,906`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a count with its noun: `1 event`, `2,900 events`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// Writes a count of rows in a list; lists are capped, and a full one says so.
pub(crate) fn capped(number: usize) -> String {
    if number >= 10_000 { "10,000+".to_owned() } else { count(number as u64) }
}

/// Writes a span of time coarsely: `450ms`, `32s`, `26m`, `16h`, `12d`.
pub(crate) fn span(micros: i64) -> String {
    let millis = micros.unsigned_abs() / 1_000;
    let seconds = millis / 1_000;
    match seconds {
        0 => format!("{millis}ms"),
        1..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Writes a span of time exactly to the second: `28:57`, `1:00:33`, `12d 03:00:00`.
pub(crate) fn exact_span(micros: i64) -> String {
    let seconds = micros.unsigned_abs() / 1_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{:02}", seconds % 60),
        (0, _) => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        _ => format!("{days}d {hours:02}:{minutes:02}:{:02}", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas() {
        assert_eq!([count(7), count(1_204), count(412_906)], ["7", "1,204", "412,906"]);
        assert_eq!(capped(10_000), "10,000+");
        assert_eq!([counted(1, "event"), counted(2_900, "event")], ["1 event", "2,900 events"]);
    }

    #[test]
    fn spans_are_short() {
        assert_eq!([span(450_000), span(32_000_000), span(1_560_000_000)], ["450ms", "32s", "26m"]);
        assert_eq!(exact_span(3_633_000_000), "1:00:33");
    }
}
