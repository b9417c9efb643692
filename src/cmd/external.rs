//! What an export under pseudonyms has instead of the case's own: journal and acts in other words, and the redactor that says
//! which. The key stays with the case.

use super::case::Case;
use super::export::Signed;
use super::ingest::no_key;
use crate::custody::{State, checkpoint, read_chain, rewrite, tree};
use crate::failure::{Failure, Kind};
use crate::query;
use crate::redact::Known;
use crate::report::Pseudonyms;
use crate::store::Reader;

/// The parts of a bundle for others.
pub(super) struct External {
    pub(super) pseudonyms: Pseudonyms,
    pub(super) journal: Vec<u8>,
    pub(super) state: State,
}

impl External {
    /// Puts the journal of a case into other words.
    pub(super) fn of(case: &Case, reader: &Reader, journal: &[u8]) -> Result<Self, Failure> {
        let known = query::known_identifiers(reader)?;
        let known = known.iter().map(|(class, value)| (class.as_str(), value.as_str()));
        let redactor =
            case.redactor.as_ref().ok_or_else(no_key)?.with_pseudonyms(Known::new(known));
        let leaves = read_chain(journal).leaves;
        let original = (leaves.len() as u64, tree::root(&leaves).to_string());
        let pseudonyms = Pseudonyms::new(redactor, original);
        let journal = rewrite(journal, |text| pseudonyms.text(text)).ok_or_else(|| {
            Failure::new(Kind::Integrity, "the journal has lines that are no entries, so it cannot be put into other words")
                .hint("`whytrail verify` names them; an export without `--pseudonyms` shows them as they are")
        })?;
        let state = State::from_entries(&read_chain(&journal).entries);
        Ok(Self { pseudonyms, journal, state })
    }

    /// Takes out of the proofs of a bundle what speaks of the case's own journal or names things.
    pub(super) fn cover(&self, signed: &mut Signed) {
        // They count entries of the case's own journal and name keys, which carry names.
        signed.statements.clear();
        signed.checkpoints.retain(|(name, _)| name == checkpoint::SIGNERS);
        if let Some(completeness) = &mut signed.completeness {
            self.pseudonyms.text(&mut completeness.sentence);
            completeness.details.iter_mut().for_each(|detail| self.pseudonyms.text(detail));
        }
    }
}
