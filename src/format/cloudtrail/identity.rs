//! Who made the call: principal, person, credential and session, each from exact fields of `userIdentity` only.
//! Never joins events; a field that another event of the same credential carries is not filled in here.

use std::borrow::Cow;

use crate::model::{ActorType, Event, IdKind, Kind, Micros, SessionBasis, Trust};

use super::facts::Facts;
use super::masked::is_placeholder;
use super::raw::Object;

/// Service principals that act as agents with somebody's identity. Ordinary forward access (`CloudFormation`,
/// Athena) has the same form and is not in the list.
const AGENT_SERVICES: &[&str] =
    &["aws-mcp", "bedrock", "bedrock-agentcore", "ecs-mcp", "eks-mcp", "q"];

/// The service's session name in front of the uuid of one AgentCore runtime session.
pub(crate) const AGENTCORE_SESSION: &str = "BedrockAgentCore-";

/// Fills actor, person, credential, session and the identifiers that come with them.
pub(crate) fn read<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let identity = &facts.identity;
    let context = identity.object("sessionContext");
    let issuer = context.object("sessionIssuer");
    let attributes = context.object("attributes");
    let kind = identity.text("type").unwrap_or_default();

    event.invoked_by = identity.text("invokedBy").or_else(|| context.text("invokedBy"));
    event.role_session = role_session(identity, &kind);
    event.credential = identity.text("accessKeyId").filter(|key| !is_placeholder(key));
    event.credential_created =
        attributes.text("creationDate").and_then(|text| Some(Micros::parse(&text)?.0));
    event.actor = actor(identity, &issuer, &kind).or_else(|| event.invoked_by.clone());
    read_human(event, identity, &context, &kind);
    read_token(event, &facts.additional);
    event.actor_type = Some(actor_type(event, facts, &kind));
    read_identifiers(event, identity, &context, &issuer);
    read_session(event, facts, &context, &attributes);
}

/// Returns the last part of an assumed-role ARN, else what follows the colon of the principal id.
fn role_session<'r>(identity: &Object<'r>, kind: &str) -> Option<Cow<'r, str>> {
    if kind != "AssumedRole" && kind != "Role" {
        return None;
    }
    let from_arn = identity.text("arn").and_then(|arn| session_of_arn(&arn));
    from_arn.or_else(|| {
        let principal = identity.text("principalId")?;
        cut(&principal, |text| text.split_once(':').map(|(_, session)| session))
    })
}

/// Returns the session name of `arn:...:assumed-role/ROLE/SESSION`.
pub(crate) fn session_of_arn<'r>(arn: &Cow<'r, str>) -> Option<Cow<'r, str>> {
    cut(arn, |text| Some(text.split_once(":assumed-role/")?.1.split_once('/')?.1))
}

/// Returns `arn:...:assumed-role/ROLE`, the part that all sessions of the role share.
pub(crate) fn role_of_arn<'r>(arn: &Cow<'r, str>) -> Option<Cow<'r, str>> {
    cut(arn, |text| {
        let (_, tail) = text.split_once(":assumed-role/")?;
        let (_, session) = tail.split_once('/')?;
        text.strip_suffix(session)?.strip_suffix('/')
    })
}

/// Cuts a piece out of a text and keeps the borrow where there is one.
pub(crate) fn cut<'r>(
    text: &Cow<'r, str>,
    piece: impl Fn(&str) -> Option<&str>,
) -> Option<Cow<'r, str>> {
    let found = match text {
        Cow::Borrowed(text) => Cow::Borrowed(piece(text)?),
        Cow::Owned(text) => Cow::Owned(piece(text)?.to_owned()),
    };
    (!found.is_empty()).then_some(found)
}

fn actor<'r>(identity: &Object<'r>, issuer: &Object<'r>, kind: &str) -> Option<Cow<'r, str>> {
    let arn = || identity.text("arn");
    let principal = || identity.text("principalId").filter(|text| !is_placeholder(text));
    match kind {
        "AssumedRole" | "Role" => issuer
            .text("arn")
            // The role's path is only in the issuer; without it the ARN shared by all sessions is exact.
            .or_else(|| arn().map(|arn| role_of_arn(&arn).unwrap_or(arn)))
            .or_else(principal),
        "Root" => Some(Cow::Owned(format!("root/{}", account(identity)?))),
        "AWSService" => identity.text("invokedBy").or_else(principal),
        "AWSAccount" => arn().or_else(principal).or_else(|| account(identity)),
        "IdentityCenterUser" => center_user(identity).or_else(principal),
        "IAMUser" => arn().or_else(|| user_name(identity)).or_else(principal),
        "" => arn().or_else(|| identity.text("invokedBy")),
        _ => arn().or_else(|| user_name(identity)).or_else(principal),
    }
}

