//! The ordinary day of the account: functions, instances, services, builds and people at work. Nothing here belongs
//! to the incident.

use serde_json::json;

use crate::api::Call;
use crate::identity::{
    self, ACCOUNT, ALICE, BOB, BROWSER, CAROL, DANA, ERIN, Identity, LAMBDA, Person, SSM_AGENT,
};
use crate::moment::{Moment, at};
use crate::operations;
use crate::random::Random;
use crate::trail::{Trail, issued};

/// A function of the account, what it calls, and how often it starts.
struct Function {
    name: &'static str,
    actions: &'static [&'static str],
    every_seconds: i64,
}

const FUNCTIONS: [Function; 3] = [
    Function {
        name: "orders-worker",
        actions: &[
            "dynamodb:DescribeTable",
            "kms:GenerateDataKey",
            "s3:PutObject",
            "ssm:GetParameter",
        ],
        every_seconds: 780,
    },
    Function {
        name: "report-builder",
        actions: &["s3:GetObject", "kms:Decrypt", "secretsmanager:GetSecretValue", "s3:PutObject"],
        every_seconds: 1_020,
    },
    Function {
        name: "image-resizer",
        actions: &["s3:GetObject", "s3:PutObject", "s3:HeadObject"],
        every_seconds: 900,
    },
];

const HUMAN_ACTIONS: [&str; 16] = [
    "ec2:DescribeInstances",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVolumes",
    "s3:ListBuckets",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicy",
    "iam:ListRoles",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "lambda:ListFunctions20150331",
    "cloudformation:DescribeStacks",
    "monitoring:DescribeAlarms",
    "rds:DescribeDBInstances",
    "ecs:DescribeServices",
    "cloudtrail:LookupEvents",
    "health:DescribeEventAggregates",
];

const BUILD_ACTIONS: [&str; 12] = [
    "sts:GetCallerIdentity",
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:PutImage",
    "ecr:DescribeImages",
    "cloudformation:DescribeStacks",
    "lambda:GetFunction20150331v2",
    "lambda:UpdateFunctionCode20150331v2",
    "ecs:DescribeServices",
    "ecs:UpdateService",
    "ecs:DescribeServices",
    "s3:PutObject",
];

const START: Moment = at(-2, 0, 0, 0);
const END: Moment = at(14, 0, 0, 0);

/// Adds the whole background to the trail.
pub(crate) fn add(trail: &mut Trail) {
    let mut random = Random::named("background");
    for function in &FUNCTIONS {
        run_function(trail, function, &mut random);
    }
    run_instances(trail, &mut random);
    run_services(trail, &mut random);
    run_builds(trail, &mut random);
    run_backups(trail, &mut random);
    let shifts: [(&Person, i64, i64); 5] =
        [(&CAROL, -2, 2), (&BOB, 7, 13), (&DANA, 8, 12), (&ERIN, 10, 14), (&ALICE, 8, 9)];
    for (person, from, until) in shifts {
        work_in_terminal(trail, person, at(from, 0, 0, 0), at(until, 0, 0, 0), &mut random);
        work_in_console(trail, person, at(from, 20, 0, 0), &mut random);
    }
    switch_data_events_on(trail, &mut random);
}

fn run_function(trail: &mut Trail, function: &Function, random: &mut Random) {
    let arn = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{}", function.name);
    let mut now = START.plus(random.between(0, 300));
    while now < END {
        let key = random.temporary_key();
        let scope = json!({
            "issuerType": "AWS::Lambda::Function",
            "credentialsIssuedTo": arn,
        });
        let who = identity::role(function.name, function.name, &key, now)
            .with("inScopeOf", scope)
            .calling_from("198.51.100.12")
            .with_agent(LAMBDA);
        let assume = Call::new("sts", "AssumeRole")
            .request(json!({
                "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/{}", function.name),
                "roleSessionName": function.name,
            }))
            .response(issued(&who, now.plus(43_200), random))
            .resource("AWS::IAM::Role", &format!("arn:aws:iam::{ACCOUNT}:role/{}", function.name));
        trail.log(&identity::service("lambda.amazonaws.com"), now, &assume);
        let stream = operations::call("logs:CreateLogStream", random);
        trail.log(&who, now.plus(1), &stream);
        for step in 0..random.between(3, 7) {
            let call = operations::call(random.pick(function.actions), random);
            let call = throttled_sometimes(call, random);
            trail.log(&who, now.plus(2 + step), &call);
        }
        now = now.plus(function.every_seconds + random.between(-120, 120));
    }
}

