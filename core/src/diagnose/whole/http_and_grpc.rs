//! Rule 22: an HTTPRoute and a GRPCRoute for the same hosts of one listener.

use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, name_of, route_ref};
use crate::engine::Engine;
use crate::model::Kind;
use crate::model::host::ancestors;
use crate::resolve::precedence::age;
use crate::text::Sym;
use crate::types::{Finding, Severity};
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

/// Looks at a GRPCRoute: one finding for each listener; the HTTPRoute is the oldest that it meets there.
pub(crate) fn notice(engine: &Engine, handle: u32, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let mixed = engine.mixed();
    let (Some(route), Some(state)) = (facts.store.routes.get(handle), engine.route_state(handle)) else { return };
    if route.kind != Kind::GrpcRoute || mixed.is_empty() {
        return;
    }
    let older = |a: u32, b: u32| match (facts.store.routes.get(a), facts.store.routes.get(b)) {
        (Some(x), Some(y)) => age(&facts, x, y).is_lt(),
        _ => false,
    };
    for claim in state.claims.iter().filter(|c| c.cause.is_none()) {
        let (gateway, listener) = (claim.gateway, claim.listener);
        let mut met: Option<(u32, Sym)> = None;
        let mut meet = |h: u32, host: Sym| {
            if met.is_none_or(|(o, there)| older(h, o) || (h == o && facts.text(host) < facts.text(there))) {
                met = Some((h, host));
            }
        };
        for pair in &claim.hosts {
            let text = facts.text(pair.host);
            for wide in ancestors(text) {
                if let Some(h) = mixed.http(gateway, listener, &wide) {
                    meet(h, pair.host);
                }
            }
            if let Some((h, host)) = mixed.http_inside(gateway, listener, text, handle) {
                meet(h, host);
            }
        }
        let Some((h, host)) = met else { continue };
        let Some((state, l)) = engine.gateway_state(gateway).and_then(|s| Some((s, s.listener(listener)?))) else { continue };
        let (Some(me), Some(other)) = (route_ref(&facts, handle), route_ref(&facts, h)) else { continue };
        let (owner, text) = listener_text(&facts, state, l);
        let first = if older(handle, h) { &me } else { &other };
        let message = format!(
            "this route and {} share host `{}` on {text}; the specification lets a listener accept the older only, {}",
            name_of(&other),
            facts.text(host),
            name_of(first)
        );
        out.push(INFO.about(me, message).hint("give gRPC a hostname of its own").field("spec.hostnames").related(other).related(owner).done());
    }
}
