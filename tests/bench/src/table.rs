//! Tables for people and programs to read.

use std::fmt;

use serde_json::{Value, json};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text; nothing when there is nothing to say.
    Text(String),
    /// A number of things.
    Count(usize),
    /// A measured number, and how many of its decimals mean something.
    Number(f64, usize),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl Cell {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(count) => json!(count),
            // As printed: more decimals would claim more than was measured.
            Self::Number(..) => self
                .to_string()
                .parse::<f64>()
                .map_or(Value::Null, Value::from),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => write!(f, "{count}"),
            Self::Number(number, decimals) => write!(f, "{number:.decimals$}"),
        }
    }
}

/// A table whose first column is text and whose others are mostly numbers.
pub struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(title: &str, head: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            head: head.iter().map(|cell| (*cell).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Title, column names, and rows as lists.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let row = |row: &Vec<Cell>| row.iter().map(Cell::to_json).collect::<Vec<_>>();
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        json!({ "title": self.title, "columns": self.head, "rows": rows })
    }
}

/// As wide as the widest cell of each column.
fn widths(lines: &[Vec<String>]) -> Vec<usize> {
    let mut widths = Vec::new();
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![self.head.clone()];
        let row = |row: &Vec<Cell>| row.iter().map(Cell::to_string).collect();
        lines.extend(self.rows.iter().map(row));
        let widths = widths(&lines);
        writeln!(f, "{}", self.title)?;
        for cells in lines {
            let mut line = String::new();
            for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                if column == 0 {
                    line.push_str(&format!("{cell:width$}  "));
                } else {
                    line.push_str(&format!("{cell:>width$}  "));
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("T", &["what", "n", "ms"]);
        table.row(["a".into(), 1234.into(), Cell::Number(0.5678, 2)]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let expected = "T\nwhat     n    ms\na     1234  0.57\n";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn programs_read_the_same_numbers() {
        let expected = json!({
            "title": "T", "columns": ["what", "n", "ms"], "rows": [["a", 1234, 0.57]],
        });
        assert_eq!(table().to_json(), expected);
    }
}
