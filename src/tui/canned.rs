//! A small made-up case for tests of the screens: a refusal at the gateway, the same change by another route, a new
//! key, a page of ordinary noise. Answers questions without a database.

mod comply;
mod desk;
mod gaps;
mod keys;
mod why;

pub(crate) use self::desk::PaperDesk;
use crate::model::rows::{
    Bin, Detail, EventPage, EventRow, Facet, Lead, LinkRow, NoteRow, Overview, PivotChoice,
    PlaceRow, Replay, ReplayStep, ResourceRow, SessionRow, SourceRow, Strip, SubjectRow, TagRow,
};
use crate::model::{Account, EventId, Grade, Micros, Outcome, Plane, SourceState};
use crate::query::filter::Filter;
use crate::query::{At, Direction, Jump, RawView};
use crate::store::Fault;
use crate::tui::question::{Answer, Question};

/// 2026-07-12T09:31:02.114Z
const START: i64 = 1_783_848_662_114_000;

/// The events of the story: milliseconds after the start, plane, grade, who, action, target, outcome, tag.
type Told =
    (i64, Plane, Grade, &'static str, &'static str, &'static str, Outcome, Option<&'static str>);

const STORY: &[Told] = &[
    (
        0,
        Plane::Gateway,
        Grade::Exact,
        "alice/8f2c",
        "call s3_get",
        "finance-exports",
        Outcome::Success,
        None,
    ),
    (
        317,
        Plane::CloudTrail,
        Grade::Exact,
        "alice/8f2c",
        "s3:GetObject",
        "finance-exports",
        Outcome::Success,
        None,
    ),
    (
        5766,
        Plane::Gateway,
        Grade::Exact,
        "alice/8f2c",
        "call iam_attach",
        "role/ci-deploy",
        Outcome::Denied,
        Some("bad"),
    ),
    (
        5888,
        Plane::Authz,
        Grade::Exact,
        "alice/8f2c",
        "decision policy #17",
        "role/ci-deploy",
        Outcome::Denied,
        Some("bad"),
    ),
    (
        19186,
        Plane::Gateway,
        Grade::Derived,
        "alice/8f2c",
        "call shell_exec",
        "host build-7",
        Outcome::Success,
        Some("suspicious"),
    ),
    (
        38405,
        Plane::CloudTrail,
        Grade::Near,
        "alice/8f2c",
        "iam:AttachRolePolicy",
        "role/ci-deploy",
        Outcome::Success,
        None,
    ),
    (
        59886,
        Plane::CloudTrail,
        Grade::Derived,
        "ci-deploy",
        "sts:AssumeRole",
        "role/ci-deploy",
        Outcome::Success,
        None,
    ),
    (
        63657,
        Plane::CloudTrail,
        Grade::Derived,
        "ci-deploy",
        "iam:CreateAccessKey",
        "user/backup",
        Outcome::Success,
        None,
    ),
    (76916, Plane::CloudTrail, Grade::None, "?", "kms:Decrypt", "key/1b..e0", Outcome::Error, None),
    (
        1_662_788,
        Plane::CloudTrail,
        Grade::Derived,
        "ci-deploy",
        "s3:ListBuckets",
        "*",
        Outcome::Success,
        None,
    ),
];

/// A case in memory.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) rows: Vec<EventRow>,
}

impl Default for Case {
    fn default() -> Self {
        Self::with_noise(200)
    }
}

impl Case {
    /// Returns the story followed by so many ordinary events, one each 90 seconds.
    pub(crate) fn with_noise(n_noise: usize) -> Self {
        let mut rows: Vec<EventRow> =
            STORY.iter().enumerate().map(|(idx, told)| row(idx, told)).collect();
        for idx in 0..n_noise {
            let millis = 1_700_000 + 90_000 * i64::try_from(idx).unwrap();
            let told = (
                millis,
                Plane::CloudTrail,
                Grade::None,
                "build-bot",
                "ec2:DescribeInstances",
                "*",
                Outcome::Success,
                None,
            );
            rows.push(row(STORY.len() + idx, &told));
        }
        Self { rows }
    }

