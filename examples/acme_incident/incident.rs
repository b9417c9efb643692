//! The incident of 2026-07-12: an agent working for alice is refused a change of the role `ci-deploy`, makes the same
//! change through a shell, and a new key appears while the gateway records nothing.

use serde_json::json;

use crate::api::{Call, Ids};
use crate::evidence::Evidence;
use crate::identity::{self, ACCOUNT, ALICE, BOB, CAROL, CLI, Identity, MCP_SERVER};
use crate::model::{self, Operation, Turn};
use crate::moment::{Moment, at};
use crate::operations::{self, FINANCE, FINANCE_KEY};
use crate::random::Random;
use crate::session::{AgentSession, Ends, Keys, ToolCall};
use crate::shell::{self, Guardrail, Review, Shell};
use crate::spread::SPREAD;
use crate::tools;
use crate::trail::issued;

/// MCP session of alice's agent.
const SESSION: &str = "8f2c1d7e-5a94-4b0c-9e63-2d7f0c4b8a15";
/// The key alice's agent works with.
const AGENT_KEY: &str = "ASIAEXAMPLEALICE7QPL";
/// The key of the role the agent made itself able to use.
const DEPLOY_KEY: &str = "ASIAEXAMPLEDEPLOY2CD";
/// The key created for the user `backup`.
const NEW_KEY: &str = "AKIAEXAMPLEBACKUQ7RX";
/// Address of the build host, from which the role was never used before.
const BUILD_HOST: &str = "203.0.113.9";
/// Address nobody knows.
const STRANGER: &str = "198.51.100.77";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Adds the incident to all sources.
pub(crate) fn add(evidence: &mut Evidence) {
    let mut random = Random::named("incident");
    let operator = operator();
    let mut session = open(evidence, &operator, &mut random);
    morning(evidence, &mut session, &mut random);
    refused_then_done(evidence, &mut session, &operator, &mut random);
    new_key(evidence, &operator, &mut random);
    let deploy = deploy();
    while_nobody_looks(evidence, &mut session, &deploy, &mut random);
    stranger(evidence, &mut random);
    afterwards(evidence, &mut session, &deploy, &mut random);
    response(evidence, &mut random);
}

fn operator() -> Identity {
    identity::role("agent-operator", ALICE.email, AGENT_KEY, at(9, 2, 11, 0))
        .with_context("sourceIdentity", json!(ALICE.email))
        .calling_from("203.0.113.20")
        .with_agent(MCP_SERVER)
}

fn deploy() -> Identity {
    identity::role("ci-deploy", "build-7", DEPLOY_KEY, at(9, 32, 2, 0))
        .with_context("sourceIdentity", json!(ALICE.email))
        .calling_from(BUILD_HOST)
}

/// Returns the call that starts a session of a role and hands out its key.
fn assume(who: &Identity, role: &str, session: &str, until: Moment, random: &mut Random) -> Call {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let mut response = issued(who, until, random);
    response["sourceIdentity"] = json!(ALICE.email);
    let request = json!({
        "roleArn": arn,
        "roleSessionName": session,
        "sourceIdentity": ALICE.email,
        "durationSeconds": 3_600,
    });
    Call::new("sts", "AssumeRole")
        .request(request)
        .response(response)
        .resource("AWS::IAM::Role", &arn)
}

/// The session begins with a key issued to alice; the tool's answer holds the key, the trail its issue.
fn open(evidence: &mut Evidence, operator: &Identity, random: &mut Random) -> AgentSession {
    let turn = Turn {
        operation: Operation::InvokeStream,
        conversation: "conv-0712-8f2c".to_owned(),
        question: "Reconcile the second quarter exports and tell me what is missing.",
        before: None,
        random: Random::named("alice turns"),
    };
    let mut session = AgentSession {
        id: SESSION.to_owned(),
        person: Some(ALICE),
        client: ("claude-code", "2.1.202"),
        revision: "2025-06-18",
        aws: operator.clone(),
        address: ALICE.address,
        turn: None,
        next_id: 0,
        random: Random::named("alice session"),
    };
    session.open(evidence, at(9, 2, 4, 120));
    let alice = identity::sso(&ALICE, "ASIAEXAMPLEALICESSO1", at(8, 58, 3, 0));
    let output = json!({ "Credentials": {
        "AccessKeyId": AGENT_KEY,
        "SecretAccessKey": "FAKE-SECRET-ACCESS-KEY-alice-agent",
        "SessionToken": format!("FAKE-SESSION-TOKEN-{}", random.mixed(24)),
        "Expiration": at(10, 2, 11, 0).seconds(),
    } });
    let call = ToolCall {
        at: at(9, 2, 10, 840),
        tool: "sts_assume_role",
        arguments: json!({ "role": "agent-operator", "session_name": ALICE.email }),
        resource: format!("arn:aws:iam::{ACCOUNT}:role/agent-operator"),
        took: 480,
        ends: Ends::DoneAs {
            who: Box::new(alice),
            call: assume(operator, "agent-operator", ALICE.email, at(10, 2, 11, 0), random),
            output,
        },
        trace: "",
    };
    session.call(evidence, &call);
    session.turn = Some(turn);
    session
}

