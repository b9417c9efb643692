//! Reads each table of a facts file into its type. Keys that are not listed here are faults, so that a typing error
//! never drops a fact in silence.

use toml::de::DeTable;

use super::scan::{Scan, Table};
use super::types::{
    AgentFact, ApproverFact, ChangeWindow, Class, ConsequentialFact, Covers, Data, DataClass,
    Destinations, EntryLimits, ExpectedSource, HighRiskFact, Hours, Incident, IncidentClass,
    ModelFact, Oversight, People, PolicyFact, PolicyKind, Role, Scope, ScopeEntry, ServerFact,
    StopFact, System, Threshold, Thresholds, ToolFact, Window,
};
use super::{Facts, Pattern, check};
use crate::model::Plane;

/// Reads the whole text.
pub(super) fn read(scan: &Scan<'_>, text: &str) -> Facts {
    let (values, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let reason = error.message().lines().next().unwrap_or_default().to_owned();
        scan.fault(&error.span().unwrap_or(0..0), "", reason);
    }
    let root = scan.root(&values);
    // The first two belong to the case itself.
    root.only(&[
        "layout",
        "name",
        "role",
        "system",
        "scope",
        "highrisk",
        "people",
        "data",
        "sources",
        "incident",
        "thresholds",
    ]);
    let mut facts = Facts {
        roles: root.word_list("role", Role::WORDS, Role::from_word),
        system: system(&root.table("system")),
        scope: scope(&root.table("scope")),
        high_risk: root.list("highrisk", high_risk),
        people: people(&root.table("people")),
        data: data(&root.table("data")),
        incident: incident(&root.table("incident")),
        thresholds: thresholds(&root.table("thresholds")),
        ..Facts::default()
    };
    let sources = root.table("sources");
    sources.only(&["expected"]);
    facts.sources = sources.list("expected", expected);
    check::contradictions(scan, &mut facts);
    facts
}

fn system(table: &Table<'_>) -> System {
    table.only(&[
        "name",
        "version",
        "provider",
        "deployer",
        "owner",
        "purpose",
        "model_card",
        "risk_class",
        "risk_decided_by",
    ]);
    System {
        name: table.text("name"),
        version: table.text("version"),
        provider: table.text("provider"),
        deployer: table.text("deployer"),
        owner: table.text("owner"),
        purpose: table.text("purpose"),
        model_card: table.text("model_card"),
        risk_class: table.text("risk_class"),
        risk_decided_by: table.text("risk_decided_by"),
    }
}

fn scope(table: &Table<'_>) -> Scope {
    table.only(&[
        "agents",
        "allow",
        "deny",
        "policy",
        "servers",
        "models",
        "consequential",
        "stop",
        "channels",
        "destinations",
    ]);
    Scope {
        agents: table.list("agents", agent),
        allow: table.list("allow", |table| Some(entry(table, Side::Allow))),
        deny: table.list("deny", |table| Some(entry(table, Side::Deny))),
        policies: table.list("policy", policy),
        servers: table.list("servers", server),
        models: table.list("models", model),
        consequential: table.list("consequential", consequential),
        stop: table.list("stop", stop),
        channels: table.patterns("channels"),
        destinations: destinations(&table.table("destinations")),
    }
}

/// Reads `from` and `to` under these names. An end that is not after the beginning is a fault.
fn window(table: &Table<'_>, from: &str, to: &str) -> Window {
    let window = Window { from: table.time(from), to: table.time(to) };
    if let (Some(start), Some(end)) = (window.from, window.to)
        && end <= start
    {
        table.fault(from, format!("`{start}` is not before `{to}`, which is `{end}`"));
    }
    window
}

/// Returns a pattern that an entry cannot do without.
fn needed(table: &Table<'_>, key: &str) -> Option<Pattern> {
    if !table.has(key) {
        table.fault("", format!("has no `{key}`"));
    }
    table.pattern(key)
}

