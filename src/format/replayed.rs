//! Test support: reads content through a format as ingest does and shows what came of every record as plain JSON.
//! Must not be used outside tests.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::model::Event;
use crate::source::{FrameKind, Framer};

use super::contract::{Adapted, Format, Place, Record};

/// What came of some content.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// Events in order of delivery, as objects of their columns that are not empty.
    pub(crate) events: Vec<Value>,
    pub(crate) payloads: Vec<String>,
    pub(crate) rejects: Vec<String>,
    pub(crate) skipped: usize,
    pub(crate) warnings: BTreeSet<String>,
    pub(crate) n_records: usize,
    /// Every record gave events, or one reject, or a skip, and all held records were given out.
    pub(crate) is_accounted: bool,
}

/// Reads content through a format.
pub(crate) fn replay(format: &dyn Format, content: &str) -> Replayed {
    replay_as(format, content, shown)
}

/// Reads content through a format and shows each event in a way of the caller's.
pub(crate) fn replay_as(
    format: &dyn Format,
    content: &str,
    show: fn(&Event<'_>) -> Value,
) -> Replayed {
    let mut adapter = format.adapter();
    let mut replayed = Replayed::default();
    let mut account = Account::default();
    let mut index = 0_u32;
    Framer::new(format.framing()).feed(content.as_bytes(), true, &mut |frame| {
        let text = std::str::from_utf8(frame.bytes).unwrap();
        let mut out = Adapted::default();
        match frame.kind {
            FrameKind::Record => {
                let place = Place {
                    index,
                    part: 0,
                    offset: frame.offset,
                    length: u32::try_from(text.len()).unwrap(),
                    line: frame.line,
                };
                index += 1;
                adapter.adapt(&Record { text, place }, &mut out);
                let is_handled = !out.events.is_empty()
                    || !out.rejects.is_empty()
                    || !out.skipped.is_empty()
                    || out.held > 0;
                assert!(is_handled, "a record came to nothing");
            }
            FrameKind::Envelope => adapter.envelope(frame.bytes, &mut out),
            FrameKind::Broken(_) => {}
        }
        replayed.take(out, &mut account, show);
    });
    let mut out = Adapted::default();
    adapter.finish(&mut out);
    replayed.take(out, &mut account, show);
    replayed.n_records = index as usize;
    let n_handled = account.kept.union(&account.rejected).count() + replayed.skipped;
    replayed.is_accounted = n_handled == index as usize
        && account.kept.is_disjoint(&account.rejected)
        && account.held == account.released
        && account.places.len() == replayed.events.len();
    replayed
}

#[derive(Debug, Default)]
struct Account {
    kept: BTreeSet<u32>,
    rejected: BTreeSet<u32>,
    places: BTreeSet<Place>,
    held: u64,
    released: u64,
}

impl Replayed {
    fn take(&mut self, out: Adapted<'_>, account: &mut Account, show: fn(&Event<'_>) -> Value) {
        for (place, event) in &out.events {
            account.kept.insert(place.index);
            account.places.insert(*place);
            self.events.push(show(event));
            let payload: Value = serde_json::from_str(&event.payload).unwrap();
            assert!(payload.is_object(), "payloads are JSON objects");
            self.payloads.push(event.payload.to_string());
        }
        for (place, reason) in out.rejects {
            account.rejected.insert(place.index);
            self.rejects.push(reason);
        }
        self.skipped += out.skipped.len();
        self.warnings.extend(out.warnings);
        account.held += out.held;
        account.released += out.released;
    }
}