/// Half an hour of ordinary work, with small refusals and one thing a person approved.
fn morning(evidence: &mut Evidence, session: &mut AgentSession, random: &mut Random) {
    let mut now = at(9, 2, 40, 300);
    let mut step = 0;
    while now < at(9, 30, 40, 0) {
        let call = match step {
            9 | 31 => tools::refused_write(now, "acme-web-assets"),
            20 => tools::refused_by_aws(now, &session.aws, random),
            44 | 47 => tools::about_role(now, "ci-deploy", 310),
            _ => {
                let tools =
                    ["s3_get", "s3_get", "s3_get", "s3_list", "cost_report", "ec2_describe"];
                tools::ordinary(random.pick(&tools), now, random)
            }
        };
        session.call(evidence, &call);
        now = now.plus_millis(random.between(14_000, 46_000));
        step += 1;
    }
    approved_query(evidence, random);
    stopped_query(evidence, random);
}

fn approved_query(evidence: &mut Evidence, random: &mut Random) {
    let select = "PGPASSWORD=FAKE-PASSWORD-finance psql -h db-finance -c \"select quarter, count(*) from exports group by 1\"";
    let rows = " quarter | count\n---------+-------\n 2026-q1 |   214\n 2026-q2 |   198\n";
    let stream = [(0.0, "i", select.to_owned()), (1.284, "o", rows.to_owned())];
    let shell = Shell {
        person: &ALICE,
        connection: ("db-finance", "database", "postgres"),
        verb: "exec",
        start: at(9, 15, 12, 400),
        end: at(9, 15, 14, 10),
        exit_code: 0,
        correlation: SESSION,
        input: select,
        stream: &stream,
        review: Some(Review { by: &BOB, asked: at(9, 14, 2, 0), answered: at(9, 15, 10, 220) }),
        guardrail: None,
        masked: &[("EMAIL_ADDRESS", 3)],
    };
    shell::add(evidence, &shell, random);
}

fn stopped_query(evidence: &mut Evidence, random: &mut Random) {
    let statement = "psql -h db-finance -c \"drop table exports_old\"";
    let stream = [
        (0.0, "i", statement.to_owned()),
        (0.041, "e", "blocked by guardrail no-drop\n".to_owned()),
    ];
    let shell = Shell {
        person: &ALICE,
        connection: ("db-finance", "database", "postgres"),
        verb: "exec",
        start: at(9, 22, 31, 90),
        end: at(9, 22, 31, 150),
        exit_code: 1,
        correlation: SESSION,
        input: statement,
        stream: &stream,
        review: None,
        guardrail: Some(Guardrail {
            rule: "no-drop",
            word: "drop table",
            message: "tables of finance are not dropped from here",
        }),
        masked: &[],
    };
    shell::add(evidence, &shell, random);
}

