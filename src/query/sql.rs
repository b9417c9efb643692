//! Turns a filter into a SQL condition over the table `event` under the name `e`. Values always travel as parameters;
//! only the analyst's own SQL condition (`= ...`) is text, and the engine runs it locked down and read-only.

use super::filter::{Compare, Filter, Is, Moment, Term};
use crate::model::EventId;
use crate::store::{Reader, Value};

/// A condition and its values, in the order of their question marks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    pub sql: String,
    pub values: Vec<Value>,
}

/// Answers a small question about derived tables with its values, or `None` when they are too many or unknown.
type Resolve<'a> = dyn FnMut(&str, &[Value]) -> Option<Vec<Value>> + 'a;

/// Most values that a lookup is replaced by.
const MOST_VALUES: usize = 1000;

/// Returns the condition of the enabled terms; `true` when nothing is narrowed.
pub fn condition(filter: &Filter) -> Condition {
    build(filter, &mut |_, _| None)
}

/// Returns the condition with its lookups in small tables answered beforehand. A page and its strip scan the events
/// several times; a list of values costs them less than the same join every time.
pub fn resolved(reader: &Reader, filter: &Filter) -> Condition {
    build(filter, &mut |sql, values| {
        let limited = format!("SELECT * FROM ({sql}) LIMIT {}", MOST_VALUES + 1);
        // A lookup that cannot be answered stays what it is, and the question itself tells the fault.
        let rows = reader.rows(&limited, values).ok()?;
        let found: Vec<Value> =
            rows.into_iter().filter_map(|row| row.0.into_iter().next()).collect();
        (found.len() <= MOST_VALUES).then_some(found)
    })
}

/// Returns true if comparing with the filter is what takes the time: whole records, or several columns of each event.
pub(super) fn is_dear(filter: &Filter) -> bool {
    filter.enabled
        && filter.terms.iter().any(|term| match term {
            Term::Word(_) | Term::Sql(_) => true,
            Term::Field { field, .. } => !place_of(field).lookups.is_empty(),
            _ => false,
        })
}

fn build(filter: &Filter, resolve: &mut Resolve<'_>) -> Condition {
    let mut built = Condition::default();
    if filter.enabled {
        for term in &filter.terms {
            if !built.sql.is_empty() {
                built.sql.push_str(" AND ");
            }
            built.term(term, resolve);
        }
    }
    if built.sql.is_empty() {
        built.sql.push_str("true");
    }
    built
}

/// Most events that are collected column by column. Of 2 million events 10,000 took half as long as by comparing all
/// columns of each, 360,000 a quarter longer.
const MOST_APART: i64 = 100_000;

/// A predicate with one question mark per value, for the values that a field can be looked up in.
struct Place {
    /// Column or expression compared, or a subquery with `{}` for the comparison.
    columns: &'static [&'static str],
    /// Further lookups: text with `{}` where the comparison of `value` goes.
    lookups: &'static [&'static str],
}

const fn place(columns: &'static [&'static str], lookups: &'static [&'static str]) -> Place {
    Place { columns, lookups }
}

/// The outcome as screens show it: a check that was completed and answered "no" is a refusal.
const OUTCOME: &str =
    "CASE WHEN e.decision = 'deny' AND e.outcome <> 'error' THEN 'denied' ELSE e.outcome END";

