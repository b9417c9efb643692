//! One span or log record with what stands around it, and the facts both carry alike: who, where, which session, model,
//! tokens. Everything a client says of itself is asserted. Must not decide how a step ended.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::format::mcp::hints::{self, Part};
use crate::model::{ActorType, Event, IdKind, SessionBasis, Trust};

use super::claims;
use super::class::Class;
use super::content::{self, Sifted};
use super::names;
use super::values::{self, Attributes, member};

/// The resource and scope that records stand under.
#[derive(Debug, Default, Clone)]
pub(crate) struct Around {
    pub(super) resource: Attributes,
    pub(super) scope: Option<Value>,
    pub(super) scope_name: String,
}

impl Around {
    /// Reads the resource of a batch or of a flat record.
    pub(super) fn of_resource(batch: &Map<String, Value>) -> Self {
        let attributes = batch.get("resource").and_then(|resource| resource.get("attributes"));
        Self { resource: Attributes::read(attributes), ..Self::default() }
    }

    /// Returns the same with the scope of some records.
    pub(super) fn with_scope(&self, holder: &Map<String, Value>) -> Self {
        let scope = member(holder, &["scope", "instrumentationLibrary", "instrumentation_library"]);
        let Some(object) = scope.and_then(Value::as_object) else { return self.clone() };
        let mut kept = Map::new();
        for key in ["name", "version"] {
            if let Some(value) = object.get(key).filter(|value| value.as_str() != Some("")) {
                kept.insert(key.to_owned(), value.clone());
            }
        }
        let attributes = Attributes::read(object.get("attributes"));
        if !attributes.is_empty() {
            kept.insert("attributes".to_owned(), as_object(attributes.members()));
        }
        let scope_name = object.get("name").and_then(values::word).unwrap_or_default();
        let scope = (!kept.is_empty()).then_some(Value::Object(kept));
        Self { scope, scope_name, ..self.clone() }
    }
}

fn as_object<'v>(members: impl Iterator<Item = (&'v String, &'v Value)>) -> Value {
    Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Which side of a call a span stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
    /// Internal spans, and log records.
    Inside,
}

impl Side {
    pub(super) fn read(kind: Option<&Value>) -> Self {
        match kind {
            Some(Value::Number(number)) => match number.as_i64() {
                Some(2 | 5) => Self::Server,
                Some(3 | 4) => Self::Client,
                _ => Self::Inside,
            },
            Some(Value::String(word)) => match word.trim_start_matches("SPAN_KIND_") {
                "SERVER" | "CONSUMER" | "2" | "5" => Self::Server,
                "CLIENT" | "PRODUCER" | "3" | "4" => Self::Client,
                _ => Self::Inside,
            },
            _ => Self::Inside,
        }
    }
}

/// One span or log record.
#[derive(Debug)]
pub(super) struct Telemetry<'a> {
    pub(super) around: &'a Around,
    pub(super) attributes: Attributes,
    pub(super) side: Side,
}

