//! Columns that stand under each other. Widths come from the header and the first rows, so that a long answer begins to
//! show at once; later cells are cut to them. Nothing active is ever written.

use std::io::{self, BufWriter, Write};

use serde_json::{Map, Value as Json};

use super::Column;
use crate::text::sanitize::sanitize;
use crate::text::width::{cells, cut_end, pad, pad_left};

/// Rows that decide the widths.
const MEASURED: usize = 500;
/// Narrowest that a column is made to fit a terminal.
const NARROWEST: usize = 6;
/// Blanks between columns.
const GAP: usize = 2;

/// A table under construction.
pub(super) struct Aligned {
    out: BufWriter<Box<dyn Write>>,
    columns: Vec<Column>,
    width: Option<usize>,
    waiting: Vec<Vec<String>>,
    /// Widths of the columns once they are decided.
    widths: Option<Vec<usize>>,
    /// Columns had to be made narrower than what they hold.
    is_narrowed: bool,
}

impl Aligned {
    pub(super) fn new(
        out: BufWriter<Box<dyn Write>>,
        columns: &[Column],
        width: Option<usize>,
    ) -> Self {
        Self {
            out,
            columns: columns.to_vec(),
            width,
            waiting: Vec::new(),
            widths: None,
            is_narrowed: false,
        }
    }

    pub(super) fn row(&mut self, texts: &[String]) -> io::Result<()> {
        let texts: Vec<String> = texts.iter().map(|text| sanitize(text).into_owned()).collect();
        if self.widths.is_some() {
            return self.line(&texts);
        }
        self.waiting.push(texts);
        if self.waiting.len() >= MEASURED { self.settle() } else { Ok(()) }
    }

    /// Writes what is left, then a line of counts.
    pub(super) fn finish(mut self, counts: &Map<String, Json>) -> io::Result<()> {
        if self.widths.is_none() {
            self.settle()?;
        }
        let counts: Vec<String> =
            counts.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
        let line = sanitize(&counts.join("   ")).into_owned();
        self.cut_line(&line)?;
        self.out.flush()
    }

    /// Decides the widths and writes the header and the rows that waited.
    fn settle(&mut self) -> io::Result<()> {
        let names: Vec<String> =
            self.columns.iter().map(|column| sanitize(&column.name).to_uppercase()).collect();
        let mut widths: Vec<usize> = names.iter().map(|name| cells(name)).collect();
        for row in &self.waiting {
            for (width, text) in widths.iter_mut().zip(row) {
                *width = (*width).max(cells(text));
            }
        }
        if let Some(limit) = self.width {
            let wanted = widths.clone();
            fit(&mut widths, limit);
            self.is_narrowed = wanted != widths;
        }
        self.widths = Some(widths);
        self.line(&names)?;
        for row in std::mem::take(&mut self.waiting) {
            self.line(&row)?;
        }
        Ok(())
    }

    fn line(&mut self, texts: &[String]) -> io::Result<()> {
        // A cell that is longer than those measured may push its line out, as long as the line is not cut.
        let whole = if self.is_narrowed { None } else { Some(self.joined(texts, Cells::Whole)) };
        let line = match whole {
            Some(line) if self.width.is_none_or(|width| cells(line.trim_end()) <= width) => line,
            Some(_) | None => self.joined(texts, Cells::Cut),
        };
        self.cut_line(&line)
    }

    fn joined(&self, texts: &[String], keep: Cells) -> String {
        let mut line = String::new();
        let widths = self.widths.as_deref().unwrap_or_default();
        let columns = texts.iter().zip(widths).zip(&self.columns);
        for (index, ((text, width), column)) in columns.enumerate() {
            if index > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            let width = match keep {
                Cells::Cut => *width,
                Cells::Whole => (*width).max(cells(text)),
            };
            line.push_str(&if column.is_numeric {
                pad_left(text, width)
            } else {
                pad(text, width)
            });
        }
        line
    }

    fn cut_line(&mut self, line: &str) -> io::Result<()> {
        let line = self.width.map_or_else(|| line.into(), |width| cut_end(line.trim_end(), width));
        writeln!(self.out, "{}", line.trim_end())
    }
}

/// What happens to a cell that is wider than its column.
#[derive(Clone, Copy)]
enum Cells {
    Cut,
    Whole,
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Narrows the widest columns until the line fits, or none can be narrowed further.
fn fit(widths: &mut [usize], limit: usize) {
    loop {
        let gaps = widths.len().saturating_sub(1) * GAP;
        let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST) else {
            return;
        };
        if excess == 0 {
            return;
        }
        *widest -= 1;
    }
}
