//! Names and classes of API operations: `service:Operation`, what it does, and which ones are sign-ins.
//! Pure functions over names; the tables are data and must stay sorted.

use crate::model::ActionClass;

/// Operations whose class the verb does not tell, as `service:Operation`.
const OPERATIONS: &[(&str, ActionClass)] = &[
    ("backup:StartCopyJob", ActionClass::Send),
    ("batch:SubmitJob", ActionClass::Exec),
    ("bedrock-agentcore:GetResourceApiKey", ActionClass::Auth),
    ("bedrock-agentcore:GetResourceOauth2Token", ActionClass::Auth),
    ("bedrock-agentcore:GetWorkloadAccessToken", ActionClass::Auth),
    ("bedrock-agentcore:GetWorkloadAccessTokenForJWT", ActionClass::Auth),
    ("bedrock-agentcore:GetWorkloadAccessTokenForUserId", ActionClass::Auth),
    ("bedrock-agentcore:InvokeAgentRuntime", ActionClass::Exec),
    ("bedrock-agentcore:InvokeAgentRuntimeCommand", ActionClass::Exec),
    ("bedrock-agentcore:InvokeBrowser", ActionClass::Exec),
    ("bedrock-agentcore:InvokeCodeInterpreter", ActionClass::Exec),
    ("bedrock-agentcore:StartBrowserSession", ActionClass::Exec),
    ("bedrock-agentcore:StartCodeInterpreterSession", ActionClass::Exec),
    ("bedrock:ApplyGuardrail", ActionClass::Read),
    ("bedrock:Converse", ActionClass::Read),
    ("bedrock:ConverseStream", ActionClass::Read),
    ("bedrock:InvokeAgent", ActionClass::Exec),
    ("bedrock:InvokeFlow", ActionClass::Exec),
    ("bedrock:InvokeInlineAgent", ActionClass::Exec),
    ("bedrock:InvokeModel", ActionClass::Read),
    ("bedrock:InvokeModelWithBidirectionalStream", ActionClass::Read),
    ("bedrock:InvokeModelWithResponseStream", ActionClass::Read),
    ("bedrock:RenderPrompt", ActionClass::Read),
    ("codebuild:StartBuild", ActionClass::Exec),
    ("codebuild:StartBuildBatch", ActionClass::Exec),
    ("datasync:StartTaskExecution", ActionClass::Send),
    ("ds:ShareDirectory", ActionClass::Send),
    ("dynamodb:ExportTableToPointInTime", ActionClass::Send),
    ("ec2-instance-connect:SendSSHPublicKey", ActionClass::Exec),
    ("ec2-instance-connect:SendSerialConsoleSSHPublicKey", ActionClass::Exec),
    ("ec2:AuthorizeSecurityGroupEgress", ActionClass::Admin),
    ("ec2:AuthorizeSecurityGroupIngress", ActionClass::Admin),
    ("ec2:CreateInstanceExportTask", ActionClass::Send),
    ("ec2:CreateStoreImageTask", ActionClass::Send),
    ("ec2:ExportImage", ActionClass::Send),
    ("ec2:GetPasswordData", ActionClass::Read),
    ("ec2:ModifyImageAttribute", ActionClass::Send),
    ("ec2:ModifySnapshotAttribute", ActionClass::Send),
    ("ec2:ModifyVpcEndpointServicePermissions", ActionClass::Send),
    ("ec2:RevokeSecurityGroupEgress", ActionClass::Admin),
    ("ec2:RevokeSecurityGroupIngress", ActionClass::Admin),
    ("ecr:PutReplicationConfiguration", ActionClass::Send),
    ("ecs:ExecuteCommand", ActionClass::Exec),
    ("ecs:RunTask", ActionClass::Exec),
    ("ecs:StartTask", ActionClass::Exec),
    ("elasticmapreduce:AddJobFlowSteps", ActionClass::Exec),
    ("elasticmapreduce:RunJobFlow", ActionClass::Exec),
    ("glue:StartJobRun", ActionClass::Exec),
    ("kms:CreateGrant", ActionClass::Admin),
    ("kms:Decrypt", ActionClass::Read),
    ("kms:DisableKey", ActionClass::Admin),
    ("kms:EnableKey", ActionClass::Admin),
    ("kms:Encrypt", ActionClass::Read),
    ("kms:GenerateDataKey", ActionClass::Read),
    ("kms:PutKeyPolicy", ActionClass::Admin),
    ("kms:ReplicateKey", ActionClass::Admin),
    ("kms:RetireGrant", ActionClass::Admin),
    ("kms:RevokeGrant", ActionClass::Admin),
    ("kms:ScheduleKeyDeletion", ActionClass::Delete),
    ("lambda:Invoke", ActionClass::Exec),
    ("lambda:InvokeAsync", ActionClass::Exec),
    ("lambda:InvokeFunction", ActionClass::Exec),
    ("lambda:InvokeWithResponseStream", ActionClass::Exec),
    ("logs:CreateExportTask", ActionClass::Send),
    ("logs:DeleteRetentionPolicy", ActionClass::Admin),
    ("logs:PutRetentionPolicy", ActionClass::Admin),
    ("logs:PutSubscriptionFilter", ActionClass::Send),
    ("ram:AssociateResourceShare", ActionClass::Send),
    ("ram:CreateResourceShare", ActionClass::Send),
    ("rds-data:BatchExecuteStatement", ActionClass::Exec),
    ("rds-data:ExecuteStatement", ActionClass::Exec),
    ("rds:ModifyDBClusterSnapshotAttribute", ActionClass::Send),
    ("rds:ModifyDBSnapshotAttribute", ActionClass::Send),
    ("rds:StartExportTask", ActionClass::Send),
    ("redshift-data:BatchExecuteStatement", ActionClass::Exec),
    ("redshift-data:ExecuteStatement", ActionClass::Exec),
    ("redshift:AuthorizeDataShare", ActionClass::Send),
    ("redshift:AuthorizeSnapshotAccess", ActionClass::Send),
    ("s3:PutBucketAcl", ActionClass::Send),
    ("s3:PutBucketPolicy", ActionClass::Send),
    ("s3:PutBucketReplication", ActionClass::Send),
    ("s3:PutObjectAcl", ActionClass::Send),
    ("ses:SendBulkEmail", ActionClass::Send),
    ("ses:SendEmail", ActionClass::Send),
    ("ses:SendRawEmail", ActionClass::Send),
    ("ses:SendTemplatedEmail", ActionClass::Send),
    ("sns:Publish", ActionClass::Send),
    ("sns:PublishBatch", ActionClass::Send),
    ("sqs:ReceiveMessage", ActionClass::Read),
    ("ssm:ResumeSession", ActionClass::Exec),
    ("ssm:SendCommand", ActionClass::Exec),
    ("ssm:StartAutomationExecution", ActionClass::Exec),
    ("ssm:StartSession", ActionClass::Exec),
    ("sso:CreateToken", ActionClass::Auth),
    ("sso:GetRoleCredentials", ActionClass::Auth),
    ("states:StartExecution", ActionClass::Exec),
    ("states:StartSyncExecution", ActionClass::Exec),
    ("sts:DecodeAuthorizationMessage", ActionClass::Read),
    ("sts:GetAccessKeyInfo", ActionClass::Read),
    ("sts:GetCallerIdentity", ActionClass::Read),
];

