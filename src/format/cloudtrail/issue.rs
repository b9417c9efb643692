//! Credentials and sessions that a call handed out, and session ids of agents that its parameters carry.
//! Only ids, never secrets: key ids are in clear in the log, tokens and secret keys are not looked at.

use std::borrow::Cow;

use crate::model::{Event, IdKind, Text, Trust};

use super::facts::Facts;
use super::masked::is_placeholder;

/// Calls whose answer holds `credentials.accessKeyId`, the key of the new session. Sorted.
const SESSION_MAKERS: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetFederationToken",
    "GetSessionToken",
];

/// Parameters that name a session of an agent service; the client chose or repeats them.
const SESSION_PARAMETERS: &[&str] =
    &["conversationId", "mcpSessionId", "runtimeSessionId", "sessionId"];

/// Fills identifiers of issued keys, minted sessions, and sessions and traces that the parameters name.
pub(crate) fn read<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    match facts.service.as_ref() {
        "sts" => read_sts(event, facts),
        "iam" => read_iam(event, facts),
        "signin" => read_sign_in(event, facts),
        "sso" | "sso-oauth" | "sso-oidc" => read_named_user(event, facts),
        "bedrock" | "bedrock-agentcore" | "q" | "qdeveloper" | "codewhisperer" | "qbusiness" => {
            read_agent(event, facts);
        }
        _ => {}
    }
}

fn read_sts<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    if SESSION_MAKERS.binary_search(&facts.operation.as_ref()).is_err() {
        return;
    }
    if let Some(name) = facts.params.text("roleSessionName") {
        event.identify(IdKind::RoleSession, name, Trust::Asserted);
    }
    if let Some(source) = facts.params.text("sourceIdentity") {
        event.identify(IdKind::SourceIdentity, source, Trust::Asserted);
    }
    let key = facts.response().object("credentials").text("accessKeyId");
    identify_key(event, IdKind::IssuedKey, key);
}

fn read_iam<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    if facts.operation == "CreateAccessKey" {
        let key = facts.response().object("accessKey").text("accessKeyId");
        identify_key(event, IdKind::IssuedKey, key);
    }
    identify_key(event, IdKind::Key, facts.params.text("accessKeyId"));
}

/// The grant belongs to the session that authorized it; the ARN it carries names the session it mints.
fn read_sign_in<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    if let Some(session) = facts.additional.text("signInSessionArn") {
        event.identify(IdKind::MintedSession, session, Trust::Observed);
    }
    if let Some(client) = facts.params.text("client_id") {
        event.identify(IdKind::Correlation, client, Trust::Asserted);
    }
    read_named_user(event, facts);
}

fn read_named_user<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let names = [facts.additional.text("UserName"), facts.identity.text("userName")];
    for name in names.into_iter().flatten().filter(|name| !is_placeholder(name)) {
        event.identify(IdKind::Who, name, Trust::Asserted);
    }
}

fn read_agent<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    for parameter in SESSION_PARAMETERS {
        if let Some(session) = facts.params.text(parameter).filter(|text| !is_placeholder(text)) {
            event.identify(IdKind::Session, session, Trust::Asserted);
        }
    }
    if let Some(user) = facts.params.text("runtimeUserId") {
        event.identify(IdKind::Who, user, Trust::Asserted);
    }
    event.model = facts.params.text("modelId").filter(|_| facts.service == "bedrock");
    event.trace = facts.params.text("traceId").map(trace_id);
    let parent = ["traceParent", "traceparent"].iter().find_map(|key| facts.params.text(key));
    if let Some(parent) = parent {
        let mut parts = parent.split('-').skip(1).map(|part| Cow::Owned(part.to_owned()));
        event.trace = event.trace.take().or_else(|| parts.next());
        event.parent_span = parts.next();
    }
}

/// X-Ray writes `Root=1-65f0...-abc;Parent=...`; the root is the trace.
fn trace_id(text: Cow<'_, str>) -> Cow<'_, str> {
    let root = text.split(';').find_map(|part| part.trim().strip_prefix("Root="));
    match root {
        Some(root) => Cow::Owned(root.to_owned()),
        None => text,
    }
}

fn identify_key<'r>(event: &mut Event<'r>, kind: IdKind, key: Text<'r>) {
    if let Some(key) = key.filter(|key| !is_placeholder(key)) {
        event.identify(kind, key, Trust::Observed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_makers_are_sorted() {
        assert!(SESSION_MAKERS.is_sorted());
        assert_eq!(trace_id(Cow::Borrowed("Root=1-a-b;Parent=c")), "1-a-b");
        assert_eq!(trace_id(Cow::Borrowed("0af7")), "0af7");
    }
}
