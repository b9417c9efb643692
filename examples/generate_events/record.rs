//! One CloudTrail record as JSON text (record contents, event version 1.11). Every record can be made alone from the
//! seed and its number.

use std::fmt::{self, Write as _};

use crate::random::Random;
use crate::timeline::{second_of, write_time};
use crate::world::{self, ASSUME_ROLE, Kind, Operation, STEP, Shape};

/// The account of all records.
pub(crate) const ACCOUNT: &str = "111122223333";

const RECORD: u64 = 1;
const SESSION: u64 = 2;
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
const AGENTS: [&str; 5] = [
    "aws-cli/2.31.4 md/awscrt#0.28.1 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off",
    "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#5.10.245 lang/python#3.13.4 exec-env/AWS_Lambda_python3.13",
    "Boto3/1.43.11 md/Botocore#1.43.11 md/awslabs#mcp#aws-admin#1.4.2 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.4",
    "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.24.7 md/GOOS#linux md/GOARCH#amd64 api/s3#1.88.3",
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.1 aws-sdk-go-v2/1.39.2",
];

/// What is the same for all records of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) n_records: u64,
    pub(crate) n_files: u64,
}

/// What other sources need to know of a record.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) second: u64,
    pub(crate) session: u64,
    /// True for the record that begins its session.
    starts: bool,
    pub(crate) operation: &'static Operation,
    pub(crate) is_error: bool,
    event: String,
    pub(crate) request: String,
    random: Random,
}

impl Run {
    /// Returns the file a record is first delivered in.
    pub(crate) fn file_of(&self, index: u64) -> u64 {
        // The inverse of `first_of`, also where the division leaves a rest.
        let guess = index * self.n_files / self.n_records.max(1);
        if self.first_of(guess + 1) <= index { guess + 1 } else { guess }
    }

    /// Returns the first record of a file.
    pub(crate) fn first_of(&self, file: u64) -> u64 {
        (file * self.n_records).div_ceil(self.n_files)
    }