impl Telemetry<'_> {
    /// Returns a text of the record's own attributes, else of its resource's.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.attributes.text(names).or_else(|| self.around.resource.text(names))
    }

    pub(super) fn service(&self) -> Option<String> {
        // `unknown_service` is what SDKs write when nobody named one.
        self.around
            .resource
            .text(&["service.name"])
            .filter(|name| !name.starts_with("unknown_service"))
    }

    /// Returns true for records a gateway wrote.
    pub(super) fn is_gateway(&self) -> bool {
        let type_word = self.text(names::RESOURCE_TYPE).unwrap_or_default();
        type_word == "AWS::BedrockAgentCore::Gateway"
            || self.attributes.value(names::GATEWAY).is_some()
            || self.is_agentgateway()
            || self.service().is_some_and(|name| {
                names::GATEWAY_SERVICES.contains(&name.to_ascii_lowercase().as_str())
            })
    }

    /// agentgateway names its listener beside the client's address.
    pub(super) fn is_agentgateway(&self) -> bool {
        self.attributes.value(&["src.addr"]).is_some()
            && self.attributes.value(&["gateway", "listener", "route"]).is_some()
    }

    /// Fills everything that spans and log records have in common.
    pub(super) fn fill(&self, event: &mut Event<'static>, class: &Class) {
        self.fill_tool(event, class);
        self.fill_people(event);
        self.fill_session(event);
        self.fill_ids(event);
        event.account = self.text(names::ACCOUNT).map(Cow::Owned);
        event.region = self.text(names::REGION).map(Cow::Owned);
        self.fill_resources(event);
        self.fill_workload(event);
        let own = |names| self.attributes.text(names).map(Cow::Owned);
        event.address = own(names::ADDRESS).map(host_of);
        if event.address.is_none() && self.side == Side::Server {
            event.address = own(names::PEER_ADDRESS).map(host_of);
        }
        event.user_agent = own(names::USER_AGENT);
        event.model = own(names::MODEL);
        // The span of an agent repeats the sum of its model calls.
        if *class == Class::Model {
            event.tokens_in = self.attributes.number(names::TOKENS_IN);
            event.tokens_out = self.attributes.number(names::TOKENS_OUT);
            event.cost = self.attributes.amount(names::COST);
        }
    }

    fn fill_tool(&self, event: &mut Event<'static>, class: &Class) {
        let server = self.attributes.text(names::SERVER);
        let mut tool = self.attributes.text(names::TOOL);
        let mut target = None;
        // AgentCore gateways put the target in front, Claude Code the server.
        if let Some((before, after)) = tool.as_deref().and_then(split_tool) {
            target = Some(before.to_owned());
            tool = Some(after.to_owned());
        }
        event.server = server.or(target).map(Cow::Owned);
        if event.server.is_none() && !matches!(class, Class::Other | Class::Agent(_)) {
            let own = self.service().filter(|_| self.side == Side::Server && class.is_tool());
            event.server =
                own.or_else(|| self.attributes.text(names::SERVER_ADDRESS)).map(Cow::Owned);
        }
        event.tool = tool.map(Cow::Owned);
        if self.side != Side::Server
            && !self.is_gateway()
            && let Some(service) = self.service()
        {
            let version = self.around.resource.text(&["service.version"]);
            event.client = Some(Cow::Owned(match version {
                Some(version) => format!("{service}/{version}"),
                None => service,
            }));
        }
        event.agent = self.attributes.text(names::AGENT).map(Cow::Owned);
        if event.agent.is_some() {
            event.agent_trust = Some(Trust::Asserted);
            event.actor_type = Some(ActorType::Agent);
        }
        for id in self.attributes.texts(names::AGENT_ID) {
            if event.agent.as_deref() != Some(&*id) {
                event.identify(IdKind::Agent, id, Trust::Asserted);
            }
        }
    }

    fn fill_people(&self, event: &mut Event<'static>) {
        claims::of_attributes(event, &self.attributes);
        let of_resource = self.around.resource.texts(names::PERSON);
        for person in self.attributes.texts(names::PERSON).into_iter().chain(of_resource) {
            if is_nobody(&person) || event.human.as_deref() == Some(&*person) {
                continue;
            }
            if event.human.is_none() {
                event.human = Some(Cow::Owned(person));
                event.human_proof = Some(Cow::Borrowed("named by the client"));
            } else {
                event.identify(IdKind::Who, person, Trust::Asserted);
            }
        }
    }

    fn fill_session(&self, event: &mut Event<'static>) {
        let own = self.attributes.texts(names::SESSION);
        let of_resource = self.around.resource.texts(names::SESSION);
        let mut sessions = own.into_iter().chain(of_resource).filter(|id| !is_nobody(id));
        if let Some(session) = sessions.next() {
            event.session = Some(Cow::Owned(session));
            event.session_basis = Some(SessionBasis::NativeId);
        }
        for further in sessions {
            if event.session.as_deref() != Some(&*further) {
                event.identify(IdKind::Session, further, Trust::Asserted);
            }
        }
    }

    fn fill_ids(&self, event: &mut Event<'static>) {
        let aws = self.attributes.texts(names::AWS_REQUEST);
        let other = self.attributes.texts(names::OTHER_REQUEST);
        for id in aws.into_iter().chain(other) {
            if event.request.is_none() {
                event.request = Some(Cow::Owned(id));
            } else if event.request.as_deref() != Some(&*id) {
                event.identify(IdKind::Request, id, Trust::Observed);
            }
        }
        if let Some(id) = self.attributes.text(names::RESPONSE) {
            event.identify(IdKind::Correlation, id, Trust::Observed);
        }
        for id in self.attributes.texts(names::TOOL_CALL) {
            event.identify(IdKind::ToolUse, id, Trust::Asserted);
        }
        for name in ["downstreamRequestIds", "aws.downstream.request.ids"] {
            let ids = self.attributes.value(&[name]).and_then(Value::as_array);
            for id in ids.into_iter().flatten().filter_map(values::word) {
                event.identify(IdKind::DownstreamRequest, id, Trust::Observed);
            }
        }
        event.credential = self
            .attributes
            .text(names::ACCESS_KEY)
            .filter(|key| hints::is_access_key_id(key))
            .map(Cow::Owned);
    }

    /// What the emitter runs on. The role session of an instance or function is named after it.
    fn fill_workload(&self, event: &mut Event<'static>) {
        let resource = &self.around.resource;
        let is_aws = resource.text(&["cloud.provider"]).is_none_or(|cloud| cloud == "aws");
        if let Some(instance) = resource.text(&["host.id"]).filter(|id| is_aws && is_instance(id)) {
            event.identify(IdKind::RoleSession, instance, Trust::Derived);
        }
        let platform = resource.text(&["cloud.platform"]).unwrap_or_default();
        if let Some(function) = resource.text(&["faas.name"]).filter(|_| platform == "aws_lambda") {
            event.identify(IdKind::RoleSession, function, Trust::Derived);
        }
        let workload = resource.text(&["cloud.resource_id", "faas.id", "aws.ecs.task.arn"]);
        let is_new =
            |arn: &String| arn.starts_with("arn:") && event.resource.as_deref() != Some(arn);
        if let Some(arn) = workload.filter(is_new) {
            event.identify(IdKind::Actor, arn, Trust::Asserted);
        }
    }

    fn fill_resources(&self, event: &mut Event<'static>) {
        if let Some(uri) = self.attributes.text(names::RESOURCE_URI) {
            event.touch(uri, Some(Cow::Borrowed("mcp resource")));
        }
        if let Some(source) = self.attributes.text(names::DATA_SOURCE) {
            event.touch(source, None);
        }
        if let Some(bucket) = self.attributes.text(names::BUCKET) {
            let partition = match event.region.as_deref() {
                Some(region) if region.starts_with("cn-") => "aws-cn",
                Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
                _ => "aws",
            };
            let arn = format!("arn:{partition}:s3:::{bucket}");
            match self.attributes.text(names::BUCKET_KEY) {
                Some(key) => {
                    event.touch(format!("{arn}/{key}"), Some(Cow::Borrowed("AWS::S3::Object")));
                }
                None => event.touch(arn, Some(Cow::Borrowed("AWS::S3::Bucket"))),
            }
        }
        if let Some(arn) = self.attributes.text(names::RESOURCE_ARN) {
            event.touch(arn, self.text(names::RESOURCE_TYPE).map(Cow::Owned));
        }
    }

    /// Returns the attributes as they may be stored, and notes on the event what they hold of other systems' ids.
    pub(super) fn sift(
        &self,
        event: &mut Event<'static>,
        class: &Class,
        sifted: &mut Sifted,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in self.attributes.members() {
            let is_argument = names::ARGUMENTS.contains(&name.as_str())
                || (class.is_tool() && names::STEP_INPUT.contains(&name.as_str()));
            let is_result = names::RESULTS.contains(&name.as_str())
                || (class.is_tool() && names::STEP_OUTPUT.contains(&name.as_str()));
            if is_argument || is_result {
                let inner = content::embedded(value);
                let part = if is_argument { Part::Arguments } else { Part::Answer };
                hints::add(event, inner.as_ref().unwrap_or(value), part);
            } else if name.starts_with("aws.") && !names::RESOURCE_ARN.contains(&name.as_str()) {
                hints::add(event, value, Part::Arguments);
            }
            sifted.put(&mut kept, name, value, class.is_tool());
        }
        kept
    }
}

