//! Accounts that appear in resource names only: what happened inside them is recorded by their own trails, which are not
//! here. One spot for each account that was changed or whose role was assumed, one for all that were only read.

use std::collections::BTreeMap;

use super::coverage::Ground;
use super::{Kind, Spot, counted};
use crate::model::gaps::{Certainty, SpotGrade};
use crate::store::{Fault, Writer};

pub(super) const KIND: Kind = Kind { word: "account", find };

fn find(ground: &Ground, writer: &mut Writer) -> Result<Vec<Spot>, Fault> {
    if !ground.has("cloudtrail") {
        return Ok(Vec::new());
    }
    let mut accounts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    writer.each(
        "WITH target AS (SELECT resource, count(*) AS events,
                                count(*) FILTER (NOT coalesce(read_only, true) AND outcome = 'success') AS changes
                         FROM event WHERE plane = 'cloudtrail' AND resource LIKE 'arn:aws%:%:%:%' GROUP BY resource),
              named AS (SELECT regexp_extract(resource, '^arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}):', 1) AS account, *
                        FROM target)
         SELECT account, sum(events)::BIGINT, sum(changes)::BIGINT FROM named
         WHERE account <> '' AND account NOT IN (SELECT DISTINCT account FROM event WHERE account IS NOT NULL)
         GROUP BY account ORDER BY account",
        |row| {
            accounts.insert(row.text(0), (row.count(1), row.count(2)));
            Ok(())
        },
    )?;
    let mut spots = Vec::new();
    for (account, (events, changes)) in accounts.iter().filter(|(_, (_, changes))| *changes > 0) {
        let mut spot = Spot::new(account.clone(), SpotGrade::Medium, Certainty::Certain);
        spot.title = format!("account {account} appears only as a target");
        spot.detail = format!(
            "{} on its resources, {} among them; no trail of it is loaded",
            counted(*events, "call"),
            counted(*changes, "change")
        );
        spot.forbids = format!("what happened in {account}");
        spot.account = Some(account.clone());
        spot.plane = Some("cloudtrail".to_owned());
        spot.events = *events;
        spot.filter = format!("source=cloudtrail what::{account}:");
        spots.push(spot);
    }
    let read: Vec<&String> = accounts
        .iter()
        .filter(|(_, (_, changes))| *changes == 0)
        .map(|(account, _)| account)
        .collect();
    if !read.is_empty() {
        let mut spot = Spot::new("read", SpotGrade::Info, Certainty::Certain);
        let named: Vec<&str> = read.iter().take(3).map(|account| account.as_str()).collect();
        spot.title =
            format!("{} named as a target only", counted(read.len() as u64, "further account"));
        spot.detail = format!("{}: calls that read, failed or do not say", named.join(", "));
        "what happened there".clone_into(&mut spot.forbids);
        spot.plane = Some("cloudtrail".to_owned());
        spots.push(spot);
    }
    Ok(spots)
}
