//! The gates of an attachment in words, one by one, for `explain` and for what was refused.

use super::{GateKind, Gateways, Parent, parent};
use crate::model::host;
use crate::model::kinds::Kind;
use crate::model::route::{ParentRef, Route};
use crate::model::selector::{From, Operator, Selector};
use crate::resolve::Facts;
use crate::resolve::gateway::{GatewayState, LState};
use crate::resolve::verdict::Verdict;
use crate::types::{Gate, Text};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Every question that a parentRef is asked, with both values.
pub(crate) fn gates(facts: &Facts<'_>, gateways: &Gateways, route: &Route, p: &ParentRef) -> Vec<Gate> {
    let mut out = Vec::new();
    let target = format!("{} {}/{}", facts.text(p.kind), facts.text(p.ns), facts.text(p.name));
    let (state, range, allowed) = match parent(facts, gateways, p) {
        Parent::Mesh => return out,
        Parent::Unknown(cause) => {
            out.push(gate("", GateKind::Parent, None, target, cause.text(facts.names)));
            return out;
        }
        Parent::Listeners { state, range, allowed, .. } => (state, range, allowed),
    };
    out.push(gate("", GateKind::Parent, Some(true), target.clone(), target));
    if matches!(p.to, crate::model::route::ParentKind::Set(_)) {
        let gateway = facts.store.find(Kind::Gateway, state.ns, state.name).and_then(|h| facts.store.gateways.get(h));
        let wanted = gateway.map_or_else(String::new, |g| from_text(facts, &g.allowed, state.ns));
        out.push(gate("", GateKind::AllowedListeners, passed(allowed), wanted, namespace_text(facts, p.ns)));
    }
    for index in range {
        if let Some(l) = state.listener(index) {
            listener_gates(facts, state, l, index, route, p, &mut out);
        }
    }
    out
}

fn listener_gates(facts: &Facts<'_>, state: &GatewayState, l: &LState, index: u32, route: &Route, p: &ParentRef, out: &mut Vec<Gate>) {
    let name = facts.text(l.name);
    if p.section.is_some() {
        let good = p.section == l.name;
        out.push(gate(name, GateKind::Section, Some(good), name.to_string(), facts.text(p.section).to_string()));
        if !good {
            return;
        }
    }
    if p.port != 0 {
        let good = p.port == l.port;
        out.push(gate(name, GateKind::Port, Some(good), l.port.to_string(), p.port.to_string()));
        if !good {
            return;
        }
    }
    let kind = route.kind.name().to_string();
    let protocol = format!("{} takes {}", facts.text(l.protocol_text), kinds_text(l.protocol_kinds));
    let known = route.kind.bit() & l.protocol_kinds != 0;
    out.push(gate(name, GateKind::Protocol, Some(known), protocol, kind.clone()));
    if known {
        out.push(gate(name, GateKind::Kind, Some(route.kind.bit() & l.kinds != 0), kinds_text(l.kinds), kind));
    }
    let namespace = facts.lets_in(&l.from, l.home, route.meta.ns);
    out.push(gate(name, GateKind::Namespace, passed(namespace), from_text(facts, &l.from, l.home), namespace_text(facts, route.meta.ns)));
    let hosts = super::hostnames(facts, state, l, index, route);
    let any = [facts.words.any];
    let found: Vec<&str> = route.hosts.list(&any).iter().map(|h| facts.text(*h)).collect();
    let mut found = if found.is_empty() { String::from("no valid hostname") } else { found.join(", ") };
    let meets = l.hostname(facts.words.any).is_some_and(|h| route.hosts.list(&any).iter().any(|r| host::intersect(facts.text(h), facts.text(*r)).is_some()));
    if hosts.is_empty() && meets {
        found.push_str(" (which is the very hostname of another listener of the port)");
    }
    let wanted = l.hostname(facts.words.any).map_or("no valid hostname", |h| facts.text(h));
    out.push(gate(name, GateKind::Hostname, Some(!hosts.is_empty()), wanted.to_string(), found));
}

fn gate(listener: &str, kind: GateKind, passed: Option<bool>, wanted: String, found: String) -> Gate {
    Gate { listener: listener.to_string(), gate: Text::Borrowed(kind.name()), passed, wanted, found }
}

fn passed(verdict: Verdict) -> Option<bool> {
    match verdict {
        Verdict::Yes => Some(true),
        Verdict::No(_) => Some(false),
        Verdict::Unknown(_) => None,
    }
}

pub(crate) fn kinds_text(bits: u32) -> String {
    let names: Vec<&str> = ROUTE_KINDS.iter().filter(|k| k.bit() & bits != 0).map(|k| k.name()).collect();
    if names.is_empty() { String::from("no kind") } else { names.join(", ") }
}

/// The route kinds in the order of their names.
pub(crate) const ROUTE_KINDS: [Kind; 5] = [Kind::GrpcRoute, Kind::HttpRoute, Kind::TcpRoute, Kind::TlsRoute, Kind::UdpRoute];

fn from_text(facts: &Facts<'_>, from: &From, home: crate::text::Sym) -> String {
    match from {
        From::All => String::from("every namespace"),
        From::Same => format!("namespace {}", facts.text(home)),
        From::None => String::from("no namespace"),
        From::Invalid => String::from("no namespace (the setting is not valid)"),
        From::Selector(None) => String::from("no namespace (the selector is missing)"),
        From::Selector(Some(selector)) => format!("namespaces with {}", selector_text(facts, selector)),
    }
}

fn selector_text(facts: &Facts<'_>, selector: &Selector) -> String {
    let mut parts: Vec<String> = Vec::new();
    for r in &selector.requirements {
        let key = facts.text(r.key);
        let values: Vec<&str> = r.values.iter().map(|v| facts.text(*v)).collect();
        parts.push(match r.operator {
            Operator::In if values.len() == 1 => format!("{key}={}", values.concat()),
            Operator::In => format!("{key} in ({})", values.join(", ")),
            Operator::NotIn => format!("{key} not in ({})", values.join(", ")),
            Operator::Exists => format!("label {key}"),
            Operator::DoesNotExist => format!("no label {key}"),
        });
    }
    if parts.is_empty() { String::from("any labels") } else { parts.join(" and ") }
}

fn namespace_text(facts: &Facts<'_>, ns: crate::text::Sym) -> String {
    let name = facts.text(ns);
    let mut labels: Vec<(&str, &str)> = match facts.store.namespace(ns) {
        Some(n) => n.labels.iter().map(|(k, v)| (facts.text(*k), facts.text(*v))).filter(|(k, _)| *k != "kubernetes.io/metadata.name").collect(),
        None => Vec::new(),
    };
    crate::sort::unstable(&mut labels);
    if labels.is_empty() {
        return format!("namespace {name}");
    }
    let labels: Vec<String> = labels.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("namespace {name} ({})", labels.join(", "))
}

/// Whether a hostname lies within what a listener takes.
pub(crate) fn within(facts: &Facts<'_>, l: &LState, hostname: &str) -> bool {
    l.hostname(facts.words.any).is_some_and(|h| host::covers(facts.text(h), hostname))
}
