//! One event as every format fills it, borrowing from the record's bytes where it can.
//! A field the source does not have stays `None`; it is never filled from a neighbor.

use std::borrow::Cow;

use super::time::{Micros, Precision};

/// Text of a record: absent, borrowed from its bytes, or made by the format.
pub type Text<'r> = Option<Cow<'r, str>>;

/// Declares an enum whose variants have one stable word each, used in the store, on screen and in exports.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every variant, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word used in the store, on screen and in exports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Returns the variant whose word is `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// The layer that wrote the record.
    Plane {
        CloudTrail = "cloudtrail",
        Gateway = "gateway",
        Mcp = "mcp",
        Transcript = "transcript",
        Authz = "authz",
        Model = "model",
        Other = "other",
    }
}

impl Plane {
    /// Returns the one-letter source mark of the time line (`C G M A Z L ?`).
    pub const fn letter(self) -> char {
        match self {
            Self::CloudTrail => 'C',
            Self::Gateway => 'G',
            Self::Mcp => 'M',
            Self::Transcript => 'A',
            Self::Authz => 'Z',
            Self::Model => 'L',
            Self::Other => '-',
        }
    }

    /// Returns true for planes that record what was asked for, as opposed to what the cloud did.
    pub const fn is_asked(self) -> bool {
        match self {
            Self::Gateway | Self::Mcp | Self::Transcript | Self::Authz | Self::Model => true,
            Self::CloudTrail | Self::Other => false,
        }
    }
}

words! {
    /// What sort of happening the record describes.
    Kind {
        Api = "api",
        ToolCall = "tool_call",
        Decision = "decision",
        Approval = "approval",
        Auth = "auth",
        Session = "session",
        ModelCall = "model_call",
        Config = "config",
        Notice = "notice",
        Other = "other",
    }
}

words! {
    /// How it ended. Refused and broken are never merged.
    Outcome {
        Success = "success",
        Denied = "denied",
        Error = "error",
        Held = "held",
        Unknown = "unknown",
    }
}

impl Outcome {
    /// Returns the word of the time line's OUT column.
    pub const fn screen(self) -> &'static str {
        match self {
            Self::Success => "ok",
            Self::Denied => "DENY",
            Self::Error => "FAIL",
            Self::Held => "HELD",
            Self::Unknown => "?",
        }
    }
}

words! {
    /// What a policy answered, apart from how the call ended.
    Decision {
        Allow = "allow",
        Deny = "deny",
        Conditional = "conditional",
    }
}

words! {
    /// How far a value can be trusted.
    Trust {
        /// The logging system established it itself.
        Observed = "observed",
        /// A client said so.
        Asserted = "asserted",
        /// We computed it.
        Derived = "derived",
    }
}

words! {
    /// Who or what acted.
    ActorType {
        Human = "human",
        Agent = "agent",
        Workload = "workload",
        Service = "service",
        Root = "root",
        Unknown = "unknown",
    }
}

words! {
    /// What an action does, coarsely.
    ActionClass {
        Read = "read",
        Write = "write",
        Delete = "delete",
        Admin = "admin",
        Auth = "auth",
        Exec = "exec",
        Send = "send",
    }
}

words! {
    /// What a session's boundary rests on.
    SessionBasis {
        NativeId = "native id",
        Trace = "trace",
        Credential = "credential",
        RoleSession = "role session",
        IdleGap = "idle gap ~",
    }
}

