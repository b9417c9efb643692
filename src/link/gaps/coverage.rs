//! Groups of sources and their coverage: who records what, from when to when, in which rhythm. One row of temporary
//! table `gap_minute` for each minute in which a group has records keeps what follows small for millions of events.

use crate::link::reach::Reach;
use crate::model::Micros;
use crate::store::{Fault, Value, Writer};

/// Operations that CloudTrail records as data events only (off unless a trail selects them): object level of S3, calls of
/// Lambda functions, items of `DynamoDB`. CloudTrail user guide, "Logging data events", 2026.
const DATA_EVENTS: &[(&str, &[&str])] = &[
    (
        "s3 data",
        &[
            "s3:GetObject",
            "s3:PutObject",
            "s3:HeadObject",
            "s3:DeleteObject",
            "s3:DeleteObjects",
            "s3:CopyObject",
            "s3:ListObjects",
            "s3:ListObjectsV2",
            "s3:ListObjectVersions",
            "s3:UploadPart",
            "s3:UploadPartCopy",
            "s3:CreateMultipartUpload",
            "s3:CompleteMultipartUpload",
            "s3:AbortMultipartUpload",
            "s3:ListParts",
            "s3:RestoreObject",
            "s3:SelectObjectContent",
            "s3:GetObjectTagging",
            "s3:PutObjectTagging",
            "s3:DeleteObjectTagging",
            "s3:GetObjectAcl",
            "s3:PutObjectAcl",
            "s3:GetObjectAttributes",
            "s3:GetObjectTorrent",
            "s3:GetObjectLockConfiguration",
            "s3:PutObjectRetention",
            "s3:GetObjectRetention",
            "s3:PutObjectLegalHold",
            "s3:GetObjectLegalHold",
            "s3:HeadBucket",
        ],
    ),
    ("lambda data", &["lambda:Invoke", "lambda:InvokeFunction", "lambda:InvokeExecution"]),
    (
        "dynamodb data",
        &[
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:TransactGetItems",
            "dynamodb:TransactWriteItems",
            "dynamodb:ExecuteStatement",
            "dynamodb:BatchExecuteStatement",
            "dynamodb:ExecuteTransaction",
            "dynamodb:GetRecords",
        ],
    ),
];

/// Part of CloudTrail that is not one of [`DATA_EVENTS`].
pub(super) const MANAGEMENT: &str = "mgmt";

/// A tool call's arguments, under the names that the formats keep them. A source that logs none has none of these.
pub(super) const ARGUMENTS: &str = "\"[A-Za-z0-9_.]*(arguments|args|input|inputs|parameters|requestParameters|command|text|\
     query|query_excerpt|statement|sql|argument|request_payload|requestBody)(\\.summary|Summary)?\"\\s*:\\s*[^n\\s]|\"data\"\\s*:\\s*\\{\\s*\"request\"";

/// Tool calls whose records hold no arguments.
pub(super) const BARE: &str = "INSERT INTO gap_bare
    SELECT n FROM event WHERE {added} AND kind = 'tool_call' AND plane <> 'cloudtrail' AND masked IS NULL
      AND NOT regexp_matches(payload, '{arguments}')";
/// The component of `ToolHive` that a record names.
pub(super) const PLACES: &str = "INSERT INTO gap_place
    SELECT n, regexp_extract(payload, '\"component\"\\s*:\\s*\"([^\"]{1,60})\"', 1)
    FROM event WHERE {added} AND product = 'toolhive'";

/// Widths of a cell of the calendar, in seconds.
const WIDTHS: &[i64] = &[
    60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 604_800,
    2_592_000,
];
/// Most cells that a row of the calendar is kept in.
const MOST_CELLS: i64 = 2_000;
/// A stretch without any record at all is kept from this length on.
const UNCOVERED: i64 = 10 * 60 * 1_000_000;

/// A group of sources that record the same thing.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) number: i64,
    /// Stable text for keys.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) plane: String,
    pub(super) product: String,
    pub(super) part: String,
    pub(super) place: String,
    pub(super) events: u64,
    /// Tool calls, and those whose record holds no arguments.
    pub(super) calls: u64,
    pub(super) bare: u64,
    pub(super) masked: u64,
    /// Tool calls and decisions that name neither session nor trace, and were not joined to one either.
    pub(super) unbound: u64,
    /// Tool calls and decisions.
    pub(super) acts: u64,
    pub(super) first: Micros,
    pub(super) last: Micros,
    /// Gaps between records of different minutes: how many, the 99th percentile, and the longest, longest first.
    pub(super) n_gaps: u64,
    pub(super) usual_gap: i64,
    pub(super) gaps: Vec<Gap>,
    pub(super) fit: &'static str,
}

