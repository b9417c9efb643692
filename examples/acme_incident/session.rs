//! An agent's session at the gateway. One tool call leaves a trace in up to five sources: the captured MCP messages,
//! the policy decision, the gateway's audit line, the model's turn and the API call in AWS. This module writes all of
//! them with the exact keys they share: request id, trace id, tool-use id and AWS request id.

use serde_json::{Map, Value, json};

use crate::api::Call;
use crate::evidence::Evidence;
use crate::gateway::{self, Audit};
use crate::identity::{Identity, Person};
use crate::model::{self, Turn};
use crate::moment::Moment;
use crate::random::Random;

/// The revision that has no sessions and puts what it needs into every request.
pub(crate) const SESSIONLESS: &str = "2026-07-28";
/// The MCP server behind the gateway.
pub(crate) const SERVER: &str = "aws-admin";

/// An agent at work.
#[derive(Debug)]
pub(crate) struct AgentSession {
    /// MCP session id; empty in the revision without sessions.
    pub(crate) id: String,
    pub(crate) person: Option<Person>,
    /// Client name and version, as the client tells them.
    pub(crate) client: (&'static str, &'static str),
    pub(crate) revision: &'static str,
    /// Who makes the API calls behind the tools.
    pub(crate) aws: Identity,
    /// Address of the client.
    pub(crate) address: &'static str,
    /// The model behind the agent, where its invocations are logged.
    pub(crate) turn: Option<Turn>,
    pub(crate) next_id: u64,
    pub(crate) random: Random,
}

/// One tool call.
#[derive(Debug)]
pub(crate) struct ToolCall {
    pub(crate) at: Moment,
    pub(crate) tool: &'static str,
    pub(crate) arguments: Value,
    /// ARN or name of what it acts on.
    pub(crate) resource: String,
    /// Milliseconds from the request to the answer.
    pub(crate) took: i64,
    pub(crate) ends: Ends,
    /// First digits of the trace id, where the story names them.
    pub(crate) trace: &'static str,
}

/// How a tool call ends.
#[derive(Debug)]
pub(crate) enum Ends {
    /// The tool makes an API call as the session's caller and answers.
    Done { call: Call, output: Value },
    /// As `Done`, but as somebody else.
    DoneAs { who: Box<Identity>, call: Call, output: Value },
    /// The tool answers without an API call of its own.
    Told { output: Value },
    /// The API call fails and the tool says so.
    Broken { call: Call, code: &'static str },
    /// The policy refuses it.
    Refused { policy: &'static str, reason: &'static str },
}

/// The identifiers one call carries through the sources.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) request: String,
    pub(crate) trace: String,
    pub(crate) span: String,
    pub(crate) tool_use: String,
    pub(crate) decision: String,
}

impl AgentSession {
    /// Opens the session: handshake and list of tools. The revision without sessions needs neither.
    pub(crate) fn open(&mut self, evidence: &mut Evidence, at: Moment) {
        if self.revision == SESSIONLESS {
            return;
        }
        let params = json!({
            "protocolVersion": self.revision,
            "capabilities": { "roots": { "listChanged": true }, "elicitation": {} },
            "clientInfo": { "name": self.client.0, "version": self.client.1 },
        });
        let result = json!({
            "protocolVersion": self.revision,
            "capabilities": { "tools": { "listChanged": true }, "logging": {} },
            "serverInfo": { "name": SERVER, "version": "1.4.2" },
        });
        self.exchange(evidence, at, "initialize", &params, &result);
        let hello = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let request = self.random.uuid();
        let line = self.envelope(at.plus_millis(95), true, &request, "", &hello);
        evidence.wire.push((at.plus_millis(95), line));
        let tools: Vec<Value> = TOOLS
            .iter()
            .map(|(name, about)| {
                json!({ "name": name, "description": about, "inputSchema": { "type": "object" } })
            })
            .collect();
        self.exchange(
            evidence,
            at.plus_millis(180),
            "tools/list",
            &json!({}),
            &json!({ "tools": tools }),
        );
    }

