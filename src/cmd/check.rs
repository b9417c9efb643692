//! `whytrail check`: criteria as a pipeline reads them. One line for each, an exit code, and `JUnit` XML where asked for.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::output::Rows;
use super::{Context, assess, case, comply, output};
use crate::cli::criteria::CheckArgs;
use crate::criteria::assess::{Assessment, CriterionLine};
use crate::criteria::verdict::Verdict;
use crate::custody::{AsideKind, State};
use crate::failure::{Ended, Failure, Kind};
use crate::report::tables::Cell;
use crate::text::sanitize::sanitize;

pub(super) fn run(context: &Context, asked: &CheckArgs) -> Ended {
    let limit = comply::verdict(&asked.fail_on)?;
    let case = case::open_existing(context)?;
    let sets = comply::sets(&case.library, &asked.set)?;
    let made = assess::assess(&case, &asked.rules)?;
    let checked = checked(&made, &case.state, &sets, limit);
    if let Some(path) = &asked.junit {
        write_junit(context, path, &checked)?;
    }
    print(context, &checked)?;
    let failed = checked.iter().filter(|one| one.is_failed).count();
    output::say(&format!(
        "{} criteria checked, {failed} come to `{}` or worse",
        checked.len(),
        limit.as_str()
    ));
    if failed > 0 {
        return Err(Failure::said(Kind::Found));
    }
    // A pipeline that asked for more than was checked must not read it as passed.
    let (_, faults) = assess::book(&asked.rules)?;
    match case.left_out + faults.len() {
        0 => Ok(()),
        count => Err(Failure::usage(format!("{count} packs or rules were left out"))),
    }
}

/// One criterion as checked.
struct Checked<'a> {
    line: &'a CriterionLine,
    /// A person's verdict where there is one, else the machine's.
    verdict: Verdict,
    is_failed: bool,
}

/// A criterion that did not apply yet on the event date, or that no rule reads, fails nothing.
fn checked<'a>(
    made: &'a Assessment,
    state: &State,
    sets: &[String],
    limit: Verdict,
) -> Vec<Checked<'a>> {
    let wanted = made.lines.iter().filter(|line| sets.contains(&line.criterion.pack));
    wanted
        .map(|line| {
            let mine = state.asides().get(AsideKind::Criterion, &line.criterion.id);
            let said = mine.and_then(|mine| Verdict::from_word(&mine.name));
            let verdict = said.unwrap_or(line.run.verdict);
            let is_read = !line.run.rules.is_empty() || line.run.exceptions > 0;
            let is_failed = verdict <= limit && line.not_before.is_none() && is_read;
            Checked { line, verdict, is_failed }
        })
        .collect()
}

fn print(context: &Context, checked: &[Checked<'_>]) -> Ended {
    let columns = [("result", false), ("criterion", false), ("verdict", false), ("why", false)];
    let mut rows = Rows::begin(context, "whytrail.check", &columns)?;
    for one in checked {
        let result = if one.is_failed { "FAIL" } else { "pass" };
        rows.row(&[
            Cell::Text(result.to_owned()),
            Cell::Text(one.line.criterion.id.clone()),
            Cell::Text(one.line.word(one.verdict).to_owned()),
            Cell::Text(one.line.why.clone()),
        ])?;
    }
    rows.finish()
}

/// Returns text as XML text: control characters are shown as escapes, markup is escaped.
fn xml(text: &str) -> String {
    let harmless = sanitize(text);
    let mut escaped = String::with_capacity(harmless.len());
    for letter in harmless.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn junit(checked: &[Checked<'_>]) -> String {
    let failures = checked.iter().filter(|one| one.is_failed).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"whytrail\" tests=\"{}\" failures=\"{failures}\">\n",
        checked.len()
    );
    let mut packs: Vec<&str> = checked.iter().map(|one| one.line.criterion.pack.as_str()).collect();
    packs.dedup();
    for pack in packs {
        let of_pack: Vec<&Checked<'_>> =
            checked.iter().filter(|one| one.line.criterion.pack == pack).collect();
        let failures = of_pack.iter().filter(|one| one.is_failed).count();
        let (name, count) = (xml(pack), of_pack.len());
        text.extend([
            "  <testsuite name=\"",
            &name,
            "\" tests=\"",
            &count.to_string(),
            "\" failures=\"",
            &failures.to_string(),
            "\">\n",
        ]);
        text.extend(of_pack.iter().map(|one| test_case(one)));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn test_case(one: &Checked<'_>) -> String {
    let criterion = &one.line.criterion;
    let (word, why) = (one.line.word(one.verdict), xml(&one.line.why));
    let inside = if one.is_failed {
        format!("<failure type=\"{word}\" message=\"{why}\"/>")
    } else {
        format!("<system-out>{word}: {why}</system-out>")
    };
    format!(
        "    <testcase classname=\"{}\" name=\"{} {}\">{inside}</testcase>\n",
        xml(&criterion.pack),
        xml(&criterion.id),
        xml(&criterion.title)
    )
}

fn write_junit(context: &Context, path: &Path, checked: &[Checked<'_>]) -> Ended {
    let mut options = OpenOptions::new();
    options.write(true);
    if context.shared.output.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(junit(checked).as_bytes()));
    written.map_err(|error| {
        Failure::new(
            Kind::Failed,
            format!("`{}`: {}", path.display(), crate::source::discover::words(&error)),
        )
        .hint("`--force` overwrites a file that is there")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_pack_cannot_leave_its_place_in_xml() {
        assert_eq!(xml("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
        assert!(!xml("\u{1b}]0;x\u{7}").contains('\u{1b}'));
    }
}
