//! Turns of the model behind an agent: the Bedrock invocation log record and the CloudTrail event of the same request.

use serde_json::{Value, json};

use crate::api::Call;
use crate::evidence::Evidence;
use crate::identity::{ACCOUNT, Identity};
use crate::moment::Moment;
use crate::random::Random;
use crate::session::Keys;

const MODEL: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// How an agent calls its model.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) operation: Operation,
    /// Conversation id the agent puts into the request metadata.
    pub(crate) conversation: String,
    pub(crate) question: &'static str,
    /// The tool use of the turn before, which this turn answers.
    pub(crate) before: Option<(String, String)>,
    pub(crate) random: Random,
}

/// The two shapes of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// The model's own message form, answered as a stream.
    InvokeStream,
    /// The form that is equal for all models.
    Converse,
}

/// Writes the turn in which the model asks for `tool`.
pub(crate) fn record(
    evidence: &mut Evidence,
    turn: &mut Turn,
    who: &Identity,
    at: Moment,
    asked: (&str, &Keys, &Value),
) {
    let (tool, keys, arguments) = asked;
    let name = match turn.operation {
        Operation::InvokeStream => "InvokeModelWithResponseStream",
        Operation::Converse => "Converse",
    };
    let call = Call::new("bedrock", name)
        .request(json!({ "modelId": MODEL }))
        .extra(json!({ "inferenceRegion": "us-east-2" }));
    let request = evidence.trail.log(who, at, &call);
    let tokens_in = turn.random.between(2_400, 21_000);
    let tokens_out = turn.random.between(40, 420);
    let (input, output) = match turn.operation {
        Operation::InvokeStream => stream(turn, tool, keys, arguments, (tokens_in, tokens_out)),
        Operation::Converse => converse(turn, tool, keys, arguments, (tokens_in, tokens_out)),
    };
    let line = json!({
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": at.seconds(),
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "requestId": request,
        "operation": name,
        "modelId": MODEL,
        "inferenceRegion": "us-east-2",
        "identity": { "arn": who.arn() },
        "requestMetadata": { "conversation": turn.conversation },
        "input": {
            "inputContentType": "application/json",
            "inputBodyJson": input,
            "inputTokenCount": tokens_in,
            "cacheReadInputTokenCount": tokens_in / 2,
            "cacheWriteInputTokenCount": 0,
        },
        "output": {
            "outputContentType": "application/json",
            "outputBodyJson": output,
            "outputTokenCount": tokens_out,
        },
    });
    evidence.turns.push((at, line));
    turn.before = Some((keys.tool_use.clone(), tool.to_owned()));
}

fn stream(
    turn: &Turn,
    tool: &str,
    keys: &Keys,
    arguments: &Value,
    tokens: (i64, i64),
) -> (Value, Value) {
    let mut messages = vec![json!({ "role": "user", "content": turn.question })];
    if let Some((id, name)) = &turn.before {
        let used = json!([{ "type": "tool_use", "id": id, "name": name, "input": {} }]);
        messages.push(json!({ "role": "assistant", "content": used }));
        let told = json!([{ "type": "tool_result", "tool_use_id": id, "content": "(kept short)" }]);
        messages.push(json!({ "role": "user", "content": told }));
    }
    let input = json!({
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 32_000,
        "system": "You work for the finance team of Acme.",
        "messages": messages,
    });
    let block = json!({ "type": "tool_use", "id": keys.tool_use, "name": tool, "input": {} });
    let delta = json!({ "type": "input_json_delta", "partial_json": arguments.to_string() });
    let output = json!([
        { "type": "message_start", "message": { "role": "assistant", "usage": { "input_tokens": tokens.0 } } },
        { "type": "content_block_start", "index": 0, "content_block": block },
        { "type": "content_block_delta", "index": 0, "delta": delta },
        { "type": "content_block_stop", "index": 0 },
        { "type": "message_delta", "delta": { "stop_reason": "tool_use" }, "usage": { "output_tokens": tokens.1 } },
        { "type": "message_stop" },
    ]);
    (input, output)
}

fn converse(
    turn: &Turn,
    tool: &str,
    keys: &Keys,
    arguments: &Value,
    tokens: (i64, i64),
) -> (Value, Value) {
    let mut messages = vec![json!({ "role": "user", "content": [{ "text": turn.question }] })];
    if let Some((id, name)) = &turn.before {
        let used = json!({ "toolUse": { "toolUseId": id, "name": name, "input": {} } });
        messages.push(json!({ "role": "assistant", "content": [used] }));
        let text = json!([{ "text": "(kept short)" }]);
        let told =
            json!({ "toolResult": { "toolUseId": id, "content": text, "status": "success" } });
        messages.push(json!({ "role": "user", "content": [told] }));
    }
    let input =
        json!({ "system": [{ "text": "You tidy up stored files." }], "messages": messages });
    let used =
        json!({ "toolUse": { "toolUseId": keys.tool_use, "name": tool, "input": arguments } });
    let output = json!({
        "output": { "message": { "role": "assistant", "content": [used] } },
        "stopReason": "tool_use",
        "metrics": { "latencyMs": 900 + tokens.1 },
        "usage": {
            "inputTokens": tokens.0,
            "outputTokens": tokens.1,
            "totalTokens": tokens.0 + tokens.1,
        },
    });
    (input, output)
}
