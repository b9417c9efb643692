//! From the text of a document to rules, and to the spots that keep one from being a rule. Guards the parser against texts
//! made to exhaust it.

use rsigma_parser::{
    Detection, DetectionItem, Detections, FilterRule, Level as Word, LogSource, Modifier,
    SigmaRule, SigmaValue, Status, parse_sigma_yaml,
};

use super::super::attack::Attack;
use super::super::fault::{Spot, Weight};
use super::super::rules::{Head, Level};
use super::{Asks, Detector, Filter, Looks, Parsed, joined};

/// Parentheses inside each other, and words `not` in a row, that a condition may have. The parser works itself through
/// them by calling itself.
const MAX_NESTED: usize = 500;

/// What a document holds.
#[derive(Debug, Default)]
pub(in super::super) struct Read {
    pub(in super::super) parsed: Vec<Parsed>,
    pub(in super::super) spots: Vec<Spot>,
}

/// Reads the rules of one document, or of several that refer to each other.
pub(in super::super) fn read(text: &str) -> Read {
    let mut read = Read::default();
    if let Some(line) = nested_too_deep(text) {
        let reason = format!("more than {MAX_NESTED} parentheses or `not` inside each other");
        read.spots.push(Spot { line, ..Spot::at_field(text, "detection.condition", reason) });
        return read;
    }
    // The parser knows one of the two spellings in use.
    let text = &text.replace("type: temporal_order\n", "type: temporal_ordered\n");
    let found = match parse_sigma_yaml(text) {
        Ok(found) => found,
        Err(error) => {
            read.spots.push(Spot::told(text, &error.to_string(), Weight::Dropped));
            return read;
        }
    };
    let weight = if found.is_empty() { Weight::Dropped } else { Weight::Remark };
    read.spots.extend(found.errors.iter().map(|reason| Spot::told(text, reason, weight)));
    for rule in found.rules {
        read.take(rule_head(&rule), detection(text, rule));
    }
    for rule in found.correlations {
        read.take(joined::head(&rule), joined::correlation(text, rule));
    }
    for rule in found.filters {
        let head = filter_head(&rule);
        read.take(head, Ok(Asks::Narrower(Box::new(Filter::new(rule)))));
    }
    if read.parsed.is_empty() && read.spots.is_empty() {
        read.spots.push(Spot::told(text, "no rule", Weight::Dropped));
    }
    read
}

impl Read {
    fn take(&mut self, head: Head, asks: Result<Asks, Spot>) {
        match asks {
            Ok(asks) => self.parsed.push(Parsed { head, asks }),
            Err(spot) => self.spots.push(spot),
        }
    }
}

/// Returns the line where parentheses or `not` stand inside each other too often, anywhere in the text: a condition may run
/// over many lines.
fn nested_too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut n_nots, mut line) = (0_usize, 0_usize, 0_usize);
    let mut word = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '\n' => line += 1,
            _ => {}
        }
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else if !word.is_empty() {
            n_nots = if word.eq_ignore_ascii_case("not") { n_nots + 1 } else { 0 };
            word.clear();
        }
        if depth > MAX_NESTED || n_nots > MAX_NESTED {
            return Some(line);
        }
    }
    None
}

/// Compiles a rule if CloudTrail can answer it.
fn detection(text: &str, rule: SigmaRule) -> Result<Asks, Spot> {
    if let Some((item, reason)) = unsupported(&rule.detection) {
        return Err(Spot::at_key(text, &item, reason));
    }
    // Also a rule for another log has to be sound.
    let is_cloudtrail = is_cloudtrail(&rule.logsource);
    let detection = rule.detection.clone();
    let detector = Detector::new(rule).map_err(|reason| blame(text, &detection, &reason))?;
    Ok(if is_cloudtrail { Asks::Records(Box::new(detector)) } else { Asks::Elsewhere })
}

/// Returns true when CloudTrail answers to a log source.
fn is_cloudtrail(source: &LogSource) -> bool {
    let is = |has: &Option<String>, wanted: &str| {
        has.as_ref().map(|has| has.eq_ignore_ascii_case(wanted))
    };
    source.category.is_none()
        && matches!(
            (is(&source.product, "aws"), is(&source.service, "cloudtrail")),
            (Some(true), Some(true) | None) | (None, Some(true))
        )
}

/// Returns the first item that asks for what is not done here, with the reason.
fn unsupported(detections: &Detections) -> Option<(String, String)> {
    let mut found = None;
    for_each(detections, &mut |part| match part {
        Part::Item(item) if item.field.has_modifier(Modifier::Expand) => {
            let reason = "`expand` needs lists of values that are not part of a rule";
            found.get_or_insert((spelled(item), reason.to_owned()));
        }
        Part::Block(field) => {
            let reason = "blocks over the elements of an array are not supported";
            found.get_or_insert((field.to_owned(), reason.to_owned()));
        }
        Part::Item(_) | Part::Keyword => {}
    });
    found
}