words! {
    /// Kinds of identifier a pivot can follow.
    IdKind {
        /// A person: e-mail, Identity Center user, IAM user, token subject.
        Who = "who",
        /// A role, workload or service identity (ARN or name).
        Actor = "actor",
        /// An agent product or workload.
        Agent = "agent",
        /// An access key or token id, never a secret.
        Key = "key",
        /// A key that this event handed out.
        IssuedKey = "issued_key",
        /// A session id native to the source.
        Session = "session",
        /// A session that this event created for somebody (`CreateOAuth2Token`).
        MintedSession = "minted_session",
        /// W3C trace id.
        Trace = "trace",
        Span = "span",
        /// A request id of the recording system.
        Request = "request",
        /// A request id of a call that this event caused elsewhere.
        DownstreamRequest = "downstream_request",
        /// Role session name.
        RoleSession = "role_session",
        SourceIdentity = "source_identity",
        /// A tool-use id (`toolu_...`).
        ToolUse = "tool_use",
        /// A policy engine's decision id.
        DecisionId = "decision",
        /// Any other correlation id.
        Correlation = "correlation",
        /// Records of one step (a request and its answer), tied by the format that read them.
        Step = "step",
        /// Same action delivered to several accounts.
        SharedEvent = "shared_event",
        /// Resource: ARN or tool target.
        What = "what",
        Address = "address",
    }
}

words! {
    /// Grade of a join, best first.
    Grade {
        /// Same identifier on both sides.
        Exact = "=",
        /// Same credential, or an identifier derived by a documented rule.
        Derived = "+",
        /// Close in time and shape.
        Near = "~",
        /// No link.
        None = ".",
    }
}

impl Default for Grade {
    /// No link is known until one is found.
    fn default() -> Self {
        Self::None
    }
}

/// An identifier that no column of [`Event`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier<'r> {
    pub kind: IdKind,
    pub value: Cow<'r, str>,
    pub trust: Trust,
}

/// A thing that was acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource<'r> {
    /// ARN where the source gives one, else the target's own name.
    pub id: Cow<'r, str>,
    /// The vendor's type word, for example `AWS::S3::Object`.
    pub kind: Text<'r>,
}

/// One event. Times are microseconds since 1970 in UTC; sizes are bytes; cost is US dollars.
#[derive(Debug, Clone)]
pub struct Event<'r> {
    pub time: Option<Micros>,
    pub precision: Precision,
    /// When the step ended, for sources that say so.
    pub time_end: Option<Micros>,
    pub plane: Plane,
    /// Product that wrote the record: `cloudtrail`, `toolhive`, `hoop`, `opa`, `mcp`, `bedrock`.
    pub product: Cow<'r, str>,
    pub kind: Kind,
    /// The record's own id. Two records of one product with equal native ids are one event.
    pub native_id: Text<'r>,
    /// Keeps equal records of one source apart when the source gives neither id nor time.
    pub repeats: Repeats,
    pub human: Text<'r>,
    /// How the person was established, in words: `sso subject`, `session name`, `token subject`.
    pub human_proof: Text<'r>,
    pub agent: Text<'r>,
    pub agent_trust: Option<Trust>,
    pub client: Text<'r>,
    /// The principal the source authenticated: role, user, service.
    pub actor: Text<'r>,
    pub actor_type: Option<ActorType>,
    /// Access key id or token id used for the call.
    pub credential: Text<'r>,
    /// The credential that produced `credential`, when the record itself says so.
    pub parent_credential: Text<'r>,
    /// Session id native to the source.
    pub session: Text<'r>,
    pub session_basis: Option<SessionBasis>,
    /// Role session name (last part of an assumed-role ARN).
    pub role_session: Text<'r>,
    /// When the credential in use was created (`sessionContext.attributes.creationDate`).
    pub credential_created: Option<Micros>,
    pub trace: Text<'r>,
    pub span: Text<'r>,
    pub parent_span: Text<'r>,
    pub request: Text<'r>,
    pub server: Text<'r>,
    pub tool: Text<'r>,
    pub method: Text<'r>,
    /// `service:Operation` for APIs, `tools/call NAME` for tools.
    pub action: Text<'r>,
    pub action_class: Option<ActionClass>,
    pub read_only: Option<bool>,
    pub resource: Text<'r>,
    pub resource_type: Text<'r>,
    pub region: Text<'r>,
    pub account: Text<'r>,
    pub address: Text<'r>,
    pub user_agent: Text<'r>,
    /// Service that made the call with somebody's identity (`userIdentity.invokedBy`).
    pub invoked_by: Text<'r>,
    pub decision: Option<Decision>,
    pub policy: Text<'r>,
    pub reason: Text<'r>,
    pub approval_state: Text<'r>,
    pub approval_by: Text<'r>,
    pub approval_at: Option<Micros>,
    pub outcome: Outcome,
    pub error_code: Text<'r>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub cost: Option<f64>,
    pub model: Text<'r>,
    /// Bytes moved by the call, where the source counts them.
    pub bytes: Option<i64>,
    /// What the source itself masked or cut, in words.
    pub masked: Text<'r>,
    /// Identifiers beyond the columns.
    pub identifiers: Vec<Identifier<'r>>,
    /// Resources beyond the first.
    pub resources: Vec<Resource<'r>>,
    /// JSON object with what the columns do not hold, as the source wrote it; redacted by ingest.
    pub payload: Cow<'r, str>,
    /// How complete this delivery of the record is. Lower wins when a record arrives in several shapes:
    /// 0 = as the source wrote it, 1 = re-encoded, 2 = reduced columns.
    pub shape_rank: u8,
}

