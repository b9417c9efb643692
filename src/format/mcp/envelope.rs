//! What stands around a JSON-RPC message: time, direction, session, server, HTTP headers. The protocol has no time of
//! its own. Must not look inside messages.

use serde_json::{Map, Value};

use crate::model::time::{Micros, Precision};

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Client,
    Server,
}

impl Side {
    /// Returns the other end.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What the envelopes around a message say.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    pub(super) time: Option<(Micros, Precision)>,
    pub(super) sender: Option<Side>,
    pub(super) session: Option<String>,
    pub(super) server: Option<String>,
    pub(super) stream: Option<String>,
    pub(super) protocol_version: Option<String>,
    /// `Mcp-Method` and `Mcp-Name` headers (2026-07-28).
    pub(super) header_method: Option<String>,
    pub(super) header_name: Option<String>,
    pub(super) traceparent: Option<String>,
    pub(super) user_agent: Option<String>,
    /// `X-Request-Id`: the gateway in front writes the same value.
    pub(super) request_id: Option<String>,
    pub(super) address: Option<String>,
    pub(super) http_status: Option<i64>,
    /// How long the call took, in microseconds (Inspector: `duration` in milliseconds).
    pub(super) duration: Option<i64>,
    /// The time is that of the request in the same envelope, so it does not say when the call ended.
    pub(super) is_time_shared: bool,
}

const TIME_KEYS: &[&str] = &["timestamp", "time", "ts", "@timestamp"];
const DIRECTION_KEYS: &[&str] = &["direction", "dir", "from", "origin", "sender"];
const SESSION_KEYS: &[&str] = &[
    "mcp-session-id",
    "mcp_session_id",
    "mcpSessionId",
    "mcp.session.id",
    "session_id",
    "sessionId",
    "session",
];
const SERVER_KEYS: &[&str] =
    &["server", "server_name", "serverName", "mcp_server", "mcp.server.name"];
const STREAM_KEYS: &[&str] =
    &["connection_id", "connectionId", "connection", "stream", "stream_id", "conn"];
const HEADER_KEYS: &[&str] =
    &["headers", "request_headers", "requestHeaders", "response_headers", "responseHeaders"];
const STATUS_KEYS: &[&str] = &["status", "statusCode", "status_code", "http_status"];
const ADDRESS_KEYS: &[&str] = &["client_ip", "clientIp", "remote_addr", "remoteAddr", "source_ip"];

impl Context {
    /// Takes what an envelope says; an inner envelope overrides an outer one.
    pub(super) fn read(&mut self, object: &Map<String, Value>) {
        set(&mut self.time, first(object, TIME_KEYS).and_then(time_of));
        set(
            &mut self.sender,
            DIRECTION_KEYS.iter().filter_map(|key| object.get(*key)?.as_str()).find_map(side_of),
        );
        set(&mut self.session, text(object, SESSION_KEYS));
        set(&mut self.server, text(object, SERVER_KEYS));
        set(&mut self.stream, text(object, STREAM_KEYS));
        set(&mut self.address, text(object, ADDRESS_KEYS));
        set(&mut self.http_status, first(object, STATUS_KEYS).and_then(Value::as_i64));
        set(
            &mut self.duration,
            object.get("duration").and_then(Value::as_f64).and_then(micros_of_millis),
        );
        for key in HEADER_KEYS {
            if let Some(headers) = object.get(*key) {
                self.read_headers(headers);
            }
        }
    }

