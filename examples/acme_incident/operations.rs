//! Ordinary API calls by name, with the parameters and resources real records of them have.

use serde_json::{Value, json};

use crate::api::Call;
use crate::identity::ACCOUNT;
use crate::random::Random;

/// The bucket the story is about.
pub(crate) const FINANCE: &str = "acme-finance-exports";
/// The key whose id the story cuts to `1b..e0`.
pub(crate) const FINANCE_KEY: &str = "1b6f0a52-77aa-4c0e-9f3e-5d20c4a7b8e0";

const BUCKETS: [&str; 5] =
    ["acme-web-assets", "acme-orders-archive", "acme-build-artifacts", "acme-logs", FINANCE];
const TABLES: [&str; 3] = ["orders", "customers", "sessions"];
const FUNCTIONS: [&str; 3] = ["orders-worker", "report-builder", "image-resizer"];
const ROLES: [&str; 5] =
    ["ci-deploy", "orders-worker", "report-builder", "agent-operator", "backup-runner"];
const USERS: [&str; 3] = ["backup", "legacy-sync", "break-glass"];
const SERVICES: [&str; 3] = ["web", "orders-api", "billing-api"];

/// Returns the call `service:Name` with ordinary parameters.
pub(crate) fn call(action: &str, random: &mut Random) -> Call {
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    match service {
        "s3" => storage(name, random),
        "iam" => access(name, random),
        "kms" | "secretsmanager" | "ssm" => secrets(service, name, random),
        "ec2" | "ecs" | "ecr" | "lambda" => compute(service, name, random),
        _ => other(service, name, random),
    }
}

/// Returns a read or write of one object.
pub(crate) fn object(name: &str, bucket: &str, key: &str, random: &mut Random) -> Call {
    let is_write = name.starts_with("Put");
    let n_bytes = random.between(2_048, 1_400_000);
    let (sent, received) = if is_write { (n_bytes, 0) } else { (0, n_bytes) };
    Call::new("s3", name)
        .data()
        .request(json!({
            "bucketName": bucket,
            "Host": format!("{bucket}.s3.us-east-1.amazonaws.com"),
            "key": key,
        }))
        .response(if is_write {
            json!({ "x-amz-server-side-encryption": "aws:kms" })
        } else {
            Value::Null
        })
        .extra(json!({
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": sent,
            "SSEApplied": "Default_SSE_KMS",
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": format!("{}=", random.mixed(75)),
            "bytesTransferredOut": received,
        }))
        .resource("AWS::S3::Object", &format!("arn:aws:s3:::{bucket}/{key}"))
        .resource("AWS::S3::Bucket", &format!("arn:aws:s3:::{bucket}"))
}

/// Returns the key of an object in a bucket of the company.
pub(crate) fn object_key(bucket: &str, random: &mut Random) -> String {
    let number = random.below(9_000) + 1_000;
    match bucket {
        FINANCE => {
            let quarter = random.below(4) + 1;
            let name = random.pick(&["ledger", "payouts", "refunds", "invoices", "payroll"]);
            format!("2026/q{quarter}/{name}-{number}.csv")
        }
        "acme-build-artifacts" => format!("web/{number}/bundle.tar.gz"),
        "acme-orders-archive" => format!("orders/2026/07/{number}.json"),
        "acme-logs" => format!("elb/2026/07/{number}.log.gz"),
        _ => format!("img/{number}.webp"),
    }
}

fn storage(name: &str, random: &mut Random) -> Call {
    let bucket = random.pick(&BUCKETS);
    match name {
        "GetObject" | "PutObject" | "HeadObject" => {
            let key = object_key(bucket, random);
            object(name, bucket, &key, random)
        }
        "ListBuckets" => {
            Call::new("s3", name).request(json!({ "Host": "s3.us-east-1.amazonaws.com" }))
        }
        _ => on_bucket(name, bucket, random),
    }
}

/// Returns a call on a bucket as a whole.
pub(crate) fn on_bucket(name: &str, bucket: &str, random: &mut Random) -> Call {
    let question = match name {
        "GetBucketAcl" => "acl",
        "GetBucketPolicy" => "policy",
        "GetBucketLocation" => "location",
        "GetBucketVersioning" => "versioning",
        _ => "list-type",
    };
    let mut call = Call::new("s3", name)
        .request(json!({
            "bucketName": bucket,
            "Host": format!("{bucket}.s3.us-east-1.amazonaws.com"),
            question: if question == "list-type" { "2" } else { "" },
        }))
        .extra(json!({
            "SignatureVersion": "SigV4",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": format!("{}=", random.mixed(75)),
            "bytesTransferredOut": random.between(180, 9_000),
        }))
        .resource("AWS::S3::Bucket", &format!("arn:aws:s3:::{bucket}"));
    if name == "ListObjects" {
        call = call.data();
    }
    call
}

