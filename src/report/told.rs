//! What machine exports tell beside the events: criteria with the machine's verdict and a person's own, the records behind
//! them, and the one moment that stands for the whole. Made once for a bundle, so that its files agree with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::BundleInput;
use super::content::Content;
use super::facts::Facts;
use super::folder::{FileLine, Folder, WriteError};
use super::ids::Ids;
use super::pseudonyms::Pseudonyms;
use crate::criteria::assess::{Assessment, CriterionLine};
use crate::criteria::rule::Rule;
use crate::criteria::verdict::{Instance, RuleRun, Verdict};
use crate::criteria::{Pack, Strength, Verdicts, cues};
use crate::custody::{Aside, AsideKind};
use crate::model::{EventId, Micros};
use crate::query::export::{self, ExportEvent};

/// Calls of a technique that are told one by one.
const MOST_CUES: usize = 50;

/// Everything that targets tell.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) input: &'a BundleInput<'a>,
    pub(super) content: &'a Content,
    /// In other words already, where the bundle is for others.
    pub(super) assessment: Option<Assessment>,
    pub(super) ids: Ids,
    /// The newest record or act that the bundle tells. The time of the export itself stands in the manifest only.
    pub(super) moment: Micros,
    /// Records behind verdicts and findings, whether or not they are among the events of the bundle.
    pub(super) records: BTreeMap<EventId, Cited>,
    /// Calls that are a sign of an observed technique, by criterion: the first by time.
    cues: BTreeMap<String, Vec<EventId>>,
    /// Files in place before the targets end.
    pub(super) files: Vec<FileLine>,
}

/// A record that a verdict or a finding rests on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cited {
    pub(super) facts: Facts,
    /// What OCSF calls the activity.
    pub(super) activity: u32,
}

/// What a criterion comes to once all that bars or replaces the machine's verdict is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Supports,
    Gap,
    CannotTell,
    NotApplicable,
    /// Its date lies after the last record.
    NotYet(jiff::civil::Date),
    /// Its records help a reader and decide nothing.
    Context,
}

/// A criterion as the bundle tells it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgment<'t> {
    pub(super) pack: &'t Pack,
    pub(super) line: &'t CriterionLine,
    /// A person's own verdict, which stands beside the machine's and decides.
    pub(super) mine: Option<(&'t Aside, Verdict)>,
}

impl Judgment<'_> {
    /// Returns the word of the machine's verdict as the pack speaks.
    pub(super) const fn word(&self) -> &'static str {
        self.line.word(self.line.run.verdict)
    }

    /// Returns what the criterion comes to.
    pub(super) fn standing(&self) -> Standing {
        let verdict = self.mine.map_or(self.line.run.verdict, |(_, verdict)| verdict);
        if verdict == Verdict::NotApplicable {
            return Standing::NotApplicable;
        }
        if let Some(date) = self.line.not_before {
            return Standing::NotYet(date);
        }
        let is_context = self.mine.is_none() && self.line.criterion.strength == Strength::Context;
        match verdict {
            Verdict::CannotTell => Standing::CannotTell,
            Verdict::Gap | Verdict::Supports if is_context => Standing::Context,
            Verdict::Gap => Standing::Gap,
            Verdict::Supports => Standing::Supports,
            Verdict::NotApplicable => Standing::NotApplicable,
        }
    }

    /// Returns true for packs that name behavior.
    pub(super) fn is_behavior(&self) -> bool {
        self.pack.verdicts == Verdicts::Behavior
    }

    /// Returns true when a technique was seen.
    pub(super) fn is_observed(&self) -> bool {
        self.is_behavior() && self.line.run.verdict == Verdict::Gap
    }
}

impl<'a> Told<'a> {
    /// Gathers what the targets of a bundle tell.
    pub(super) fn gather(
        input: &'a BundleInput<'a>,
        content: &'a Content,
    ) -> Result<Self, WriteError> {
        let mut assessment = input.assessed.map(|assessed| assessed.assessment.clone());
        let mut wanted = content.cited.clone();
        let mut cues = BTreeMap::new();
        if let Some(assessment) = &mut assessment {
            cues = cued(input, assessment)?;
            wanted.extend(cues.values().flatten());
            wanted.extend(assessment.rules.iter().flat_map(instances).filter_map(|one| one.event));
            if let Some(pseudonyms) = input.pseudonyms {
                reword(assessment, pseudonyms);
            }
        }
        Ok(Self {
            input,
            content,
            assessment,
            ids: Ids::of_case(input.case_id),
            moment: moment(input, content),
            records: records(input, &wanted)?,
            cues,
            files: Vec::new(),
        })
    }

    /// Takes down which files are in place.
    pub(super) fn note_files(&mut self, folder: &Folder) {
        self.files = folder.files();
    }

