//! `whytrail comply`: what criteria come to over the case, with population and exceptions, and a person's own verdict
//! beside the machine's.

use super::output::Rows;
use super::{Context, assess, case, output, selection, show};
use crate::cli::criteria::ComplyArgs;
use crate::criteria::assess::{Assessment, CriterionLine};
use crate::criteria::verdict::{RuleRun, Verdict};
use crate::criteria::{Criterion, Library, RuleBook};
use crate::custody::{AsideKind, State, proposal_key};
use crate::failure::{Ended, Failure, Kind};
use crate::model::EventId;
use crate::report::tables::Cell;

pub(super) fn run(context: &Context, asked: &ComplyArgs) -> Ended {
    let limit = asked.fail_on.as_deref().map(verdict).transpose()?;
    let judged = asked.judge.as_deref().map(verdict).transpose()?;
    if asked.questions {
        return print_questions(context, asked);
    }
    let mut case = case::open_existing(context)?;
    if judged.is_some() || asked.withdraw {
        return judge(context, &mut case, asked, judged);
    }
    if let (Some(event), Some(rule)) = (&asked.strike, &asked.rule) {
        let event = show::find(&case.reader()?, event)?;
        return strike(context, &mut case, (rule, event), asked.reason.as_deref());
    }
    let sets = sets(&case.library, &asked.set)?;
    let assessor = assess::assessor(&case, &asked.rules)?;
    let reader = case.reader()?;
    let whole = assessor.assess(&reader, None)?;
    let filter = selection::filter(context)?;
    let under = if filter.is_empty() {
        None
    } else {
        Some(assessor.assess_under(&reader, &whole, &filter, None)?)
    };
    let made = under.as_ref().unwrap_or(&whole);
    let book = &assessor.book;
    if let Some(rule) = &asked.rule {
        let run = made.rule(rule).ok_or_else(|| unknown_rule(rule, book))?;
        say_rule(run, book);
        print_instances(context, &[run], &case.state)?;
    } else if let Some(name) = &asked.criterion {
        let criterion = named(&case.library, name)?;
        let line = made.line(&criterion.id);
        say_criterion(criterion, line, &case.state);
        let runs: Vec<&RuleRun> = line.into_iter().flat_map(|line| made.rules_of(line)).collect();
        for run in &runs {
            say_rule(run, book);
        }
        print_instances(context, &runs, &case.state)?;
    } else {
        print_criteria(context, &case, (&whole, under.as_ref()), &sets)?;
        say_waiting(context, &whole);
    }
    found(limit, &case.state, made, &sets)
}

/// Says which facts would let more be told.
fn say_waiting(context: &Context, made: &Assessment) {
    if context.shared.output.quiet || made.waiting.is_empty() {
        return;
    }
    for one in &made.waiting {
        output::say(&format!("{} criteria wait for {}", one.n_criteria, one.spoken()));
    }
    output::say("whytrail facts check tells what each of them is");
}

/// Returns the verdict called `word`.
pub(super) fn verdict(word: &str) -> Result<Verdict, Failure> {
    Verdict::from_word(word).ok_or_else(|| {
        Failure::usage(format!("`{word}` is no verdict"))
            .hint("verdicts are supports, gap, cannot-tell, not-applicable")
    })
}

/// Returns the ids of the packs asked for, of all when none was.
pub(super) fn sets(library: &Library, names: &[String]) -> Result<Vec<String>, Failure> {
    let known: Vec<&str> = library.packs().iter().map(|pack| pack.id.as_str()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(format!("`{name}` is no pack"))
            .hint(format!("packs are {}", known.join(", "))));
    }
    if names.is_empty() {
        return Ok(known.into_iter().map(str::to_owned).collect());
    }
    Ok(names.to_vec())
}

fn named<'l>(library: &'l Library, name: &str) -> Result<&'l Criterion, Failure> {
    match library.named(name).as_slice() {
        [one] => Ok(one),
        [] => {
            let near = library.search(name).first().map(|(_, criterion)| criterion.id.clone());
            let failure = Failure::usage(format!("`{name}` is no criterion of a loaded pack"));
            Err(match near {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("whytrail comply lists them"),
            })
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|criterion| criterion.id.as_str()).collect();
            Err(Failure::usage(format!("`{name}` means several criteria"))
                .hint(format!("name one of {}", ids.join(", "))))
        }
    }
}

fn unknown_rule(rule: &str, book: &RuleBook) -> Failure {
    let known: Vec<&str> = book.rules().iter().map(|rule| rule.id.as_str()).collect();
    Failure::usage(format!("`{rule}` is no rule")).hint(format!("rules are {}", known.join(" ")))
}

