//! Attribute names by meaning, the current spelling first. Data only: what a name means for an event is decided elsewhere.
//!
//! Source: OpenTelemetry semantic conventions for generative AI and MCP (2026, "Development"), resource and AWS SDK
//! conventions 1.2x to 1.3x; `OpenInference`; `OpenLLMetry`; Vercel AI SDK; AWS Distro for OpenTelemetry; AgentCore
//! observability; agentgateway; Claude Code monitoring.

/// Names of one meaning; the first that is there and not empty counts.
pub(super) type Names = &'static [&'static str];

pub(super) const MCP_METHOD: Names = &["mcp.method.name", "mcp.method"];
pub(super) const RPC_METHOD: Names = &["rpc.method"];
pub(super) const RPC_SYSTEM: Names = &["rpc.system.name", "rpc.system"];
pub(super) const RPC_SERVICE: Names = &["rpc.service"];
/// Conversation ids before transport ids; the first fills the column, the others are identifiers.
pub(super) const SESSION: Names = &[
    "session.id",
    "gen_ai.conversation.id",
    "gen_ai.thread.id",
    "langfuse.session.id",
    "mcp.session.id",
];
pub(super) const TOOL: Names =
    &["gen_ai.tool.name", "mcp.tool.name", "tool.name", "tool_name", "ai.toolCall.name"];
pub(super) const TOOL_CALL: Names = &[
    "gen_ai.tool.call.id",
    "tool_use_id",
    "tool_call.id",
    "tool.call.id",
    "ai.toolCall.id",
    "tool_call_id",
];
/// Arguments and results under names that say so whatever the span is.
pub(super) const ARGUMENTS: Names = &[
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.arguments",
    "tool_input",
    "tool_parameters",
    "tool.parameters",
    "ai.toolCall.args",
    "mcp.request.argument",
];
pub(super) const RESULTS: Names =
    &["gen_ai.tool.call.result", "gen_ai.tool.result", "ai.toolCall.result", "tool_result"];
/// Input and output of a step: arguments and results on the span of a tool, prompt and answer on any other.
pub(super) const STEP_INPUT: Names =
    &["input.value", "traceloop.entity.input", "langfuse.observation.input", "mlflow.spanInputs"];
pub(super) const STEP_OUTPUT: Names = &[
    "output.value",
    "traceloop.entity.output",
    "langfuse.observation.output",
    "mlflow.spanOutputs",
];
pub(super) const OPERATION: Names = &[
    "gen_ai.operation.name",
    "openinference.span.kind",
    "traceloop.span.kind",
    "langfuse.observation.type",
    "llm.request.type",
    "ai.operationId",
];
pub(super) const SERVER: Names = &["mcp.server.name", "mcp.target", "mcp.provider.name"];
pub(super) const SERVER_ADDRESS: Names = &["server.address"];
pub(super) const AGENT: Names =
    &["gen_ai.agent.name", "gen_ai.agent.id", "agent.name", "graph.node.id", "aws.agent.id"];
pub(super) const AGENT_ID: Names = &["gen_ai.agent.id", "aws.agent.id"];
/// A person as the emitter names one: a stable id first, an address second.
pub(super) const PERSON: Names =
    &["enduser.id", "user.id", "user.email", "user.name", "langfuse.user.id", "enduser.pseudo.id"];
pub(super) const MODEL: Names = &[
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "embedding.model_name",
    "ai.model.id",
];
pub(super) const TOKENS_IN: Names = &[
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.token_count.prompt",
    "ai.usage.promptTokens",
];
pub(super) const TOKENS_OUT: Names = &[
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
    "ai.usage.completionTokens",
];
/// US dollars.
pub(super) const COST: Names = &[
    "gen_ai.usage.cost",
    "gen_ai.usage.total_cost",
    "llm.cost.total",
    "agw.ai.usage.cost.total",
    "cost_usd",
];
pub(super) const ERROR_TYPE: Names = &["error.type"];
pub(super) const RPC_ERROR: Names =
    &["rpc.jsonrpc.error_code", "mcp.error.code", "jsonrpc.error.code"];
/// In the conventions since 2026 a JSON-RPC code or a gRPC code; `0` and `OK` are fine.
pub(super) const RPC_STATUS: Names = &["rpc.response.status_code"];
pub(super) const HTTP_STATUS: Names =
    &["http.response.status_code", "http.status_code", "http.status"];
pub(super) const ADDRESS: Names = &["client.address", "http.client_ip", "src.addr"];
pub(super) const PEER_ADDRESS: Names = &["network.peer.address", "net.peer.ip"];
pub(super) const USER_AGENT: Names = &["user_agent.original", "http.user_agent"];
pub(super) const RESOURCE_URI: Names = &["mcp.resource.uri"];
pub(super) const DATA_SOURCE: Names = &["gen_ai.data_source.id"];
/// The id under which CloudTrail knows the call of this span.
pub(super) const AWS_REQUEST: Names = &["aws.request.id", "aws.request_id", "aws.requestId"];
/// Ids of requests of other systems: Anthropic's `req_...`, a proxy's `x-request-id`.
pub(super) const OTHER_REQUEST: Names = &[
    "request_id",
    "gen_ai.request.id",
    "x-request-id",
    "http.request.header.x-request-id",
    "http.response.header.x-request-id",
];
pub(super) const RESPONSE: Names = &["gen_ai.response.id", "ai.response.id"];
pub(super) const ACCESS_KEY: Names = &["aws.auth.account.access_key"];
pub(super) const ACCOUNT: Names = &["aws.account.id", "cloud.account.id"];
pub(super) const REGION: Names = &["aws.region", "aws.auth.region", "cloud.region"];
pub(super) const RESOURCE_ARN: Names = &["aws.resource.arn", "resource_arn"];
pub(super) const RESOURCE_TYPE: Names = &["aws.resource.type"];
pub(super) const BUCKET: Names = &["aws.s3.bucket"];
pub(super) const BUCKET_KEY: Names = &["aws.s3.key"];
/// Marks of a gateway's own spans and log records.
pub(super) const GATEWAY: Names = &[
    "gateway.id",
    "gateway.name",
    "aws.agentcore.gateway.id",
    "aws.agentcore.gateway.policy.mode",
];
pub(super) const POLICY_DECISION: Names = &["aws.agentcore.policy.authorization_decision"];
pub(super) const POLICY_REASON: Names = &["aws.agentcore.policy.authorization_reason"];
pub(super) const POLICIES: Names = &["aws.agentcore.policy.determining_policies"];
pub(super) const POLICY_MODE: Names = &["aws.agentcore.gateway.policy.mode"];
/// A proposal, mapped where it is seen.
pub(super) const GUARDRAIL: Names = &[
    "gen_ai.security.decision.type",
    "gen_ai.security.verdict",
    "gen_ai.guardrail.verdict",
    "gen_ai.guardrail.decision",
];
pub(super) const GUARDRAIL_POLICY: Names =
    &["gen_ai.security.policy.id", "gen_ai.guardrail.policy.id", "gen_ai.guardrail.id"];

/// Services that are gateways by name.
pub(super) const GATEWAY_SERVICES: &[&str] =
    &["agentgateway", "envoy-ai-gateway", "ai-gateway", "mcp-gateway", "toolhive"];

/// Reasons of agentgateway that mean refused; the others are faults on the way.
pub(super) const DENYING_REASONS: &[&str] = &[
    "JwtAuth",
    "Oidc",
    "BasicAuth",
    "APIKeyAuth",
    "ExtAuth",
    "Authorization",
    "Guardrail",
    "RateLimit",
];
