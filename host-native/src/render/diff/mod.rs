//! Differences as text and as markdown.

mod markdown;
mod table;

pub(crate) use markdown::markdown;
pub(crate) use table::table;

use super::object;
use super::rows::percent;
use crate::diff::{Diff, Served, Target};
use gatescope_core::types::Action;

/// `web:80 90%, canary:80 10%`, as the route's author would call them.
fn targets(served: &Served) -> String {
    let total: i64 = served.targets.iter().filter(|t| t.action != Action::Mirror && t.backend.is_some()).map(weight).sum();
    let several = served.targets.iter().filter(|t| t.action != Action::Mirror).count() > 1;
    let one = |t: &Target| {
        let Some(b) = &t.backend else {
            return match t.action {
                Action::Redirect => "redirect".to_owned(),
                Action::Error => "answers 500".to_owned(),
                _ => "no backend".to_owned(),
            };
        };
        let kind = if b.kind == "Service" { String::new() } else { format!("{}/", b.kind) };
        let ns = if served.route.namespace.as_deref() == Some(&b.namespace) { String::new() } else { format!("{}/", b.namespace) };
        let port = b.port.map(|p| format!(":{p}")).unwrap_or_default();
        let share = if several && t.action != Action::Mirror { format!(" {}", percent(weight(t), total)) } else { String::new() };
        let mirror = if t.action == Action::Mirror { "mirror " } else { "" };
        format!("{mirror}{kind}{ns}{}{port}{share}", b.name)
    };
    served.targets.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn weight(t: &Target) -> i64 {
    i64::from(t.weight.unwrap_or(1).max(0))
}

/// The route, and the rule where both sides are of one route.
fn route(served: &Served) -> String {
    object(&served.route)
}

/// Why a side is not served.
fn why(served: Option<&Served>, absent: &str) -> String {
    match served {
        None => absent.to_owned(),
        Some(s) if s.reasons.is_empty() => String::new(),
        Some(s) => s.reasons.join(", "),
    }
}

/// `1 takeover, 2 opened, …`; without what there is none of.
pub(super) fn summary(diff: &Diff) -> String {
    let s = &diff.summary;
    let words = [
        (s.takeovers, if s.takeovers == 1 { "takeover" } else { "takeovers" }),
        (s.opened, "opened"),
        (s.closed, "closed"),
        (s.moved, "moved"),
        (s.reweighted, "in other shares"),
        (s.uncertain, "uncertain"),
    ];
    let parts: Vec<String> = words.iter().filter(|(n, _)| *n > 0).map(|(n, w)| format!("{n} {w}")).collect();
    let unchanged = format!("{} unchanged", s.unchanged);
    let parts = if parts.is_empty() { "no way in differs".to_owned() } else { parts.join(", ") };
    format!("{parts} · {unchanged} · findings: {} new, {} gone", diff.findings.added.len(), diff.findings.removed.len())
}

/// `rule 7`, or `rules 7, 44`.
fn rules(numbers: &str) -> String {
    format!("{} {numbers}", if numbers.contains(',') { "rules" } else { "rule" })
}
