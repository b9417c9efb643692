//! Dumb pieces of a screen: data in, cells out. They know no question, view or job.

pub(crate) mod canvas;
pub(crate) mod list;
pub(crate) mod strip;
pub(crate) mod table;
pub(crate) mod words;