    /// Returns the region of a file; one in five is from the second.
    pub(crate) const fn region_of(file: u64) -> &'static str {
        if file % 5 == 4 { REGIONS[1] } else { REGIONS[0] }
    }

    /// Returns who called what in a record, without writing it.
    pub(crate) fn facts(&self, index: u64) -> Facts {
        let mut random = Random::of(self.seed, RECORD, index);
        let second = second_of(index, self.n_records);
        let before = second_of(index.saturating_sub(1), self.n_records);
        let begins = index == 0 || second / STEP != before / STEP;
        let starts = begins && world::is_issued(second / STEP);
        let session = if starts { second / STEP } else { world::session_at(second, &mut random) };
        let operation = if starts { &ASSUME_ROLE } else { world::operation(&mut random) };
        let is_error = !starts && random.below(100) < 6;
        let mut event = String::with_capacity(36);
        random.uuid(&mut event);
        let mut request = String::with_capacity(36);
        if operation.service == "s3" {
            random.upper(&mut request, 16);
        } else {
            random.uuid(&mut request);
        }
        Facts { second, session, starts, operation, is_error, event, request, random }
    }

    /// Appends the record.
    pub(crate) fn write(&self, out: &mut String, index: u64) -> fmt::Result {
        let facts = self.facts(index);
        let region = Self::region_of(self.file_of(index));
        let operation = facts.operation;
        let mut random = facts.random.clone();
        // A role session begins with a call that a service makes for it.
        let by_service = operation.shape == Shape::Assume;
        out.push_str("{\"eventVersion\":\"1.11\",\"userIdentity\":");
        if by_service {
            out.push_str("{\"type\":\"AWSService\",\"invokedBy\":\"lambda.amazonaws.com\"}");
        } else {
            self.identity(out, facts.session)?;
        }
        out.push_str(",\"eventTime\":\"");
        write_time(out, facts.second);
        write!(
            out,
            "\",\"eventSource\":\"{}.amazonaws.com\",\"eventName\":\"{}\",\"awsRegion\":\"{region}\"",
            operation.service, operation.name
        )?;
        if by_service {
            out.push_str(",\"sourceIPAddress\":\"lambda.amazonaws.com\",\"userAgent\":\"lambda.amazonaws.com\"");
        } else {
            let principal = world::principal_of(facts.session);
            let agent = AGENTS[usize::try_from(principal % 5).unwrap_or(0)];
            let (open, close) = if operation.service == "s3" { ("[", "]") } else { ("", "") };
            write!(
                out,
                ",\"sourceIPAddress\":\"203.0.113.{}\",\"userAgent\":\"{open}{agent}{close}\"",
                principal % 250 + 1
            )?;
        }
        if facts.is_error {
            error(out, &facts, &mut random)?;
        }
        self.details(out, &facts, &mut random)?;
        write!(
            out,
            ",\"requestID\":\"{}\",\"eventID\":\"{}\",\"readOnly\":{}",
            facts.request, facts.event, operation.is_read
        )?;
        resources(out, &facts)?;
        let is_data = operation.shape == Shape::Object;
        let category = if is_data { "Data" } else { "Management" };
        write!(
            out,
            ",\"eventType\":\"AwsApiCall\",\"managementEvent\":{},\"recipientAccountId\":\"{ACCOUNT}\",\"eventCategory\":\"{category}\"",
            !is_data
        )?;
        if !by_service {
            write!(
                out,
                ",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{}.{region}.amazonaws.com\",\"keyExchange\":\"X25519MLKEM768\"}}",
                operation.service
            )?;
        }
        out.push('}');
        Ok(())
    }

    /// Appends the key id of a session.
    pub(crate) fn key(&self, out: &mut String, session: u64) {
        let principal = world::principal_of(session);
        if world::kind_of(principal) == Kind::User {
            out.push_str("AKIAEXAMPLE");
            Random::of(self.seed, SESSION, 1_000_000 + principal).upper(out, 9);
        } else {
            out.push_str("ASIAEXAMPLE");
            Random::of(self.seed, SESSION, session).upper(out, 9);
        }
    }

    fn identity(&self, out: &mut String, session: u64) -> fmt::Result {
        let principal = world::principal_of(session);
        let kind = world::kind_of(principal);
        if kind == Kind::User {
            write!(
                out,
                "{{\"type\":\"IAMUser\",\"principalId\":\"AIDAEXAMPLE{principal:09}\",\"arn\":\"arn:aws:iam::{ACCOUNT}:user/user-{principal}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\""
            )?;
            self.key(out, session);
            return write!(out, "\",\"userName\":\"user-{principal}\"}}");
        }
        let (path, role) = role_of(principal);
        let name = session_name(session);
        write!(
            out,
            "{{\"type\":\"AssumedRole\",\"principalId\":\"AROAEXAMPLE{principal:09}:{name}\",\"arn\":\"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\""
        )?;
        self.key(out, session);
        write!(
            out,
            "\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"AROAEXAMPLE{principal:09}\",\"arn\":\"arn:aws:iam::{ACCOUNT}:role/{path}{role}\",\"accountId\":\"{ACCOUNT}\",\"userName\":\"{role}\"}},\"attributes\":{{\"creationDate\":\""
        )?;
        write_time(out, session * STEP);
        out.push_str("\",\"mfaAuthenticated\":\"false\"}}");
        if kind == Kind::Person {
            write!(
                out,
                ",\"onBehalfOf\":{{\"userId\":\"a4e81f02-{principal:04}-70bb-8c00-000000000000\",\"identityStoreArn\":\"arn:aws:identitystore::{ACCOUNT}:identitystore/d-90example01\"}}"
            )?;
        }
        out.push('}');
        Ok(())
    }

    /// Appends `requestParameters`, `responseElements` and `additionalEventData`.
    fn details(&self, out: &mut String, facts: &Facts, random: &mut Random) -> fmt::Result {
        out.push_str(",\"requestParameters\":");
        parameters(out, facts, random)?;
        out.push_str(",\"responseElements\":");
        let operation = facts.operation;
        match operation.shape {
            Shape::Assume => self.issued(out, facts, random)?,
            _ if facts.is_error => out.push_str("null"),
            Shape::Object if !operation.is_read => {
                out.push_str("{\"x-amz-server-side-encryption\":\"aws:kms\"}");
            }
            _ => out.push_str("null"),
        }
        if matches!(operation.shape, Shape::Object | Shape::Bucket) {
            out.push_str(",\"additionalEventData\":{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":0,\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"");
            random.upper(out, 75);
            write!(out, "=\",\"bytesTransferredOut\":{}}}", random.below(900_000))?;
        }
        Ok(())
    }

    /// A session's first record hands out the session's key; later ones hand out keys that nobody uses.
    fn issued(&self, out: &mut String, facts: &Facts, random: &mut Random) -> fmt::Result {
        out.push_str("{\"credentials\":{\"accessKeyId\":\"");
        if facts.starts {
            self.key(out, facts.session);
        } else {
            out.push_str("ASIAEXAMPLE");
            random.upper(out, 9);
        }
        let principal = world::principal_of(facts.session);
        let (_, role) = role_of(principal);
        let name = session_name(facts.session);
        out.push_str("\",\"sessionToken\":\"FAKE-SESSION-TOKEN-");
        random.upper(out, 24);
        write!(
            out,
            "\",\"expiration\":\"Jul 1, 2026, 12:00:00 AM\"}},\"assumedRoleUser\":{{\"assumedRoleId\":\"AROAEXAMPLE{principal:09}:{name}\",\"arn\":\"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}\"}}}}"
        )
    }
}

