//! Reads from the words of a failed result whether it was refused, by whom, or only broke. The words are those that the
//! client writes; a refusal read from words is derived, and what is not listed here is an error and nothing more.

use std::sync::LazyLock;

use regex::Regex;

use crate::format::cloudtrail::outcome;
use crate::model::{Decision, Outcome};

/// How a tool call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) decision: Option<Decision>,
    pub(super) policy: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    pub(super) approval: Option<&'static str>,
    pub(super) error_code: Option<String>,
}

impl Ending {
    /// Returns an ending with nothing but an outcome.
    pub(super) const fn plain(outcome: Outcome) -> Self {
        Self {
            outcome,
            decision: None,
            policy: None,
            reason: None,
            approval: None,
            error_code: None,
        }
    }
}

/// Words at the beginning of a result, in small letters, and what they mean.
const REFUSALS: &[(&str, By)] = &[
    ("the user doesn't want to proceed with this tool use", By::User),
    ("the user doesn't want to take this action right now", By::User),
    ("the user rejected", By::User),
    ("user rejected", By::User),
    ("the agent proposed a command that was rejected by the user", By::User),
    ("[request interrupted by user", By::Interrupt),
    ("request interrupted by user", By::Interrupt),
    ("claude requested permissions", By::Nobody),
    ("this command requires approval", By::Nobody),
    ("permission to use", By::Rule),
    ("permission for this", By::Rule),
    ("file is in a directory that is denied by your permission settings", By::Rule),
];

/// Who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    User,
    Interrupt,
    Rule,
    Hook,
    /// It was asked for and not granted yet.
    Nobody,
}

/// `An error occurred (AccessDenied) when calling the PutBucketPolicy operation`, as the AWS CLI and SDK for Python say.
static AWS_ERROR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"An error occurred \(([A-Za-z0-9.]{3,80})\) when calling the [A-Za-z0-9]{3,80} operation",
    )
    .ok()
});

/// `Exit code 254` at the beginning of a failed command's result.
static EXIT_CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:Error: )?(?i:exit code) (\d{1,3})\b").ok());

/// Bytes at the beginning of a result in which a refusal stands.
const HEAD: usize = 400;

/// Reads how a failed call ended.
pub(super) fn read(text: &str) -> Ending {
    match refuser(text) {
        Some(By::User) => Ending {
            outcome: Outcome::Denied,
            decision: Some(Decision::Deny),
            policy: None,
            reason: Some("refused by the user, as the words of the result say"),
            approval: Some("declined"),
            error_code: None,
        },
        Some(By::Interrupt) => Ending {
            reason: Some("interrupted by the user, as the words of the result say"),
            approval: Some("cancelled"),
            ..Ending::plain(Outcome::Error)
        },
        Some(By::Rule) => Ending {
            outcome: Outcome::Denied,
            decision: Some(Decision::Deny),
            policy: Some("permission rule"),
            reason: Some("refused by a permission rule, as the words of the result say"),
            approval: None,
            error_code: None,
        },
        Some(By::Hook) => Ending {
            outcome: Outcome::Denied,
            decision: Some(Decision::Deny),
            policy: Some("PreToolUse hook"),
            reason: Some("refused by a hook, as the words of the result say"),
            approval: None,
            error_code: None,
        },
        Some(By::Nobody) => Ending {
            reason: Some("permission was asked for and not given, as the words of the result say"),
            approval: Some("pending"),
            ..Ending::plain(Outcome::Held)
        },
        None => broken(text),
    }
}

fn refuser(text: &str) -> Option<By> {
    let mut end = HEAD.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default().trim_start().to_ascii_lowercase();
    let head = head
        .trim_start_matches("error: ")
        .trim_start_matches("<tool_use_error>")
        .replace('\u{2019}', "'");
    if head.starts_with("pretooluse:") && (head.contains("hook") || head.contains("blocked")) {
        return Some(By::Hook);
    }
    let (_, by) = REFUSALS.iter().find(|(words, _)| head.starts_with(words))?;
    // `Permission to use Bash has been denied`, but also `Permission to use X was granted`.
    (*by != By::Rule || head.contains("denied")).then_some(*by)
}

/// A call that failed: AWS's own code where the output names one, else the exit code.
fn broken(text: &str) -> Ending {
    let first = |pattern: &LazyLock<Option<Regex>>| {
        let captures = pattern.as_ref()?.captures(text)?;
        captures.get(1).map(|group| group.as_str().to_owned())
    };
    if let Some(code) = first(&AWS_ERROR) {
        return Ending { error_code: Some(code.clone()), ..Ending::plain(outcome::of_code(&code)) };
    }
    let code =
        first(&EXIT_CODE).map_or_else(|| "is_error".to_owned(), |code| format!("exit {code}"));
    Ending { error_code: Some(code), ..Ending::plain(Outcome::Error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome_of(text: &str) -> (Outcome, Option<Decision>, Option<&'static str>) {
        let ending = read(text);
        (ending.outcome, ending.decision, ending.approval)
    }

    #[test]
    fn patterns_compile() {
        assert!(AWS_ERROR.is_some() && EXIT_CODE.is_some());
    }

    #[test]
    fn refusals_of_people_rules_and_hooks_are_told_apart() {
        let deny = Some(Decision::Deny);
        assert_eq!(
            outcome_of(
                "The user doesn't want to proceed with this tool use. The tool use was rejected"
            ),
            (Outcome::Denied, deny, Some("declined"))
        );
        assert_eq!(
            outcome_of("Permission to use Bash with command rm has been denied."),
            (Outcome::Denied, deny, None)
        );
        assert_eq!(
            outcome_of("PreToolUse:Bash hook error: blocked"),
            (Outcome::Denied, deny, None)
        );
        assert_eq!(
            outcome_of(
                "Claude requested permissions to use WebFetch, but you haven't granted it yet."
            ),
            (Outcome::Held, None, Some("pending"))
        );
        assert_eq!(
            outcome_of("[Request interrupted by user for tool use]"),
            (Outcome::Error, None, Some("cancelled"))
        );
    }

    #[test]
    fn words_inside_an_output_refuse_nothing() {
        let text = "Exit code 1\nlog: The user doesn't want to proceed with this tool use";
        assert_eq!(outcome_of(text), (Outcome::Error, None, None));
        assert_eq!(read(text).error_code.as_deref(), Some("exit 1"));
        assert_eq!(outcome_of("Permission to use Bash was granted").0, Outcome::Error);
    }

    #[test]
    fn refusal_of_the_cloud_is_named_by_its_code() {
        let text = "Exit code 254\nAn error occurred (AccessDenied) when calling the PutBucketPolicy operation: no";
        let ending = read(text);
        assert_eq!((ending.outcome, ending.decision), (Outcome::Denied, None));
        assert_eq!(ending.error_code.as_deref(), Some("AccessDenied"));
        let text = "An error occurred (ThrottlingException) when calling the ListRoles operation";
        assert_eq!(read(text).outcome, Outcome::Error);
    }
}
