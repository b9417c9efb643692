//! One sheet while it is filled: a bold head that stays in view, filters over the columns, cells that run nothing. Must not
//! know what the cells say.

use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use crate::report::safe;

/// Letters of a cell that are kept; a spreadsheet takes 32,767.
const MOST_LETTERS: usize = 32_000;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Text of a record, a person or our own: written as text whatever it looks like.
    Text(String),
    Count(u64),
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A sheet.
pub(super) struct Sheet {
    worksheet: Worksheet,
    row: u32,
    n_columns: u16,
}

impl Sheet {
    /// Begins a sheet with columns and their widths in letters.
    pub(super) fn begin(name: &str, columns: &[(&str, f64)]) -> Result<Self, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        let head = Format::new().set_bold().set_align(FormatAlign::Top);
        let mut n_columns = 0;
        for (title, width) in columns {
            sheet.write_string_with_format(0, n_columns, *title, &head)?;
            sheet.set_column_width(n_columns, *width)?;
            n_columns += 1;
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        Ok(Self { worksheet: sheet, row: 1, n_columns })
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<Cell>) -> Result<(), XlsxError> {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(said) => {
                    self.worksheet.write_string(self.row, column, text(&said))?;
                }
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
                Cell::Count(count) => {
                    self.worksheet.write_number(self.row, column, count as f64)?;
                }
                Cell::Empty => {}
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Returns the number of rows below the head.
    pub(super) const fn n_rows(&self) -> u32 {
        self.row - 1
    }

    /// Ends the sheet.
    pub(super) fn finish(mut self) -> Result<Worksheet, XlsxError> {
        if self.row > 1 {
            self.worksheet.autofilter(0, 0, self.row - 1, self.n_columns - 1)?;
        }
        Ok(self.worksheet)
    }
}

/// Returns text for a cell: nothing active, nothing that becomes a formula in another program, not too long.
pub(super) fn text(said: &str) -> String {
    safe::cut(&safe::sheet_cell(said), MOST_LETTERS).into_owned()
}