/// Returns where the values of a field lie.
fn place_of(field: &str) -> Place {
    match field {
        "who" => place(
            &["e.human", "e.actor", "e.role_session"],
            &[
                "e.session IN (SELECT local FROM session_key JOIN session ON session.id = session_key.session WHERE {session.human} OR {session.human_name})",
                "e.n IN (SELECT session_guest.n FROM session_guest JOIN session ON session.id = session_guest.session WHERE {session.human} OR {session.human_name})",
                "e.human IN (SELECT other.id FROM person_alias other JOIN person_alias known ON known.person = other.person WHERE {known.id} OR {known.name})",
                "e.session IN (SELECT local FROM session_key JOIN session ON session.id = session_key.session JOIN person_alias ON person_alias.person = session.human WHERE {person_alias.id})",
            ],
        ),
        "session" => place(
            &["e.session"],
            &[
                "e.session IN (SELECT local FROM session_key JOIN session ON session.id = session_key.session WHERE {session.id} OR {session.short} OR {session.label})",
                "e.n IN (SELECT session_guest.n FROM session_guest JOIN session ON session.id = session_guest.session WHERE {session.id} OR {session.short} OR {session.label})",
            ],
        ),
        "agent" => place(
            &["e.agent", "e.client"],
            &[
                "e.session IN (SELECT local FROM session_key JOIN session ON session.id = session_key.session WHERE {session.agent})",
            ],
        ),
        "key" => place(
            &["e.credential", "e.parent_credential"],
            &[
                "e.n IN (SELECT x.n FROM extra_identifier x WHERE x.kind IN ('issued_key', 'key') AND {x.value})",
            ],
        ),
        "what" => {
            place(&["e.resource"], &["e.n IN (SELECT x.n FROM extra_resource x WHERE {x.id})"])
        }
        "trace" => place(
            &["e.trace"],
            &["e.n IN (SELECT x.n FROM extra_identifier x WHERE x.kind = 'trace' AND {x.value})"],
        ),
        "request" => place(
            &["e.request"],
            &[
                "e.n IN (SELECT x.n FROM extra_identifier x WHERE x.kind IN ('request', 'downstream_request') AND {x.value})",
            ],
        ),
        "tag" => {
            place(&[], &["e.id IN (SELECT tag.event FROM tag WHERE {tag.text} OR {tag.criterion})"])
        }
        "file" => place(
            &[],
            &["e.source IN (SELECT s.source FROM source s WHERE {s.name} OR {s.member})"],
        ),
        "action" => place(&["e.action"], &[]),
        "outcome" => place(&[OUTCOME], &[]),
        "address" => place(&["e.address"], &[]),
        "tool" => place(&["e.tool"], &[]),
        "server" => place(&["e.server"], &[]),
        "region" => place(&["e.region"], &[]),
        "account" => place(&["e.account"], &[]),
        "error" => place(&["e.error_code"], &[]),
        "decision" => place(&["e.decision"], &[]),
        "policy" => place(&["e.policy"], &[]),
        "kind" => place(&["e.kind"], &[]),
        "class" => place(&["e.action_class"], &[]),
        "model" => place(&["e.model"], &[]),
        "product" => place(&["e.product"], &[]),
        "type" => place(&["e.resource_type"], &[]),
        _ => place(&["e.plane"], &[]),
    }
}

impl Condition {
    fn push(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(sql);
        self.values.extend(values);
    }

    fn term(&mut self, term: &Term, resolve: &mut Resolve<'_>) {
        match term {
            Term::Word(word) => self.word(word),
            Term::Field { field, compare, value } => self.field(field, *compare, value, resolve),
            Term::Time { from, to } => self.time(*from, *to),
            Term::Is(is) => self.push(is_sql(*is), []),
            Term::HasTag => self.push("e.id IN (SELECT tag.event FROM tag)", []),
            Term::HasNote => self.push("e.id IN (SELECT note.event FROM note)", []),
            Term::Link(grade) => match grade {
                crate::model::Grade::None => self.push(
                    "(e.n NOT IN (SELECT a FROM link) AND e.n NOT IN (SELECT b FROM link))",
                    [],
                ),
                other => self.push(
                    "(e.n IN (SELECT a FROM link WHERE grade = ?) OR e.n IN (SELECT b FROM link WHERE grade = ?))",
                    [other.as_str().into(), other.as_str().into()],
                ),
            },
            Term::Sql(sql) => self.push(&format!("e.id IN (SELECT id FROM events WHERE ({sql}\n))"), []),
        }
    }

    /// The record comes first: it holds most of what the columns hold, and who has matched is compared no more. The
    /// engine's regular expressions read it in half the time that `ILIKE` takes.
    fn word(&mut self, word: &str) {
        let parts: Vec<String> = word.split('*').map(regex::escape).collect();
        let pattern = parts.join(".*");
        self.push("(regexp_matches(e.payload, ?, 'is')", [pattern.into()]);
        let pattern = like(word);
        for column in ["e.action", "e.human", "e.actor", "e.resource", "e.error_code", "e.address"]
        {
            self.push(&format!(" OR {column} ILIKE ? ESCAPE '\\'"), [pattern.as_str().into()]);
        }
        self.sql.push(')');
    }