/// A stretch without a record of a group, between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) length: i64,
    pub(super) from: Micros,
    pub(super) to: Micros,
}

impl Group {
    /// Returns true for planes that record what was asked for.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self.plane.as_str(), "gateway" | "mcp" | "transcript" | "authz" | "model")
    }

    /// Returns the AWS account of a CloudTrail group.
    pub(super) fn account(&self) -> Option<String> {
        (self.plane == "cloudtrail" && !self.place.is_empty()).then(|| self.place.clone())
    }

    /// Returns filter text that shows its records, without a time.
    pub(super) fn filter(&self) -> String {
        let mut text = format!("source={} product={}", self.plane, super::quoted(&self.product));
        if let Some(account) = self.account() {
            text = format!("{text} account={}", super::quoted(&account));
        } else if self.plane == "mcp" && !self.place.is_empty() {
            text = format!("{text} server={}", super::quoted(&self.place));
        }
        text
    }

    /// Returns the longest gap of its own rhythm, without the given stretch.
    pub(super) fn longest_but(&self, n_known: usize) -> i64 {
        self.gaps.get(n_known).map_or(0, |gap| gap.length)
    }
}

/// What every kind of blind spot starts from.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) groups: Vec<Group>,
    /// Dated events, and the first and last of them.
    pub(super) events: u64,
    pub(super) span: (Micros, Micros),
    /// Sessions of agents in the case.
    pub(super) agent_sessions: u64,
}

impl Ground {
    /// Returns the groups of a plane.
    pub(super) fn plane<'g>(&'g self, plane: &'g str) -> impl Iterator<Item = &'g Group> {
        self.groups.iter().filter(move |group| group.plane == plane)
    }

    /// Returns true when a plane has records.
    pub(super) fn has(&self, plane: &str) -> bool {
        self.plane(plane).next().is_some()
    }

    /// Puts a word into the calendar; the first one said of a group stays.
    pub(super) fn mark(&mut self, group: Option<i64>, fit: Option<&'static str>) {
        let Some(fit) = fit else { return };
        for one in self.groups.iter_mut().filter(|one| Some(one.number) == group) {
            if one.fit == "ok" {
                one.fit = fit;
            }
        }
    }
}

/// Fills tables `gap_bare` and `gap_place`, or adds to them.
pub(in crate::link) fn read_payloads(writer: &mut Writer, reach: Reach) -> Result<(), Fault> {
    if reach == Reach::All {
        writer.execute_batch("DELETE FROM gap_bare; DELETE FROM gap_place;")?;
    }
    let added = reach.condition();
    let bare = BARE.replace("{arguments}", &ARGUMENTS.replace('\'', "''"));
    writer.execute(&bare.replace("{added}", &added), &[])?;
    writer.execute(&PLACES.replace("{added}", &added), &[])?;
    Ok(())
}

/// Surveys the events.
pub(super) fn survey(writer: &mut Writer) -> Result<Ground, Fault> {
    sort_into_groups(writer)?;
    let mut groups = read_groups(writer)?;
    read_gaps(writer, &mut groups)?;
    name_all(&mut groups);
    let mut ground = Ground {
        groups,
        events: writer.number("SELECT count(ts) FROM event")?,
        span: (Micros(0), Micros(0)),
        agent_sessions: writer.number("SELECT count(*) FROM session WHERE kind = 'AGENT'")?,
    };
    writer.each("SELECT min(ts), max(ts) FROM event", |row| {
        if let (Some(first), Some(last)) = (row.time(0), row.time(1)) {
            ground.span = (first, last);
        }
        Ok(())
    })?;
    Ok(ground)
}