/// Returns the account, unless it is the word that stands for nobody.
pub(crate) fn account<'r>(identity: &Object<'r>) -> Option<Cow<'r, str>> {
    identity
        .text("accountId")
        .filter(|text| !matches!(text.as_ref(), "anonymous" | "ANONYMOUS_PRINCIPAL"))
}

fn user_name<'r>(identity: &Object<'r>) -> Option<Cow<'r, str>> {
    identity.text("userName").filter(|name| !is_placeholder(name))
}

/// Returns `identityStoreArn#userId`; the user id alone would be ambiguous between stores.
fn center_user<'r>(identity: &Object<'r>) -> Option<Cow<'r, str>> {
    let on_behalf = identity.object("onBehalfOf");
    Some(Cow::Owned(format!(
        "{}#{}",
        on_behalf.text("identityStoreArn")?,
        on_behalf.text("userId")?
    )))
}

fn read_human<'r>(event: &mut Event<'r>, identity: &Object<'r>, context: &Object<'r>, kind: &str) {
    let session_name = event.role_session.clone().filter(|name| is_mail_like(name));
    if let Some(user) = center_user(identity) {
        set_human(event, user, "identity center user");
        if let Some(name) = session_name {
            event.identify(IdKind::Who, name, Trust::Asserted);
        }
    } else if let Some(source) = context.text("sourceIdentity") {
        set_human(event, source, "source identity");
    } else if let Some(name) = session_name {
        set_human(event, name, "session name");
    } else if kind == "IAMUser" {
        if let Some(arn) = identity.text("arn") {
            set_human(event, arn, "iam user");
        }
    } else if kind == "Root"
        && let Some(account) = account(identity)
    {
        set_human(event, Cow::Owned(format!("root/{account}")), "root");
    }
}

fn set_human<'r>(event: &mut Event<'r>, human: Cow<'r, str>, proof: &'static str) {
    event.human = Some(human);
    event.human_proof = Some(Cow::Borrowed(proof));
}

fn is_mail_like(name: &str) -> bool {
    name.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty()
            && !domain.contains('@')
            && domain.split_once('.').is_some_and(|(host, top)| !host.is_empty() && !top.is_empty())
    })
}

/// AgentCore gateways check the caller's token and log its claims: the subject is the person, the client is the agent.
fn read_token<'r>(event: &mut Event<'r>, additional: &Object<'r>) {
    if !additional.has("jwt") {
        return;
    }
    let claims = additional.object("jwt").object("claims");
    if event.human.is_none()
        && let Some(subject) = claims.text("sub").filter(|text| !is_placeholder(text))
    {
        let human = match claims.text("iss") {
            Some(issuer) => Cow::Owned(format!("{issuer}#{subject}")),
            None => subject,
        };
        set_human(event, human, "token subject");
    }
    if let Some(client) = claims.text("client_id").or_else(|| claims.text("azp")) {
        if event.actor.is_none() {
            event.actor = Some(client.clone());
        }
        event.agent = Some(client);
        event.agent_trust = Some(Trust::Observed);
    }
}

fn actor_type(event: &Event<'_>, facts: &Facts<'_>, kind: &str) -> ActorType {
    // A service that acts as itself is no agent; one that acts with somebody's identity is.
    let for_somebody = kind != "AWSService" && event.actor != event.invoked_by;
    let via_agent_service =
        for_somebody && event.invoked_by.as_deref().is_some_and(is_agent_service);
    let in_agentcore = event.role_session.as_deref().is_some_and(is_agentcore_session);
    let by_token = facts.is_gateway_call() && event.agent.is_some();
    if via_agent_service || in_agentcore || by_token || facts.is_mcp_event() {
        return ActorType::Agent;
    }
    match kind {
        "Root" => ActorType::Root,
        "IAMUser" | "IdentityCenterUser" | "SAMLUser" => ActorType::Human,
        "AWSService" => ActorType::Service,
        "AssumedRole" | "Role" if event.human.is_some() || is_sign_in_role(event) => {
            ActorType::Human
        }
        "AssumedRole" | "Role" | "FederatedUser" => ActorType::Workload,
        "" if event.invoked_by.is_some() => ActorType::Service,
        _ => ActorType::Unknown,
    }
}

fn is_sign_in_role(event: &Event<'_>) -> bool {
    event.actor.as_deref().is_some_and(|arn| arn.contains("/AWSReservedSSO_"))
}