    fn field(&mut self, field: &str, compare: Compare, value: &str, resolve: &mut Resolve<'_>) {
        if field == "id" {
            return self.id(compare, value);
        }
        let value = normal_value(field, value);
        if compare == Compare::Differs {
            self.sql.push_str("NOT coalesce(");
        }
        let place = place_of(field);
        let mut parts = Self::default();
        // Values of one column are put together: the engine looks each row up once for each list.
        let mut found: Vec<(String, Vec<Value>)> = Vec::new();
        for column in place.columns {
            match compare {
                Compare::Equals | Compare::Differs => {
                    note(&mut found, column, [value.as_str().into()]);
                }
                Compare::Contains => {
                    parts.or();
                    parts.comparison(column, compare, &value);
                }
            }
        }
        for lookup in place.lookups {
            let (sql, values) = lookup_of(lookup, compare, &value);
            if let Some((column, values)) = answered(&sql, &values, resolve) {
                note(&mut found, &column, values);
            } else {
                parts.or();
                parts.push(&sql, values);
            }
        }
        found.retain(|(_, values)| !values.is_empty());
        if found.len() > 1 && is_narrow(field, &value, resolve) {
            parts.or();
            parts.union(found);
        } else {
            for (column, values) in found {
                parts.or();
                let marks = marks(values.len());
                match values.len() {
                    1 => parts.push(&format!("{column} = ?"), values),
                    _ => parts.push(&format!("{column} IN ({marks})"), values),
                }
            }
        }
        self.sql.push('(');
        self.push(if parts.sql.is_empty() { "false" } else { &parts.sql }, parts.values);
        self.sql.push(')');
        if compare == Compare::Differs {
            self.sql.push_str(", false)");
        }
    }

    /// Collects the rows of each column apart: a scan for the values of one column skips what cannot hold them, while
    /// columns joined by `OR` are all read to the end.
    fn union(&mut self, found: Vec<(String, Vec<Value>)>) {
        let mut begin = "e.n IN (";
        for (column, values) in found {
            let marks = marks(values.len());
            let column = column.strip_prefix("e.").unwrap_or(&column);
            let sql = match (column, values.len()) {
                ("n", _) => format!("SELECT unnest([{marks}])"),
                (_, 1) => format!("SELECT n FROM event WHERE {column} = ?"),
                _ => format!("SELECT n FROM event WHERE {column} IN (SELECT unnest([{marks}]))"),
            };
            self.push(&format!("{begin}{sql}"), values);
            begin = " UNION ALL ";
        }
        self.sql.push(')');
    }

    fn or(&mut self) {
        if !self.sql.is_empty() {
            self.sql.push_str(" OR ");
        }
    }

    fn comparison(&mut self, column: &str, compare: Compare, value: &str) {
        match compare {
            Compare::Equals | Compare::Differs => {
                self.push(&format!("{column} = ?"), [value.into()]);
            }
            Compare::Contains => {
                self.push(&format!("{column} ILIKE ? ESCAPE '\\'"), [like(value).into()]);
            }
        }
    }

    fn id(&mut self, compare: Compare, value: &str) {
        let range =
            EventId::parse(value).map(|id| (id, id)).or_else(|| EventId::prefix_range(value));
        let Some((low, high)) = range else { return self.push("false", []) };
        let not = if compare == Compare::Differs { "NOT " } else { "" };
        self.push(
            &format!("{not}(e.id >= ?::UUID AND e.id <= ?::UUID)"),
            [low.into(), high.into()],
        );
    }

    fn time(&mut self, from: Option<Moment>, to: Option<Moment>) {
        let mut parts = Vec::new();
        for (moment, sign) in [(from, ">="), (to, "<")] {
            match moment {
                None => {}
                Some(Moment::At(time)) => {
                    parts.push(format!("e.ts {sign} ?"));
                    self.values.push(time.into());
                }
                Some(Moment::TimeOfDay(micros)) => {
                    parts.push(format!("(epoch_us(e.ts) % 86400000000) {sign} ?"));
                    self.values.push(Value::Int(micros));
                }
            }
        }
        self.sql.push('(');
        self.sql.push_str(&parts.join(" AND "));
        self.sql.push(')');
    }
}

