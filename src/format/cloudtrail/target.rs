//! What a call acted on: the record's `resources`, else the target that the request parameters name.
//! Forms an ARN only where parameters and account determine it; otherwise `<type>/<name>`.

use std::borrow::Cow;

use crate::model::{Event, Text};

use super::facts::Facts;
use super::masked::is_placeholder;
use super::raw::{Object, elements, scalar};

/// How the id of a target is made from a parameter.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// `arn:aws:iam::ACCOUNT:<word>/NAME`; the `path` parameter goes in between where there is one.
    Iam(&'static str),
    /// `arn:aws:s3:::BUCKET`, with the key where the parameters have one.
    Bucket,
    /// `arn:aws:<service>:REGION:ACCOUNT:<word>NAME`.
    Regional(&'static str),
    /// `<word>/NAME`.
    Named(&'static str),
    /// The value as it is.
    Plain,
}

/// One row: service, parameter, vendor's type word, shape. Rows of a service stand together, the main target first.
type Row = (&'static str, &'static str, &'static str, Shape);

const TARGETS: &[Row] = &[
    ("iam", "userName", "AWS::IAM::User", Shape::Iam("user")),
    ("iam", "roleName", "AWS::IAM::Role", Shape::Iam("role")),
    ("iam", "groupName", "AWS::IAM::Group", Shape::Iam("group")),
    ("iam", "instanceProfileName", "AWS::IAM::InstanceProfile", Shape::Iam("instance-profile")),
    ("iam", "policyArn", "AWS::IAM::Policy", Shape::Plain),
    ("iam", "accessKeyId", "AWS::IAM::AccessKey", Shape::Named("access-key")),
    ("iam", "sAMLProviderArn", "AWS::IAM::SAMLProvider", Shape::Plain),
    ("iam", "openIDConnectProviderArn", "AWS::IAM::OIDCProvider", Shape::Plain),
    ("s3", "bucketName", "AWS::S3::Bucket", Shape::Bucket),
    ("sts", "roleArn", "AWS::IAM::Role", Shape::Plain),
    ("lambda", "functionName", "AWS::Lambda::Function", Shape::Regional("function:")),
    ("dynamodb", "tableName", "AWS::DynamoDB::Table", Shape::Regional("table/")),
    ("logs", "logGroupName", "AWS::Logs::LogGroup", Shape::Regional("log-group:")),
    ("ec2", "instanceId", "AWS::EC2::Instance", Shape::Named("instance")),
    ("ec2", "instancesSet", "AWS::EC2::Instance", Shape::Named("instance")),
    ("ec2", "snapshotId", "AWS::EC2::Snapshot", Shape::Named("snapshot")),
    ("ec2", "imageId", "AWS::EC2::Image", Shape::Named("image")),
    ("ec2", "volumeId", "AWS::EC2::Volume", Shape::Named("volume")),
    ("ec2", "groupId", "AWS::EC2::SecurityGroup", Shape::Named("security-group")),
    ("ec2", "groupName", "AWS::EC2::SecurityGroup", Shape::Named("security-group")),
    ("ec2", "vpcId", "AWS::EC2::VPC", Shape::Named("vpc")),
    ("ec2", "subnetId", "AWS::EC2::Subnet", Shape::Named("subnet")),
    ("ec2", "keyName", "AWS::EC2::KeyPair", Shape::Named("key-pair")),
    ("ec2-instance-connect", "instanceId", "AWS::EC2::Instance", Shape::Named("instance")),
    ("ssm", "instanceIds", "AWS::EC2::Instance", Shape::Named("instance")),
    ("ssm", "target", "AWS::EC2::Instance", Shape::Named("instance")),
    ("ssm", "sessionId", "AWS::SSM::Session", Shape::Named("session")),
    ("ssm", "documentName", "AWS::SSM::Document", Shape::Named("document")),
    ("ssm", "name", "AWS::SSM::Parameter", Shape::Named("parameter")),
    ("kms", "keyId", "AWS::KMS::Key", Shape::Named("key")),
    ("secretsmanager", "secretId", "AWS::SecretsManager::Secret", Shape::Named("secret")),
    ("secretsmanager", "name", "AWS::SecretsManager::Secret", Shape::Named("secret")),
    ("cloudtrail", "trailName", "AWS::CloudTrail::Trail", Shape::Named("trail")),
    ("cloudtrail", "name", "AWS::CloudTrail::Trail", Shape::Named("trail")),
    ("sns", "topicArn", "AWS::SNS::Topic", Shape::Plain),
    ("sqs", "queueUrl", "AWS::SQS::Queue", Shape::Plain),
    ("rds", "dBInstanceIdentifier", "AWS::RDS::DBInstance", Shape::Named("db-instance")),
    ("rds", "dBClusterIdentifier", "AWS::RDS::DBCluster", Shape::Named("db-cluster")),
    ("rds", "dBSnapshotIdentifier", "AWS::RDS::DBSnapshot", Shape::Named("db-snapshot")),
    ("ecs", "cluster", "AWS::ECS::Cluster", Shape::Named("cluster")),
    ("ecs", "task", "AWS::ECS::Task", Shape::Named("task")),
    ("ecs", "taskDefinition", "AWS::ECS::TaskDefinition", Shape::Named("task-definition")),
    ("eks", "name", "AWS::EKS::Cluster", Shape::Named("cluster")),
    ("ecr", "repositoryName", "AWS::ECR::Repository", Shape::Named("repository")),
    ("cloudformation", "stackName", "AWS::CloudFormation::Stack", Shape::Named("stack")),
    ("codebuild", "projectName", "AWS::CodeBuild::Project", Shape::Named("project")),
    ("events", "rule", "AWS::Events::Rule", Shape::Named("rule")),
    ("events", "name", "AWS::Events::Rule", Shape::Named("rule")),
    ("guardduty", "detectorId", "AWS::GuardDuty::Detector", Shape::Named("detector")),
    ("organizations", "accountId", "AWS::Organizations::Account", Shape::Named("account")),
    ("organizations", "policyId", "AWS::Organizations::Policy", Shape::Named("policy")),
    ("route53", "hostedZoneId", "AWS::Route53::HostedZone", Shape::Named("hosted-zone")),
    ("bedrock", "modelId", "AWS::Bedrock::Model", Shape::Named("model")),
    ("bedrock", "agentId", "AWS::Bedrock::Agent", Shape::Named("agent")),
    ("bedrock", "knowledgeBaseId", "AWS::Bedrock::KnowledgeBase", Shape::Named("knowledge-base")),
    ("bedrock", "guardrailIdentifier", "AWS::Bedrock::Guardrail", Shape::Named("guardrail")),
    ("bedrock-agentcore", "agentRuntimeArn", "AWS::BedrockAgentCore::Runtime", Shape::Plain),
    (
        "bedrock-agentcore",
        "gatewayIdentifier",
        "AWS::BedrockAgentCore::Gateway",
        Shape::Named("gateway"),
    ),
    ("bedrock-agentcore", "memoryId", "AWS::BedrockAgentCore::Memory", Shape::Named("memory")),
];

/// At most this many resources of one event are listed; the payload keeps them all.
const MAX_RESOURCES: usize = 64;

/// Adds a resource unless the list is full; the check for repeats is linear, so the list must stay short.
fn touch<'r>(event: &mut Event<'r>, id: Cow<'r, str>, kind: Text<'r>) {
    if event.resources.len() < MAX_RESOURCES {
        event.touch(id, kind);
    }
}

/// Fills the resource columns and the list of further resources.
pub(crate) fn read<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    for raw in facts.record.elements("resources") {
        let Some(resource) = Object::parse(raw) else { continue };
        let id = ["ARN", "arn", "ARNPrefix", "arnPrefix", "arnprefix"]
            .iter()
            .find_map(|key| resource.text(key));
        if let Some(id) = id {
            touch(event, id, resource.text("type"));
        }
    }
    if event.resource.is_none() {
        read_params(event, facts);
    }
}

fn read_params<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    read_rows(event, facts);
    if event.resource.is_none() && facts.service == "ec2" {
        read_ec2(event, &facts.params);
    }
    if event.resource.is_none() {
        let arn =
            facts.params.members().filter(|(key, _)| key.ends_with("Arn") || key.ends_with("ARN"));
        for (_, raw) in arn {
            if let Some(arn) = scalar(raw).filter(|text| text.starts_with("arn:")) {
                touch(event, arn, None);
            }
        }
    }
}