/// Whether byte-equal records without a native id are one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Byte-equal means delivered twice.
    SameEvent,
    /// Byte-equal records at different places are different events (a wire capture without time).
    OwnEvents,
}

impl<'r> Event<'r> {
    /// Returns an event of `plane` and `product` with every optional field empty and outcome unknown.
    pub fn new(plane: Plane, product: impl Into<Cow<'r, str>>, kind: Kind) -> Self {
        Self {
            time: None,
            precision: Precision::None,
            time_end: None,
            plane,
            product: product.into(),
            kind,
            native_id: None,
            repeats: Repeats::SameEvent,
            human: None,
            human_proof: None,
            agent: None,
            agent_trust: None,
            client: None,
            actor: None,
            actor_type: None,
            credential: None,
            parent_credential: None,
            session: None,
            session_basis: None,
            role_session: None,
            credential_created: None,
            trace: None,
            span: None,
            parent_span: None,
            request: None,
            server: None,
            tool: None,
            method: None,
            action: None,
            action_class: None,
            read_only: None,
            resource: None,
            resource_type: None,
            region: None,
            account: None,
            address: None,
            user_agent: None,
            invoked_by: None,
            decision: None,
            policy: None,
            reason: None,
            approval_state: None,
            approval_by: None,
            approval_at: None,
            outcome: Outcome::Unknown,
            error_code: None,
            tokens_in: None,
            tokens_out: None,
            cost: None,
            model: None,
            bytes: None,
            masked: None,
            identifiers: Vec::new(),
            resources: Vec::new(),
            payload: Cow::Borrowed("{}"),
            shape_rank: 0,
        }
    }

    /// Adds an identifier that no column holds; empty values are dropped.
    pub fn identify(&mut self, kind: IdKind, value: impl Into<Cow<'r, str>>, trust: Trust) {
        let value = value.into();
        if !value.is_empty() {
            self.identifiers.push(Identifier { kind, value, trust });
        }
    }

    /// Adds a resource: the first fills the columns, later ones go to the list.
    pub fn touch(&mut self, id: impl Into<Cow<'r, str>>, kind: Text<'r>) {
        let id = id.into();
        if id.is_empty()
            || self.resource.as_deref() == Some(&*id)
            || self.resources.iter().any(|known| known.id == id)
        {
            return;
        }
        if self.resource.is_none() {
            self.resource = Some(id);
            self.resource_type = kind;
        } else {
            self.resources.push(Resource { id, kind });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_themselves() {
        for plane in Plane::ALL {
            assert_eq!(Plane::from_word(plane.as_str()), Some(*plane));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_word(outcome.as_str()), Some(*outcome));
        }
        assert_eq!(Plane::from_word("nonsense"), None);
    }

    #[test]
    fn first_resource_fills_the_column_and_repeats_are_dropped() {
        let mut event = Event::new(Plane::CloudTrail, "cloudtrail", Kind::Api);
        event.touch("a", None);
        event.touch("b", None);
        event.touch("a", None);
        assert_eq!(event.resource.as_deref(), Some("a"));
        assert_eq!(event.resources.len(), 1);
    }
}
