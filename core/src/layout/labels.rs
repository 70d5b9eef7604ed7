//! What stands in the boxes. Everything is text as its author wrote it: whoever shows it escapes it.

use super::order::{GatewayPlan, ListenerPlan};
use crate::types::{Action, Attachment, Exposure, Gate, Gateway, State, Text, Tri};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// `a · b`, without the empty ones.
pub(super) fn join(parts: &[&str]) -> String {
    let mut out = String::with_capacity(parts.iter().map(|p| p.len().saturating_add(4)).sum());
    for part in parts.iter().filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push_str(" · ");
        }
        out.push_str(part);
    }
    out
}

fn reasons(list: &[Text]) -> String {
    list.join(", ")
}

/// `shop/web`.
pub(super) fn path(namespace: &str, name: &str) -> String {
    let mut out = String::with_capacity(namespace.len().saturating_add(name.len()).saturating_add(1));
    if !namespace.is_empty() {
        out.push_str(namespace);
        out.push('/');
    }
    out.push_str(name);
    out
}

pub(super) fn gateway(plan: &GatewayPlan<'_>) -> (String, String) {
    let kind = if plan.kind == "Gateway" { "" } else { plan.kind };
    let addresses = |g: &Gateway| match g.addresses.as_slice() {
        [] => String::from("no address"),
        [one] => one.value.clone(),
        [first, rest @ ..] => format!("{} +{}", first.value, rest.len()),
    };
    (path(plan.namespace, plan.name), join(&[kind, &plan.entry.map(addresses).unwrap_or_default()]))
}

pub(super) fn listener(plan: &ListenerPlan<'_>, protocol: &str) -> (String, String) {
    let set = if plan.owner.is_set() { path(plan.owner.namespace, plan.owner.name) } else { String::new() };
    if plan.set.is_some() {
        return (set, plan.owner.kind.into());
    }
    let mode = plan.entry.and_then(|l| l.tls.as_ref()).map_or("", |t| if t.mode == "Passthrough" { "passthrough" } else { "" });
    let client = plan.entry.and_then(|l| l.tls.as_ref()).map_or("", |t| match t.client_auth.as_ref() {
        "required" => "client certificate",
        "optional" => "client certificate optional",
        _ => "",
    });
    let detail = join(&[protocol, plan.hostname.unwrap_or_default(), mode, client, &if set.is_empty() { set } else { format!("set {set}") }]);
    let space = if plan.name.is_empty() { "" } else { " " };
    (format!("{}{space}:{}", plan.name, plan.port), detail)
}

/// The state and reason of a listener or set by itself, without a look at what hangs under it.
pub(super) fn listener_verdict(plan: &ListenerPlan<'_>) -> (Option<State>, String) {
    if let Some(set) = plan.set {
        return match set.accepted {
            Tri::True => (None, String::from("no listener")),
            Tri::False => (Some(State::Blocked), set.reason.to_string()),
            Tri::Unknown => (Some(State::Unknown), set.cause.clone().unwrap_or_else(|| set.reason.to_string())),
        };
    }
    let Some(l) = plan.entry else { return (None, String::new()) };
    match l.programmed {
        Some(true) => (None, reasons(&l.reasons)),
        Some(false) => (Some(State::Blocked), reasons(&l.reasons)),
        None => (Some(State::Unknown), l.cause.clone().unwrap_or_default()),
    }
}

/// Label and detail of a rule: its matches, and what a request needs beyond the path.
pub(super) fn rule(matches: &[&Exposure]) -> (String, String) {
    const SHOWN: usize = 3;
    let Some(first) = matches.first() else { return (String::new(), String::new()) };
    let mut label = one_match(first);
    for m in matches.iter().skip(1).take(SHOWN.saturating_sub(1)) {
        label.push_str(", ");
        label.push_str(&one_match(m));
    }
    let more = matches.len().saturating_sub(SHOWN);
    if more > 0 {
        label.push_str(&format!(" +{more}"));
    }
    let name = match &first.rule_name {
        Some(name) => format!("rule {name}"),
        None => format!("rule {}", first.rule),
    };
    let needs = if matches.len() == 1 { conditions(first) } else { String::new() };
    (label, join(&[&needs, &name]))
}

