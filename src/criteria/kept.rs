//! Runs of rules as the case keeps them, so that a screen opens without running what has not changed. Owns the tables
//! `rule_run` and `rule_instance`.

use super::pack::Strength;
use super::verdict::{Instance, RuleRun, Verdict};
use crate::store::{Fault, Reader, Row, Value, Writer};

/// Replaces the kept runs, in one transaction.
pub fn keep(writer: &mut Writer, runs: &[RuleRun]) -> Result<(), Fault> {
    writer.commit()?;
    writer.begin()?;
    match write(writer, runs) {
        Ok(()) => writer.commit(),
        Err(fault) => {
            writer.roll_back()?;
            Err(fault)
        }
    }
}

fn write(writer: &mut Writer, runs: &[RuleRun]) -> Result<(), Fault> {
    writer.execute("DELETE FROM rule_run", &[])?;
    writer.execute("DELETE FROM rule_instance", &[])?;
    let rows: Vec<Vec<Value>> = runs.iter().map(run_row).collect();
    writer.append_rows("rule_run", &rows)?;
    let mut rows = Vec::new();
    for run in runs {
        for (is_exception, instances) in [(true, &run.instances), (false, &run.unknowns)] {
            let numbered = (0_i64..).zip(instances);
            rows.extend(
                numbered.map(|(place, one)| instance_row(&run.rule, is_exception, place, one)),
            );
        }
    }
    writer.append_rows("rule_instance", &rows)
}

fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn run_row(run: &RuleRun) -> Vec<Value> {
    let excluded: Vec<String> =
        run.excluded.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let spots: Vec<String> = run.spots.iter().map(u32::to_string).collect();
    vec![
        Value::from(run.rule.as_str()),
        Value::from(run.version.as_str()),
        Value::from(run.verdict.as_str()),
        Value::from(run.strength.as_str()),
        count(run.population),
        count(run.exceptions),
        count(run.unknown),
        Value::from(excluded.join("\n")),
        Value::from(run.reasons.join("\n")),
        Value::from(run.waits_for.join("\n")),
        Value::from(spots.join("\n")),
        Value::from(run.stamp.as_str()),
    ]
}

fn instance_row(rule: &str, is_exception: bool, place: i64, one: &Instance) -> Vec<Value> {
    vec![
        Value::from(rule),
        Value::Bool(is_exception),
        Value::Int(place),
        Value::from(one.item.as_str()),
        one.event.map_or(Value::Null, Value::Id),
        one.time.map_or(Value::Null, Value::Time),
        Value::from(one.why.as_str()),
    ]
}

/// Returns the kept runs, by rule. Rows that this version does not understand are left out and so run again.
pub fn kept(reader: &Reader) -> Result<Vec<RuleRun>, Fault> {
    let rows = reader.rows(
        "SELECT rule, version, verdict, strength, population, exceptions, unknown, excluded, reasons, waits_for, spots, stamp
         FROM rule_run ORDER BY rule",
        &[],
    )?;
    let mut runs: Vec<RuleRun> = rows.iter().filter_map(run_of).collect();
    let rows = reader.rows(
        "SELECT rule, is_exception, item, event, ts, why FROM rule_instance ORDER BY rule, is_exception, place",
        &[],
    )?;
    for row in &rows {
        let rule = row.text(0);
        let Ok(place) = runs.binary_search_by(|run| run.rule.cmp(&rule)) else { continue };
        let Some(run) = runs.get_mut(place) else { continue };
        let instance =
            Instance { item: row.text(2), event: row.id(3), time: row.time(4), why: row.text(5) };
        let list = if row.flag(1) { &mut run.instances } else { &mut run.unknowns };
        list.push(instance);
    }
    Ok(runs)
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn run_of(row: &Row) -> Option<RuleRun> {
    let excluded = lines(&row.text(7));
    let excluded = excluded.iter().filter_map(|line| {
        let (count, why) = line.split_once(' ')?;
        Some((why.to_owned(), count.parse().ok()?))
    });
    Some(RuleRun {
        rule: row.text(0),
        version: row.text(1),
        verdict: Verdict::from_word(&row.text(2))?,
        strength: Strength::from_word(&row.text(3))?,
        population: row.count(4),
        exceptions: row.count(5),
        unknown: row.count(6),
        excluded: excluded.collect(),
        reasons: lines(&row.text(8)),
        waits_for: lines(&row.text(9)),
        spots: lines(&row.text(10)).iter().filter_map(|number| number.parse().ok()).collect(),
        instances: Vec::new(),
        unknowns: Vec::new(),
        stamp: row.text(11),
    })
}
