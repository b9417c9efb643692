//! Every built-in format, one line each. Order breaks ties: earlier wins.

use super::contract::Format;
use super::{bedrock, cloudtrail, mapping, mcp, unmapped};

/// Returns the built-in formats: those in code first, then the embedded mapping files, unmapped JSON last.
pub fn built_in() -> Vec<Box<dyn Format>> {
    let mut formats: Vec<Box<dyn Format>> = vec![
        Box::new(cloudtrail::Trail),
        Box::new(cloudtrail::LookupEvents),
        Box::new(cloudtrail::EventBridge),
        Box::new(cloudtrail::LogEvents),
        Box::new(cloudtrail::Subscription),
        Box::new(cloudtrail::InsightsResults),
        Box::new(cloudtrail::LambdaEvent),
        Box::new(cloudtrail::LogLines),
        Box::new(bedrock::InvocationLog),
        Box::new(mcp::McpJson),
        Box::new(mcp::McpLines),
    ];
    formats.extend(
        mapping::embedded()
            .into_iter()
            .flatten()
            .map(|mapping| Box::new(mapping::MappedFormat::new(mapping)) as _),
    );
    formats.push(Box::new(unmapped::Unmapped::Values));
    formats.push(Box::new(unmapped::Unmapped::List));
    formats
}
