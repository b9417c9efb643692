//! Keys of the made-up case: one that was issued in it, one of a person, a virtual key that spends, and a job.

use super::START;
use crate::model::spend::{KeyList, KeyRow, Spend, SpendBy, SpendRow};
use crate::model::{EventId, Grade, Micros};
use crate::query::filter::Filter;

fn key(key: &str, kind: &str, calls: u64) -> KeyRow {
    KeyRow {
        key: key.to_owned(),
        kind: kind.to_owned(),
        calls,
        services: 1,
        regions: 1,
        accounts: 1,
        addresses: 1,
        user_agents: 1,
        first: Some(Micros(START)),
        last: Some(Micros(START + 3_600_000_000)),
        ..KeyRow::default()
    }
}

fn spend(recorded: f64) -> Spend {
    Spend {
        calls: 9_120,
        tokens_in: 8_400_000,
        tokens_out: 210_000,
        recorded,
        recorded_calls: 9_120,
        ..Spend::default()
    }
}

/// Returns the list; under a filter only the key of the person is left.
pub(super) fn keys(filter: &Filter) -> KeyList {
    let person = KeyRow {
        owner: Some("alice@corp.example".to_owned()),
        owner_grade: Grade::Exact,
        people: 1,
        services: 6,
        ..key("ASIAEXAMPLEKEY007QPL", "sts", 131)
    };
    if !filter.is_empty() {
        return KeyList { rows: vec![person], ..KeyList::default() };
    }
    let issued = KeyRow {
        owner: Some("arn:aws:iam::111122223333:user/backup".to_owned()),
        issued_by: Some(EventId(3)),
        issued_action: Some("iam:CreateAccessKey".to_owned()),
        issued_at: Some(Micros(START)),
        issued_from: Some("ASIAEXAMPLEKEY007QPL".to_owned()),
        issuer: Some("ci-deploy".to_owned()),
        services: 41,
        ..key("AKIAEXAMPLEKEY00Q7RX", "iam", 410)
    };
    let team = KeyRow {
        spend: spend(212.4),
        spike: Some(38),
        ..key("sk-team-data-0000009f", "virtual", 9_120)
    };
    let job = KeyRow {
        owner: Some("role/build".to_owned()),
        job_keys: 311,
        job_peak: 300,
        ..key("codebuild > role/build", "job", 622)
    };
    let all = SpendRow { id: None, name: "? not named".to_owned(), spend: spend(212.4) };
    KeyList {
        rows: vec![issued, team, person, job],
        spends: SpendBy::ALL.iter().map(|_| vec![all.clone()]).collect(),
        blind: vec!["bedrock (3 calls)".to_owned()],
    }
}

/// Returns two keys of the job.
pub(super) fn members(job: &str) -> Vec<KeyRow> {
    let member = |name: &str| KeyRow { job: Some(job.to_owned()), ..key(name, "sts", 2) };
    vec![member("ASIAEXAMPLEKEY000001"), member("ASIAEXAMPLEKEY000002")]
}
