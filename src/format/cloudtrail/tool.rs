//! Tool calls that AWS itself logs: the managed MCP servers (`AwsMcpEvent`, three generations) and AgentCore
//! gateways (`InvokeGateway`, before `InvokeMcp`). Fills what the caller asked for; what came of it in other
//! services are events of their own, named here as downstream requests.

use std::borrow::Cow;

use crate::model::{ActionClass, Event, IdKind, Kind, Text, Trust};

use super::action;
use super::facts::Facts;
use super::identity::cut;
use super::raw::{Object, scalar};

/// Tools of the AWS MCP Server that only read documentation or lists; the others run what they are given.
const READING_TOOLS: &[&str] = &[
    "get_regional_availability",
    "get_tasks",
    "list_regions",
    "read_documentation",
    "recommend",
    "retrieve_skill",
    "search_documentation",
    "suggest_aws_commands",
];

/// Fills tool, server, method, action and the links to other records.
pub(crate) fn read<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    if facts.is_mcp_event() {
        read_mcp_event(event, facts);
    } else if facts.is_gateway_call() {
        read_gateway_call(event, facts);
    }
    read_downstream(event, &facts.additional);
}

fn read_mcp_event<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let details = facts.record.object("mcpEventDetails");
    event.server = details.text("mcpServerName").or_else(|| Some(facts.service.clone()));
    if let Some(session) = details.text("sessionId") {
        event.identify(IdKind::Session, session, Trust::Observed);
    }
    let method = facts.params.text("method");
    let is_call = facts.operation.starts_with("Call");
    // The preview wrote the tool's name where the JSON-RPC method belongs.
    let is_rpc_method = !is_call || method.as_deref().is_none_or(|method| method.contains('/'));
    let named = facts.params.object("params").text("name");
    let tool = named.or_else(|| if is_rpc_method { None } else { method.clone() });
    event.method = if is_rpc_method { method } else { None };
    if !is_call {
        event.kind = Kind::Session;
        event.action_class = None;
        return;
    }
    let tool = tool.map(|tool| {
        cut(&tool, |name| Some(name.strip_prefix("aws___").unwrap_or(name))).unwrap_or(tool)
    });
    call(event, tool);
    event.action_class = Some(match event.tool.as_deref() {
        Some(tool) if READING_TOOLS.binary_search(&tool).is_ok() => ActionClass::Read,
        // A presigned link gives whoever holds it the object.
        Some("get_presigned_url") => ActionClass::Send,
        _ => ActionClass::Exec,
    });
}

fn read_gateway_call<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let body = facts.params.object("body");
    event.method = body.text("method");
    match event.method.as_deref() {
        Some("initialize") => {
            event.kind = Kind::Session;
            event.action_class = None;
            read_client(event, &body.object("params").object("clientInfo"));
        }
        Some("tools/call") => {
            let name = body.object("params").text("name");
            let target =
                name.as_ref().and_then(|name| cut(name, |text| Some(text.split_once("___")?.0)));
            let tool =
                name.as_ref().and_then(|name| cut(name, |text| Some(text.split_once("___")?.1)));
            event.server = target;
            call(event, tool.or(name));
            event.action_class = event.tool.as_deref().and_then(action::classify_tool);
        }
        Some(method) => {
            let reads = ["/get", "/list", "/read"].iter().any(|verb| method.ends_with(verb))
                || method == "ping";
            event.action_class = if reads { Some(ActionClass::Read) } else { None };
        }
        None => {}
    }
    if let Some(target) = facts.additional.text("targetId") {
        event.identify(IdKind::Correlation, target, Trust::Observed);
    }
}

/// What the client says of itself when it opens a session; the token's client, where there is one, goes first.
fn read_client<'r>(event: &mut Event<'r>, client: &Object<'r>) {
    let Some(name) = client.text("name") else { return };
    event.client = Some(match client.text("version") {
        Some(version) => Cow::Owned(format!("{name}/{version}")),
        None => name.clone(),
    });
    if event.agent.is_none() {
        event.agent = Some(name);
        event.agent_trust = Some(Trust::Asserted);
    }
}

fn call<'r>(event: &mut Event<'r>, tool: Text<'r>) {
    event.kind = Kind::ToolCall;
    if let Some(tool) = &tool {
        event.action = Some(Cow::Owned(format!("call {tool}")));
    }
    event.tool = tool;
}

/// The request ids of the API calls behind the tool call; they are not always uuids.
fn read_downstream<'r>(event: &mut Event<'r>, additional: &Object<'r>) {
    for raw in additional.elements("downstreamRequests") {
        if let Some(id) = Object::parse(raw).and_then(|request| request.text("requestId")) {
            event.identify(IdKind::DownstreamRequest, id, Trust::Observed);
        }
    }
    for raw in additional.elements("downstreamRequestIds") {
        if let Some(id) = scalar(raw) {
            event.identify(IdKind::DownstreamRequest, id, Trust::Observed);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reading_tools_are_sorted() {
        assert!(super::READING_TOOLS.is_sorted());
    }
}
