//! The roles a mapping file can fill, and the column each one ends in. Converts text into enums, numbers and times;
//! must not know pointers or rules.

use serde::Deserialize;

use crate::model::{
    Decision, Event, IdKind, Kind, Micros, Outcome, Precision, SessionBasis, Trust,
};

use super::words;

/// What a value of the record means. The names are those of the mapping file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Kind,
    Time,
    TimeEnd,
    EventId,
    Source,
    Human,
    HumanProof,
    Agent,
    Client,
    Actor,
    Cred,
    Session,
    Trace,
    Span,
    Parent,
    Corr,
    Request,
    Server,
    Tool,
    Method,
    Action,
    Resource,
    ResourceType,
    Args,
    Result,
    Outcome,
    ErrorCode,
    Decision,
    Policy,
    Reason,
    #[serde(rename = "approval.by")]
    ApprovalBy,
    #[serde(rename = "approval.at")]
    ApprovalAt,
    #[serde(rename = "approval.state")]
    ApprovalState,
    Class,
    Mask,
    TokIn,
    TokOut,
    Cost,
    Model,
    Bytes,
    Ip,
    Ua,
    Env,
    Seq,
    Prev,
    Hash,
}

/// Every role with the name it has in mapping files.
const NAMES: &[(&str, Role)] = &[
    ("kind", Role::Kind),
    ("time", Role::Time),
    ("time_end", Role::TimeEnd),
    ("event_id", Role::EventId),
    ("source", Role::Source),
    ("human", Role::Human),
    ("human_proof", Role::HumanProof),
    ("agent", Role::Agent),
    ("client", Role::Client),
    ("actor", Role::Actor),
    ("cred", Role::Cred),
    ("session", Role::Session),
    ("trace", Role::Trace),
    ("span", Role::Span),
    ("parent", Role::Parent),
    ("corr", Role::Corr),
    ("request", Role::Request),
    ("server", Role::Server),
    ("tool", Role::Tool),
    ("method", Role::Method),
    ("action", Role::Action),
    ("resource", Role::Resource),
    ("resource_type", Role::ResourceType),
    ("args", Role::Args),
    ("result", Role::Result),
    ("outcome", Role::Outcome),
    ("error_code", Role::ErrorCode),
    ("decision", Role::Decision),
    ("policy", Role::Policy),
    ("reason", Role::Reason),
    ("approval.by", Role::ApprovalBy),
    ("approval.at", Role::ApprovalAt),
    ("approval.state", Role::ApprovalState),
    ("class", Role::Class),
    ("mask", Role::Mask),
    ("tok_in", Role::TokIn),
    ("tok_out", Role::TokOut),
    ("cost", Role::Cost),
    ("model", Role::Model),
    ("bytes", Role::Bytes),
    ("ip", Role::Ip),
    ("ua", Role::Ua),
    ("env", Role::Env),
    ("seq", Role::Seq),
    ("prev", Role::Prev),
    ("hash", Role::Hash),
];

impl Role {
    /// Returns the role's name in mapping files.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, role)| *role == self).map_or("", |(name, _)| *name)
    }

    /// Returns the role with that name. Names of regex groups cannot hold dots, so `approval_by` is taken too.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name || known.replace('.', "_") == name)
            .map(|(_, role)| *role)
    }

    /// Returns true for roles that are instants.
    pub(super) const fn is_time(self) -> bool {
        matches!(self, Self::Time | Self::TimeEnd | Self::ApprovalAt)
    }

    /// Returns true for numbers.
    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::TokIn | Self::TokOut | Self::Cost | Self::Bytes)
    }
}

/// Puts an instant into its column.
pub(super) fn fill_time(event: &mut Event<'_>, role: Role, time: Micros, precision: Precision) {
    if role == Role::TimeEnd {
        event.time_end = Some(time);
    } else if role == Role::ApprovalAt {
        event.approval_at = Some(time);
    } else {
        event.time = Some(time);
        event.precision = precision;
    }
}

