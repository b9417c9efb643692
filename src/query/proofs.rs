//! What the sources can prove: the facts that verdicts are drawn from, and the verdicts as they were drawn last.

use crate::model::SourceId;
use crate::model::proof::{
    ChainFact, ChainedRecord, ProofCount, ProofDocument, ProofKind, ProofSummary, Standing, Subject,
};
use crate::model::rows::SourceProof;
use crate::store::{Fault, Reader, Row};

/// A source as far as proof goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub source: i32,
    /// Name inside the evidence, with the member of an archive behind it.
    pub name: String,
    /// Full path, with the member's path behind that of its archive.
    pub path: String,
    /// Hex SHA-256 as received, and after inflating.
    pub sha256: String,
    pub content_sha256: String,
    pub format: Option<String>,
    pub is_damaged: bool,
    /// Another service wrote its records anew.
    pub is_reencoded: bool,
}

/// Everything that verdicts are drawn from.
#[derive(Debug, Clone, Default)]
pub struct ProofFacts {
    pub documents: Vec<(SourceFile, ProofDocument)>,
    /// Sources that are no proofs.
    pub files: Vec<SourceFile>,
    pub chained: Vec<ChainedRecord>,
}

const FILE: &str = "s.source, s.name || coalesce(' > ' || s.member, ''), \
    coalesce(s.path, s.name) || coalesce('/' || s.member, ''), coalesce(s.sha256, ''), coalesce(s.content_sha256, ''), \
    s.format, s.state = 'damaged'";

/// Returns everything that verdicts are drawn from.
pub fn facts(reader: &Reader) -> Result<ProofFacts, Fault> {
    let mut facts = ProofFacts::default();
    let documents = format!(
        "SELECT {FILE}, false, p.kind, p.body FROM proof p JOIN source s USING (source) ORDER BY s.source"
    );
    for row in reader.rows(&documents, &[])? {
        let kind = ProofKind::from_words(&row.text(8)).unwrap_or(ProofKind::Digest);
        let document = serde_json::from_str(&row.text(9)).unwrap_or_else(|_| {
            let why = "the stored form cannot be read: load the evidence again".to_owned();
            ProofDocument::Malformed { kind, why }
        });
        facts.documents.push((file(&row), document));
    }
    let files = format!(
        "SELECT {FILE}, coalesce(r.rank, 0) > 0 FROM source s
         LEFT JOIN (SELECT source, min(shape_rank) AS rank
                    FROM (SELECT source, shape_rank FROM event UNION ALL SELECT source, shape_rank FROM duplicate)
                    GROUP BY source) r USING (source)
         WHERE s.sha256 IS NOT NULL AND s.source NOT IN (SELECT source FROM proof) ORDER BY s.source"
    );
    facts.files = reader.rows(&files, &[])?.iter().map(file).collect();
    reader.each(
        "SELECT source, record_index, mapping, partition, seq, prev, hash, is_first, is_content FROM chain_record
         WHERE source IN (SELECT source FROM source) ORDER BY source, record_index",
        &[],
        |row| {
            facts.chained.push(chained(&row));
            Ok(true)
        },
    )?;
    Ok(facts)
}

fn file(row: &Row) -> SourceFile {
    SourceFile {
        source: i32::try_from(row.int(0)).unwrap_or(0),
        name: row.text(1),
        path: row.text(2),
        sha256: row.text(3),
        content_sha256: row.text(4),
        format: row.maybe_text(5),
        is_damaged: row.flag(6),
        is_reencoded: row.flag(7),
    }
}

fn chained(row: &Row) -> ChainedRecord {
    let is_null = |index| row.maybe_text(index).is_none();
    ChainedRecord {
        source: SourceId(i32::try_from(row.int(0)).unwrap_or(0)),
        index: u32::try_from(row.int(1)).unwrap_or(0),
        fact: ChainFact {
            mapping: row.text(2),
            partition: row.text(3),
            seq: (!is_null(4)).then(|| row.int(4)),
            prev: row.maybe_text(5),
            hash: row.maybe_text(6),
            is_first: row.flag(7),
            is_content: (!is_null(8)).then(|| row.flag(8)),
        },
    }
}

/// Joins `v.proof`, the worst verdict on the source `s`; read it with [`source_proof`].
pub(super) const WORST: &str = "LEFT JOIN (SELECT source, min(CASE standing WHEN 'false' THEN '0' WHEN 'not shown' THEN '1' ELSE '2' END || state) AS proof
      FROM proof_verdict WHERE source IS NOT NULL GROUP BY source) v ON v.source = s.source";

/// Reads the column that [`WORST`] joins.
pub(super) fn source_proof(text: Option<String>) -> Option<SourceProof> {
    let text = text?;
    let (standing, state) = text.split_at_checked(1)?;
    let standing = match standing {
        "0" => Standing::False,
        "1" => Standing::NotShown,
        _ => Standing::Shown,
    };
    Some(SourceProof { standing, state: state.to_owned() })
}

/// Returns the verdicts in numbers.
pub fn summary(reader: &Reader) -> Result<ProofSummary, Fault> {
    let rows = reader.rows(
        "SELECT subject, standing, state, count(*) FROM proof_verdict GROUP BY ALL ORDER BY ALL",
        &[],
    )?;
    let count = |row: &Row| {
        Some(ProofCount {
            subject: Subject::from_word(&row.text(0))?,
            standing: Standing::from_word(&row.text(1))?,
            state: row.text(2),
            count: row.count(3),
        })
    };
    Ok(ProofSummary { counts: rows.iter().filter_map(count).collect() })
}