fn one_match(e: &Exposure) -> String {
    let path = match (&e.path, &e.grpc) {
        (Some(p), _) if p.kind == "RegularExpression" => format!("~ {}", p.value),
        (Some(p), _) => p.value.clone(),
        (None, Some(g)) => {
            let word = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".into());
            let tilde = if g.kind == "RegularExpression" { "~ " } else { "" };
            format!("{tilde}{}/{}", word(&g.service), word(&g.method))
        }
        (None, None) if e.route.kind == "GRPCRoute" => String::from("every call"),
        (None, None) => String::from("every connection"),
    };
    match &e.method {
        Some(method) => format!("{method} {path}"),
        None => path,
    }
}

fn conditions(e: &Exposure) -> String {
    let mut out: Vec<String> = Vec::new();
    if e.path.as_ref().is_some_and(|p| p.kind == "Exact") {
        out.push("exact".into());
    }
    let sign = |kind: &str, equal: &'static str| if kind == "RegularExpression" { " ~ " } else { equal };
    out.extend(e.headers.iter().map(|h| format!("{}{}{}", h.name, sign(&h.kind, ": "), h.value)));
    out.extend(e.query_params.iter().map(|q| format!("?{}{}{}", q.name, sign(&q.kind, "="), q.value)));
    out.join(" · ")
}

/// Label and detail of what happens to a request. `total` is the weight of all backends of the match; a
/// `shared` node stands for other rules too, and says only what holds for all of them.
pub(super) fn backend(e: &Exposure, total: i64, shared: bool) -> (String, String) {
    let action = match e.action {
        Action::Mirror => "mirror",
        _ => "",
    };
    let Some(b) = &e.backend else {
        let label = match e.action {
            Action::Redirect => "redirect",
            Action::Error => "answers an error",
            Action::Forward | Action::Mirror | Action::None => "no backend",
        };
        return (label.into(), String::new());
    };
    let mut label = String::with_capacity(b.name.len().saturating_add(16));
    if b.kind != "Service" {
        label.push_str(&b.kind);
        label.push(' ');
    }
    if (shared || e.route.namespace.as_deref() != Some(b.namespace.as_str())) && !b.namespace.is_empty() {
        label.push_str(&b.namespace);
        label.push('/');
    }
    label.push_str(&b.name);
    if let Some(port) = b.port {
        label.push_str(&format!(":{port}"));
    }
    if shared {
        return (label, String::new());
    }
    let weight = match e.weight {
        Some(w) if i64::from(w) != total && e.action != Action::Mirror => format!("weight {w} of {total}"),
        _ => String::new(),
    };
    (label, join(&[action, &weight]))
}

/// Why a row is not simply exposed. `winner` is the route that shadows it.
pub(super) fn row_reason(e: &Exposure, winner: Option<&Exposure>) -> String {
    let by = match (e.state, winner) {
        (State::Shadowed, Some(w)) => {
            let route = path(w.route.namespace.as_deref().unwrap_or_default(), &w.route.name);
            if w.route == e.route { format!("by rule {}", w.rule) } else { format!("by {route}") }
        }
        (State::Shadowed, None) => String::from("by another row"),
        _ => String::new(),
    };
    let owner = e.owned_by.as_ref().map(|l| format!("listener {l} owns the host")).unwrap_or_default();
    join(&[&by, &reasons(&e.reasons), e.cause.as_deref().unwrap_or_default(), &owner])
}

/// Why an attachment has no rows: the verdict, and the gate at which the listener that came furthest failed.
pub(super) fn attachment_reason(a: &Attachment) -> String {
    const ORDER: [&str; 8] = ["parent", "allowed-listeners", "section", "port", "protocol", "kind", "namespace", "hostname"];
    let far = |g: &Gate| ORDER.iter().position(|o| *o == g.gate);
    let failed = a.gates.iter().filter(|g| g.passed == Some(false)).rev().max_by_key(|g| far(g));
    let gate = match failed {
        Some(g) if g.gate == "section" => format!("no listener {}", a.parent_ref.section_name.as_deref().unwrap_or_default()),
        Some(g) if !g.wanted.is_empty() && g.wanted != g.found => format!("{}: wants {}, found {}", g.gate, g.wanted, g.found),
        _ => String::new(),
    };
    match a.accepted {
        Tri::True => String::from("attached, without rows"),
        Tri::False => join(&[&a.reason, &gate]),
        Tri::Unknown => a.cause.clone().unwrap_or_else(|| a.reason.to_string()),
    }
}
