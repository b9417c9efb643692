//! Short forms of the report, made from the same parts: a brief, data sheets for notices, packs for auditors, providers and
//! whoever takes over. What only a person knows stays open. None of them says more than the report.

use super::facts::Frame;
use super::records::finish;
use super::{
    Document, Section, Table, Text, annexes, boundary, criteria, decisions, document_title, frame,
    incident, joined, people, sources, summary,
};
use crate::criteria::facts::Facts;

/// One short form.
#[derive(Debug)]
pub(in crate::report) struct Form {
    /// Name of its file below `forms/`.
    pub(in crate::report) file: &'static str,
    pub(in crate::report) document: Document,
}

/// Makes every short form.
pub(in crate::report) fn forms(frame: Frame<'_>) -> Vec<Form> {
    let made: [(&str, &str, Vec<Section>); 6] = [
        ("brief.html", "Brief", vec![summary::section(frame), clocks(frame)]),
        ("art-73.html", "Data sheet for Article 73 of the AI Act", vec![article_73(frame)]),
        ("gdpr-33.html", "Data sheet for Article 33 of the GDPR", vec![gdpr_33(frame)]),
        (
            "auditor.html",
            "Auditor's pack",
            vec![sources::custody(frame), frame::method(frame), criteria::populations(frame)],
        ),
        (
            "annex-iv.html",
            "Feed for Annex IV",
            vec![
                boundary::system(frame),
                boundary::boundary(frame),
                people::sessions(frame),
                decisions::section(frame),
            ],
        ),
        (
            "hand-over.html",
            "Hand-over",
            vec![open(frame), sources::custody(frame), frame::limits(frame), annexes::files(frame)],
        ),
    ];
    made.into_iter()
        .map(|(file, title, body)| {
            let document = Document { title: document_title(frame, title), body };
            let document = finish(document, frame.records(), "Records behind the statements");
            Form { file, document: super::in_words(frame, document) }
        })
        .collect()
}

fn facts(frame: Frame<'_>) -> Option<&Facts> {
    frame.assessed().map(|assessed| assessed.facts)
}

fn clocks(frame: Frame<'_>) -> Section {
    let mut section = Section::new("14", "Clocks");
    match facts(frame) {
        Some(facts) => section.table(incident::clocks(&facts.incident)),
        None => section.say("Declared facts were not read for this bundle."),
    }
    section
}

fn open(frame: Frame<'_>) -> Section {
    let mut section = Section::new("2", "Open questions");
    let waiting = frame.assessed().map_or(&[][..], |assessed| &assessed.assessment.waiting);
    let mut lines: Vec<Text> = waiting
        .iter()
        .map(|one| Text::plain(format!("{} criteria wait for ", one.n_criteria)).code(one.spoken()))
        .collect();
    for part in frame.content.findings.iter().filter(|part| part.stands()) {
        let line =
            Text::plain(format!("Finding {} ({}): ", part.row.number, part.row.state.as_str()));
        lines.push(line.quote(&part.row.title));
    }
    if lines.is_empty() {
        section.say("No declared fact is waited for, and no finding stands.");
    }
    section.list(lines);
    section
}

fn or_blank(text: Option<&str>) -> Text {
    text.map_or_else(Text::blank, Text::quoted)
}

fn when(time: Option<crate::model::Micros>) -> Text {
    time.map_or_else(Text::blank, |time| Text::time(Some(time)))
}

fn rows(table: &mut Table, rows: Vec<(&'static str, Text)>) {
    for (name, value) in rows {
        table.row(vec![Text::plain(name), value]);
    }
}

fn article_73(frame: Frame<'_>) -> Section {
    let mut section = Section::new("1", "Data sheet");
    section.say(
        "For whoever fills in the authority's form; it is not the form. What records show is filled in, what people declared \
         too; the rest is open. An incomplete first report is allowed. Before the authority is told, the provider must not \
         change the system in a way that could spoil the search for causes.",
    );
    let nothing = Facts::default();
    let facts = facts(frame).unwrap_or(&nothing);
    let (system, declared) = (&facts.system, &facts.incident);
    let (first, last) = frame.content.span.unzip();
    let mut table = Table::new("Serious incident", &["Question", "Answer"]);
    rows(
        &mut table,
        vec![
            ("Provider", or_blank(system.provider.as_deref())),
            ("System", or_blank(system.name.as_deref())),
            ("Version", or_blank(system.version.as_deref())),
            ("Id in the EU database", Text::blank()),
            ("Deployers known", or_blank(system.deployer.as_deref())),
            ("Member States", Text::blank()),
            ("Records are from", Text::time(first).and(" to ").then(Text::time(last))),
            ("Aware at", when(declared.aware_at)),
            ("Harm under Article 3(49)", Text::blank()),
            ("What happened", titles(frame)),
            (
                "Link between system and harm",
                Text::plain("established / likely / under investigation: ").then(Text::blank()),
            ),
            ("People affected", Text::blank()),
            ("Contained at", when(declared.contained_at)),
            (
                "Evidence kept",
                Text::plain(format!(
                    "{} files, each by its SHA-256 in manifest.json",
                    frame.content.sources.len()
                )),
            ),
            ("Next report", Text::blank()),
            ("Contact", Text::blank()),
        ],
    );
    section.table(table);
    section.table(incident::clocks(declared));
    sources::rule_lines(frame, &mut section, &["FREEZE"]);
    section
}

fn gdpr_33(frame: Frame<'_>) -> Section {
    let mut section = Section::new("1", "Data sheet");
    section.say(
        "For the data protection officer. Numbers are of records, not of people: how many people stand behind them is in no \
         log. Information may be given in phases.",
    );
    let nothing = Facts::default();
    let facts = facts(frame).unwrap_or(&nothing);
    let declared = &facts.incident;
    let classes =
        joined(facts.data.classes.iter().map(|class| {
            Text::word(class.class.as_str()).and(" on ").quote(class.resource.as_str())
        }));
    let classes = if facts.data.classes.is_empty() { Text::blank() } else { classes };
    let mut table = Table::new("Breach of personal data", &["Question", "Answer"]);
    rows(
        &mut table,
        vec![
            ("33(3)(a) Nature of the breach", titles(frame)),
            ("33(3)(a) Categories of data, as declared", classes),
            ("33(3)(a) Categories and number of people", Text::blank()),
            (
                "33(3)(a) Number of records",
                Text::plain(format!(
                    "findings that stand cite {} events; each call may have touched several records: ",
                    frame.content.cited.len()
                ))
                .then(Text::blank()),
            ),
            ("33(3)(b) Contact", Text::blank()),
            ("33(3)(c) Likely consequences", Text::blank()),
            ("33(3)(d) Measures", Text::blank()),
            ("Aware at", when(declared.aware_at)),
            ("Notified at", when(declared.notified_at)),
            ("33(1) Reason for a delay over 72 hours", Text::blank()),
            ("33(4) Phases", Text::blank()),
        ],
    );
    section.table(table);
    section.table(incident::clocks(declared));
    sources::rule_lines(frame, &mut section, &["PII", "OUTFLOW"]);
    section
}

/// The titles of the findings that stand, with their records.
fn titles(frame: Frame<'_>) -> Text {
    let standing = frame.content.findings.iter().filter(|part| part.stands());
    let titles: Vec<Text> = standing
        .map(|part| {
            Text::quoted(&part.row.title)
                .with(frame.records().cite_all(part.row.events.iter().copied()))
        })
        .collect();
    if titles.is_empty() { Text::blank() } else { joined(titles) }
}
