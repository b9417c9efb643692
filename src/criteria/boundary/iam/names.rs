//! Which permission a recorded API call needs, where it is not the one of its name. Source: the "Actions, resources, and
//! condition keys" pages of the Service Authorization Reference. The table is data and stays sorted.

/// The permission behind a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Permission {
    Known(String),
    /// The service names permissions by something that the event's name does not tell.
    Unclear,
}

/// Calls that need the permission of another name.
const OTHERS: &[(&str, &str)] = &[
    ("bedrock:Converse", "bedrock:InvokeModel"),
    ("bedrock:ConverseStream", "bedrock:InvokeModelWithResponseStream"),
    ("lambda:Invoke", "lambda:InvokeFunction"),
    ("lambda:InvokeAsync", "lambda:InvokeFunction"),
    ("lambda:InvokeWithResponseStream", "lambda:InvokeFunction"),
    ("s3:CompleteMultipartUpload", "s3:PutObject"),
    ("s3:CopyObject", "s3:PutObject"),
    ("s3:CreateMultipartUpload", "s3:PutObject"),
    ("s3:DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:DeleteBucketReplication", "s3:PutReplicationConfiguration"),
    ("s3:DeleteObjects", "s3:DeleteObject"),
    ("s3:DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("s3:GetBucketLifecycle", "s3:GetLifecycleConfiguration"),
    ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("s3:GetBucketReplication", "s3:GetReplicationConfiguration"),
    ("s3:GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"),
    ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:HeadObject", "s3:GetObject"),
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ("s3:ListObjectVersions", "s3:ListBucketVersions"),
    ("s3:ListObjects", "s3:ListBucket"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:ListParts", "s3:ListMultipartUploadParts"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:PutBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:PutBucketReplication", "s3:PutReplicationConfiguration"),
    ("s3:PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"),
    ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("s3:SelectObjectContent", "s3:GetObject"),
    ("s3:UploadPart", "s3:PutObject"),
    ("s3:UploadPartCopy", "s3:PutObject"),
];

/// Services whose permissions are no operations: verbs of HTTP, or sign-in without one.
const UNCLEAR: &[&str] = &["apigateway", "execute-api", "signin"];

/// Returns the permission that a call `service:Operation` needs.
pub(super) fn permission(action: &str) -> Permission {
    let Some((service, _)) = action.split_once(':') else { return Permission::Unclear };
    if UNCLEAR.contains(&service) {
        return Permission::Unclear;
    }
    let found = OTHERS.binary_search_by(|(call, _)| (*call).cmp(action));
    let other = found.ok().and_then(|at| OTHERS.get(at)).map(|(_, permission)| *permission);
    Permission::Known(other.unwrap_or(action).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_other_calls_need_the_permission_of_their_name() {
        assert!(OTHERS.is_sorted_by(|(one, _), (other, _)| one < other));
        let known = |action: &str| Permission::Known(action.to_owned());
        assert_eq!(permission("s3:ListObjectsV2"), known("s3:ListBucket"));
        assert_eq!(permission("iam:AttachRolePolicy"), known("iam:AttachRolePolicy"));
        assert_eq!(permission("apigateway:GetRestApis"), Permission::Unclear);
        assert_eq!(permission("call iam_attach_policy"), Permission::Unclear);
    }
}
