//! Claude Code session transcripts: `~/.claude/projects/<folder>/<session>.jsonl`, sub-agents in the same file or in
//! `<session>/subagents/agent-<id>.jsonl`. One JSON value per line.
//!
//! Source: the vendor documents no format; the fields are those of public samples and viewers (daaain/claude-code-log)
//! for versions 1.0 to 2.x. Lines are read leniently: an unknown type is kept as an event without its content.
//! Maps: timestamp, uuid, sessionId, agentId, version, permissionMode, requestId, message.{id,model,usage,content},
//! costUSD where it is recorded; from arguments and results ARNs, AWS request ids and access key ids.
//! Drops: prompts, answers, thinking, plans, file contents and diffs (size and SHA-256 stay). Commands, arguments of MCP
//! tools and results of both up to 4 KiB stay, redacted like everything else.
//! Quirks: an answer of the model is several lines with one `message.id` and copies of `usage`, of which the last is
//! whole: they are one event. Results of tools come in lines of type `user`. Resumed sessions copy old lines into a new
//! file with the same `uuid`. A refusal is a result with `is_error` and words. No person is named, and the file lies
//! where its user can edit it: it proves nothing by itself. Must not guess who sat at the keyboard.

mod arguments;
mod blocks;
mod finds;
mod line;
mod pending;
mod refusal;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::source::Framing;

use super::contract::{Adapted, Adapter, Confidence, Format, Record};
use super::sample::Sample;
use super::unmapped;

use line::Line;
use pending::Pending;

/// Score of a source with a single line of a transcript; one of nothing else gets `BASE + SPAN`.
const BASE: usize = 50;
const SPAN: usize = 46;

/// Ids of lines that are remembered to find missing parents.
const MAX_IDS: usize = 2_000_000;

const FOREIGN: &str = "records that are no line of a transcript are kept as unmapped JSON";

/// Session transcripts of Claude Code.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClaudeCode;

impl Format for ClaudeCode {
    fn id(&self) -> &'static str {
        "claude-code"
    }

    fn about(&self) -> &'static str {
        "Claude Code session transcripts: tools, commands, refusals, tokens; no prompts"
    }

    fn framing(&self) -> Framing {
        Framing::json(&[])
    }

    fn recognize(&self, sample: &Sample<'_>) -> Confidence {
        if !["sessionId", "leafUuid"].iter().any(|key| sample.mentions_key(key)) {
            return Confidence::no();
        }
        let values = sample.values();
        let hits = values.iter().filter(|value| line::is_line(value)).count();
        if hits == 0 {
            return Confidence::no();
        }
        let score = u8::try_from(BASE + SPAN * hits / values.len()).unwrap_or(u8::MAX);
        Confidence::new(
            score,
            format!(
                "`type`, `uuid` and `sessionId` of a transcript in {hits} of {} sampled records; \
                 written by the client, where its user can edit it",
                values.len()
            ),
        )
    }

    fn adapter(&self) -> Box<dyn Adapter + Send> {
        Box::new(Reader::default())
    }
}

/// The state of one transcript.
#[derive(Debug, Default)]
struct Reader {
    pending: Pending,
    /// The permission mode last told, by session.
    modes: BTreeMap<String, String>,
    family: Family,
}

impl Adapter for Reader {
    fn adapt<'r>(&mut self, record: &Record<'r>, out: &mut Adapted<'r>) {
        let value: Value = match serde_json::from_str(record.text) {
            Ok(value) => value,
            Err(error) => return out.reject(record, unmapped::why_unreadable(&error)),
        };
        if !line::may_be_line(&value) {
            if unmapped::push(record, out) {
                out.warn(FOREIGN);
            }
            return;
        }
        let Value::Object(object) = value else { return out.reject(record, "line is no object") };
        let mut line = Line::new(object);
        self.family.meet(&line);
        self.follow_mode(&mut line);
        scene::read(&line, record.place, &mut self.pending, out);
    }

    fn finish(&mut self, out: &mut Adapted<'_>) {
        self.pending.finish(out);
        let (n_missing, n_lines) = self.family.missing();
        if n_missing > 0 {
            out.warn(format!(
                "{n_missing} of {n_lines} lines name a parent line that is not in this file: lines may have been cut, \
                 rewritten or moved (a weak sign: resumed sessions do this too)"
            ));
        }
    }
}

impl Reader {
    /// A mode holds until another one is told.
    fn follow_mode(&mut self, line: &mut Line) {
        let session = line.session.clone().unwrap_or_default();
        match line.text("permissionMode") {
            Some(mode) => {
                self.modes.insert(session, mode.to_owned());
            }
            None => line.earlier_mode = self.modes.get(&session).cloned(),
        }
    }
}

/// Which lines there are, and which are named as parents.
#[derive(Debug, Default)]
struct Family {
    present: BTreeSet<u64>,
    parents: BTreeMap<u64, u64>,
    n_lines: u64,
}

impl Family {
    fn meet(&mut self, line: &Line) {
        self.n_lines += 1;
        if self.present.len() >= MAX_IDS {
            return;
        }
        self.present.extend(line.uuid.as_deref().map(short_digest));
        if let Some(parent) = line.text("parentUuid") {
            *self.parents.entry(short_digest(parent)).or_default() += 1;
        }
    }

    /// Returns how many lines name a parent that was not met, of how many.
    fn missing(&self) -> (u64, u64) {
        if self.present.len() >= MAX_IDS {
            return (0, self.n_lines);
        }
        let orphans = self.parents.iter().filter(|(parent, _)| !self.present.contains(parent));
        (orphans.map(|(_, count)| count).sum(), self.n_lines)
    }
}

fn short_digest(id: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(id.as_bytes()).into();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