/// Returns so many question marks with commas between.
fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// Returns true if the lists of subjects and sessions know a value, with few enough events. They may be older than the
/// events: that costs time, never a row.
fn is_narrow(field: &str, value: &str, resolve: &mut Resolve<'_>) -> bool {
    let sql = match field {
        "who" | "key" | "agent" => {
            "SELECT sum(events)::BIGINT FROM subject WHERE id = ? OR name = ?"
        }
        "session" => "SELECT sum(events)::BIGINT FROM session WHERE id = ? OR short = ?",
        _ => return false,
    };
    let found = resolve(sql, &[value.into(), value.into()]).unwrap_or_default();
    matches!(found.first(), Some(Value::Int(events)) if *events <= MOST_APART)
}

/// Adds values of a column to those known of it, none twice.
fn note(
    found: &mut Vec<(String, Vec<Value>)>,
    column: &str,
    values: impl IntoIterator<Item = Value>,
) {
    let at = found.iter().position(|(known, _)| known == column);
    let at = at.unwrap_or_else(|| {
        found.push((column.to_owned(), Vec::new()));
        found.len() - 1
    });
    if let Some((_, known)) = found.get_mut(at) {
        for value in values {
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }
}

/// Returns a lookup `COLUMN IN (SELECT ..)` with its `{column}` parts as comparisons with the value.
fn lookup_of(lookup: &str, compare: Compare, value: &str) -> (String, Vec<Value>) {
    let mut built = Condition::default();
    let mut rest = lookup;
    while let Some((before, after)) = rest.split_once('{') {
        built.sql.push_str(before);
        let (column, after) = after.split_once('}').unwrap_or((after, ""));
        built.comparison(column, compare, value);
        rest = after;
    }
    built.sql.push_str(rest);
    (built.sql, built.values)
}

/// Returns the column of a lookup and the values found for it.
fn answered(
    sql: &str,
    values: &[Value],
    resolve: &mut Resolve<'_>,
) -> Option<(String, Vec<Value>)> {
    let (column, question) = sql.split_once(" IN (")?;
    let found = resolve(question.strip_suffix(')')?, values)?;
    Some((column.to_owned(), found))
}

const fn is_sql(is: Is) -> &'static str {
    match is {
        Is::Denied => "(e.outcome = 'denied' OR e.decision = 'deny')",
        Is::Failed => "e.outcome = 'error'",
        Is::Held => "e.outcome = 'held'",
        Is::Ok => "(e.outcome = 'success' AND e.decision IS DISTINCT FROM 'deny')",
        Is::Undated => "e.ts IS NULL",
        Is::Agent => {
            "(e.actor_type = 'agent' OR e.agent IS NOT NULL OR e.session IN (SELECT local FROM session_key JOIN session \
             ON session.id = session_key.session WHERE session.kind = 'AGENT') OR e.n IN (SELECT n FROM session_guest \
             JOIN session ON session.id = session_guest.session WHERE session.kind = 'AGENT'))"
        }
        Is::Human => "e.actor_type = 'human'",
        Is::Write => {
            "(e.action_class IN ('write', 'delete', 'admin', 'exec', 'send') AND coalesce(NOT e.read_only, true))"
        }
        Is::Marked => {
            "(e.outcome = 'denied' OR e.decision = 'deny' OR e.id IN (SELECT tag.event FROM tag) OR e.id IN (SELECT note.event FROM note))"
        }
        Is::Linked => "(e.n IN (SELECT a FROM link) OR e.n IN (SELECT b FROM link))",
        Is::Asked => "e.plane NOT IN ('cloudtrail', 'other')",
    }
}

/// Returns the value as the store spells it: plane letters and screen words of outcomes become words.
fn normal_value(field: &str, value: &str) -> String {
    use crate::model::{Outcome, Plane};
    let word = match field {
        "source" => Plane::ALL
            .iter()
            .find(|plane| plane.letter().to_string() == value)
            .map(|plane| plane.as_str()),
        "outcome" => Outcome::ALL
            .iter()
            .find(|outcome| outcome.screen().eq_ignore_ascii_case(value))
            .map(|outcome| outcome.as_str()),
        _ => None,
    };
    word.map_or_else(|| value.to_owned(), str::to_owned)
}