const COLUMNS: &[(&str, bool)] = &[
    ("criterion", false),
    ("title", false),
    ("verdict", false),
    ("mine", false),
    ("strength", false),
    ("population", true),
    ("exceptions", true),
    ("rules", false),
    ("why", false),
    ("pack", false),
    ("label", false),
    ("applies_from", false),
    ("owes", false),
    ("tagged", true),
    ("asks", false),
    ("cannot_show", false),
    ("reason", false),
    ("under_verdict", false),
    ("under_population", true),
    ("under_exceptions", true),
];

fn print_criteria(
    context: &Context,
    case: &case::Case,
    (made, under): (&Assessment, Option<&Assessment>),
    sets: &[String],
) -> Ended {
    let mut rows = Rows::begin(context, "whytrail.comply", COLUMNS)?;
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX);
    let wanted = made.lines.iter().filter(|line| sets.contains(&line.criterion.pack));
    for line in wanted.take(limit) {
        let criterion = &line.criterion;
        let mine = case.state.asides().get(AsideKind::Criterion, &criterion.id);
        let text = |text: &str| Cell::Text(text.to_owned());
        let narrowed = under.and_then(|under| under.line(&criterion.id));
        rows.row(&[
            text(&criterion.id),
            text(&criterion.title),
            text(line.word(line.run.verdict)),
            mine.map_or(Cell::Null, |mine| text(&mine.name)),
            text(criterion.strength.as_str()),
            whole(line.run.population),
            whole(line.run.exceptions),
            text(&line.run.rules.join(" ")),
            text(&line.why),
            text(&criterion.pack),
            text(&criterion.label),
            line.not_before.map_or(Cell::Null, |date| text(&format!("not before {date}"))),
            text(&criterion.owes.join(", ")),
            whole(line.tagged),
            text(&criterion.asks),
            text(&criterion.cannot_show),
            mine.map_or(Cell::Null, |mine| text(&mine.reason)),
            narrowed.map_or(Cell::Null, |narrowed| text(narrowed.word(narrowed.run.verdict))),
            narrowed.map_or(Cell::Null, |narrowed| whole(narrowed.run.population)),
            narrowed.map_or(Cell::Null, |narrowed| whole(narrowed.run.exceptions)),
        ])?;
    }
    rows.finish()
}