    /// Header names are compared without case; a value may be a list (Go, Node) or the headers a list of pairs (HAR).
    fn read_headers(&mut self, headers: &Value) {
        match headers {
            Value::Object(headers) => {
                for (name, value) in headers {
                    if let Some(value) = header_text(value) {
                        self.read_header(name, value);
                    }
                }
            }
            Value::Array(pairs) => {
                for pair in pairs {
                    let name = pair.get("name").and_then(Value::as_str);
                    if let (Some(name), Some(value)) =
                        (name, pair.get("value").and_then(header_text))
                    {
                        self.read_header(name, value);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn read_header(&mut self, name: &str, value: &str) {
        let slot = match name.to_ascii_lowercase().as_str() {
            "mcp-session-id" => &mut self.session,
            "mcp-protocol-version" => &mut self.protocol_version,
            "mcp-method" => &mut self.header_method,
            "mcp-name" => &mut self.header_name,
            "traceparent" => &mut self.traceparent,
            "user-agent" => &mut self.user_agent,
            "x-request-id" | "request-id" => &mut self.request_id,
            _ => return,
        };
        if !value.is_empty() {
            *slot = Some(decode_header(value));
        }
    }

    /// Turns the context of a request into that of the answer that stands in the same envelope.
    pub(super) fn sent_back(&mut self) {
        self.sender = self.sender.map(Side::other);
        if let (Some((at, precision)), Some(duration)) = (self.time, self.duration) {
            self.time =
                Micros::plausible(at.0.saturating_add(duration)).map(|end| (end, precision));
        } else {
            self.is_time_shared = true;
        }
        self.header_method = None;
        self.header_name = None;
    }

    /// Returns what keeps equal message ids of several connections apart; empty when the capture does not say.
    pub(super) fn stream_key(&self) -> String {
        let parts = [self.stream.as_deref(), self.session.as_deref(), self.server.as_deref()];
        parts.into_iter().flatten().next().unwrap_or_default().to_owned()
    }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

fn first<'v>(object: &'v Map<String, Value>, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().filter_map(|key| object.get(*key)).find(|value| !value.is_null())
}

fn text(object: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter()
        .filter_map(|key| object.get(*key)?.as_str())
        .find(|text| !text.is_empty())
        .map(str::to_owned)
}

/// Reads a time as text in any RFC 3339 spelling or as a number since 1970.
pub(super) fn time_of(value: &Value) -> Option<(Micros, Precision)> {
    match value {
        Value::String(text) => {
            Micros::parse(text).or_else(|| Micros::from_epoch(text.trim().parse().ok()?))
        }
        Value::Number(number) => Micros::from_epoch(number.as_f64()?),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads a direction word or arrow. Words that depend on where the capture was taken (`in`, `sent`) say nothing.
pub(super) fn side_of(word: &str) -> Option<Side> {
    match word.trim().to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
        "->" | ">>>" | "-->" | "client" | "c2s" | "client-to-server" | "client->server"
        | "from-client" | "from-client:" | "client:" => Some(Side::Client),
        "<-" | "<<<" | "<--" | "server" | "s2c" | "server-to-client" | "server->client"
        | "from-server" | "from-server:" | "server:" => Some(Side::Server),
        _ => None,
    }
}

fn header_text(value: &Value) -> Option<&str> {
    match value {
        Value::Array(values) => values.first()?.as_str(),
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Values outside visible ASCII are written `=?base64?...?=`.
fn decode_header(value: &str) -> String {
    use base64::Engine as _;
    let coded = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    coded
        .and_then(|coded| base64::engine::general_purpose::STANDARD.decode(coded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| value.to_owned())
}

fn micros_of_millis(millis: f64) -> Option<i64> {
    if !(0.0..1e12).contains(&millis) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie far inside i64")]
    Some((millis * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context(value: &Value) -> Context {
        let mut context = Context::default();
        context.read(value.as_object().unwrap());
        context
    }

    #[test]
    fn headers_are_read_without_case_in_every_arrangement() {
        for headers in [
            json!({"MCP-SESSION-ID": "s-1", "mcp-name": "=?base64?w6Q=?="}),
            json!({"mcp-session-id": ["s-1"], "Mcp-Name": ["ä"]}),
            json!([{"name": "Mcp-Session-Id", "value": "s-1"}, {"name": "Mcp-Name", "value": "ä"}]),
        ] {
            let read = context(&json!({"headers": headers}));
            assert_eq!(read.session.as_deref(), Some("s-1"));
            assert_eq!(read.header_name.as_deref(), Some("ä"));
        }
    }

    #[test]
    fn time_is_read_as_text_and_number() {
        for time in
            [json!("2026-03-01T10:00:00Z"), json!(1_772_359_200), json!(1_772_359_200_000_i64)]
        {
            let read = context(&json!({"ts": time}));
            assert_eq!(read.time.unwrap().0.to_string(), "2026-03-01T10:00:00.000Z");
        }
        assert!(context(&json!({"ts": "soon"})).time.is_none());
    }

    #[test]
    fn words_that_depend_on_the_place_of_capture_give_no_direction() {
        assert_eq!(side_of("client_to_server"), Some(Side::Client));
        assert_eq!(side_of("<-"), Some(Side::Server));
        assert_eq!(side_of("in"), None);
        assert_eq!(
            context(&json!({"direction": "request", "origin": "client"})).sender,
            Some(Side::Client)
        );
    }
}
