//! Every built-in format, one line each. Order breaks ties: earlier wins.

use super::contract::Format;
use super::mapping::{MappedFormat, Mapping, Zones};
use super::{
    agentcore, agentgateway, authzed, bedrock, claude_code, cloudtrail, litellm, mapping, mcp,
    otlp, unmapped,
};

/// Returns the built-in formats: those in code first, then the embedded mapping files, unmapped JSON last.
pub fn built_in() -> Vec<Box<dyn Format>> {
    with(&[], &Zones::default())
}

/// Returns the built-in formats with mappings of the user's and declared zones. A mapping of the user's comes before
/// all others and takes the place of the embedded one with its id.
pub fn with(own: &[Mapping], zones: &Zones) -> Vec<Box<dyn Format>> {
    let mapped = |mapping: Mapping| -> Box<dyn Format> {
        Box::new(MappedFormat::new(mapping).with_zones(zones.clone()))
    };
    let mut formats: Vec<Box<dyn Format>> = own.iter().cloned().map(mapped).collect();
    let in_code: Vec<Box<dyn Format>> = vec![
        Box::new(cloudtrail::Trail),
        Box::new(cloudtrail::LookupEvents),
        Box::new(cloudtrail::EventBridge),
        Box::new(cloudtrail::LogEvents),
        Box::new(cloudtrail::Subscription),
        Box::new(cloudtrail::InsightsResults),
        Box::new(cloudtrail::LambdaEvent),
        Box::new(cloudtrail::LogLines),
        Box::new(bedrock::InvocationLog),
        Box::new(agentcore::Vended),
        Box::new(otlp::Otlp),
        Box::new(mcp::McpJson),
        Box::new(mcp::McpLines),
        Box::new(claude_code::ClaudeCode),
        Box::new(litellm::LiteLlm),
        Box::new(authzed::AuthZed),
        Box::new(agentgateway::AgentGatewayLines),
        Box::new(agentgateway::AgentGatewayJson),
    ];
    formats.extend(in_code);
    let is_replaced = |mapping: &Mapping| own.iter().any(|own| own.id() == mapping.id());
    let embedded = mapping::embedded().into_iter().flatten();
    formats.extend(embedded.filter(|mapping| !is_replaced(mapping)).map(mapped));
    formats.push(Box::new(unmapped::Unmapped::Values));
    formats.push(Box::new(unmapped::Unmapped::List));
    formats
}
