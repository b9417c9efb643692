//! Everything the sources of the story wrote, before it is cut into files. It decides no content.

use serde_json::Value;

use crate::moment::Moment;
use crate::trail::Trail;

/// The records of all sources. Times beside records are for sorting only.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) trail: Trail,
    /// Audit lines of the gateway.
    pub(crate) audit: Vec<(Moment, Value)>,
    /// Captured MCP messages.
    pub(crate) wire: Vec<(Moment, Value)>,
    /// Decisions of the policy engine.
    pub(crate) decisions: Vec<(Moment, Value)>,
    /// Shell and database sessions.
    pub(crate) shells: Vec<(Moment, Value)>,
    /// Events routed by the shell gateway.
    pub(crate) routed: Vec<(Moment, Value)>,
    /// Model invocations.
    pub(crate) turns: Vec<(Moment, Value)>,
}

impl Evidence {
    /// Starts with nothing.
    pub(crate) fn new() -> Self {
        Self {
            trail: Trail::new(),
            audit: Vec::new(),
            wire: Vec::new(),
            decisions: Vec::new(),
            shells: Vec::new(),
            routed: Vec::new(),
            turns: Vec::new(),
        }
    }

    /// Puts every source but the trail, which sorts itself, in the order of time.
    pub(crate) fn sort(&mut self) {
        let sources = [
            &mut self.audit,
            &mut self.wire,
            &mut self.decisions,
            &mut self.shells,
            &mut self.routed,
            &mut self.turns,
        ];
        for records in sources {
            records.sort_by_key(|(at, _)| *at);
        }
    }
}
