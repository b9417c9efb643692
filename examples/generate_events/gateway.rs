//! The gateway's audit lines and the captured MCP messages that belong to some of the CloudTrail records: one audit line
//! for every 50th, request and answer for every 200th. They share the gateway's request id, and the answer names the
//! AWS request id.

use std::fmt::{self, Write as _};

use crate::random::{Random, hex};
use crate::record::{Run, session_name};
use crate::timeline::write_millis;
use crate::world;

/// Every so many records one audit line.
pub(crate) const AUDIT_EVERY: u64 = 50;
/// Every so many records one pair of messages; a multiple of the other.
pub(crate) const WIRE_EVERY: u64 = 200;

const AUDIT: u64 = 3;
const REQUEST: u64 = 4;
const MCP_SESSION: u64 = 5;

/// Appends the audit line of a record.
pub(crate) fn audit(run: &Run, out: &mut String, index: u64) -> fmt::Result {
    let facts = run.facts(index);
    let mut random = Random::of(run.seed, AUDIT, index);
    let millis = random.below(1_000);
    out.push_str("{\"time\":\"");
    write_millis(out, facts.second, millis);
    out.push_str("\",\"level\":\"AUDIT\",\"msg\":\"audit_event\",\"audit_id\":\"");
    random.uuid(out);
    out.push_str("\",\"type\":\"mcp_tool_call\",\"logged_at\":\"");
    write_millis(out, facts.second, millis);
    let outcome = if facts.is_error { "application_error" } else { "success" };
    let principal = world::principal_of(facts.session);
    write!(
        out,
        "\",\"outcome\":\"{outcome}\",\"component\":\"edge-1\",\"source\":{{\"type\":\"network\",\"value\":\"203.0.113.{}\",\"extra\":{{\"user_agent\":\"claude-code/2.1.202\",\"request_id\":\"",
        principal % 250 + 1
    )?;
    request_id(run, out, index);
    let person = session_name(facts.session);
    write!(
        out,
        "\"}}}},\"subjects\":{{\"user\":\"{person}\",\"user_id\":\"00u{principal:08}\",\"client_name\":\"claude-code\",\"client_version\":\"2.1.202\"}},\"target\":{{\"endpoint\":\"/mcp\",\"method\":\"POST\",\"type\":\"tool\",\"name\":\"{}_{}\"}},\"metadata\":{{\"extra\":{{\"duration_ms\":{},\"transport\":\"streamable-http\",\"response_size_bytes\":{},\"backend_name\":\"aws-admin\"}}}}}}",
        facts.operation.service,
        facts.operation.name,
        random.below(900) + 40,
        random.below(9_000) + 200
    )?;
    out.push('\n');
    Ok(())
}

/// Appends the request and the answer of a record.
pub(crate) fn wire(run: &Run, out: &mut String, index: u64) -> fmt::Result {
    let facts = run.facts(index);
    let mut random = Random::of(run.seed, AUDIT, index);
    let millis = random.below(1_000) / 2;
    let rpc = index / WIRE_EVERY;
    envelope(run, out, (index, facts.session), (facts.second, millis), "client_to_server");
    write!(
        out,
        "{{\"jsonrpc\":\"2.0\",\"id\":{rpc},\"method\":\"tools/call\",\"params\":{{\"name\":\"{}_{}\",\"arguments\":{{\"bucket\":\"{}\"}},\"_meta\":{{\"traceparent\":\"00-",
        facts.operation.service,
        facts.operation.name,
        facts.bucket()
    )?;
    hex(out, random.next() | 1, 16);
    hex(out, random.next(), 16);
    out.push('-');
    hex(out, random.next() | 1, 16);
    out.push_str("-01\"}}}}\n");
    envelope(run, out, (index, facts.session), (facts.second, millis + 400), "server_to_client");
    write!(
        out,
        "{{\"jsonrpc\":\"2.0\",\"id\":{rpc},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"done\"}}],\"structuredContent\":{{\"ResponseMetadata\":{{\"RequestId\":\"{}\",\"HTTPStatusCode\":200}}}},\"isError\":{}}}}}}}",
        facts.request, facts.is_error
    )?;
    out.push('\n');
    Ok(())
}

fn envelope(run: &Run, out: &mut String, of: (u64, u64), at: (u64, u64), direction: &str) {
    let ((index, session), (second, millis)) = (of, at);
    out.push_str("{\"timestamp\":\"");
    write_millis(out, second, millis);
    out.push_str("\",\"direction\":\"");
    out.push_str(direction);
    out.push_str("\",\"server\":\"aws-admin\",\"transport\":\"streamable-http\",\"headers\":{\"Mcp-Session-Id\":\"");
    Random::of(run.seed, MCP_SESSION, session).uuid(out);
    out.push_str("\",\"MCP-Protocol-Version\":\"2025-06-18\",\"X-Request-Id\":\"");
    request_id(run, out, index);
    out.push_str("\"},\"message\":");
}

fn request_id(run: &Run, out: &mut String, index: u64) {
    Random::of(run.seed, REQUEST, index).uuid(out);
}
