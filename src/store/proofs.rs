//! Writing what sources can prove: parsed documents, chained records, verdicts. Judges nothing.

use super::append::Writer;
use super::fault::Fault;
use super::reader::Value;
use crate::model::SourceId;
use crate::model::proof::{ChainedRecord, ProofDocument, ProofVerdict};

impl Writer {
    /// Keeps a parsed document of a source.
    pub fn keep_proof(&mut self, source: SourceId, document: &ProofDocument) -> Result<(), Fault> {
        let body = serde_json::to_string(document)
            .map_err(|error| Fault::Engine(format!("a proof could not be written: {error}")))?;
        let row = vec![Value::Int(source.0.into()), document.kind().as_str().into(), body.into()];
        self.append_rows("proof", &[row])
    }

    /// Keeps what chained records say.
    pub fn keep_chained(&mut self, records: &[ChainedRecord]) -> Result<(), Fault> {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        let rows: Vec<Vec<Value>> = records
            .iter()
            .map(|record| {
                let fact = &record.fact;
                vec![
                    Value::Int(record.source.0.into()),
                    Value::Int(record.index.into()),
                    fact.mapping.as_str().into(),
                    fact.partition.as_str().into(),
                    fact.seq.map_or(Value::Null, Value::Int),
                    text(&fact.prev),
                    text(&fact.hash),
                    Value::Bool(fact.is_first),
                    fact.is_content.map_or(Value::Null, Value::Bool),
                ]
            })
            .collect();
        self.append_rows("chain_record", &rows)
    }

    /// Puts these verdicts in the place of all that were there.
    pub fn replace_verdicts(&mut self, verdicts: &[ProofVerdict]) -> Result<(), Fault> {
        self.execute("DELETE FROM proof_verdict", &[])?;
        let rows: Vec<Vec<Value>> = verdicts
            .iter()
            .map(|verdict| {
                vec![
                    verdict.source.map_or(Value::Null, |source| Value::Int(source.into())),
                    verdict.subject.as_str().into(),
                    verdict.standing.as_str().into(),
                    verdict.state.as_str().into(),
                    verdict.name.as_str().into(),
                    verdict.details.join("\n").into(),
                ]
            })
            .collect();
        self.append_rows("proof_verdict", &rows)?;
        self.commit()
    }
}