    /// Answers a question.
    #[expect(clippy::unnecessary_wraps, reason = "it stands in for a store, which can fail")]
    pub(crate) fn answer(&self, question: &Question) -> Result<Answer, Fault> {
        Ok(match question {
            Question::Overview => Answer::Overview(Box::new(self.overview())),
            Question::Sources => Answer::Sources(sources()),
            Question::Page { filter, at, limit } => Answer::Page(self.page(filter, at, *limit)),
            Question::Strip { filter, span, n_bins } => {
                Answer::Strip(self.strip(filter, *span, *n_bins))
            }
            Question::Subjects(filter) => Answer::Subjects(self.subjects(filter)),
            Question::Sessions(filter) => Answer::Sessions(self.sessions(filter)),
            Question::Resources(filter) => Answer::Resources(self.resources(filter)),
            Question::Detail(event) => Answer::Detail(self.detail(*event).map(Box::new)),
            Question::Why(event) => {
                Answer::Why(self.detail(*event).map(|detail| Box::new(why::trace(&detail.row))))
            }
            Question::Pivots { filter, event } => Answer::Pivots(self.pivots(filter, *event)),
            Question::Facets { filter, prefix, .. } => Answer::Facets(self.facets(filter, prefix)),
            Question::Jump { filter, from, jump, direction } => {
                Answer::Jump(self.jump(filter, *from, jump, *direction))
            }
            Question::Replay(session) => Answer::Replay(self.replay(session)),
            Question::Raw(event) => Answer::Raw(Some(raw(*event))),
            Question::Comply => Answer::Comply(Box::new(comply::assessment())),
            Question::ComplyUnder(_) => Answer::ComplyUnder(Box::new(comply::narrowed())),
            Question::Facts => Answer::Facts(comply::form()),
            Question::Ask => Answer::Ask(comply::answers()),
            Question::Gaps { n_cells } => Answer::Gaps(Box::new(gaps::gaps(*n_cells))),
            Question::Keys(filter) => Answer::Keys(Box::new(keys::keys(filter))),
            Question::KeysOfJob(job) => Answer::KeysOfJob(keys::members(job)),
            Question::Completeness => Answer::Completeness(gaps::completeness()),
        })
    }

    /// Rows are kept when each term's text names one of their values, dropped ones the other way round.
    fn kept(&self, filter: &Filter) -> Vec<&EventRow> {
        let keeps = |row: &EventRow| {
            !filter.enabled
                || filter.terms.iter().all(|term| {
                    let text = term.to_string();
                    let outcome =
                        if row.outcome == Outcome::Denied { "denied" } else { "no outcome" };
                    let who = row.who.split('/').next().unwrap_or_default();
                    let values = [
                        row.action.as_str(),
                        &row.target,
                        outcome,
                        who,
                        row.session.as_deref().unwrap_or("no session"),
                    ];
                    values.iter().any(|value| text.contains(value)) != text.contains("!=")
                })
        };
        self.rows.iter().filter(|row| keeps(row)).collect()
    }

    fn page(&self, filter: &Filter, at: &At, limit: usize) -> EventPage {
        let kept = self.kept(filter);
        let center = |place: usize| place.saturating_sub(limit / 2);
        let from = match at {
            At::Last => kept.len().saturating_sub(limit),
            At::Around(event) => {
                let time = self.rows.iter().find(|row| row.id == *event).and_then(|row| row.time);
                center(
                    kept.iter()
                        .position(|row| row.id == *event || row.time >= time)
                        .unwrap_or(kept.len()),
                )
            }
            At::FromTime(time) => {
                center(kept.iter().position(|row| row.time >= Some(*time)).unwrap_or(kept.len()))
            }
            At::First | At::After(_) | At::Before(_) | At::Rank(_) => 0,
        };
        let rows = kept.iter().skip(from).take(limit).map(|row| (*row).clone()).collect();
        EventPage { rows, before: from as u64, total: kept.len() as u64 }
    }

    fn strip(&self, filter: &Filter, span: Option<(Micros, Micros)>, n_bins: usize) -> Strip {
        let (from, to) = span.unwrap_or_else(|| self.span());
        let mut strip = Strip { from, to, bins: vec![Bin::default(); n_bins] };
        for row in self.kept(filter) {
            let cell = row.time.and_then(|time| cell_of(&strip, time));
            if let Some(bin) = cell.and_then(|cell| strip.bins.get_mut(cell)) {
                bin.events += 1;
                bin.denied += u64::from(row.outcome == Outcome::Denied);
            }
        }
        strip
    }

