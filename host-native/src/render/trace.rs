//! `trace`: who answers a request, and who would have.

use super::rows::{self, percent};
use super::url::{conditions, url};
use super::{authority, gateway, object};
use crate::term::{Screen, safe};
use gatescope_core::types::{Answer, Exposure, Outcome, Request, State};
use std::fmt::Write as _;

/// One answer as text. `all` are the report's rows: an answer names them by id.
pub(crate) fn answer(screen: Screen, a: &Answer, all: &[Exposure]) -> String {
    let paint = screen.paint;
    let ids = rows::by_id(all);
    let mut out = String::new();
    let name = a.gateway.as_ref().map(gateway).unwrap_or_default();
    let _ = writeln!(out, "{}  {}", paint.bold(&safe(&format!("Gateway {name}"))), headline(screen, a));
    let mut field = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {} {}", paint.dim(&format!("{label:<9}")), safe(text));
        }
    };
    if let Some(l) = &a.listener {
        let owner = if l.owner.kind == "Gateway" { String::new() } else { format!(" of {}", object(&l.owner)) };
        field("listener", &format!("{}{owner}  {} :{}", l.name, l.protocol, l.port));
        if let Some(host) = &a.hostname {
            field("hostname", if host == "*" { "every host" } else { host });
        }
    }
    let winner = a.exposure.as_deref().and_then(|id| ids.get(id));
    if let Some(route) = &a.route {
        field("route", &route_rule(&object(route), a.rule, a.match_index, winner.and_then(|e| e.rule_name.as_deref())));
    }
    if let Some(e) = winner {
        field("match", &the_match(e));
    }
    let total: i64 = a.backends.iter().map(|b| i64::from(b.weight)).sum();
    let error = a.error_share.map_or(0.0, gatescope_core::types::Share::fraction);
    let good = 1.0 - error;
    for (i, b) in a.backends.iter().enumerate() {
        let port = b.port.map(|p| format!(":{p}")).unwrap_or_default();
        let kind = if b.kind == "Service" { String::new() } else { format!("{}/", b.kind) };
        let share = if error > 0.0 { share_of(b.weight, total, good) } else { percent(i64::from(b.weight), total) };
        field(if i == 0 { "backend" } else { "" }, &format!("{kind}{}/{}{port}  {share}", b.namespace, b.name));
    }
    if error > 0.0 && a.outcome == Outcome::Forward {
        field("", &format!("an error  {}%", tenth(error * 100.0)));
    }
    if let Some(winner) = winner.filter(|_| error > 0.0 || a.outcome == Outcome::Error) {
        let group: Vec<&Exposure> = all.iter().filter(|e| rows::same_match(e, winner)).collect();
        for (i, e) in group.iter().filter(|e| e.state == State::Blocked).enumerate() {
            field(if i == 0 { "because" } else { "" }, &format!("{}  {}", rows::backend(e, &[e]), rows::verdict(e, &rows::Winners::default()).why));
        }
    }
    if let Some(cause) = &a.cause {
        field("cause", cause);
    }
    if !a.lost.is_empty() {
        let _ = writeln!(out, "  {}", paint.dim("lost"));
        for (i, l) in a.lost.iter().enumerate() {
            let what = match ids.get(l.exposure.as_str()) {
                Some(e) => format!("{}  {}", route_rule(&object(&e.route), Some(e.rule), Some(e.match_index), e.rule_name.as_deref()), the_match(e)),
                None => l.exposure.clone(),
            };
            let what = safe(&what);
            let what = if paint.is_on() { paint.struck(&what) } else { what.into_owned() };
            let _ = writeln!(out, "    {}. {} {what}", i.saturating_add(1), paint.red("✗"));
            let _ = writeln!(out, "       {} {}", paint.dim("↳"), safe(&l.why));
        }
    }
    out
}