fn throttled_sometimes(call: Call, random: &mut Random) -> Call {
    if random.chance(2) { call.fails("ThrottlingException", "Rate exceeded") } else { call }
}

fn run_instances(trail: &mut Trail, random: &mut Random) {
    let instances = ["i-0e0a1b2c3d4e5f601", "i-0e0a1b2c3d4e5f602", "i-0e0a1b2c3d4e5f603"];
    for (number, instance) in (0_i64..).zip(instances) {
        let mut since = START.plus(number * 40);
        while since < END {
            let key = random.temporary_key();
            let who = identity::role("instance-base", instance, &key, since)
                .with_context("ec2RoleDelivery", json!("2.0"))
                .calling_from("198.51.100.30")
                .with_agent(SSM_AGENT);
            for beat in 0..24 {
                let mut call = operations::call("ssm:UpdateInstanceInformation", random);
                if beat % 8 == 7 {
                    call = operations::call("ssm:GetParameter", random);
                }
                let now = since.plus(beat * 900 + random.between(0, 20));
                if now < END {
                    trail.log(&who, now, &call);
                }
            }
            since = since.plus(21_600);
        }
    }
}

fn run_services(trail: &mut Trail, random: &mut Random) {
    let beats: [(&str, &str, i64); 4] = [
        ("cloudtrail.amazonaws.com", "s3:GetBucketAcl", 900),
        ("autoscaling.amazonaws.com", "ec2:DescribeInstances", 800),
        ("config.amazonaws.com", "s3:GetBucketLocation", 1_500),
        ("ecs.amazonaws.com", "ec2:DescribeSubnets", 1_300),
    ];
    for (principal, action, every) in beats {
        let mut now = START.plus(random.between(0, every));
        while now < END {
            let call = operations::call(action, random);
            trail.log(&identity::service(principal), now, &call);
            now = now.plus(every + random.between(-60, 60));
        }
    }
}

/// The build system signs in with a token of its own and deploys; its address range is the ordinary one of the role.
fn run_builds(trail: &mut Trail, random: &mut Random) {
    let mut now = START.plus(1_500);
    let mut run = 4_100;
    while now < END {
        let session = format!("deploy-{run}");
        let key = random.temporary_key();
        let address = format!("192.0.2.{}", random.between(16, 32));
        let agent = "aws-sdk-js/3.901.0 ua/2.1 os/linux#6.11 lang/js md/nodejs#22.19.0 app/configure-aws-credentials";
        let who = identity::role("ci-deploy", &session, &key, now)
            .calling_from(&address)
            .with_agent(agent);
        trail.log(&build_token(&address, agent), now, &sign_in(&who, &session, now, random));
        for step in 0..random.between(18, 27) {
            let action = random.pick(&BUILD_ACTIONS);
            trail.log(&who, now.plus(4 + step * 7), &operations::call(action, random));
        }
        now = now.plus(4_800 + random.between(-900, 900));
        run += random.between(1, 6);
    }
}

fn build_token(address: &str, agent: &str) -> Identity {
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.builds.example.com");
    let user = json!({
        "type": "WebIdentityUser",
        "principalId": format!("{provider}:builds:repo:acme/shop:ref:refs/heads/main"),
        "userName": "repo:acme/shop:ref:refs/heads/main",
        "identityProvider": provider,
    });
    let (address, user_agent) = (address.to_owned(), agent.to_owned());
    Identity { user, address, user_agent, console: false }
}

