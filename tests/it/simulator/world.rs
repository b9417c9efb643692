//! A made-up company for a day: people, agents of several kinds, a gateway, two accounts. Everything that happens is known,
//! so that what the program concludes from the records can be counted right or wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::parts::{
    ACCOUNTS, Caller, Deed, Random, SECOND, START, STORE, directory_id, mail, named, person_names,
    role_identity, subject, time,
};

/// What is true about one cloud event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// The call that caused it, if a call did.
    pub(crate) call: Option<String>,
    /// Ids of sessions it may be put in: the agent's own, and a credential that nobody else used.
    pub(crate) sessions: BTreeSet<String>,
    /// The person, if the records that are left can tell.
    pub(crate) people: BTreeSet<String>,
    /// True when a key or a credential of its own ties it to its session in what was written.
    pub(crate) is_keyed: bool,
}

/// Records as they are written, and the truth about them.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) cloud: Vec<Value>,
    pub(crate) gateway: Vec<Value>,
    pub(crate) mcp: Vec<Value>,
    pub(crate) transcripts: BTreeMap<String, Vec<Value>>,
    /// By `eventID`.
    pub(crate) truth: BTreeMap<String, Truth>,
    /// The call that a record of the asking side is about: by its own id, or session and time.
    pub(crate) calls: BTreeMap<String, String>,
    /// Keys that calls handed out: issuing record to key.
    pub(crate) issued: BTreeSet<(String, String)>,
    random: Random,
    skew_gateway: i64,
    skew_laptop: i64,
    now: i64,
}

impl World {
    /// Makes a day from a seed. Clocks of the gateway and the laptops are off by that many microseconds.
    pub(crate) fn new(seed: u64, skew_gateway: i64, skew_laptop: i64) -> Self {
        let mut world =
            Self { random: Random(seed), skew_gateway, skew_laptop, now: START, ..Self::default() };
        for person in 0..8 {
            world.sign_in(person);
        }
        for round in 0..6 {
            for person in 0..8 {
                world.now = START + i64::try_from(round * 8 + person).unwrap_or(0) * 900 * SECOND;
                match (round + person) % 8 {
                    0 => world.managed_agent(person),
                    1 | 5 => world.gateway_agent(person, true),
                    2 | 6 => world.gateway_agent(person, false),
                    3 => world.coding_agent(person),
                    4 => world.chained_roles(person),
                    _ => world.agent_with_long_key(person),
                }
                world.bystanders();
            }
        }
        for _ in 0..3 {
            world.impostor();
        }
        world.borrowed_name();
        world.reused_ids();
        world
    }

    fn wait(&mut self, least: u64, most: u64) {
        let pause = least + self.random.below(most - least);
        self.now += i64::try_from(pause).unwrap_or(0) * SECOND / 10;
    }

    fn deed(&mut self) -> Deed {
        let pick = self.random.below(40);
        match self.random.below(6) {
            0 | 1 => self.object("GetObject", "get-object", true),
            2 => self.object("PutObject", "put-object", false),
            3 => named(
                "iam",
                "AttachRolePolicy",
                "role",
                "roleName",
                "RoleName",
                &format!("app-role-{pick}"),
                false,
            ),
            4 => named(
                "dynamodb",
                "DescribeTable",
                "table",
                "tableName",
                "TableName",
                &format!("orders-{pick}"),
                true,
            ),
            _ => named(
                "secretsmanager",
                "GetSecretValue",
                "secret-id",
                "secretId",
                "SecretId",
                &format!("prod/app-{pick}/db"),
                true,
            ),
        }
    }

    fn object(&mut self, operation: &'static str, command: &str, is_read: bool) -> Deed {
        let (bucket, key) = (
            format!("acme-data-{}", self.random.below(12)),
            format!("in/{}.csv", self.random.below(60)),
        );
        Deed {
            service: "s3",
            operation,
            parameters: json!({ "bucketName": bucket, "key": key }),
            command: format!("aws s3api {command} --bucket {bucket} --key {key} out.csv"),
            arguments: json!({ "Bucket": bucket, "Key": key }),
            tool: format!("s3_{}", command.replace('-', "_")),
            is_read,
        }
    }