/// The outcome as a sentence.
fn headline(screen: Screen, a: &Answer) -> String {
    let paint = screen.paint;
    match a.outcome {
        Outcome::Forward if a.error_share.is_some_and(|s| s.part > 0) => paint.yellow("forwards, in part"),
        Outcome::Forward => paint.green("forwards"),
        Outcome::Redirect => paint.green(&format!("redirects{}", a.status.map(|s| format!(" with {s}")).unwrap_or_default())),
        Outcome::Error => paint.red(&format!("answers with an error{}", a.status.map(|s| format!(": {s}")).unwrap_or_default())),
        Outcome::NoMatch => paint.red("404: a listener takes it, no route matches"),
        Outcome::NoListener => paint.red("no listener takes it"),
        Outcome::Unknown => paint.yellow("cannot be told"),
    }
}

fn route_rule(route: &str, rule: Option<usize>, m: Option<usize>, name: Option<&str>) -> String {
    let mut out = route.to_owned();
    if let Some(rule) = rule {
        let _ = write!(out, " rule {rule}");
    }
    if let Some(name) = name {
        let _ = write!(out, " ({name})");
    }
    if let Some(m) = m.filter(|m| *m > 0) {
        let _ = write!(out, " match {m}");
    }
    out
}

/// The match in the API's words: `PathPrefix /cart  GET  x-canary: 1`.
fn the_match(e: &Exposure) -> String {
    let mut parts = Vec::new();
    match (&e.path, &e.grpc) {
        (Some(p), _) => parts.push(format!("{} {}", p.kind, p.value)),
        (None, Some(_)) => parts.push(url(e).trim_start_matches(&authority(&e.listener, &e.hostname)).to_owned()),
        (None, None) => {}
    }
    parts.extend(conditions(e).into_iter().filter(|c| c != "exact" && !c.starts_with("path ~ ")));
    parts.join("  ")
}

fn share_of(weight: i32, total: i64, good: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "weights are at most 1,000,000 each")]
    let share = if total > 0 { f64::from(weight) / total as f64 } else { 0.0 };
    format!("{}%", tenth(share * good * 100.0))
}

fn tenth(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Many answers, one line each.
pub(crate) fn requests(screen: Screen, list: &[(Request, Answer)]) -> String {
    use super::grid::{Cell, Column, Grid, Style};
    let lines: Vec<Vec<Cell>> = list
        .iter()
        .map(|(r, a)| {
            let (word, style) = short(a);
            let port = r.port.map(|p| format!(":{p}")).unwrap_or_default();
            let query = r.query.as_ref().map(|q| format!("?{q}")).unwrap_or_default();
            let asked = format!(
                "{} {}://{}{port}{}{query}",
                r.method.as_deref().unwrap_or("GET"),
                r.scheme.as_deref().unwrap_or("http"),
                r.host.as_deref().unwrap_or("*"),
                r.path.as_deref().unwrap_or("/")
            );
            let backends: Vec<String> =
                a.backends.iter().map(|b| format!("{}/{}{}", b.namespace, b.name, b.port.map(|p| format!(":{p}")).unwrap_or_default())).collect();
            vec![
                Cell::plain(&gateway(&r.gateway)),
                Cell::plain(&asked),
                Cell::new(&word, style),
                Cell::plain(&backends.join(", ")),
                Cell::new(&a.route.as_ref().map(|route| route_rule(&object(route), a.rule, None, None)).unwrap_or_default(), Style::Dim),
            ]
        })
        .collect();
    let columns = [
        Column { least: 10, usual: 30 },
        Column { least: 24, usual: 60 },
        Column { least: 8, usual: 20 },
        Column { least: 12, usual: 40 },
        Column { least: 12, usual: 40 },
    ];
    let grid = Grid::measure(screen, 0, &columns, lines.iter().map(Vec::as_slice));
    lines.iter().map(|l| grid.line(l, screen.columns, &mut 0)).collect()
}

fn short(a: &Answer) -> (String, super::grid::Style) {
    use super::grid::Style as S;
    let status = a.status.map(|s| format!(" {s}")).unwrap_or_default();
    match a.outcome {
        Outcome::Forward => ("forward".into(), S::Green),
        Outcome::Redirect => (format!("redirect{status}"), S::Green),
        Outcome::Error => (format!("error{status}"), S::Red),
        Outcome::NoMatch => ("no match".into(), S::Red),
        Outcome::NoListener => ("no listener".into(), S::Red),
        Outcome::Unknown => (format!("unknown: {}", a.cause.as_deref().unwrap_or_default()), S::Yellow),
    }
}
