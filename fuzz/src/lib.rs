//! The part of the program that reads hostile bytes, compiled from its own source files but without the database
//! engine and the screens, and the fuzz targets over it. Holds no logic of its own.

extern crate self as whytrail;

/// Layers below the store, in the folder they live in.
#[path = "../../src"]
mod program {
    pub mod clock;
    pub mod custody;
    pub mod format;
    pub mod model;
    pub mod redact;
    pub mod source;
    pub mod text;
}

pub use program::{clock, custody, format, model, redact, source, text};

pub mod targets;