/// Returns true for service principals that act as agents.
pub(crate) fn is_agent_service(principal: &str) -> bool {
    principal.strip_suffix(".amazonaws.com").is_some_and(|name| AGENT_SERVICES.contains(&name))
}

/// Returns true for the session name AgentCore gives its runtimes: the prefix and a uuid.
pub(crate) fn is_agentcore_session(name: &str) -> bool {
    name.strip_prefix(AGENTCORE_SESSION).is_some_and(is_uuid)
}

/// Returns true for 36 characters in the form of a uuid.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn read_identifiers<'r>(
    event: &mut Event<'r>,
    identity: &Object<'r>,
    context: &Object<'r>,
    issuer: &Object<'r>,
) {
    if let Some(source) = context.text("sourceIdentity") {
        event.identify(IdKind::SourceIdentity, source, Trust::Asserted);
    }
    if let Some(token) = identity.text("credentialId") {
        event.identify(IdKind::Key, token, Trust::Observed);
    }
    let invoker = event.invoked_by.clone();
    if let Some(service) = invoker.filter(|service| event.actor.as_ref() != Some(service)) {
        event.identify(IdKind::Actor, service, Trust::Observed);
    }
    if issuer.text("type").as_deref() == Some("IAMUser")
        && let Some(arn) = issuer.text("arn")
    {
        event.identify(IdKind::Actor, arn, Trust::Observed);
    }
    let may_be_in_model_log = event.kind == Kind::ModelCall
        || event.role_session.as_deref().is_some_and(is_agentcore_session);
    if may_be_in_model_log && let Some(arn) = identity.text("arn") {
        // The model invocation log names the caller by this ARN.
        event.identify(IdKind::Actor, arn, Trust::Observed);
    }
    if let Some(scope) = identity.raw("inScopeOf").and_then(Object::parse)
        && let Some(arn) = scope.text("sourceArn")
    {
        event.identify(IdKind::Actor, arn, Trust::Observed);
    }
}

/// A session is named only by what its events carry: the sign-in session, the console's credential, or a temporary
/// key. Long-lived keys and root carry none.
fn read_session<'r>(
    event: &mut Event<'r>,
    facts: &Facts<'r>,
    context: &Object<'r>,
    attributes: &Object<'r>,
) {
    if let Some(arn) = context.text("signInSessionArn") {
        event.session = Some(arn);
        event.session_basis = Some(SessionBasis::NativeId);
        return;
    }
    let from_console = facts.record.flag("sessionCredentialFromConsole") == Some(true)
        || context.flag("sessionCredentialFromConsole") == Some(true)
        || attributes.flag("sessionCredentialFromConsole") == Some(true);
    if (from_console || event.credential.is_none())
        && let (Some(principal), Some(created)) =
            (facts.identity.text("principalId"), attributes.text("creationDate"))
    {
        event.session = Some(Cow::Owned(format!("console:{principal}@{created}")));
        event.session_basis = Some(SessionBasis::Credential);
    } else if let Some(key) = event.credential.as_deref().filter(|key| key.starts_with("ASIA")) {
        event.session = Some(Cow::Owned(format!("key:{key}")));
        event.session_basis = Some(SessionBasis::Credential);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assumed_role_arns_split_into_role_and_session() {
        let arn = Cow::Borrowed("arn:aws:sts::111122223333:assumed-role/Deploy/one/two");
        assert_eq!(session_of_arn(&arn).as_deref(), Some("one/two"));
        assert_eq!(
            role_of_arn(&arn).as_deref(),
            Some("arn:aws:sts::111122223333:assumed-role/Deploy")
        );
        let user = Cow::Borrowed("arn:aws:iam::111122223333:user/builder");
        assert_eq!(session_of_arn(&user), None);
        assert_eq!(role_of_arn(&user), None);
    }

    #[test]
    fn only_whole_addresses_are_mail_like() {
        assert!(is_mail_like("dana@example.com"));
        for name in ["dana", "@example.com", "dana@host", "a@b@c.d", "dana@.com"] {
            assert!(!is_mail_like(name), "{name}");
        }
    }

    #[test]
    fn agent_services_are_listed_ones_only() {
        assert!(is_agent_service("aws-mcp.amazonaws.com"));
        assert!(!is_agent_service("cloudformation.amazonaws.com"));
        assert!(is_agentcore_session("BedrockAgentCore-13041452-12ca-4f70-a2dc-08d64bdbf090"));
        assert!(!is_agentcore_session("BedrockAgentCore-mine"));
    }
}