fn agent(table: &Table<'_>) -> Option<AgentFact> {
    table.only(&["agent", "owner", "autonomous", "valid_from", "valid_to"]);
    Some(AgentFact {
        owner: table.text("owner"),
        autonomous: table.flag("autonomous").unwrap_or(false),
        valid: window(table, "valid_from", "valid_to"),
        line: table.line(),
        agent: needed(table, "agent")?,
    })
}

/// Which list an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Allow,
    Deny,
}

fn entry(table: &Table<'_>, side: Side) -> ScopeEntry {
    const PATTERNS: [&str; 5] = ["agent", "server", "tool", "action", "resource"];
    const CAPS: [&str; 4] = ["max_bytes", "max_records", "max_cost", "needs_approval"];
    const OTHERS: [&str; 7] =
        ["accounts", "regions", "valid_from", "valid_to", "hours", "reason", "source"];
    table.only(&[&PATTERNS[..], &CAPS[..], &OTHERS[..]].concat());
    if !PATTERNS.iter().any(|key| table.has(key)) {
        table.fault(
            "",
            "names neither agent, server, tool, action nor resource; write `\"*\"` for all",
        );
    }
    if side == Side::Deny
        && let Some(cap) = CAPS.iter().find(|cap| table.has(cap))
    {
        table.fault(cap, "is a limit of what is allowed; write it at an entry of `scope.allow`");
    }
    let limits = EntryLimits {
        accounts: table.patterns("accounts"),
        regions: table.patterns("regions"),
        valid: window(table, "valid_from", "valid_to"),
        hours: hours(table),
        max_bytes: table.whole("max_bytes"),
        max_records: table.whole("max_records"),
        max_cost: table.number("max_cost"),
        needs_approval: table.word("needs_approval", Oversight::WORDS, Oversight::from_word),
    };
    ScopeEntry {
        agent: table.pattern("agent"),
        server: table.pattern("server"),
        tool: table.pattern("tool"),
        action: table.pattern("action"),
        resource: table.pattern("resource"),
        limits,
        reason: table.text("reason"),
        source: table.text("source"),
        line: table.line(),
        fault: table.trouble(),
    }
}

/// Reads `hours = "08:00-18:00"`, in UTC.
fn hours(table: &Table<'_>) -> Option<Hours> {
    let text = table.text("hours")?;
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
        (hour <= 24 && minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
    };
    let read = text
        .split_once('-')
        .and_then(|(from, to)| Some(Hours { from: minute(from)?, to: minute(to)? }));
    let read = read.filter(|hours| hours.from != hours.to);
    if read.is_none() {
        table.fault(
            "hours",
            format!("`{text}` is no span of hours; write `\"08:00-18:00\"`, in UTC"),
        );
    }
    read
}

fn policy(table: &Table<'_>) -> Option<PolicyFact> {
    table.only(&[
        "kind",
        "file",
        "sha256",
        "agent",
        "covers",
        "principal_type",
        "action_type",
        "resource_type",
    ]);
    for key in ["kind", "file"] {
        if !table.has(key) {
            table.fault("", format!("has no `{key}`"));
        }
    }
    let kind = table.word("kind", PolicyKind::WORDS, PolicyKind::from_word);
    let file = table.text("file");
    let covers = table.word_list("covers", Covers::WORDS, Covers::from_word);
    let types = ["principal_type", "action_type", "resource_type"];
    if let Some(key) = types.iter().find(|key| table.has(key))
        && kind.is_some_and(|kind| kind != PolicyKind::Cedar)
    {
        table.fault(key, "is a type of Cedar entities; it says nothing here");
    }
    let sha256 = table.text("sha256");
    if let Some(sha256) = &sha256
        && (sha256.len() != 64 || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()))
    {
        table.fault(
            "sha256",
            "is no SHA-256 in hex; leave it out, it is written when the file is taken over",
        );
    }
    let span = table.span_of("file").unwrap_or(0..0);
    let [principal_type, action_type, resource_type] = types.map(|key| table.text(key));
    Some(PolicyFact {
        file: file?,
        sha256,
        agent: table.pattern("agent"),
        covers: if covers.is_empty() { usual_cover(kind?) } else { covers },
        principal_type,
        action_type,
        resource_type,
        line: table.line(),
        fault: table.trouble(),
        file_span: (span.start, span.end),
        kind: kind?,
    })
}