/// Reads `gap_bare` and `gap_place`; makes `gap_key` (groups by their parts), `gap_event` (event to group) and `gap_minute`.
fn sort_into_groups(writer: &mut Writer) -> Result<(), Fault> {
    let parts: Vec<String> = DATA_EVENTS
        .iter()
        .map(|(part, actions)| {
            let list: Vec<String> = actions.iter().map(|action| super::literal(action)).collect();
            format!("WHEN action IN ({}) THEN '{part}'", list.join(", "))
        })
        .collect();
    let part = format!(
        "CASE WHEN plane <> 'cloudtrail' THEN '' {} WHEN is_tool THEN 'tool calls' ELSE '{MANAGEMENT}' END",
        parts.join(" ")
    );
    // What a group follows from is told apart by its hash, so that texts are compared for each sort of event only.
    let sort = "hash(plane, product, kind = 'tool_call', action, account, server, p.place)";
    writer.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE gap_sort AS
         SELECT sort, plane, product, {part} AS part,
                CASE WHEN plane = 'cloudtrail' THEN coalesce(account, '') WHEN plane = 'mcp' THEN coalesce(server, '')
                     ELSE coalesce(place, '') END AS place
         FROM (SELECT DISTINCT {sort} AS sort, plane, product, kind = 'tool_call' AS is_tool, action, account, server, p.place
               FROM event e LEFT JOIN gap_place p ON p.n = e.n WHERE ts IS NOT NULL);
         CREATE OR REPLACE TEMP TABLE gap_key AS
         SELECT row_number() OVER (ORDER BY plane, product, part, place)::INTEGER AS grp, *
         FROM (SELECT DISTINCT plane, product, part, place FROM gap_sort);
         CREATE OR REPLACE TEMP TABLE gap_event AS
         SELECT e.n, e.ts, s.grp, e.kind, e.masked IS NOT NULL AS is_masked,
                e.kind IN ('tool_call', 'decision') AND e.session IS NULL AND e.trace IS NULL AS is_loose
         FROM event e LEFT JOIN gap_place p ON p.n = e.n
         JOIN (SELECT sort, grp FROM gap_sort JOIN gap_key USING (plane, product, part, place)) s ON s.sort = {sort}
         WHERE e.ts IS NOT NULL;
         DROP TABLE gap_sort;
         CREATE OR REPLACE TEMP TABLE gap_minute AS
         SELECT grp, epoch_us(ts) // 60000000 AS minute, min(ts) AS lo, max(ts) AS hi, count(*) AS events
         FROM gap_event GROUP BY ALL;"
    ))
}

fn read_groups(writer: &mut Writer) -> Result<Vec<Group>, Fault> {
    let mut groups = Vec::new();
    writer.each(
        "SELECT k.grp, k.plane, k.product, k.part, k.place, count(*), count(*) FILTER (e.kind = 'tool_call'),
                count(b.n), count(*) FILTER (e.is_masked), count(*) FILTER (e.is_loose AND g.n IS NULL),
                count(*) FILTER (e.kind IN ('tool_call', 'decision')), min(e.ts), max(e.ts)
         FROM gap_event e JOIN gap_key k ON k.grp = e.grp LEFT JOIN gap_bare b ON b.n = e.n
         LEFT JOIN (SELECT DISTINCT n FROM session_guest) g ON g.n = e.n
         GROUP BY ALL ORDER BY k.grp",
        |row| {
            let [plane, product, part, site] = [1, 2, 3, 4].map(|index| row.text(index));
            groups.push(Group {
                number: row.int(0),
                key: format!("{plane}|{product}|{part}|{site}"),
                name: String::new(),
                plane,
                product,
                part,
                place: site,
                events: row.count(5),
                calls: row.count(6),
                bare: row.count(7),
                masked: row.count(8),
                unbound: row.count(9),
                acts: row.count(10),
                first: row.time(11).unwrap_or(Micros(0)),
                last: row.time(12).unwrap_or(Micros(0)),
                n_gaps: 0,
                usual_gap: 0,
                gaps: Vec::new(),
                fit: "ok",
            });
            Ok(())
        },
    )?;
    Ok(groups)
}