/// Services where every change is a change of rights, of identities or of the audit trail.
const ADMIN_SERVICES: &[&str] = &[
    "access-analyzer",
    "account",
    "cloudtrail",
    "config",
    "guardduty",
    "iam",
    "identitystore",
    "organizations",
    "rolesanywhere",
    "securityhub",
    "sso",
    "sso-directory",
    "verifiedpermissions",
];

/// Services that sign people and programs in.
const AUTH_SERVICES: &[&str] = &["signin", "sso-oauth", "sso-oidc", "sts"];

/// Operations of any service that hand out or check credentials.
const AUTH_OPERATIONS: &[&str] = &[
    "Authenticate",
    "ConsoleLogin",
    "CreateToken",
    "CredentialChallenge",
    "CredentialVerification",
    "Federate",
    "GetRoleCredentials",
    "Logout",
    "RegisterClient",
    "StartDeviceAuthorization",
    "UserAuthentication",
];

const READ_VERBS: &[&str] = &[
    "BatchCheck",
    "BatchDescribe",
    "BatchGet",
    "Check",
    "Count",
    "Decode",
    "Describe",
    "Detect",
    "Discover",
    "Download",
    "Estimate",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Poll",
    "Preview",
    "Query",
    "Read",
    "Retrieve",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "StartQuery",
    "Test",
    "Validate",
    "Verify",
    "View",
];

