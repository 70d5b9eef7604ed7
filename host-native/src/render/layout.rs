//! Fits rows to a screen. The columns are made for most rows; a row that is longer than they allow moves what is
//! too long to lines of its own, so that one endless URL does not cost the others their shape. Only a
//! screen narrower than a single name cuts.

use super::grid::{Cell, Grid, Style};
use super::rows::{Row, Target};
use crate::term::{Screen, fit, safe, width};

/// Cells wider than this stick out in a pipe, instead of pushing every other row to the right.
const USUAL: [usize; 5] = [64, 46, 9, 40, 36];
/// Columns that a verdict takes: `shadowed`.
const WORD: usize = 8;
/// Two blanks between columns.
const GAP: usize = 2;

/// What moves away from the row's own line, in the order it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Everything on one line.
    OneLine,
    /// Reasons stand on the line below.
    WhyBelow,
    /// Every backend has a line.
    Backends,
    /// Conditions stand on the line below.
    ConditionsBelow,
    /// The URL has a line to itself.
    UrlAbove,
}

const STEPS: [Step; 5] = [Step::OneLine, Step::WhyBelow, Step::Backends, Step::ConditionsBelow, Step::UrlAbove];

/// A laid-out line: cells in columns, or text of its own.
enum Line {
    Cells(Vec<Cell>),
    Below(String, Style),
    Above(String),
}

/// How all rows of a listing are laid out.
pub(super) struct Layout {
    screen: Screen,
    indent: usize,
    /// `HTTPRoute/` in front of a route's name is left out: most routes are.
    short: bool,
    grid: Grid,
    cut: usize,
}

impl Layout {
    /// Finds columns for the rows.
    pub(super) fn of<'r>(screen: Screen, indent: usize, rows: impl Iterator<Item = &'r Row> + Clone) -> Self {
        let (mut urls, mut backends, mut routes, mut shorts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            urls.push(width(&safe(&with_conditions(row))));
            let names: Vec<usize> = row.backends.iter().map(|t| width(&safe(&t.name)).saturating_add(2)).collect();
            let joined = names.iter().sum::<usize>();
            backends.push(if joined <= 48 { joined } else { names.into_iter().max().unwrap_or(0) });
            routes.push(width(&safe(&row.route)));
            shorts.push(width(&safe(short(&row.route))));
        }
        let most = |list: &[usize]| list.iter().copied().max().unwrap_or(0);
        let nearly_all = |list: &mut Vec<usize>| {
            list.sort_unstable();
            list.get(list.len().saturating_mul(9).checked_div(10).unwrap_or(0)).copied().unwrap_or(0)
        };
        let full = [most(&urls), most(&backends), WORD, most(&routes), 0];
        let Some(columns) = screen.columns else {
            let mut widths = full.to_vec();
            for (w, usual) in widths.iter_mut().zip(USUAL) {
                *w = (*w).min(usual);
            }
            return Self { screen, indent, short: false, grid: Grid::of(screen.paint, indent, widths), cut: 0 };
        };
        let room = columns.saturating_sub(indent);
        let needs = |w: &[usize]| w.iter().sum::<usize>().saturating_add(GAP.saturating_mul(3));
        let widths = if needs(&full) <= room {
            full.to_vec()
        } else {
            let route = most(&shorts).min(room.checked_div(4).unwrap_or(0));
            let rest = room.saturating_sub(needs(&[WORD, route]));
            let backend = nearly_all(&mut backends).min(rest.checked_div(2).unwrap_or(0)).max(16);
            let url = most(&urls).min(rest.saturating_sub(backend));
            let longer = urls.iter().filter(|u| **u > url).count();
            // Where most URLs need a line of their own anyway, what follows them starts at the left.
            if longer.saturating_mul(2) > urls.len() {
                let rest = room.saturating_sub(needs(&[GAP, WORD, most(&shorts)]));
                vec![GAP, most(&backends).min(rest).max(16), WORD, most(&shorts), 0]
            } else {
                vec![url, backend.max(rest.saturating_sub(url).min(most(&backends))), WORD, route, 0]
            }
        };
        let short = needs(&full) > room;
        Self { screen, indent, short, grid: Grid::of(screen.paint, indent, widths), cut: 0 }
    }

    /// Writes one row in the first way that fits.
    pub(super) fn write(&mut self, out: &mut String, row: &Row) {
        let mut chosen = Vec::new();
        for step in STEPS {
            chosen = lines(row, step, self.short);
            let fits = |l: &Line| match (l, self.screen.columns) {
                (_, None) => true,
                (Line::Cells(cells), Some(columns)) => self.grid.width(cells) <= columns,
                (Line::Above(_) | Line::Below(..), Some(_)) => true,
            };
            if chosen.iter().all(fits) {
                break;
            }
        }
        for line in chosen {
            match line {
                Line::Cells(cells) => out.push_str(&self.grid.line(&cells, self.screen.columns, &mut self.cut)),
                Line::Above(text) => self.text(out, self.indent, &text, Style::Plain),
                Line::Below(text, style) => self.text(out, self.indent.saturating_add(4), &text, style),
            }
        }
    }

    fn text(&mut self, out: &mut String, indent: usize, text: &str, style: Style) {
        let text = safe(text);
        let shown = match self.screen.columns {
            Some(columns) => fit(&text, columns.saturating_sub(indent)),
            None => text.as_ref().into(),
        };
        self.cut = self.cut.saturating_add(usize::from(shown != text));
        out.push_str(&" ".repeat(indent));
        out.push_str(&style.paint(self.screen.paint, &shown));
        out.push('\n');
    }

    /// Whether something had to be cut.
    pub(super) fn cut(&self) -> bool {
        self.cut > 0
    }
}