    /// Writes one cloud event and returns its `eventID`.
    fn happens(
        &mut self,
        at: i64,
        caller: &Caller,
        deed: &Deed,
        request: &str,
        more: Value,
    ) -> String {
        let id = self.random.uuid();
        let mut record = json!({
            "eventVersion": "1.11", "userIdentity": caller.identity, "eventTime": time(at, false),
            "eventSource": format!("{}.amazonaws.com", deed.service), "eventName": deed.operation,
            "awsRegion": "us-east-1", "sourceIPAddress": caller.address, "userAgent": caller.user_agent,
            "requestParameters": deed.parameters, "responseElements": null, "requestID": request, "eventID": id,
            "readOnly": deed.is_read, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": caller.account, "eventCategory": "Management"
        });
        if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
            record.extend(more);
        }
        self.cloud.push(record);
        id
    }

    fn told(
        &mut self,
        id: String,
        call: Option<&str>,
        sessions: &[&str],
        people: BTreeSet<String>,
        is_keyed: bool,
    ) {
        let sessions = sessions.iter().map(|id| (*id).to_owned()).collect();
        self.truth.insert(id, Truth { call: call.map(str::to_owned), sessions, people, is_keyed });
    }

    fn sign_in(&mut self, person: u64) {
        let caller = Caller {
            identity: json!({ "type": "IdentityCenterUser", "accountId": ACCOUNTS[0], "credentialId": self.random.uuid(),
                "onBehalfOf": { "userId": directory_id(person), "identityStoreArn": STORE } }),
            account: ACCOUNTS[0],
            user_agent: "Mozilla/5.0".to_owned(),
            address: "198.51.100.10",
        };
        let deed = Deed {
            service: "signin",
            operation: "UserAuthentication",
            parameters: json!(null),
            command: String::new(),
            arguments: json!({}),
            tool: String::new(),
            is_read: false,
        };
        let request = self.random.uuid();
        let at = self.now;
        let more = json!({ "additionalEventData": { "UserName": mail(person), "CredentialType": "PASSWORD" } });
        let id = self.happens(at, &caller, &deed, &request, more);
        self.told(id, None, &[], person_names(person), false);
    }

    fn sso_role(person: u64, key: &str, account: &'static str, stamped: bool) -> Caller {
        let mut identity =
            role_identity("AWSReservedSSO_Dev_0123456789abcdef", &mail(person), key, account);
        if stamped {
            identity["onBehalfOf"] =
                json!({ "userId": directory_id(person), "identityStoreArn": STORE });
        }
        Caller {
            identity,
            account,
            user_agent: "aws-cli/2.34.30 md/awscrt#0.31.2".to_owned(),
            address: "198.51.100.10",
        }
    }

    /// An agent that uses AWS's own MCP server: its calls name the requests they caused.
    fn managed_agent(&mut self, person: u64) {
        let session =
            format!("arn:aws:signin:us-east-1:{}:session/{}", ACCOUNTS[0], self.random.uuid());
        for _ in 0..8 {
            self.wait(50, 400);
            let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
            let key = self.random.key("ASIA");
            let mut caller = Self::sso_role(person, &key, ACCOUNTS[0], true);
            caller.identity["sessionContext"]["signInSessionArn"] = json!(session);
            let mut forwarded = caller.clone();
            forwarded.identity["invokedBy"] = json!("aws-mcp.amazonaws.com");
            (forwarded.address, forwarded.user_agent) =
                ("aws-mcp.amazonaws.com", "aws-mcp.amazonaws.com".to_owned());
            if let Some(identity) = caller.identity.as_object_mut() {
                identity.remove("accessKeyId");
            }
            let call = self.random.uuid();
            if !self.random.chance(10) {
                let id = self.happens(at, &forwarded, &deed, &request, json!({}));
                self.told(id, Some(&call), &[&session], person_names(person), true);
            }
            let tool = Deed {
                service: "aws-mcp",
                operation: "CallReadWriteTool",
                is_read: false,
                parameters: json!({ "jsonrpc": "2.0", "method": "tools/call", "id": 1, "params": { "name": "aws___call_aws",
                    "_meta": "[HIDDEN_DUE_TO_SECURITY_REASONS]", "arguments": "[HIDDEN_DUE_TO_SECURITY_REASONS]" } }),
                ..deed.clone()
            };
            let more = json!({ "eventType": "AwsMcpEvent", "additionalEventData": { "downstreamRequests": [{
                "apiName": format!("{}:{}", deed.service, deed.operation), "requestId": request, "awsRegion": "us-east-1" }] } });
            caller.user_agent = "claude-code/2.1.202 (cli)".to_owned();
            let own = self.random.uuid();
            let id = self.happens(at + SECOND, &caller, &tool, &own, more);
            self.calls.insert(id.clone(), call.clone());
            self.told(id, Some(&call), &[&session], person_names(person), true);
        }
    }

    /// An agent behind the gateway. With a credential of its own the role session is named after its session; without,
    /// it shares the gateway's key with everybody, and nothing but request ids tells whose call it was.
    fn gateway_agent(&mut self, person: u64, has_own: bool) {
        let session = self.random.uuid();
        let account = if has_own { ACCOUNTS[1] } else { ACCOUNTS[0] };
        let key = if has_own { self.random.key("ASIA") } else { "ASIASIMGATEWAYSHARED".to_owned() };
        let name = if has_own { session.clone() } else { "gateway-edge-1".to_owned() };
        let caller = Caller {
            identity: role_identity("AgentGateway", &name, &key, account),
            account,
            user_agent: "Boto3/1.43.11 md/awslabs#mcp#aws-admin#1.4.2".to_owned(),
            address: "203.0.113.80",
        };
        let own = format!("key:{key}");
        for turn in 0..10 {
            self.wait(20, 300);
            let (deed, at) = (self.deed(), self.now);
            let (request, asked, call) =
                (self.random.uuid(), self.random.uuid(), self.random.uuid());
            let is_recorded = !self.random.chance(8);
            let names_request = !self.random.chance(30);
            let is_dropped = self.random.chance(8);
            if is_recorded {
                let seen = at + self.skew_gateway;
                self.capture(
                    &session,
                    seen,
                    &asked,
                    turn,
                    &deed,
                    names_request.then_some(request.as_str()),
                    &call,
                );
            }
            if !self.random.chance(10) {
                self.gateway_line(person, at + self.skew_gateway + 20_000, &asked, &deed, &call);
            }
            if !is_dropped {
                let delay = i64::try_from(self.random.below(800)).unwrap_or(0) * 1000;
                let id = self.happens(at + 100_000 + delay, &caller, &deed, &request, json!({}));
                let is_keyed = has_own || (is_recorded && names_request);
                let sessions = if has_own {
                    vec![session.as_str(), own.as_str()]
                } else {
                    vec![session.as_str()]
                };
                let people =
                    if is_recorded || has_own { person_names(person) } else { BTreeSet::new() };
                self.told(id, Some(&call), &sessions, people, is_keyed);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one record with all that varies in it")]
    fn capture(
        &mut self,
        session: &str,
        at: i64,
        asked: &str,
        turn: u32,
        deed: &Deed,
        request: Option<&str>,
        call: &str,
    ) {
        let shell = |at: i64, direction: &str, message: Value| {
            json!({ "timestamp": time(at, true), "direction": direction, "server": "aws-admin", "transport": "streamable-http",
                "headers": { "Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-06-18", "X-Request-Id": asked }, "message": message })
        };
        let answer_at = at + 1_100_000;
        let metadata = request
            .map_or_else(|| json!({}), |id| json!({ "ResponseMetadata": { "RequestId": id } }));
        self.mcp.push(shell(
            at,
            "client_to_server",
            json!({ "jsonrpc": "2.0", "id": turn, "method": "tools/call",
            "params": { "name": deed.tool, "arguments": deed.arguments } }),
        ));
        self.mcp.push(shell(answer_at, "server_to_client", json!({ "jsonrpc": "2.0", "id": turn,
            "result": { "content": [{ "type": "text", "text": "done" }], "structuredContent": metadata, "isError": false } })));
        for at in [at, answer_at] {
            self.calls.insert(format!("{session} {}", time(at, true)), call.to_owned());
        }
    }

    fn gateway_line(&mut self, person: u64, at: i64, asked: &str, deed: &Deed, call: &str) {
        let id = self.random.uuid();
        self.gateway.push(json!({ "time": time(at, true), "level": "AUDIT", "msg": "audit_event", "audit_id": id,
            "type": "mcp_tool_call", "logged_at": time(at, true), "outcome": "success", "component": "edge-1",
            "source": { "type": "network", "value": "198.51.100.10", "extra": { "user_agent": "claude-code/2.1.202", "request_id": asked } },
            "subjects": { "user": mail(person), "user_id": subject(person), "client_name": "claude-code", "client_version": "2.1.202" },
            "target": { "endpoint": "/mcp", "method": "POST", "type": "tool", "name": deed.tool },
            "metadata": { "extra": { "transport": "streamable-http", "backend_name": "aws-admin" } } }));
        self.calls.insert(id, call.to_owned());
    }

    /// A coding agent on a laptop, with the key that its user works with too.
    fn coding_agent(&mut self, person: u64) {
        let (session, key) = (self.random.uuid(), self.random.key("ASIA"));
        let caller = Self::sso_role(person, &key, ACCOUNTS[0], false);
        let own = format!("key:{key}");
        for _ in 0..10 {
            self.wait(30, 400);
            let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
            let call = self.transcript_call(
                &session,
                at + self.skew_laptop,
                "Bash",
                &json!({ "command": deed.command }),
            );
            if !self.random.chance(12) {
                let id = self.happens(at + 700_000, &caller, &deed, &request, json!({}));
                self.told(id, Some(&call), &[&session], person_names(person), false);
            }
            if self.random.chance(30) {
                // The user does something with the same key.
                self.wait(10, 200);
                let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
                let id = self.happens(at, &caller, &deed, &request, json!({}));
                self.told(id, None, &[&own], person_names(person), true);
            }
        }
    }

    fn transcript_call(&mut self, session: &str, at: i64, tool: &str, input: &Value) -> String {
        let (uuid, answer, call) = (self.random.uuid(), self.random.uuid(), self.random.uuid());
        let tool_use = format!("toolu_01SIM{:020}", self.random.next());
        let line = |kind: &str, uuid: &str, at: i64, message: Value| {
            json!({ "type": kind, "uuid": uuid, "sessionId": session, "timestamp": time(at, true), "isSidechain": false,
                "userType": "external", "cwd": "/home/dev/app", "version": "2.1.202", "message": message })
        };
        let asking = line(
            "assistant",
            &uuid,
            at,
            json!({ "id": format!("msg_{}", self.random.below(1 << 60)), "type": "message",
            "role": "assistant", "model": "claude-sonnet-4-5", "content": [{ "type": "tool_use", "id": tool_use, "name": tool, "input": input }] }),
        );
        let result = line(
            "user",
            &answer,
            at + 1_500_000,
            json!({ "role": "user",
            "content": [{ "type": "tool_result", "tool_use_id": tool_use, "content": "done", "is_error": false }] }),
        );
        self.transcripts.entry(session.to_owned()).or_default().extend([asking, result]);
        self.calls.insert(uuid, call.clone());
        self.calls.insert(answer, call.clone());
        call
    }

    /// A person takes on a role, and from it another one.
    fn chained_roles(&mut self, person: u64) {
        let first = self.random.key("ASIA");
        let mut caller = Self::sso_role(person, &first, ACCOUNTS[0], true);
        let mut key = first;
        for (step, account) in [ACCOUNTS[0], ACCOUNTS[1]].into_iter().enumerate() {
            self.wait(50, 200);
            let (next, role, request, at) =
                (self.random.key("ASIA"), format!("Deploy{step}"), self.random.uuid(), self.now);
            let name = format!("botocore-session-{}", 1_777_881_600 + self.random.below(80_000));
            let deed = Deed {
                service: "sts",
                operation: "AssumeRole",
                is_read: true,
                command: String::new(),
                arguments: json!({}),
                tool: String::new(),
                parameters: json!({ "roleArn": format!("arn:aws:iam::{account}:role/{role}"), "roleSessionName": name }),
            };
            let more = json!({ "responseElements": { "credentials": { "accessKeyId": next, "expiration": "May 5, 2026, 12:00:00 AM" },
                "assumedRoleUser": { "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}") } } });
            let id = self.happens(at, &caller, &deed, &request, more);
            self.issued.insert((id.clone(), next.clone()));
            self.told(id, None, &[&format!("key:{key}")], person_names(person), true);
            caller = Caller {
                identity: role_identity(&role, &name, &next, account),
                account,
                user_agent: "Boto3/1.43.11".to_owned(),
                address: "198.51.100.10",
            };
            key = next;
            for _ in 0..4 {
                self.wait(20, 200);
                let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
                let id = self.happens(at, &caller, &deed, &request, json!({}));
                self.told(id, None, &[&format!("key:{key}")], person_names(person), true);
            }
        }
    }

    /// A local MCP server with a long-lived key that several people share: nothing but the arguments tells whose call it was.
    fn agent_with_long_key(&mut self, _person: u64) {
        let session = self.random.uuid();
        let user = "arn:aws:iam::111122223333:user/tools-shared";
        let caller = Caller {
            identity: json!({ "type": "IAMUser", "principalId": "AIDASIMSHARED", "arn": user, "accountId": ACCOUNTS[0],
                "accessKeyId": "AKIASIMTOOLSSHARED01", "userName": "tools-shared" }),
            account: ACCOUNTS[0],
            user_agent: "Boto3/1.43.11 md/awslabs#mcp#aws-api-mcp-server#1.0.0".to_owned(),
            address: "198.51.100.10",
        };
        for _ in 0..6 {
            self.wait(40, 300);
            let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
            let tool = format!("mcp__aws__{}", deed.tool);
            let call =
                self.transcript_call(&session, at + self.skew_laptop, &tool, &deed.arguments);
            if !self.random.chance(10) {
                let id = self.happens(at + 400_000, &caller, &deed, &request, json!({}));
                self.told(id, Some(&call), &[&session], BTreeSet::from([user.to_owned()]), false);
            }
        }
    }

    /// Others do the same to the same things, from the same address, some of them at the very time.
    fn bystanders(&mut self) {
        let key = "ASIASIMBATCHJOB00001";
        let caller = Caller {
            identity: role_identity("BatchJob", "nightly-batch", key, ACCOUNTS[0]),
            account: ACCOUNTS[0],
            user_agent: "aws-sdk-java/2.0".to_owned(),
            address: "198.51.100.10",
        };
        for _ in 0..14 {
            self.wait(5, 200);
            let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
            let id = self.happens(at, &caller, &deed, &request, json!({}));
            self.told(id, None, &["key:ASIASIMBATCHJOB00001"], BTreeSet::new(), true);
        }
        // The same thing twice, a second apart, by an agent whose record of one was dropped.
        let (session, deed) = (self.random.uuid(), self.deed());
        self.wait(100, 200);
        let (at, request) = (self.now, self.random.uuid());
        self.transcript_call(
            &session,
            at + self.skew_laptop,
            "Bash",
            &json!({ "command": deed.command }),
        );
        let id = self.happens(at + SECOND, &caller, &deed, &request, json!({}));
        self.told(id, None, &["key:ASIASIMBATCHJOB00001"], BTreeSet::new(), true);
        let id = self.happens(at + SECOND, &caller, &deed, &request.replace('-', ""), json!({}));
        self.told(id, None, &["key:ASIASIMBATCHJOB00001"], BTreeSet::new(), true);
    }

    /// What an agent asked for left no record, and at the same time somebody else did the same to the same thing: from the
    /// records alone this is a match.
    fn impostor(&mut self) {
        let session = self.random.uuid();
        self.wait(300, 600);
        let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
        self.transcript_call(
            &session,
            at + self.skew_laptop,
            "Bash",
            &json!({ "command": deed.command }),
        );
        let caller = Caller {
            identity: role_identity(
                "BatchJob",
                "nightly-batch",
                "ASIASIMBATCHJOB00001",
                ACCOUNTS[0],
            ),
            account: ACCOUNTS[0],
            user_agent: "aws-sdk-java/2.0".to_owned(),
            address: "198.51.100.10",
        };
        let id = self.happens(at + SECOND, &caller, &deed, &request, json!({}));
        self.told(id, None, &["key:ASIASIMBATCHJOB00001"], BTreeSet::new(), false);
    }

    /// Somebody takes on a role under another person's address: who it was cannot be told.
    fn borrowed_name(&mut self) {
        let (key, request) = (self.random.key("ASIA"), self.random.uuid());
        let bob = Caller {
            identity: json!({ "type": "IAMUser", "principalId": "AIDASIMBOB", "accountId": ACCOUNTS[0],
                "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIASIMBOB0000000001", "userName": "bob" }),
            account: ACCOUNTS[0],
            user_agent: "aws-cli/2.34.30".to_owned(),
            address: "198.51.100.10",
        };
        let deed = Deed {
            service: "sts",
            operation: "AssumeRole",
            is_read: true,
            command: String::new(),
            arguments: json!({}),
            tool: String::new(),
            parameters: json!({ "roleArn": "arn:aws:iam::111122223333:role/Shared", "roleSessionName": mail(3) }),
        };
        let more = json!({ "responseElements": { "credentials": { "accessKeyId": key } } });
        let at = self.now;
        let id = self.happens(at, &bob, &deed, &request, more);
        self.issued.insert((id.clone(), key.clone()));
        self.told(
            id,
            None,
            &[],
            BTreeSet::from(["arn:aws:iam::111122223333:user/bob".to_owned()]),
            false,
        );
        let caller =
            Caller { identity: role_identity("Shared", &mail(3), &key, ACCOUNTS[0]), ..bob };
        for _ in 0..3 {
            self.wait(20, 60);
            let (deed, at, request) = (self.deed(), self.now, self.random.uuid());
            let id = self.happens(at, &caller, &deed, &request, json!({}));
            self.told(id, None, &[&format!("key:{key}")], BTreeSet::new(), true);
        }
    }

    /// Ids that mean nothing: a counter of the gateway that begins anew, a request id that two accounts have.
    fn reused_ids(&mut self) {
        for number in 0..6_u32 {
            self.wait(100, 600);
            let (deed, call, session) = (self.deed(), self.random.uuid(), self.random.uuid());
            let at = self.now + self.skew_gateway;
            self.capture(
                &session,
                at,
                &format!("req-{:08}", number % 2),
                number,
                &deed,
                Some("SIMREUSEDREQUEST0001"),
                &call,
            );
            self.gateway_line(
                u64::from(number),
                at + 20_000,
                &format!("req-{:08}", number % 2),
                &deed,
                &call,
            );
        }
        for account in ACCOUNTS {
            let caller = Caller {
                identity: role_identity("BatchJob", "nightly-batch", &reused_key(account), account),
                account,
                user_agent: "aws-sdk-java/2.0".to_owned(),
                address: "198.51.100.10",
            };
            let (deed, at) = (self.deed(), self.now);
            let id = self.happens(at, &caller, &deed, "SIMREUSEDREQUEST0001", json!({}));
            let key = format!("key:{}", &reused_key(account));
            self.told(id, None, &[&key], BTreeSet::new(), true);
        }
    }
}

/// A key of twenty characters for each account.
fn reused_key(account: &str) -> String {
    format!("ASIASIMREUSED{account:.7}")
}
