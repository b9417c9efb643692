//! Where to look first, and whether the load can be trusted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::custody::AsideKind;
use crate::model::Grade;
use crate::model::gaps::{BlindSpot, SpotGrade};
use crate::model::rows::{Lead, Overview, Strip};
use crate::query::filter::{Filter, Term};
use crate::tui::command::Command;
use crate::tui::desk::{Act, Secret};
use crate::tui::effect::{Branch, Effect, Screen, Spec};
use crate::tui::empty::{self, Emptiness};
use crate::tui::env::Env;
use crate::tui::msg::{Done, LoadState};
use crate::tui::place::Crumb;
use crate::tui::question::{Answer, Question};
use crate::tui::slot::{LaneName, Slot};
use crate::tui::theme::Role;
use crate::tui::view::{Refresh, View};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::strip;
use crate::tui::widgets::words::{count, counted, span};

/// The screen.
#[derive(Debug, Default)]
pub(super) struct OverviewView {
    cursor: Cursor,
    /// Filter of the lead that the analyst put the cursor on; leads that arrive later do not push it away.
    on: Option<String>,
    /// List every lead, also those beyond the first and those dismissed.
    shows_all: bool,
    strip: Slot<Strip>,
}

/// Most leads shown before all are asked for.
const FIRST_LEADS: usize = 9;

impl OverviewView {
    /// Returns the leads that are listed: the first ones that stand, or all, those dismissed last.
    fn listed<'e>(&self, env: &'e Env) -> Vec<&'e Lead> {
        let leads = env.overview.as_ref().map_or(&[][..], |overview| overview.leads.as_slice());
        let is_aside = |lead: &&Lead| env.aside(AsideKind::Lead, &lead.id).is_some();
        let (aside, mut standing): (Vec<&Lead>, Vec<&Lead>) = leads.iter().partition(is_aside);
        if self.shows_all {
            standing.extend(aside);
        } else {
            standing.truncate(FIRST_LEADS);
        }
        standing
    }

    /// Puts the cursor back on its lead.
    fn follow(&mut self, env: &Env) {
        let leads = self.listed(env);
        let on = self.on.as_ref();
        if let Some(at) = on.and_then(|on| leads.iter().position(|lead| lead.filter == *on)) {
            self.cursor.at = at;
        }
        self.cursor.at = self.cursor.at.min(leads.len().saturating_sub(1));
    }

    fn lead<'e>(&self, env: &'e Env) -> Option<&'e Lead> {
        self.listed(env).get(self.cursor.at).copied()
    }

    /// Asks for the reason of dismissing a lead, or takes a dismissal back.
    fn dismiss(&self, env: &Env) -> Effect {
        let Some(lead) = self.lead(env) else {
            return Effect::Refuse("no lead is listed that could be dismissed".to_owned());
        };
        if env.is_read_only {
            return Effect::Refuse(
                "this case is open read-only here; dismissing needs the other window".to_owned(),
            );
        }
        let name = format!("{} {}: {}", lead.kind, lead.title, lead.why);
        let (key, name) = (lead.id.clone(), crate::text::sanitize(&name).into_owned());
        if env.aside(AsideKind::Lead, &key).is_some() {
            return Effect::Act(Act::SetAside { kind: AsideKind::Lead, key, name, reason: None });
        }
        Effect::Open(Spec::Dismiss { key, name })
    }

    fn open(&self, env: &Env) -> Effect {
        let Some(lead) = self.lead(env) else {
            return Effect::Refuse("no lead is listed yet; 2 shows every event".to_owned());
        };
        match Filter::parse(&lead.filter) {
            Ok(filter) => Effect::Narrow {
                crumb: Crumb {
                    label: format!("{} {}", lead.kind, lead.title),
                    terms: filter.terms,
                    grade: Grade::Exact,
                },
                branch: Branch::New,
                screen: Screen::Timeline,
                event: lead.event,
            },
            Err(error) => {
                Effect::Refuse(format!("this lead cannot be followed: {}", error.message))
            }
        }
    }
}