fn whole(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn say_criterion(criterion: &Criterion, line: Option<&CriterionLine>, state: &State) {
    output::say(&format!("{}  {}", criterion.full_label(), criterion.title));
    output::say(&format!("  asks: {}", criterion.asks));
    output::say(&format!("  cannot be shown: {}", criterion.cannot_show));
    if let Some(line) = line {
        let (word, strength) = (line.word(line.run.verdict), criterion.strength.as_str());
        output::say(&format!("  comes to: {word} ({strength}); {}", line.why));
        if let Some(date) = line.not_before {
            output::say(&format!(
                "  not yet applicable on the event date (applies from {date}); shown for readiness"
            ));
        }
    }
    if let Some(mine) = state.asides().get(AsideKind::Criterion, &criterion.id) {
        output::say(&format!("  {} says {}: {}", mine.by, mine.name, mine.reason));
    }
}

fn say_rule(run: &RuleRun, book: &RuleBook) {
    output::say(&format!(
        "{} {}: {}; population {}, exceptions {}, cannot be told {}",
        run.rule,
        run.version,
        run.verdict.as_str(),
        run.population,
        run.exceptions,
        run.unknown
    ));
    for (why, count) in &run.excluded {
        output::say(&format!("  left out: {count} {why}"));
    }
    for reason in &run.reasons {
        output::say(&format!("  {reason}"));
    }
    if let Some(rule) = book.rule(&run.rule) {
        output::say(&format!("  cannot be shown: {}", rule.cannot_show));
    }
    let n_kept = run.instances.len() as u64;
    if run.exceptions > n_kept {
        output::say(&format!("  the first {n_kept} of {} are listed", run.exceptions));
    }
}

fn print_instances(context: &Context, runs: &[&RuleRun], state: &State) -> Ended {
    let columns = [
        ("rule", false),
        ("verdict", false),
        ("time", false),
        ("event", false),
        ("why", false),
        ("item", false),
        ("struck_out", false),
    ];
    let mut rows = Rows::begin(context, "whytrail.comply.instances", &columns)?;
    let limit = context.shared.filters.limit.unwrap_or(usize::MAX);
    let listed = runs.iter().flat_map(|run| {
        let gaps = run.instances.iter().map(move |one| (*run, "gap", one));
        gaps.chain(run.unknowns.iter().map(move |one| (*run, "cannot-tell", one)))
    });
    for (run, verdict, one) in listed.take(limit) {
        let struck = one.event.and_then(|event| {
            state.asides().get(AsideKind::Proposal, &proposal_key(&run.rule, event))
        });
        rows.row(&[
            Cell::Text(run.rule.clone()),
            Cell::Text(verdict.to_owned()),
            output::time(context, one.time),
            one.event.map_or(Cell::Null, |id| Cell::Text(id.to_string())),
            Cell::Text(one.why.clone()),
            Cell::Text(one.item.clone()),
            struck.map_or(Cell::Null, |aside| Cell::Text(aside.reason.clone())),
        ])?;
    }
    rows.finish()
}

/// Strikes out what a rule proposes on an event: it stays listed, with the reason.
fn strike(
    context: &Context,
    case: &mut case::Case,
    (rule, event): (&str, EventId),
    reason: Option<&str>,
) -> Ended {
    case.must_be_writable()?;
    let made = assess::assess(case, &[])?;
    let (book, _) = assess::book(&[])?;
    let run = made.rule(rule).ok_or_else(|| unknown_rule(rule, &book))?;
    if !run.instances.iter().chain(&run.unknowns).any(|one| one.event == Some(event)) {
        return Err(Failure::usage(format!("{rule} proposes nothing on `{event}`"))
            .hint(format!("whytrail comply --rule {rule} lists what it proposes")));
    }
    let name = format!("{rule} on {}", event.short());
    let key = proposal_key(rule, event);
    let act = case.state.asides().add(AsideKind::Proposal, &key, &name, reason.unwrap_or_default());
    let word = match act {
        None => "is struck out for this reason already",
        Some(_) if context.shared.control.dry_run => "would change",
        Some(act) => {
            case.perform(&act)?;
            "struck out; it stays listed with the reason"
        }
    };
    output::print(context, &format!("{name} {word}\n"))
}

/// Prints the questions of a rule, of a criterion's rules, or of all.
fn print_questions(context: &Context, asked: &ComplyArgs) -> Ended {
    let (book, _) = assess::book(&asked.rules)?;
    let (library, _) = assess::library(context)?;
    let wanted: Option<Vec<String>> = match (&asked.rule, &asked.criterion) {
        (Some(rule), _) => Some(vec![rule.clone()]),
        (None, Some(name)) => Some(named(&library, name)?.rules.clone()),
        (None, None) => None,
    };
    let mut text = String::new();
    for rule in book.rules() {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&rule.id)) {
            continue;
        }
        text.push_str(&rule.as_text());
        text.push('\n');
    }
    if text.is_empty() {
        return Err(Failure::usage("no such rule").hint("whytrail comply --questions prints all"));
    }
    output::print_safe(context, text.trim_end())
}

/// Writes down a person's own verdict on a criterion, or takes it back.
fn judge(
    context: &Context,
    case: &mut case::Case,
    asked: &ComplyArgs,
    verdict: Option<Verdict>,
) -> Ended {
    let Some(name) = &asked.criterion else {
        return Err(Failure::usage("name the criterion that is judged")
            .hint("whytrail comply soc2-CC6.1 --judge not-applicable --reason \"...\""));
    };
    case.must_be_writable()?;
    let criterion = named(&case.library, name)?.id.clone();
    let asides = case.state.asides();
    let act = match (verdict, asked.reason.as_deref()) {
        (Some(verdict), Some(reason)) => {
            asides.add(AsideKind::Criterion, &criterion, verdict.as_str(), reason)
        }
        (Some(_), None) => {
            return Err(Failure::usage("a verdict of your own needs `--reason`")
                .hint("it is printed beside the machine's verdict in every report"));
        }
        (None, _) => asides.withdraw(AsideKind::Criterion, &criterion),
    };
    let word = match act {
        None => "is so already",
        Some(_) if context.shared.control.dry_run => "would change",
        Some(act) => {
            case.perform(&act)?;
            if verdict.is_some() {
                "judged; the machine's verdict stays beside it"
            } else {
                "taken back"
            }
        }
    };
    output::print(context, &format!("{criterion} {word}\n"))
}

/// Ends with 5 when a criterion comes to the verdict asked for, or a graver one, and no person said otherwise.
fn found(limit: Option<Verdict>, state: &State, made: &Assessment, sets: &[String]) -> Ended {
    let Some(limit) = limit else { return Ok(()) };
    let stands = |line: &&CriterionLine| {
        let mine = state.asides().get(AsideKind::Criterion, &line.criterion.id);
        let said = mine.and_then(|mine| Verdict::from_word(&mine.name));
        sets.contains(&line.criterion.pack) && said.unwrap_or(line.run.verdict) <= limit
    };
    match made.lines.iter().filter(stands).count() {
        0 => Ok(()),
        count => Err(Failure::new(
            Kind::Found,
            format!("{count} criteria come to `{}` or worse", limit.as_str()),
        )),
    }
}
