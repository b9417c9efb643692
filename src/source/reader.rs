//! Opening evidence read-only and building the chain raw -> hash -> inflate -> hash -> UTF-8.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use thiserror::Error;

use super::content::{Caps, Content};
use super::hash::{Meter, Metered};
use super::inflate::{self, Capped, Promise, Stretch, gunzip, over_cap};
use super::utf::{Encoding, FromUtf16, announced};

const BUFFER: usize = 256 << 10;
/// More members than this in one archive are not listed.
const MAX_MEMBERS: usize = 100_000;

/// Why a source could not be opened.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Refused(String),
}

/// What a file turned out to be.
pub enum Opened {
    /// Content, inflated if it was gzip.
    Content(Content),
    /// A zip archive: each member is a source of its own.
    Archive(Archive),
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Content(_) => "Opened::Content",
            Self::Archive(_) => "Opened::Archive",
        })
    }
}

/// Opens a file. Never follows a link, never writes.
pub fn open_file(path: &Path, caps: Caps) -> Result<Opened, SourceError> {
    // A link that took the place of a file since it was found is not followed either.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let mode = rustix::fs::Mode::empty();
    let file = File::from(
        rustix::fs::open(path, flags | rustix::fs::OFlags::RDONLY, mode)
            .map_err(io::Error::from)?,
    );
    if !file.metadata()?.is_file() {
        return Err(SourceError::Refused("not a regular file".to_owned()));
    }
    let mut input = BufReader::with_capacity(BUFFER, file);
    if input.fill_buf()?.starts_with(b"PK\x03\x04") {
        return Archive::open(input.into_inner()).map(Opened::Archive);
    }
    Ok(Opened::Content(chain(input, caps)?))
}

/// Opens a stream, for standard input.
pub fn open_stream(input: impl Read + 'static, caps: Caps) -> Result<Content, SourceError> {
    Ok(chain(BufReader::with_capacity(BUFFER, input), caps)?)
}

/// Builds the chain over bytes as received.
fn chain<R: BufRead + 'static>(input: R, caps: Caps) -> io::Result<Content> {
    let received = Meter::default();
    let metered = Common(Rc::new(RefCell::new(Metered { inner: input, meter: received.clone() })));
    let rest = Box::new(metered.clone());
    let mut raw = BufReader::with_capacity(BUFFER, metered);
    let is_gzip = raw.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    if !is_gzip {
        let reader = to_utf8(raw)?;
        return Ok(Content { reader, rest, received, inflated: None, given: 0, is_gzip });
    }
    let inflated = Meter::default();
    let capped = Capped { inner: gunzip(raw), caps, received: received.clone(), inflated: 0 };
    let metered = Metered { inner: capped, meter: inflated.clone() };
    let content = Content {
        reader: Box::new(io::empty()),
        rest,
        received,
        inflated: Some(inflated),
        given: 0,
        is_gzip,
    };
    match to_utf8(BufReader::with_capacity(BUFFER, metered)) {
        Ok(reader) => Ok(Content { reader, ..content }),
        Err(error) => Ok(Content { reader: Box::new(Failing(Some(error))), ..content }),
    }
}

/// A reader that two hold: the chain, and whoever reads on when the chain has stopped.
struct Common<R>(Rc<RefCell<R>>);

impl<R> Clone for Common<R> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<R: Read> Read for Common<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(into)
    }
}

/// Hands out an error that came up while the content was looked at, when it is read.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _into: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Drops a byte-order mark and turns UTF-16 into UTF-8.
fn to_utf8<R: BufRead + 'static>(mut input: R) -> io::Result<Box<dyn Read>> {
    let (encoding, mark) = announced(input.fill_buf()?);
    input.consume(mark);
    Ok(match encoding {
        Encoding::Utf8 => Box::new(input),
        Encoding::Utf16Little | Encoding::Utf16Big => Box::new(FromUtf16::new(input, encoding)),
    })
}

/// A zip archive. Members are read one at a time; nothing is written anywhere.
pub struct Archive {
    zip: zip::ZipArchive<BufReader<File>>,
    /// The same file again, for members that stream by.
    file: Arc<File>,
    /// Size and digest of the archive itself.
    pub bytes: u64,
    pub sha256: String,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Archive {
    fn open(mut file: File) -> Result<Self, SourceError> {
        use std::io::Seek;
        file.rewind()?;
        let meter = Meter::default();
        let mut metered = Metered { inner: &file, meter: meter.clone() };
        io::copy(&mut metered, &mut io::sink())?;
        file.rewind()?;
        let again = Arc::new(file.try_clone()?);
        let zip = zip::ZipArchive::new(BufReader::with_capacity(BUFFER, file))
            .map_err(|error| SourceError::Refused(format!("zip archive is damaged: {error}")))?;
        if zip.len() > MAX_MEMBERS {
            return Err(SourceError::Refused(format!(
                "zip archive has more than {MAX_MEMBERS} members"
            )));
        }
        Ok(Self { zip, file: again, bytes: meter.bytes(), sha256: meter.digest() })
    }

    /// Returns the number of members, folders included.
    pub fn len(&self) -> usize {
        self.zip.len()
    }

    /// Returns true when the archive has no members.
    pub fn is_empty(&self) -> bool {
        self.zip.is_empty()
    }

    /// Returns the name of a member as the archive's directory has it, for display only.
    pub fn name(&self, index: usize) -> Option<String> {
        self.zip.name_for_index(index)?.ok().map(std::borrow::Cow::into_owned)
    }

    /// Returns the name of a member and its content; `None` for a folder. The name is for display only.
    pub fn member(
        &mut self,
        index: usize,
        caps: Caps,
    ) -> Result<Option<(String, Content)>, SourceError> {
        let refused =
            |error: zip::result::ZipError| SourceError::Refused(format!("zip member: {error}"));
        let member = self.zip.by_index(index).map_err(refused)?;
        if member.is_dir() {
            return Ok(None);
        }
        let name = member.name().map_err(refused)?.into_owned();
        let packed = member.compressed_size();
        let limit = caps.inflated.min(packed.max(1).saturating_mul(caps.ratio).max(8 << 20));
        if member.size() > limit {
            return Err(SourceError::Refused(format!("zip member {}", over_cap(limit))));
        }
        let promise = Promise {
            is_deflated: member.compression() == zip::CompressionMethod::Deflated,
            size: member.size(),
            crc: member.crc32(),
            limit,
        };
        let Some(at) = member.data_start() else {
            return Err(SourceError::Refused("zip member has no content".to_owned()));
        };
        let stretch = Stretch { file: Arc::clone(&self.file), at, left: packed };
        let content = BufReader::with_capacity(BUFFER, inflate::member(stretch, promise));
        // What is wrong with the first bytes is known here already.
        let content =
            chain(content, caps).map_err(|error| SourceError::Refused(error.to_string()))?;
        Ok(Some((name, content)))
    }
}

#[cfg(test)]
mod tests;
