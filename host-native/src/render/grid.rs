//! Aligned columns.

use crate::term::{Paint, Screen, fit, pad, safe, width};

/// How a cell looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Style {
    #[default]
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Magenta,
}

impl Style {
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Bold => paint.bold(text),
            Self::Dim => paint.dim(text),
            Self::Red => paint.red(text),
            Self::Green => paint.green(text),
            Self::Yellow => paint.yellow(text),
            Self::Magenta => paint.magenta(text),
        }
    }
}

/// A cell: safe text and its look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: &str, style: Style) -> Self {
        Self { text: safe(text).into_owned(), style }
    }

    pub(crate) fn plain(text: &str) -> Self {
        Self::new(text, Style::Plain)
    }
}

/// A column's bounds: `least` is kept on any terminal; in a pipe, cells wider than `usual` stick out
/// instead of pushing every other row to the right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub least: usize,
    pub usual: usize,
}

/// Columns found for a set of rows.
#[derive(Debug)]
pub(crate) struct Grid {
    widths: Vec<usize>,
    indent: usize,
    paint: Paint,
}

const GAP: usize = 2;

impl Grid {
    /// Columns of these widths; a width of 0 in the middle leaves the column out, the last one is ragged.
    pub(crate) fn of(paint: Paint, indent: usize, widths: Vec<usize>) -> Self {
        Self { widths, indent, paint }
    }

    /// Measures `rows`. On a terminal the widest columns give way until a row fits into its width.
    pub(crate) fn measure<'c>(screen: Screen, indent: usize, columns: &[Column], rows: impl Iterator<Item = &'c [Cell]>) -> Self {
        let mut widths = vec![0usize; columns.len()];
        for row in rows {
            for (w, cell) in widths.iter_mut().zip(row) {
                *w = (*w).max(width(&cell.text));
            }
        }
        if let Some(total) = screen.columns {
            let gaps = widths.iter().filter(|w| **w > 0).count().saturating_mul(GAP);
            let room = total.saturating_sub(indent).saturating_add(GAP).saturating_sub(gaps);
            let mut over = widths.iter().sum::<usize>().saturating_sub(room);
            while over > 0 {
                let slack = widths.iter_mut().zip(columns).filter(|(w, c)| **w > c.least).max_by_key(|(w, _)| **w);
                let Some((w, _)) = slack else { break };
                *w = w.saturating_sub(1);
                over = over.saturating_sub(1);
            }
        } else {
            for (w, c) in widths.iter_mut().zip(columns) {
                *w = (*w).min(c.usual);
            }
        }
        Self { widths, indent, paint: screen.paint }
    }

    /// Columns that a line of these cells takes when nothing is cut.
    pub(crate) fn width(&self, cells: &[Cell]) -> usize {
        let last = cells.iter().rposition(|c| !c.text.is_empty()).unwrap_or(0);
        let mut used = self.indent;
        for (i, (cell, w)) in cells.iter().zip(&self.widths).enumerate().take(last.saturating_add(1)) {
            let text = width(&cell.text);
            used = used.saturating_add(match (i == last, *w, text) {
                (true, _, text) => text,
                (false, 0, 0) => 0,
                (false, w, text) => text.max(w).saturating_add(GAP),
            });
        }
        used
    }

    /// One line, with its line break. With `columns`, a line that would be longer has its cells cut to their
    /// columns; `cut` counts those.
    pub(crate) fn line(&self, cells: &[Cell], columns: Option<usize>, cut: &mut usize) -> String {
        let over = columns.is_some_and(|c| self.width(cells) > c);
        let mut out = " ".repeat(self.indent);
        // Blanks owed since the last cell that had text: none are left at a line's end.
        let mut owed = 0usize;
        for (cell, w) in cells.iter().zip(&self.widths) {
            if *w == 0 && cell.text.is_empty() {
                continue;
            }
            let text = if over { fit(&cell.text, *w) } else { cell.text.as_str().into() };
            if *text != *cell.text {
                *cut = cut.saturating_add(1);
            }
            if !text.is_empty() {
                out.push_str(&" ".repeat(owed));
                out.push_str(&cell.style.paint(self.paint, &text));
                owed = 0;
            }
            owed = owed.saturating_add(if text.is_empty() { *w } else { pad(&text, *w).len() }).saturating_add(GAP);
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column { least: 6, usual: 10 }, Column { least: 4, usual: 10 }, Column { least: 4, usual: 10 }];

    fn show(columns: Option<usize>, rows: &[[&str; 3]]) -> (Vec<String>, usize) {
        let cells: Vec<Vec<Cell>> = rows.iter().map(|r| r.iter().map(|t| Cell::plain(t)).collect()).collect();
        let screen = Screen { paint: Paint::default(), columns, terminal: columns.is_some() };
        let grid = Grid::measure(screen, 2, &COLUMNS, cells.iter().map(Vec::as_slice));
        let mut cut = 0;
        (cells.iter().map(|c| grid.line(c, columns, &mut cut)).collect(), cut)
    }

    #[test]
    fn aligns_by_display_width() {
        let (lines, _) = show(None, &[["日本", "b", "c"], ["abcd", "bb", "c"]]);
        assert_eq!(lines, ["  日本  b   c\n", "  abcd  bb  c\n"]);
    }

    #[test]
    fn nothing_is_cut_in_a_pipe() {
        let (lines, cut) = show(None, &[["a-very-long-first-cell", "b", "c"], ["a", "b", "c"]]);
        assert_eq!(lines, ["  a-very-long-first-cell  b  c\n", "  a           b  c\n"]);
        assert_eq!(cut, 0);
    }

    #[test]
    fn a_terminal_gets_what_fits() {
        let (lines, cut) = show(Some(20), &[["a-very-long-first-cell", "b", "c"], ["a", "b", "c"]]);
        assert!(lines.iter().all(|l| width(l.trim_end()) <= 20), "{lines:?}");
        assert_eq!(cut, 1);
    }

    #[test]
    fn empty_columns_take_no_room() {
        assert_eq!(show(None, &[["a", "", "c"], ["b", "", "d"]]).0, ["  a  c\n", "  b  d\n"]);
        assert_eq!(show(None, &[["a", "x", ""], ["b", "", "d"]]).0, ["  a  x\n", "  b     d\n"]);
    }
}