impl OverviewView {
    /// Replays the session that a lead is about, from the event it names.
    fn replay(&self, env: &Env) -> Effect {
        let lead = self.lead(env);
        let terms = lead.and_then(|lead| Filter::parse(&lead.filter).ok()).unwrap_or_default();
        let session = terms.terms.into_iter().find_map(|term| match term {
            Term::Field { field: "session", value, .. } => Some(value),
            _ => None,
        });
        match session {
            Some(session) => {
                let event = lead.and_then(|lead| lead.event);
                Effect::Open(Spec::Replay { session, event })
            }
            None => {
                Effect::Refuse("this lead is no session, so there is nothing to replay".to_owned())
            }
        }
    }
}

/// Returns the text that tells why a lead is listed.
fn told(lead: &Lead) -> Spec {
    let line = |text: String| Secret::new(crate::text::sanitize(&text).into_owned());
    Spec::Told {
        title: format!("WHY IT IS LISTED   {}", crate::text::sanitize(&lead.why)),
        lines: vec![
            line(format!("{} {}", lead.kind, lead.title)),
            line(lead.detail.clone()),
            line(lead.reason.clone()),
            line(format!("Score {}: {}", lead.score, lead.weight)),
        ],
    }
}

impl View for OverviewView {
    fn name(&self) -> &'static str {
        "Overview"
    }

    fn commands(&self) -> &'static [Command] {
        use Command as C;
        &[
            C::Open,
            C::Replay,
            C::Sources,
            C::Why,
            C::Dismiss,
            C::AllLeads,
            C::Filter,
            C::Export,
            C::Palette,
            C::Down,
            C::Up,
            C::First,
            C::Last,
            C::PageDown,
            C::PageUp,
            C::HalfDown,
            C::HalfUp,
        ]
    }

    fn obey(&mut self, command: Command, env: &Env) -> Vec<Effect> {
        self.follow(env);
        let n_leads = self.listed(env).len();
        if self.cursor.obey(command, n_leads) {
            self.on = self.lead(env).map(|lead| lead.filter.clone());
            return Vec::new();
        }
        match command {
            Command::Open => vec![self.open(env)],
            Command::Replay => vec![self.replay(env)],
            Command::Sources => vec![Effect::Open(Spec::Sources)],
            Command::Why => match self.lead(env) {
                Some(lead) => vec![Effect::Open(told(lead))],
                None => vec![Effect::Refuse("no lead is listed".to_owned())],
            },
            Command::Dismiss => vec![self.dismiss(env)],
            Command::AllLeads => {
                self.shows_all = !self.shows_all;
                self.cursor = Cursor::default();
                self.on = None;
                Vec::new()
            }
            Command::Filter => vec![Effect::Open(Spec::FilterBar)],
            Command::Palette => vec![Effect::Open(Spec::Palette)],
            Command::Export => {
                vec![
                    Effect::Show { screen: Screen::Finds, event: None },
                    Effect::Obey(Command::Export),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn accept(&mut self, done: &mut Done, _env: &Env) -> Vec<Effect> {
        self.strip.accept(
            done,
            |answer| if let Answer::Strip(strip) = answer { Some(strip) } else { None },
        );
        Vec::new()
    }

    fn refresh(&mut self, why: Refresh, env: &Env) -> Vec<Effect> {
        let is_busy = self.strip.is_asking() && env.is_loading();
        if why == Refresh::Marks || (why == Refresh::Rows && is_busy) {
            return Vec::new();
        }
        let n_bins = usize::from(env.size.0).saturating_sub(18).max(10);
        let whole = crate::tui::place::Place::default().filter();
        vec![self.strip.ask(LaneName::Back, Question::Strip { filter: whole, span: None, n_bins })]
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, env: &Env) {
        self.follow(env);
        let mut canvas = Canvas::new(area, buf, env);
        canvas.rule(0, 0);
        let Some(overview) = &env.overview else {
            let failure = env.overview_failure.as_deref();
            let empty = Emptiness { is_answered: false, failure, things: "rows" };
            canvas.say(2, 2, &empty::sentence(empty, env), Role::Plain);
            return;
        };
        let head = draw_account(&mut canvas, overview, env);
        let foot = if canvas.height() >= 16 { 5 } else { 0 };
        let height = canvas.height().saturating_sub(head + foot);
        let width = canvas.width();
        self.draw_leads(&mut canvas.part(0, head, width, height), overview, env);
        if foot > 0 {
            let top = canvas.height() - foot;
            self.draw_foot(&mut canvas.part(0, top, width, foot), overview, env);
        }
    }

    fn position(&self, env: &Env) -> String {
        match (&env.overview, &env.load) {
            (_, Some(LoadState { trouble: Some(trouble), .. })) => {
                format!("{} rows   loading was cut short: {trouble}", count(env.n_events()))
            }
            (_, Some(load)) if !load.finished => {
                let share = load.percent.map_or_else(String::new, |percent| format!(" {percent}%"));
                let rows = format!("{} rows   loading{share}   ", count(env.n_events()));
                let current = crate::text::sanitize(&load.current);
                let room = usize::from(env.size.0).saturating_sub(rows.len() + 2);
                rows + &crate::text::width::cut_middle(&current, room)
            }
            (Some(overview), _) => {
                let read = overview.files_read;
                let planes: Vec<String> = overview
                    .planes
                    .iter()
                    .map(|(plane, events)| format!("{plane} {}", count(*events)))
                    .collect();
                format!("{} read   {}", counted(read, "file"), planes.join("  "))
            }
            (None, _) => String::new(),
        }
    }
}

/// Draws the head and returns its height.
fn draw_account(canvas: &mut Canvas<'_>, overview: &Overview, env: &Env) -> usize {
    let span_text = match overview.span {
        Some((from, to)) => {
            let minute = |time| -> String {
                let clock: String = env.clock(Some(time)).chars().take(5).collect();
                format!("{} {clock}{}", env.date(Some(time)), env.time_style.letter())
            };
            format!("SPAN  {} .. {}  ({})", minute(from), minute(to), span(to.0 - from.0))
        }
        None => "SPAN  no dated event yet".to_owned(),
    };
    canvas.say(1, 1, &span_text, Role::Plain);
    if overview.undated > 0 {
        canvas.say_right(1, &format!("undated {} ", count(overview.undated)), Role::Blind);
    }
    let account = overview.account;
    let rows = format!(
        "ROWS  read {} = kept {} + duplicate {} + rejected {}",
        count(account.read),
        count(account.kept),
        count(account.duplicate),
        count(account.rejected)
    );
    let (room, plain) =
        (canvas.width().saturating_sub(account.verdict().len() + 4), canvas.style(Role::Plain));
    canvas.put(1, 2, room, &rows, plain);
    let role = if account.is_balanced() { Role::Title } else { Role::Bad };
    canvas.say_right(2, &format!("{} ", account.verdict()), role);
    let files = format!(
        "FILES read {}   damaged {}   unreadable {}   not evidence {}   (x lists them)",
        count(overview.files_read),
        count(overview.files_damaged),
        count(overview.files_unreadable),
        count(overview.files_not_evidence)
    );
    let is_whole = overview.files_damaged + overview.files_unreadable == 0;
    canvas.say(1, 3, &files, if is_whole { Role::Plain } else { Role::Broken });
    let mut y = 4;
    if !overview.blind_spots.is_empty() {
        let gaps = gaps(&overview.blind_spots);
        canvas.say(1, y, &gaps, Role::Blind);
        y += 1;
    }
    let Some(proof) = overview.proofs.line_within(canvas.width().saturating_sub(9)) else {
        canvas.rule(1, y);
        return y + 1;
    };
    // The words say what is wrong; the color repeats it.
    let (word, role) = if overview.proofs.has_false() {
        ("PROOF FALSE", Role::Bad)
    } else {
        ("PROOF", Role::Plain)
    };
    let (room, style) = (canvas.width().saturating_sub(2), canvas.style(role));
    canvas.put(1, y, room, &format!("{word}  {proof}"), style);
    canvas.rule(1, y + 1);
    y + 2
}

/// How many blind spots there are, and how many of them are grave.
fn gaps(spots: &[BlindSpot]) -> String {
    let high = spots.iter().filter(|spot| spot.grade == SpotGrade::High).count();
    let grave =
        if high > 0 { format!(", {} of them HIGH", count(high as u64)) } else { String::new() };
    format!("GAPS  {}{grave}  (7)", counted(spots.len() as u64, "blind spot"))
}

impl OverviewView {
    fn draw_leads(&mut self, canvas: &mut Canvas<'_>, overview: &Overview, env: &Env) {
        let listed = self.listed(env);
        let more = overview.leads.len().saturating_sub(listed.len());
        canvas.say_right(0, "WHY IT IS LISTED ", Role::Title);
        if listed.is_empty() {
            let words = if env.is_loading() {
                "No lead yet; leads come with the joins. 2 shows the events loaded so far."
            } else if overview.account.kept == 0 {
                "No evidence loaded. Give a file or folder: whytrail PATH"
            } else if !overview.leads.is_empty() {
                "Every lead is dismissed. Tab lists them; 2 shows every event."
            } else {
                "No lead: no records reach the thresholds. That is no all-clear. 2 shows every event."
            };
            canvas.say(1, 1, words, Role::Plain);
        }
        let height = canvas.height().saturating_sub(1);
        // The reason of the lead under the cursor, where there is a line left for it.
        let has_reason = (height > listed.len() || height >= 4) && !listed.is_empty();
        let room_for_leads = if has_reason { height - 1 } else { height };
        if let Some(lead) = listed.get(self.cursor.at).filter(|_| has_reason) {
            let text = match env.aside(AsideKind::Lead, &lead.id) {
                Some(reason) => format!("dismissed: {reason}  (X takes it back)"),
                None => lead.reason.clone(),
            };
            let (room, style) = (canvas.width().saturating_sub(6), canvas.style(Role::Faint));
            canvas.put(5, height, room, &text, style);
        }
        let shown = self.cursor.fit(listed.len(), room_for_leads);
        let place = if shown.len() < listed.len() {
            format!("  {}-{} of {}", shown.start + 1, shown.end, listed.len())
        } else {
            String::new()
        };
        let title = match (self.shows_all, more) {
            (true, _) => format!("ALL LEADS{place}  (Tab the first ones)"),
            (false, 0) => format!("LOOK HERE FIRST{place}"),
            (false, more) => format!("LOOK HERE FIRST{place}  ({more} more: Tab)"),
        };
        canvas.say(1, 0, &title, Role::Title);
        let (plain, faint) = (canvas.style(Role::Plain), canvas.style(Role::Faint));
        for (y, idx) in shown.enumerate() {
            let Some(lead) = listed.get(idx) else { continue };
            let is_aside = env.aside(AsideKind::Lead, &lead.id).is_some();
            let why = if is_aside { "dismissed" } else { lead.why.as_str() };
            let why_cells = crate::text::width::cells(why).min(30);
            let room = canvas.width().saturating_sub(why_cells + 5);
            let text = format!("{:<3}{:<8}{}   {}", idx + 1, lead.kind, lead.title, lead.detail);
            canvas.put(1, y + 1, room, &text, if is_aside { faint } else { plain });
            canvas.say_right(
                y + 1,
                &format!("{} ", crate::text::width::cut_end(why, 30)),
                Role::Title,
            );
            if idx == self.cursor.at {
                let (width, style) = (canvas.width(), canvas.style(Role::Cursor));
                canvas.say(0, y + 1, ">", Role::Title);
                canvas.restyle(0, y + 1, width, style);
            }
        }
    }

    fn draw_foot(&self, canvas: &mut Canvas<'_>, overview: &Overview, env: &Env) {
        canvas.rule(1, 0);
        canvas.say(1, 1, &sizes(overview, env, canvas.width().saturating_sub(2)), Role::Plain);
        if let Some(bins) = self.strip.value().filter(|_| overview.span.is_some()) {
            let minute = |time| env.clock(Some(time)).chars().take(5).collect::<String>();
            canvas.say(1, 2, &minute(bins.from), Role::Faint);
            let (room, plain) = (canvas.width().saturating_sub(18), canvas.style(Role::Plain));
            canvas.put(7, 2, room, &strip::glyphs(bins), plain);
            let right = format!("{} {}", minute(bins.to), strip::cell_width(bins));
            canvas.say(8 + bins.bins.len().min(room), 2, &right, Role::Faint);
            canvas.say(
                7,
                3,
                ". quiet   , some   : busy   ! denied   (blank) no event",
                Role::Faint,
            );
        }
        if let Some(trouble) = overview.troubles.first() {
            let more = overview.troubles.len() - 1;
            let more = if more > 0 {
                format!("  (+{} more: x)", count(more as u64))
            } else {
                String::new()
            };
            canvas.say(1, 4, &format!("TROUBLE {trouble}{more}"), Role::Broken);
        }
    }
}

/// The sizes of the other screens. Before the joins, what the records name is counted and called by its own words: people
/// and sessions are not known yet. Counts that still grow end in `..`; where room is short the resources go first.
fn sizes(overview: &Overview, env: &Env, room: usize) -> String {
    let growing = if env.is_loading() { ".." } else { "" };
    let size = |word: &str, number: u64| format!("{word} {}{growing}", count(number));
    let denied = size("DENIED", overview.denied);
    let what = size("WHAT", overview.resources);
    let Some(unjoined) = overview.unjoined else {
        let agents = count(overview.agent_sessions);
        let sessions = format!("SESSIONS {} ({agents} agent)", count(overview.sessions));
        return format!("WHO {}   {sessions}   {what}   {denied}", count(overview.subjects));
    };
    let actors = size("ACTORS", unjoined.actors);
    let sessions = size("SESSION IDS", unjoined.session_ids);
    let end = if env.is_loading() { "" } else { "   not joined" };
    let all = format!("{actors}  {sessions}  {what}  {denied}{end}");
    if all.len() <= room { all } else { format!("{actors}  {sessions}  {denied}{end}") }
}

#[cfg(test)]
mod tests {
    use crate::model::rows::{Overview, Unjoined};
    use crate::tui::canned::{Case, PaperDesk};
    use crate::tui::harness::Harness;
    use crate::tui::msg::LoadState;
    use crate::tui::question::{Answer, Question};
    use crate::tui::settings::Settings;

    /// The Overview at this width over a load of which some rows are visible, and the joins are not made.
    fn unjoined(columns: u16) -> Harness {
        let overview = || Overview {
            unjoined: Some(Unjoined { actors: 1_690, session_ids: 14_258 }),
            resources: 108_153,
            denied: 12_129,
            ..Overview::default()
        };
        let answering = move |question: &Question| match question {
            Question::Overview => Ok(Answer::Overview(Box::new(overview()))),
            other => Case::default().answer(other),
        };
        let (settings, desk) = (Settings::default(), Box::new(PaperDesk::default()));
        Harness::new(columns, 24, &settings, Box::new(answering), desk)
    }

    #[test]
    fn counts_before_the_joins_are_those_of_the_records_and_marked_as_growing() {
        let mut harness = unjoined(80);
        let load = LoadState { generation: 1, rows: 10, ..LoadState::default() };
        let screen = harness.load(load.clone()).screen();
        let counts = "ACTORS 1,690..  SESSION IDS 14,258..  WHAT 108,153..  DENIED 12,129..";
        assert!(screen.contains(counts), "{screen}");
        assert!(!screen.contains("WHO 0") && !screen.contains("SESSIONS 0"), "{screen}");
        let screen = unjoined(60).load(load.clone()).screen();
        assert!(screen.contains("SESSION IDS 14,258..  DENIED 12,129.."), "{screen}");
        let screen = unjoined(100).load(LoadState { finished: true, ..load }).screen();
        assert!(screen.contains("DENIED 12,129   not joined"), "{screen}");
    }
}
