//! Exposures as rows of text: the backends of one match belong together.

use super::grid::Style;
use super::url::{conditions, url};
use super::{object, plural};
use gatescope_core::types::{Action, Exposure, ObjectRef, State};
use std::collections::BTreeMap;

/// Exposures by id.
pub(crate) type ById<'r> = BTreeMap<&'r str, &'r Exposure>;

pub(crate) fn by_id(exposures: &[Exposure]) -> ById<'_> {
    exposures.iter().map(|e| (e.id.as_str(), e)).collect()
}

/// The routes and rules that shadow others, by the id of their row: taken before filters, which may hide them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Winners(BTreeMap<String, (ObjectRef, usize)>);

impl Winners {
    pub(crate) fn of(exposures: &[Exposure]) -> Self {
        let wanted: std::collections::BTreeSet<&str> = exposures.iter().filter_map(|e| e.shadowed_by.as_deref()).collect();
        Self(exposures.iter().filter(|e| wanted.contains(e.id.as_str())).map(|e| (e.id.clone(), (e.route.clone(), e.rule))).collect())
    }
}

/// Consecutive exposures of one match on one listener and hostname.
pub(crate) fn groups<'r>(exposures: impl Iterator<Item = &'r Exposure>) -> Vec<Vec<&'r Exposure>> {
    let mut groups: Vec<Vec<&Exposure>> = Vec::new();
    for e in exposures {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|first| same_match(first, e)) => group.push(e),
            _ => groups.push(vec![e]),
        }
    }
    groups
}

/// Whether two rows belong to one match on one listener and hostname.
pub(crate) fn same_match(a: &Exposure, b: &Exposure) -> bool {
    a.gateway == b.gateway && a.listener == b.listener && a.hostname == b.hostname && a.route == b.route && a.rule == b.rule && a.match_index == b.match_index
}

/// A group as text, not yet laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub url: String,
    pub conditions: String,
    pub route: String,
    pub backends: Vec<Target>,
}

/// A backend with its share, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub name: String,
    pub verdict: Verdict,
}

/// The verdict's word, its colour, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub word: &'static str,
    pub style: Style,
    pub why: String,
}

impl Row {
    pub(crate) fn of(group: &[&Exposure], winners: &Winners) -> Option<Self> {
        let first = group.first()?;
        Some(Self {
            url: url(first),
            conditions: conditions(first).join(" "),
            route: object(&first.route),
            backends: group.iter().map(|e| Target { name: backend(e, group), verdict: verdict(e, winners) }).collect(),
        })
    }

    /// Whether every backend has the same verdict.
    pub(crate) fn alike(&self) -> bool {
        let first = self.backends.first().map(|t| &t.verdict);
        self.backends.iter().all(|t| Some(&t.verdict) == first)
    }
}

/// Rows of exposures that stand in the report's order.
pub(crate) fn rows<'r>(exposures: impl Iterator<Item = &'r Exposure>, winners: &Winners) -> Vec<Row> {
    groups(exposures).iter().filter_map(|g| Row::of(g, winners)).collect()
}

/// A backend as its route's author would call it, with its share where several share.
pub(crate) fn backend(e: &Exposure, group: &[&Exposure]) -> String {
    let name = e.backend.as_ref().map(|b| {
        let mut name = String::new();
        if b.kind != "Service" {
            name.push_str(&b.kind);
            name.push('/');
        }
        if e.route.namespace.as_deref() != Some(&b.namespace) {
            name.push_str(&b.namespace);
            name.push('/');
        }
        name.push_str(&b.name);
        if let Some(port) = b.port {
            name.push(':');
            name.push_str(&port.to_string());
        }
        name
    });
    match (e.action, name) {
        (Action::Mirror, Some(name)) => format!("mirror {name}"),
        (Action::Redirect, _) => "redirect".into(),
        (Action::Forward | Action::Error | Action::None, Some(name)) => match share(e, group) {
            Some(share) => format!("{name} {share}"),
            None => name,
        },
        (Action::Error, None) => "answers 500".into(),
        (_, None) => "no backend".into(),
    }
}

/// The share of requests by weight, where it is not simply all of them.
pub(crate) fn share(e: &Exposure, group: &[&Exposure]) -> Option<String> {
    let weight = |e: &Exposure| i64::from(e.weight.unwrap_or(1).max(0));
    let forwards: Vec<i64> = group.iter().filter(|e| e.action != Action::Mirror && e.backend.is_some()).map(|e| weight(e)).collect();
    let own = weight(e);
    if forwards.len() < 2 && own != 0 {
        return None;
    }
    Some(percent(own, forwards.iter().sum()))
}

