//! What could not be seen in the made-up case.

use super::START;
use crate::model::gaps::{BlindSpot, Certainty, Cover, CoverageRow, Gaps, NotRead, SpotGrade};
use crate::model::{EventId, Micros, Plane};
use crate::query::six::Completeness;

fn spot(number: u32, grade: SpotGrade, title: &str, detail: &str, forbids: &str) -> BlindSpot {
    BlindSpot {
        number,
        key: format!("key-{number}"),
        kind: "silence".to_owned(),
        grade,
        certainty: Certainty::Certain,
        plane: None,
        product: None,
        account: None,
        source: None,
        from: None,
        to: None,
        title: title.to_owned(),
        detail: detail.to_owned(),
        forbids: forbids.to_owned(),
        events: 0,
        filter: String::new(),
        examples: Vec::new(),
    }
}

fn row(name: &str, plane: Plane, events: u64, fit: &str, cells: Vec<Cover>) -> CoverageRow {
    let seen = (events > 0).then_some(Micros(START));
    let (plane, fit) = (Some(plane), fit.to_owned());
    CoverageRow { name: name.to_owned(), plane, events, first: seen, last: seen, fit, cells }
}

/// Returns two sources, one that is silent for a while, and three blind spots.
pub(super) fn gaps(n_cells: usize) -> Gaps {
    let mut broken = vec![Cover::Records; n_cells];
    broken.iter_mut().skip(n_cells / 2).take(3).for_each(|cell| *cell = Cover::Nothing);
    let silent = BlindSpot {
        events: 2,
        filter: "action=iam:AttachRolePolicy".to_owned(),
        examples: vec![EventId(6)],
        ..spot(
            1,
            SpotGrade::High,
            "edge-1 silent 09:32-09:58",
            "410 AWS calls of the same role meanwhile",
            "it stopped after 09:32",
        )
    };
    Gaps {
        is_made: true,
        span: Some((Micros(START), Micros(START + 3_600_000_000))),
        cell: 3_600_000_000 / i64::try_from(n_cells.max(1)).unwrap(),
        rows: vec![
            row("cloudtrail mgmt", Plane::CloudTrail, 301, "ok", vec![Cover::Records; n_cells]),
            row("gateway edge-1", Plane::Gateway, 21, "GAP", broken),
            row("transcripts", Plane::Model, 0, "NONE", Vec::new()),
        ],
        spots: vec![
            silent,
            spot(
                2,
                SpotGrade::Medium,
                "S3 data events are not recorded",
                "no object read or written is in any record",
                "the file was not read",
            ),
            spot(
                3,
                SpotGrade::Info,
                "delivery lag, last 15 min may still fill",
                "p95 of arrival after the event: 6m 40s",
                "nothing new since 09:45",
            ),
        ],
        not_read: NotRead { rejected: 1, rejecting_files: 1, ..NotRead::default() },
    }
}

/// Returns how much of the elements two products record.
pub(super) fn completeness() -> Vec<Completeness> {
    let product = |plane: &str, product: &str, events, counts| Completeness {
        plane: plane.to_owned(),
        product: product.to_owned(),
        events,
        counts: [counts; 6],
    };
    vec![
        product("cloudtrail", "aws-cloudtrail", 301, [300, 1, 0, 0]),
        product("gateway", "edge-1", 21, [0, 10, 4, 7]),
    ]
}
