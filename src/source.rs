//! Evidence bytes, read-only: finding files, inflating, hashing in the same pass, cutting records out of content.
//! Nothing here writes, follows a link, or knows what a record means.

pub mod content;
pub mod discover;
pub mod frame;
pub mod hash;
pub mod inflate;
pub mod reader;
pub mod utf;

pub use content::{Caps, Content, Damage, Digests};
pub use discover::{Found, discover};
pub use frame::{Drill, Frame, FrameKind, Framer, Framing};
pub use hash::hex;
pub use inflate::inflate_bytes;
pub use reader::{Opened, SourceError, open_file, open_stream};
