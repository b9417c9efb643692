//! `whytrail sign`: a person's statement under a report, signed with a key and kept in the journal. Signs only the text that
//! the person names by its digest, and only while the case still says the same.

use super::{Context, case, checkpoint, export, output};
use crate::cli::SignArgs;
use crate::clock;
use crate::custody::sign_off::{self, Statement, is_line};
use crate::custody::{ActKind, Part, Stance, checkpoint as notes, read_chain};
use crate::failure::{Ended, Failure, Kind};

/// Letters of a digest that must be given at least.
const LEAST: usize = 16;

pub(super) fn run(context: &Context, asked: &SignArgs) -> Ended {
    let mut statement = statement(asked)?;
    let mut case = case::open_existing(context)?;
    case.must_be_writable()?;
    let bodies = export::text_digests(context, &case)?;
    let digest = asked.digest.to_ascii_lowercase();
    let body = bodies.iter().find(|body| digest.len() >= LEAST && body.starts_with(&digest));
    let Some(body) = body else {
        return Err(Failure::usage(format!(
            "the report of this case now has another text: {}",
            bodies.join(", or with `--names` ")
        ))
        .hint("write it again with `whytrail report`, read it, and sign the digest on its cover")
        .hint("a report that was written under a filter is signed under the same filter"));
    };
    statement.body.clone_from(body);
    if context.shared.control.dry_run {
        return output::print(context, "would sign; nothing was written\n");
    }
    let key = checkpoint::signing_key(context, case.folder.name())?;
    let origin = notes::origin(case.folder.name());
    let detail = sign_off::detail(&statement, &key, &origin, case.journal.leaves());
    let part = statement.part.as_str();
    let entry = case.record(ActKind::ReportSign, &format!("report:{part}"), detail)?;
    let chain = read_chain(&export::journal_bytes(&case)?);
    let signed = sign_off::read(&chain.entries, &chain.leaves);
    let counts = signed.iter().any(|one| one.entry == entry.seq && one.counts_for(&statement.body));
    if !counts {
        return Err(Failure::new(
            Kind::Integrity,
            "the statement was written, but its signature does not count",
        )
        .hint("a name or a remark may hold what is replaced as a secret"));
    }
    checkpoint::write_at_end(context, &mut case, "sign");
    let fingerprint = key.vkey().fingerprint();
    output::print(
        context,
        &format!(
            "{part}: {} signed, entry {} of the journal, key {fingerprint}\nthe next `whytrail report` shows it\n",
            statement.stance.as_str(),
            entry.seq
        ),
    )
}

fn statement(asked: &SignArgs) -> Result<Statement, Failure> {
    let part = Part::from_word(&asked.statement).ok_or_else(|| {
        Failure::usage(format!("`{}` is no statement", asked.statement))
            .hint("statements are custody, findings, review")
    })?;
    let stance = Stance::from_word(&asked.stance).ok_or_else(|| {
        Failure::usage(format!("`{}` is nothing that can be said of a statement", asked.stance))
            .hint("say accept, accept-with-remarks, return or strike-out")
    })?;
    let lines =
        [Some(&asked.name), Some(&asked.role), asked.organization.as_ref(), asked.remarks.as_ref()];
    if let Some(bad) = lines.into_iter().flatten().find(|text| !is_line(text)) {
        return Err(Failure::usage(format!("`{bad}` is not one line of text"))
            .hint("at most 500 letters, without control characters"));
    }
    if stance == Stance::AcceptWithRemarks && asked.remarks.is_none() {
        return Err(Failure::usage("`accept-with-remarks` needs `--remarks`"));
    }
    if stance == Stance::Return && part != Part::Review {
        return Err(Failure::usage("only the review can return a report")
            .hint("`--stance strike-out` strikes another statement out"));
    }
    Ok(Statement {
        part,
        stance,
        name: asked.name.clone(),
        role: asked.role.clone(),
        organization: asked.organization.clone(),
        remarks: asked.remarks.clone(),
        at: clock::now(),
        body: String::new(),
    })
}