    /// Returns every criterion, in the order of packs.
    pub(super) fn judgments(&self) -> Vec<Judgment<'_>> {
        let lines = self.assessment.iter().flat_map(|assessment| &assessment.lines);
        lines
            .filter_map(|line| {
                let pack = self.input.packs.iter().find(|pack| pack.id == line.criterion.pack)?;
                let mine = self.input.state.asides().get(AsideKind::Criterion, &line.criterion.id);
                let mine = mine.and_then(|aside| Some((aside, Verdict::from_word(&aside.name)?)));
                Some(Judgment { pack, line, mine })
            })
            .collect()
    }

    /// Returns the runs of rules, by rule.
    pub(super) fn runs(&self) -> &[RuleRun] {
        self.assessment.as_ref().map_or(&[], |assessment| &assessment.rules)
    }

    /// Returns the rule of a run.
    pub(super) fn rule(&self, id: &str) -> Option<&Rule> {
        self.input.assessed.and_then(|assessed| assessed.book.rule(id))
    }

    /// Returns calls that are a sign of a technique, the first by time.
    pub(super) fn cues_of(&self, criterion: &str) -> &[EventId] {
        self.cues.get(criterion).map_or(&[], Vec::as_slice)
    }

    /// Returns the record behind an instance.
    pub(super) fn record(&self, instance: &Instance) -> Option<&Cited> {
        self.records.get(&instance.event?)
    }
}

/// Returns the exceptions of a run, then the items about which nothing can be told.
pub(super) fn instances(run: &RuleRun) -> impl Iterator<Item = &Instance> {
    run.instances.iter().chain(&run.unknowns)
}

/// Asks for the calls that are a sign of each technique that was observed.
fn cued(
    input: &BundleInput<'_>,
    assessment: &Assessment,
) -> Result<BTreeMap<String, Vec<EventId>>, WriteError> {
    let is_observed = |line: &&CriterionLine| {
        line.verdicts == Verdicts::Behavior && line.run.verdict == Verdict::Gap
    };
    let mut found = BTreeMap::new();
    for line in assessment.lines.iter().filter(is_observed) {
        let calls = cues::calls(input.reader, &line.criterion, MOST_CUES)?;
        found.insert(line.criterion.id.clone(), calls);
    }
    Ok(found)
}

/// Replaces identifiers in what the criteria come to.
fn reword(assessment: &mut Assessment, pseudonyms: &Pseudonyms) {
    for run in &mut assessment.rules {
        run.reasons.iter_mut().for_each(|reason| pseudonyms.text(reason));
        for instance in run.instances.iter_mut().chain(&mut run.unknowns) {
            pseudonyms.text(&mut instance.why);
            pseudonyms.text(&mut instance.item);
        }
    }
    assessment.lines.iter_mut().for_each(|line| pseudonyms.text(&mut line.why));
}

fn records(
    input: &BundleInput<'_>,
    wanted: &BTreeSet<EventId>,
) -> Result<BTreeMap<EventId, Cited>, WriteError> {
    let mut records = BTreeMap::new();
    let keys = export::keys_of(input.reader, wanted)?;
    export::each_event(input.reader, &keys, |mut event| {
        if let Some(pseudonyms) = input.pseudonyms {
            pseudonyms.event(&mut event);
        }
        let cited = Cited { facts: Facts::of(&event), activity: activity(&event) };
        records.insert(event.row.id, cited);
        Ok::<(), WriteError>(())
    })?;
    Ok(records)
}

/// Returns the activity of an event in the words of OCSF: 1 create, 2 read, 3 update, 4 delete, 99 anything else.
pub(super) fn activity(event: &ExportEvent) -> u32 {
    let action = event.text("action").unwrap_or_default();
    let operation = action.rsplit(':').next().unwrap_or_default();
    match event.text("action_class").as_deref() {
        Some("read") => 2,
        Some("delete") => 4,
        Some("write" | "admin") if operation.starts_with("Create") => 1,
        Some("write" | "admin") => 3,
        _ => 99,
    }
}

/// Returns the newest time among the records of the case and the acts that a bundle tells.
fn moment(input: &BundleInput<'_>, content: &Content) -> Micros {
    let state = input.state;
    let asides = AsideKind::ALL.iter().flat_map(|kind| state.asides().of(*kind));
    let acts = asides
        .map(|(_, aside)| aside.at)
        .chain(state.tags().map(|tag| tag.at))
        .chain(state.notes().map(|note| note.at))
        .chain(state.findings().map(|finding| finding.at));
    let last = content.span.map(|(_, last)| last);
    acts.chain(last).max().unwrap_or(Micros(0))
}