const DELETE_VERBS: &[&str] =
    &["BatchDelete", "Delete", "Deregister", "Destroy", "Empty", "Purge", "Remove", "Terminate"];

/// Ends of operation names that change who may do what.
const RIGHTS_SUFFIXES: &[&str] =
    &["Grant", "Grants", "Permission", "Permissions", "Policies", "Policy", "PublicAccessBlock"];

/// Returns the service's name: `ec2` for `ec2.amazonaws.com`, `aws-mcp` for `aws-mcp.us-east-1.api.aws`.
pub(crate) fn service_of(source: &str) -> &str {
    let bare =
        source.strip_suffix(".amazonaws.com").or_else(|| source.strip_suffix(".amazonaws.com.cn"));
    match bare {
        Some("monitoring") => "cloudwatch",
        Some(name) => name,
        None => match source.strip_suffix(".api.aws") {
            Some(rest) => rest.split('.').next().unwrap_or(rest),
            None => source,
        },
    }
}

/// Returns the operation without the API version that some services append: `20150331`, `20150331v2`.
pub(crate) fn operation_of(name: &str) -> &str {
    let undecorated = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let dated = match undecorated.strip_suffix('v') {
        Some(rest) if undecorated.len() < name.len() && ends_with_date(rest) => rest,
        _ => name,
    };
    if ends_with_date(dated) { dated.get(..dated.len() - 8).unwrap_or(name) } else { name }
}

fn ends_with_date(text: &str) -> bool {
    text.len() > 8 && text.bytes().rev().take(8).all(|byte| byte.is_ascii_digit())
}

/// Returns what an operation does. The verb decides unless the operation or its service is listed; where the verb
/// says nothing, the record's own `readOnly` does.
pub(crate) fn classify(service: &str, operation: &str, read_only: Option<bool>) -> ActionClass {
    if let Some(class) = listed(service, operation) {
        return class;
    }
    if is_auth(service, operation) {
        return ActionClass::Auth;
    }
    if starts_with_verb(operation, READ_VERBS) {
        return ActionClass::Read;
    }
    if ADMIN_SERVICES.binary_search(&service).is_ok() {
        return ActionClass::Admin;
    }
    if RIGHTS_SUFFIXES.iter().any(|suffix| operation.ends_with(suffix)) {
        return ActionClass::Admin;
    }
    if starts_with_verb(operation, DELETE_VERBS) {
        return ActionClass::Delete;
    }
    if read_only == Some(true) { ActionClass::Read } else { ActionClass::Write }
}

/// Returns the class of a tool by the verb its name begins with, when that is telling.
pub(crate) fn classify_tool(tool: &str) -> Option<ActionClass> {
    let begins = |verbs: &[&str]| verbs.iter().any(|verb| begins_with_word(tool, verb));
    if begins(DELETE_VERBS) {
        Some(ActionClass::Delete)
    } else if begins(READ_VERBS) {
        Some(ActionClass::Read)
    } else if begins(&[
        "Add", "Create", "Insert", "Patch", "Put", "Set", "Update", "Upload", "Write",
    ]) {
        Some(ActionClass::Write)
    } else if begins(&["Execute", "Invoke", "Run", "Start"]) {
        Some(ActionClass::Exec)
    } else if begins(&["Email", "Forward", "Post", "Publish", "Send", "Share"]) {
        Some(ActionClass::Send)
    } else {
        None
    }
}

/// Returns true for sign-ins and for calls that hand out credentials.
pub(crate) fn is_auth(service: &str, operation: &str) -> bool {
    match listed(service, operation) {
        Some(class) => class == ActionClass::Auth,
        None => {
            AUTH_SERVICES.contains(&service) || AUTH_OPERATIONS.binary_search(&operation).is_ok()
        }
    }
}

/// Returns true for calls of a model through Bedrock.
pub(crate) fn is_model_call(service: &str, operation: &str) -> bool {
    service == "bedrock"
        && (operation.starts_with("InvokeModel") || operation.starts_with("Converse"))
}