fn with_conditions(row: &Row) -> String {
    if row.conditions.is_empty() { row.url.clone() } else { format!("{}  {}", row.url, row.conditions) }
}

fn short(route: &str) -> &str {
    route.strip_prefix("HTTPRoute/").unwrap_or(route)
}

fn lines(row: &Row, step: Step, short_names: bool) -> Vec<Line> {
    const TOGETHER: usize = 48;
    let joined = row.backends.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ");
    let alike = row.alike();
    let together = alike && (row.backends.len() == 1 || (step < Step::Backends && width(&joined) <= TOGETHER));
    let whole;
    let targets = match row.backends.first() {
        Some(first) if together => {
            whole = [Target { name: joined, verdict: first.verdict.clone() }];
            whole.as_slice()
        }
        _ => row.backends.as_slice(),
    };
    let route = if short_names { short(&row.route) } else { &row.route };
    let mut out = Vec::new();
    if step >= Step::UrlAbove {
        out.push(Line::Above(row.url.clone()));
    }
    let head = match step {
        Step::UrlAbove => String::new(),
        Step::ConditionsBelow => row.url.clone(),
        _ => with_conditions(row),
    };
    let mut below = Vec::new();
    for (i, t) in targets.iter().enumerate() {
        let first = i == 0;
        let blank = |cell: Cell| if first { cell } else { Cell::default() };
        // A verdict that all share is said once.
        let told = first || !alike;
        let verdict = |text: &str| if told { Cell::new(text, t.verdict.style) } else { Cell::default() };
        out.push(Line::Cells(vec![
            blank(Cell::plain(&head)),
            Cell::plain(&format!("{} {}", if first { "→" } else { " " }, t.name)),
            verdict(t.verdict.word),
            blank(Cell::new(route, Style::Dim)),
            verdict(if step < Step::WhyBelow { &t.verdict.why } else { "" }),
        ]));
        if first && step >= Step::ConditionsBelow && !row.conditions.is_empty() {
            below.push(Line::Below(format!("if {}", row.conditions), Style::Plain));
        }
        if told && step >= Step::WhyBelow && !t.verdict.why.is_empty() {
            below.push(Line::Below(format!("↳ {}", t.verdict.why), t.verdict.style));
        }
        // What is said of all follows all of them.
        if !alike || i.saturating_add(1) == targets.len() {
            out.append(&mut below);
        }
    }
    out
}
