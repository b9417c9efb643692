//! Events as columns. Parser threads fill a batch straight from the record's bytes; the writer hands it to the engine
//! whole. One list gives the order of columns for both, and a test compares it with the table.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use duckdb::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, FixedSizeBinaryBuilder, Float64Builder, Int32Builder,
    Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;

use super::fault::Fault;
use crate::model::{Event, EventId, SourceId, Text};

/// Where an event comes from, as the table stores it.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// Row number inside the case; joins the event to its further identifiers and links.
    pub n: i64,
    pub id: EventId,
    pub source: SourceId,
    pub record_index: i32,
    pub part: i32,
    pub line: i32,
    pub offset: i64,
    pub length: i32,
    pub raw_sha256: [u8; 32],
}

const TEXT_COLUMNS: usize = 44;

/// Rows of the `event` table under construction.
#[derive(Debug)]
pub struct EventBatch {
    n: Int64Builder,
    id: FixedSizeBinaryBuilder,
    ts: TimestampMicrosecondBuilder,
    ts_end: TimestampMicrosecondBuilder,
    source: Int32Builder,
    record_index: Int32Builder,
    part: Int32Builder,
    line: Int32Builder,
    offset: Int64Builder,
    length: Int32Builder,
    raw_sha256: BinaryBuilder,
    texts: Vec<StringBuilder>,
    credential_created: TimestampMicrosecondBuilder,
    read_only: BooleanBuilder,
    approval_at: TimestampMicrosecondBuilder,
    tokens_in: Int64Builder,
    tokens_out: Int64Builder,
    cost: Float64Builder,
    bytes: Int64Builder,
    shape_rank: Int32Builder,
    identifiers: Identifiers,
    resources: Resources,
    rows: usize,
    text_bytes: usize,
}

#[derive(Debug, Default)]
struct Identifiers {
    n: Int64Builder,
    source: Int32Builder,
    kind: StringBuilder,
    value: StringBuilder,
    trust: StringBuilder,
}

#[derive(Debug, Default)]
struct Resources {
    n: Int64Builder,
    source: Int32Builder,
    id: StringBuilder,
    kind: StringBuilder,
}