    /// Makes one tool call and writes it into every source that sees it.
    pub(crate) fn call(&mut self, evidence: &mut Evidence, call: &ToolCall) {
        let keys = self.keys(call);
        if let Some(turn) = &mut self.turn {
            let thought = call.at.plus_millis(-740);
            model::record(evidence, turn, &self.aws, thought, (call.tool, &keys, &call.arguments));
        }
        let rpc = self.next_id;
        self.next_id += 1;
        self.send(evidence, call, &keys, rpc);
        let (decided, verdict) = gateway::verdict(call);
        evidence.decisions.push((decided, gateway::decision(self, call, &keys, &verdict)));
        let (outcome, answer) = self.perform(evidence, call, &keys);
        let answered = if outcome == "denied" {
            decided.plus_millis(2)
        } else {
            call.at.plus_millis(call.took)
        };
        let message = with_id(rpc, answer);
        let size = message.to_string().len();
        let line = self.envelope(answered, false, &keys.request, "", &message);
        evidence.wire.push((answered, line));
        let audit = Audit {
            kind: "mcp_tool_call",
            target: Some(("tool", call.tool)),
            outcome,
            request: &keys.request,
            took: answered.millis_since(call.at),
            size,
        };
        let line = gateway::audit(self, answered, &audit);
        evidence.audit.push((answered, line));
    }

    /// Makes the API call behind the tool; returns the gateway's word for the outcome, and the answer.
    fn perform(
        &self,
        evidence: &mut Evidence,
        call: &ToolCall,
        keys: &Keys,
    ) -> (&'static str, Value) {
        let acted = call.at.plus_millis(call.took * 2 / 3);
        match &call.ends {
            Ends::Done { call: api, output } => {
                let request = evidence.trail.log(&self.aws, acted, api);
                ("success", self.result(output, Some(&request)))
            }
            Ends::DoneAs { who, call: api, output } => {
                let request = evidence.trail.log(who, acted, api);
                ("success", self.result(output, Some(&request)))
            }
            Ends::Told { output } => ("success", self.result(output, None)),
            Ends::Broken { call: api, code } => {
                let request = evidence.trail.log(&self.aws, acted, api);
                let text = format!(
                    "An error occurred ({code}) when calling the {} operation (Request ID: {request})",
                    api.name
                );
                let content = json!([{ "type": "text", "text": text }]);
                let result = json!({ "content": content, "isError": true });
                ("application_error", json!({ "result": result }))
            }
            Ends::Refused { policy, reason } => {
                let data = json!({ "decision_id": keys.decision, "policy": policy });
                let message = format!("denied by policy {policy}: {reason}");
                ("denied", json!({ "error": { "code": 403, "message": message, "data": data } }))
            }
        }
    }

