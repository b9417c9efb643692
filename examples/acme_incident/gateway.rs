//! What the gateway `edge-1` writes: an audit line for every request (ToolHive) and the decision of the policy engine
//! it asks first (Open Policy Agent). It knows neither arguments nor results.

use serde_json::{Value, json};

use crate::evidence::Evidence;
use crate::moment::{Moment, at};
use crate::random::Random;
use crate::session::{AgentSession, Ends, Keys, SERVER, ToolCall};

/// Name of the gateway.
pub(crate) const EDGE: &str = "edge-1";
/// Milliseconds from a request to its decision.
const DECISION: i64 = 122;

/// The part of an audit line that differs from call to call.
#[derive(Debug)]
pub(crate) struct Audit<'a> {
    pub(crate) kind: &'static str,
    /// Type and name of the target.
    pub(crate) target: Option<(&'static str, &'static str)>,
    pub(crate) outcome: &'static str,
    pub(crate) request: &'a str,
    pub(crate) took: i64,
    pub(crate) size: usize,
}

/// What the policy engine answers.
#[derive(Debug)]
pub(crate) struct Verdict {
    allow: bool,
    policy: &'static str,
    reason: &'static str,
}

/// Returns when the call was decided, and how.
pub(crate) fn verdict(call: &ToolCall) -> (Moment, Verdict) {
    let verdict = match &call.ends {
        Ends::Refused { policy, reason } => Verdict { allow: false, policy, reason },
        Ends::Done { .. } | Ends::DoneAs { .. } | Ends::Told { .. } | Ends::Broken { .. } => {
            Verdict { allow: true, policy: "#1", reason: "tool is on the list of the agent" }
        }
    };
    let delay = if verdict.allow { DECISION.min(call.took / 3) } else { DECISION };
    (call.at.plus_millis(delay), verdict)
}

/// Returns the audit line of one request.
pub(crate) fn audit(session: &mut AgentSession, at: Moment, audit: &Audit<'_>) -> Value {
    let (name, version) = session.client;
    let id = session.random.uuid();
    let subjects = session.person.as_ref().map_or_else(
        || json!({ "user": "anonymous", "client_name": name, "client_version": version }),
        |person| {
            json!({
                "user_id": person.email,
                "user": person.email,
                "client_name": name,
                "client_version": version,
            })
        },
    );
    let extra = json!({ "user_agent": format!("{name}/{version}"), "request_id": audit.request });
    let mut line = json!({
        "time": at.micros(),
        "level": "AUDIT",
        "msg": "audit_event",
        "audit_id": id,
        "type": audit.kind,
        "logged_at": at.micros(),
        "outcome": audit.outcome,
        "component": EDGE,
        "source": { "type": "network", "value": session.address, "extra": extra },
        "subjects": subjects,
    });
    if session.person.is_some() {
        line["delegation"] = json!({
            "chain": [{ "iss": "https://idp.corp.example", "sub": name }],
            "truncated": false,
            "omitted": 0,
            "malformed": false,
        });
    }
    line["target"] = audit.target.map_or_else(
        || json!({ "endpoint": "/mcp", "method": "POST" }),
        |(kind, name)| json!({ "endpoint": "/mcp", "method": "POST", "type": kind, "name": name }),
    );
    line["metadata"] = json!({ "extra": {
        "duration_ms": audit.took,
        "transport": "streamable-http",
        "response_size_bytes": audit.size,
        "backend_name": SERVER,
    } });
    line
}

/// Returns the decision record of one tool call.
pub(crate) fn decision(
    session: &mut AgentSession,
    call: &ToolCall,
    keys: &Keys,
    verdict: &Verdict,
) -> Value {
    let (decided, _) = self::verdict(call);
    let user = session.person.as_ref().map_or("anonymous", |person| person.email);
    let mut input = json!({
        "user": user,
        "agent": session.client.0,
        "session": session.id,
        "server": SERVER,
        "tool": call.tool,
        "resource": call.resource,
    });
    if session.id.is_empty()
        && let Some(input) = input.as_object_mut()
    {
        input.shift_remove("session");
    }
    let mut record = json!({
        "labels": { "app": "edge-policy", "id": "0f4f6f3e-1c9d-4a57-8a53-7d1f6c2b9e10", "version": "1.9.0" },
        "decision_id": keys.decision,
        "trace_id": keys.trace,
        "span_id": session.random.hex(16),
        "bundles": { "gateway": { "revision": "41" } },
        "path": "gateway/mcp/authz",
        "input": input,
        "result": {
            "allow": verdict.allow,
            "policy": verdict.policy,
            "reason": format!("policy {}: {}", verdict.policy, verdict.reason),
        },
        "requested_by": "10.0.4.11:48122",
        "timestamp": format!("{}000Z", decided.micros().trim_end_matches('Z')),
        "req_id": keys.request,
    });
    if call.arguments.get("password").is_some() {
        record["erased"] = json!(["/input/arguments/password"]);
    }
    record
}

/// Adds the probe that asks the gateway every few minutes whether it lives. It stops while the gateway records
/// nothing.
pub(crate) fn probe(evidence: &mut Evidence) {
    let mut random = Random::named("probe");
    let mut now = at(-2, 1, 0, 0);
    while now < at(14, 0, 0, 0) {
        if !is_silent(now) {
            let (audit_id, request) = (random.uuid(), random.uuid());
            let extra = json!({ "user_agent": "edge-probe/1.0", "request_id": request });
            let line = json!({
                "time": now.micros(),
                "level": "AUDIT",
                "msg": "audit_event",
                "audit_id": audit_id,
                "type": "mcp_ping",
                "logged_at": now.micros(),
                "outcome": "success",
                "component": EDGE,
                "source": { "type": "network", "value": "10.0.4.9", "extra": extra },
                "subjects": { "user": "anonymous", "client_name": "edge-probe", "client_version": "1.0" },
                "target": { "endpoint": "/mcp", "method": "POST" },
                "metadata": { "extra": {
                    "duration_ms": random.between(2, 9),
                    "transport": "streamable-http",
                    "response_size_bytes": 36,
                    "backend_name": SERVER,
                } },
            });
            evidence.audit.push((now, line));
        }
        now = now.plus(240).plus_millis(random.between(-900, 900));
    }
}

/// Returns true in the 26 minutes in which nothing of the gateway was recorded.
pub(crate) fn is_silent(now: Moment) -> bool {
    now >= at(9, 32, 0, 0) && now < at(9, 58, 30, 0)
}
