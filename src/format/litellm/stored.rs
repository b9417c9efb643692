//! What of a record is stored: everything but content. Must not read meanings.

use serde_json::{Map, Value};

use crate::format::veil;

/// Members that hold prompts, answers or texts that quote them.
const CONTENT: &[&str] = &[
    "messages",
    "response",
    "proxy_server_request",
    "error_str",
    "response_cost_failure_debug_info",
    "prompt",
    "input",
    "output",
    "standard_built_in_tools_params",
];

/// The same inside `metadata`.
const CONTENT_OF_METADATA: &[&str] = &[
    "prompt_management_metadata",
    "vector_store_request_metadata",
    "requester_custom_headers",
    "mcp_tool_call_response",
    "status_message",
];

/// The same inside `error_information`.
const CONTENT_OF_ERRORS: &[&str] = &["error_message", "traceback"];

/// What is kept of a guardrail's answer; the rest may quote what it judged.
const OF_GUARDRAILS: &[&str] = &[
    "guardrail_name",
    "guardrail_mode",
    "guardrail_status",
    "guardrail_provider",
    "guardrail_id",
    "start_time",
    "end_time",
    "duration",
];

/// Longest text of a model parameter that is kept; longer ones are instructions or tool descriptions.
const MAX_PARAMETER: usize = 64;

/// Returns the record without its content.
pub(super) fn kept(mut object: Map<String, Value>, has_raw_key: bool) -> Value {
    veil::members(&mut object, CONTENT);
    veil_errors(&mut object);
    cut_guardrails(object.get_mut("guardrail_information"));
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        veil::members(metadata, CONTENT_OF_METADATA);
        veil_errors(metadata);
        cut_guardrails(metadata.get_mut("guardrail_information"));
    }
    if let Some(Value::Object(parameters)) = object.get_mut("model_parameters") {
        for parameter in parameters.values_mut() {
            let is_short = parameter.as_str().is_some_and(|text| text.len() <= MAX_PARAMETER);
            if !is_short {
                *parameter = veil::value(parameter);
            }
        }
    }
    if has_raw_key {
        // The column holds the hash of the key.
        object.remove("api_key");
    }
    Value::Object(object)
}

fn veil_errors(object: &mut Map<String, Value>) {
    if let Some(Value::Object(errors)) = object.get_mut("error_information") {
        veil::members(errors, CONTENT_OF_ERRORS);
    }
}

fn cut_guardrails(guardrails: Option<&mut Value>) {
    match guardrails {
        Some(Value::Array(elements)) => elements.iter_mut().for_each(cut_guardrail),
        Some(element) => cut_guardrail(element),
        None => {}
    }
}

fn cut_guardrail(guardrail: &mut Value) {
    match guardrail {
        Value::Object(members) => members.retain(|key, _| OF_GUARDRAILS.contains(&key.as_str())),
        Value::Null => {}
        other => *other = veil::value(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_is_gone_from_every_place() {
        let record = json!({
            "id": "c-1", "model": "m", "messages": [{"content": "MARK"}], "response": {"x": "MARK"},
            "error_str": "MARK", "error_information": {"error_code": "400", "error_message": "MARK", "traceback": "MARK"},
            "guardrail_information": [{"guardrail_name": "pii", "guardrail_response": "MARK", "guardrail_request": {"t": "MARK"}}],
            "metadata": {"vector_store_request_metadata": [{"query": "MARK"}], "guardrail_information": "MARK",
                "prompt_management_metadata": {"p": "MARK"}},
            "model_parameters": {"temperature": 0.5, "tools": [{"description": "MARK"}], "user": "u-1",
                "instructions": format!("MARK{}", "x".repeat(100))},
            "proxy_server_request": {"body": "MARK"},
        });
        let kept = kept(record.as_object().unwrap().clone(), false);
        assert!(!kept.to_string().contains("MARK"), "{kept:#}");
        assert_eq!(kept["error_information"]["error_code"], "400");
        assert_eq!(kept["guardrail_information"][0]["guardrail_name"], "pii");
        assert_eq!(kept["model_parameters"]["temperature"], 0.5);
        assert_eq!(kept["model_parameters"]["user"], "u-1");
    }
}