    fn result(&self, output: &Value, request: Option<&str>) -> Value {
        let mut structured = Map::new();
        if let Some(request) = request {
            structured.insert(
                "ResponseMetadata".to_owned(),
                json!({ "RequestId": request, "HTTPStatusCode": 200, "RetryAttempts": 0 }),
            );
        }
        if let Some(members) = output.as_object() {
            structured.extend(members.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        let text = Value::Object(structured.clone()).to_string();
        let mut result = json!({
            "content": [{ "type": "text", "text": text }],
            "structuredContent": structured,
            "isError": false,
        });
        if self.revision == SESSIONLESS {
            result["resultType"] = json!("complete");
            result["_meta"] = server_info();
        }
        json!({ "result": result })
    }

    fn keys(&mut self, call: &ToolCall) -> Keys {
        let rest = 32 - call.trace.len();
        Keys {
            request: self.random.uuid(),
            trace: format!("{}{}", call.trace, self.random.hex(rest)),
            span: self.random.hex(16),
            tool_use: format!("toolu_bdrk_01{}", self.random.mixed(22)),
            decision: self.random.uuid(),
        }
    }

    fn send(&self, evidence: &mut Evidence, call: &ToolCall, keys: &Keys, rpc: u64) {
        let params = json!({
            "name": call.tool,
            "arguments": call.arguments,
            "_meta": self.meta(keys),
        });
        let message =
            json!({ "jsonrpc": "2.0", "id": rpc, "method": "tools/call", "params": params });
        let line = self.envelope(call.at, true, &keys.request, call.tool, &message);
        evidence.wire.push((call.at, line));
    }

    /// Returns the `_meta` of a request.
    pub(crate) fn meta(&self, keys: &Keys) -> Value {
        let mut meta = Map::new();
        if self.revision == SESSIONLESS {
            let client = json!({ "name": self.client.0, "version": self.client.1 });
            meta.insert("io.modelcontextprotocol/protocolVersion".to_owned(), json!(SESSIONLESS));
            meta.insert("io.modelcontextprotocol/clientInfo".to_owned(), client);
            let capabilities = json!({ "elicitation": {} });
            meta.insert("io.modelcontextprotocol/clientCapabilities".to_owned(), capabilities);
        }
        let parent = format!("00-{}-{}-01", keys.trace, keys.span);
        meta.insert("traceparent".to_owned(), json!(parent));
        if self.turn.is_some() {
            meta.insert("claudecode/toolUseId".to_owned(), json!(keys.tool_use));
        }
        Value::Object(meta)
    }

    /// Sends one request that is no tool call, answered at once.
    fn exchange(
        &mut self,
        evidence: &mut Evidence,
        at: Moment,
        method: &'static str,
        params: &Value,
        result: &Value,
    ) {
        let (rpc, request) = (self.next_id, self.random.uuid());
        self.next_id += 1;
        let answered = at.plus_millis(70);
        let asked = json!({ "jsonrpc": "2.0", "id": rpc, "method": method, "params": params });
        let line = self.envelope(at, true, &request, "", &asked);
        evidence.wire.push((at, line));
        let message = with_id(rpc, json!({ "result": result }));
        let size = message.to_string().len();
        let line = self.envelope(answered, false, &request, "", &message);
        evidence.wire.push((answered, line));
        let kind = if method == "initialize" { "mcp_initialize" } else { "mcp_tools_list" };
        let audit =
            Audit { kind, target: None, outcome: "success", request: &request, took: 70, size };
        evidence.audit.push((answered, gateway::audit(self, answered, &audit)));
    }

    /// Wraps a message as the capture does: time, direction, server and the headers that matter.
    pub(crate) fn envelope(
        &self,
        at: Moment,
        asks: bool,
        request: &str,
        tool: &str,
        message: &Value,
    ) -> Value {
        let mut headers = Map::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                headers.insert(name.to_owned(), json!(value));
            }
        };
        put("Content-Type", "application/json");
        put("Mcp-Session-Id", &self.id);
        put("MCP-Protocol-Version", self.revision);
        if self.revision == SESSIONLESS && asks {
            put("Mcp-Method", message["method"].as_str().unwrap_or_default());
            put("Mcp-Name", tool);
        }
        put("X-Request-Id", request);
        if asks {
            put("User-Agent", &format!("{}/{}", self.client.0, self.client.1));
        }
        json!({
            "timestamp": at.millis(),
            "direction": if asks { "client_to_server" } else { "server_to_client" },
            "server": SERVER,
            "transport": "streamable-http",
            "headers": headers,
            "message": message,
        })
    }
}

/// Returns how a server of the revision without sessions names itself.
pub(crate) fn server_info() -> Value {
    json!({ "io.modelcontextprotocol/serverInfo": { "name": SERVER, "version": "1.4.2" } })
}

/// Returns the JSON-RPC answer with its id.
pub(crate) fn with_id(rpc: u64, answer: Value) -> Value {
    let mut message = Map::new();
    message.insert("jsonrpc".to_owned(), json!("2.0"));
    message.insert("id".to_owned(), json!(rpc));
    if let Value::Object(members) = answer {
        message.extend(members);
    }
    Value::Object(message)
}

const TOOLS: [(&str, &str); 9] = [
    ("s3_get", "Read one object"),
    ("s3_list", "List the objects of a bucket"),
    ("s3_put", "Write one object"),
    ("ec2_describe", "Describe instances"),
    ("iam_get_role", "Read a role"),
    ("iam_attach_policy", "Attach a managed policy to a role"),
    ("cost_report", "Cost and usage"),
    ("sts_assume_role", "Start a role session"),
    ("shell_exec", "Run a command on a build host"),
];
