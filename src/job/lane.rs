//! A lane: one worker thread that runs tasks in order, with a stop that reaches the engine.
//!
//! Stopping sets the task's flag first and then interrupts, only while that very task is running, and repeats until
//! it has answered: an interrupt that comes before the engine has begun would be forgotten.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::thread::{Crash, guarded, spawn};

/// Time between two interrupts of a task that has not answered yet.
const REPEAT: Duration = Duration::from_millis(5);

/// Number of a question; a newer one is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Tells a task that nobody waits for its answer any more.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Returns true once the task should stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

#[derive(Debug)]
struct Task<Q> {
    ticket: Ticket,
    question: Q,
    cancel: Cancel,
}

#[derive(Debug)]
struct State<Q> {
    queue: VecDeque<Task<Q>>,
    running: Option<(Ticket, Cancel)>,
    is_closed: bool,
}

#[derive(Debug)]
struct Shared<Q> {
    state: Mutex<State<Q>>,
    changed: Condvar,
}

impl<Q> Shared<Q> {
    /// A poisoned lock still holds a consistent state: no code panics while it changes it.
    fn lock(&self) -> MutexGuard<'_, State<Q>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs tasks of one kind in order on a thread of its own. Dropping it stops what runs and ends the threads.
#[derive(Debug)]
pub struct Lane<Q> {
    shared: Arc<Shared<Q>>,
}

impl<Q: Send + 'static> Lane<Q> {
    /// Starts the lane. `work` answers a question (and sends the answer wherever it belongs), `interrupt` makes the
    /// engine give up what it is doing, `crashed` hears of a panic in `work` and of the ticket it was answering.
    pub fn start(
        name: &str,
        mut work: impl FnMut(Ticket, Q, &Cancel) + Send + 'static,
        interrupt: impl Fn() + Send + 'static,
        crashed: impl Fn(Option<Ticket>, Crash) + Clone + Send + 'static,
    ) -> std::io::Result<Self> {
        let state = State { queue: VecDeque::new(), running: None, is_closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let lane = Self { shared: Arc::clone(&shared) };
        let (thread, tell) = (name.to_owned(), crashed.clone());
        let edge = crashed.clone();
        spawn(
            name,
            move |crash| edge(None, crash),
            move || {
                while let Some(task) = next_task(&shared) {
                    let ticket = task.ticket;
                    let Task { question, cancel, .. } = task;
                    if let Err(crash) = guarded(&thread, || work(ticket, question, &cancel)) {
                        tell(Some(ticket), crash);
                    }
                    shared.lock().running = None;
                    shared.changed.notify_all();
                }
            },
        )?;
        let shared = Arc::clone(&lane.shared);
        spawn(
            &format!("{name}-stop"),
            move |crash| crashed(None, crash),
            move || {
                stop_cancelled_tasks(&shared, &interrupt);
            },
        )?;
        Ok(lane)
    }

    /// Puts a question at the end of the queue.
    pub fn submit(&self, ticket: Ticket, question: Q) {
        self.shared.lock().queue.push_back(Task { ticket, question, cancel: Cancel::default() });
        self.shared.changed.notify_all();
    }

    /// Drops the question if it waits, stops it if it runs; otherwise does nothing. Never blocks on the engine.
    pub fn cancel(&self, ticket: Ticket) {
        let mut state = self.shared.lock();
        state.queue.retain(|task| task.ticket != ticket);
        if let Some((running, cancel)) = &state.running
            && *running == ticket
        {
            cancel.set();
            self.shared.changed.notify_all();
        }
    }

    /// Drops what waits and stops what runs.
    pub fn cancel_all(&self) {
        let mut state = self.shared.lock();
        state.queue.clear();
        if let Some((_, cancel)) = &state.running {
            cancel.set();
        }
        self.shared.changed.notify_all();
    }
}

impl<Q> Drop for Lane<Q> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.queue.clear();
        if let Some((_, cancel)) = &state.running {
            cancel.set();
        }
        self.shared.changed.notify_all();
    }
}

/// Waits for a task and marks it as the running one; `None` once the lane is closed.
fn next_task<Q>(shared: &Shared<Q>) -> Option<Task<Q>> {
    let mut state = shared.lock();
    loop {
        if state.is_closed {
            return None;
        }
        if let Some(task) = state.queue.pop_front() {
            state.running = Some((task.ticket, task.cancel.clone()));
            return Some(task);
        }
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Interrupts cancelled tasks until they answer. The lock is held while interrupting, so that the interrupt cannot
/// hit the task after.
fn stop_cancelled_tasks<Q>(shared: &Shared<Q>, interrupt: &impl Fn()) {
    let mut state = shared.lock();
    loop {
        let is_pending = state.running.as_ref().is_some_and(|(_, cancel)| cancel.is_set());
        if is_pending {
            interrupt();
            state = shared
                .changed
                .wait_timeout(state, REPEAT)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        } else if state.is_closed {
            return;
        } else {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, unbounded};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[derive(Debug, PartialEq, Eq)]
    enum Heard {
        Began(u64),
        Answer(u64, bool),
        Crash(Option<Ticket>),
    }

    /// A lane whose task 0 runs until it is interrupted, task 13 panics, and others answer at once.
    fn lane() -> (Lane<u64>, Receiver<Heard>) {
        let (sender, receiver) = unbounded();
        let (stop, stopped) = unbounded::<()>();
        let crash = sender.clone();
        let lane = Lane::start(
            "test",
            move |_, question, cancel| {
                sender.send(Heard::Began(question)).unwrap();
                assert_ne!(question, 13, "unlucky");
                if question == 0 {
                    stopped.recv_timeout(LONG).unwrap();
                }
                sender.send(Heard::Answer(question, cancel.is_set())).unwrap();
            },
            move || stop.send(()).unwrap_or_default(),
            move |ticket, _| crash.send(Heard::Crash(ticket)).unwrap(),
        );
        (lane.unwrap(), receiver)
    }

    #[test]
    fn cancelled_task_is_interrupted_and_the_next_one_runs() {
        let (lane, heard) = lane();
        lane.submit(Ticket(1), 0);
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Began(0)));
        lane.submit(Ticket(2), 7);
        lane.cancel(Ticket(1));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Answer(0, true)));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Began(7)));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Answer(7, false)));
    }

    #[test]
    fn waiting_task_that_is_cancelled_never_starts() {
        let (lane, heard) = lane();
        lane.submit(Ticket(1), 0);
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Began(0)));
        lane.submit(Ticket(2), 7);
        lane.submit(Ticket(3), 8);
        lane.cancel(Ticket(2));
        lane.cancel(Ticket(1));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Answer(0, true)));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Began(8)));
    }

    #[test]
    fn panic_is_reported_with_its_ticket_and_the_lane_lives_on() {
        let (lane, heard) = lane();
        lane.submit(Ticket(4), 13);
        lane.submit(Ticket(5), 9);
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Began(13)));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Crash(Some(Ticket(4)))));
        assert_eq!(heard.recv_timeout(LONG), Ok(Heard::Began(9)));
    }
}