/// Returns a statement for `whytrail sql` that gives the rows of the time line under a filter, values written out.
pub fn statement(filter: &Filter) -> String {
    let Condition { sql, values } = condition(filter);
    let mut values = values.iter();
    let mut text =
        String::from("SELECT * FROM events WHERE id IN (SELECT e.id FROM event e WHERE ");
    let mut is_quoted = false;
    for letter in sql.chars() {
        match letter {
            '?' if !is_quoted => {
                text.push_str(&values.next().map_or_else(|| "?".to_owned(), literal));
            }
            _ => {
                is_quoted ^= letter == '\'';
                text.push(letter);
            }
        }
    }
    if !(filter.enabled && filter.terms.contains(&Term::Is(Is::Undated))) {
        text.push_str(" AND e.ts IS NOT NULL");
    }
    text.push_str(") ORDER BY ts, id");
    text
}

/// Returns a value as SQL writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => value.to_string(),
        Value::Time(time) => {
            format!("TIMESTAMP '{}'", time.timestamp().strftime("%Y-%m-%d %H:%M:%S%.6f"))
        }
        Value::Text(_) | Value::Id(_) | Value::Blob(_) => {
            format!("'{}'", value.to_string().replace('\'', "''"))
        }
    }
}

/// Returns a LIKE pattern that finds `text` anywhere; `*` stands for anything.
pub fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        match letter {
            '*' => pattern.push('%'),
            '%' | '_' | '\\' => {
                pattern.push('\\');
                pattern.push(letter);
            }
            other => pattern.push(other),
        }
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::filter::FIELDS;

    #[test]
    fn question_marks_and_values_agree_for_every_field_and_comparison() {
        for (field, _) in FIELDS {
            for sign in [":", "=", "!="] {
                let filter = Filter::parse(&format!("{field}{sign}abcd")).unwrap();
                let built = condition(&filter);
                assert_eq!(
                    built.sql.matches('?').count(),
                    built.values.len(),
                    "{field}{sign}: {}",
                    built.sql
                );
            }
        }
    }

    #[test]
    fn values_found_for_one_column_are_one_list_without_repeats() {
        let filter = Filter::parse("who=alice").unwrap();
        let mut answers = vec![vec!["s1", "s2"], vec!["7"], vec!["alice", "a#1"], vec!["s2", "s3"]];
        answers.reverse();
        let built =
            build(&filter, &mut |_, _| Some(answers.pop()?.into_iter().map(Value::from).collect()));
        assert_eq!(
            built.sql,
            "(e.human IN (?, ?) OR e.actor = ? OR e.role_session = ? OR e.session IN (?, ?, ?) OR e.n = ?)"
        );
        let values: Vec<String> = built.values.iter().map(ToString::to_string).collect();
        assert_eq!(values, ["alice", "a#1", "alice", "alice", "s1", "s2", "s3", "7"]);
        let nothing = build(&Filter::parse("tag=bad").unwrap(), &mut |_, _| Some(Vec::new()));
        assert_eq!(nothing.sql, "(false)");
    }

    #[test]
    fn few_events_are_collected_column_by_column_and_many_compared() {
        let filter = Filter::parse("key=AKIA1").unwrap();
        let with = |events: i64| {
            build(&filter, &mut |sql, _| {
                let answer = if sql.contains("sum(events)") { events } else { 7 };
                Some(vec![Value::Int(answer)])
            })
        };
        let few = with(MOST_APART);
        assert_eq!(
            few.sql,
            "(e.n IN (SELECT n FROM event WHERE credential = ? UNION ALL SELECT n FROM event WHERE parent_credential = ? \
             UNION ALL SELECT unnest([?])))"
        );
        assert_eq!(few.values, ["AKIA1".into(), "AKIA1".into(), Value::Int(7)]);
        let many = with(MOST_APART + 1);
        assert_eq!(many.sql, "(e.credential = ? OR e.parent_credential = ? OR e.n = ?)");
    }

    #[test]
    fn collected_rows_are_those_that_compare_equal() {
        use crate::store::{Limits, Store};
        const EVENTS: &str = "INSERT INTO event (n, actor, human, role_session, session, credential, parent_credential)
            SELECT i, 'a' || i % 7, CASE WHEN i % 3 = 0 THEN 'a' || i % 5 END, 'a' || i % 11, 's' || i % 6, 'a' || i % 4,
                   CASE WHEN i % 2 = 0 THEN 'a' || i % 9 END
            FROM range(1, 400) t(i)";
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 2 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        writer.execute(EVENTS, &[]).unwrap();
        writer
            .execute(
                "INSERT INTO session (id, human, events) VALUES ('one', 'a1', 9), ('two', 'a2', 9)",
                &[],
            )
            .unwrap();
        writer
            .execute("INSERT INTO session_key (local, session) VALUES ('s1', 'one'), ('s2', 'one'), ('s4', 'two')", &[])
            .unwrap();
        writer
            .execute("INSERT INTO session_guest (n, session) VALUES (12, 'one'), (25, 'two')", &[])
            .unwrap();
        writer
            .execute("INSERT INTO subject (id, kind, events) SELECT 'a' || i, 'person', 9 FROM range(5) t(i)", &[])
            .unwrap();
        writer.commit().unwrap();
        let reader = store.reader().unwrap();
        let rows = |built: Condition| -> Vec<i64> {
            let sql = format!("SELECT e.n FROM event e WHERE {} ORDER BY e.n", built.sql);
            reader.rows(&sql, &built.values).unwrap().iter().map(|row| row.int(0)).collect()
        };
        for text in
            ["who=a1", "who!=a1", "who=a6", "key=a2", "key!=a2", "session=one", "session!=two"]
        {
            let filter = Filter::parse(text).unwrap();
            let collected = resolved(&reader, &filter);
            assert_eq!(collected.sql.contains("UNION ALL"), !text.ends_with("a6"), "{text}");
            let (found, wanted) = (rows(collected), rows(condition(&filter)));
            assert!(!found.is_empty() && found.len() < 399, "{text}");
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn values_never_become_sql() {
        let filter = Filter::parse("who:\"x' OR 1=1 --\" \"%_\\\\\"").unwrap();
        let built = condition(&filter);
        assert!(!built.sql.contains("1=1"));
        assert_eq!(built.values.last(), Some(&Value::from("%\\%\\_\\\\%")));
    }

    #[test]
    fn word_is_found_in_records_as_it_stands_and_in_either_case() {
        use crate::store::{Limits, Store};
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { memory_mib: 300, threads: 1 };
        let store = Store::open(&folder.path().join("case.duckdb"), limits).unwrap();
        let mut writer = store.writer().unwrap();
        let record = "{\"q\":\"SELECT (a+b)[0] FROM t.x WHERE p^2 = $1 -- #~&|?\",\n\"path\":\"C:\\\\Temp\",\"who\":\"Zoë Groß\"}";
        writer
            .execute(
                "INSERT INTO event (n, action, payload) VALUES (1, 'GetObject', ?)",
                &[record.into()],
            )
            .unwrap();
        writer.commit().unwrap();
        let reader = store.reader().unwrap();
        for (word, is_there) in [
            ("select (A+B)[0]", true),
            ("t.x", true),
            ("t?x", false),
            ("p^2 = $1 -- #~&|?", true),
            ("C:\\\\temp", true),
            ("zoË GROß", true),
            ("where*path", true),
            ("path*where", false),
            ("getobject", true),
            ("get*ject", true),
            ("a|b", false),
            (".+", false),
            ("\\d", false),
        ] {
            let filter = Filter { terms: vec![Term::Word(word.to_owned())], enabled: true };
            let Condition { sql, values } = condition(&filter);
            let found =
                reader.number(&format!("SELECT count(*) FROM event e WHERE {sql}"), &values);
            assert_eq!(found.unwrap() == 1, is_there, "{word}");
        }
    }

    #[test]
    fn statement_writes_values_out_and_they_stay_values() {
        let filter = Filter::parse("address:\"x' OR '?\" time:2026-07-12").unwrap();
        let text = statement(&filter);
        assert!(text.contains("'%x'' OR ''?%'"), "{text}");
        assert!(text.contains("TIMESTAMP '2026-07-12 00:00:00.000000'"), "{text}");
    }

    #[test]
    fn switched_off_filter_narrows_nothing() {
        let mut filter = Filter::parse("is:denied").unwrap();
        filter.enabled = false;
        assert_eq!(condition(&filter).sql, "true");
    }
}
