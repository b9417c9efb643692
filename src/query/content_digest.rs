//! Digest of what was derived from the evidence, so that it can be told whether a database still is what a load made,
//! and whether a load made anew gives the same.
//!
//! **Canonical text.** An event's text is its columns in the order of `COLUMNS`, each as the engine prints it, times in
//! microseconds since 1970, NULL as the byte 0x1e, parted by 0x1f. Its digest is SHA-256 of that. The digests of a source
//! are joined in the order (record, part, id) for blocks of records, SHA-256 again; a source's line is the digest of its
//! content, its state, format, account, and SHA-256 of its blocks. The digest of the case is SHA-256 of the sorted lines.
//! Numbers that depend on the order of loading (`n`, `source`) are not in it.
//!
//! **What is covered.** [`Depth::Columns`]: every documented column of every kept event but the payload, and the account
//! of every source. [`Depth::Whole`]: the payload, further identifiers and resources, and links too. Neither covers
//! tags and notes (the journal is their truth), duplicates beyond their count, or the text of rejects.
//!
//! **When files are added**, digests of sources whose rows are in their places are taken from the load before. A row that was
//! edited in the database meanwhile is digested as it was, so that the edit shows instead of being signed.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::store::{Fault, Reader, Value, Writer};

/// Columns of an event, as the engine is asked for them.
const COLUMNS: &[&str] = &[
    "id",
    "epoch_us(ts)",
    "ts_precision",
    "epoch_us(ts_end)",
    "record_index",
    "part",
    "line",
    "\"offset\"",
    "length",
    "hex(raw_sha256)",
    "plane",
    "product",
    "kind",
    "native_id",
    "human",
    "human_proof",
    "agent",
    "agent_trust",
    "client",
    "actor",
    "actor_type",
    "credential",
    "parent_credential",
    "session",
    "session_basis",
    "role_session",
    "trace",
    "span",
    "parent_span",
    "request",
    "server",
    "tool",
    "method",
    "action",
    "action_class",
    "read_only",
    "resource",
    "resource_type",
    "region",
    "account",
    "address",
    "user_agent",
    "invoked_by",
    "decision",
    "policy",
    "reason",
    "approval_state",
    "approval_by",
    "epoch_us(approval_at)",
    "outcome",
    "error_code",
    "tokens_in",
    "tokens_out",
    "cost",
    "model",
    "bytes",
    "masked",
];

/// Records of a block.
const BLOCK: i64 = 1 << 18;
/// Events digested in one question, so that their digests fit into the engine's memory.
const CHUNK: i64 = 1 << 20;

/// What a digest covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Columns of events, accounts of sources.
    Columns,
    /// Payload, further identifiers and resources, and links too.
    Whole,
}

/// Digest of what one source gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDigest {
    /// Number in this database.
    pub source: i64,
    /// Name inside the evidence, with the member of an archive. Unsafe text.
    pub name: String,
    /// False for what came from standard input and cannot be read again.
    pub has_place: bool,
    /// SHA-256 of the content it was made from.
    pub content: String,
    /// The line: the same for the same content read again.
    pub line: String,
}

/// Digest of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDigest {
    /// Hex SHA-256 of the sorted lines.
    pub sha256: String,
    /// By number.
    pub sources: Vec<SourceDigest>,
    /// Count and check sum of links, with `Depth::Whole`.
    pub links: Option<String>,
}

/// What was digested of a source before, and what tells that its rows are still those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDigest {
    source: i64,
    /// Count and check sum of numbers, ids and places of its events. They change when a delivery takes another's place.
    seal: String,
    /// SHA-256 of its blocks, as hex.
    blocks: String,
}

/// Returns the digest of what the database holds.
pub fn content_digest(reader: &Reader, depth: Depth) -> Result<ContentDigest, Fault> {
    digest_beside(reader, depth, &BTreeMap::new()).map(|(digest, _)| digest)
}

/// Returns the digest with [`Depth::Columns`] and what is to be kept for the next time. Sources that were digested before
/// and did not change are not read again, so adding a file costs that file.
pub fn digest_of_added(reader: &Reader) -> Result<(ContentDigest, Vec<KnownDigest>), Fault> {
    let seals = seals(reader)?;
    let mut known: BTreeMap<i64, String> = BTreeMap::new();
    for row in reader.rows("SELECT source, seal, blocks FROM source_digest", &[])? {
        if seals.get(&row.int(0)) == Some(&row.text(1)) {
            known.insert(row.int(0), row.text(2));
        }
    }
    let (digest, blocks) = digest_beside(reader, Depth::Columns, &known)?;
    let kept = blocks.into_iter().filter_map(|(source, blocks)| {
        Some(KnownDigest { source, seal: seals.get(&source)?.clone(), blocks })
    });
    Ok((digest, kept.collect()))
}