/// Returns what a policy decides about when it is not said: IAM about calls of the cloud, the others about tools.
fn usual_cover(kind: PolicyKind) -> Vec<Covers> {
    match kind {
        PolicyKind::Iam | PolicyKind::IamBoundary | PolicyKind::IamSession => vec![Covers::Api],
        PolicyKind::Cedar | PolicyKind::Tools => vec![Covers::Tool],
    }
}

fn server(table: &Table<'_>) -> Option<ServerFact> {
    table.only(&["server", "tools"]);
    let tool = |table: &Table<'_>| {
        table.only(&["tool", "digest"]);
        Some(ToolFact { tool: needed(table, "tool")?, digest: table.text("digest") })
    };
    Some(ServerFact {
        server: needed(table, "server")?,
        tools: table.list("tools", tool),
        line: table.line(),
    })
}

fn model(table: &Table<'_>) -> Option<ModelFact> {
    table.only(&["model", "version"]);
    let version = table.text("version");
    Some(ModelFact { model: needed(table, "model")?, version, line: table.line() })
}

fn consequential(table: &Table<'_>) -> Option<ConsequentialFact> {
    table.only(&["action", "resource", "about_person", "why"]);
    Some(ConsequentialFact {
        resource: table.pattern("resource"),
        about_person: table.flag("about_person").unwrap_or(false),
        why: table.text("why"),
        line: table.line(),
        action: needed(table, "action")?,
    })
}

fn stop(table: &Table<'_>) -> Option<StopFact> {
    table.only(&["action", "agent"]);
    let agent = table.pattern("agent");
    Some(StopFact { action: needed(table, "action")?, agent, line: table.line() })
}

fn destinations(table: &Table<'_>) -> Destinations {
    table.only(&["accounts", "domains", "regions"]);
    Destinations {
        accounts: table.patterns("accounts"),
        domains: table.patterns("domains"),
        regions: table.patterns("regions"),
    }
}

fn high_risk(table: &Table<'_>) -> Option<HighRiskFact> {
    table.only(&["agent", "points", "why", "decided_by", "decided_at"]);
    let points = table.texts("points");
    if points.is_empty() {
        table.fault("points", "names no point of Annex III");
    }
    if let Some(point) = points.iter().find(|point| !is_point(point)) {
        table.fault(
            "points",
            format!("`{point}` is no point of Annex III: they are 1 to 8, as in `5(b)`"),
        );
    }
    Some(HighRiskFact {
        points,
        why: table.text("why"),
        decided_by: table.text("decided_by"),
        decided_at: table.time("decided_at"),
        line: table.line(),
        agent: needed(table, "agent")?,
    })
}

fn is_point(point: &str) -> bool {
    let mut letters = point.chars();
    let is_number = letters.next().is_some_and(|digit| ('1'..='8').contains(&digit));
    let rest = letters.as_str();
    let is_letter = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .is_some_and(|inner| inner.len() == 1 && inner.bytes().all(|one| one.is_ascii_lowercase()));
    is_number && (rest.is_empty() || is_letter)
}

fn people(table: &Table<'_>) -> People {
    table.only(&[
        "approvers",
        "admins",
        "on_call",
        "log_readers",
        "compliance_officer",
        "change_windows",
    ]);
    let approver = |table: &Table<'_>| {
        table.only(&["person", "approves"]);
        let approves = table.patterns("approves");
        Some(ApproverFact { person: needed(table, "person")?, approves, line: table.line() })
    };
    let change_window = |table: &Table<'_>| {
        table.only(&["from", "to", "reason"]);
        let window = window(table, "from", "to");
        if window.is_open() {
            table.fault("", "has neither `from` nor `to`");
            return None;
        }
        Some(ChangeWindow { window, reason: table.text("reason"), line: table.line() })
    };
    People {
        approvers: table.list("approvers", approver),
        admins: table.patterns("admins"),
        on_call: table.patterns("on_call"),
        log_readers: table.patterns("log_readers"),
        compliance_officer: table.text("compliance_officer"),
        change_windows: table.list("change_windows", change_window),
    }
}

