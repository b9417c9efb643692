//! What the made-up company consists of: chance, deeds, identities, names and times.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// 2026-05-04T08:00:00Z in microseconds.
pub(super) const START: i64 = 1_777_881_600_000_000;
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
pub(super) const STORE: &str = "arn:aws:identitystore::111122223333:identitystore/d-1234567890";

/// splitmix64: the same numbers everywhere.
#[derive(Debug, Default)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
        let (fourth, last) = (low >> 48 & 0xfff, low & 0xffff_ffff_ffff);
        format!("{first:08x}-{second:04x}-4{third:03x}-8{fourth:03x}-{last:012x}")
    }

    pub(super) fn key(&mut self, prefix: &str) -> String {
        format!("{prefix}SIM{:013}", self.below(10_000_000_000_000))
    }
}

/// What is asked for and done.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    pub(super) parameters: Value,
    pub(super) command: String,
    pub(super) arguments: Value,
    pub(super) tool: String,
    pub(super) is_read: bool,
}

/// Who does it in the cloud.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) identity: Value,
    pub(super) account: &'static str,
    pub(super) user_agent: String,
    pub(super) address: &'static str,
}

pub(super) fn time(at: i64, with_fraction: bool) -> String {
    let (days, rest) =
        ((at - START).div_euclid(86_400 * SECOND), (at - START).rem_euclid(86_400 * SECOND));
    let (seconds, micros) = (rest / SECOND + 8 * 3600, rest % SECOND);
    let (day, seconds) = (4 + days + seconds / 86_400, seconds % 86_400);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if with_fraction { format!(".{:03}", micros / 1000) } else { String::new() };
    format!("2026-05-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

pub(super) fn mail(person: u64) -> String {
    format!("person{person}@corp.example")
}

pub(super) fn directory_user(person: u64) -> String {
    format!("{STORE}#{}", directory_id(person))
}

pub(super) fn directory_id(person: u64) -> String {
    format!("9067{person:04}-aaaa-4bbb-8ccc-{person:012}")
}

pub(super) fn subject(person: u64) -> String {
    format!("00u{person:014}")
}

/// Names under which a person may rightly be given.
pub(super) fn person_names(person: u64) -> BTreeSet<String> {
    BTreeSet::from([mail(person), directory_user(person), subject(person)])
}

pub(super) fn role_identity(role: &str, name: &str, key: &str, account: &str) -> Value {
    let arn = if role.starts_with("AWSReservedSSO_") {
        format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role}")
    } else {
        format!("arn:aws:iam::{account}:role/{role}")
    };
    json!({ "type": "AssumedRole", "principalId": format!("AROASIM{}:{name}", role.to_uppercase()), "accountId": account,
        "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"), "accessKeyId": key,
        "sessionContext": { "sessionIssuer": { "type": "Role", "principalId": format!("AROASIM{}", role.to_uppercase()), "arn": arn,
            "accountId": account, "userName": role }, "attributes": { "creationDate": "2026-05-04T07:59:00Z", "mfaAuthenticated": "false" } } })
}

#[expect(clippy::too_many_arguments, reason = "the spellings of one operation")]
pub(super) fn named(
    service: &'static str,
    operation: &'static str,
    option: &str,
    parameter: &str,
    argument: &str,
    name: &str,
    is_read: bool,
) -> Deed {
    let words: String = operation
        .chars()
        .enumerate()
        .flat_map(|(at, letter)| {
            let dash = (letter.is_ascii_uppercase() && at > 0).then_some('-');
            dash.into_iter().chain([letter.to_ascii_lowercase()])
        })
        .collect();
    let option = if option == "role" || option == "table" {
        format!("{option}-name")
    } else {
        option.to_owned()
    };
    Deed {
        service,
        operation,
        parameters: json!({ parameter: name }),
        command: format!("aws {service} {words} --{option} {name}"),
        arguments: json!({ argument: name }),
        tool: format!("{service}_{}", words.replace('-', "_")),
        is_read,
    }
}
