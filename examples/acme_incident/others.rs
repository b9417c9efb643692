//! The other agents of the day: two people's ordinary sessions, one agent with nobody behind it, and one client of the
//! revision without sessions that asks a person before it goes on.

use serde_json::json;

use crate::api::Call;
use crate::evidence::Evidence;
use crate::identity::{self, BOB, CAROL, ERIN, MCP_SERVER, Person};
use crate::model::{Operation, Turn};
use crate::moment::{Moment, at};
use crate::operations;
use crate::random::Random;
use crate::session::{AgentSession, Keys, SESSIONLESS, server_info, with_id};
use crate::shell::{self, Shell};
use crate::tools;
use crate::trail::issued;

/// Adds all of them.
pub(crate) fn add(evidence: &mut Evidence) {
    let mut random = Random::named("others");
    let carol_id = "c7714a02-93d1-4f6e-8b55-0e6a9c2f7d31";
    ordinary(evidence, &CAROL, carol_id, (at(-1, 4, 0, 0), 24), &mut random);
    let bob_id = "b05d93e8-1f27-4c3a-a6d0-9b8e2c41f7a6";
    ordinary(evidence, &BOB, bob_id, (at(7, 41, 0, 0), 26), &mut random);
    let again_id = "e94b20c6-7d18-4a52-9c0f-51d3e8a7b642";
    ordinary(evidence, &CAROL, again_id, (at(11, 8, 0, 0), 18), &mut random);
    nobody(evidence, &mut random);
    sessionless(evidence, &mut random);
    maintenance(evidence, &mut random);
}

fn ordinary(
    evidence: &mut Evidence,
    person: &Person,
    id: &str,
    when: (Moment, u32),
    random: &mut Random,
) {
    let (start, n_calls) = when;
    let key = random.temporary_key();
    let aws = identity::role("agent-operator", person.email, &key, start.plus(2))
        .with_context("sourceIdentity", json!(person.email))
        .calling_from("203.0.113.20")
        .with_agent(MCP_SERVER);
    let caller = identity::sso(person, &random.temporary_key(), start.plus(-300));
    let arn = "arn:aws:iam::111122223333:role/agent-operator";
    let mut response = issued(&aws, start.plus(3_602), random);
    response["sourceIdentity"] = json!(person.email);
    let assume = Call::new("sts", "AssumeRole")
        .request(json!({
            "roleArn": arn,
            "roleSessionName": person.email,
            "sourceIdentity": person.email,
            "durationSeconds": 3_600,
        }))
        .response(response)
        .resource("AWS::IAM::Role", arn);
    evidence.trail.log(&caller, start.plus(2), &assume);
    let mut session = AgentSession {
        id: id.to_owned(),
        person: Some(*person),
        client: ("claude-code", "2.1.198"),
        revision: "2025-06-18",
        aws,
        address: person.address,
        turn: None,
        next_id: 0,
        random: Random::named(id),
    };
    session.open(evidence, start);
    let mut now = start.plus(20);
    for step in 0..n_calls {
        let choice = ["s3_list", "cost_report", "ec2_describe", "s3_get", "iam_get_role"];
        let call = if step == 11 {
            tools::refused_write(now, "acme-logs")
        } else {
            tools::ordinary(random.pick(&choice), now, random)
        };
        session.call(evidence, &call);
        now = now.plus_millis(random.between(21_000, 84_000));
    }
}

/// An agent in a container: its role's key was handed out by the platform, its user is `anonymous`.
fn nobody(evidence: &mut Evidence, random: &mut Random) {
    let start = at(10, 12, 0, 0);
    let task = "3f7a52c0d9e84b1fa6c2e07d4b915a38";
    let aws = identity::role("tidy-agent", task, &random.temporary_key(), at(6, 2, 0, 0))
        .calling_from("198.51.100.61")
        .with_agent(MCP_SERVER);
    let mut session = AgentSession {
        id: "91aa6c03-2e4f-4d87-b1c9-7f0e5a83d26b".to_owned(),
        person: None,
        client: ("tidy-agent", "0.9.1"),
        revision: "2025-06-18",
        aws,
        address: "198.51.100.61",
        turn: Some(Turn {
            operation: Operation::Converse,
            conversation: "tidy-2026-07-12".to_owned(),
            question: "Find exports that are older than a quarter.",
            before: None,
            random: Random::named("tidy turns"),
        }),
        next_id: 0,
        random: Random::named("tidy session"),
    };
    session.open(evidence, start);
    let mut now = start.plus(9);
    for _ in 0..28 {
        let call = tools::ordinary(random.pick(&["s3_list", "s3_get", "s3_list"]), now, random);
        session.call(evidence, &call);
        now = now.plus_millis(random.between(30_000, 70_000));
    }
}