/// Returns the path and name of a principal's role.
fn role_of(principal: u64) -> (&'static str, String) {
    if world::kind_of(principal) == Kind::Person {
        let role = format!("AWSReservedSSO_Set{}_0123456789abcdef", principal % 8);
        ("aws-reserved/sso.amazonaws.com/us-east-1/", role)
    } else {
        ("service/", format!("workload-{principal}"))
    }
}

/// Returns the session name: a person's address, or a worker's number.
pub(crate) fn session_name(session: u64) -> String {
    let principal = world::principal_of(session);
    if world::kind_of(principal) == Kind::Person {
        format!("person{principal}@corp.example")
    } else {
        format!("worker-{session}")
    }
}

fn error(out: &mut String, facts: &Facts, random: &mut Random) -> fmt::Result {
    let operation = facts.operation;
    match random.below(6) {
        0..3 if operation.service == "ec2" => write!(
            out,
            ",\"errorCode\":\"Client.UnauthorizedOperation\",\"errorMessage\":\"You are not authorized to perform this operation. User: {} is not authorized to perform: ec2:{}\"",
            session_name(facts.session),
            operation.name
        ),
        0..3 => write!(
            out,
            ",\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: {} is not authorized to perform: {}:{} because no identity-based policy allows the action\"",
            session_name(facts.session),
            operation.service,
            operation.name
        ),
        3 | 4 => {
            write!(out, ",\"errorCode\":\"ThrottlingException\",\"errorMessage\":\"Rate exceeded\"")
        }
        _ => write!(
            out,
            ",\"errorCode\":\"ResourceNotFoundException\",\"errorMessage\":\"The resource you asked for does not exist\""
        ),
    }
}

