//! Rule 22: an HTTPRoute and a GRPCRoute for the same hosts of one listener.

use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, name_of, route_ref};
use crate::engine::Engine;
use crate::index::Map;
use crate::model::Kind;
use crate::model::host::ancestors;
use crate::resolve::precedence::age;
use crate::text::Sym;
use crate::types::{Finding, Severity};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0404",
    name: "http-and-grpc-share-host",
    severity: Severity::Warning,
    title: "an HTTPRoute and a GRPCRoute share a host",
    meaning: "The specification lets a listener accept only the older of the two; known implementations accept both, so it works until the controller changes.",
    remedy: "Give gRPC a hostname of its own.",
    rules: &[22, 37],
};

/// Routes by listener and host: the oldest stands for all.
type Seats = Map<(u32, u32, Sym), u32>;

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    if facts.store.count(Kind::GrpcRoute) == 0 || facts.store.count(Kind::HttpRoute) == 0 {
        return;
    }
    let (mut http, mut grpc): (Seats, Seats) = (Map::default(), Map::default());
    let older = |a: u32, b: u32| match (facts.store.routes.get(a), facts.store.routes.get(b)) {
        (Some(x), Some(y)) => age(&facts, x, y).is_lt(),
        _ => false,
    };
    let claims = |kind: Kind| {
        let routes = facts.store.routes.iter().filter(move |(_, r)| r.kind == kind);
        routes.flat_map(move |(h, _)| engine.route_state(h).into_iter().flat_map(|s| &s.claims).filter(|c| c.cause.is_none()).map(move |c| (h, c)))
    };
    for (kind, seats) in [(Kind::HttpRoute, &mut http), (Kind::GrpcRoute, &mut grpc)] {
        for (handle, claim) in claims(kind) {
            for pair in &claim.hosts {
                let seat = seats.entry((claim.gateway, claim.listener, pair.host)).or_insert(handle);
                if older(handle, *seat) {
                    *seat = handle;
                }
            }
        }
    }
    // One finding for each GRPCRoute and listener; the HTTPRoute is the oldest that was met.
    let mut met: BTreeMap<(u32, u32, u32), (u32, Sym)> = BTreeMap::new();
    let mut meet = |g: u32, h: u32, gateway: u32, listener: u32, host: Sym| {
        let slot = met.entry((g, gateway, listener)).or_insert((h, host));
        if older(h, slot.0) || (h == slot.0 && facts.text(host) < facts.text(slot.1)) {
            *slot = (h, host);
        }
    };
    for (handle, claim) in claims(Kind::GrpcRoute) {
        for pair in &claim.hosts {
            for wide in ancestors(facts.text(pair.host)) {
                if let Some(h) = facts.names.find(&wide).and_then(|w| http.get(&(claim.gateway, claim.listener, w))) {
                    meet(handle, *h, claim.gateway, claim.listener, pair.host);
                }
            }
        }
    }
    if grpc.keys().any(|(_, _, host)| facts.text(*host).starts_with('*')) {
        for (handle, claim) in claims(Kind::HttpRoute) {
            for pair in &claim.hosts {
                for wide in ancestors(facts.text(pair.host)).skip(1) {
                    if let Some(g) = facts.names.find(&wide).and_then(|w| grpc.get(&(claim.gateway, claim.listener, w))) {
                        meet(*g, handle, claim.gateway, claim.listener, pair.host);
                    }
                }
            }
        }
    }
    for ((g, gateway, listener), (h, host)) in met {
        let Some((state, l)) = engine.gateway_state(gateway).and_then(|s| Some((s, s.listener(listener)?))) else { continue };
        let (Some(me), Some(other)) = (route_ref(&facts, g), route_ref(&facts, h)) else { continue };
        let (owner, text) = listener_text(&facts, state, l);
        let first = if older(g, h) { &me } else { &other };
        let message = format!(
            "this route and {} share host `{}` on {text}; the specification lets a listener accept the older only, {}",
            name_of(&other),
            facts.text(host),
            name_of(first)
        );
        out.push(INFO.about(me, message).hint("give gRPC a hostname of its own").field("spec.hostnames").related(other).related(owner).done());
    }
}
