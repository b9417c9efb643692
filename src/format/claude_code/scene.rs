//! Turns one line into events by its type: what a person asked, what the model answered, which tools it called, what came
//! back, what the client noted. Must not keep content; what is kept of a message is decided in `arguments` and `blocks`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::format::contract::{Adapted, Place};
use crate::format::mcp::hints::{self, Part};
use crate::format::veil;
use crate::model::{ActionClass, ActorType, Event, IdKind, Kind, Outcome, Trust};

use super::arguments::{self, Tool};
use super::blocks;
use super::finds::{self, Side};
use super::line::Line;
use super::pending::{self, Answer, Call, Pending, Returned};
use super::refusal::{self, Ending};

/// Longest type word of an unknown line that is shown.
const MAX_TYPE: usize = 64;

/// Reads one line.
pub(super) fn read(line: &Line, place: Place, pending: &mut Pending, out: &mut Adapted<'_>) {
    match line.text("type").unwrap_or_default() {
        "assistant" => assistant(line, place, pending, out),
        "user" => user(line, place, pending, out),
        "system" => system(line, place, out),
        "permission-mode" | "mode" => mode(line, place, out),
        "summary" => out.skip("summary of a conversation"),
        "file-history-snapshot" => out.skip("snapshot of file versions"),
        "queue-operation" => out.skip("queue of prompts being typed"),
        "progress" => out.skip("progress display"),
        "custom-title" | "ai-title" | "last-prompt" | "agent-name" | "agent-color" | "tag"
        | "pr-link" => out.skip("label of a conversation"),
        other => unknown(line, other, place, out),
    }
}

fn part_of(place: Place, part: usize) -> Place {
    Place { part: u16::try_from(part).unwrap_or(u16::MAX), ..place }
}

fn assistant(line: &Line, place: Place, pending: &mut Pending, out: &mut Adapted<'_>) {
    let message = line.object.get("message").unwrap_or(&Value::Null);
    let content = blocks::blocks(message);
    let outlines: Vec<Value> = content.iter().map(blocks::outline).collect();
    let usage = message.get("usage").map(arguments::numbers).unwrap_or_default();
    let stop_reason = blocks::word(message, "stop_reason").map(Value::from).unwrap_or_default();
    let id = blocks::word(message, "id").or(line.uuid.as_deref()).unwrap_or_default().to_owned();
    let chain = line.chain();
    let is_further = pending.answer(&chain, &id).is_some();
    if let Some(answer) = pending.answer(&chain, &id) {
        answer.grow(usage, stop_reason, outlines);
    } else {
        let event = answer_event(line, message, &content);
        let head = ["id", "model", "role"]
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), blocks::word(message, key)?.into())))
            .collect();
        let (kept, blocks) = (line.kept(), outlines);
        let answer = Answer { chain, id, place, event, kept, head, usage, stop_reason, blocks };
        pending.begin(answer, out);
    }
    let mut n_calls = 0;
    for (index, block) in content.iter().enumerate() {
        if blocks::type_of(block) == "tool_use" {
            n_calls += 1;
            tool_use(line, block, (index, place), pending, out);
        }
    }
    if is_further && n_calls == 0 {
        out.skip("further part of an answer of the model, counted with its first");
    }
}

fn answer_event(line: &Line, message: &Value, content: &[Value]) -> Event<'static> {
    let mut event = line.event(Kind::ModelCall, None);
    if let Some(id) = blocks::word(message, "id").filter(|id| veil::is_unique(id)) {
        event.identify(IdKind::Correlation, id.to_owned(), Trust::Asserted);
    }
    event.request = line.text("requestId").map(|id| Cow::Owned(id.to_owned()));
    event.action = Some(Cow::Borrowed("model answer"));
    event.action_class = Some(ActionClass::Read);
    // Messages that the client made up itself are no call of a model.
    event.model = blocks::word(message, "model")
        .filter(|model| !model.starts_with('<'))
        .map(|model| Cow::Owned(model.to_owned()));
    event.cost = line.object.get("costUSD").and_then(Value::as_f64).filter(|cost| cost.is_finite());
    event.outcome = Outcome::Success;
    if line.flag("isApiErrorMessage") {
        event.outcome = Outcome::Error;
        event.error_code = Some(Cow::Owned(api_error_code(content)));
    }
    event
}

/// `API Error: 529 {...}`: the number is the status.
fn api_error_code(content: &[Value]) -> String {
    let text = content.iter().find_map(|block| block.get("text").and_then(Value::as_str));
    let status = text
        .and_then(|text| text.strip_prefix("API Error: "))
        .and_then(|rest| rest.split_whitespace().next())
        .filter(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()));
    status.unwrap_or("API error").to_owned()
}

