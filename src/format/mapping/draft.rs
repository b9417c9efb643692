//! Proposes a mapping file from a sample: looks at names and shapes of members, and says for every proposal why it is
//! made. Values of the sample do not get into the draft, except short words of outcomes and decisions. What is only
//! possible stands in comments. Must not be used while loading: a person reads a draft before it counts.

mod fields;
mod rules;

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use crate::source::{Drill, FrameKind, Framer, Framing};
use crate::text::sanitize::sanitize;

use super::engine;
use super::shapes::{Shape, Spelling};
use super::words;
use fields::{Field, Fields};
use rules::{Need, PIVOTS, RULES, Rule};

/// Records looked at.
const MAX_RECORDS: usize = 2000;
/// Pointers of one role, and members that detection requires.
const MAX_FROM: usize = 3;
const MAX_REQUIRED: usize = 4;
/// Members listed at the end.
const MAX_LISTED: usize = 200;
/// Names of members that say which product wrote a record.
const TELLING: &[&str] = &[
    "component",
    "source",
    "eventsource",
    "product",
    "vendor",
    "service",
    "app",
    "application",
    "logger",
    "schema",
    "schematype",
    "type",
    "kind",
    "category",
    "log",
    "logname",
];

/// Returns the text of a mapping file for a sample of this name, or why there is none.
pub fn draft(name: &str, text: &str) -> Result<String, String> {
    let Records { mut values, key } = records(text);
    values.retain(Value::is_object);
    if values.is_empty() {
        return Err("the sample holds no JSON object".to_owned());
    }
    let inner: Option<Vec<Value>> = values.iter().map(engine::unwrapped).collect();
    let is_wrapped = inner.is_some();
    let fields = Fields::of(&inner.unwrap_or(values));
    let mut draft = Draft { fields, roles: String::new(), used: Vec::new() };
    for rule in RULES {
        draft.role(rule);
    }
    Ok(draft.finish(name, key.as_deref(), is_wrapped))
}

/// The records of a sample, and the member of a container that holds them.
struct Records {
    values: Vec<Value>,
    key: Option<String>,
}

fn records(text: &str) -> Records {
    let values = cut(text, Framing::json(&[]));
    let [Value::Object(container)] = values.as_slice() else {
        return Records { values, key: None };
    };
    let is_list = |value: &Value| {
        value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_object))
    };
    let mut lists =
        container.iter().filter(|(_, value)| is_list(value)).map(|(key, _)| key.clone());
    match (lists.next(), lists.next()) {
        (Some(key), None) => {
            let drill = Drill::Given(Arc::from([key.clone()]));
            Records { values: cut(text, Framing::Json { drill }), key: Some(key) }
        }
        _ => Records { values, key: None },
    }
}

fn cut(text: &str, framing: Framing) -> Vec<Value> {
    let mut values = Vec::new();
    Framer::new(framing).feed(text.as_bytes(), true, &mut |frame| {
        if frame.kind == FrameKind::Record
            && values.len() < MAX_RECORDS
            && let Ok(value) = serde_json::from_slice(frame.bytes)
        {
            values.push(value);
        }
    });
    values
}

struct Draft {
    fields: Fields,
    /// The tables of roles.
    roles: String,
    /// Pointers that a role takes, in the order of the roles.
    used: Vec<String>,
}

impl Draft {
    /// Proposes a role if members of a fitting name and shape are there.
    fn role(&mut self, rule: &Rule) {
        let mut found: Vec<(usize, &Field)> = self
            .fields
            .plain()
            .filter(|field| !self.used.contains(&field.pointer))
            .filter_map(|field| Some((rule.rank_of(&field.names)?, field)))
            .filter(|(_, field)| fits(rule.need, field, self.fields.n_records))
            .collect();
        found.sort_by_key(|(rank, field)| (*rank, std::cmp::Reverse(field.n_records)));
        let Some((_, first)) = found.first().copied() else { return };
        // Members that stand for each other have the same shape.
        found.retain(|(_, field)| field.shape() == first.shape());
        found.truncate(if rule.need == Need::Distinct { 1 } else { MAX_FROM });
        let pointers: Vec<String> = found.iter().map(|(_, field)| field.pointer.clone()).collect();
        let table = table_of(rule, first, &pointers, self.fields.n_records);
        self.roles.push_str(&table);
        self.used.extend(pointers);
    }

