//! Decodes the event stream of a hoop session: `[[seconds, "i"|"o"|"e", "<base64>"], ...]`.
//!
//! Quirk: the offset is documented once as milliseconds, but the product treats it as seconds (a float).
//! Output is content of the target system: long output keeps its size only. Must not build events.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::Micros;

/// Longest output text that is kept, in bytes. Input is what was asked for and is kept up to the second limit.
const MAX_OUTPUT: usize = 4096;
const MAX_INPUT: usize = 65_536;

/// Returns the packets as objects `{time, seconds, stream, bytes, text}`; elements of another shape are passed over.
pub(super) fn decode(elements: &[Value], start: Option<Micros>) -> Vec<Value> {
    elements.iter().filter_map(|element| packet(element, start)).collect()
}

/// Returns true when every element is a packet.
pub(super) fn is_raw(elements: &[Value]) -> bool {
    elements.iter().all(|element| split(element).is_some())
}

fn split(element: &Value) -> Option<(f64, &str, &str)> {
    match element.as_array()?.as_slice() {
        [seconds, stream, text] => Some((seconds.as_f64()?, stream.as_str()?, text.as_str()?)),
        _ => None,
    }
}

fn packet(element: &Value, start: Option<Micros>) -> Option<Value> {
    let (seconds, stream, coded) = split(element)?;
    let name = match stream {
        "i" => "input",
        "o" => "output",
        "e" => "error output",
        other => other,
    };
    let time = start.and_then(|start| after(start, seconds)).map(|time| time.to_string());
    let bytes = STANDARD.decode(coded).ok();
    let size = bytes.as_ref().map_or(coded.len(), Vec::len);
    let limit = if stream == "i" { MAX_INPUT } else { MAX_OUTPUT };
    let text = bytes
        .filter(|bytes| bytes.len() <= limit)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Some(json!({ "time": time, "seconds": seconds, "stream": name, "bytes": size, "text": text }))
}

fn after(start: Micros, seconds: f64) -> Option<Micros> {
    if !(0.0..1e9).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie far inside i64")]
    let micros = (seconds * 1e6).round() as i64;
    Micros::plausible(start.0.checked_add(micros)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_get_the_time_of_start_plus_offset() {
        let start = Micros::parse("2026-03-01T10:00:00Z").map(|(time, _)| time);
        let packets =
            decode(&[json!([1.5, "i", "bHM="]), json!([2, "o", "Zm9v"]), json!("lost")], start);
        assert_eq!(packets.len(), 2);
        assert_eq!(packets[0]["time"], "2026-03-01T10:00:01.500Z");
        assert_eq!((&packets[0]["stream"], &packets[0]["text"]), (&json!("input"), &json!("ls")));
        assert_eq!(packets[1]["stream"], "output");
    }

    #[test]
    fn long_output_keeps_its_size_only() {
        let coded = STANDARD.encode("x".repeat(5000));
        let packets = decode(&[json!([0.0, "o", coded]), json!([0.0, "i", coded])], None);
        assert_eq!((&packets[0]["bytes"], &packets[0]["text"]), (&json!(5000), &Value::Null));
        assert!(packets[1]["text"].is_string());
        assert_eq!(packets[0]["time"], Value::Null);
    }
}
