//! Evidence bytes, read-only: finding files, inflating, hashing in the same pass, cutting records out of content.
//! Nothing here writes, follows a link, or knows what a record means.

pub mod frame;

pub use frame::{Frame, FrameKind, Framer, Framing};