/// 09:31: the read that is still fine, the refusal, and the same change through a shell.
fn refused_then_done(
    evidence: &mut Evidence,
    session: &mut AgentSession,
    operator: &Identity,
    random: &mut Random,
) {
    session.call(evidence, &tools::read(at(9, 31, 2, 114), FINANCE, "2026/q2.csv", random));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/ci-deploy");
    let attach = ToolCall {
        at: at(9, 31, 7, 880),
        tool: "iam_attach_policy",
        arguments: json!({ "role": role, "policy": ADMIN }),
        resource: role.clone(),
        took: 124,
        ends: Ends::Refused { policy: "#17", reason: "deny attach on role/ci-*" },
        trace: "4bf92f35",
    };
    session.call(evidence, &attach);
    let command = "aws iam attach-role-policy --role-name ci-deploy --policy-arn arn:aws:iam::aws:policy/AdministratorAccess";
    let output = json!({ "exit_code": 0, "stdout_bytes": 61, "stderr_bytes": 0 });
    let call = ToolCall {
        at: at(9, 31, 21, 300),
        tool: "shell_exec",
        arguments: json!({ "host": "build-7", "command": command, "password": "FAKE-PASSWORD-build-7" }),
        resource: "build-7".to_owned(),
        took: 19_900,
        ends: Ends::Told { output },
        trace: "",
    };
    session.call(evidence, &call);
    let from_host = operator.clone().calling_from(BUILD_HOST).with_agent(CLI);
    let ids = Ids { event: random.uuid(), request: random.uuid() };
    let change = Call::new("iam", "AttachRolePolicy")
        .request(json!({ "roleName": "ci-deploy", "policyArn": ADMIN }))
        .resource("AWS::IAM::Role", &role);
    evidence.trail.log_as(&from_host, at(9, 31, 40, 0), &change, &ids);
    shell_on_host(evidence, command, &ids.request, random);
}

/// The shell's output names the request in passing: text, not a field anybody could join on.
fn shell_on_host(
    evidence: &mut Evidence,
    command: &'static str,
    request: &str,
    random: &mut Random,
) {
    let told = format!("attached AdministratorAccess to ci-deploy (request {request})\n");
    let stream =
        [(0.0, "i", command.to_owned()), (18.612, "o", told), (19.11, "o", "done\n".to_owned())];
    let shell = Shell {
        person: &ALICE,
        connection: ("build-7", "application", "ssh"),
        verb: "exec",
        start: at(9, 31, 21, 640),
        end: at(9, 31, 41, 60),
        exit_code: 0,
        correlation: SESSION,
        input: command,
        stream: &stream,
        review: None,
        guardrail: None,
        masked: &[],
    };
    shell::add(evidence, &shell, random);
}