fn tool_use(
    line: &Line,
    block: &Value,
    (index, place): (usize, Place),
    pending: &mut Pending,
    out: &mut Adapted<'_>,
) {
    let tool = Tool::new(blocks::word(block, "name").unwrap_or_default());
    let id = blocks::word(block, "id").unwrap_or_default().to_owned();
    let input = block.get("input").unwrap_or(&Value::Null);
    let mut event = line.event(Kind::ToolCall, Some(index));
    tool.fill(&mut event);
    event.action = Some(Cow::Owned(format!("call {}", tool.name)));
    event.action_class = tool.class();
    event.policy = line.mode().map(|mode| Cow::Owned(format!("permission mode {mode}")));
    arguments::touch(&mut event, &tool, input);
    hints::add(&mut event, input, Part::Arguments);
    if tool.is_shell() || tool.server.is_some() {
        finds::add(&mut event, input, Side::Command);
    }
    name_step(&mut event, line, &id);
    let mut kept = Map::new();
    kept.insert("type".to_owned(), "tool_use".into());
    kept.insert("id".to_owned(), id.clone().into());
    kept.insert("name".to_owned(), blocks::word(block, "name").unwrap_or_default().into());
    kept.insert("input".to_owned(), arguments::kept(&tool, input));
    event.payload = pending::payload(line.kept(), "tool_use", kept.into()).into();
    let place = part_of(place, index + 1);
    if id.is_empty() {
        out.events.push((place, event));
        return;
    }
    let session = line.session.as_deref().unwrap_or_default();
    pending.call(session, &id, Call { place, event, tool }, out);
}

/// Ties call and result of one tool use, and both to what other products write about it.
fn name_step(event: &mut Event<'static>, line: &Line, id: &str) {
    if id.is_empty() {
        return;
    }
    event.identify(IdKind::Step, format!("claude-code:{}", line.scoped(id)), Trust::Derived);
    let is_known =
        event.identifiers.iter().any(|known| known.kind == IdKind::ToolUse && known.value == id);
    if veil::is_unique(id) && !is_known {
        event.identify(IdKind::ToolUse, id.to_owned(), Trust::Asserted);
    }
}

fn user(line: &Line, place: Place, pending: &mut Pending, out: &mut Adapted<'_>) {
    let message = line.object.get("message").unwrap_or(&Value::Null);
    let content = blocks::blocks(message);
    let mut others = Vec::new();
    for (index, block) in content.iter().enumerate() {
        if blocks::type_of(block) == "tool_result" {
            tool_result(line, block, (index, place), pending, out);
        } else {
            others.push(block);
        }
    }
    if !others.is_empty() || content.is_empty() {
        let part = if others.len() == content.len() { 0 } else { content.len() + 1 };
        out.events.push((part_of(place, part), prompt(line, &others, part)));
    }
}

fn prompt(line: &Line, content: &[&Value], part: usize) -> Event<'static> {
    let mut event = line.event(Kind::Notice, (part > 0).then_some(part));
    let first = content.iter().find_map(|block| block.get("text").and_then(Value::as_str));
    let (action, is_human) = words_of_prompt(line, first.unwrap_or_default());
    event.action = Some(Cow::Borrowed(action));
    if is_human {
        // Somebody typed it; the transcript does not say who.
        event.agent = None;
        event.agent_trust = None;
        event.actor_type = Some(ActorType::Human);
    }
    if action == "interrupted by user" {
        event.approval_state = Some(Cow::Borrowed("cancelled"));
        event.approval_at = event.time;
    }
    event.policy = line.mode().map(|mode| Cow::Owned(format!("permission mode {mode}")));
    event.outcome = Outcome::Success;
    let outlines: Vec<Value> = content.iter().map(|block| blocks::outline(block)).collect();
    let mut message = Map::new();
    message.insert("role".to_owned(), "user".into());
    message.insert("content".to_owned(), outlines.into());
    event.payload = pending::payload(line.kept(), "message", message.into()).into();
    event
}

/// What a line of type `user` is, and whether somebody typed it.
fn words_of_prompt(line: &Line, text: &str) -> (&'static str, bool) {
    let text = text.trim_start();
    let begins = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    if line.flag("isCompactSummary") {
        ("compacted conversation", false)
    } else if line.is_side_chain() {
        ("prompt to sub-agent", false)
    } else if begins(&["[Request interrupted by user"]) {
        ("interrupted by user", true)
    } else if begins(&["<command-name>", "<command-message>"]) {
        ("slash command", true)
    } else if begins(&["<bash-input>"]) {
        ("shell command of the user", true)
    } else if line.flag("isMeta")
        || begins(&[
            "<local-command-",
            "<bash-stdout>",
            "<bash-stderr>",
            "<system-reminder>",
            "<task-notification>",
        ])
    {
        ("note of the client", false)
    } else {
        ("user prompt", true)
    }
}

