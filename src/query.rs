//! Questions to a case: one file per question, rows out. SQL lives here and in `link`; nothing here draws or prints.

pub mod boundary;
pub mod columns;
pub mod content_digest;
pub mod detail;
pub mod export;
pub mod facets;
pub mod filter;
pub mod filter_parse;
pub mod gaps;
pub mod joins;
pub mod jump;
pub mod keys;
pub mod known;
pub mod leads;
pub mod observed;
pub mod overview;
pub mod page;
pub mod pivots;
pub mod proofs;
pub mod raw;
pub mod records;
pub mod remembered;
pub mod replay;
pub mod resources;
pub mod sessions;
pub mod six;
pub mod sources;
pub mod spend;
pub mod sql;
pub mod strip;
pub mod subjects;
pub mod tables;
pub mod why;

pub use boundary::boundary_of;
pub use content_digest::{
    ContentDigest, Depth, SourceDigest, content_digest, derived_digest, digest_of_added,
    keep_derived_digest,
};
pub use detail::{detail, find_event};
pub use facets::facets;
pub use filter::{Filter, FilterError, Term};
pub use jump::{Direction, Jump, jump};
pub use keys::{keys, keys_of_job};
pub use known::{known_identifiers, person_names, thing_names};
pub use overview::overview;
pub use page::{At, count, matching_ids, page, stream};
pub use pivots::pivots;
pub use raw::{Original, RawView, original, raw};
pub use remembered::{RememberedHead, is_unbegun, remembered_head};
pub use replay::replay;
pub use resources::resources;
pub use sessions::sessions;
pub use sources::sources;
pub use strip::strip;
pub use subjects::subjects;
