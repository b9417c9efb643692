//! Plain types that several modules speak: events, sources, identifiers, grades, times.
//! Owns no behavior beyond conversion and printing; must not read files, the clock or the database.

pub mod event;
pub mod finding;
pub mod gaps;
pub mod ids;
pub mod proof;
pub mod rows;
pub mod source;
pub mod spend;
pub mod time;

pub use event::{
    ActionClass, ActorType, Decision, Event, Grade, IdKind, Identifier, Kind, Outcome, Plane,
    Resource, SessionBasis, Text, Trust,
};
pub use finding::FindingField;
pub use ids::{EventId, SourceId};
pub use source::{Account, Reject, SourceState};
pub use time::{Micros, Precision};
