//! `whytrail export`: the check and the bundle. An export is an act: it is journaled after the bundle is whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::case::{Case, TOOL};
use super::external::External;
use super::{
    Context, ask, assess, checkpoint, declared, output, people, proofs, selection, verify,
};
use crate::clock::{self, Lap};
use crate::criteria::ask::{self as questions, Answer, Asked};
use crate::criteria::assess::{Assessment, Held};
use crate::criteria::{FactsFault, Pack, RuleBook};
use crate::custody::checkpoint as checkpoint_files;
use crate::custody::{ActKind, NoteKey, Statement, is_inside};
use crate::failure::{Ended, Failure, Kind};
use crate::model::Micros;
use crate::query::Filter;
use crate::redact::People;
use crate::report::Assessed;
use crate::report::bundle::{self, BundleInput, BundleReport};
use crate::report::folder::{Overwrite, WriteError};
use crate::report::targets::{self, Target};
use crate::store::Reader;

/// Whose names stand in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// People by pseudonyms in the report, and their names in a key that may be handed over apart.
    Apart,
    AsRead,
    /// Marks instead of people and things in every file.
    Pseudonyms,
}

impl Names {
    /// Returns what the switches `--names` and `--pseudonyms` ask for.
    pub(super) const fn asked(is_named: bool, is_for_others: bool) -> Self {
        match (is_named, is_for_others) {
            (_, true) => Self::Pseudonyms,
            (true, false) => Self::AsRead,
            (false, false) => Self::Apart,
        }
    }
}

pub(super) fn run(
    context: &Context,
    exported_at: Option<&str>,
    is_check: bool,
    names: Names,
) -> Ended {
    let filter = selection::filter(context)?;
    let at = exported_at.map(|text| selection::moment("--exported-at", text)).transpose()?;
    let targets = wanted_targets(context)?;
    let mut case = super::case::open_existing(context)?;
    let filter = (!filter.is_empty()).then_some(filter);
    if is_check {
        let lines = check(context, &case, filter.as_ref())?;
        return output::print(context, &format!("{}\n", lines.join("\n")));
    }
    let out = match &context.shared.output.output {
        Some(path) => path.clone(),
        None => case.folder.next_export().1,
    };
    let at = at.unwrap_or_else(clock::now);
    let wanted = Wanted { filter: filter.as_ref(), out: &out, at, names, targets: &targets };
    let written = write(context, &mut case, &wanted)?;
    // The data stream is the bundle's folder here, so the sentence goes to standard error.
    output::say(&written.said);
    Ok(())
}

/// A bundle as written.
pub(super) struct Written {
    pub(super) said: String,
    /// Status and digest of the text of its report.
    pub(super) status: &'static str,
    pub(super) text_sha256: String,
    pub(super) answers: Vec<Answer>,
}

/// Writes a bundle of what is marked and cited into `out`.
pub(super) fn write_into(
    context: &Context,
    case: &mut Case,
    out: &Path,
    names: Names,
) -> Result<Written, Failure> {
    let filter = selection::filter(context)?;
    let filter = (!filter.is_empty()).then_some(filter);
    let (at, targets) = (clock::now(), wanted_targets(context)?);
    let wanted = Wanted { filter: filter.as_ref(), out, at, names, targets: &targets };
    write(context, case, &wanted)
}

/// Returns the digests of the texts that the report of the case has now, under the filter of the command line: with
/// pseudonyms, then with names. The first is absent when the case cannot give pseudonyms any more.
pub(super) fn text_digests(context: &Context, case: &Case) -> Result<Vec<String>, Failure> {
    let filter = selection::filter(context)?;
    let filter = (!filter.is_empty()).then_some(filter);
    let reader = case.reader()?;
    let journal = journal_bytes(case)?;
    let case_id = case_id(&reader)?;
    let judged = judged(case, &reader)?;
    let people = people::of_case(case, &reader, &judged.held.facts, &journal).ok();
    let mut parts = Parts {
        reader: &reader,
        journal: &journal,
        filter: filter.as_ref(),
        at: clock::now(),
        case_id: &case_id,
        signed: signed(context, case, &reader)?,
        external: None,
        people,
        targets: &[],
        judged: Some(judged),
    };
    let mut digests = Vec::new();
    loop {
        let digest = bundle::text_digest(&parts.input(context, case));
        digests.push(digest.map_err(|error| failed(&error))?);
        if parts.people.take().is_none() {
            return Ok(digests);
        }
    }
}

