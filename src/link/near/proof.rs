//! What a near link rests on, in words: what agreed, how far apart, among how many, and what is not known.

use super::effects::Effect;
use super::operation::{Actions, Fit};
use super::pairs::Pair;
use super::resource::{self, Named};
use super::steps::Step;

/// Returns the values of both sides: the tool and the name it used, the action and the resource.
pub(super) fn values(step: &Step, effect: &Effect, actions: &Actions) -> (String, String) {
    let name = spoken(step, effect).unwrap_or_default();
    let thing = effect.resources.first().map_or("", |id| id);
    let join = |first: &str, second: &str| {
        if second.is_empty() { first.to_owned() } else { format!("{first} {second}") }
    };
    (join(&step.tool, &name), join(actions.name(effect.action), thing))
}

/// The most telling of the event's names that the call uses; bucket and key that it names apart are one.
fn spoken(step: &Step, effect: &Effect) -> Option<String> {
    let uses = |name: &str| step.asked.names.contains(name);
    let object =
        effect.resources.iter().filter_map(|id| resource::bucket_path(id)).find(|path| {
            path.split_once('/').is_some_and(|(bucket, key)| uses(bucket) && uses(key))
        });
    if let Some(path) = object {
        return Some(path.to_owned());
    }
    let names = effect.resources.iter().flat_map(|id| resource::names(id));
    names
        .filter(|(name, _)| uses(name))
        .max_by_key(|(name, named)| (*named, name.len()))
        .map(|(name, _)| name)
}

/// Returns the proof as one line.
pub(super) fn text(pair: &Pair, step: &Step, effect: &Effect, actions: &Actions) -> String {
    let mut parts = Vec::new();
    parts.push(match (pair.named, spoken(step, effect)) {
        (Named::Full, Some(name)) => format!("same resource {name}"),
        (Named::Name, Some(name)) => format!("same name {name}"),
        (Named::Part, Some(name)) => format!("object of bucket {name}"),
        _ => "no resource named on both sides".to_owned(),
    });
    let action = actions.name(effect.action);
    parts.push(match pair.fit {
        Fit::Exact => format!("the call is {action}"),
        Fit::Alike => format!("`{}` is like {action}", step.tool),
    });
    parts.push(if pair.distance == 0 {
        "while the call ran".to_owned()
    } else {
        format!("{}.{:01} s apart", pair.distance / 1_000_000, pair.distance / 100_000 % 10)
    });
    for (holds, words) in [
        (pair.same_session, "same session"),
        (pair.same_person, "same person"),
        (pair.same_address, "same address"),
    ] {
        if holds {
            parts.push(words.to_owned());
        }
    }
    parts.push(if pair.candidates == 1 {
        "the only candidate".to_owned()
    } else {
        format!("best of {} candidates", pair.candidates)
    });
    let mut unknown = Vec::new();
    if step.clock_samples == 0 {
        unknown.push("clock offset");
    }
    if !pair.same_person {
        unknown.push("person on both sides");
    }
    if step.account.is_none() {
        unknown.push("account of the call");
    }
    if !unknown.is_empty() {
        parts.push(format!("not known: {}", unknown.join(", ")));
    }
    parts.join("; ")
}
