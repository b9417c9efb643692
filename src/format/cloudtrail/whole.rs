//! The way back from a stored event to the members of its record: what `facts` left out of the payload because a column
//! says the same. Must not guess a member that the record did not have.

use std::borrow::Cow;

/// Members that a column can stand for, with the column.
pub(crate) const COLUMNS: &[(&str, &str)] = &[
    ("awsRegion", "region"),
    ("errorCode", "error_code"),
    ("eventID", "native_id"),
    ("readOnly", "read_only"),
    ("recipientAccountId", "account"),
    ("requestID", "request"),
    ("sourceIPAddress", "address"),
    ("userAgent", "user_agent"),
];

/// The time column stands for this member.
pub(crate) const TIME: &str = "eventTime";

/// Codes that `outcome` makes up for sign-ins, whose records have no `errorCode`.
const SIGN_IN_CODES: &[&str] = &["FailedAuthentication", "NoSuchUser", "SignInFailure"];

/// Returns `eventSource` and `eventName` of an action `service:Operation`. Actions of notices and tool calls have a space,
/// and their records keep both members in the payload.
pub(crate) fn source_and_name(action: &str) -> Option<(String, &str)> {
    let (service, operation) = action.split_once(':')?;
    let is_plain = !service.is_empty() && !operation.is_empty() && !action.contains(' ');
    is_plain.then(|| (format!("{service}.amazonaws.com"), operation))
}

/// Returns every text that a member may have had whose column holds `text`; none when the record cannot have had it.
pub(crate) fn written<'t>(
    member: &str,
    service: &str,
    text: &'t str,
) -> (Option<Cow<'t, str>>, Option<Cow<'t, str>>) {
    match member {
        "errorCode" if is_made_up(service, text) => (None, None),
        // S3 writes every user agent in brackets, which the column leaves out; other clients of S3 may not.
        "userAgent" if service == "s3" => {
            (Some(Cow::Borrowed(text)), Some(Cow::Owned(format!("[{text}]"))))
        }
        _ => (Some(Cow::Borrowed(text)), None),
    }
}

/// Returns true for codes that stand in the column and not in the record: of sign-ins, and numbers of JSON-RPC and HTTP.
fn is_made_up(service: &str, code: &str) -> bool {
    let is_number =
        code.strip_prefix('-').unwrap_or(code).bytes().all(|byte| byte.is_ascii_digit());
    is_number || (service == "signin" && SIGN_IN_CODES.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_actions_go_back_and_made_up_ones_do_not() {
        let back = source_and_name("iam:CreateUser");
        assert_eq!(back, Some(("iam.amazonaws.com".to_owned(), "CreateUser")));
        for action in ["insight s3:GetObject", "call jira:create", "aggregated s3", ":X", "x:"] {
            assert_eq!(source_and_name(action), None, "{action}");
        }
    }

    #[test]
    fn codes_that_no_record_had_are_not_given_back() {
        assert_eq!(written("errorCode", "signin", "FailedAuthentication"), (None, None));
        assert_eq!(written("errorCode", "bedrock-agentcore", "-32000"), (None, None));
        assert_eq!(written("errorCode", "iam", "AccessDenied").0.as_deref(), Some("AccessDenied"));
        let (bare, bracketed) = written("userAgent", "s3", "aws-cli/2");
        assert_eq!(
            (bare.as_deref(), bracketed.as_deref()),
            (Some("aws-cli/2"), Some("[aws-cli/2]"))
        );
    }
}