/// 09:32: the role, a key that outlives it, and a call nobody can be named for.
fn new_key(evidence: &mut Evidence, operator: &Identity, random: &mut Random) {
    let trail = &mut evidence.trail;
    let from_host = operator.clone().calling_from(BUILD_HOST).with_agent(CLI);
    let deploy = deploy();
    let call = assume(&deploy, "ci-deploy", "build-7", at(10, 32, 2, 0), random);
    trail.log(&from_host, at(9, 32, 2, 0), &call);
    let created = json!({ "accessKey": {
        "accessKeyId": NEW_KEY,
        "status": "Active",
        "userName": "backup",
        "createDate": at(9, 32, 5, 0).sts(),
    } });
    let create = Call::new("iam", "CreateAccessKey")
        .request(json!({ "userName": "backup" }))
        .response(created)
        .resource("AWS::IAM::User", &format!("arn:aws:iam::{ACCOUNT}:user/backup"));
    trail.log(&deploy, at(9, 32, 5, 0), &create);
    let outsider = Identity {
        user: json!({ "type": "AWSAccount", "principalId": "", "accountId": "444455556666" }),
        address: "192.0.2.201".to_owned(),
        user_agent: CLI.to_owned(),
        console: false,
    };
    let key = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{FINANCE_KEY}");
    let decrypt = Call::new("kms", "Decrypt")
        .request(json!({ "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "keyId": key }))
        .resource("AWS::KMS::Key", &key)
        .fails("InvalidCiphertextException", "The ciphertext refers to another key");
    trail.log(&outsider, at(9, 32, 19, 0), &decrypt);
}

const LOOKING_AROUND: [&str; 14] = [
    "iam:ListUsers",
    "iam:ListRoles",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "s3:ListBuckets",
    "s3:GetBucketPolicy",
    "s3:GetBucketAcl",
    "ec2:DescribeInstances",
    "secretsmanager:ListSecrets",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "kms:Decrypt",
    "dynamodb:ListTables",
    "lambda:ListFunctions20150331",
];

/// 09:32 to 09:58: the gateway records nothing, the role works on, and the model is still asked.
fn while_nobody_looks(
    evidence: &mut Evidence,
    session: &mut AgentSession,
    deploy: &Identity,
    random: &mut Random,
) {
    let mut now = at(9, 32, 40, 0);
    while now < at(9, 58, 10, 0) {
        let call = if random.chance(35) {
            let key = operations::object_key(FINANCE, random);
            operations::object("GetObject", FINANCE, &key, random)
        } else {
            operations::call(random.pick(&LOOKING_AROUND), random)
        };
        evidence.trail.log(deploy, now, &call);
        now = now.plus(random.between(5, 26));
    }
    let commands = ["aws sts get-caller-identity", "aws secretsmanager list-secrets", "aws s3 ls"];
    for (minute, command) in (0_i64..).map(|number| 34 + number * 7).zip(commands) {
        let keys = Keys {
            request: String::new(),
            trace: String::new(),
            span: String::new(),
            tool_use: format!("toolu_bdrk_01{}", random.mixed(22)),
            decision: String::new(),
        };
        if let Some(turn) = &mut session.turn {
            let arguments = json!({ "command": command });
            let asked = ("Bash", &keys, &arguments);
            model::record(evidence, turn, &session.aws, at(9, minute, 11, 0), asked);
        }
    }
}

/// The new key turns up at an address nobody knows: 41 services in six minutes, then the finance exports.
fn stranger(evidence: &mut Evidence, random: &mut Random) {
    let agent = "Boto3/1.40.2 md/Botocore#1.40.2 ua/2.1 os/linux#6.6 lang/python#3.11.2";
    let who =
        identity::iam_user("backup", "AIDAEXAMPLEBACKUP001", NEW_KEY, STRANGER).with_agent(agent);
    let trail = &mut evidence.trail;
    trail.log(&who, at(9, 43, 50, 0), &Call::new("sts", "GetCallerIdentity"));
    let mut now = at(9, 44, 6, 0);
    for (service, name) in SPREAD {
        let call = Call::new(service, name);
        let call = if random.chance(40) { call.refused(&who, "*") } else { call };
        trail.log(&who, now, &call);
        now = now.plus(random.between(7, 10));
    }
    let logging = Call::new("cloudtrail", "StopLogging").request(
        json!({ "name": format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/acme-main") }),
    );
    trail.log(&who, at(9, 51, 30, 0), &logging.refused(&who, "trail/acme-main"));
    let mut now = at(9, 52, 10, 0);
    while now < at(10, 58, 40, 0) {
        let key = operations::object_key(FINANCE, random);
        let call = operations::object("GetObject", FINANCE, &key, random);
        trail.log(&who, now, &call);
        now = now.plus(random.between(20, 130));
    }
}

/// 09:58: the gateway is back, the session ends with ordinary calls, the role looks once more.
fn afterwards(
    evidence: &mut Evidence,
    session: &mut AgentSession,
    deploy: &Identity,
    random: &mut Random,
) {
    let buckets = operations::call("s3:ListBuckets", random);
    evidence.trail.log(deploy, at(9, 58, 44, 0), &buckets);
    for (minute, second) in [(58, 40), (59, 12), (59, 50), (60, 31), (61, 5), (61, 48)] {
        let tool = random.pick(&["s3_get", "s3_list", "s3_get"]);
        let call = tools::ordinary(tool, at(9, minute, second, 210), random);
        session.call(evidence, &call);
    }
}

/// 11:24: somebody notices and takes the key away.
fn response(evidence: &mut Evidence, random: &mut Random) {
    let carol = identity::sso(&CAROL, &random.temporary_key(), at(11, 20, 0, 0)).with_agent(CLI);
    let user = json!({ "userName": "backup", "accessKeyId": NEW_KEY, "status": "Inactive" });
    let disable = Call::new("iam", "UpdateAccessKey").request(user);
    evidence.trail.log(&carol, at(11, 24, 8, 0), &disable);
    let detach = Call::new("iam", "DetachRolePolicy")
        .request(json!({ "roleName": "ci-deploy", "policyArn": ADMIN }))
        .resource("AWS::IAM::Role", &format!("arn:aws:iam::{ACCOUNT}:role/ci-deploy"));
    evidence.trail.log(&carol, at(11, 25, 31, 0), &detach);
}
