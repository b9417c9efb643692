//! Dana's agent uses the MCP server that AWS runs itself. Its tool calls are CloudTrail events, and each names the API
//! calls it caused by their request ids. All of it is ordinary and harmless.

use serde_json::{Value, json};

use crate::api::Call;
use crate::identity::{self, ACCOUNT, BROWSER, DANA, Identity};
use crate::moment::{Moment, at};
use crate::operations;
use crate::random::Random;
use crate::trail::Trail;

const CLIENT: &str = "claude-code/2.1.202 (cli)";
const SERVICE: &str = "aws-mcp.amazonaws.com";
const HIDDEN: &str = "[HIDDEN_DUE_TO_SECURITY_REASONS]";
const ENDPOINT: &str = "https://aws-mcp.us-east-1.api.aws/mcp";

/// Adds the session: the grant in the browser, the token, the tool calls, the end.
pub(crate) fn add(trail: &mut Trail) {
    let mut random = Random::named("delegate");
    let since = at(8, 40, 0, 0);
    let arn = format!("arn:aws:signin:us-east-1:{ACCOUNT}:session/{}", random.uuid());
    grant(trail, since, &arn, &mut random);
    let agent = identity::sso(&DANA, "", since.plus(15))
        .without_key()
        .with_context("signInSessionArn", json!(arn))
        .with_agent(CLIENT);
    let mut now = since.plus(60);
    for rpc in 2..14 {
        tool_call(trail, &agent, now, rpc, &mut random);
        now = now.plus(random.between(25, 150));
    }
    let end = Call::new("aws-mcp", "DestroySession")
        .event_type("AwsMcpEvent")
        .request(json!({ "jsonrpc": "2.0", "method": "session/destroy" }));
    trail.log(&agent, now, &end);
}

fn grant(trail: &mut Trail, since: Moment, arn: &str, random: &mut Random) {
    let client = format!("arn:aws:signin:us-east-1::external-client/dcr/{}", random.uuid());
    let browser = identity::sso(&DANA, "", since.plus(-900)).without_key().with_agent(BROWSER);
    let ask = Call::new("signin", "AuthorizeOAuth2Access")
        .request(json!({
            "resource": ENDPOINT,
            "redirect_uri": "http://127.0.0.1:52144/callback",
            "code_challenge_method": "S256",
            "client_id": client,
        }))
        .extra(json!({ "success": "true" }));
    trail.log(&browser, since, &ask);
    let token = Call::new("signin", "CreateOAuth2Token")
        .request(json!({ "resource": ENDPOINT, "client_id": client }))
        .extra(json!({
            "signInSessionArn": arn,
            "grant_type": "authorization_code",
            "success": "true",
        }));
    trail.log(&browser.with_agent("Bun/1.4.0"), since.plus(15), &token);
}

fn tool_call(trail: &mut Trail, agent: &Identity, now: Moment, rpc: u64, random: &mut Random) {
    let mut downstream: Vec<Value> = Vec::new();
    for _ in 0..random.between(1, 4) {
        let action = random.pick(&[
            "iam:ListRoles",
            "s3:ListBuckets",
            "ec2:DescribeInstances",
            "rds:DescribeDBInstances",
            "s3:GetBucketLocation",
            "lambda:ListFunctions20150331",
        ]);
        let mut caller = agent
            .clone()
            .with("accessKeyId", json!(random.temporary_key()))
            .with("invokedBy", json!(SERVICE))
            .calling_from(SERVICE);
        SERVICE.clone_into(&mut caller.user_agent);
        let call = operations::call(action, random);
        let request = trail.log(&caller, now.plus(-1), &call);
        let name = action.trim_end_matches("20150331");
        downstream.push(json!({ "apiName": name, "requestId": request, "awsRegion": "us-east-1" }));
    }
    let call = Call::new("aws-mcp", "CallReadWriteTool")
        .event_type("AwsMcpEvent")
        .request(json!({
            "jsonrpc": "2.0",
            "method": "tools/call",
            "id": rpc,
            "params": { "name": "aws___run_script", "_meta": HIDDEN, "arguments": HIDDEN },
        }))
        .response(json!({ "jsonrpc": "2.0", "id": rpc, "result": HIDDEN }))
        .extra(json!({ "downstreamRequests": downstream }));
    trail.log(agent, now, &call);
}
