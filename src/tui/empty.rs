//! Sentences for a list without rows. Nothing loaded, nothing there, filtered out, still loading and failed are
//! different things and never share a sentence.

use super::env::Env;
use super::widgets::words::count;
use crate::query::gaps::bars::barring;

/// What is known about a list that shows nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Emptiness<'a> {
    /// The question has been answered at least once.
    pub(crate) is_answered: bool,
    pub(crate) failure: Option<&'a str>,
    /// What the list holds: `rows`, `sessions`.
    pub(crate) things: &'static str,
}

/// Returns the sentence for an empty list.
pub(crate) fn sentence(empty: Emptiness<'_>, env: &Env) -> String {
    if let Some(failure) = empty.failure {
        return match failure {
            "stopped" => format!("Stopped before the {} were found. R asks again.", empty.things),
            other => {
                format!("This question failed: {other}. What is loaded is kept; R asks again.")
            }
        };
    }
    if !empty.is_answered {
        return format!("Asking for {} ..", empty.things);
    }
    let n_events = env.n_events();
    let filter = env.filter();
    let is_filtering = filter.enabled && !filter.terms.is_empty();
    match &env.load {
        Some(load) if !load.finished => {
            let share =
                load.percent.map_or_else(String::new, |percent| format!(" {percent}% read;"));
            if matches!(empty.things, "subjects" | "sessions" | "keys" | "model calls") {
                return format!(
                    "No {} yet: they are joined when everything is read.{share}",
                    empty.things
                );
            }
            let source = if load.current.is_empty() { "more" } else { &load.current };
            return if is_filtering || n_events > 0 {
                format!("No {} match yet.{share} {source} still to come.", empty.things)
            } else {
                format!("No {} yet.{share} {source} still to come.", empty.things)
            };
        }
        _ => {}
    }
    if n_events > 0 && is_filtering {
        let spots = env.overview.as_ref().map_or(&[][..], |overview| &overview.blind_spots);
        if let Some(spot) = barring(spots, &filter) {
            return format!(
                "0 {}, and this case cannot tell: {} ({}). Filters: {}  (F shows all)",
                empty.things,
                spot.title,
                spot.name(),
                filter.text()
            );
        }
        return format!(
            "0 of {} rows. Filters hide all of them: {}  (F shows them)",
            count(n_events),
            filter.text()
        );
    }
    match &env.overview {
        Some(overview) if overview.files_read + overview.files_damaged > 0 => {
            let files = count(overview.files_read + overview.files_damaged);
            format!("0 {}. {files} files were read, and none of them holds any.", empty.things)
        }
        Some(overview)
            if overview.files_unreadable + overview.files_not_evidence + overview.files_proof
                > 0 =>
        {
            "0 rows. No file given could be read as evidence; 1 lists them with their reasons."
                .to_owned()
        }
        _ => "No evidence loaded. Give a file or folder: whytrail PATH".to_owned(),
    }
}
