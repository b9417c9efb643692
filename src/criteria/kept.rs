//! Runs of rules as the case keeps them, so that a screen opens without running what has not changed. Owns the tables
//! `rule_run` and `rule_instance`.

use std::collections::{BTreeMap, BTreeSet};

use super::pack::Strength;
use super::verdict::{Instance, RuleRun, Verdict};
use crate::store::{Fault, Reader, Row, Value, Writer};

/// Replaces the kept runs `before` by those of `now` where they differ, in one transaction.
pub fn keep(writer: &mut Writer, before: &[RuleRun], now: &[RuleRun]) -> Result<(), Fault> {
    writer.commit()?;
    writer.begin()?;
    match write(writer, before, now) {
        Ok(()) => writer.commit(),
        Err(fault) => {
            writer.roll_back()?;
            Err(fault)
        }
    }
}

fn write(writer: &mut Writer, before: &[RuleRun], now: &[RuleRun]) -> Result<(), Fault> {
    // Another question may have kept its runs since these were read: then none of what is there is taken over.
    let before = if is_still(writer, before)? { before } else { &[] };
    let known: BTreeMap<&str, &RuleRun> =
        before.iter().map(|run| (run.rule.as_str(), run)).collect();
    let is_listed =
        |run: &RuleRun| known.get(run.rule.as_str()).is_some_and(|old| lists_same(old, run));
    let changed: Vec<&RuleRun> =
        now.iter().filter(|run| known.get(run.rule.as_str()) != Some(run)).collect();
    let relisted: Vec<&RuleRun> = changed.iter().copied().filter(|run| !is_listed(run)).collect();
    // Only what is kept now may stay.
    let stay = |runs: &[&RuleRun]| -> Vec<Value> {
        let anew: BTreeSet<&str> = runs.iter().map(|run| run.rule.as_str()).collect();
        let stay = now.iter().map(|run| run.rule.as_str()).filter(|rule| !anew.contains(rule));
        stay.map(Value::from).collect()
    };
    clear(writer, "rule_run", &stay(&changed))?;
    clear(writer, "rule_instance", &stay(&relisted))?;
    let rows: Vec<Vec<Value>> = changed.iter().map(|run| run_row(run)).collect();
    writer.append_rows("rule_run", &rows)?;
    let rows: Vec<Vec<Value>> = relisted.iter().flat_map(|run| instance_rows(run)).collect();
    writer.append_rows("rule_instance", &rows)
}

/// Returns true when the case keeps these runs and no others.
fn is_still(writer: &mut Writer, before: &[RuleRun]) -> Result<bool, Fault> {
    let mut kept = BTreeMap::new();
    writer.each("SELECT rule, stamp FROM rule_run", |row| {
        kept.insert(row.text(0), row.text(1));
        Ok(())
    })?;
    let is_kept = |run: &RuleRun| kept.get(&run.rule) == Some(&run.stamp);
    Ok(kept.len() == before.len() && before.iter().all(is_kept))
}

fn lists_same(old: &RuleRun, new: &RuleRun) -> bool {
    old.instances == new.instances && old.unknowns == new.unknowns
}

/// Deletes the rows of all rules but these.
fn clear(writer: &mut Writer, table: &str, stay: &[Value]) -> Result<(), Fault> {
    let marks = vec!["?"; stay.len()].join(", ");
    let condition =
        if stay.is_empty() { String::new() } else { format!(" WHERE rule NOT IN ({marks})") };
    writer.execute(&format!("DELETE FROM {table}{condition}"), stay).map(|_| ())
}

fn instance_rows(run: &RuleRun) -> Vec<Vec<Value>> {
    let of = |is_exception: bool, instances: &[Instance]| -> Vec<Vec<Value>> {
        let numbered = (0_i64..).zip(instances);
        numbered.map(|(place, one)| instance_row(&run.rule, is_exception, place, one)).collect()
    };
    let mut rows = of(true, &run.instances);
    rows.extend(of(false, &run.unknowns));
    rows
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Limits, Store};

    fn made(stamp: &str, why: &str) -> RuleRun {
        let instance =
            Instance { item: "1".to_owned(), event: None, time: None, why: why.to_owned() };
        RuleRun {
            rule: "SCOPE".to_owned(),
            version: "1.0.0".to_owned(),
            verdict: Verdict::Gap,
            strength: Strength::Strong,
            population: 1,
            excluded: Vec::new(),
            exceptions: 1,
            unknown: 0,
            reasons: Vec::new(),
            waits_for: Vec::new(),
            spots: Vec::new(),
            instances: vec![instance],
            unknowns: Vec::new(),
            stamp: stamp.to_owned(),
        }
    }

    #[test]
    fn run_that_another_question_kept_in_between_leaves_nothing_of_its_own_behind() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        let read = [made("first", "outside")];
        keep(&mut writer, &[], &read).unwrap();
        keep(&mut writer, &read, &[made("other", "undeclared")]).unwrap();
        let mine = [made("mine", "outside")];
        keep(&mut writer, &read, &mine).unwrap();
        assert_eq!(kept(&store.reader().unwrap()).unwrap(), mine);
    }
}
