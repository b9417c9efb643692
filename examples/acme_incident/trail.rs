//! Collects CloudTrail records and cuts them into delivered files in S3 key layout. Records arrive a little out of
//! order inside a file, and some arrive twice because a second trail writes into the same bucket.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::{Call, HOME, Ids};
use crate::identity::{ACCOUNT, Identity};
use crate::moment::{Moment, at};
use crate::random::Random;

/// Minutes from the end of a window to its delivery.
const DELIVERY: i64 = 5;
/// One record in so many is also delivered by the second trail.
const SECOND_TRAIL: usize = 43;

/// The records of the story, in the order they were told.
#[derive(Debug)]
pub(crate) struct Trail {
    random: Random,
    records: Vec<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    at: Moment,
    region: &'static str,
    text: String,
}

/// One delivered file: its key and its records as JSON text.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) key: String,
    pub(crate) records: Vec<String>,
}

/// What was delivered, and how many of the records are second copies.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) files: Vec<Delivered>,
    pub(crate) n_duplicates: usize,
}

impl Trail {
    /// Starts an empty trail.
    pub(crate) fn new() -> Self {
        Self { random: Random::named("trail"), records: Vec::new() }
    }

    /// Returns the moment from which the trail also records data events.
    pub(crate) const fn data_events_since() -> Moment {
        at(1, 0, 0, 0)
    }

    /// Keeps the record of a call and returns its request id, the exact key to other sources.
    pub(crate) fn log(&mut self, who: &Identity, at: Moment, call: &Call) -> String {
        let ids = Ids { event: self.random.uuid(), request: self.request_id(&call.service) };
        let request = ids.request.clone();
        self.log_as(who, at, call, &ids);
        request
    }

    /// Keeps the record of a call under given ids.
    pub(crate) fn log_as(&mut self, who: &Identity, at: Moment, call: &Call, ids: &Ids) {
        if call.is_data && at < Self::data_events_since() {
            return;
        }
        let text = call.record(who, at, ids).to_string();
        self.records.push(Kept { at, region: call.region, text });
    }

    fn request_id(&mut self, service: &str) -> String {
        match service {
            "s3" => self.random.upper(16),
            "dynamodb" => self.random.upper(52),
            _ => self.random.uuid(),
        }
    }

    /// Cuts the trail into files, sorted by key.
    pub(crate) fn deliver(mut self) -> Delivery {
        self.records.sort_by_key(|kept| kept.at);
        let mut windows: BTreeMap<(&'static str, Moment, u8), Vec<String>> = BTreeMap::new();
        let mut n_duplicates = 0;
        for (index, kept) in self.records.iter().enumerate() {
            let minutes = if kept.region == HOME { 30 } else { 180 };
            let window = (kept.region, kept.at.window_end(minutes), 1);
            windows.entry(window).or_default().push(kept.text.clone());
            if index % SECOND_TRAIL == SECOND_TRAIL - 1 {
                let window = (HOME, kept.at.window_end(240), 2);
                windows.entry(window).or_default().push(kept.text.clone());
                n_duplicates += 1;
            }
        }
        let mut files = Vec::with_capacity(windows.len());
        for ((region, end, _), mut records) in windows {
            self.shuffle_neighbors(&mut records);
            let key = self.key(region, end.plus(DELIVERY * 60));
            files.push(Delivered { key, records });
        }
        Delivery { files, n_duplicates }
    }

    fn shuffle_neighbors(&mut self, records: &mut [String]) {
        for index in 1..records.len() {
            if self.random.chance(20) {
                records.swap(index - 1, index);
            }
        }
    }

    fn key(&mut self, region: &str, delivered: Moment) -> String {
        let (folder, stamp) = (delivered.folder(), delivered.stamp());
        let suffix = self.random.mixed(16);
        format!(
            "AWSLogs/{ACCOUNT}/CloudTrail/{region}/{folder}/{ACCOUNT}_CloudTrail_{region}_{stamp}_{suffix}.json.gz"
        )
    }
}

impl Delivered {
    /// Returns the content of the file before compression.
    pub(crate) fn content(&self) -> String {
        format!("{{\"Records\":[{}]}}", self.records.join(","))
    }
}

/// Returns the answer of `AssumeRole*`: the key of the new session, in clear, beside a token that is plainly fake.
pub(crate) fn issued(who: &Identity, until: Moment, random: &mut Random) -> Value {
    json!({
        "credentials": {
            "accessKeyId": who.user["accessKeyId"],
            "sessionToken": format!("FAKE-SESSION-TOKEN-{}", random.mixed(24)),
            "expiration": until.sts(),
        },
        "assumedRoleUser": {
            "assumedRoleId": who.user["principalId"],
            "arn": who.user["arn"],
        },
    })
}
