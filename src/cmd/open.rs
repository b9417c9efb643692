//! `whytrail PATH`: the screens, with evidence loading behind them.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use serde_json::json;

use super::Context;
use super::case::{self, Case};
use super::desk::CaseDesk;
use super::ingest::no_key;
use super::loading::{Load, book_sources, inputs, load};
use super::memory::MemoryFile;
use crate::custody::{ActKind, CaseFolder};
use crate::failure::{Ended, Failure, Kind};
use crate::ingest::{Input, Progress};
use crate::job;
use crate::store::Cancel;
use crate::tui::question::Tools;
use crate::tui::{self, LoadState, Memory, Settings};

/// How often the screens hear how far loading is.
const PULSE: Duration = Duration::from_millis(100);

pub(super) fn run(context: &Context, paths: &[PathBuf], is_fresh: bool) -> Ended {
    if !io::stdout().is_terminal() {
        return Err(Failure::usage("the screens need a terminal").hint(
            "whytrail ingest PATH reads evidence without one; whytrail timeline prints events",
        ));
    }
    if let [path] = paths
        && context.shared.filters.case.is_none()
        && CaseFolder::is_case(path)
    {
        // A case named where evidence stands is what is meant to be opened.
        let mut shared = context.shared.clone();
        shared.filters.case = Some(path.clone());
        return show(&Context { shared, config: context.config.clone() }, Vec::new(), is_fresh);
    }
    show(context, inputs(paths), is_fresh)
}

/// Opens the screens, and reads what is given behind them.
fn show(context: &Context, inputs: Vec<Input>, is_fresh: bool) -> Ended {
    let mut case = if inputs.is_empty() {
        case::open_existing(context)?
    } else {
        case::open_for(context, &inputs)?
    };
    let context =
        Arc::new(Context { shared: context.shared.clone(), config: context.config.clone() });
    let mut settings =
        context.config.screens(&context.shared, case.folder.name(), case.folder.root())?;
    let memory = take_up(&context, &case, is_fresh, &mut settings);
    let readers = (case.reader()?, case.reader()?);
    let tools = tools(&case)?;
    let is_read_only = case.read_only_reason().is_some();
    if !is_read_only {
        case.record(ActKind::CaseOpen, "case", json!({ "case": case.folder.name() }))?;
    }
    let case = Arc::new(Mutex::new(case));
    let stop = Cancel::default();
    let (load_sender, load_receiver) = unbounded();
    let loading = if inputs.is_empty() || is_read_only {
        None
    } else {
        Some(start_loading(&context, &case, inputs, load_sender, &stop)?)
    };
    let (signal_sender, signal_receiver) = bounded(1);
    let (told, over) = (Cancel::default(), Cancel::default());
    crate::signals::tell_stop(signal_sender, told.clone(), over.clone());
    let desk = CaseDesk {
        case: Arc::clone(&case),
        context: Arc::clone(&context),
        memory: Arc::clone(&memory),
        facts: tools.assessor.as_ref().map(|one| one.facts.clone()).unwrap_or_default(),
    };
    let ended = tui::run(tui::Session {
        readers,
        tools,
        desk: Box::new(desk),
        load: load_receiver,
        stop: signal_receiver,
        settings,
        parting: Box::new(move |last| part(&memory, &last)),
    });
    over.set();
    stop.set();
    if let Some(done) = loading {
        // The loading threads end at the next safe place; what they committed is kept.
        if done.recv_timeout(Duration::from_secs(20)).is_err() {
            tracing::warn!("loading did not end in time");
        }
    }
    if !is_read_only {
        let mut case = case.lock().unwrap_or_else(PoisonError::into_inner);
        case.record(ActKind::CaseClose, "case", json!({}))?;
        super::checkpoint::write_at_end(&context, &mut case, "close");
    }
    if told.is_set() {
        return Err(Failure::new(
            Kind::Stopped,
            "stopped; marks are on disk, and every file that was read to its end is kept",
        ));
    }
    ended
        .map(|_| ())
        .map_err(|error| Failure::new(Kind::Failed, format!("the terminal failed: {error}")))
}

