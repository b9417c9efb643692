//! Runs the tests that stand in a mapping file. Must not change the mapping.

use crate::format::contract::{Adapted, Adapter as _, Place, Record};

use super::Mapping;
use super::engine::Engine;
use super::roles;
use super::schema::TestCase;

/// Returns what is wrong, if a test's record does not give what it expects. An empty text expects an empty column.
pub(super) fn run(mapping: &Mapping, test: &TestCase) -> Result<(), String> {
    let value: serde_json::Value = serde_json::from_str(&test.record)
        .map_err(|error| format!("the test's record is not JSON: {error}"))?;
    if !mapping.knows(&value) {
        return Err("`[detect]` does not know the test's record".to_owned());
    }
    let place = Place { index: 0, part: 0, offset: 0, length: 0, line: 1 };
    let mut out = Adapted::default();
    Engine::new(mapping.clone(), test.zone.clone())
        .adapt(&Record { text: &test.record, place }, &mut out);
    if let Some(wanted) = test.events
        && wanted != out.events.len()
    {
        return Err(format!(
            "the test expects {wanted} events, the record gives {}",
            out.events.len()
        ));
    }
    let Some((_, event)) = out.events.get(test.event) else {
        return Err(format!(
            "the test looks at event {}, the record gives {}",
            test.event,
            out.events.len()
        ));
    };
    for (role, wanted) in &test.expect {
        let found = roles::read(event, *role).unwrap_or_default();
        let wanted = wanted.to_text();
        if found != wanted {
            return Err(format!(
                "the test expects `{}` = `{wanted}`, the record gives `{found}`",
                role.name()
            ));
        }
    }
    Ok(())
}
