//! The steps in their order, one file each: a function from what is known to a step, or none when the step has no
//! meaning for this event. A new step is a file and a line of the registry.
#![expect(
    clippy::unnecessary_wraps,
    reason = "steps have one signature, also those that always have a word to say"
)]

mod afterwards;
mod agent;
mod approval;
mod boundary;
mod call;
mod credential;
mod effect;
mod guardrail;
mod identity;
mod outcome;
mod policy;
#[cfg(test)]
mod tests;
mod tool;

use super::{Evidence, Step};

/// Makes a step; it sees those before it.
type Make = fn(&Evidence, &[Step]) -> Option<Step>;

/// Every step, in the order of the trace.
pub(super) const REGISTRY: &[Make] = &[
    identity::step,
    agent::step,
    tool::step,
    policy::step,
    boundary::step,
    guardrail::step,
    approval::step,
    call::step,
    credential::step,
    effect::step,
    outcome::step,
    afterwards::before,
    afterwards::step,
];

pub(super) use identity::who_line;

/// Returns a list of products for a sentence.
fn names(products: &[String]) -> String {
    products.join(", ")
}

/// Returns a span in words: `32 s`, `4 min`, `3 h 5 min`.
fn spell(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Returns a key so that both ends stay: `ASIA..7QPL`.
fn short_key(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() <= 12 {
        return key.to_owned();
    }
    let (head, tail) = (letters.iter().take(4), letters.iter().skip(letters.len() - 4));
    format!("{}..{}", head.collect::<String>(), tail.collect::<String>())
}