    fn finish(self, name: &str, key: Option<&str>, is_wrapped: bool) -> String {
        let n = self.fields.n_records;
        let id = id_of(name);
        let kind = if self.roles.contains("[role.tool]\n") { "tool_call" } else { "other" };
        let mut text = format!(
            "# Drafted from {n} records of {}. Every line is a guess from names and shapes: read it against the\n\
             # vendor's documentation, then `whytrail map check` this file with samples.\n",
            comment(name)
        );
        let quoted = toml_text(&id);
        write!(
            text,
            "format = 1\nid = {quoted}\ntitle = {quoted}\nproduct = {quoted}\nversion = \"draft\"\n\
             # cloudtrail, gateway, mcp, transcript, authz, model or other: nothing in a record says it.\n\
             plane = \"gateway\"\n\
             # What each record is when nothing else says so; [role.kind] decides per record.\nkind = \"{kind}\"\n\n"
        )
        .unwrap_or_default();
        if is_wrapped {
            text.push_str("# The records lie as JSON in a log shipper's text; such wrappers are opened by themselves.\n");
        }
        if let Some(key) = key {
            let records = toml_text(&format!("/{}", super::pointer::escape(key)));
            writeln!(
                text,
                "[input]\n# The only list of objects in the sample.\nrecords = [{records}]\n"
            )
            .unwrap_or_default();
        }
        text.push_str(&self.detect());
        text.push('\n');
        text.push_str(&self.roles);
        text.push_str(&self.pivots());
        text.push_str(&self.rest());
        text
    }

    /// Members by which the records are known: such as are in all of them, those of roles first.
    fn detect(&self) -> String {
        let n = self.fields.n_records;
        let place = |field: &Field| self.used.iter().position(|used| *used == field.pointer);
        let mut always: Vec<&Field> =
            self.fields.plain().filter(|field| field.n_records == n).collect();
        always.sort_by_key(|field| (place(field).is_none(), place(field), field.pointer.clone()));
        let mut text = String::from("[detect]\n");
        if always.is_empty() {
            let mut most: Vec<&Field> = self.fields.plain().collect();
            most.sort_by_key(|field| std::cmp::Reverse(field.n_records));
            always = most.into_iter().take(1).collect();
            text.push_str(
                "# Nothing is in every record of the sample: some records are not known by this.\n",
            );
        } else {
            writeln!(text, "# In each of the {n} records. Choose what no other product has.")
                .unwrap_or_default();
        }
        let required: Vec<String> =
            always.iter().take(MAX_REQUIRED).map(|field| toml_text(&field.pointer)).collect();
        writeln!(text, "require = [{}]", required.join(", ")).unwrap_or_default();
        // Words that name the product or the kind of record; a constant name of a person is chance.
        let tells = |field: &&&Field| {
            place(field).is_none()
                && TELLING.iter().any(|name| field.names.iter().any(|own| own == name))
        };
        let constant =
            always.iter().filter(|field| n > 1 && field.is_constant_word()).filter(tells);
        for field in constant.take(MAX_REQUIRED) {
            let (pointer, word) = (toml_text(&field.pointer), toml_text(&field.any_word()));
            writeln!(text, "# equals = {{ {pointer} = {word} }}  # the same in all {n} records")
                .unwrap_or_default();
        }
        text
    }

    fn pivots(&self) -> String {
        let mut text = String::new();
        for (pivot, shape, names) in PIVOTS {
            let fits = |field: &&Field| {
                let by_name = names.iter().any(|name| field.names.iter().any(|own| own == name));
                field.shape() == Some(*shape) && (names.is_empty() || by_name)
            };
            let pointers: Vec<String> = self
                .fields
                .all()
                .filter(fits)
                .take(MAX_FROM)
                .map(|field| toml_text(&field.pointer))
                .collect();
            if !pointers.is_empty() {
                let looks = shape.words();
                writeln!(text, "{pivot} = [{}]  # each looks like {looks}", pointers.join(", "))
                    .unwrap_or_default();
            }
        }
        if text.is_empty() { text } else { format!("[pivot]\n{text}\n") }
    }