/// Returns what `--format` asks for beside the files that every bundle has.
fn wanted_targets(context: &Context) -> Result<Vec<&'static Target>, Failure> {
    let words = context.shared.output.format.as_deref().unwrap_or_default();
    targets::named(words).map_err(|word| {
        let known: Vec<&str> = targets::words().collect();
        Failure::usage(format!("`{word}` is no format of `export`"))
            .hint(format!("formats are {}", known.join(", ")))
    })
}

/// Returns the lines of the check before an export of what is marked and cited.
pub(super) fn check_lines(context: &Context, case: &Case) -> Result<Vec<String>, Failure> {
    check(context, case, None)
}

/// Writes the next numbered bundle below the case and says where.
pub(super) fn write_next(context: &Context, case: &mut Case) -> Result<String, Failure> {
    let (_, out) = case.folder.next_export();
    let at = clock::now();
    let wanted = Wanted { filter: None, out: &out, at, names: Names::Apart, targets: &[] };
    Ok(write(context, case, &wanted)?.said)
}

fn check(context: &Context, case: &Case, filter: Option<&Filter>) -> Result<Vec<String>, Failure> {
    let reader = case.reader()?;
    let journal = journal_bytes(case)?;
    let case_id = case_id(&reader)?;
    let parts = Parts {
        reader: &reader,
        journal: &journal,
        filter,
        at: clock::now(),
        case_id: &case_id,
        signed: Signed::default(),
        external: None,
        people: None,
        targets: &[],
        judged: None,
    };
    Ok(crate::report::check::check(&parts.input(context, case))?.lines())
}

/// What an export needs beside the case.
struct Parts<'a> {
    reader: &'a Reader,
    journal: &'a [u8],
    filter: Option<&'a Filter>,
    at: Micros,
    case_id: &'a str,
    signed: Signed,
    external: Option<External>,
    people: Option<People>,
    targets: &'a [&'static Target],
    judged: Option<Judged>,
}

/// What packs and rules came to, and what they rest on.
struct Judged {
    assessment: Assessment,
    answers: Vec<Answer>,
    held: Arc<Held>,
    faults: Vec<FactsFault>,
    book: Arc<RuleBook>,
}

impl Judged {
    fn assessed(&self) -> Assessed<'_> {
        Assessed {
            assessment: &self.assessment,
            answers: &self.answers,
            facts: &self.held.facts,
            faults: &self.faults,
            book: &self.book,
        }
    }
}

/// Runs the rules over the case and asks the four questions.
fn judged(case: &Case, reader: &Reader) -> Result<Judged, Failure> {
    let mut lap = Lap::default();
    let mut told = |part: &str| tracing::info!(part, millis = lap.millis(), "export");
    let assessor = assess::assessor(case, &[])?;
    let assessment = assessor.assess(reader, None)?;
    told("rules");
    let chain = ask::evidence_chain(case)?;
    let held = assessor.facts.get();
    let asked = Asked {
        facts: &held.facts,
        book: &assessor.book,
        assessment: &assessment,
        evidence_chain: &chain,
    };
    let answers = questions::answers(reader, &asked)?;
    told("answers");
    let faults = declared::read(case.folder.root())?.faults;
    Ok(Judged { answers, faults, held, book: assessor.book, assessment })
}

/// Which bundle is wanted, and where.
struct Wanted<'a> {
    filter: Option<&'a Filter>,
    out: &'a Path,
    at: Micros,
    names: Names,
    targets: &'a [&'static Target],
}

