//! How a call ended: success, denied or error, and the code that says so.
//! Refused and broken are never merged; most services say it in `errorCode`, sign-in and AgentCore elsewhere.

use std::borrow::Cow;

use crate::model::{Event, Outcome};

use super::facts::Facts;
use super::raw::Object;

/// Codes that mean refused, without the `Client.` that EC2 puts in front. Sorted.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "ForbiddenException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedAccess",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UserNotAuthorizedException",
    "VpceAccessDenied",
];

/// Fills outcome and error code.
pub(crate) fn read<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    event.error_code = facts.record.text("errorCode");
    event.outcome = match event.error_code.as_deref() {
        Some(code) => of_code(code),
        // A code that is no text is still one; it stays in the payload.
        None if facts.record.raw("errorCode").is_some_and(|raw| raw != "\"\"") => Outcome::Error,
        None => Outcome::Success,
    };
    if facts.service == "signin" {
        read_sign_in(event, facts);
    } else if facts.is_gateway_call() {
        read_gateway(event, &facts.response());
    } else if facts.is_mcp_event()
        && event.error_code.is_none()
        && facts.response().flag("isError") == Some(true)
    {
        event.outcome = Outcome::Error;
    }
}

/// Returns what an error code means.
pub(crate) fn of_code(code: &str) -> Outcome {
    let bare = code.strip_prefix("Client.").unwrap_or(code);
    if DENIED.binary_search(&bare).is_ok() { Outcome::Denied } else { Outcome::Error }
}

/// A sign-in that failed was refused, so it counts as denied. Its code is the class of the message where the record
/// has no `errorCode`.
fn read_sign_in<'r>(event: &mut Event<'r>, facts: &Facts<'r>) {
    let answer = facts.response().text(&facts.operation);
    let failed =
        answer.as_deref() == Some("Failure") || facts.additional.flag("success") == Some(false);
    if !failed {
        return;
    }
    event.outcome = Outcome::Denied;
    if event.error_code.is_none() {
        let message = facts.record.text("errorMessage").unwrap_or_default();
        event.error_code = Some(Cow::Borrowed(match message.as_ref() {
            "Failed authentication" => "FailedAuthentication",
            "No username found in supplied account" => "NoSuchUser",
            _ => "SignInFailure",
        }));
    }
}

/// Gateways report errors only in the JSON-RPC answer and its HTTP status.
fn read_gateway<'r>(event: &mut Event<'r>, response: &Object<'r>) {
    let body = response.object("body");
    let error = body.object("error");
    let status = response.number("statusCode").unwrap_or(200);
    let is_broken = body.raw("error").is_some()
        || status >= 400
        || body.object("result").flag("isError") == Some(true);
    if !is_broken {
        return;
    }
    event.outcome = if matches!(status, 401 | 403) { Outcome::Denied } else { Outcome::Error };
    if event.error_code.is_none() {
        event.error_code =
            error.text("code").or_else(|| response.text("statusCode").filter(|_| status >= 400));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_is_not_broken() {
        assert!(DENIED.is_sorted());
        for code in ["AccessDenied", "Client.UnauthorizedOperation", "VpceAccessDenied"] {
            assert_eq!(of_code(code), Outcome::Denied, "{code}");
        }
        for code in [
            "NoSuchBucket",
            "ThrottlingException",
            "Client.InvalidInstanceID.NotFound",
            "InvalidClientTokenId",
        ] {
            assert_eq!(of_code(code), Outcome::Error, "{code}");
        }
    }
}