/// Returns by source what tells that its events are the same rows in the same places.
fn seals(reader: &Reader) -> Result<BTreeMap<i64, String>, Fault> {
    let mut seals = BTreeMap::new();
    reader.each(
        "SELECT source, count(*), bit_xor(hash(n, id, record_index, part, line, \"offset\", length, raw_sha256))::VARCHAR
         FROM event GROUP BY source",
        &[],
        |row| {
            seals.insert(row.int(0), format!("{} {}", row.int(1), row.text(2)));
            Ok(true)
        },
    )?;
    Ok(seals)
}

/// Returns the digest, taking blocks of `known` sources from there, and the blocks of all sources with events.
fn digest_beside(
    reader: &Reader,
    depth: Depth,
    known: &BTreeMap<i64, String>,
) -> Result<(ContentDigest, Vec<(i64, String)>), Fault> {
    let mut sources = Vec::new();
    let mut sizes: Vec<(i64, Option<i64>)> = Vec::new();
    let rows = reader.rows(
        "SELECT source, name, member, path IS NOT NULL, content_sha256, state, format, read, kept, duplicate, rejected, \
                skipped FROM source WHERE content_sha256 IS NOT NULL ORDER BY source",
        &[],
    )?;
    for row in &rows {
        let name = match row.maybe_text(2) {
            Some(member) => format!("{} > {member}", row.text(1)),
            None => row.text(1),
        };
        let account: Vec<String> = (5..12).map(|column| row.text(column)).collect();
        sources.push(SourceDigest {
            source: row.int(0),
            name,
            has_place: row.flag(3),
            content: row.text(4),
            line: format!("{} {}", row.text(4), account.join(" ")),
        });
        let is_known = known.contains_key(&row.int(0));
        sizes.push((row.int(0), (!is_known).then(|| row.int(8))));
    }
    let mut blocks = vec![Sha256::new(); sources.len()];
    for chunk in chunks(&sizes) {
        digest_chunk(reader, depth, chunk, &mut |source, text| {
            if let Ok(at) = sources.binary_search_by_key(&source, |known| known.source)
                && let Some(hasher) = blocks.get_mut(at)
            {
                hasher.update(text.as_bytes());
            }
        })?;
    }
    let mut kept = Vec::with_capacity(sources.len());
    for (source, hasher) in sources.iter_mut().zip(blocks) {
        let blocks = known
            .get(&source.source)
            .cloned()
            .unwrap_or_else(|| crate::source::hex(&hasher.finalize()));
        write!(source.line, " {blocks}").unwrap_or_default();
        kept.push((source.source, blocks));
    }
    let links = match depth {
        Depth::Columns => None,
        Depth::Whole => Some(links(reader)?),
    };
    let mut sorted: Vec<&str> = sources.iter().map(|source| source.line.as_str()).collect();
    sorted.sort_unstable();
    let mut sha256 = Sha256::new();
    for line in sorted {
        sha256.update(line.as_bytes());
        sha256.update(b"\n");
    }
    Ok((ContentDigest { sha256: crate::source::hex(&sha256.finalize()), sources, links }, kept))
}

/// Keeps the digest of what a load derived, until the journal has it, and the digests of its sources for the next load.
pub fn keep_derived_digest(
    writer: &mut Writer,
    sha256: &str,
    known: &[KnownDigest],
) -> Result<(), Fault> {
    writer.execute("DELETE FROM source_digest", &[])?;
    let rows: Vec<Vec<Value>> = known
        .iter()
        .map(|one| vec![one.source.into(), one.seal.as_str().into(), one.blocks.as_str().into()])
        .collect();
    writer.append_rows("source_digest", &rows)?;
    writer.execute("DELETE FROM meta WHERE key = 'derived'", &[])?;
    writer.execute("INSERT INTO meta VALUES ('derived', ?)", &[sha256.into()])?;
    writer.commit()
}

/// Returns the digest that the last load kept.
pub fn derived_digest(reader: &Reader) -> Result<Option<String>, Fault> {
    let rows = reader.rows("SELECT value FROM meta WHERE key = 'derived'", &[])?;
    Ok(rows.first().map(|row| row.text(0)))
}

/// Sources from .. to, both inside, and records from .. to, the last outside.
type Chunk = [i64; 4];

