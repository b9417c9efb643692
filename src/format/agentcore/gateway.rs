//! Records of a gateway: the call, sentences on its way, its end. Bodies are Java map text, sometimes JSON; what is taken from
//! text is derived, and arguments are never taken.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::format::mcp::fields as mcp;
use crate::format::mcp::hints::{self, Part};
use crate::model::{Event, Kind, Outcome};

use super::javamap;

/// The sentence that names tool and target.
static PROCESSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^Processing request for tool ([A-Za-z0-9_.-]{1,128}) from target ([A-Za-z0-9_-]{1,128})\.?$").ok()
});

/// A JSON-RPC message in one of its two spellings.
#[derive(Debug)]
enum Message<'v> {
    Json(Cow<'v, Value>),
    Text(&'v str),
}

impl<'v> Message<'v> {
    fn read(value: Option<&'v Value>) -> Option<Self> {
        match value? {
            Value::String(text) => Some(match serde_json::from_str::<Value>(text) {
                Ok(inner) if inner.is_object() => Self::Json(Cow::Owned(inner)),
                _ => Self::Text(text),
            }),
            object @ Value::Object(_) => Some(Self::Json(Cow::Borrowed(object))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }

    fn top(&self, key: &str) -> Option<String> {
        match self {
            Self::Json(value) => Some(value.get(key)?.as_str()?.to_owned()),
            Self::Text(text) => javamap::top(text, key).map(str::to_owned),
        }
    }

    fn nested(&self, outer: &str, inner: &str) -> Option<String> {
        match self {
            Self::Json(value) => crate::format::otlp::values::word(value.get(outer)?.get(inner)?),
            Self::Text(text) => javamap::nested(text, outer, inner).map(str::to_owned),
        }
    }

    /// Notes identifiers of other systems.
    fn hints(&self, event: &mut Event<'static>, part: Part) {
        match self {
            Self::Json(value) => hints::add(event, value, part),
            Self::Text(text) => hints::add(event, &Value::from(*text), part),
        }
    }
}

/// Fills what the body of a gateway's record says.
pub(super) fn read(event: &mut Event<'static>, body: &Value) {
    let request = Message::read(body.get("requestBody"));
    let response = Message::read(body.get("responseBody"));
    let sentence = body.get("log").and_then(Value::as_str).unwrap_or_default();
    if let Some(request) = &request {
        asked(event, request);
    } else {
        event.kind = Kind::Notice;
        named(event, sentence);
    }
    if let Some(response) = &response {
        response.hints(event, Part::Answer);
        if request.is_none() {
            event.action = Some(Cow::Borrowed("result"));
        }
    }
    let is_error = body.get("isError").and_then(Value::as_bool) == Some(true);
    if is_error || response.is_some() {
        ended(event, is_error, response.as_ref());
    }
}

fn asked(event: &mut Event<'static>, request: &Message<'_>) {
    event.method = request.top("method").map(Cow::Owned);
    let method = event.method.as_deref().unwrap_or_default().to_owned();
    event.kind = if method.is_empty() { Kind::Other } else { mcp::kind_of(&method) };
    if method == "tools/call"
        && let Some(name) = request.nested("params", "name")
    {
        fill_tool(event, &name);
    }
    event.action = match &event.tool {
        Some(tool) => Some(Cow::Owned(format!("call {tool}"))),
        None if method.is_empty() => Some(Cow::Borrowed("gateway request")),
        None => Some(Cow::Owned(method.clone())),
    };
    event.action_class = mcp::class_of(&method, event.tool.as_deref());
    if let Message::Json(_) = request {
        request.hints(event, Part::Arguments);
    }
}

/// Names are `TARGET___tool`, split at the first three underscores.
fn fill_tool(event: &mut Event<'static>, name: &str) {
    let (target, tool) =
        name.split_once("___").map_or((None, name), |(target, tool)| (Some(target), tool));
    event.server = target.map(|target| Cow::Owned(target.to_owned()));
    event.tool = Some(Cow::Owned(tool.to_owned()));
}

fn named(event: &mut Event<'static>, sentence: &str) {
    event.action = Some(Cow::Borrowed("gateway log"));
    let Some(found) = PROCESSING.as_ref().and_then(|pattern| pattern.captures(sentence)) else {
        return;
    };
    if let Some(name) = found.get(1) {
        fill_tool(event, name.as_str());
        event.action = event.tool.as_ref().map(|tool| Cow::Owned(format!("process {tool}")));
    }
    if event.server.is_none() {
        event.server = found.get(2).map(|target| Cow::Owned(target.as_str().to_owned()));
    }
}

fn ended(event: &mut Event<'static>, is_error: bool, response: Option<&Message<'_>>) {
    let code = response.and_then(|response| response.nested("error", "code"));
    let has_failed = response.and_then(|response| response.nested("result", "isError")).as_deref()
        == Some("true");
    event.outcome = match code.as_deref() {
        Some("-32001" | "-32011" | "401" | "403") => Outcome::Denied,
        Some(_) => Outcome::Error,
        None if is_error || has_failed => Outcome::Error,
        None => Outcome::Success,
    };
    event.error_code = code.map(Cow::Owned).or(has_failed.then_some(Cow::Borrowed("isError")));
}

#[cfg(test)]
mod tests {
    #[test]
    fn pattern_compiles() {
        assert!(super::PROCESSING.is_some());
    }
}
