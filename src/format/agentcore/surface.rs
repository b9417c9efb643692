//! Which part of `AgentCore` wrote a record, and what its events are. Must not look at payloads.

use serde_json::Value;

use crate::model::{Event, Kind, Plane};

/// A part of `AgentCore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Gateway,
    Runtime,
    Memory,
    Identity,
    /// Code interpreter and browser.
    Tool,
    Policy,
    Other,
}

/// Marks of the parts: beginning of the resource in the ARN, end of the resource type, part of the service's name.
const MARKS: &[(&str, &str, Surface)] = &[
    ("gateway/", "::Gateway", Surface::Gateway),
    ("runtime/", "::Runtime", Surface::Runtime),
    ("runtime/", "::RuntimeEndpoint", Surface::Runtime),
    ("memory/", "::Memory", Surface::Memory),
    ("workload-identity-directory/", "::WorkloadIdentity", Surface::Identity),
    ("workload-identity-directory/", "::WorkloadIdentityDirectory", Surface::Identity),
    ("token-vault/", "::TokenVault", Surface::Identity),
    ("token-vault/", "::OAuth2CredentialProvider", Surface::Identity),
    ("token-vault/", "::APIKeyCredentialProvider", Surface::Identity),
    ("code-interpreter", "::CodeInterpreter", Surface::Tool),
    ("code-interpreter", "::CodeInterpreterCustom", Surface::Tool),
    ("browser", "::Browser", Surface::Tool),
    ("browser", "::BrowserCustom", Surface::Tool),
    ("policy-engine/", "::PolicyEngine", Surface::Policy),
];

impl Surface {
    /// Tells the part from the resource's ARN, else from its type, else from the service's name.
    pub(super) fn of(arn: Option<&str>, type_word: Option<&str>, service: Option<&str>) -> Self {
        let resource = arn.and_then(|arn| arn.splitn(6, ':').nth(5)).unwrap_or_default();
        let type_word = type_word.unwrap_or_default();
        let by_arn = MARKS.iter().find(|(begin, _, _)| resource.starts_with(begin));
        let by_type = || MARKS.iter().find(|(_, end, _)| type_word.ends_with(end));
        if let Some((_, _, surface)) = by_arn.or_else(by_type) {
            return *surface;
        }
        match service.unwrap_or_default() {
            name if name.ends_with(".Identity") => Self::Identity,
            name if name.contains("CodeInterpreter") || name.contains("Browser") => Self::Tool,
            name if name.contains("Runtime") => Self::Runtime,
            _ => Self::Other,
        }
    }

    /// Returns an event of the plane and kind that records of this part have at least.
    pub(super) fn event(self) -> Event<'static> {
        let (plane, kind) = match self {
            Self::Gateway => (Plane::Gateway, Kind::Notice),
            Self::Runtime | Self::Memory => (Plane::Gateway, Kind::Api),
            Self::Identity => (Plane::Authz, Kind::Auth),
            Self::Tool => (Plane::Gateway, Kind::ToolCall),
            Self::Policy => (Plane::Authz, Kind::Decision),
            Self::Other => (Plane::Other, Kind::Other),
        };
        Event::new(plane, super::record::PRODUCT, kind)
    }

    /// Returns the resource type as CloudTrail writes it.
    pub(super) const fn resource_type(self) -> Option<&'static str> {
        match self {
            Self::Gateway => Some("AWS::BedrockAgentCore::Gateway"),
            Self::Runtime => Some("AWS::BedrockAgentCore::Runtime"),
            Self::Memory => Some("AWS::BedrockAgentCore::Memory"),
            Self::Policy => Some("AWS::BedrockAgentCore::PolicyEngine"),
            Self::Identity | Self::Tool | Self::Other => None,
        }
    }
}

/// Returns the usage record of a runtime: it counts and tells no call.
pub(super) fn is_usage(value: &Value) -> bool {
    let holds = |value: &Value| value.get("agent.runtime.vcpu.hours.used").is_some();
    holds(value) || value.get("attributes").is_some_and(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_is_told_by_arn_then_type_then_service() {
        let arn =
            |resource: &str| format!("arn:aws:bedrock-agentcore:us-east-1:111122223333:{resource}");
        let of_arn = |resource: &str| Surface::of(Some(&arn(resource)), None, None);
        assert_eq!(of_arn("gateway/g-1"), Surface::Gateway);
        assert_eq!(of_arn("code-interpreter/aws.codeinterpreter.v1"), Surface::Tool);
        assert_eq!(of_arn("code-interpreter-custom/c-1"), Surface::Tool);
        assert_eq!(Surface::of(None, Some("AWS::BedrockAgentCore::Memory"), None), Surface::Memory);
        assert_eq!(Surface::of(None, None, Some("BedrockAgentCore.Identity")), Surface::Identity);
        assert_eq!(Surface::of(None, None, None), Surface::Other);
    }
}