fn access(name: &str, random: &mut Random) -> Call {
    let call = Call::new("iam", name);
    match name {
        "GetRole" | "ListAttachedRolePolicies" | "ListRolePolicies" => {
            call.request(json!({ "roleName": random.pick(&ROLES) }))
        }
        "GetUser" | "ListAccessKeys" | "ListAttachedUserPolicies" => {
            call.request(json!({ "userName": random.pick(&USERS) }))
        }
        "GetAccountAuthorizationDetails" => call.request(json!({ "maxItems": 1000 })),
        _ => call,
    }
}

fn secrets(service: &str, name: &str, random: &mut Random) -> Call {
    let call = Call::new(service, name);
    let key = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{FINANCE_KEY}");
    let table = random.pick(&TABLES);
    match (service, name) {
        ("kms", "Decrypt") => call
            .request(json!({
                "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                "encryptionContext": { "aws:s3:arn": format!("arn:aws:s3:::{FINANCE}") },
            }))
            .resource("AWS::KMS::Key", &key),
        ("kms", "GenerateDataKey") => call
            .request(json!({
                "keySpec": "AES_256",
                "encryptionContext": { "aws:dynamodb:tableName": table },
                "keyId": key,
            }))
            .resource("AWS::KMS::Key", &key),
        ("secretsmanager", "GetSecretValue") => {
            call.request(json!({ "secretId": format!("prod/{table}/db") }))
        }
        ("secretsmanager", _) => call.request(json!({ "maxResults": 100 })),
        ("ssm", "GetParameter") => call
            .request(json!({ "name": format!("/acme/{table}/endpoint"), "withDecryption": true })),
        _ => call.request(json!({
            "instanceId": "i-0e0a1b2c3d4e5f601",
            "agentVersion": "3.3.2299.0",
            "agentStatus": "Active",
            "platformType": "Linux",
            "platformName": "Amazon Linux",
            "platformVersion": "2023",
            "iPAddress": "10.20.0.17",
        })),
    }
}

fn compute(service: &str, name: &str, random: &mut Random) -> Call {
    let call = Call::new(service, name);
    let cluster = format!("arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod");
    match (service, name) {
        ("ec2", "DescribeInstances") => {
            call.request(json!({ "maxResults": 100, "instancesSet": {}, "filterSet": {} }))
        }
        ("ec2", "DescribeVolumes") => call.request(json!({ "volumeSet": {}, "filterSet": {} })),
        ("ec2", _) => {
            let items = json!([{ "name": "vpc-id", "valueSet": { "items": [{ "value": "vpc-0a1b2c3d4e5f60718" }] } }]);
            call.request(json!({ "filterSet": { "items": items } }))
        }
        ("ecs", "UpdateService") => {
            let name = random.pick(&SERVICES);
            call.request(json!({ "cluster": cluster, "service": name, "forceNewDeployment": true }))
                .response(json!({ "service": { "serviceName": name, "status": "ACTIVE" } }))
        }
        ("ecs", "ListClusters") | ("ecr", "GetAuthorizationToken" | "DescribeRepositories") => call,
        ("ecs", _) => {
            call.request(json!({ "cluster": cluster, "services": [random.pick(&SERVICES)] }))
        }
        ("ecr", _) => call.request(json!({
            "registryId": ACCOUNT,
            "repositoryName": random.pick(&SERVICES),
            "imageIds": [{ "imageTag": format!("build-{}", random.below(900) + 100) }],
        })),
        ("lambda", "ListFunctions20150331") => call.request(json!({ "maxItems": 50 })),
        (_, "UpdateFunctionCode20150331v2") => {
            let function = random.pick(&FUNCTIONS);
            call.request(json!({ "functionName": function, "publish": true, "dryRun": false }))
                .response(json!({
                    "functionName": function,
                    "runtime": "python3.13",
                    "state": "Active",
                    "environment": {},
                }))
        }
        _ => call.request(json!({ "functionName": random.pick(&FUNCTIONS) })),
    }
}

fn other(service: &str, name: &str, random: &mut Random) -> Call {
    let call = Call::new(service, name);
    match (service, name) {
        ("dynamodb", "ListTables") | ("sts", _) => call,
        ("dynamodb", _) => {
            let table = random.pick(&TABLES);
            let arn = format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}");
            call.request(json!({ "tableName": table })).resource("AWS::DynamoDB::Table", &arn)
        }
        ("logs", "CreateLogStream") => call.request(json!({
            "logGroupName": format!("/aws/lambda/{}", random.pick(&FUNCTIONS)),
            "logStreamName": format!("2026/07/12/[$LATEST]{}", random.hex(32)),
        })),
        ("cloudformation", "DescribeStacks") => {
            call.request(json!({ "stackName": format!("acme-{}", random.pick(&SERVICES)) }))
        }
        ("cloudtrail", "LookupEvents") => call.request(json!({ "maxResults": 50 })),
        ("backup", _) => call.request(json!({
            "backupVaultName": "eu-copy",
            "resourceArn": format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{}", random.pick(&TABLES)),
        })),
        _ => call,
    }
}
