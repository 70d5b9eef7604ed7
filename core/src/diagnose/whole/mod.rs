//! Findings about everything but routes: noticed when a report is made. None may take more than a visit of each
//! object, listener and attachment (what looks at routes together goes by host, never by pairs of routes).

pub(crate) mod attached_drift;
pub(crate) mod certificates;
pub(crate) mod class;
pub(crate) mod client_ca;
pub(crate) mod conflicts;
pub(crate) mod contested_host;
pub(crate) mod cross_tenant;
pub(crate) mod departure;
pub(crate) mod foreign;
pub(crate) mod gateway_status;
pub(crate) mod hostname_precedence;
pub(crate) mod http_and_grpc;
pub(crate) mod https_without_hostname;
pub(crate) mod listener_invalid;
pub(crate) mod listener_sets;
pub(crate) mod no_listeners;
pub(crate) mod policies;
pub(crate) mod protocol;
pub(crate) mod refused;
pub(crate) mod remarks;
pub(crate) mod route_kinds;
pub(crate) mod tls_modes;
pub(crate) mod without_routes;

use crate::engine::Engine;
use crate::index::Map;
use crate::model::gateway::{Gateway, Listener};
use crate::report::parts::listener_model;
use crate::resolve::Facts;
use crate::resolve::gateway::{GatewayState, LState};
use crate::types::Finding;
use alloc::vec::Vec;

/// Functions that notice findings about the snapshot, Gateways, listeners, policies and hosts.
const CHECKS: &[fn(&Engine, &mut Vec<Finding>)] = &[
    refused::notice,
    foreign::notice,
    remarks::notice,
    policies::notice,
    conflicts::notice,
    certificates::notice,
    route_kinds::notice,
    protocol::notice,
    class::notice,
    listener_sets::notice,
    client_ca::notice,
    tls_modes::notice,
    without_routes::notice,
    listener_invalid::notice,
    no_listeners::notice,
    http_and_grpc::notice,
    hostname_precedence::notice,
    contested_host::notice,
    cross_tenant::notice,
    attached_drift::notice,
    gateway_status::notice,
    https_without_hostname::notice,
    departure::notice,
];

/// The findings that are not about a route.
pub(crate) fn findings(engine: &Engine) -> Vec<Finding> {
    let mut out = Vec::new();
    for check in CHECKS {
        check(engine, &mut out);
    }
    out
}

/// Every Gateway with its handle and its verdict.
fn gateways(engine: &Engine) -> impl Iterator<Item = (u32, &Gateway, &GatewayState)> {
    engine.facts().store.gateways.iter().filter_map(|(h, g)| Some((h, &**g, engine.gateway_state(h)?)))
}

/// Every listener of every Gateway and its ListenerSets, with its index among them, and as its owner has it.
fn listeners(engine: &Engine, wanted: fn(&LState) -> bool) -> impl Iterator<Item = (&GatewayState, &LState, &Listener)> {
    let facts = engine.facts();
    gateways(engine).flat_map(move |(_, _, state)| {
        let all = state.listeners.iter().filter(move |l| wanted(l));
        all.filter_map(move |l| Some((state, l, model_of(facts, state, l)?)))
    })
}

fn model_of<'e>(facts: Facts<'e>, state: &'e GatewayState, l: &'e LState) -> Option<&'e Listener> {
    listener_model(&facts, state, l)
}

/// Counts the listeners that some route stands at, attached for sure or not.
fn claimed(engine: &Engine) -> Map<(u32, u32), bool> {
    let mut out: Map<(u32, u32), bool> = Map::default();
    for (handle, _) in engine.facts().store.routes.iter() {
        for claim in engine.route_state(handle).into_iter().flat_map(|s| &s.claims) {
            *out.entry((claim.gateway, claim.listener)).or_default() |= claim.cause.is_some();
        }
    }
    out
}
