//! `ocsf/`: events as API Activity (6003), criteria as Compliance Finding (2003), findings and observed techniques as
//! Detection Finding (2004), in the form of the Open Cybersecurity Schema Framework 1.8.0, one object on each line and one
//! class in each file. Times are whole milliseconds there; the exact one stands in `metadata.original_time`. An event
//! without a time has no place in it, as in Timesketch, and is counted in the manifest.

mod activity;
mod findings;

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};

use super::folder::{Folder, HashedFile, WriteError};
use super::safe;
use super::targets::{Target, Writing};
use super::told::Told;
use crate::model::Micros;
use crate::query::export::ExportEvent;
use crate::text::sanitize::sanitize;

pub(super) const TARGET: Target = Target { word: "ocsf", states_criteria: true, begin };

const FOLDER: &str = "ocsf";
const ACTIVITY: &str = "ocsf/api_activity.jsonl";
const COMPLIANCE: &str = "ocsf/compliance_finding.jsonl";
const DETECTION: &str = "ocsf/detection_finding.jsonl";

/// The version of the framework.
const VERSION: &str = "1.8.0";

/// Records named by one finding; `exceptions.csv` and `findings.json` name the others.
const MOST_NAMED: usize = 50;

fn begin(_told: &Told<'_>, folder: &Folder) -> Result<Box<dyn Writing>, WriteError> {
    folder.folder(FOLDER)?;
    Ok(Box::new(Files { activity: folder.begin(ACTIVITY)? }))
}

struct Files {
    activity: HashedFile,
}

impl Writing for Files {
    fn event(
        &mut self,
        event: &ExportEvent,
        told: &Told<'_>,
        folder: &Folder,
    ) -> Result<(), WriteError> {
        let Some(time) = event.row.time else { return Ok(()) };
        line(&mut self.activity, &activity::of(event, time, told.input))
            .map_err(|error| folder.failed(ACTIVITY, error))
    }

    fn finish(self: Box<Self>, told: &Told<'_>, folder: &mut Folder) -> Result<(), WriteError> {
        folder.finish(self.activity)?;
        for (name, findings) in
            [(COMPLIANCE, findings::compliance(told)), (DETECTION, findings::detections(told))]
        {
            let mut file = folder.begin(name)?;
            for finding in &findings {
                line(&mut file, finding).map_err(|error| folder.failed(name, error))?;
            }
            folder.finish(file)?;
        }
        Ok(())
    }
}

fn line(out: &mut impl Write, object: &Json) -> io::Result<()> {
    writeln!(out, "{}", safe::json_line(object))
}

/// An object while it is made: what is empty is left out, and texts are made harmless.
#[derive(Debug, Default)]
struct Object {
    members: Map<String, Json>,
    is_changed: bool,
}

impl Object {
    fn new() -> Self {
        Self::default()
    }

    fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.members.insert(name.to_owned(), value.into());
    }

    /// Puts a text that may be missing.
    fn text(&mut self, name: &str, text: Option<&str>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        let safe = sanitize(text);
        self.is_changed |= safe != text;
        self.put(name, safe.as_ref());
    }

    /// Puts an object unless it is empty.
    fn object(&mut self, name: &str, object: Self) {
        self.is_changed |= object.is_changed;
        if !object.members.is_empty() {
            self.put(name, object.members);
        }
    }

    /// Puts a list unless it is empty.
    fn list(&mut self, name: &str, list: Vec<Json>) {
        if !list.is_empty() {
            self.put(name, list);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    fn into_json(self) -> Json {
        Json::Object(self.members)
    }
}

/// Returns whole milliseconds since 1970.
fn millis(time: Micros) -> i64 {
    time.0.div_euclid(1_000)
}

/// Returns the members that every object begins with.
fn head(class: u32, activity: u32, time: i64, severity: u32) -> Object {
    let mut head = Object::new();
    head.put("activity_id", activity);
    head.put("category_uid", class / 1_000);
    head.put("class_uid", class);
    head.put("type_uid", class * 100 + activity);
    head.put("time", time);
    head.put("severity_id", severity);
    head
}

/// Returns what wrote the object. `tool` is program and version: `whytrail/0.1.0`.
fn product(tool: &str) -> Json {
    let (name, version) = tool.split_once('/').unwrap_or((tool, ""));
    json!({"name": name, "vendor_name": name, "version": version})
}