/// Erin's client speaks the newest revision: no handshake, no session, everything in `_meta`.
fn sessionless(evidence: &mut Evidence, random: &mut Random) {
    let aws =
        identity::role("agent-operator", ERIN.email, &random.temporary_key(), at(12, 0, 5, 0))
            .with_context("sourceIdentity", json!(ERIN.email))
            .calling_from("203.0.113.20")
            .with_agent(MCP_SERVER);
    let mut session = AgentSession {
        id: String::new(),
        person: Some(ERIN),
        client: ("cursor", "3.2.0"),
        revision: SESSIONLESS,
        aws,
        address: ERIN.address,
        turn: None,
        next_id: 1,
        random: Random::named("erin session"),
    };
    session.open(evidence, at(12, 0, 0, 0));
    let mut now = at(12, 0, 20, 500);
    for _ in 0..7 {
        let tool = random.pick(&["cost_report", "s3_list", "ec2_describe"]);
        let call = tools::ordinary(tool, now, random);
        session.call(evidence, &call);
        now = now.plus_millis(random.between(20_000, 60_000));
    }
    asks_first(evidence, &mut session, at(12, 9, 4, 40), random);
}

/// The server ends the first call with a question; the same call with the answer and the same state goes through.
fn asks_first(
    evidence: &mut Evidence,
    session: &mut AgentSession,
    now: Moment,
    random: &mut Random,
) {
    let state = request_state(random);
    let (bucket, key) = ("acme-web-assets", "notes/costs-2026-06.md");
    let arguments = json!({ "bucket": bucket, "key": key, "bytes": 4_821 });
    let keys = Keys {
        request: random.uuid(),
        trace: random.hex(32),
        span: random.hex(16),
        tool_use: String::new(),
        decision: String::new(),
    };
    let question = json!({
        "method": "elicitation/create",
        "params": {
            "message": format!("Write {key} to {bucket}?"),
            "requestedSchema": { "type": "object", "properties": { "confirm": { "type": "boolean" } } },
        },
    });
    let held = json!({ "result": {
        "resultType": "input_required",
        "inputRequests": { "confirm-write": question },
        "requestState": state,
        "_meta": server_info(),
    } });
    let answer = json!({ "confirm-write": { "action": "accept", "content": { "confirm": true } } });
    let call = operations::object("PutObject", bucket, key, random);
    let request = evidence.trail.log(&session.aws, now.plus_millis(9_700), &call);
    let written = json!({ "result": {
        "resultType": "complete",
        "content": [{ "type": "text", "text": format!("written (Request ID: {request})") }],
        "structuredContent": { "ResponseMetadata": { "RequestId": request, "HTTPStatusCode": 200 } },
        "isError": false,
        "_meta": server_info(),
    } });
    let first = json!({ "name": "s3_put", "arguments": arguments, "_meta": session.meta(&keys) });
    let mut second = first.clone();
    second["inputResponses"] = answer;
    second["requestState"] = json!(state);
    let rounds = [
        (now, first, held, keys.request),
        (now.plus_millis(9_300), second, written, random.uuid()),
    ];
    for (asked, params, answer, request) in rounds {
        let rpc = session.next_id;
        session.next_id += 1;
        let message =
            json!({ "jsonrpc": "2.0", "id": rpc, "method": "tools/call", "params": params });
        let line = session.envelope(asked, true, &request, "s3_put", &message);
        evidence.wire.push((asked, line));
        let answered = asked.plus_millis(610);
        let line = session.envelope(answered, false, &request, "", &with_id(rpc, answer));
        evidence.wire.push((answered, line));
    }
}

fn request_state(random: &mut Random) -> String {
    format!("st_{}", random.mixed(40))
}

/// People use the shell gateway too, without any agent.
fn maintenance(evidence: &mut Evidence, random: &mut Random) {
    let lines = [
        ("uptime", " 08:12:04 up 41 days,  3:02,  1 user\n"),
        ("df -h /", "/dev/nvme0n1p1   40G   17G   24G  42% /\n"),
        ("systemctl status runner", "active (running) since Mon 2026-06-01\n"),
        ("journalctl -u runner -n 5", "runner: waiting for jobs\n"),
    ];
    for (hour, (command, told)) in [1_i64, 6, 8, 11, 13].into_iter().zip(lines.iter().cycle()) {
        let start = at(hour, 12, 3, random.between(0, 900));
        let stream = [(0.0, "i", (*command).to_owned()), (0.322, "o", (*told).to_owned())];
        let shell = Shell {
            person: &BOB,
            connection: ("build-7", "application", "ssh"),
            verb: "connect",
            start,
            end: start.plus(41),
            exit_code: 0,
            correlation: "",
            input: command,
            stream: &stream,
            review: None,
            guardrail: None,
            masked: &[],
        };
        shell::add(evidence, &shell, random);
    }
}