    fn span(&self) -> (Micros, Micros) {
        let times = || self.rows.iter().filter_map(|row| row.time);
        (times().min().unwrap_or(Micros(0)), times().max().unwrap_or(Micros(0)))
    }

    fn overview(&self) -> Overview {
        let n_rows = self.rows.len() as u64;
        Overview {
            account: Account { read: n_rows + 5, kept: n_rows, duplicate: 4, rejected: 1 },
            files_read: 3,
            files_damaged: 0,
            files_unreadable: 0,
            files_not_evidence: 1,
            files_proof: 0,
            proofs: crate::model::proof::ProofSummary::default(),
            span: Some(self.span()),
            undated: 0,
            subjects: 3,
            sessions: 2,
            agent_sessions: 1,
            unjoined: None,
            resources: 6,
            denied: 2,
            planes: vec![
                (Plane::CloudTrail, n_rows.saturating_sub(4)),
                (Plane::Gateway, 3),
                (Plane::Authz, 1),
            ],
            blind_spots: Vec::new(),
            stretches: Vec::new(),
            leads: vec![Lead {
                kind: "session".into(),
                title: "mcp:8f2c".into(),
                detail: "alice@corp.example   agent claude-code".into(),
                why: "denied, then done".into(),
                filter: "session:mcp:8f2c".into(),
                event: Some(EventId(3)),
                id: "denied then done:1".into(),
                reason: "iam_attach was refused, and 32 s later it was done.".into(),
                ..Lead::default()
            }],
            troubles: Vec::new(),
        }
    }

