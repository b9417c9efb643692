//! The decision trace of an event of the made-up case.

use crate::explain::{Mark, Says, Step, StepKind, Trace};
use crate::model::Grade;
use crate::model::rows::EventRow;
use crate::query::six::Six;

/// Returns a trace in which the gateway refused and somebody did the same later.
pub(super) fn trace(row: &EventRow) -> Trace {
    let said = |kind, mark, sentence: &str, product: &str, grade| Step {
        kind,
        mark,
        sentence: sentence.to_owned(),
        says: Says::Record { product: product.to_owned(), event: row.id },
        grade,
    };
    let steps = vec![
        said(
            StepKind::Identity,
            Mark::Ok,
            "alice@corp.example, by token subject",
            "gateway",
            Grade::Exact,
        ),
        said(
            StepKind::Policy,
            Mark::No,
            "refused: policy #17 deny attach on role/ci-*",
            "opa",
            Grade::Exact,
        ),
        Step {
            kind: StepKind::Approval,
            mark: Mark::Unknown,
            sentence: "cannot tell: no source that records approvals is loaded".to_owned(),
            says: Says::Nobody,
            grade: Grade::None,
        },
        Step {
            kind: StepKind::Effect,
            mark: Mark::Unknown,
            sentence: "never reached: the call stopped at step 2".to_owned(),
            says: Says::Inferred,
            grade: Grade::None,
        },
        said(
            StepKind::Afterwards,
            Mark::Alarm,
            "same change made by another route 32 s later",
            "cloudtrail",
            Grade::Near,
        ),
    ];
    Trace {
        event: row.id,
        time: row.time,
        what: format!("{} on {}", row.action, row.target),
        outcome: row.outcome,
        who: row.who.clone(),
        steps,
        six: Six::parse("ir-tAo"),
        six_joined: Six::parse("Ir-TAO"),
        n_records: 3,
        weakest: Grade::Near,
        is_cut: false,
    }
}