    /// Lists what no role takes, so that a person can.
    fn rest(&self) -> String {
        let n = self.fields.n_records;
        let is_free = |field: &&Field| {
            let is_inside = |used: &String| {
                field
                    .pointer
                    .strip_prefix(used.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            field.shape().is_some_and(Shape::is_scalar) && !self.used.iter().any(is_inside)
        };
        let mut lines: Vec<String> = Vec::new();
        for field in self.fields.all().filter(is_free).take(MAX_LISTED) {
            let hint = match field.shape() {
                Some(Shape::Email) => "; [role.human] if it is who acted",
                Some(Shape::Address) => "; [role.ip] if it is where the call came from",
                Some(Shape::Arn) => "; [role.resource] or [role.actor], whichever it is",
                Some(Shape::Time(_)) => "; [role.time] if it is when it happened",
                _ => "",
            };
            let looks = field.shape().map_or("nothing", Shape::words);
            lines.push(format!(
                "#   {}  in {} of {n}, {} different, {looks}{hint}",
                comment(&field.pointer),
                field.n_records,
                field.told_distinct()
            ));
        }
        if lines.is_empty() {
            return String::new();
        }
        format!("# Not mapped; kept in the payload and searchable:\n{}\n", lines.join("\n"))
    }
}

/// Returns the table of one role, with the reason.
fn table_of(rule: &Rule, first: &Field, pointers: &[String], n: u64) -> String {
    let looks = first.shape().map_or("nothing", Shape::words);
    let quoted: Vec<String> = pointers.iter().map(|pointer| toml_text(pointer)).collect();
    let mut text = format!(
        "[role.{}]\n# By its name; in {} of {n} records, {looks}.\nfrom = [{}]\n",
        rule.role,
        first.n_records,
        quoted.join(", ")
    );
    if let Some(Shape::Time(spelling)) = first.shape().filter(|_| rule.need == Need::Time) {
        writeln!(text, "format = [\"{}\"]", spelling.format()).unwrap_or_default();
        if spelling == Spelling::Naive {
            text.push_str(
                "# The values name no zone and nothing in them says which it is: `--zone SOURCE=ZONE` at the load, or\n\
                 # write the zone here if the vendor documents it.\nzone = \"ask\"\n",
            );
        }
    }
    for line in rule.lines {
        writeln!(text, "{line}").unwrap_or_default();
    }
    let unknown = unknown_words(rule.need, first);
    if !unknown.is_empty() {
        let words: Vec<String> =
            unknown.iter().map(|word| format!("{} = \"?\"", toml_text(word))).collect();
        let into = if rule.need == Need::Outcome {
            "success, denied, error, held or unknown"
        } else {
            "allow, deny or conditional"
        };
        writeln!(text, "# Say what these mean ({into}):\n# map = {{ {} }}", words.join(", "))
            .unwrap_or_default();
    }
    text.push('\n');
    text
}

/// Short words of an outcome or decision that no list of spellings has.
fn unknown_words(need: Need, field: &Field) -> Vec<String> {
    let is_known = |word: &&String| match need {
        Need::Outcome => words::outcome(word).is_some(),
        Need::Decision => words::decision(word).is_some(),
        _ => true,
    };
    field.words().filter(|word| !is_known(word)).cloned().collect()
}

fn fits(need: Need, field: &Field, n_records: u64) -> bool {
    let Some(shape) = field.shape() else { return false };
    match need {
        Need::Text => shape.is_text() || shape == Shape::Number,
        Need::Time => matches!(shape, Shape::Time(_)),
        Need::Number => matches!(shape, Shape::Number | Shape::Time(_)),
        Need::Address => shape == Shape::Address,
        Need::Content => true,
        Need::Distinct => {
            shape.is_scalar() && n_records == field.n_records && field.is_all_different()
        }
        Need::Hex32 => matches!(shape, Shape::Hex32 | Shape::Uuid),
        Need::Hex16 => shape == Shape::Hex16,
        Need::AccessKey => shape == Shape::AccessKey,
        Need::Outcome => {
            shape.is_scalar() && field.words().any(|word| words::outcome(word).is_some())
        }
        Need::Decision => {
            shape.is_scalar() && field.words().any(|word| words::decision(word).is_some())
        }
    }
}

/// The id of the mapping: the stem of the sample's name in plain letters.
fn id_of(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let plain: String = stem
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let id = plain.trim_matches('-');
    let is_taken = super::embedded().iter().flatten().any(|mapping| mapping.id() == id);
    match id {
        "" => "draft".to_owned(),
        id if is_taken => format!("{id}-draft"),
        id => id.to_owned(),
    }
}

/// Writes a text as a string of TOML.
fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter
                if letter.is_control()
                    || !sanitize(letter.encode_utf8(&mut [0; 4])).contains(letter) =>
            {
                write!(quoted, "\\U{:08X}", u32::from(letter)).unwrap_or_default();
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

/// Makes a text harmless inside a comment.
fn comment(text: &str) -> String {
    let letters: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    sanitize(&letters).into_owned()
}