/// Finds the item that does not compile, by trying each alone.
fn blame(text: &str, detections: &Detections, reason: &str) -> Spot {
    let mut guilty = None;
    for_each(detections, &mut |part| {
        let Part::Item(item) = part else { return };
        let alone = Detection::AllOf(vec![item.clone()]);
        if let Err(error) = rsigma_eval::compiler::compile_detection(&alone) {
            guilty.get_or_insert((spelled(item), error.to_string()));
        }
    });
    match guilty {
        Some((key, reason)) => Spot::at_key(text, &key, reason),
        None => Spot::told(text, reason, Weight::Dropped),
    }
}

/// Returns an item's key as a rule spells it.
fn spelled(item: &DetectionItem) -> String {
    let mut key = item.field.name.clone().unwrap_or_default();
    for modifier in &item.field.modifiers {
        let word = serde_json::to_value(modifier).ok();
        key.push('|');
        key.push_str(word.as_ref().and_then(|word| word.as_str()).unwrap_or_default());
    }
    key
}

/// A part of a detection.
enum Part<'a> {
    Item(&'a DetectionItem),
    Keyword,
    /// A block over the elements of the array of this name.
    Block(&'a str),
}

fn for_each<'a>(detections: &'a Detections, take: &mut dyn FnMut(Part<'a>)) {
    // A rule keeps its detections in no order; faults are told in that of their names.
    let mut named: Vec<_> = detections.named.iter().collect();
    named.sort_by_key(|(name, _)| *name);
    for (_, detection) in named {
        parts(detection, take);
    }
}

fn parts<'a>(detection: &'a Detection, take: &mut dyn FnMut(Part<'a>)) {
    match detection {
        Detection::AllOf(items) => items.iter().for_each(|item| take(Part::Item(item))),
        Detection::AnyOf(inner) | Detection::And(inner) => {
            for part in inner {
                parts(part, take);
            }
        }
        Detection::Keywords(_) => take(Part::Keyword),
        Detection::ArrayMatch { field, .. } => take(Part::Block(field)),
        Detection::Conditional { .. } => take(Part::Block("condition")),
    }
}

/// Returns what a rule looks at.
pub(super) fn looks(detections: &Detections) -> Looks {
    let mut looks = Looks::default();
    for_each(detections, &mut |part| match part {
        Part::Item(item) => match &item.field.name {
            None => looks.at_all = true,
            Some(name) => {
                looks.paths.insert(name.clone());
                if item.field.has_modifier(Modifier::FieldRef) {
                    looks.paths.extend(item.values.iter().map(SigmaValue::to_string));
                    looks.referred.extend(item.values.iter().map(SigmaValue::to_string));
                }
            }
        },
        Part::Keyword | Part::Block(_) => looks.at_all = true,
    });
    looks
}

fn rule_head(rule: &SigmaRule) -> Head {
    let rule = rule.clone();
    Head {
        id: rule.id.unwrap_or_default(),
        name: rule.name,
        title: rule.title,
        description: rule.description,
        author: rule.author,
        license: rule.license,
        status: rule.status.map(word),
        level: rule.level.map(level),
        date: rule.date,
        modified: rule.modified,
        references: rule.references,
        false_positives: rule.falsepositives,
        attack: Attack::of_tags(&rule.tags),
        log_source: log_source(&rule.logsource),
    }
}

fn filter_head(rule: &FilterRule) -> Head {
    let rule = rule.clone();
    Head {
        id: rule.id.unwrap_or_default(),
        name: rule.name,
        title: rule.title,
        description: rule.description,
        author: rule.author,
        license: rule.license,
        status: rule.status.map(word),
        level: rule.level.map(level),
        date: rule.date,
        modified: rule.modified,
        references: rule.references,
        false_positives: rule.falsepositives,
        attack: Attack::of_tags(&rule.tags),
        log_source: rule.logsource.as_ref().map(log_source).unwrap_or_default(),
    }
}

/// Returns a status in the spelling of rules.
pub(super) fn word(status: Status) -> String {
    format!("{status:?}").to_lowercase()
}

pub(super) const fn level(word: Word) -> Level {
    match word {
        Word::Informational => Level::Informational,
        Word::Low => Level::Low,
        Word::Medium => Level::Medium,
        Word::High => Level::High,
        Word::Critical => Level::Critical,
    }
}

/// Returns a log source as rules spell it: `product: aws, service: cloudtrail`.
fn log_source(source: &LogSource) -> String {
    let parts = [
        ("category", &source.category),
        ("product", &source.product),
        ("service", &source.service),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?)))
        .collect();
    told.join(", ")
}
