//! Declared facts as rules see them: tables that a question may name, thresholds in the unit of the rules, and digests
//! that tell when a rule has to run again. Must not read the facts' file.

use super::compile::FactTable;
use super::facts::{Facts, Pattern, Window};
use crate::model::Micros;
use crate::source::hex;
use crate::store::Value;
use sha2::{Digest, Sha256};

/// In the engine's patterns a bracket begins a set of letters; in ours it is itself.
fn glob(pattern: &Pattern) -> Value {
    Value::from(pattern.as_str().replace('[', "[[]"))
}

fn maybe_glob(pattern: Option<&Pattern>) -> Value {
    pattern.map_or(Value::Null, glob)
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

fn time(time: Option<Micros>) -> Value {
    time.map_or(Value::Null, Value::Time)
}

fn ends(window: Window) -> [Value; 2] {
    [time(window.from), time(window.to)]
}

/// Returns the tables that rules may name, all of them, empty where nothing was declared.
pub(super) fn tables(facts: &Facts) -> Vec<FactTable> {
    let mut tables = of_scope(facts);
    tables.extend(of_calls(facts));
    tables.extend(of_people(facts));
    tables.extend(of_data(facts));
    tables
}

fn of_scope(facts: &Facts) -> Vec<FactTable> {
    let scope = &facts.scope;
    let agents = scope.agents.iter().map(|one| {
        let [from, to] = ends(one.valid);
        vec![glob(&one.agent), text(one.owner.as_deref()), Value::Bool(one.autonomous), from, to]
    });
    let servers = scope.servers.iter().flat_map(|one| {
        let any = one.tools.is_empty().then(|| vec![glob(&one.server), Value::Null, Value::Null]);
        let tools = one
            .tools
            .iter()
            .map(|tool| vec![glob(&one.server), glob(&tool.tool), text(tool.digest.as_deref())]);
        any.into_iter().chain(tools).collect::<Vec<_>>()
    });
    let models =
        scope.models.iter().map(|one| vec![glob(&one.model), text(one.version.as_deref())]);
    let places = &scope.destinations;
    let destinations =
        [("account", &places.accounts), ("domain", &places.domains), ("region", &places.regions)]
            .into_iter()
            .flat_map(|(kind, list)| {
                list.iter().map(move |one| vec![Value::from(kind), glob(one)])
            });
    vec![
        FactTable {
            name: "fact_agent",
            columns: "pattern VARCHAR, owner VARCHAR, autonomous BOOLEAN, valid_from TIMESTAMP, valid_to TIMESTAMP",
            rows: agents.collect(),
        },
        FactTable {
            name: "fact_server",
            columns: "server VARCHAR, tool VARCHAR, digest VARCHAR",
            rows: servers.collect(),
        },
        FactTable {
            name: "fact_model",
            columns: "model VARCHAR, version VARCHAR",
            rows: models.collect(),
        },
        FactTable {
            name: "fact_channel",
            columns: "pattern VARCHAR",
            rows: scope.channels.iter().map(|one| vec![glob(one)]).collect(),
        },
        FactTable {
            name: "fact_destination",
            columns: "kind VARCHAR, value VARCHAR",
            rows: destinations.collect(),
        },
    ]
}

/// What calls may change, who has to approve them, and what stops an agent.
fn of_calls(facts: &Facts) -> Vec<FactTable> {
    let scope = &facts.scope;
    let consequential = scope.consequential.iter().map(|one| {
        vec![glob(&one.action), maybe_glob(one.resource.as_ref()), Value::Bool(one.about_person)]
    });
    let stops =
        scope.stop.iter().map(|one| vec![glob(&one.action), maybe_glob(one.agent.as_ref())]);
    let needs = scope.allow.iter().filter_map(|entry| {
        let level = entry.limits.needs_approval?;
        Some(vec![
            maybe_glob(entry.action.as_ref()),
            maybe_glob(entry.tool.as_ref()),
            Value::from(level.as_str()),
        ])
    });
    vec![
        FactTable {
            name: "fact_consequential",
            columns: "action VARCHAR, resource VARCHAR, on_person BOOLEAN",
            rows: consequential.collect(),
        },
        FactTable {
            name: "fact_approval_needed",
            columns: "action VARCHAR, tool VARCHAR, level VARCHAR",
            rows: needs.collect(),
        },
        FactTable {
            name: "fact_stop",
            columns: "action VARCHAR, agent VARCHAR",
            rows: stops.collect(),
        },
    ]
}

fn of_people(facts: &Facts) -> Vec<FactTable> {
    let people = &facts.people;
    let list = |duty: &'static str, list: &[Pattern]| -> Vec<Vec<Value>> {
        list.iter().map(|one| vec![Value::from(duty), glob(one)]).collect()
    };
    let mut rows = list("admin", &people.admins);
    rows.extend(list("on_call", &people.on_call));
    rows.extend(list("log_reader", &people.log_readers));
    rows.extend(
        people.approvers.iter().map(|one| vec![Value::from("approver"), glob(&one.person)]),
    );
    if let Some(officer) = &people.compliance_officer {
        rows.push(vec![Value::from("compliance_officer"), Value::from(officer.as_str())]);
    }
    let windows = people.change_windows.iter().map(|one| ends(one.window).to_vec());
    let high_risk = facts.high_risk.iter().flat_map(|one| {
        one.points.iter().map(|point| vec![glob(&one.agent), Value::from(point.as_str())])
    });
    vec![
        FactTable { name: "fact_person", columns: "duty VARCHAR, id VARCHAR", rows },
        FactTable {
            name: "fact_change_window",
            columns: "from_ts TIMESTAMP, to_ts TIMESTAMP",
            rows: windows.collect(),
        },
        FactTable {
            name: "fact_highrisk",
            columns: "agent VARCHAR, point VARCHAR",
            rows: high_risk.collect(),
        },
    ]
}