/// Shows the columns of an event that are not empty.
pub(crate) fn shown(event: &Event<'_>) -> Value {
    let mut columns = Map::new();
    let mut put = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            columns.insert(name.to_owned(), Value::String(text));
        }
    };
    put("time", event.time.map(|time| time.to_string()));
    put("time_end", event.time_end.map(|time| time.to_string()));
    put("plane", Some(event.plane.to_string()));
    put("product", Some(event.product.to_string()));
    put("kind", Some(event.kind.to_string()));
    let texts = [
        ("native_id", &event.native_id),
        ("human", &event.human),
        ("human_proof", &event.human_proof),
        ("agent", &event.agent),
        ("client", &event.client),
        ("session", &event.session),
        ("trace", &event.trace),
        ("span", &event.span),
        ("parent_span", &event.parent_span),
        ("request", &event.request),
        ("server", &event.server),
        ("tool", &event.tool),
        ("method", &event.method),
        ("action", &event.action),
        ("resource", &event.resource),
        ("resource_type", &event.resource_type),
        ("address", &event.address),
        ("user_agent", &event.user_agent),
        ("policy", &event.policy),
        ("reason", &event.reason),
        ("approval_state", &event.approval_state),
        ("approval_by", &event.approval_by),
        ("error_code", &event.error_code),
        ("masked", &event.masked),
    ];
    for (name, text) in texts {
        put(name, text.as_deref().map(str::to_owned));
    }
    put("agent_trust", event.agent_trust.map(|trust| trust.to_string()));
    put("session_basis", event.session_basis.map(|basis| basis.to_string()));
    put("action_class", event.action_class.map(|class| class.to_string()));
    put("decision", event.decision.map(|decision| decision.to_string()));
    put("approval_at", event.approval_at.map(|time| time.to_string()));
    put("outcome", Some(event.outcome.to_string()));
    put("bytes", event.bytes.map(|bytes| bytes.to_string()));
    let identifiers: Vec<Value> = event
        .identifiers
        .iter()
        .map(|id| json!(format!("{} {} ({})", id.kind, id.value, id.trust)))
        .collect();
    if !identifiers.is_empty() {
        columns.insert("identifiers".to_owned(), identifiers.into());
    }
    let resources: Vec<Value> = event.resources.iter().map(|resource| json!(resource.id)).collect();
    if !resources.is_empty() {
        columns.insert("resources".to_owned(), resources.into());
    }
    Value::Object(columns)
}

/// Shows an event as [`shown`] does, and the columns that few formats fill.
pub(crate) fn shown_in_full(event: &Event<'_>) -> Value {
    let mut columns = shown(event);
    let texts = [
        ("account", &event.account),
        ("region", &event.region),
        ("model", &event.model),
        ("credential", &event.credential),
        ("actor", &event.actor),
    ];
    let numbers = [("tokens_in", event.tokens_in), ("tokens_out", event.tokens_out)];
    let further =
        texts.into_iter().filter_map(|(name, text)| Some((name, json!(text.as_deref()?))));
    let further = further
        .chain(numbers.into_iter().filter_map(|(name, number)| Some((name, json!(number?)))))
        .chain(event.cost.map(|cost| ("cost", json!(cost))))
        .chain(event.actor_type.map(|kind| ("actor_type", json!(kind.as_str()))));
    for (name, value) in further {
        columns[name] = value;
    }
    columns
}

/// Compares what came of a fixture with its expected events, and shows both sides when they differ.
pub(crate) fn check(format: &dyn Format, content: &str, expected: &str) {
    check_as(format, content, expected, shown);
}

/// Compares as [`check`] does, with events shown in a way of the caller's.
pub(crate) fn check_as(
    format: &dyn Format,
    content: &str,
    expected: &str,
    show: fn(&Event<'_>) -> Value,
) {
    let replayed = replay_as(format, content, show);
    assert!(replayed.is_accounted, "{replayed:#?}");
    let found = json!({
        "events": replayed.events,
        "rejects": replayed.rejects,
        "skipped": replayed.skipped,
        "warnings": replayed.warnings,
    });
    let expected: Value = serde_json::from_str(expected).unwrap();
    assert_eq!(found, expected, "found:\n{found:#}");
}

/// Returns content cut off somewhere, between two letters.
pub(crate) fn cut(content: &str, at: usize) -> &str {
    let mut end = at % (content.len() + 1);
    while !content.is_char_boundary(end) {
        end -= 1;
    }
    content.split_at(end).0
}

/// Returns content with one letter replaced.
pub(crate) fn changed(content: &str, at: usize, letter: &str) -> String {
    let (before, after) = content.split_at(cut(content, at).len());
    let mut rest = after.chars();
    rest.next();
    format!("{before}{letter}{}", rest.as_str())
}