/// What makes a bundle prove itself.
#[derive(Default)]
pub(super) struct Signed {
    pub(super) checkpoints: Vec<(String, Vec<u8>)>,
    key: Option<NoteKey>,
    pub(super) completeness: Option<Statement>,
    /// Statements 1 to 4 of `verify`.
    pub(super) statements: Vec<Statement>,
}

impl Parts<'_> {
    fn input<'b>(&'b self, context: &'b Context, case: &'b Case) -> BundleInput<'b> {
        let packs: &'b [Pack] = case.library.packs();
        BundleInput {
            reader: self.reader,
            state: self.external.as_ref().map_or(&case.state, |external| &external.state),
            journal: self.external.as_ref().map_or(self.journal, |external| &external.journal),
            case_name: case.folder.name(),
            case_id: self.case_id,
            analyst: case.journal.actor(),
            exported_at: self.at,
            tool: TOOL,
            packs,
            filter: self.filter,
            overwrite: if context.shared.output.force {
                Overwrite::Replace
            } else {
                Overwrite::Refuse
            },
            checkpoints: &self.signed.checkpoints,
            key: self.signed.key.as_ref(),
            completeness: self.signed.completeness.as_ref(),
            statements: &self.signed.statements,
            assessed: self.judged.as_ref().map(Judged::assessed),
            pseudonyms: self.external.as_ref().map(|external| &external.pseudonyms),
            people: self.people.as_ref(),
            targets: self.targets,
        }
    }
}

/// Returns the id of a case: a digest of the contents of its evidence, so that the same evidence has the same id.
fn case_id(reader: &Reader) -> Result<String, Failure> {
    use sha2::{Digest, Sha256};
    let rows = reader.rows(
        "SELECT DISTINCT content_sha256 FROM source WHERE content_sha256 IS NOT NULL ORDER BY 1",
        &[],
    )?;
    let mut sha256 = Sha256::new();
    for row in rows {
        sha256.update(row.text(0).as_bytes());
        sha256.update(b"\n");
    }
    Ok(crate::source::hex(&sha256.finalize()))
}

pub(super) fn journal_bytes(case: &Case) -> Result<Vec<u8>, Failure> {
    let path = case.folder.root().join("journal.jsonl");
    std::fs::read(&path)
        .map_err(|error| Failure::new(Kind::Failed, format!("`{}`: {error}", path.display())))
}

fn write(context: &Context, case: &mut Case, wanted: &Wanted<'_>) -> Result<Written, Failure> {
    let Wanted { filter, out, at, names, targets } = *wanted;
    if let Some(evidence) = evidence_around(case, out)? {
        return Err(Failure::usage(format!(
            "`{}` lies inside the evidence `{}`",
            out.display(),
            evidence.display()
        ))
        .hint("evidence is never written to; choose another folder with `-o DIR`"));
    }
    let reader = case.reader()?;
    let journal = journal_bytes(case)?;
    let case_id = case_id(&reader)?;
    let mut signed = signed(context, case, &reader)?;
    let judged = judged(case, &reader)?;
    let (external, people) = match names {
        Names::Apart => (None, Some(people::of_case(case, &reader, &judged.held.facts, &journal)?)),
        Names::AsRead => (None, None),
        Names::Pseudonyms => (Some(External::of(case, &reader, &journal)?), None),
    };
    if let Some(external) = &external {
        external.cover(&mut signed);
    }
    let parts = Parts {
        reader: &reader,
        journal: &journal,
        filter,
        at,
        case_id: &case_id,
        signed,
        external,
        people,
        targets,
        judged: Some(judged),
    };
    let written = bundle::write(&parts.input(context, case), out);
    if let Err(error @ (WriteError::Io { .. } | WriteError::Store(_))) = &written
        && case.read_only_reason().is_none()
    {
        tracing::error!(%error, "export");
        case.record(ActKind::Error, "export", json!({ "during": "export" }))?;
    }
    let report = written.map_err(|error| failed(&error))?;
    let answers = parts.judged.map_or_else(Vec::new, |judged| judged.answers);
    book(context, case, wanted, &report)?;
    Ok(Written {
        said: format!(
            "{} events in {} files written to {}",
            report.events,
            report.files.len(),
            out.display()
        ),
        status: report.status.as_str(),
        text_sha256: report.text_sha256,
        answers,
    })
}

