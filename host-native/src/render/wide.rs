//! One line an exposure, with everything; never cut.

use super::grid::{Cell, Column, Grid, Style};
use super::rows::{self, Winners, verdict};
use super::table::sections;
use super::url::{conditions, url};
use super::{gateway, object};
use crate::term::Screen;
use gatescope_core::types::{Exposure, Reach, Report};

const HEAD: [&str; 14] = ["ID", "STATE", "WHY", "URL", "HOSTNAME", "MATCH", "BACKEND", "WEIGHT", "ROUTE", "RULE", "GATEWAY", "LISTENER", "REACH", "ADDRESSES"];

/// The report as a flat table with a header, then the same sections as the grouped one.
pub(crate) fn wide(screen: Screen, report: &Report, winners: &Winners, total: Option<usize>) -> String {
    // Whoever asks for wide has the width, or a pager.
    let screen = Screen { columns: None, ..screen };
    let mut lines: Vec<Vec<Cell>> = vec![HEAD.iter().map(|h| Cell::new(h, Style::Bold)).collect()];
    for e in &report.exposures {
        let v = verdict(e, winners);
        lines.push(vec![
            Cell::new(&e.id, Style::Dim),
            Cell::new(v.word, v.style),
            Cell::plain(&v.why),
            Cell::plain(&url(e)),
            Cell::plain(&e.hostname),
            Cell::plain(&match_details(e)),
            Cell::plain(&rows::backend(e, &[])),
            Cell::plain(&e.weight.map(|w| w.to_string()).unwrap_or_default()),
            Cell::plain(&object(&e.route)),
            Cell::plain(&rule(e)),
            Cell::plain(&gateway(&e.gateway)),
            Cell::plain(&listener(e)),
            Cell::plain(reach(e.reach)),
            Cell::plain(&e.addresses.join(",")),
        ]);
    }
    let columns = HEAD.map(|_| Column { least: 4, usual: 64 });
    let grid = Grid::measure(screen, 0, &columns, lines.iter().map(Vec::as_slice));
    let mut out: String = lines.iter().map(|l| grid.line(l, screen.columns, &mut 0)).collect();
    out.push('\n');
    sections(&mut out, screen, report, total);
    out
}

fn match_details(e: &Exposure) -> String {
    let kind = e.path.as_ref().filter(|p| p.kind == "PathPrefix").map(|_| "prefix".to_owned());
    kind.into_iter().chain(conditions(e)).collect::<Vec<_>>().join(" ")
}

/// `0.1` is match 1 of rule 0; a name goes with it.
fn rule(e: &Exposure) -> String {
    match &e.rule_name {
        Some(name) => format!("{}.{} {name}", e.rule, e.match_index),
        None => format!("{}.{}", e.rule, e.match_index),
    }
}

fn listener(e: &Exposure) -> String {
    let l = &e.listener;
    let tls = l.tls_mode.as_ref().map(|m| format!(" {m}")).unwrap_or_default();
    let owner = if l.owner.kind == "Gateway" { String::new() } else { format!("{}:", object(&l.owner)) };
    format!("{owner}{} {}:{}{tls}", l.name, l.protocol, l.port)
}

pub(super) fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::External => "external",
        Reach::Internal => "internal",
        Reach::Unknown => "unknown",
    }
}