    fn subjects(&self, filter: &Filter) -> Vec<SubjectRow> {
        let kept = self.kept(filter);
        let subject = |name: &str, kind: &str, grade, proof: &str| {
            let of: Vec<&&EventRow> = kept.iter().filter(|row| row.who.starts_with(name)).collect();
            SubjectRow {
                id: name.to_owned(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                proof: proof.to_owned(),
                grade,
                events: of.len() as u64,
                denied: of.iter().filter(|row| row.outcome == Outcome::Denied).count() as u64,
                sessions: 1,
                first: of.first().and_then(|row| row.time),
                last: of.last().and_then(|row| row.time),
            }
        };
        let all = vec![
            subject("build-bot", "service", Grade::None, "nobody known"),
            subject("alice", "person", Grade::Exact, "sso subject"),
            subject("ci-deploy", "role", Grade::Derived, "session name"),
        ];
        all.into_iter().filter(|row| row.events > 0).collect()
    }

    fn sessions(&self, filter: &Filter) -> Vec<SessionRow> {
        let kept = self.kept(filter);
        let of: Vec<&&EventRow> = kept.iter().filter(|row| row.session.is_some()).collect();
        if of.is_empty() {
            return Vec::new();
        }
        vec![SessionRow {
            id: "mcp:8f2c".into(),
            short: "mcp:8f2c".into(),
            kind: "AGENT".into(),
            basis: "native id".into(),
            human: Some("alice@corp.example".into()),
            human_grade: Grade::Exact,
            agent: Some("claude-code".into()),
            actor: Some("role/dev".into()),
            minted_by: None,
            events: of.len() as u64,
            denied: of.iter().filter(|row| row.outcome == Outcome::Denied).count() as u64,
            first: of.first().and_then(|row| row.time),
            last: of.last().and_then(|row| row.time),
        }]
    }

    fn resources(&self, filter: &Filter) -> Vec<ResourceRow> {
        let kept = self.kept(filter);
        let resource = |name: &str| {
            let of: Vec<&&EventRow> = kept.iter().filter(|row| row.target == name).collect();
            ResourceRow {
                id: format!("arn:aws:iam::111122223333:{name}"),
                short: name.to_owned(),
                kind: Some("AWS::IAM::Role".into()),
                events: of.len() as u64,
                writes: 1,
                denied: of.iter().filter(|row| row.outcome == Outcome::Denied).count() as u64,
                failed: 0,
                subjects: 1,
                first: of.first().and_then(|row| row.time),
                last: of.last().and_then(|row| row.time),
            }
        };
        let all = ["role/ci-deploy", "finance-exports", "user/backup"].map(resource);
        all.into_iter().filter(|row| row.events > 0).collect()
    }

    fn detail(&self, event: EventId) -> Option<Detail> {
        let row = self.rows.iter().find(|row| row.id == event)?.clone();
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut fields = vec![
            field("plane", row.plane.as_str()),
            field("action", &row.action),
            field("resource", &row.target),
        ];
        if row.session.is_some() {
            fields.push(field("human", "alice@corp.example"));
            fields.push(field("agent", "claude-code 2.1"));
            fields.push(field("session", "mcp:8f2c"));
            fields.push(field("credential", "ASIAEXAMPLE7QPL"));
        }
        if row.outcome == Outcome::Denied {
            fields.push(field("policy", "#17"));
            fields.push(field("reason", "attach on role/ci-*"));
        }
        let links = match row.link {
            Grade::None => Vec::new(),
            grade => vec![LinkRow {
                grade,
                key: "request id".into(),
                proof: "4bf92f35 observed on both sides".into(),
                other: EventId(2),
                other_plane: Plane::CloudTrail,
                other_time: Some(Micros(START)),
                other_action: "s3:GetObject".into(),
                other_outcome: Outcome::Success,
            }],
        };
        let at = Micros(START + 4_000_000_000);
        let tags = row
            .tag
            .iter()
            .map(|tag| TagRow { event, text: tag.clone(), criterion: None, by: "kw".into(), at })
            .collect();
        let note = NoteRow {
            event,
            text: "user says this was the deploy bot".into(),
            by: "kw".into(),
            at,
        };
        Some(Detail {
            id: event,
            fields,
            identifiers: vec![("key".into(), "ASIAEXAMPLE7QPL".into(), "observed".into())],
            resources: vec![(row.target.clone(), None)],
            payload: "{\"role\":\"ci-deploy\",\"policy\":\"arn:aws:iam::aws:policy/AdministratorAccess\"}".into(),
            links,
            tags,
            notes: if row.has_note { vec![note] } else { Vec::new() },
            places: vec![PlaceRow {
                source: "gateway/gw-0712.jsonl.gz".into(),
                member: None,
                source_sha256: "9c1e".repeat(16),
                record_sha256: "40ab".repeat(16),
                line: 20_417,
                offset: 1_204_113,
                length: 812,
                is_kept: true,
                proof: None,
            }],
            boundary: None,
            row,
        })
    }

    fn pivots(&self, filter: &Filter, event: EventId) -> Vec<PivotChoice> {
        let Some(row) = self.rows.iter().find(|row| row.id == event) else { return Vec::new() };
        let kept = self.kept(filter);
        let choice = |letter,
                      kind: &str,
                      value: &str,
                      grade,
                      proof: &str,
                      is_of: &dyn Fn(&EventRow) -> bool| PivotChoice {
            letter,
            kind: kind.to_owned(),
            value: value.to_owned(),
            label: value.to_owned(),
            here: kept.iter().filter(|row| is_of(row)).count() as u64,
            in_case: self.rows.iter().filter(|row| is_of(row)).count() as u64,
            grade,
            proof: proof.to_owned(),
        };
        let who = row.who.split('/').next().unwrap_or_default().to_owned();
        let mut choices = vec![
            choice('w', "who", &who, Grade::Exact, "sso subject", &|other| {
                other.who.starts_with(&who)
            }),
            choice('x', "what", &row.target, Grade::Exact, "arn", &|other| {
                other.target == row.target
            }),
        ];
        if let Some(session) = &row.session {
            choices.insert(
                1,
                choice('s', "session", session, Grade::Near, "session id", &|other| {
                    other.session == row.session
                }),
            );
        }
        choices
    }

    fn facets(&self, filter: &Filter, prefix: &str) -> Vec<Facet> {
        let mut facets: Vec<Facet> = Vec::new();
        for row in self.kept(filter) {
            if !row.action.contains(prefix) {
                continue;
            }
            match facets.iter_mut().find(|facet| facet.value == row.action) {
                Some(facet) => facet.events += 1,
                None => facets.push(Facet { value: row.action.clone(), events: 1 }),
            }
        }
        facets.sort_by_key(|facet| std::cmp::Reverse(facet.events));
        facets
    }

    fn jump(
        &self,
        filter: &Filter,
        from: EventId,
        jump: &Jump,
        direction: Direction,
    ) -> Option<EventId> {
        let kept = self.kept(filter);
        let at = kept.iter().position(|row| row.id == from)?;
        let start = kept.get(at)?;
        let is_wanted = |row: &EventRow| match jump {
            Jump::Denied => row.outcome == Outcome::Denied,
            Jump::Mark => row.tag.is_some() || row.has_note,
            Jump::Session => row.session.is_some() && row.session == start.session,
            Jump::Address => row.address.is_some() && row.address == start.address,
            Jump::Text(text) => {
                [&row.action, &row.who, &row.target].iter().any(|value| value.contains(text))
            }
        };
        let found = match direction {
            Direction::Next => kept.iter().skip(at + 1).find(|row| is_wanted(row)),
            Direction::Previous => kept.iter().take(at).rev().find(|row| is_wanted(row)),
        };
        found.map(|row| row.id)
    }

    fn replay(&self, session: &str) -> Replay {
        let of: Vec<&EventRow> =
            self.rows.iter().filter(|row| row.session.as_deref() == Some(session)).collect();
        let step = |(idx, row): (usize, &&EventRow)| ReplayStep {
            row: (*row).clone(),
            is_asked: row.plane.is_asked(),
            joined: match idx {
                0 => Some((1, Grade::Exact)),
                1 => Some((0, Grade::Exact)),
                _ => None,
            },
            lines: if row.plane.is_asked() {
                vec![row.action.clone(), row.target.clone()]
            } else {
                vec![row.action.clone()]
            },
        };
        let steps: Vec<ReplayStep> = of.iter().enumerate().map(step).collect();
        let between = crate::query::replay::marks::between(&steps, &[]);
        Replay { steps, between }
    }
}

fn cell_of(strip: &Strip, time: Micros) -> Option<usize> {
    let span = (strip.to.0 - strip.from.0).max(1);
    let cell = usize::try_from(
        (time.0 - strip.from.0).checked_mul(i64::try_from(strip.bins.len()).ok()?)? / span,
    )
    .ok()?;
    (time <= strip.to).then(|| cell.min(strip.bins.len() - 1))
}

fn row(idx: usize, told: &Told) -> EventRow {
    let (millis, plane, link, who, action, target, outcome, tag) = *told;
    EventRow {
        id: EventId(idx as u128 + 1),
        time: Some(Micros(START + millis * 1_000)),
        plane,
        link,
        who: who.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome,
        session: who.ends_with("8f2c").then(|| "mcp:8f2c".to_owned()),
        address: Some("203.0.113.9".to_owned()),
        tag: tag.map(str::to_owned),
        n_tags: u32::from(tag.is_some()),
        has_note: idx == 3,
    }
}

fn sources() -> Vec<SourceRow> {
    let source = |name: &str, state, reason: Option<&str>, read| SourceRow {
        name: name.to_owned(),
        member: None,
        state,
        format: Some("aws.cloudtrail".into()),
        because: "has `Records` with `eventVersion`".into(),
        reason: reason.map(str::to_owned),
        bytes: 4_096,
        sha256: "9c1e".repeat(16),
        account: Account { read, kept: read, duplicate: 0, rejected: 0 },
        warnings: Vec::new(),
        redacted: if read == 301 { "session-token 2".to_owned() } else { String::new() },
        proof: None,
    };
    vec![
        source("ct/2026/07/12/a.json.gz", SourceState::Read, None, 301),
        source(
            "ct/2026/07/12/b.json.gz",
            SourceState::Damaged,
            Some("gzip ends early at byte 40,960"),
            12,
        ),
        source("LICENSE", SourceState::NotEvidence, Some("holds no records"), 0),
    ]
}

fn raw(event: EventId) -> RawView {
    RawView {
        file: "gateway/gw-0712.jsonl.gz".into(),
        member: None,
        offset: 1_204_113,
        length: 812,
        line: 20_417,
        is_unchanged: Some(true),
        sha256: "9c1e".repeat(16),
        lines: vec![
            format!("00000000  7b 22 74 6f 6f 6c 22 3a  {{\"tool\":   {}", event.short());
            40
        ],
        cut: None,
    }
}
