//! Exposures in words.

use crate::model::Kind;
use crate::model::gateway::Protocol;
use crate::model::route::{BackendRef, Match, PathKind, ValueMatch as Pair, What};
use crate::resolve::Facts;
use crate::resolve::gateway::{GatewayState, LState, Owner};
use crate::resolve::rows::{Row, Sources, except};
use crate::text::Sym;
use crate::types::{Backend, Exposure, ExposureListener, GatewayRef, GrpcMatch, ObjectRef, PathMatch, Text, ValueMatch};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// An exposure id as text.
pub(crate) fn id_text(id: u64) -> String {
    format!("e-{id:016x}")
}

pub(crate) fn object(facts: &Facts<'_>, kind: Kind, ns: Sym, name: Sym) -> ObjectRef {
    ObjectRef { kind: kind.text(), namespace: kind.namespaced().then(|| facts.text(ns).to_string()), name: facts.text(name).to_string() }
}

/// The object that holds a listener.
pub(crate) fn owner(facts: &Facts<'_>, gateway: &GatewayState, l: &LState) -> ObjectRef {
    match l.owner {
        Owner::Gateway => object(facts, Kind::Gateway, gateway.ns, gateway.name),
        Owner::Set(i) => match gateway.sets.get(i as usize) {
            Some(set) => object(facts, set.kind, set.ns, set.name),
            None => object(facts, Kind::ListenerSet, Sym::NONE, Sym::NONE),
        },
    }
}

pub(crate) fn gateway_ref(facts: &Facts<'_>, gateway: &GatewayState) -> GatewayRef {
    GatewayRef { namespace: facts.text(gateway.ns).to_string(), name: facts.text(gateway.name).to_string() }
}

pub(crate) fn tls_mode(l: &LState) -> Option<Text> {
    l.protocol.has_tls().then_some(Text::Borrowed(if l.passthrough { "Passthrough" } else { "Terminate" }))
}

/// The protocol as written; one of the five is not copied.
pub(crate) fn protocol(facts: &Facts<'_>, l: &LState) -> Text {
    match l.protocol {
        Protocol::Http => Text::Borrowed("HTTP"),
        Protocol::Https => Text::Borrowed("HTTPS"),
        Protocol::Tls => Text::Borrowed("TLS"),
        Protocol::Tcp => Text::Borrowed("TCP"),
        Protocol::Udp => Text::Borrowed("UDP"),
        Protocol::Other => Text::Owned(facts.text(l.protocol_text).to_string()),
    }
}

pub(crate) fn exposure_listener(facts: &Facts<'_>, gateway: &GatewayState, l: &LState) -> ExposureListener {
    ExposureListener {
        owner: owner(facts, gateway, l),
        name: facts.text(l.name).to_string(),
        port: l.port,
        protocol: protocol(facts, l),
        tls_mode: tls_mode(l),
    }
}

/// One row.
pub(crate) fn exposure(sources: &Sources<'_>, row: &Row<'_>) -> Exposure {
    let facts = &sources.facts;
    let text = |s: Sym| facts.text(s).to_string();
    let (path, grpc) = what(facts, row.matched);
    let mut except: Vec<String> = except(facts, row.gateway, row.listener, row.owned_by, row.pair.host).into_iter().map(text).collect();
    crate::sort::unstable(&mut except);
    Exposure {
        id: id_text(row.id),
        state: row.state,
        reasons: row.reasons.iter().map(|r| r.text(facts.names)).collect(),
        cause: row.cause.map(|c| c.text(facts.names)),
        shadowed_by: row.shadowed_by.map(|c| id_text(sources.first_id(&c, row.gateway, row.pair.host))),
        owned_by: row.owned_by.and_then(|o| row.gateway.listener(o)).map(|l| text(l.name)),
        except,
        gateway: gateway_ref(facts, row.gateway),
        listener: exposure_listener(facts, row.gateway, row.listener),
        hostname: text(row.pair.host),
        route: object(facts, row.route.kind, row.route.meta.ns, row.route.meta.name),
        rule: row.rule_index,
        rule_name: row.rule.name.is_some().then(|| text(row.rule.name)),
        match_index: row.match_index,
        path,
        method: row.matched.method.is_some().then(|| text(row.matched.method)),
        headers: values(facts, row.matched.headers()),
        query_params: values(facts, row.matched.query()),
        grpc,
        action: row.action,
        backend: row.backend.map(|b| backend(facts, b)),
        weight: row.backend.map(|b| b.weight),
        reach: row.gateway.reach,
        addresses: addresses(facts, row.gateway),
    }
}

/// The addresses of a Gateway, as reported.
pub(crate) fn addresses(facts: &Facts<'_>, gateway: &GatewayState) -> Vec<String> {
    let model = facts.store.find(Kind::Gateway, gateway.ns, gateway.name).and_then(|h| facts.store.gateways.get(h));
    model.map_or_else(Vec::new, |g| g.addresses.iter().map(|a| facts.text(a.value).to_string()).collect())
}

fn what(facts: &Facts<'_>, m: &Match) -> (Option<PathMatch>, Option<GrpcMatch>) {
    let some = |s: Sym| s.is_some().then(|| facts.text(s).to_string());
    match m.what {
        What::Path { kind, value } => (Some(PathMatch { kind: Text::Borrowed(kind.name()), value: facts.text(value).to_string() }), None),
        What::Grpc { service, method, .. } if service.is_none() && method.is_none() => (None, None),
        What::Grpc { regex, service, method } => {
            let kind = if regex { PathKind::Regex } else { PathKind::Exact };
            (None, Some(GrpcMatch { kind: Text::Borrowed(kind.name()), service: some(service), method: some(method) }))
        }
        What::Any => (None, None),
    }
}

fn values(facts: &Facts<'_>, list: &[Pair]) -> Vec<ValueMatch> {
    let one = |v: &Pair| ValueMatch {
        kind: Text::Borrowed(if v.regex { "RegularExpression" } else { "Exact" }),
        name: facts.text(v.name).to_string(),
        value: facts.text(v.value).to_string(),
    };
    list.iter().map(one).collect()
}

pub(crate) fn backend(facts: &Facts<'_>, b: &BackendRef) -> Backend {
    Backend {
        group: facts.text(b.group).to_string(),
        kind: facts.text(b.kind).to_string(),
        namespace: facts.text(b.ns).to_string(),
        name: facts.text(b.name).to_string(),
        port: (b.port != 0).then_some(b.port),
    }
}
