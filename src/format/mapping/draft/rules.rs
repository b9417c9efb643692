//! Which names of members mean which role, and what their values must look like. Order matters twice: an earlier role
//! takes a member first, and an earlier name is the better source of a role.

use crate::format::mapping::shapes::Shape;

/// What the values of a role must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Text,
    Time,
    Number,
    Address,
    /// Anything: arguments and results.
    Content,
    /// A value in every record, no two equal.
    Distinct,
    Hex32,
    Hex16,
    AccessKey,
    Outcome,
    Decision,
}

/// A role with the names that members with its meaning have.
pub(super) struct Rule {
    pub(super) role: &'static str,
    pub(super) need: Need,
    pub(super) names: &'static [&'static str],
    /// Further lines of the table.
    pub(super) lines: &'static [&'static str],
}

impl Rule {
    /// Returns the place of a member in the list of names, if it is there.
    pub(super) fn rank_of(&self, names: &[String]) -> Option<usize> {
        self.names.iter().position(|known| names.iter().any(|name| name == known))
    }
}

const fn rule(
    role: &'static str,
    need: Need,
    names: &'static [&'static str],
    lines: &'static [&'static str],
) -> Rule {
    Rule { role, need, names, lines }
}

const ASSERTED: &[&str] = &[
    "# `observed` only if the product checked it; `asserted` if a client says so of itself.",
    "trust = \"asserted\"",
];
const HIDDEN: &[&str] = &[
    "# Content may hold secrets and personal data: hidden until it is asked for.",
    "sensitive = true",
];

pub(super) const RULES: &[Rule] = &[
    rule(
        "time",
        Need::Time,
        &[
            "timestamp",
            "ts",
            "time",
            "eventtime",
            "loggedat",
            "createdat",
            "datetime",
            "starttime",
            "startedat",
            "occurredat",
            "date",
        ],
        &[],
    ),
    rule("time_end", Need::Time, &["endtime", "endedat", "finishedat", "completedat"], &[]),
    rule(
        "event_id",
        Need::Distinct,
        &["eventid", "auditid", "logid", "recordid", "eventuuid", "uuid", "id"],
        &[],
    ),
    rule(
        "session",
        Need::Text,
        &["sessionid", "mcpsessionid", "conversationid", "threadid", "session"],
        &[],
    ),
    rule("trace", Need::Hex32, &["traceid", "trace"], &[]),
    rule("parent", Need::Hex16, &["parentspanid", "parentid"], &[]),
    rule("span", Need::Hex16, &["spanid", "span"], &[]),
    rule("request", Need::Text, &["requestid", "reqid", "rpcid", "jsonrpcid"], &[]),
    rule("corr", Need::Text, &["correlationid", "operationid"], ASSERTED),
    rule(
        "human",
        Need::Text,
        &["useremail", "email", "username", "usersub", "userid", "user", "subject", "upn", "login"],
        ASSERTED,
    ),
    rule("agent", Need::Text, &["agentid", "agentname", "agent"], ASSERTED),
    rule("client", Need::Text, &["clientname", "clientinfoname", "clientid", "client"], ASSERTED),
    rule(
        "cred",
        Need::AccessKey,
        &["accesskeyid", "accesskey", "key", "keyid", "credentialsaccesskeyid"],
        &[],
    ),
    rule(
        "actor",
        Need::Text,
        &["principalarn", "rolearn", "principal", "principalid", "serviceaccount"],
        &[],
    ),
    rule(
        "server",
        Need::Text,
        &[
            "servername",
            "mcpserver",
            "serverid",
            "server",
            "backendname",
            "backend",
            "upstream",
            "target",
        ],
        &[],
    ),
    rule("tool", Need::Text, &["toolname", "functionname", "tool", "mcptool"], &[]),
    rule("method", Need::Text, &["mcpmethod", "rpcmethod", "jsonrpcmethod", "method"], &[]),
    rule(
        "action",
        Need::Text,
        &["action", "eventname", "operation", "eventtype", "event", "verb"],
        &[],
    ),
    rule(
        "resource",
        Need::Text,
        &["resourcearn", "resourceuri", "resourceid", "resourcename", "resource", "uri"],
        &[],
    ),
    rule("resource_type", Need::Text, &["resourcetype"], &[]),
    rule(
        "args",
        Need::Content,
        &[
            "toolarguments",
            "toolinput",
            "toolargs",
            "arguments",
            "args",
            "parameters",
            "params",
            "input",
        ],
        HIDDEN,
    ),
    rule(
        "decision",
        Need::Decision,
        &["decision", "effect", "verdict", "allowed", "allow", "authorized"],
        &[],
    ),
    rule(
        "outcome",
        Need::Outcome,
        &[
            "outcome",
            "status",
            "result",
            "success",
            "statuscode",
            "httpstatus",
            "responsestatus",
            "state",
        ],
        &[],
    ),
    rule(
        "result",
        Need::Content,
        &["toolresult", "tooloutput", "response", "output", "result"],
        HIDDEN,
    ),
    rule("error_code", Need::Text, &["errorcode", "errortype"], &[]),
    rule(
        "policy",
        Need::Text,
        &["policyid", "policyname", "policy", "ruleid", "rulename", "rule"],
        &[],
    ),
    rule("reason", Need::Text, &["denyreason", "reason", "decisionreason", "errormessage"], &[]),
    rule("model", Need::Text, &["modelid", "modelname", "model"], &[]),
    rule("tok_in", Need::Number, &["inputtokens", "prompttokens", "tokensin", "usageinput"], &[]),
    rule(
        "tok_out",
        Need::Number,
        &["outputtokens", "completiontokens", "tokensout", "usageoutput"],
        &[],
    ),
    rule(
        "cost",
        Need::Number,
        &["costusd", "totalcost", "cost", "spend"],
        &["# In US dollars; `scale` turns another unit into them."],
    ),
    rule("bytes", Need::Number, &["responsesizebytes", "responsebytes", "bytessent", "bytes"], &[]),
    rule(
        "ip",
        Need::Address,
        &["clientip", "sourceip", "remoteip", "remoteaddr", "ipaddress", "ip", "peer"],
        &[],
    ),
    rule("ua", Need::Text, &["useragent"], &[]),
];

/// Identifiers to join by: pivot, shape, and names where the shape alone says too little.
pub(super) const PIVOTS: &[(&str, Shape, &[&str])] = &[
    ("aws_access_key", Shape::AccessKey, &[]),
    ("toolu", Shape::ToolUse, &[]),
    (
        "aws_request_id",
        Shape::Uuid,
        &["awsrequestid", "awsrequestids", "amznrequestid", "xamznrequestid"],
    ),
];
