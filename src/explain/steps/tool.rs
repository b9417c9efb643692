//! Whether the tool that was called had been offered to the session.

use serde_json::Value;

use crate::explain::{Evidence, Mark, Step, StepKind};
use crate::model::{Grade, Plane};

const KIND: StepKind = StepKind::Tool;

/// Planes that record calls of tools.
const ASKING: &[Plane] = &[Plane::Gateway, Plane::Mcp, Plane::Transcript, Plane::Model];

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let Some(tool) = of.tool() else {
        let words = if of.has_plane(ASKING) {
            "no call of a tool is joined to this event"
        } else {
            "cannot tell: no gateway, MCP or agent record is loaded"
        };
        return Some(Step::unsaid(KIND, Mark::Unknown, words));
    };
    let server = of.any("server").map_or_else(String::new, |server| format!(" by server {server}"));
    for (facts, payload) in &of.tool_lists {
        if offers(payload, tool) {
            let sentence = format!("{tool} offered{server}");
            return Some(Step::said(KIND, Mark::Ok, sentence, facts, Grade::Derived));
        }
    }
    if let Some((facts, _)) = of.tool_lists.first() {
        // A list may come in pages, so a tool that is not on one may be on another.
        let sentence = format!("{tool} is on no tool list of this session{server}");
        return Some(Step::said(KIND, Mark::Unknown, sentence, facts, Grade::Derived));
    }
    let sentence = format!("{tool} called{server}; no tool list of this session is in the case");
    Some(Step::unsaid(KIND, Mark::Unknown, sentence))
}

/// Returns true when a tool list holds the tool by its exact name.
fn offers(payload: &str, tool: &str) -> bool {
    fn seek(value: &Value, tool: &str, depth: usize) -> bool {
        let Some(members) = value.as_object().filter(|_| depth < 8) else { return false };
        members.iter().any(|(name, value)| {
            let is_list = name == "tools";
            let has = |entry: &Value| entry.get("name").and_then(Value::as_str) == Some(tool);
            is_list && value.as_array().is_some_and(|list| list.iter().any(has))
                || seek(value, tool, depth + 1)
        })
    }
    serde_json::from_str(payload).is_ok_and(|value: Value| seek(&value, tool, 0))
}

#[cfg(test)]
mod tests {
    use super::offers;

    #[test]
    fn tool_is_offered_by_its_exact_name_only() {
        let list = r#"{"message":{"result":{"tools":[{"name":"s3_get"},{"name":"iam_attach"}]}}}"#;
        assert!(offers(list, "iam_attach"));
        assert!(!offers(list, "iam"));
        assert!(!offers("{\"tools\":\"iam_attach\"}", "iam_attach"));
    }
}