fn of_data(facts: &Facts) -> Vec<FactTable> {
    let days = |days: Option<u64>| {
        days.and_then(|days| i64::try_from(days).ok()).map_or(Value::Null, Value::Int)
    };
    let classes = facts.data.classes.iter().flat_map(|one| {
        let row = |region: Value| {
            vec![
                glob(&one.resource),
                Value::from(one.class.as_str()),
                days(one.retention_days),
                region,
            ]
        };
        let any = one.regions.is_empty().then(|| row(Value::Null));
        any.into_iter()
            .chain(one.regions.iter().map(|region| row(glob(region))))
            .collect::<Vec<_>>()
    });
    let expected = facts.sources.iter().flat_map(|one| {
        let row = |account: Value| {
            let [from, to] = ends(one.window);
            vec![Value::from(one.plane.as_str()), text(one.product.as_deref()), account, from, to]
        };
        let any = one.accounts.is_empty().then(|| row(Value::Null));
        any.into_iter().chain(one.accounts.iter().map(|one| row(glob(one)))).collect::<Vec<_>>()
    });
    let incident = &facts.incident;
    let moments = [
        ("detected", incident.detected_at),
        ("aware", incident.aware_at),
        ("contained", incident.contained_at),
        ("notified", incident.notified_at),
    ];
    let mut rows: Vec<Vec<Value>> = moments
        .into_iter()
        .filter(|(_, at)| at.is_some())
        .map(|(name, at)| vec![Value::from(name), time(at), Value::Null])
        .collect();
    let words = [
        ("class", incident.class.map(|class| class.as_str().to_owned())),
        ("personal_data", incident.personal_data.map(|yes| yes.to_string())),
    ];
    rows.extend(
        words.into_iter().filter_map(|(name, word)| {
            Some(vec![Value::from(name), Value::Null, Value::from(word?)])
        }),
    );
    vec![
        FactTable {
            name: "fact_class",
            columns: "resource VARCHAR, class VARCHAR, retention_days BIGINT, region VARCHAR",
            rows: classes.collect(),
        },
        FactTable {
            name: "fact_trusted",
            columns: "pattern VARCHAR",
            rows: facts.data.trusted.iter().map(|one| vec![glob(one)]).collect(),
        },
        FactTable {
            name: "fact_expected",
            columns: "plane VARCHAR, product VARCHAR, account VARCHAR, from_ts TIMESTAMP, to_ts TIMESTAMP",
            rows: expected.collect(),
        },
        FactTable {
            name: "fact_incident",
            columns: "name VARCHAR, moment TIMESTAMP, word VARCHAR",
            rows,
        },
    ]
}

/// Returns a declared threshold: seconds for spans, else the number as declared. `None` leaves the rule its default.
pub(super) fn threshold(facts: &Facts, name: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
    let seconds = |one: super::facts::Threshold<i64>| {
        one.is_declared.then_some(one.value as f64 / 1_000_000.0)
    };
    let whole = |one: super::facts::Threshold<u64>| one.is_declared.then_some(as_float(one.value));
    let limits = &facts.thresholds;
    match name {
        "clock_skew" => seconds(limits.clock_skew),
        "gap_length" => seconds(limits.gap_length),
        "approval_validity" => seconds(limits.approval_validity),
        "fast_approval" => seconds(limits.fast_approval),
        "oversight_window" => seconds(limits.oversight_window),
        "retry_window" => seconds(limits.retry_window),
        "key_age" => seconds(limits.key_age),
        "rate" => whole(limits.rate),
        "repeats" => whole(limits.repeats),
        "depth" => whole(limits.depth),
        "errors" => whole(limits.errors),
        "volume" => {
            limits.volume.is_declared.then_some(limits.volume.value).flatten().map(as_float)
        }
        "records" => {
            limits.records.is_declared.then_some(limits.records.value).flatten().map(as_float)
        }
        "cost" => limits.cost.is_declared.then_some(limits.cost.value),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
const fn as_float(number: u64) -> f64 {
    number as f64
}

/// Returns a digest of what is declared under a key; equal digests have equal facts.
pub(super) fn stamp(facts: &Facts, key: &str) -> String {
    let scope = &facts.scope;
    let told = match key.split(['.', '|']).next().unwrap_or_default() {
        "scope" => format!("{scope:?}"),
        "highrisk" => format!("{:?}", facts.high_risk),
        "people" => format!("{:?}", facts.people),
        "data" => format!("{:?}", facts.data),
        "sources" => format!("{:?}", facts.sources),
        "incident" => format!("{:?}", facts.incident),
        "system" => format!("{:?}", facts.system),
        _ => facts.sha256.clone(),
    };
    hex(&Sha256::digest(told))
}