fn parameters(out: &mut String, facts: &Facts, random: &mut Random) -> fmt::Result {
    let place = facts.place();
    match facts.operation.shape {
        Shape::Bare => {
            out.push_str("null");
            Ok(())
        }
        Shape::Bucket => {
            let bucket = facts.bucket();
            write!(
                out,
                "{{\"bucketName\":\"{bucket}\",\"Host\":\"{bucket}.s3.us-east-1.amazonaws.com\"}}"
            )
        }
        Shape::Object => {
            let bucket = facts.bucket();
            let key = facts.object();
            write!(
                out,
                "{{\"bucketName\":\"{bucket}\",\"Host\":\"{bucket}.s3.us-east-1.amazonaws.com\",\"key\":\"{key}\"}}"
            )
        }
        Shape::Role => write!(out, "{{\"roleName\":\"workload-{}\"}}", place % 140),
        Shape::User => write!(out, "{{\"userName\":\"user-{}\"}}", place % 20 + 180),
        Shape::Instances => write!(
            out,
            "{{\"instancesSet\":{{\"items\":[{{\"instanceId\":\"i-0e0a1b2c3d4e{:05}\"}}]}},\"filterSet\":{{}}}}",
            place % 900
        ),
        Shape::Key => write!(
            out,
            "{{\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\",\"encryptionContext\":{{\"aws:s3:arn\":\"arn:aws:s3:::acme-data-{}\"}}}}",
            place % 60
        ),
        Shape::Table => write!(out, "{{\"tableName\":\"table-{}\"}}", place % 80),
        Shape::Secret => {
            write!(out, "{{\"secretId\":\"prod/app-{}/db\",\"withDecryption\":true}}", place % 300)
        }
        Shape::Logs => {
            write!(
                out,
                "{{\"logGroupName\":\"/aws/lambda/function-{}\",\"logStreamName\":\"2026/06/01/[$LATEST]",
                place % 120
            )?;
            random.upper(out, 24);
            out.push_str("\"}");
            Ok(())
        }
        Shape::Assume => {
            let (path, role) = role_of(world::principal_of(facts.session));
            let name = session_name(facts.session);
            write!(
                out,
                "{{\"roleArn\":\"arn:aws:iam::{ACCOUNT}:role/{path}{role}\",\"roleSessionName\":\"{name}\",\"durationSeconds\":43200}}"
            )
        }
        Shape::Function => write!(out, "{{\"functionName\":\"function-{}\"}}", place % 120),
        Shape::Filter => write!(
            out,
            "{{\"maxResults\":100,\"filterSet\":{{\"items\":[{{\"name\":\"vpc-id\",\"valueSet\":{{\"items\":[{{\"value\":\"vpc-0a1b2c3d4e5f6{:04}\"}}]}}}}]}}}}",
            place % 12
        ),
    }
}

fn resources(out: &mut String, facts: &Facts) -> fmt::Result {
    let (kind, arn) = match facts.operation.shape {
        Shape::Object => {
            ("AWS::S3::Object", format!("arn:aws:s3:::{}/{}", facts.bucket(), facts.object()))
        }
        Shape::Bucket => ("AWS::S3::Bucket", format!("arn:aws:s3:::{}", facts.bucket())),
        Shape::Key => {
            let key = facts.place() % 40;
            (
                "AWS::KMS::Key",
                format!(
                    "arn:aws:kms:us-east-1:{ACCOUNT}:key/1b6f0a52-77aa-4c0e-9f3e-0000000000{key:02}"
                ),
            )
        }
        Shape::Table => {
            let table = facts.place() % 80;
            (
                "AWS::DynamoDB::Table",
                format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/table-{table}"),
            )
        }
        _ => return Ok(()),
    };
    write!(
        out,
        ",\"resources\":[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"{kind}\",\"ARN\":\"{arn}\"}}]"
    )
}

impl Facts {
    /// Returns a number for choosing what the call is about.
    fn place(&self) -> u64 {
        self.random.clone().next() >> 8
    }

    /// Returns the bucket the call is about.
    pub(crate) fn bucket(&self) -> String {
        format!("acme-data-{}", self.place() % 60)
    }

    /// Returns the object the call is about.
    pub(crate) fn object(&self) -> String {
        let place = self.place();
        format!("2026/06/part-{:05}.parquet", place / 64 % 50_000)
    }
}