/// Puts a number into its column. Returns false when the column takes whole numbers and this is none it can hold.
pub(super) fn fill_number(event: &mut Event<'_>, role: Role, number: f64) -> bool {
    if role == Role::Cost {
        event.cost = number.is_finite().then_some(number);
        return event.cost.is_some();
    }
    if !(0.0..9e15).contains(&number) {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie inside the exact range")]
    let whole = number.round() as i64;
    let slot = if role == Role::TokIn {
        &mut event.tokens_in
    } else if role == Role::TokOut {
        &mut event.tokens_out
    } else {
        &mut event.bytes
    };
    *slot = Some(whole);
    true
}

/// Puts a text into its column. Returns false when the text is none of the words the column knows.
/// Roles without a column (arguments, results, integrity) stay in the payload.
pub(super) fn fill_text(
    event: &mut Event<'_>,
    role: Role,
    text: String,
    trust: Option<Trust>,
) -> bool {
    let slot = match role {
        Role::Kind | Role::Outcome | Role::Decision => return fill_word(event, role, &text),
        Role::Source => {
            event.product = text.into();
            return true;
        }
        Role::Corr => {
            event.identify(IdKind::Correlation, text, trust.unwrap_or(Trust::Asserted));
            return true;
        }
        Role::Resource => {
            event.touch(text, None);
            return true;
        }
        Role::Session => {
            event.session_basis = Some(SessionBasis::NativeId);
            &mut event.session
        }
        Role::Agent => {
            event.agent_trust = Some(trust.unwrap_or(Trust::Observed));
            &mut event.agent
        }
        Role::EventId => &mut event.native_id,
        Role::Human => &mut event.human,
        Role::HumanProof => &mut event.human_proof,
        Role::Client => &mut event.client,
        Role::Actor => &mut event.actor,
        Role::Cred => &mut event.credential,
        Role::Trace => &mut event.trace,
        Role::Span => &mut event.span,
        Role::Parent => &mut event.parent_span,
        Role::Request => &mut event.request,
        Role::Server => &mut event.server,
        Role::Tool => &mut event.tool,
        Role::Method => &mut event.method,
        Role::Action => &mut event.action,
        Role::ResourceType => &mut event.resource_type,
        Role::ErrorCode => &mut event.error_code,
        Role::Policy => &mut event.policy,
        Role::Reason => &mut event.reason,
        Role::ApprovalBy => &mut event.approval_by,
        Role::ApprovalState => &mut event.approval_state,
        Role::Mask => &mut event.masked,
        Role::Model => &mut event.model,
        Role::Ip => &mut event.address,
        Role::Ua => &mut event.user_agent,
        Role::Args
        | Role::Result
        | Role::Class
        | Role::Env
        | Role::Seq
        | Role::Prev
        | Role::Hash => return true,
        // Instants and numbers have their own doors.
        Role::Time
        | Role::TimeEnd
        | Role::ApprovalAt
        | Role::TokIn
        | Role::TokOut
        | Role::Cost
        | Role::Bytes => return false,
    };
    *slot = Some(text.into());
    true
}

/// Fills a column that knows a closed list of words.
fn fill_word(event: &mut Event<'_>, role: Role, text: &str) -> bool {
    if role == Role::Kind {
        Kind::from_word(text).map(|kind| event.kind = kind).is_some()
    } else if role == Role::Outcome {
        words::outcome(text).map(|outcome| event.outcome = outcome).is_some()
    } else {
        event.decision = words::decision(text).or(event.decision);
        words::decision(text).is_some()
    }
}

/// Returns what the column of a role holds, as text: what `expect` of a mapping's tests is compared with.
pub(super) fn read(event: &Event<'_>, role: Role) -> Option<String> {
    let text = |value: &Option<std::borrow::Cow<'_, str>>| value.as_deref().map(str::to_owned);
    match role {
        Role::Kind => Some(event.kind.to_string()),
        Role::Time => event.time.map(|time| time.to_string()),
        Role::TimeEnd => event.time_end.map(|time| time.to_string()),
        Role::ApprovalAt => event.approval_at.map(|time| time.to_string()),
        Role::Outcome => (event.outcome != Outcome::Unknown).then(|| event.outcome.to_string()),
        Role::Decision => event.decision.map(Decision::as_str).map(str::to_owned),
        Role::Source => Some(event.product.to_string()),
        Role::Corr => {
            let found = event.identifiers.iter().find(|id| id.kind == IdKind::Correlation);
            found.map(|id| id.value.to_string())
        }
        Role::TokIn => event.tokens_in.map(|number| number.to_string()),
        Role::TokOut => event.tokens_out.map(|number| number.to_string()),
        Role::Bytes => event.bytes.map(|number| number.to_string()),
        Role::Cost => event.cost.map(|number| number.to_string()),
        Role::EventId => text(&event.native_id),
        Role::Human => text(&event.human),
        Role::HumanProof => text(&event.human_proof),
        Role::Agent => text(&event.agent),
        Role::Client => text(&event.client),
        Role::Actor => text(&event.actor),
        Role::Cred => text(&event.credential),
        Role::Session => text(&event.session),
        Role::Trace => text(&event.trace),
        Role::Span => text(&event.span),
        Role::Parent => text(&event.parent_span),
        Role::Request => text(&event.request),
        Role::Server => text(&event.server),
        Role::Tool => text(&event.tool),
        Role::Method => text(&event.method),
        Role::Action => text(&event.action),
        Role::Resource => text(&event.resource),
        Role::ResourceType => text(&event.resource_type),
        Role::ErrorCode => text(&event.error_code),
        Role::Policy => text(&event.policy),
        Role::Reason => text(&event.reason),
        Role::ApprovalBy => text(&event.approval_by),
        Role::ApprovalState => text(&event.approval_state),
        Role::Mask => text(&event.masked),
        Role::Model => text(&event.model),
        Role::Ip => text(&event.address),
        Role::Ua => text(&event.user_agent),
        Role::Args
        | Role::Result
        | Role::Class
        | Role::Env
        | Role::Seq
        | Role::Prev
        | Role::Hash => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_name_that_reads_back() {
        for (name, role) in NAMES {
            assert_eq!(role.name(), *name);
            assert_eq!(Role::from_name(name), Some(*role));
        }
        assert_eq!(Role::from_name("approval_by"), Some(Role::ApprovalBy));
        assert_eq!(Role::from_name("who"), None);
    }
}