fn data(table: &Table<'_>) -> Data {
    table.only(&["classes", "trusted"]);
    let class = |table: &Table<'_>| {
        table.only(&["resource", "class", "retention_days", "regions"]);
        if !table.has("class") {
            table.fault("", "has no `class`");
        }
        Some(DataClass {
            class: table.word("class", Class::WORDS, Class::from_word)?,
            retention_days: table.whole("retention_days"),
            regions: table.patterns("regions"),
            line: table.line(),
            resource: needed(table, "resource")?,
        })
    };
    Data { classes: table.list("classes", class), trusted: table.patterns("trusted") }
}

fn expected(table: &Table<'_>) -> Option<ExpectedSource> {
    table.only(&["plane", "product", "accounts", "from", "to"]);
    if !table.has("plane") {
        table.fault("", "has no `plane`");
    }
    let words: Vec<&str> = Plane::ALL.iter().map(|plane| plane.as_str()).collect();
    let plane = table.word("plane", &words, Plane::from_word);
    Some(ExpectedSource {
        product: table.text("product"),
        accounts: table.patterns("accounts"),
        window: window(table, "from", "to"),
        line: table.line(),
        plane: plane?.as_str().to_owned(),
    })
}

fn incident(table: &Table<'_>) -> Incident {
    table.only(&[
        "class",
        "personal_data",
        "detected_at",
        "detected_by",
        "aware_at",
        "contained_at",
        "notified_at",
        "notified_to",
    ]);
    let incident = Incident {
        class: table.word("class", IncidentClass::WORDS, IncidentClass::from_word),
        personal_data: table.flag("personal_data"),
        detected_at: table.time("detected_at"),
        detected_by: table.text("detected_by"),
        aware_at: table.time("aware_at"),
        contained_at: table.time("contained_at"),
        notified_at: table.time("notified_at"),
        notified_to: table.texts("notified_to"),
    };
    check::incident_order(table, &incident);
    incident
}

fn thresholds(table: &Table<'_>) -> Thresholds {
    table.only(&[
        "clock_skew",
        "gap_length",
        "approval_validity",
        "fast_approval",
        "oversight_window",
        "retry_window",
        "rate",
        "repeats",
        "depth",
        "cost",
        "errors",
        "volume",
        "records",
        "key_age",
    ]);
    let usual = Thresholds::default();
    let span = |key, usual| declared_or(table.span_of_time(key), usual);
    let whole = |key, usual| declared_or(table.whole(key), usual);
    let some = |key, usual| declared_or(table.whole(key).map(Some), usual);
    Thresholds {
        clock_skew: span("clock_skew", usual.clock_skew),
        gap_length: span("gap_length", usual.gap_length),
        approval_validity: span("approval_validity", usual.approval_validity),
        fast_approval: span("fast_approval", usual.fast_approval),
        oversight_window: span("oversight_window", usual.oversight_window),
        retry_window: span("retry_window", usual.retry_window),
        rate: whole("rate", usual.rate),
        repeats: whole("repeats", usual.repeats),
        depth: whole("depth", usual.depth),
        cost: declared_or(table.number("cost"), usual.cost),
        errors: whole("errors", usual.errors),
        volume: some("volume", usual.volume),
        records: some("records", usual.records),
        key_age: span("key_age", usual.key_age),
    }
}

fn declared_or<T>(declared: Option<T>, usual: Threshold<T>) -> Threshold<T> {
    declared.map_or(usual, |value| Threshold { value, is_declared: true })
}