fn listed(service: &str, operation: &str) -> Option<ActionClass> {
    let found = OPERATIONS.binary_search_by(|(name, _)| {
        let (known_service, known_operation) = name.split_once(':').unwrap_or((name, ""));
        compare(known_service, known_operation, service, operation)
    });
    OPERATIONS.get(found.ok()?).map(|(_, class)| *class)
}

/// Orders like the joined `service:Operation` text, so that the table can be kept sorted as it is read.
fn compare(
    service: &str,
    operation: &str,
    other_service: &str,
    other_operation: &str,
) -> std::cmp::Ordering {
    let joined = service.bytes().chain(std::iter::once(b':')).chain(operation.bytes());
    joined.cmp(other_service.bytes().chain(std::iter::once(b':')).chain(other_operation.bytes()))
}

fn starts_with_verb(operation: &str, verbs: &[&str]) -> bool {
    verbs.iter().any(|verb| {
        operation
            .strip_prefix(verb)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
    })
}

/// Tool names come as `ListTables`, `list_tables`, `list-tables` or `listTables`.
fn begins_with_word(name: &str, word: &str) -> bool {
    let (Some(head), Some(rest)) = (name.get(..word.len()), name.get(word.len()..)) else {
        return false;
    };
    head.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(OPERATIONS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(ADMIN_SERVICES.is_sorted());
        assert!(AUTH_OPERATIONS.is_sorted());
        for (name, class) in OPERATIONS {
            let (service, operation) = name.split_once(':').unwrap();
            assert_eq!(listed(service, operation), Some(*class), "{name}");
        }
    }

    #[test]
    fn versions_at_the_end_of_names_are_stripped() {
        for (name, operation) in [
            ("ListFunctions20150331", "ListFunctions"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("GetObject", "GetObject"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("Foov2", "Foov2"),
            ("20150331", "20150331"),
            ("", ""),
        ] {
            assert_eq!(operation_of(name), operation, "{name}");
        }
    }

    #[test]
    fn services_lose_their_domain() {
        assert_eq!(service_of("monitoring.amazonaws.com"), "cloudwatch");
        assert_eq!(service_of("aws-mcp.us-east-1.api.aws"), "aws-mcp");
        assert_eq!(service_of("s3.amazonaws.com"), "s3");
        assert_eq!(service_of("odd"), "odd");
    }

    #[test]
    fn operations_have_the_class_of_their_effect() {
        for (service, operation, class) in [
            ("ec2", "DescribeInstances", ActionClass::Read),
            ("ec2", "TerminateInstances", ActionClass::Delete),
            ("ec2", "RunInstances", ActionClass::Write),
            ("iam", "ListUsers", ActionClass::Read),
            ("iam", "CreateAccessKey", ActionClass::Admin),
            ("iam", "DeleteUser", ActionClass::Admin),
            ("cloudtrail", "StopLogging", ActionClass::Admin),
            ("sts", "AssumeRole", ActionClass::Auth),
            ("sts", "GetSessionToken", ActionClass::Auth),
            ("sts", "GetCallerIdentity", ActionClass::Read),
            ("signin", "ConsoleLogin", ActionClass::Auth),
            ("sso", "GetRoleCredentials", ActionClass::Auth),
            ("sso", "CreatePermissionSet", ActionClass::Admin),
            ("ssm", "SendCommand", ActionClass::Exec),
            ("lambda", "Invoke", ActionClass::Exec),
            ("lambda", "AddPermission", ActionClass::Admin),
            ("s3", "PutBucketPolicy", ActionClass::Send),
            ("s3", "Getaway", ActionClass::Write),
            ("secretsmanager", "GetSecretValue", ActionClass::Read),
            ("kms", "ScheduleKeyDeletion", ActionClass::Delete),
        ] {
            assert_eq!(classify(service, operation, None), class, "{service}:{operation}");
        }
        assert_eq!(classify("new", "Frobnicate", Some(true)), ActionClass::Read);
    }

    #[test]
    fn tools_are_classed_by_their_verb_only() {
        assert_eq!(classify_tool("list_tables"), Some(ActionClass::Read));
        assert_eq!(classify_tool("ListTables"), Some(ActionClass::Read));
        assert_eq!(classify_tool("delete-order"), Some(ActionClass::Delete));
        assert_eq!(classify_tool("listen"), None);
        assert_eq!(classify_tool("orders"), None);
    }
}