/// Notes what content held before it was dropped.
pub(super) fn note_sifted(event: &mut Event<'static>, sifted: &Sifted) {
    for id in &sifted.tool_uses {
        event.identify(IdKind::ToolUse, id.clone(), Trust::Observed);
    }
    for id in sifted.tool_results.iter().filter(|id| !sifted.tool_uses.contains(*id)) {
        event.identify(IdKind::ToolUse, id.clone(), Trust::Asserted);
    }
    event.masked = sifted.words().map(Cow::Borrowed);
}

/// Drops identifiers that came twice; an attribute may repeat what another says.
pub(crate) fn once(event: &mut Event<'static>) {
    let mut known = std::collections::BTreeSet::new();
    event.identifiers.retain(|id| known.insert((id.kind, id.value.to_string())));
}

/// Splits `TARGET___tool` and `mcp__SERVER__tool`.
pub(super) fn split_tool(name: &str) -> Option<(&str, &str)> {
    let (before, after) = match name.strip_prefix("mcp__") {
        Some(rest) => rest.split_once("__")?,
        None => name.split_once("___")?,
    };
    (!before.is_empty() && !after.is_empty()).then_some((before, after))
}

/// Returns the host of `host:port`, `[address]:port` and bare addresses.
pub(super) fn host_of(text: Cow<'static, str>) -> Cow<'static, str> {
    if let Some((host, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return Cow::Owned(host.to_owned());
    }
    match text.rsplit_once(':') {
        Some((host, port))
            if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Cow::Owned(host.to_owned())
        }
        _ => text,
    }
}

/// Words that stand for nobody and nothing.
pub(super) fn is_nobody(word: &str) -> bool {
    const WORDS: [&str; 9] = [
        "-",
        "anonymous",
        "default",
        "n/a",
        "none",
        "null",
        "undefined",
        "unknown",
        "unknown-session-id",
    ];
    WORDS.contains(&word.to_ascii_lowercase().as_str())
}

fn is_instance(id: &str) -> bool {
    id.strip_prefix("i-").is_some_and(|rest| {
        matches!(rest.len(), 8 | 17) && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_split_from_their_server_only_where_one_is_named() {
        assert_eq!(split_tool("Orders___list_tables"), Some(("Orders", "list_tables")));
        assert_eq!(split_tool("mcp__aws__call__aws"), Some(("aws", "call__aws")));
        assert_eq!(split_tool("list_tables"), None);
        assert_eq!(split_tool("___x"), None);
    }

    #[test]
    fn hosts_lose_their_port() {
        for (text, host) in [
            ("198.51.100.7:443", "198.51.100.7"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("198.51.100.7", "198.51.100.7"),
        ] {
            assert_eq!(host_of(Cow::Borrowed(text)), host);
        }
    }
}
