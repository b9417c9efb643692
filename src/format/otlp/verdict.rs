//! How a step ended: status, error type, HTTP and JSON-RPC codes, what a policy answered. Refused and broken are never
//! merged, and a policy that only logs refuses nothing.
//!
//! Source: OpenTelemetry trace API (an ended span whose status was left unset ended without an error: instrumentation is told
//! not to set `Ok`); AgentCore Policy observability; agentgateway access log.

use std::borrow::Cow;

use serde_json::Value;

use crate::format::cloudtrail::outcome;
use crate::model::{Decision, Event, Outcome};

use super::names;
use super::record::Telemetry;
use super::values;

/// Longest status message that is taken as a reason, in characters.
const MAX_REASON: usize = 300;

/// What a span's `status` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Unset,
    Ok,
    Error,
}

impl Status {
    /// Reads the code as number or word.
    pub(super) fn read(status: Option<&Value>) -> Self {
        let code = status.and_then(|status| {
            status.get("code").or(Some(status)).filter(|code| !code.is_object())
        });
        match code {
            Some(Value::Number(number)) if number.as_i64() == Some(1) => Self::Ok,
            Some(Value::Number(number)) if number.as_i64() == Some(2) => Self::Error,
            Some(Value::String(word)) => match word.trim_start_matches("STATUS_CODE_") {
                "OK" | "Ok" | "1" => Self::Ok,
                "ERROR" | "Error" | "2" => Self::Error,
                _ => Self::Unset,
            },
            _ => Self::Unset,
        }
    }
}

/// Fills outcome, error code, decision, policy and reason. `is_ended` says that the end of a span was recorded.
pub(super) fn fill(
    event: &mut Event<'static>,
    from: &Telemetry<'_>,
    status: Status,
    is_ended: bool,
) {
    let attributes = &from.attributes;
    let error_type = attributes.text(names::ERROR_TYPE);
    let rpc = attributes.text(names::RPC_ERROR).or_else(|| {
        attributes
            .text(names::RPC_STATUS)
            .filter(|code| !matches!(code.as_str(), "0" | "OK" | "ok"))
    });
    let http = attributes.number(names::HTTP_STATUS);
    let is_http_error = http.is_some_and(|status| status >= 400);
    let is_refused = error_type.as_deref().is_some_and(is_refusal)
        || rpc.as_deref().is_some_and(is_refusal)
        || matches!(http, Some(401 | 403));
    let is_broken = status == Status::Error
        || error_type.is_some()
        || rpc.is_some()
        || is_http_error
        || attributes.text(&["mcp.is_error", "isError"]).as_deref() == Some("true");
    event.outcome = match (is_refused, is_broken) {
        (true, _) => Outcome::Denied,
        (_, true) => Outcome::Error,
        _ if status == Status::Ok || is_ended || http.is_some() => Outcome::Success,
        _ => Outcome::Unknown,
    };
    let code = error_type
        .or(rpc)
        .or_else(|| http.filter(|_| is_http_error).map(|status| status.to_string()));
    event.error_code = code.map(Cow::Owned);
    decide(event, from);
}

/// Codes that gateways and services use for a refusal.
fn is_refusal(code: &str) -> bool {
    matches!(code, "401" | "403" | "-32001" | "-32011" | "PERMISSION_DENIED" | "UNAUTHENTICATED")
        || outcome::of_code(code) == Outcome::Denied
}

fn decide(event: &mut Event<'static>, from: &Telemetry<'_>) {
    let attributes = &from.attributes;
    if let Some(answer) = attributes.text(names::POLICY_DECISION) {
        event.decision = decision_of(&answer);
        event.policy = attributes.text(names::POLICIES).map(Cow::Owned);
        event.reason = attributes.text(names::POLICY_REASON).map(Cow::Owned);
        let is_log_only = from.text(names::POLICY_MODE).as_deref() == Some("LOG_ONLY");
        match event.decision {
            Some(Decision::Deny) if is_log_only => {
                event.reason = Some(Cow::Borrowed("policy in log-only mode: not enforced"));
            }
            Some(Decision::Deny) => event.outcome = Outcome::Denied,
            _ => {}
        }
    } else if let Some(answer) = attributes.text(names::GUARDRAIL) {
        event.decision = decision_of(&answer);
        event.policy = attributes.text(names::GUARDRAIL_POLICY).map(Cow::Owned);
    } else if from.is_agentgateway()
        && let Some(reason) = attributes.text(&["reason"])
    {
        if names::DENYING_REASONS.contains(&reason.as_str()) {
            event.decision = Some(Decision::Deny);
            event.outcome = Outcome::Denied;
        } else if event.outcome == Outcome::Success {
            event.outcome = Outcome::Error;
        }
        event.reason = Some(Cow::Owned(reason));
    }
}

fn decision_of(word: &str) -> Option<Decision> {
    match word.to_ascii_lowercase().as_str() {
        "allow" | "permit" | "pass" => Some(Decision::Allow),
        "deny" | "forbid" | "block" | "reject" => Some(Decision::Deny),
        "modify" | "warn" | "escalate" | "conditional" => Some(Decision::Conditional),
        _ => None,
    }
}

/// Returns the message of a status as a reason.
pub(super) fn message(status: Option<&Value>) -> Option<Cow<'static, str>> {
    let text = status?.get("message")?.as_str()?.trim();
    (!text.is_empty()).then(|| Cow::Owned(text.chars().take(MAX_REASON).collect()))
}

/// Returns a text of an attribute as a reason.
pub(super) fn reason(value: Option<&Value>) -> Option<Cow<'static, str>> {
    let text = value.and_then(Value::as_str).map(str::to_owned).or_else(|| values::word(value?))?;
    (!text.is_empty()).then(|| Cow::Owned(text.chars().take(MAX_REASON).collect()))
}