/// Parts sources, given with their numbers of events, into questions of bounded size. Sources without a number are left
/// out, and no question reaches over one.
fn chunks(sizes: &[(i64, Option<i64>)]) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut filled = CHUNK;
    for (source, events) in sizes {
        let Some(events) = events else {
            filled = CHUNK;
            continue;
        };
        if *events > CHUNK {
            // A record gives few events, so a source is parted by its records, and its last part is left open.
            let parts = *events / CHUNK;
            let from = (0..=parts).map(|part| part * CHUNK);
            chunks.extend(from.map(|from| {
                [
                    *source,
                    *source,
                    from,
                    if from == parts * CHUNK { i64::MAX } else { from + CHUNK },
                ]
            }));
            filled = CHUNK;
        } else if filled.saturating_add(*events) <= CHUNK
            && filled < CHUNK
            && let Some([_, last, ..]) = chunks.last_mut()
        {
            *last = *source;
            filled += events;
        } else {
            chunks.push([*source, *source, 0, i64::MAX]);
            filled = *events;
        }
    }
    chunks
}

fn digest_chunk(
    reader: &Reader,
    depth: Depth,
    chunk: Chunk,
    take: &mut dyn FnMut(i64, &str),
) -> Result<(), Fault> {
    let mut texts: Vec<String> =
        COLUMNS.iter().map(|column| format!("coalesce({column}::VARCHAR, chr(30))")).collect();
    if depth == Depth::Whole {
        texts.push("coalesce(sha256(payload), chr(30))".to_owned());
    }
    let text = texts.join(", chr(31), ");
    let values: Vec<Value> = chunk.iter().map(|number| Value::Int(*number)).collect();
    let sql = format!(
        "SELECT source, record_index // {BLOCK} AS block, count(*), \
                sha256(string_agg(digest, '' ORDER BY record_index, part, id)) \
         FROM (SELECT source, record_index, part, id, sha256(concat({text})) AS digest FROM event \
               WHERE source BETWEEN ? AND ? AND record_index >= ? AND record_index < ?) \
         GROUP BY ALL ORDER BY ALL"
    );
    let mut add = |row: crate::store::Row| {
        take(row.int(0), &format!("{} {} {}\n", row.int(1), row.int(2), row.text(3)));
        Ok(true)
    };
    reader.each(&sql, &values, &mut add)?;
    if depth == Depth::Whole {
        for (table, columns) in [
            ("extra_identifier", "x.kind, chr(31), x.value, chr(31), x.trust"),
            ("extra_resource", "x.id, chr(31), x.type"),
        ] {
            let sql = format!(
                "SELECT source, block, count(*), sha256(string_agg(digest, '' ORDER BY digest)) \
                 FROM (SELECT e.source, e.record_index // {BLOCK} AS block, \
                              sha256(concat(e.id, chr(31), {columns})) AS digest \
                       FROM {table} x JOIN event e USING (n) \
                       WHERE e.source BETWEEN ? AND ? AND record_index >= ? AND record_index < ?) \
                 GROUP BY ALL ORDER BY ALL"
            );
            reader.each(&sql, &values, &mut add)?;
        }
    }
    Ok(())
}

/// Returns number and check sum of links. Links follow from events alone, so a check sum is enough to see a difference.
fn links(reader: &Reader) -> Result<String, Fault> {
    let rows = reader.rows(
        "SELECT count(*), coalesce(sum(hash(concat_ws(chr(31), a, b, grade, key, value_a, value_b))), 0)::VARCHAR \
         FROM links",
        &[],
    )?;
    Ok(rows.first().map(|row| format!("{} {}", row.int(0), row.text(1))).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_parted_into_questions_of_bounded_size() {
        assert_eq!(chunks(&[]), [] as [Chunk; 0]);
        let half = CHUNK / 2;
        assert_eq!(
            chunks(&[(1, Some(half)), (2, Some(half)), (3, Some(1)), (5, Some(0))]),
            [[1, 2, 0, i64::MAX], [3, 5, 0, i64::MAX]]
        );
        assert_eq!(
            chunks(&[(1, Some(1)), (2, None), (3, Some(0)), (4, Some(7)), (5, None)]),
            [[1, 1, 0, i64::MAX], [3, 4, 0, i64::MAX]]
        );
        let big = [(1, Some(1)), (2, Some(CHUNK * 2 + 1)), (3, Some(1))];
        assert_eq!(
            chunks(&big),
            [
                [1, 1, 0, i64::MAX],
                [2, 2, 0, CHUNK],
                [2, 2, CHUNK, 2 * CHUNK],
                [2, 2, 2 * CHUNK, i64::MAX],
                [3, 3, 0, i64::MAX]
            ]
        );
    }
}
