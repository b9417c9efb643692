//! A criteria pack as a catalog: one control for each criterion, in the pack's own words.

use serde_json::{Value as Json, json};

use super::{Object, Props, document, line};
use crate::criteria::{Criterion, Pack, Verdicts};
use crate::report::told::Told;

/// Returns the catalog of a pack.
pub(super) fn of(told: &Told<'_>, pack: &Pack) -> Json {
    let mut props = Props::default();
    props.add("pack-id", &pack.id);
    props.add("pack-version", &pack.version);
    props.add("pack-sha256", &pack.sha256);
    props.add("as-of", &pack.as_of.to_string());
    props.each("legal-basis", pack.basis.iter().map(String::as_str));
    props.maybe("text-licence", pack.text_license.as_deref());
    let mut group = Object::default();
    group.put("id", pack.id.as_str());
    group.put("title", line(&pack.title));
    group.list("controls", pack.criteria.iter().map(|one| control(pack, one)).collect());
    let mut body = Object::default();
    body.put("groups", vec![group.into_json()]);
    document(told, "catalog", &format!("Criteria pack: {}", pack.title), props, body)
}

fn control(pack: &Pack, criterion: &Criterion) -> Json {
    let mut props = Props::default();
    for applies in &criterion.applies {
        props.add("applies-from", &format!("{} {}", applies.from, applies.when));
    }
    props.each("owes", criterion.owes.iter().map(String::as_str));
    props.each("alias", criterion.aliases.iter().map(String::as_str));
    props.each("rule-id", criterion.rules.iter().map(String::as_str));
    props.add("evidence-strength", criterion.strength.as_str());
    // The label is OSCAL's own property.
    let mut all = vec![json!({"name": "label", "value": line(&criterion.label)})];
    all.extend(props.0);
    let part = |ending: &str, name: &str, prose: &str| json!({"id": format!("{}_{ending}", criterion.id), "name": name, "prose": line(prose)});
    let mut parts = vec![part("smt", "statement", &format!("Our words: {}", criterion.asks))];
    if let Some(supports) = &criterion.supports {
        let lead = match pack.verdicts {
            Verdicts::Evidence => "Supported by",
            Verdicts::Behavior => "Seen in",
        };
        parts.push(part("obj", "assessment-objective", &format!("{lead}: {supports}")));
    }
    let limits = format!("No record can show: {}", criterion.cannot_show);
    parts.push(part("gdn", "guidance", &limits));
    json!({
        "id": criterion.id,
        "class": pack.id,
        "title": line(&criterion.title),
        "props": all,
        "parts": parts,
    })
}
