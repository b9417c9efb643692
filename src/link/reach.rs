//! How far joins reach back when they are made: to all events, or to those that were added since. What is kept of single
//! events (`claim`, `alike`, what near links compare) and of single values (`keys`) holds as long as the events it was made
//! of are still there, unchanged; a load that only adds events adds to it. Must not decide what an added event changes:
//! each kind of join says that itself.

use sha2::{Digest, Sha256};

use super::keys;
use crate::source::hex;
use crate::store::{Fault, Writer};

/// Events whose rows in the kept tables are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All: nothing is kept, or it does not hold any more.
    All,
    /// Those with a number above this one.
    Added { after: i64 },
}

/// What the kept tables were made of.
#[derive(Debug, PartialEq, Eq)]
struct Cover {
    /// Digest of program version and statements: another program makes everything anew.
    edition: String,
    /// Highest number of an event.
    through: i64,
    /// Count and check sum of numbers and ids up to there.
    seal: String,
}

const KEY: &str = "joins cover";

impl Reach {
    /// Compares the events with what the joins of the last load were made of. Events that went, or that another delivery
    /// took the place of, make it `All`; so does a load that added as much as there was, because all is faster then.
    pub(super) fn find(writer: &mut Writer) -> Result<Self, Fault> {
        let Some(cover) = cover(writer)? else { return Ok(Self::All) };
        if cover.edition != edition() || seal(writer, cover.through)? != cover.seal {
            return Ok(Self::All);
        }
        let added =
            writer.number(&format!("SELECT count(*) FROM event WHERE n > {}", cover.through))?;
        let covered =
            writer.number(&format!("SELECT count(*) FROM event WHERE n <= {}", cover.through))?;
        Ok(if added > covered { Self::All } else { Self::Added { after: cover.through } })
    }

    /// Returns the lowest number that an event to be read can have.
    pub(super) const fn first(self) -> i64 {
        match self {
            Self::All => 0,
            Self::Added { after } => after.saturating_add(1),
        }
    }

    /// Returns the condition on `n` under which an event is to be read.
    pub(super) fn condition(self) -> String {
        match self {
            Self::All => "true".to_owned(),
            Self::Added { after } => format!("n > {after}"),
        }
    }
}

/// Returns the highest number of an event, -1 when there is none.
pub(super) fn last(writer: &mut Writer) -> Result<i64, Fault> {
    let mut last = -1;
    writer.each("SELECT coalesce(max(n), -1) FROM event", |row| {
        last = row.int(0);
        Ok(())
    })?;
    Ok(last)
}

/// Says that nothing is kept. Part of a transaction.
pub(super) fn forget(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute("DELETE FROM meta WHERE key = ?", &[KEY.into()])?;
    Ok(())
}

/// Says that what is kept holds for all events there are. Part of the transaction that made it.
pub(super) fn keep(writer: &mut Writer) -> Result<(), Fault> {
    let through = last(writer)?;
    let text = format!("{} {through} {}", edition(), seal(writer, through)?);
    forget(writer)?;
    writer.execute("INSERT INTO meta VALUES (?, ?)", &[KEY.into(), text.into()])?;
    Ok(())
}

fn cover(writer: &mut Writer) -> Result<Option<Cover>, Fault> {
    let mut text = None;
    writer.each(&format!("SELECT value FROM meta WHERE key = '{KEY}'"), |row| {
        text = Some(row.text(0));
        Ok(())
    })?;
    Ok(text.as_deref().and_then(read))
}

fn read(text: &str) -> Option<Cover> {
    let (edition, rest) = text.split_once(' ')?;
    let (through, seal) = rest.split_once(' ')?;
    Some(Cover {
        edition: edition.to_owned(),
        through: through.parse().ok()?,
        seal: seal.to_owned(),
    })
}

fn seal(writer: &mut Writer, through: i64) -> Result<String, Fault> {
    let mut seal = String::new();
    let sql = format!(
        "SELECT count(*), coalesce(bit_xor(hash(n, id)), 0)::VARCHAR FROM event WHERE n <= {through}"
    );
    writer.each(&sql, |row| {
        seal = format!("{} {}", row.int(0), row.text(1));
        Ok(())
    })?;
    Ok(seal)
}

fn edition() -> String {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    for key in keys::REGISTRY {
        digest.update(key.insert);
        digest.update(key.touched.unwrap_or_default());
    }
    for statement in super::KEPT_STATEMENTS.iter().copied().flatten() {
        digest.update(statement);
    }
    hex(&digest.finalize()).chars().take(16).collect()
}
