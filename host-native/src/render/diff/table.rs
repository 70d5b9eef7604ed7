//! Differences for a terminal: takeovers first, then what opened, closed and moved.

use super::super::findings;
use super::super::grid::{Cell, Column, Grid, Style};
use super::super::object;
use super::{route, summary, targets, why};
use crate::diff::{Change, Diff};
use crate::term::{Screen, safe};
use std::fmt::Write as _;

const COLUMNS: [Column; 6] = [
    Column { least: 1, usual: 2 },
    Column { least: 24, usual: 56 },
    Column { least: 8, usual: 28 },
    Column { least: 16, usual: 60 },
    Column { least: 12, usual: 40 },
    Column { least: 8, usual: 40 },
];

/// A section: its title, its sign and colour, and the cells of each change.
struct Section<'d> {
    title: &'static str,
    changes: Vec<&'d Change>,
    cells: fn(&Change) -> Vec<Cell>,
}

/// The differences as text.
pub(crate) fn table(screen: Screen, diff: &Diff) -> String {
    let paint = screen.paint;
    let mut out = String::new();
    if !diff.takeovers.is_empty() {
        let _ = writeln!(out, "{}", paint.red("Takeovers: another namespace answers for these now"));
        for t in &diff.takeovers {
            let from: Vec<String> = t.from.iter().map(object).collect();
            let head = format!("{}:{} on Gateway {}/{}", t.hostname, t.port, t.gateway.namespace, t.gateway.name);
            let _ = writeln!(out, "  {}", paint.bold(&safe(&head)));
            let _ = writeln!(out, "    from  {}", safe(&from.join(", ")));
            let _ = writeln!(out, "    to    {}", paint.red(&safe(&object(&t.to))));
            const SHOWN: usize = 6;
            for way in t.ways.iter().take(SHOWN) {
                let _ = writeln!(out, "      {}", safe(way));
            }
            if t.ways.len() > SHOWN {
                let _ = writeln!(out, "      and {} more", t.ways.len().saturating_sub(SHOWN));
            }
        }
        out.push('\n');
    }
    let sections = [
        Section { title: "Opened", changes: diff.opened.iter().collect(), cells: opened },
        Section { title: "Closed", changes: diff.closed.iter().collect(), cells: closed },
        Section { title: "Moved", changes: diff.moved.iter().collect(), cells: moved },
        Section { title: "In other shares", changes: diff.reweighted.iter().collect(), cells: reweighted },
        Section { title: "Uncertain", changes: diff.uncertain.iter().collect(), cells: uncertain },
    ];
    let cells: Vec<Vec<Vec<Cell>>> = sections.iter().map(|s| s.changes.iter().map(|c| (s.cells)(c)).collect()).collect();
    let grid = Grid::measure(screen, 2, &COLUMNS, cells.iter().flatten().map(Vec::as_slice));
    let mut cut = 0usize;
    for (section, lines) in sections.iter().zip(&cells) {
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", paint.bold(section.title));
        for line in lines {
            out.push_str(&grid.line(line, screen.columns, &mut cut));
        }
        out.push('\n');
    }
    if !diff.flags.is_empty() {
        let _ = writeln!(out, "{}", paint.bold("What moves them, and how to have both controllers agree"));
        for f in &diff.flags {
            let ways = if f.ways == 1 { "1 way in".to_owned() } else { format!("{} ways in", f.ways) };
            let _ = writeln!(out, "  {} ({}, {}; {ways})", paint.bold(&f.name), f.profile, super::rules(f.rule));
            for (what, text) in [("does", f.does), ("standard", f.standard), ("agree", f.agree)] {
                let indent = 14;
                let room = screen.columns.map(|c| c.saturating_sub(indent));
                for (i, line) in crate::term::wrap(text, room).iter().enumerate() {
                    let _ = writeln!(out, "    {:<9} {line}", if i == 0 { what } else { "" });
                }
            }
        }
        out.push('\n');
    }
    for (title, list) in [("New findings", &diff.findings.added), ("Findings that are gone", &diff.findings.removed)] {
        if !list.is_empty() {
            let _ = writeln!(out, "{}", paint.bold(title));
            findings::list(&mut out, screen, list);
            out.push('\n');
        }
    }
    let _ = writeln!(out, "{}", paint.bold(&summary(diff)));
    if cut > 0 {
        let _ = writeln!(out, "{}", paint.dim("cells ending in … were cut to fit; a pipe (| less) shows them whole"));
    }
    out
}

fn row(sign: &str, style: Style, c: &Change, to: &str, route: &str, why: &str) -> Vec<Cell> {
    vec![
        Cell::new(sign, style),
        Cell::new(&c.url, style),
        Cell::plain(&c.conditions),
        Cell::plain(&format!("→ {to}")),
        Cell::new(route, Style::Dim),
        Cell::new(&because(c, why), style),
    ]
}

/// Why, with the flags that cause it between two profiles.
fn because(c: &Change, why: &str) -> String {
    let flags = c.flags.join(" with ");
    match (why.is_empty(), flags.is_empty()) {
        (_, true) => why.to_owned(),
        (true, false) => format!("by {flags}"),
        (false, false) => format!("{why}, by {flags}"),
    }
}

fn opened(c: &Change) -> Vec<Cell> {
    let after = c.after.as_ref();
    let why = match (c.takeover, &c.before) {
        (true, _) => "takeover".to_owned(),
        (false, Some(before)) if !before.reasons.is_empty() => format!("was {}", before.reasons.join(", ")),
        _ => String::new(),
    };
    row("+", Style::Green, c, &after.map(targets).unwrap_or_default(), &after.map(route).unwrap_or_default(), &why)
}

fn closed(c: &Change) -> Vec<Cell> {
    let before = c.before.as_ref();
    row("-", Style::Red, c, &before.map(targets).unwrap_or_default(), &before.map(route).unwrap_or_default(), &why(c.after.as_ref(), ""))
}

fn moved(c: &Change) -> Vec<Cell> {
    let (Some(a), Some(b)) = (&c.before, &c.after) else { return Vec::new() };
    let (was, is) = (targets(a), targets(b));
    let to = if was == is { is } else { format!("{is}, was {was}") };
    let by = if a.route == b.route { route(b) } else { format!("{}, was {}", route(b), route(a)) };
    row("~", Style::Yellow, c, &to, &by, if c.takeover { "takeover" } else { "" })
}

fn reweighted(c: &Change) -> Vec<Cell> {
    let (Some(a), Some(b)) = (&c.before, &c.after) else { return Vec::new() };
    row("~", Style::Plain, c, &format!("{}, was {}", targets(b), targets(a)), &route(b), "")
}

fn uncertain(c: &Change) -> Vec<Cell> {
    use gatescope_core::types::State;
    let state = |s: Option<&crate::diff::Served>| match s.map(|s| s.state) {
        Some(State::Exposed) => "exposed",
        Some(State::Unknown) => "unknown",
        Some(_) => "blocked",
        None => "absent",
    };
    let side = c.after.as_ref().or(c.before.as_ref());
    let reasons: Vec<String> = [&c.before, &c.after].into_iter().flatten().filter(|s| s.state == State::Unknown).flat_map(|s| s.reasons.clone()).collect();
    let why = format!("was {}, is {}: {}", state(c.before.as_ref()), state(c.after.as_ref()), reasons.join(", "));
    row("?", Style::Yellow, c, &side.map(targets).unwrap_or_default(), &side.map(route).unwrap_or_default(), &why)
}