/// What a column holds, in table order.
#[derive(Clone, Copy)]
enum Column {
    Plain(&'static str, Plain),
    Text(&'static str),
}

#[derive(Clone, Copy)]
enum Plain {
    Uuid,
    Time,
    Int32,
    Int64,
    Float64,
    Bool,
    Blob,
}

use Column::{Plain as P, Text as T};

/// Columns of `event` in the order of the migration.
const COLUMNS: &[Column] = &[
    P("n", Plain::Int64),
    P("id", Plain::Uuid),
    P("ts", Plain::Time),
    T("ts_precision"),
    P("ts_end", Plain::Time),
    P("source", Plain::Int32),
    P("record_index", Plain::Int32),
    P("part", Plain::Int32),
    P("line", Plain::Int32),
    P("offset", Plain::Int64),
    P("length", Plain::Int32),
    P("raw_sha256", Plain::Blob),
    T("plane"),
    T("product"),
    T("kind"),
    T("native_id"),
    T("human"),
    T("human_proof"),
    T("agent"),
    T("agent_trust"),
    T("client"),
    T("actor"),
    T("actor_type"),
    T("credential"),
    T("parent_credential"),
    T("session"),
    T("session_basis"),
    T("role_session"),
    P("credential_created", Plain::Time),
    T("trace"),
    T("span"),
    T("parent_span"),
    T("request"),
    T("server"),
    T("tool"),
    T("method"),
    T("action"),
    T("action_class"),
    P("read_only", Plain::Bool),
    T("resource"),
    T("resource_type"),
    T("region"),
    T("account"),
    T("address"),
    T("user_agent"),
    T("invoked_by"),
    T("decision"),
    T("policy"),
    T("reason"),
    T("approval_state"),
    T("approval_by"),
    P("approval_at", Plain::Time),
    T("outcome"),
    T("error_code"),
    P("tokens_in", Plain::Int64),
    P("tokens_out", Plain::Int64),
    P("cost", Plain::Float64),
    T("model"),
    P("bytes", Plain::Int64),
    T("masked"),
    P("shape_rank", Plain::Int32),
    T("payload"),
];

static EVENT_SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let fields: Vec<Field> = COLUMNS
        .iter()
        .map(|column| match *column {
            Column::Text(name) => Field::new(name, DataType::Utf8, true),
            Column::Plain(name, plain) => {
                let field = Field::new(name, data_type(plain), true);
                if matches!(plain, Plain::Uuid) {
                    let extension = ("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned());
                    field.with_metadata(HashMap::from([extension]))
                } else {
                    field
                }
            }
        })
        .collect();
    Arc::new(Schema::new(fields))
});

const fn data_type(plain: Plain) -> DataType {
    match plain {
        Plain::Uuid => DataType::FixedSizeBinary(16),
        Plain::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        Plain::Int32 => DataType::Int32,
        Plain::Int64 => DataType::Int64,
        Plain::Float64 => DataType::Float64,
        Plain::Bool => DataType::Boolean,
        Plain::Blob => DataType::Binary,
    }
}

/// A batch in the engine's own form: rows of `event`, `extra_identifier` and `extra_resource`.
#[derive(Debug)]
pub struct Columns {
    pub(super) events: RecordBatch,
    pub(super) identifiers: Option<RecordBatch>,
    pub(super) resources: Option<RecordBatch>,
}

impl Columns {
    /// Returns the number of events.
    pub fn n_events(&self) -> usize {
        self.events.num_rows()
    }
}

impl Default for EventBatch {
    fn default() -> Self {
        Self {
            n: Int64Builder::new(),
            id: FixedSizeBinaryBuilder::new(16),
            ts: TimestampMicrosecondBuilder::new(),
            ts_end: TimestampMicrosecondBuilder::new(),
            source: Int32Builder::new(),
            record_index: Int32Builder::new(),
            part: Int32Builder::new(),
            line: Int32Builder::new(),
            offset: Int64Builder::new(),
            length: Int32Builder::new(),
            raw_sha256: BinaryBuilder::new(),
            texts: std::iter::repeat_with(StringBuilder::new).take(TEXT_COLUMNS).collect(),
            credential_created: TimestampMicrosecondBuilder::new(),
            read_only: BooleanBuilder::new(),
            approval_at: TimestampMicrosecondBuilder::new(),
            tokens_in: Int64Builder::new(),
            tokens_out: Int64Builder::new(),
            cost: Float64Builder::new(),
            bytes: Int64Builder::new(),
            shape_rank: Int32Builder::new(),
            identifiers: Identifiers::default(),
            resources: Resources::default(),
            rows: 0,
            text_bytes: 0,
        }
    }
}

impl EventBatch {
    /// Returns the number of events in the batch.
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Returns true when the batch holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns roughly how many bytes of payload the batch holds.
    pub const fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Adds an event. Texts must be redacted already.
    pub fn push(&mut self, at: &Position, event: &Event<'_>) -> Result<(), Fault> {
        self.n.append_value(at.n);
        self.id
            .append_value(at.id.0.to_be_bytes())
            .map_err(|error| Fault::Engine(error.to_string()))?;
        self.ts.append_option(event.time.map(|time| time.0));
        self.ts_end.append_option(event.time_end.map(|time| time.0));
        self.source.append_value(at.source.0);
        self.record_index.append_value(at.record_index);
        self.part.append_value(at.part);
        self.line.append_value(at.line);
        self.offset.append_value(at.offset);
        self.length.append_value(at.length);
        self.raw_sha256.append_value(at.raw_sha256);
        self.push_texts(event);
        self.credential_created.append_option(event.credential_created.map(|time| time.0));
        self.read_only.append_option(event.read_only);
        self.approval_at.append_option(event.approval_at.map(|time| time.0));
        self.tokens_in.append_option(event.tokens_in);
        self.tokens_out.append_option(event.tokens_out);
        self.cost.append_option(event.cost);
        self.bytes.append_option(event.bytes);
        self.shape_rank.append_value(i32::from(event.shape_rank));
        self.push_lists(at, event);
        self.rows += 1;
        self.text_bytes += event.payload.len();
        Ok(())
    }

    /// Adds the text columns, in the order in which [`COLUMNS`] lists them.
    fn push_texts(&mut self, event: &Event<'_>) {
        const fn text<'e>(value: &'e Text<'_>) -> Option<&'e str> {
            match value {
                Some(std::borrow::Cow::Borrowed(text)) => Some(text),
                Some(std::borrow::Cow::Owned(text)) => Some(text.as_str()),
                None => None,
            }
        }
        let values: [Option<&str>; TEXT_COLUMNS] = [
            Some(event.precision.as_str()),
            Some(event.plane.as_str()),
            Some(&event.product),
            Some(event.kind.as_str()),
            text(&event.native_id),
            text(&event.human),
            text(&event.human_proof),
            text(&event.agent),
            event.agent_trust.map(crate::model::Trust::as_str),
            text(&event.client),
            text(&event.actor),
            event.actor_type.map(crate::model::ActorType::as_str),
            text(&event.credential),
            text(&event.parent_credential),
            text(&event.session),
            event.session_basis.map(crate::model::SessionBasis::as_str),
            text(&event.role_session),
            text(&event.trace),
            text(&event.span),
            text(&event.parent_span),
            text(&event.request),
            text(&event.server),
            text(&event.tool),
            text(&event.method),
            text(&event.action),
            event.action_class.map(crate::model::ActionClass::as_str),
            text(&event.resource),
            text(&event.resource_type),
            text(&event.region),
            text(&event.account),
            text(&event.address),
            text(&event.user_agent),
            text(&event.invoked_by),
            event.decision.map(crate::model::Decision::as_str),
            text(&event.policy),
            text(&event.reason),
            text(&event.approval_state),
            text(&event.approval_by),
            Some(event.outcome.as_str()),
            text(&event.error_code),
            text(&event.model),
            text(&event.masked),
            Some(&event.payload),
            None,
        ];
        for (builder, value) in self.texts.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }

    fn push_lists(&mut self, at: &Position, event: &Event<'_>) {
        for identifier in &event.identifiers {
            self.identifiers.n.append_value(at.n);
            self.identifiers.source.append_value(at.source.0);
            self.identifiers.kind.append_value(identifier.kind.as_str());
            self.identifiers.value.append_value(&identifier.value);
            self.identifiers.trust.append_value(identifier.trust.as_str());
        }
        for resource in &event.resources {
            self.resources.n.append_value(at.n);
            self.resources.source.append_value(at.source.0);
            self.resources.id.append_value(&resource.id);
            self.resources.kind.append_option(resource.kind.as_deref());
        }
    }

    /// Returns the rows as the engine takes them and leaves the batch empty.
    pub fn take(&mut self) -> Result<Columns, Fault> {
        let mut done = std::mem::take(self);
        let identifiers = done.identifiers.take()?;
        let resources = done.resources.take()?;
        let mut texts = done.texts.iter_mut();
        let mut plain = PlainColumns {
            batch: [
                Arc::new(done.n.finish()) as ArrayRef,
                Arc::new(done.id.finish()),
                Arc::new(done.ts.finish()),
                Arc::new(done.ts_end.finish()),
                Arc::new(done.source.finish()),
                Arc::new(done.record_index.finish()),
                Arc::new(done.part.finish()),
                Arc::new(done.line.finish()),
                Arc::new(done.offset.finish()),
                Arc::new(done.length.finish()),
                Arc::new(done.raw_sha256.finish()),
                Arc::new(done.credential_created.finish()),
                Arc::new(done.read_only.finish()),
                Arc::new(done.approval_at.finish()),
                Arc::new(done.tokens_in.finish()),
                Arc::new(done.tokens_out.finish()),
                Arc::new(done.cost.finish()),
                Arc::new(done.bytes.finish()),
                Arc::new(done.shape_rank.finish()),
            ]
            .into_iter(),
        };
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(COLUMNS.len());
        for column in COLUMNS {
            let array = match column {
                Column::Plain(..) => plain.batch.next(),
                Column::Text(_) => {
                    texts.next().map(|builder| Arc::new(builder.finish()) as ArrayRef)
                }
            };
            arrays.extend(array);
        }
        let events = to_batch(Arc::clone(&EVENT_SCHEMA), arrays)?;
        Ok(Columns { events, identifiers, resources })
    }
}

struct PlainColumns<I: Iterator<Item = ArrayRef>> {
    batch: I,
}

fn to_batch(schema: Arc<Schema>, arrays: Vec<ArrayRef>) -> Result<RecordBatch, Fault> {
    RecordBatch::try_new(schema, arrays).map_err(|error| Fault::Engine(error.to_string()))
}

impl Identifiers {
    fn take(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let n = self.n.finish();
        if n.is_empty() {
            return Ok(None);
        }
        let schema = Schema::new(vec![
            Field::new("n", DataType::Int64, true),
            Field::new("source", DataType::Int32, true),
            Field::new("kind", DataType::Utf8, true),
            Field::new("value", DataType::Utf8, true),
            Field::new("trust", DataType::Utf8, true),
        ]);
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(n),
            Arc::new(self.source.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.trust.finish()),
        ];
        to_batch(Arc::new(schema), arrays).map(Some)
    }
}

impl Resources {
    fn take(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let n = self.n.finish();
        if n.is_empty() {
            return Ok(None);
        }
        let schema = Schema::new(vec![
            Field::new("n", DataType::Int64, true),
            Field::new("source", DataType::Int32, true),
            Field::new("id", DataType::Utf8, true),
            Field::new("type", DataType::Utf8, true),
        ]);
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(n),
            Arc::new(self.source.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.kind.finish()),
        ];
        to_batch(Arc::new(schema), arrays).map(Some)
    }
}

/// Returns the names of the columns of `event`, in table order.
#[cfg(test)]
pub(super) fn column_names() -> Vec<&'static str> {
    COLUMNS
        .iter()
        .map(|column| match column {
            Column::Plain(name, _) | Column::Text(name) => *name,
        })
        .collect()
}