/// Journals an export, and signs the journal.
fn book(
    context: &Context,
    case: &mut Case,
    wanted: &Wanted<'_>,
    report: &BundleReport,
) -> Result<(), Failure> {
    let Wanted { filter, out, names, targets, .. } = *wanted;
    let digest = |name: &str| {
        report.files.iter().find(|file| file.name == name).map(|file| file.sha256.clone())
    };
    if case.read_only_reason().is_none() {
        let detail = json!({
            "events": report.events,
            "filter": filter.map(Filter::text),
            "manifest_sha256": digest("manifest.json"),
            "report_sha256": digest("report.html"),
            "report_body_sha256": report.text_sha256,
            "status": report.status.as_str(),
            "files": report.files.len(),
            "pseudonyms": names == Names::Pseudonyms,
            "names": names == Names::AsRead,
            "formats": targets.iter().map(|target| target.word).collect::<Vec<_>>(),
        });
        let name = out
            .file_name()
            .map_or_else(|| "bundle".to_owned(), |name| name.to_string_lossy().into_owned());
        case.record(ActKind::ExportCreate, &format!("export:{name}"), detail)?;
        checkpoint::write_at_end(context, case, "export");
    }
    Ok(())
}

/// Gathers the newest checkpoint, the key, and what the sources can prove. Without a key the bundle is not signed, and its
/// `VERIFY.md` says so.
fn signed(context: &Context, case: &Case, reader: &Reader) -> Result<Signed, Failure> {
    let mut signed = Signed::default();
    let listing = checkpoint_files::list(case.folder.root())?;
    if let Some(newest) = listing.notes.last() {
        let name = |ending| checkpoint_files::file_name(newest.number, ending);
        let beside = newest.beside.iter().map(|(ending, bytes)| (name(ending), bytes.clone()));
        signed.checkpoints = beside.collect();
        signed.checkpoints.push((name("note"), newest.bytes.clone()));
    }
    match checkpoint::signing_key(context, case.folder.name()) {
        Ok(key) => signed.key = Some(key),
        Err(failure) if context.shared.control.signing_key.is_some() => return Err(failure),
        Err(failure) => {
            output::say(&format!("warning: the bundle is not signed: {}", failure.message));
        }
    }
    let own = signed.key.as_ref().map(NoteKey::vkey);
    let others = listing.signers.iter().filter(|key| own.as_ref() != Some(key));
    let keys: Vec<String> = own.iter().chain(others).map(ToString::to_string).collect();
    if !keys.is_empty() {
        let text = keys.join("\n") + "\n";
        signed.checkpoints.push((checkpoint_files::SIGNERS.to_owned(), text.into_bytes()));
    }
    signed.checkpoints.sort();
    signed.completeness = Some(proofs::completeness(reader)?);
    signed.statements = verify::of_journal(context, case, reader)?;
    Ok(signed)
}

fn failed(error: &WriteError) -> Failure {
    let kind = match error {
        WriteError::Exists { .. } => Kind::Usage,
        _ => Kind::Failed,
    };
    let text = error.to_string();
    let mut lines = text.lines();
    let mut failure = Failure::new(kind, lines.next().unwrap_or_default());
    failure.hints = lines.map(|line| line.trim_start_matches("hint: ").to_owned()).collect();
    failure
}

/// Returns the folder of evidence that `out`, which need not exist yet, would lie in. A file given by itself stands for
/// the folder it is in.
fn evidence_around(case: &Case, out: &Path) -> Result<Option<PathBuf>, Failure> {
    if is_inside(out, case.folder.root()) {
        return Ok(None);
    }
    let rows = case.reader()?.rows(
        "SELECT DISTINCT left(path, length(path) - length(name)) FROM source WHERE ends_with(path, name)",
        &[],
    )?;
    let folders = rows.iter().map(|row| PathBuf::from(row.text(0)));
    Ok(folders.filter(|folder| folder.is_absolute()).find(|folder| is_inside(out, folder)))
}
