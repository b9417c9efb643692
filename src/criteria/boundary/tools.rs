//! A gateway's list of tools: what is not on it, is not allowed. Forms that are read, as JSON or TOML:
//!
//! ```text
//! ["aws-admin/iam_get_*", "read_file"]                   a pattern of tools, after `server/` or for all servers
//! { "tools": [...] }  { "allow": [...] }                 the same under a name
//! [{ "server": "aws-admin", "tools": ["iam_get_*"] }]    patterns of tools of a server (also `tool`)
//! { "servers": { "aws-admin": ["iam_get_*"] } }          the same by server (also `mcpServers`, with `tools` inside)
//! ```

use serde_json::Value;

use super::document::{DocumentFault, Reach, fault, line_at};
use super::{Judged, Limits, Request};
use crate::criteria::facts::{Pattern, PolicyFact};

/// One tool that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    /// Absent for every server.
    server: Option<Pattern>,
    tool: Pattern,
}

/// A list of tools.
#[derive(Debug)]
pub(super) struct Tools {
    reach: Reach,
    listed: Vec<Listed>,
}

impl Tools {
    /// Reads a list.
    pub(super) fn read(policy: &PolicyFact, text: &str) -> Result<Self, DocumentFault> {
        let value = parse(policy, text)?;
        let mut listed = Vec::new();
        take(policy, text, &value, None, &mut listed)?;
        if listed.is_empty() {
            return Err(fault(policy, 1, "", "names no tool"));
        }
        Ok(Self { reach: Reach::of(policy), listed })
    }
}

fn parse(policy: &PolicyFact, text: &str) -> Result<Value, DocumentFault> {
    let json = match serde_json::from_str::<Value>(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if text.trim_start().starts_with(['[', '{']) && toml::from_str::<toml::Table>(text).is_err() {
        let why = json.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        return Err(fault(policy, json.line(), "", format!("is no JSON: {why}")));
    }
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let why = error.message().lines().next().unwrap_or_default();
        fault(policy, line_at(text, at), "", format!("is neither JSON nor TOML: {why}"))
    })?;
    serde_json::to_value(table).map_err(|error| fault(policy, 1, "", error.to_string()))
}

/// Takes every tool of a value; `server` is the one it stands under.
fn take(
    policy: &PolicyFact,
    text: &str,
    value: &Value,
    server: Option<&str>,
    listed: &mut Vec<Listed>,
) -> Result<(), DocumentFault> {
    match value {
        Value::String(name) => listed.push(listed_as(name, server)),
        Value::Array(list) => {
            for one in list {
                take(policy, text, one, server, listed)?;
            }
        }
        Value::Object(members) => {
            let own = members.get("server").and_then(Value::as_str).or(server);
            for (name, below) in members {
                match name.as_str() {
                    "server" => {}
                    "tool" | "tools" | "allow" | "allowed" | "allowedTools" | "allowed_tools" => {
                        take(policy, text, below, own, listed)?;
                    }
                    "servers" | "mcpServers" => by_server(policy, text, below, listed)?,
                    other => {
                        let at = text.find(other).unwrap_or(0);
                        let why = format!("`{other}` is no member of a list of tools");
                        return Err(fault(policy, line_at(text, at), "", why));
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return Err(fault(policy, 1, "", format!("`{value}` is no name of a tool")));
        }
    }
    Ok(())
}

fn by_server(
    policy: &PolicyFact,
    text: &str,
    value: &Value,
    listed: &mut Vec<Listed>,
) -> Result<(), DocumentFault> {
    match value {
        Value::Object(servers) => servers
            .iter()
            .try_for_each(|(server, below)| take(policy, text, below, Some(server), listed)),
        other => take(policy, text, other, None, listed),
    }
}

fn listed_as(name: &str, server: Option<&str>) -> Listed {
    match (server, name.split_once('/')) {
        (Some(server), _) => {
            Listed { server: Some(Pattern::new(server)), tool: Pattern::new(name) }
        }
        (None, Some((server, tool))) => {
            Listed { server: Some(Pattern::new(server)), tool: Pattern::new(tool) }
        }
        (None, None) => Listed { server: None, tool: Pattern::new(name) },
    }
}

impl Limits for Tools {
    fn judge(&self, request: &Request<'_>) -> Option<Judged> {
        if !self.reach.includes(request) {
            return None;
        }
        let name = self.reach.name.clone();
        let Some(tool) = request.tool else {
            return Some(Judged::cannot_tell(Some(name), "no record names the tool"));
        };
        let mut is_unsure = false;
        for listed in self.listed.iter().filter(|listed| listed.tool.matches(tool)) {
            match (&listed.server, request.server) {
                (None, _) => return Some(Judged::inside(name, "on the list of tools")),
                (Some(pattern), Some(server)) if pattern.matches(server) => {
                    return Some(Judged::inside(name, "on the list of tools"));
                }
                (Some(_), Some(_)) => {}
                (Some(_), None) => is_unsure = true,
            }
        }
        Some(if is_unsure {
            Judged::cannot_tell(Some(name), "no record names the server")
        } else {
            Judged::outside(name, format!("`{tool}` is not on the list of tools"))
        })
    }
}
