//! How a run of the program ends: a kind with its exit code, what went wrong, and what to do next.

use std::fmt;

/// Kinds of ending, each with its exit code. Zero is success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 1: something failed.
    Failed,
    /// 2: wrong usage; nothing was read.
    Usage,
    /// 3: done, but some input was rejected, cut or unreadable.
    Evidence,
    /// 4: nothing matched, and `--fail-on-empty` was given.
    Empty,
    /// 5: a check asked for with `--fail-on` found something.
    Found,
    /// 6: a hash, chain or row account does not hold.
    Integrity,
    /// 7: the case is in use, or read-only when a write was asked for.
    InUse,
    /// 8: made by a newer version.
    Newer,
    /// 130: stopped by the user.
    Stopped,
}

impl Kind {
    /// Returns the exit code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Evidence => 3,
            Self::Empty => 4,
            Self::Found => 5,
            Self::Integrity => 6,
            Self::InUse => 7,
            Self::Newer => 8,
            Self::Stopped => 130,
        }
    }
}

/// A run that did not end well.
#[derive(Debug)]
pub(crate) struct Failure {
    pub kind: Kind,
    /// What went wrong; empty when it was said already.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
}

/// What a command returns.
pub(crate) type Ended = Result<(), Failure>;

impl Failure {
    /// Returns a failure of this kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// Returns a usage error.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Returns an ending whose reason was printed already.
    pub(crate) const fn said(kind: Kind) -> Self {
        Self { kind, message: String::new(), hints: Vec::new() }
    }

    /// Returns the failure with one more hint.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl From<crate::store::Fault> for Failure {
    fn from(fault: crate::store::Fault) -> Self {
        use crate::store::Fault;
        match &fault {
            Fault::Interrupted => Self::new(Kind::Stopped, fault.to_string()),
            Fault::InUse => Self::new(Kind::InUse, fault.to_string())
                .hint("close the other window, or wait until it has finished loading"),
            Fault::Newer { .. } => Self::new(Kind::Newer, fault.to_string())
                .hint("open the case with the newer version that made it"),
            Fault::Disk(_) => Self::new(Kind::Failed, fault.to_string()).hint(
                "make room or choose another place with `--case DIR`; what was committed is kept",
            ),
            Fault::Question(_) => Self::usage(fault.to_string()),
            Fault::Engine(_) => Self::new(Kind::Failed, fault.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Failed, error.to_string())
    }
}

impl From<crate::query::FilterError> for Failure {
    fn from(error: crate::query::FilterError) -> Self {
        Self::usage(format!("filter: {error}"))
    }
}

impl From<crate::custody::CaseError> for Failure {
    fn from(error: crate::custody::CaseError) -> Self {
        use crate::custody::CaseError;
        let kind = match &error {
            CaseError::Newer { .. } => Kind::Newer,
            CaseError::NotACase { .. } | CaseError::Missing { .. } => Kind::Usage,
            CaseError::Io { .. } | CaseError::BadCaseFile { .. } | CaseError::BadKey { .. } => {
                Kind::Failed
            }
        };
        let text = error.to_string();
        let mut lines = text.lines();
        let mut failure = Self::new(kind, lines.next().unwrap_or_default());
        failure.hints = lines.map(|line| line.trim_start_matches("hint: ").to_owned()).collect();
        failure
    }
}

impl From<crate::custody::key_file::KeyError> for Failure {
    fn from(error: crate::custody::key_file::KeyError) -> Self {
        let text = error.to_string();
        let mut lines = text.lines();
        let mut failure = Self::new(Kind::Failed, lines.next().unwrap_or_default());
        failure.hints = lines.map(|line| line.trim_start_matches("hint: ").to_owned()).collect();
        failure
    }
}

impl From<crate::custody::JournalError> for Failure {
    fn from(error: crate::custody::JournalError) -> Self {
        use crate::custody::JournalError;
        let kind = match &error {
            JournalError::ReadOnly(_) => Kind::InUse,
            _ => Kind::Failed,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_manual() {
        let kinds = [
            Kind::Failed,
            Kind::Usage,
            Kind::Evidence,
            Kind::Empty,
            Kind::Integrity,
            Kind::InUse,
            Kind::Newer,
            Kind::Stopped,
        ];
        let codes: Vec<u8> = kinds.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes, [1, 2, 3, 4, 6, 7, 8, 130]);
    }

    #[test]
    fn hints_follow_the_cause() {
        let failure = Failure::usage("`--since` is no time").hint("use RFC 3339");
        assert_eq!(failure.to_string(), "error: `--since` is no time\nhint: use RFC 3339");
    }
}
