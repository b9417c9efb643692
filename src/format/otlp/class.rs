//! What a span or log record is about, decided from its attributes alone: a tool call, a model call, a step of an agent,
//! an MCP message, a call of the AWS SDK, a policy's answer. What says none of these is other.

use crate::format::mcp::fields as mcp;
use crate::format::mcp::verbs;
use crate::model::{ActionClass, Event, Kind, Plane};

use super::names;
use super::record::Telemetry;

/// Longest span name that is taken as an action, in characters.
const MAX_ACTION: usize = 200;

/// What a span or log record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    /// An MCP message with its method.
    Mcp(String),
    Tool,
    Model,
    /// A step of an agent, with the operation that names it.
    Agent(String),
    Retrieval,
    /// A call through the AWS SDK: `service:Operation`.
    Aws(String),
    Policy,
    Other,
}

impl Class {
    /// Decides what the attributes say.
    pub(super) fn of(from: &Telemetry<'_>) -> Self {
        let attributes = &from.attributes;
        let rpc = attributes.text(names::RPC_SYSTEM).unwrap_or_default().to_ascii_lowercase();
        let method = attributes.text(names::MCP_METHOD).or_else(|| {
            attributes.text(names::RPC_METHOD).filter(|_| matches!(rpc.as_str(), "mcp" | "jsonrpc"))
        });
        if let Some(method) = method {
            return Self::Mcp(method);
        }
        if let Some(class) = attributes.text(names::OPERATION).and_then(|word| of_operation(&word))
        {
            return class;
        }
        if attributes.text(names::TOOL).is_some() {
            return Self::Tool;
        }
        if attributes
            .text(names::POLICY_DECISION)
            .or_else(|| attributes.text(names::GUARDRAIL))
            .is_some()
        {
            return Self::Policy;
        }
        if matches!(rpc.as_str(), "aws-api" | "aws_api")
            && let Some(method) = attributes.text(names::RPC_METHOD)
        {
            return Self::Aws(aws_action(
                &attributes.text(names::RPC_SERVICE).unwrap_or_default(),
                &method,
            ));
        }
        let is_model = attributes.text(names::MODEL).is_some()
            && (attributes.number(names::TOKENS_IN).is_some()
                || attributes.number(names::TOKENS_OUT).is_some());
        if is_model { Self::Model } else { Self::Other }
    }

    /// Returns true where input and output of the step are arguments and result.
    pub(super) const fn is_tool(&self) -> bool {
        matches!(self, Self::Tool | Self::Mcp(_))
    }

    /// Returns an event of the plane and kind that go with it.
    pub(super) fn event(&self, is_gateway: bool) -> Event<'static> {
        let plane = match self {
            Self::Model => Plane::Model,
            _ if is_gateway => Plane::Gateway,
            Self::Mcp(_) => Plane::Mcp,
            Self::Tool | Self::Agent(_) | Self::Retrieval => Plane::Transcript,
            Self::Policy => Plane::Authz,
            Self::Aws(_) | Self::Other => Plane::Other,
        };
        let kind = match self {
            Self::Mcp(method) => mcp::kind_of(method),
            Self::Tool => Kind::ToolCall,
            Self::Model => Kind::ModelCall,
            Self::Agent(operation) if operation.starts_with("create") => Kind::Config,
            Self::Agent(_) => Kind::Session,
            Self::Retrieval | Self::Aws(_) => Kind::Api,
            Self::Policy => Kind::Decision,
            Self::Other if is_gateway => Kind::Api,
            Self::Other => Kind::Other,
        };
        Event::new(plane, super::PRODUCT, kind)
    }

    /// Fills action, method and the class of the action. The tool must be known already.
    pub(super) fn name(&self, event: &mut Event<'static>, name: &str) {
        let tool = event.tool.as_deref();
        let plain = || name.chars().take(MAX_ACTION).collect::<String>();
        let call = |tool: &str| format!("call {tool}");
        let (action, class) = match self {
            Self::Mcp(method) => {
                let called = tool.filter(|_| method == "tools/call").map(call);
                (called.unwrap_or_else(|| method.clone()), mcp::class_of(method, tool))
            }
            Self::Tool => (tool.map_or_else(plain, call), tool.and_then(verbs::class_of_tool)),
            // A model call changes nothing by itself.
            Self::Model if name.is_empty() => {
                let model = event.model.as_deref().unwrap_or("model");
                (format!("chat {model}"), Some(ActionClass::Read))
            }
            Self::Model | Self::Retrieval => (plain(), Some(ActionClass::Read)),
            Self::Aws(action) => (
                action.clone(),
                action.split_once(':').and_then(|(_, verb)| verbs::class_of_tool(verb)),
            ),
            Self::Agent(_) | Self::Policy | Self::Other => (plain(), None),
        };
        if let Self::Mcp(method) = self {
            event.method = Some(method.clone().into());
        }
        event.action =
            Some(action.into()).filter(|action: &std::borrow::Cow<'_, str>| !action.is_empty());
        event.action_class = class;
    }
}

/// Operation words of the conventions and span kinds of their elders.
fn of_operation(word: &str) -> Option<Class> {
    let word = word.to_ascii_lowercase();
    Some(match word.as_str() {
        "execute_tool" | "tool" | "ai.toolcall" => Class::Tool,
        "chat" | "text_completion" | "completion" | "embeddings" | "embedding"
        | "generate_content" | "generation" | "inference" | "llm" | "rerank" => Class::Model,
        "invoke_agent" | "create_agent" | "invoke_workflow" | "agent" | "workflow" | "chain"
        | "task" | "span" => Class::Agent(word),
        "retrieval" | "retriever" | "reranker" => Class::Retrieval,
        "guardrail" => Class::Policy,
        // The Vercel SDK names the outer call and, with `do`, the one that reaches the model.
        _ if word.starts_with("ai.")
            && word.rsplit('.').next().is_some_and(|last| last.starts_with("do")) =>
        {
            Class::Model
        }
        _ if word.starts_with("ai.") => Class::Agent(word),
        _ => return None,
    })
}

/// `S3` and `ListBuckets`, or the service's long name, as CloudTrail spells the pair. Newer conventions write
/// `S3/ListBuckets` as the method.
fn aws_action(service: &str, method: &str) -> String {
    let (service, method) = method.split_once('/').unwrap_or((service, method));
    let service: String = service.chars().filter(|letter| *letter != ' ').collect();
    if service.is_empty() {
        return method.to_owned();
    }
    format!("{}:{method}", service.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_every_dialect_are_known() {
        assert_eq!(of_operation("execute_tool"), Some(Class::Tool));
        assert_eq!(of_operation("TOOL"), Some(Class::Tool));
        assert_eq!(of_operation("LLM"), Some(Class::Model));
        assert_eq!(of_operation("ai.generateText.doGenerate"), Some(Class::Model));
        assert_eq!(
            of_operation("ai.generateText"),
            Some(Class::Agent("ai.generatetext".to_owned()))
        );
        assert_eq!(of_operation("http"), None);
    }

    #[test]
    fn sdk_calls_are_spelled_as_in_cloudtrail() {
        assert_eq!(aws_action("S3", "ListBuckets"), "s3:ListBuckets");
        assert_eq!(aws_action("Bedrock Runtime", "Converse"), "bedrockruntime:Converse");
        assert_eq!(aws_action("", "S3/ListBuckets"), "s3:ListBuckets");
    }
}