fn sign_in(who: &Identity, session: &str, now: Moment, random: &mut Random) -> Call {
    let mut response = issued(who, now.plus(3_600), random);
    response["subjectFromWebIdentityToken"] = json!("repo:acme/shop:ref:refs/heads/main");
    response["audience"] = json!("sts.amazonaws.com");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/ci-deploy");
    Call::new("sts", "AssumeRoleWithWebIdentity")
        .request(json!({ "roleArn": role, "roleSessionName": session, "durationSeconds": 3600 }))
        .response(response)
        .resource("AWS::IAM::Role", &role)
}

fn run_backups(trail: &mut Trail, random: &mut Random) {
    let actions = ["backup:StartBackupJob", "backup:DescribeBackupJob", "dynamodb:DescribeTable"];
    for hour in [-1, 2, 5, 8, 11] {
        let since = at(hour, 15, 0, 0);
        let who = identity::role("backup-runner", "nightly-copy", &random.temporary_key(), since)
            .calling_from("198.51.100.44")
            .with_agent("Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 lang/python#3.12.8");
        for step in 0..26 {
            let call = operations::call(random.pick(&actions), random).region("eu-west-1");
            trail.log(&who, since.plus(step * 31 + random.between(0, 9)), &call);
        }
    }
}

fn work_in_terminal(
    trail: &mut Trail,
    person: &Person,
    from: Moment,
    until: Moment,
    random: &mut Random,
) {
    let center = identity::center_user(person);
    let mut since = from.plus(random.between(60, 900));
    while since < until {
        let details = json!({ "role_name": person.set, "account_id": ACCOUNT });
        let call = Call::new("sso", "GetRoleCredentials")
            .event_type("AwsServiceEvent")
            .member("serviceEventDetails", details);
        trail.log(&center, since, &call);
        let who = identity::sso(person, &random.temporary_key(), since);
        let mut now = since.plus(3);
        let stop = since.plus(3_600);
        while now < stop && now < until {
            let call = operations::call(random.pick(&HUMAN_ACTIONS), random);
            let call = if random.chance(3) { call.refused(&who, "*") } else { call };
            trail.log(&who, now, &call);
            now = now.plus(random.between(20, 240));
        }
        since = stop.plus(random.between(30, 1_200));
    }
}

/// A console session uses another key for every request but keeps its creation date.
fn work_in_console(trail: &mut Trail, person: &Person, since: Moment, random: &mut Random) {
    let who = identity::sso(person, "", since).without_key().with_agent(BROWSER);
    let login = Call::new("signin", "ConsoleLogin")
        .event_type("AwsConsoleSignIn")
        .response(json!({ "ConsoleLogin": "Success" }))
        .extra(json!({ "MobileVersion": "No", "MFAUsed": "No" }));
    trail.log(&who, since, &login);
    let mut now = since.plus(5);
    for _ in 0..random.between(18, 30) {
        let who = identity::sso(person, &random.temporary_key(), since).in_console();
        let call = operations::call(random.pick(&HUMAN_ACTIONS), random);
        trail.log(&who, now, &call);
        now = now.plus(random.between(2, 50));
    }
}

/// Data events of S3 exist only from this change on: before it nothing can be said about objects.
fn switch_data_events_on(trail: &mut Trail, random: &mut Random) {
    let since = at(0, 40, 0, 0);
    let who = identity::sso(&CAROL, &random.temporary_key(), since);
    let arn = format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/acme-main");
    let selectors = json!([{
        "name": "all S3 objects",
        "fieldSelectors": [
            { "field": "eventCategory", "equals": ["Data"] },
            { "field": "resources.type", "equals": ["AWS::S3::Object"] },
        ],
    }]);
    let call = Call::new("cloudtrail", "PutEventSelectors")
        .request(json!({ "trailName": arn, "advancedEventSelectors": selectors }))
        .response(json!({ "trailARN": arn, "advancedEventSelectors": selectors }));
    trail.log(&who, at(0, 59, 40, 0), &call);
    let check = Call::new("cloudtrail", "GetEventSelectors").request(json!({ "trailName": arn }));
    trail.log(&who, at(0, 59, 52, 0), &check);
}
