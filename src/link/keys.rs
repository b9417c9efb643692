//! Key kinds by which two events are joined: one file each, one registry line each. A file holds one statement that
//! adds its rows to `link`; `a` is the asking side. Strength: 1 exact and unique, 2 exact but shared by a session,
//! 3 exact but set by the client.

mod credential_hash;
mod decision_id;
mod extended_request_id;
mod issued_key;
mod issued_session;
mod key_seen;
mod minted_session;
mod request_id;
mod role_session_name;
mod rpc_answer;
mod same_request;
mod shared_event;
mod token_claim;
mod tool_use;
mod trace;
mod workload;

/// A way to join two events.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// What the screens call it.
    pub name: &'static str,
    /// The statement that adds its links.
    pub insert: &'static str,
}

/// Every key kind, strongest first. A later one may leave out pairs that an earlier one joined.
pub const REGISTRY: &[Key] = &[
    request_id::KEY,
    extended_request_id::KEY,
    same_request::KEY,
    rpc_answer::KEY,
    issued_key::KEY,
    minted_session::KEY,
    issued_session::KEY,
    tool_use::KEY,
    trace::KEY,
    decision_id::KEY,
    shared_event::KEY,
    role_session_name::KEY,
    token_claim::KEY,
    workload::KEY,
    key_seen::KEY,
    credential_hash::KEY,
];