fn read_gaps(writer: &mut Writer, groups: &mut [Group]) -> Result<(), Fault> {
    let at =
        |groups: &mut [Group], number: i64| groups.iter().position(|group| group.number == number);
    let gaps = "WITH step AS (SELECT grp, lo, lag(hi) OVER (PARTITION BY grp ORDER BY minute) AS before FROM gap_minute),
                gap AS (SELECT grp, before, lo, epoch_us(lo) - epoch_us(before) AS length FROM step WHERE before IS NOT NULL)";
    writer.each(
        &format!("{gaps} SELECT grp, count(*), quantile_disc(length, 0.99) FROM gap GROUP BY grp"),
        |row| {
            if let Some(group) = at(groups, row.int(0)).and_then(|idx| groups.get_mut(idx)) {
                (group.n_gaps, group.usual_gap) = (row.count(1), row.int(2));
            }
            Ok(())
        },
    )?;
    writer.each(
        &format!(
            "{gaps} SELECT grp, length, before, lo FROM gap
             QUALIFY row_number() OVER (PARTITION BY grp ORDER BY length DESC, before) <= 12 ORDER BY grp, length DESC, before"
        ),
        |row| {
            let index = at(groups, row.int(0));
            if let (Some(group), Some(from), Some(to)) =
                (index.and_then(|idx| groups.get_mut(idx)), row.time(2), row.time(3))
            {
                group.gaps.push(Gap { length: row.int(1), from, to });
            }
            Ok(())
        },
    )
}

/// Gives each group a name as short as it can be told by.
fn name_all(groups: &mut [Group]) {
    let accounts: std::collections::BTreeSet<String> =
        groups.iter().filter_map(Group::account).collect();
    for group in groups.iter_mut() {
        let own = match group.plane.as_str() {
            "cloudtrail" => group.part.clone(),
            _ if group.place.is_empty() => group.product.clone(),
            _ => group.place.clone(),
        };
        group.name = format!("{} {own}", group.plane);
        if group.plane == "cloudtrail" && accounts.len() > 1 && !group.place.is_empty() {
            let end: String =
                group.place.chars().skip(group.place.chars().count().saturating_sub(4)).collect();
            group.name = format!("{} ..{end}", group.name);
        }
    }
    // Products of one name keep the product in theirs.
    let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    for group in groups.iter_mut() {
        if names.iter().filter(|name| **name == group.name).count() > 1 {
            group.name = format!("{} {}", group.name, group.product);
        }
    }
}

/// Writes groups, their cells, and stretches without any record.
pub(super) fn keep(writer: &mut Writer, ground: &Ground) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = ground.groups.iter().map(group_row).collect();
    writer.append_rows("source_group", &rows)?;
    let length = (ground.span.1.0 - ground.span.0.0) / 1_000_000;
    let width =
        WIDTHS.iter().copied().find(|width| length / width < MOST_CELLS).unwrap_or(2_592_000);
    writer.execute("DELETE FROM meta WHERE key = 'coverage cell'", &[])?;
    writer.execute("INSERT INTO meta VALUES ('coverage cell', ?)", &[width.to_string().into()])?;
    writer.execute_batch(&format!(
        "INSERT INTO coverage
         SELECT e.grp, epoch_us(e.ts) // {} AS cell, count(*), count(*) FILTER (e.kind = 'tool_call'), count(b.n)
         FROM gap_event e LEFT JOIN gap_bare b ON b.n = e.n GROUP BY ALL ORDER BY ALL;
         INSERT INTO uncovered
         WITH step AS (SELECT min(lo) AS lo, max(hi) AS hi, minute FROM gap_minute GROUP BY minute),
              gap AS (SELECT lag(hi) OVER (ORDER BY minute) AS before, lo FROM step)
         SELECT before, lo FROM gap WHERE epoch_us(lo) - epoch_us(before) >= {UNCOVERED} ORDER BY before;",
        width * 1_000_000
    ))
}

fn group_row(group: &Group) -> Vec<Value> {
    let count = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    vec![
        Value::Int(group.number),
        group.key.as_str().into(),
        group.name.as_str().into(),
        group.plane.as_str().into(),
        group.product.as_str().into(),
        group.part.as_str().into(),
        group.place.as_str().into(),
        count(group.events),
        count(group.calls),
        count(group.bare),
        count(group.masked),
        count(group.unbound),
        group.first.into(),
        group.last.into(),
        Value::Int(group.usual_gap),
        Value::Int(group.longest_but(0)),
        group.fit.into(),
    ]
}

/// Drops what only the making needed.
pub(super) fn clean_up(writer: &mut Writer) -> Result<(), Fault> {
    writer.execute_batch(
        "DROP TABLE IF EXISTS gap_event; DROP TABLE IF EXISTS gap_minute; DROP TABLE IF EXISTS gap_key;
         DROP TABLE IF EXISTS gap_silence;",
    )
}