/// Returns what answers need beside the store.
fn tools(case: &Case) -> Result<Tools, Failure> {
    let redactor = case.redactor.clone().unwrap_or_else(|| crate::redact::Redactor::new([0; 32]));
    Ok(Tools {
        redactor,
        assessor: Some(super::assess::assessor(case, &[])?),
        evidence_chain: super::ask::evidence_chain(case)?,
    })
}

/// Puts what is remembered of the case into the settings; returns where it is kept.
fn take_up(
    context: &Context,
    case: &Case,
    is_fresh: bool,
    settings: &mut Settings,
) -> Arc<MemoryFile> {
    let folder = context.config.places.memories();
    let memory = MemoryFile::of(&folder, case.folder.root(), case.folder.name())
        .hiding(case.redactor.clone());
    let found = memory.load();
    settings.memory = found.memory;
    settings.notice = found.notice;
    if is_fresh {
        settings.memory.start_fresh();
    }
    Arc::new(memory)
}

/// Keeps where the screens ended. Failing to is no reason to end otherwise.
fn part(memory: &MemoryFile, last: &Memory) {
    if let Err(why) = memory.finish(last) {
        tracing::warn!(%why, "nothing is remembered");
    }
}

/// Loads behind the screens. The channel returned says when the threads have ended.
fn start_loading(
    context: &Arc<Context>,
    case: &Arc<Mutex<Case>>,
    inputs: Vec<Input>,
    states: Sender<LoadState>,
    stop: &Cancel,
) -> Result<Receiver<()>, Failure> {
    let (store, redactor, root) = {
        let case = case.lock().unwrap_or_else(PoisonError::into_inner);
        let redactor = case.redactor.clone().ok_or_else(no_key)?;
        (Arc::clone(&case.store), redactor, case.folder.root().to_owned())
    };
    let formats = super::formats::for_load(context, &store)?;
    let progress = Arc::new(Progress::default());
    let (done_sender, done_receiver) = bounded(2);
    let crash = |crash: job::Crash| tracing::error!(thread = %crash.thread, text = %crash.text, "loading failed");
    let pulse = (Arc::clone(&progress), states.clone(), done_receiver.clone());
    job::spawn("pulse", crash, move || beat(&pulse.0, &pulse.1))?;
    let (context, case, stop) = (Arc::clone(context), Arc::clone(case), stop.clone());
    job::spawn("loading", crash, move || {
        let work = Load {
            store: &store,
            redactor: &redactor,
            formats: &formats,
            context: &context,
            progress: &progress,
            stop: &stop,
        };
        let result = load(&work, &inputs);
        progress.finish();
        let booked = book_sources(&mut case.lock().unwrap_or_else(PoisonError::into_inner));
        let judged = super::declared::refresh(&store, &root);
        let trouble =
            result.map(|_| ()).and(booked).and(judged).err().map(|failure| failure.message);
        let mut last = state_of(&progress);
        last.finished = true;
        if let Some(trouble) = trouble {
            tracing::error!(%trouble, "loading ended early");
            last.warnings += 1;
            last.trouble = Some(trouble);
        }
        states.send(last).unwrap_or_default();
        done_sender.send(()).unwrap_or_default();
    })?;
    Ok(done_receiver)
}

/// Tells the screens how far loading is, until it is over or nobody listens.
fn beat(progress: &Progress, states: &Sender<LoadState>) {
    loop {
        let state = state_of(progress);
        if state.finished || states.send(state).is_err() {
            return;
        }
        std::thread::sleep(PULSE);
    }
}

fn state_of(progress: &Progress) -> LoadState {
    let snapshot = progress.snapshot();
    LoadState {
        percent: snapshot.percent(),
        rows: snapshot.kept,
        sources: snapshot.files_done,
        current: snapshot.current,
        finished: snapshot.finished,
        warnings: snapshot.troubles,
        generation: snapshot.generation,
        trouble: None,
    }
}