fn tool_result(
    line: &Line,
    block: &Value,
    (index, place): (usize, Place),
    pending: &mut Pending,
    out: &mut Adapted<'_>,
) {
    let id = blocks::word(block, "tool_use_id").unwrap_or_default();
    let content = block.get("content").unwrap_or(&Value::Null);
    let extra = line.object.get("toolUseResult").unwrap_or(&Value::Null);
    let is_error = block.get("is_error").and_then(Value::as_bool).unwrap_or_default();
    let mut ending = ending_of(content, extra, is_error);
    let session = line.session.as_deref().unwrap_or_default();
    let agent = extra.get("agentId").and_then(Value::as_str);
    let time = line.time.map(|(time, _)| time);
    if !is_error && pending.is_plan(session, id) {
        ending.approval = Some("accepted");
    }
    let returned = Returned { ending: &ending, time, agent };
    let tool = pending.end(session, id, &returned, out);
    let mut event = line.event(Kind::Notice, Some(index));
    event.action = Some(Cow::Borrowed("result"));
    if let Some(tool) = &tool {
        tool.fill(&mut event);
        event.action = Some(Cow::Owned(format!("result {}", tool.name)));
    }
    pending::end(&mut event, &Returned { time: None, ..returned });
    event.approval_at =
        event.approval_state.as_deref().filter(|state| *state != "pending").and(time);
    hints::add(&mut event, content, Part::Answer);
    finds::add(&mut event, content, Side::Output);
    name_step(&mut event, line, id);
    let mut kept = Map::new();
    kept.insert("type".to_owned(), "tool_result".into());
    kept.insert("tool_use_id".to_owned(), id.into());
    kept.insert("is_error".to_owned(), is_error.into());
    kept.insert("content".to_owned(), arguments::kept_result(tool.as_ref(), content, is_error));
    if !extra.is_null() {
        kept.insert("extra".to_owned(), arguments::kept_extra(extra));
    }
    event.payload = pending::payload(line.kept(), "tool_result", kept.into()).into();
    out.events.push((part_of(place, index), event));
}

fn ending_of(content: &Value, extra: &Value, is_error: bool) -> Ending {
    if is_error {
        return refusal::read(&blocks::result_text(content));
    }
    if extra.get("interrupted").and_then(Value::as_bool) == Some(true) {
        let error_code = Some("interrupted".to_owned());
        return Ending { error_code, ..Ending::plain(Outcome::Error) };
    }
    Ending::plain(Outcome::Success)
}

/// Notes of the client: compaction, hooks, errors of the model's service.
fn system(line: &Line, place: Place, out: &mut Adapted<'_>) {
    let subtype = line.text("subtype").filter(|word| word.len() <= MAX_TYPE).unwrap_or("note");
    let mut event = line.event(Kind::Notice, None);
    event.action = Some(Cow::Owned(format!("client: {subtype}")));
    if subtype == "api_error" {
        let error = line.object.get("error").unwrap_or(&Value::Null);
        event.kind = Kind::ModelCall;
        event.outcome = Outcome::Error;
        event.error_code = error
            .get("status")
            .filter(|status| !status.is_null())
            .map(|status| Cow::Owned(status.to_string()));
        let request = ["requestID", "request_id"].iter().find_map(|key| blocks::word(error, key));
        event.request = request.map(|id| Cow::Owned(id.to_owned()));
    }
    event.payload = Value::Object(line.kept()).to_string().into();
    out.events.push((place, event));
}

/// The permission mode was changed.
fn mode(line: &Line, place: Place, out: &mut Adapted<'_>) {
    let Some(mode) = line.text("permissionMode") else {
        return out.skip("label of a conversation");
    };
    let mut event = line.event(Kind::Config, None);
    event.action = Some(Cow::Borrowed("permission mode"));
    event.policy = Some(Cow::Owned(format!("permission mode {mode}")));
    event.outcome = Outcome::Success;
    event.payload = Value::Object(line.kept()).to_string().into();
    out.events.push((place, event));
}

fn unknown(line: &Line, word: &str, place: Place, out: &mut Adapted<'_>) {
    let mut event = line.event(Kind::Notice, None);
    event.action = Some(Cow::Owned(word.chars().take(MAX_TYPE).collect()));
    let mut kept = line.kept();
    for name in ["message", "toolUseResult"] {
        if let Some(content) = line.object.get(name) {
            kept.insert(name.to_owned(), veil::value(content));
        }
    }
    event.payload = Value::Object(kept).to_string().into();
    out.events.push((place, event));
}
