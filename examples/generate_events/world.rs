//! Who calls what: 200 principals, 3,000 sessions with a key each, 60 API calls with weights.

use crate::random::Random;
use crate::timeline::SPAN;

/// Sessions over the whole span.
pub(crate) const SESSIONS: u64 = 3_000;
/// Principals the sessions belong to.
pub(crate) const PRINCIPALS: u64 = 200;
/// Seconds from the start of one session to the start of the next.
pub(crate) const STEP: u64 = SPAN / SESSIONS;
/// A session is used while so many younger ones begin.
const LIFE: u64 = 40;

/// What kind of caller a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A role of a workload.
    Role,
    /// A person through the identity center.
    Person,
    /// An IAM user with a long-lived key.
    User,
}

/// Returns the kind of a principal.
pub(crate) const fn kind_of(principal: u64) -> Kind {
    match principal {
        0..140 => Kind::Role,
        140..180 => Kind::Person,
        _ => Kind::User,
    }
}

/// Returns the principal of a session.
pub(crate) const fn principal_of(session: u64) -> u64 {
    session.wrapping_mul(7_919) % PRINCIPALS
}

/// Returns true when the session begins with a key handed out, false for long-lived keys.
pub(crate) fn is_issued(session: u64) -> bool {
    kind_of(principal_of(session)) != Kind::User
}

/// Returns a session that is in use at this second.
pub(crate) fn session_at(second: u64, random: &mut Random) -> u64 {
    let newest = (second / STEP).min(SESSIONS - 1);
    newest.saturating_sub(random.below(LIFE))
}

/// What the parameters of a call look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Bare,
    Bucket,
    Object,
    Role,
    User,
    Instances,
    Key,
    Table,
    Secret,
    Logs,
    Assume,
    Function,
    Filter,
}

/// One API call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) is_read: bool,
    weight: u64,
}

const fn reads(weight: u64, service: &'static str, name: &'static str, shape: Shape) -> Operation {
    Operation { service, name, shape, is_read: true, weight }
}

const fn writes(weight: u64, service: &'static str, name: &'static str, shape: Shape) -> Operation {
    Operation { service, name, shape, is_read: false, weight }
}

/// Returns a call, the frequent ones more often.
pub(crate) fn operation(random: &mut Random) -> &'static Operation {
    const TOTAL: u64 = total();
    let mut left = random.below(TOTAL);
    for operation in &OPERATIONS {
        if left < operation.weight {
            return operation;
        }
        left -= operation.weight;
    }
    &ASSUME_ROLE
}

const fn total() -> u64 {
    let mut sum = 0;
    let mut place = 0;
    while place < OPERATIONS.len() {
        sum += OPERATIONS[place].weight;
        place += 1;
    }
    sum
}

/// The call that starts a session.
pub(crate) const ASSUME_ROLE: Operation = reads(0, "sts", "AssumeRole", Shape::Assume);

const OPERATIONS: [Operation; 60] = [
    reads(150, "s3", "GetObject", Shape::Object),
    writes(60, "s3", "PutObject", Shape::Object),
    reads(40, "s3", "HeadObject", Shape::Object),
    reads(60, "kms", "Decrypt", Shape::Key),
    reads(30, "kms", "GenerateDataKey", Shape::Key),
    reads(10, "kms", "DescribeKey", Shape::Key),
    reads(35, "sts", "AssumeRole", Shape::Assume),
    reads(12, "sts", "GetCallerIdentity", Shape::Bare),
    reads(40, "ec2", "DescribeInstances", Shape::Instances),
    reads(14, "ec2", "DescribeVolumes", Shape::Filter),
    reads(14, "ec2", "DescribeSubnets", Shape::Filter),
    reads(14, "ec2", "DescribeSecurityGroups", Shape::Filter),
    reads(10, "ec2", "DescribeRouteTables", Shape::Filter),
    reads(8, "ec2", "DescribeNetworkInterfaces", Shape::Filter),
    writes(3, "ec2", "RunInstances", Shape::Instances),
    writes(3, "ec2", "TerminateInstances", Shape::Instances),
    writes(2, "ec2", "AuthorizeSecurityGroupIngress", Shape::Filter),
    writes(2, "ec2", "CreateTags", Shape::Instances),
    reads(12, "s3", "ListBuckets", Shape::Bare),
    reads(20, "s3", "GetBucketAcl", Shape::Bucket),
    reads(10, "s3", "GetBucketPolicy", Shape::Bucket),
    reads(10, "s3", "GetBucketLocation", Shape::Bucket),
    writes(1, "s3", "PutBucketPolicy", Shape::Bucket),
    reads(14, "iam", "GetRole", Shape::Role),
    reads(10, "iam", "ListAttachedRolePolicies", Shape::Role),
    reads(8, "iam", "ListRoles", Shape::Bare),
    reads(8, "iam", "GetUser", Shape::User),
    reads(5, "iam", "ListAccessKeys", Shape::User),
    writes(1, "iam", "CreateAccessKey", Shape::User),
    writes(1, "iam", "AttachRolePolicy", Shape::Role),
    writes(1, "iam", "PutRolePolicy", Shape::Role),
    writes(1, "iam", "CreateRole", Shape::Role),
    writes(1, "iam", "UpdateAssumeRolePolicy", Shape::Role),
    reads(24, "secretsmanager", "GetSecretValue", Shape::Secret),
    reads(8, "secretsmanager", "DescribeSecret", Shape::Secret),
    writes(2, "secretsmanager", "PutSecretValue", Shape::Secret),
    reads(22, "ssm", "GetParameter", Shape::Secret),
    reads(8, "ssm", "DescribeParameters", Shape::Bare),
    writes(20, "ssm", "UpdateInstanceInformation", Shape::Instances),
    reads(30, "dynamodb", "DescribeTable", Shape::Table),
    reads(6, "dynamodb", "ListTables", Shape::Bare),
    writes(1, "dynamodb", "UpdateTable", Shape::Table),
    writes(34, "logs", "CreateLogStream", Shape::Logs),
    reads(10, "logs", "DescribeLogGroups", Shape::Logs),
    writes(2, "logs", "PutRetentionPolicy", Shape::Logs),
    reads(12, "lambda", "GetFunction20150331v2", Shape::Function),
    reads(8, "lambda", "ListFunctions20150331", Shape::Bare),
    writes(3, "lambda", "UpdateFunctionCode20150331v2", Shape::Function),
    reads(12, "cloudformation", "DescribeStacks", Shape::Bare),
    reads(10, "monitoring", "DescribeAlarms", Shape::Bare),
    reads(9, "rds", "DescribeDBInstances", Shape::Bare),
    reads(9, "ecs", "DescribeServices", Shape::Bare),
    writes(3, "ecs", "UpdateService", Shape::Bare),
    reads(8, "ecr", "BatchGetImage", Shape::Bare),
    reads(8, "ecr", "GetAuthorizationToken", Shape::Bare),
    reads(7, "sqs", "GetQueueAttributes", Shape::Bare),
    reads(6, "cloudtrail", "LookupEvents", Shape::Bare),
    reads(5, "elasticloadbalancing", "DescribeTargetHealth", Shape::Bare),
    reads(5, "health", "DescribeEventAggregates", Shape::Bare),
    writes(4, "bedrock", "InvokeModel", Shape::Bare),
];