/// `10%`; with one digit after the point where it is not whole.
pub(crate) fn percent(part: i64, whole: i64) -> String {
    let tenths = part.saturating_mul(1000).checked_div(whole).unwrap_or(0);
    match (tenths.checked_div(10), tenths.checked_rem(10)) {
        (Some(n), Some(0)) => format!("{n}%"),
        (Some(n), Some(r)) => format!("{n}.{r}%"),
        _ => String::new(),
    }
}

pub(crate) fn verdict(e: &Exposure, winners: &Winners) -> Verdict {
    match e.state {
        State::Exposed => {
            let shown: Vec<&str> = e.except.iter().take(2).map(String::as_str).collect();
            let more = e.except.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let why = if shown.is_empty() { String::new() } else { format!("but for {}{more}", shown.join(", ")) };
            Verdict { word: "exposed", style: Style::Green, why }
        }
        State::Shadowed => {
            let by = e.shadowed_by.as_deref().map(|id| match winners.0.get(id) {
                Some((route, rule)) if *route == e.route => format!("by its own rule {rule}"),
                Some((route, _)) => format!("by {}", object(route)),
                None => format!("by {id}"),
            });
            Verdict { word: "shadowed", style: Style::Magenta, why: by.unwrap_or_default() }
        }
        State::Blocked => {
            let mut reasons: Vec<String> = e.reasons.iter().map(|r| r.to_string()).collect();
            if let (Some(owner), Some(r)) = (&e.owned_by, reasons.iter_mut().find(|r| *r == "ListenerIsolation")) {
                r.push_str(&format!(": listener {owner} owns the host"));
            }
            Verdict { word: "blocked", style: Style::Red, why: reasons.join(", ") }
        }
        State::Unknown => Verdict { word: "unknown", style: Style::Yellow, why: e.cause.clone().unwrap_or_default() },
    }
}

/// `12 exposed, 1 shadowed, …`, without what there is none of.
pub(crate) fn states(exposed: usize, shadowed: usize, blocked: usize, unknown: usize) -> String {
    let parts: Vec<String> = [(exposed, "exposed"), (shadowed, "shadowed"), (blocked, "blocked"), (unknown, "unknown")]
        .into_iter()
        .filter(|(n, word)| *n > 0 || *word == "exposed")
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    format!("{}: {}", plural(exposed.saturating_add(shadowed).saturating_add(blocked).saturating_add(unknown), "row"), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::url::tests::row;
    use serde_json::json;

    fn backend_row(name: &str, weight: i32, state: &str) -> Exposure {
        row(json!({"backend": {"group": "", "kind": "Service", "namespace": "shop", "name": name, "port": 80}, "weight": weight, "state": state,
            "reasons": if state == "blocked" { json!(["BackendNotFound"]) } else { json!([]) }}))
    }

    fn row_of(list: &[Exposure]) -> Row {
        let mut got = rows(list.iter(), &Winners::of(list));
        assert_eq!(got.len(), 1);
        got.remove(0)
    }

    #[test]
    fn backends_of_one_match_make_one_row() {
        let got = row_of(&[backend_row("a", 9, "exposed"), backend_row("b", 1, "exposed")]);
        let names: Vec<&str> = got.backends.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["a:80 90%", "b:80 10%"]);
        assert!(got.alike());
    }

    #[test]
    fn verdicts_may_differ() {
        let got = row_of(&[backend_row("a", 1, "exposed"), backend_row("b", 2, "blocked")]);
        assert_eq!((got.backends[0].name.as_str(), got.backends[1].verdict.why.as_str()), ("a:80 33.3%", "BackendNotFound"));
        assert!(!got.alike());
    }

    #[test]
    fn a_backend_elsewhere_names_its_namespace() {
        let other = row(json!({"backend": {"group": "", "kind": "Service", "namespace": "pay", "name": "x", "port": 1}}));
        assert_eq!(backend(&other, &[&other]), "pay/x:1");
        let zero = backend_row("a", 0, "blocked");
        assert_eq!(backend(&zero, &[&zero]), "a:80 0%");
    }

    #[test]
    fn shadowed_names_the_winner() {
        let winner = row(json!({"id": "e-1", "route": {"kind": "HTTPRoute", "namespace": "a", "name": "w"}}));
        let loser = row(json!({"id": "e-2", "state": "shadowed", "shadowedBy": "e-1"}));
        let rows = [winner, loser];
        assert_eq!(verdict(&rows[1], &Winners::of(&rows)).why, "by HTTPRoute/a/w");
    }
}
