//! Whether the declared boundary allowed the call. Follows from what people declared, so no record says it; absent where
//! nothing is declared.

use crate::explain::{Evidence, Mark, Step, StepKind};

pub(super) fn step(of: &Evidence, _before: &[Step]) -> Option<Step> {
    let note = of.boundary.as_ref()?;
    let mark = match note.result.as_str() {
        "inside" => Mark::Ok,
        "outside" => Mark::Alarm,
        "undeclared" => Mark::Absent,
        _ => Mark::Unknown,
    };
    Some(Step::inferred(StepKind::Boundary, mark, note.sentence()))
}
