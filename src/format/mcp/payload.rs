//! Makes the text of a message that may be stored: long results and the text of prompts are replaced by what `veil` keeps of
//! them, baggage by its size. Redaction by key is not done here.

use serde_json::{Map, Value, json};

use crate::format::veil;

/// Longest text of a result that is kept, in bytes.
const MAX_TEXT: usize = 4096;

/// What kind of message the text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A call: arguments are kept.
    Call,
    /// An answer: long texts are cut.
    Answer,
    /// Prompt or response of a model: roles and sizes only.
    Sampling,
}

/// Cuts a message to what may be stored. Returns false when it was left as it is.
pub(super) fn cut(message: &mut Map<String, Value>, content: Content) -> bool {
    let mut is_cut = false;
    if let Some(params) = message.get_mut("params") {
        is_cut |= cut_baggage(params);
        match content {
            Content::Sampling => is_cut |= cut_prompts(params),
            Content::Call => is_cut |= cut_input_responses(params),
            Content::Answer => {}
        }
    }
    if let Some(result) = message.get_mut("result") {
        is_cut |= cut_baggage(result);
        is_cut |= cut_input_requests(result);
        is_cut |= match content {
            Content::Sampling => cut_prompts(result),
            Content::Answer | Content::Call => cut_long(result),
        };
    }
    is_cut
}

/// Baggage may carry anything a caller put there, user ids and tokens included.
fn cut_baggage(params: &mut Value) -> bool {
    let baggage = params.get_mut("_meta").and_then(|meta| meta.get_mut("baggage"));
    baggage.is_some_and(|baggage| {
        let bytes = baggage.as_str().map_or_else(|| baggage.to_string().len(), str::len);
        *baggage = json!({ "bytes": bytes });
        true
    })
}

fn cut_long(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.len() > MAX_TEXT => veiled(value),
        Value::Array(elements) => {
            elements.iter_mut().fold(false, |is_cut, element| cut_long(element) | is_cut)
        }
        Value::Object(object) => {
            object.values_mut().fold(false, |is_cut, inner| cut_long(inner) | is_cut)
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Cuts `messages[].content`, `systemPrompt` and `content` of a sampling request or answer.
fn cut_prompts(value: &mut Value) -> bool {
    let mut is_cut = false;
    if let Some(messages) = value.get_mut("messages").and_then(Value::as_array_mut) {
        for message in messages {
            if let Some(content) = message.get_mut("content") {
                is_cut |= veiled(content);
            }
        }
    }
    for key in ["systemPrompt", "content"] {
        if let Some(text) = value.get_mut(key) {
            is_cut |= veiled(text);
        }
    }
    is_cut
}

/// Cuts sampling requests that a server put into an `input_required` result.
fn cut_input_requests(result: &mut Value) -> bool {
    let mut is_cut = false;
    for request in members_of(result, "inputRequests") {
        if request.get("method").and_then(Value::as_str) == Some("sampling/createMessage")
            && let Some(params) = request.get_mut("params")
        {
            is_cut |= cut_prompts(params);
        }
    }
    is_cut
}

/// Cuts the model's words among the answers of a repeated call; answers of people keep their action.
fn cut_input_responses(params: &mut Value) -> bool {
    let mut is_cut = false;
    for response in members_of(params, "inputResponses") {
        if is_sampling_answer(response) {
            is_cut |= cut_prompts(response);
        }
    }
    is_cut
}

fn members_of<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    value
        .get_mut(key)
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(|members| members.values_mut())
}

/// Returns true for the result of `sampling/createMessage`, told by its shape.
pub(super) fn is_sampling_answer(result: &Value) -> bool {
    result.get("role").is_some_and(Value::is_string)
        && result.get("model").is_some()
        && result.get("content").is_some()
}

fn veiled(value: &mut Value) -> bool {
    *value = veil::value(value);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_of(message: &Value, content: Content) -> (Value, bool) {
        let mut object = message.as_object().unwrap().clone();
        let is_cut = cut(&mut object, content);
        (Value::Object(object), is_cut)
    }

    #[test]
    fn long_result_text_becomes_its_size_and_short_text_stays() {
        let long = json!({"result": {"content": [{"type": "text", "text": "x".repeat(5000)}]}});
        let (kept, is_cut) = cut_of(&long, Content::Answer);
        assert!(is_cut);
        assert_eq!(kept["result"]["content"][0]["text"], veil::text(&"x".repeat(5000)));
        let short = json!({"result": {"content": [{"type": "text", "text": "fine"}]}});
        assert_eq!(cut_of(&short, Content::Answer), (short, false));
    }

    #[test]
    fn prompts_and_model_answers_are_not_stored() {
        let prompt = json!({"params": {"messages": [{"role": "user", "content": {"type": "text", "text": "abc"}}],
            "systemPrompt": "be kind", "maxTokens": 10}});
        let (kept, _) = cut_of(&prompt, Content::Sampling);
        assert!(!kept.to_string().contains("abc") && !kept.to_string().contains("kind"));
        assert_eq!(kept["params"]["messages"][0]["role"], "user");
        let nested = json!({"result": {"resultType": "input_required", "inputRequests": {"q": {
            "method": "sampling/createMessage", "params": prompt["params"]}}}});
        assert!(!cut_of(&nested, Content::Answer).0.to_string().contains("abc"));
        let reply = json!({"params": {"inputResponses": {"q": {"role": "assistant", "model": "m", "content": "abc"},
            "p": {"action": "accept"}}}});
        let (kept, _) = cut_of(&reply, Content::Call);
        assert!(!kept.to_string().contains("abc"));
        assert_eq!(kept["params"]["inputResponses"]["p"]["action"], "accept");
    }

    #[test]
    fn baggage_is_not_stored() {
        let call = json!({"params": {"_meta": {"baggage": "user=someone"}}});
        assert_eq!(
            cut_of(&call, Content::Call).0["params"]["_meta"]["baggage"],
            json!({"bytes": 12})
        );
    }
}
