//! Key kinds by which two events are joined: one file each, one registry line each. A file holds one statement that
//! adds its rows to `link`; `a` is the asking side. Strength: 1 exact and unique, 2 exact but shared by a session.

mod issued_key;
mod minted_session;
mod request_id;
mod rpc_answer;
mod same_request;
mod shared_event;
mod tool_use;
mod trace;

/// A way to join two events.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// What the screens call it.
    pub name: &'static str,
    /// The statement that adds its links.
    pub insert: &'static str,
}

/// Every key kind, strongest first.
pub const REGISTRY: &[Key] = &[
    request_id::KEY,
    same_request::KEY,
    rpc_answer::KEY,
    issued_key::KEY,
    minted_session::KEY,
    tool_use::KEY,
    trace::KEY,
    shared_event::KEY,
];
