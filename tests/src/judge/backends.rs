//! What becomes of a rule's requests. Weight 0 and mirrors do not count; usable is what some row that is
//! exposed or shadowed reaches.

use super::{Diff, Kind, Verdict, name};
use crate::case::Backends;
use gatescope_core::types::{Action, Exposure, Report, State};
use std::collections::BTreeMap;

pub(super) fn judge(want: &Backends, report: &Report) -> Verdict {
    let subject = format!("{} rule {}", name::object(&want.route), want.rule);
    let rows: Vec<&Exposure> =
        report.exposures.iter().filter(|e| e.route == want.route && e.rule == want.rule && e.action != Action::Mirror && e.weight != Some(0)).collect();
    let mut diff = Diff::default();
    diff.compare("outcome", Some(&want.outcome), &outcome(&rows).to_owned());
    if want.outcome == "forward" {
        let wanted = want.backends.iter().map(|b| line(&b.kind, &b.namespace, &b.name, b.port, b.weight, b.usable));
        diff.compare("backends", Some(&name::set(wanted)), &name::set(backends(&rows)));
    }
    Verdict::new(Kind::Backends, subject, want.label.as_ref(), diff, clue(&rows))
}

fn serves(row: &Exposure) -> bool {
    matches!(row.state, State::Exposed | State::Shadowed)
}

fn outcome(rows: &[&Exposure]) -> &'static str {
    let serving: Vec<_> = rows.iter().filter(|e| serves(e)).collect();
    match serving.as_slice() {
        [] => "error500",
        rows if rows.iter().any(|e| e.backend.is_none()) => "redirect",
        _ => "forward",
    }
}

fn backends(rows: &[&Exposure]) -> Vec<String> {
    let mut usable = BTreeMap::new();
    for row in rows {
        if let Some(b) = &row.backend {
            let key = (&b.kind, &b.namespace, &b.name, b.port, row.weight);
            *usable.entry(key).or_insert(false) |= serves(row);
        }
    }
    usable.into_iter().map(|((k, ns, n, p, w), u)| line(k, ns, n, p, w, u)).collect()
}

fn line(kind: &str, namespace: &str, name: &str, port: Option<u16>, weight: Option<i32>, usable: bool) -> String {
    let port = port.map(|p| format!(":{p}")).unwrap_or_default();
    let weight = weight.map(|w| format!("*{w}")).unwrap_or_default();
    format!("{kind}/{namespace}/{name}{port}{weight}{}", if usable { "" } else { " unusable" })
}

fn clue(rows: &[&Exposure]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|e| {
            let backend = e.backend.as_ref().map_or("-", |b| b.name.as_str());
            format!("{}:{:?}/{:?}{:?}", backend, e.action, e.state, e.reasons)
        })
        .collect();
    name::set(rows)
}
