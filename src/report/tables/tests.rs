//! Rows in every format: escaping, alignment, trailers, and a closed pipe.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn columns() -> Vec<Column> {
    vec![Column::text("who"), Column::number("events"), Column::text("detail")]
}

fn written(format: Format, width: Option<usize>, rows: &[[Cell; 3]]) -> String {
    let out = Shared::default();
    let mut table =
        TableWriter::new(Box::new(out.clone()), format, "whytrail.who", &columns(), width);
    for row in rows {
        table.row(row).unwrap();
    }
    let trailer = json!({"total": 7}).as_object().unwrap().clone();
    table.finish(trailer).unwrap();
    let bytes = out.0.borrow().clone();
    String::from_utf8(bytes).unwrap()
}

fn rows() -> [[Cell; 3]; 2] {
    [
        ["alice".into(), Cell::Int(12), "=cmd|'/c calc'!A1".into()],
        ["\u{1b}[2Jeve".into(), Cell::Null, Cell::Json(json!({"a": [1, "x"]}))],
    ]
}

#[test]
fn json_is_one_object_with_schema_rows_and_trailer() {
    let text = written(Format::Json, None, &rows());
    let value: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "whytrail.who");
    assert_eq!(value["version"], 1);
    assert_eq!(value["rows"][0]["events"], 12);
    assert_eq!(value["rows"][1]["who"], "\u{1b}[2Jeve");
    assert_eq!(value["rows"][1]["events"], Json::Null);
    assert_eq!(value["rows"][1]["detail"]["a"][1], "x");
    assert_eq!(value["trailer"], json!({"rows": 2, "total": 7}));
    let empty: Json = serde_json::from_str(&written(Format::Json, None, &[])).unwrap();
    assert_eq!(empty["rows"], json!([]));
}

#[test]
fn jsonl_ends_in_a_trailer_with_counts() {
    let text = written(Format::Jsonl, None, &rows());
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[2],
        json!({"trailer": {"schema": "whytrail.who", "version": 1, "rows": 2, "total": 7}})
    );
}

#[test]
fn sheets_guard_formulas_and_hold_nothing_active() {
    assert_eq!(
        written(Format::Csv, None, &rows()),
        "who,events,detail\nalice,12,'=cmd|'/c calc'!A1\n\\x1b[2Jeve,,\"{\"\"a\"\":[1,\"\"x\"\"]}\"\n"
    );
    let tsv = written(Format::Tsv, None, &[["a\tb".into(), Cell::Int(-1), "c".into()]]);
    assert_eq!(tsv, "who\tevents\tdetail\na\\tb\t-1\tc\n");
}

#[test]
fn table_is_aligned_and_cut_to_the_terminal() {
    let text = written(Format::Table, Some(24), &rows());
    for line in text.lines() {
        assert!(crate::text::width::cells(line) <= 24, "{line}");
    }
    assert!(text.starts_with("WHO"));
    assert!(text.contains("alice"));
    assert!(text.ends_with("rows 2   total 7\n"));
    assert!(!text.contains('\u{1b}'));
    let wide = written(Format::Table, None, &rows());
    assert!(wide.contains("'/c calc'!A1"));
    let events: Vec<usize> =
        wide.lines().take(2).map(|line| line.find(['S', '2']).unwrap()).collect();
    assert_eq!(events[0], wide.lines().nth(1).unwrap().find("12").unwrap() + 1);
}

#[test]
fn rows_after_the_measured_ones_are_written_too() {
    let many: Vec<[Cell; 3]> = (0..1_200_i64)
        .map(|number| [format!("row-{number}").into(), number.into(), Cell::Null])
        .collect();
    let text = written(Format::Table, Some(80), &many);
    assert_eq!(text.lines().count(), 1_202);
    assert!(text.contains("row-1199"));
}

#[test]
fn markdown_cells_cannot_leave_the_table() {
    let text =
        written(Format::Md, None, &[["a|b".into(), Cell::Int(1), "<img src=x>\n# x".into()]]);
    assert_eq!(
        text,
        "| who | events | detail |\n| --- | ---: | --- |\n| a\\|b | 1 | &lt;img src=x&gt;\\\\n\\# x |\n"
    );
}

#[test]
fn closed_pipe_stays_one_in_every_format() {
    for format in Format::ALL {
        let mut table = TableWriter::new(Box::new(Closed), *format, "s", &columns(), None);
        let row: Vec<Cell> = vec!["x".repeat(100).into(), Cell::Null, Cell::Null];
        let mut result = Ok(());
        for _ in 0..2_000 {
            result = result.and_then(|()| table.row(&row));
        }
        let result = result.and_then(|()| table.finish(Map::new()));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{format:?}");
    }
}

#[test]
fn words_of_formats_read_back() {
    for format in Format::ALL {
        assert_eq!(Format::from_word(format.as_str()), Some(*format));
    }
}