fn read_rows<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let rows = TARGETS.iter().filter(|(service, ..)| *service == facts.service);
    for (_, parameter, kind, shape) in rows {
        let Some(raw) = facts.params.raw(parameter) else { continue };
        for name in names(raw) {
            let id = id(&name, *shape, event, facts);
            let is_object = matches!(shape, Shape::Bucket) && facts.params.text("key").is_some();
            touch(
                event,
                id.unwrap_or(name),
                Some(Cow::Borrowed(if is_object { "AWS::S3::Object" } else { kind })),
            );
        }
    }
    // Inline policies have a name too, but are no resource of their own.
    if facts.service == "iam"
        && facts.operation == "CreatePolicy"
        && let Some(name) = facts.params.text("policyName")
    {
        let id = id(&name, Shape::Iam("policy"), event, facts);
        touch(event, id.unwrap_or(name), Some(Cow::Borrowed("AWS::IAM::Policy")));
    }
}

/// EC2 has hundreds of kinds; the parameter's name tells which: `routeTableId` becomes `route-table/rtb-...`.
/// Newer operations wrap their parameters in one object named after them.
fn read_ec2<'r>(event: &mut Event<'r>, params: &Object<'r>) {
    let wrapped = params
        .members()
        .find(|(key, _)| key.ends_with("Request"))
        .and_then(|(_, raw)| Object::parse(raw));
    for (key, raw) in wrapped.as_ref().unwrap_or(params).members() {
        let Some(kind) = key.strip_suffix("Id").filter(|kind| !kind.is_empty()) else { continue };
        for name in names(raw) {
            touch(event, Cow::Owned(format!("{}/{name}", kebab(kind))), None);
        }
    }
}

fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Returns the names a parameter gives: itself, the elements of a list, or EC2's `{"items":[{"instanceId":...}]}` and
/// `{"content":...}`.
fn names(raw: &str) -> Vec<Cow<'_, str>> {
    let usable = |text: &Cow<'_, str>| !text.is_empty() && !is_placeholder(text);
    if let Some(name) = scalar(raw) {
        return Some(name).filter(usable).into_iter().collect();
    }
    if raw.starts_with('{') {
        let object = Object::parse(raw).unwrap_or_default();
        if let Some(name) = object.text("content") {
            return Some(name).filter(usable).into_iter().collect();
        }
        return object
            .elements("items")
            .into_iter()
            .filter_map(|item| {
                Object::parse(item)?.members().next().and_then(|(_, raw)| scalar(raw))
            })
            .filter(usable)
            .collect();
    }
    elements(raw).into_iter().filter_map(scalar).filter(usable).collect()
}

fn id<'r>(name: &str, shape: Shape, event: &Event<'r>, facts: &Facts<'r>) -> Option<Cow<'r, str>> {
    if name.starts_with("arn:") {
        return None;
    }
    let region = event.region.as_deref();
    let partition = region.map_or("aws", partition_of);
    let made = match shape {
        Shape::Plain => return None,
        Shape::Named(word) => format!("{word}/{name}"),
        Shape::Iam(word) => {
            let path = facts
                .params
                .text("path")
                .filter(|path| path.starts_with('/') && path.ends_with('/'));
            let path = path.as_deref().unwrap_or("/");
            match event.account.as_deref() {
                Some(account) => format!("arn:{partition}:iam::{account}:{word}{path}{name}"),
                None => format!("{word}/{name}"),
            }
        }
        Shape::Bucket => match facts.params.text("key") {
            Some(key) => format!("arn:{partition}:s3:::{name}/{key}"),
            None => format!("arn:{partition}:s3:::{name}"),
        },
        Shape::Regional(word) => match (region, event.account.as_deref()) {
            (Some(region), Some(account)) => {
                format!("arn:{partition}:{}:{region}:{account}:{word}{name}", facts.service)
            }
            _ => format!("{}/{name}", word.trim_end_matches([':', '/'])),
        },
    };
    Some(Cow::Owned(made))
}

fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
