//! The one place that starts threads. A panic in one of them is caught at its edge and handed to the caller.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};

use crate::redact::strip;

/// A panic that was caught at a thread's edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// Name of the thread.
    pub thread: String,
    /// What the panic said.
    pub text: String,
}

/// Starts a thread called `name`; if `run` panics, `crashed` is told and the thread ends.
pub fn spawn(
    name: &str,
    crashed: impl FnOnce(Crash) + Send + 'static,
    run: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let thread = name.to_owned();
    Builder::new().name(name.to_owned()).spawn(move || {
        if let Err(crash) = guarded(&thread, run) {
            crashed(crash);
        }
    })
}

/// Runs `run` and returns its answer, or the panic it ended in.
pub(super) fn guarded<T>(thread: &str, run: impl FnOnce() -> T) -> Result<T, Crash> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = words_of(payload.as_ref());
        tracing::error!(thread, text, "a worker panicked");
        Crash { thread: thread.to_owned(), text }
    })
}

fn words_of(payload: &(dyn Any + Send)) -> String {
    // A panic may quote the text it stumbled over.
    payload
        .downcast_ref::<&str>()
        .map(|text| strip(text))
        .or_else(|| payload.downcast_ref::<String>().map(|text| strip(text)))
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_in_a_thread_is_reported_with_its_name() {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let handle =
            spawn("odd", move |crash| sender.send(crash).unwrap(), || panic!("seven")).unwrap();
        handle.join().unwrap();
        let crash = receiver.recv().unwrap();
        assert_eq!(crash, Crash { thread: "odd".into(), text: "seven".into() });
    }
}
