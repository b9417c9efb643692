//! Stop signals: Ctrl-C, TERM and HUP ask the work to end at the next safe place. A second Ctrl-C ends the program.

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::store::Cancel;

/// Sets `stop` when the program is asked to end. A second request ends it at once.
pub(crate) fn on_stop(stop: Cancel) {
    listen(&[SIGINT, SIGTERM, SIGHUP], move |signal| {
        if stop.is_set() {
            signal_hook::low_level::emulate_default_handler(signal).unwrap_or_default();
        }
        stop.set();
    });
}

/// Sets `told` and sends a message when the program is asked to end. Ctrl-C is a key of the screens, so an INT that
/// comes as a signal was sent by someone else. Once the screens are `over` nobody listens, and the program ends at once.
pub(crate) fn tell_stop(sender: Sender<()>, told: Cancel, over: Cancel) {
    listen(&[SIGINT, SIGTERM, SIGHUP], move |signal| {
        if over.is_set() {
            signal_hook::low_level::emulate_default_handler(signal).unwrap_or_default();
        }
        told.set();
        // One message is enough: when it still waits, the screens are ending.
        sender.try_send(()).unwrap_or_default();
    });
}

fn listen(signals: &[i32], mut heard: impl FnMut(i32) + Send + 'static) {
    let Ok(mut signals) = Signals::new(signals) else { return };
    let crashed =
        |crash: crate::job::Crash| tracing::error!(thread = %crash.thread, "signal thread failed");
    let started =
        crate::job::spawn("signals", crashed, move || signals.forever().for_each(&mut heard));
    if started.is_err() {
        tracing::warn!("no thread for signals");
    }
}
