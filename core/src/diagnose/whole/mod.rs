//! Findings about everything but a route's own rows. Each belongs to a [`Seat`]: what it is about. Where that changed,
//! and only there, it is looked at again; what an event costs must not grow with the cluster.

pub(crate) mod attached_drift;
pub(crate) mod certificates;
pub(crate) mod class;
pub(crate) mod client_ca;
pub(crate) mod conflicts;
pub(crate) mod contested_host;
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
pub(crate) mod request_departure;
pub(crate) mod route_kinds;
pub(crate) mod tls_modes;
pub(crate) mod without_routes;

use crate::engine::Engine;
use crate::engine::notes::Seat;
use crate::model::Kind;
use crate::model::gateway::{Gateway, Listener, ListenerStatus};
use crate::report::parts::listener_model;
use crate::resolve::Facts;
use crate::resolve::gateway::{GatewayState, LState, Owner};
use crate::types::Finding;
use alloc::vec::Vec;

/// A Gateway as findings look at it.
pub(crate) struct OnGateway<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) facts: Facts<'a>,
    pub(crate) handle: u32,
    pub(crate) model: &'a Gateway,
    pub(crate) state: &'a GatewayState,
}

impl<'a> OnGateway<'a> {
    fn new(engine: &'a Engine, handle: u32) -> Option<Self> {
        let facts = engine.facts();
        Some(Self { engine, facts, handle, model: facts.store.gateways.get(handle)?, state: engine.gateway_state(handle)? })
    }
    /// Listeners of the Gateway and its ListenerSets, as judged, and as their owner has them.
    fn listeners(&self, wanted: fn(&LState) -> bool) -> impl Iterator<Item = (&'a LState, &'a Listener)> {
        let (facts, state) = (self.facts, self.state);
        state.listeners.iter().filter(move |l| wanted(l)).filter_map(move |l| Some((l, listener_model(&facts, state, l)?)))
    }
}

/// Functions that notice findings about a Gateway and its listeners.
const GATEWAY: &[fn(&OnGateway<'_>, &mut Vec<Finding>)] = &[
    conflicts::notice,
    certificates::notice,
    route_kinds::notice,
    protocol::notice,
    class::notice,
    listener_sets::notice,
    client_ca::notice,
    tls_modes::notice,
    listener_invalid::notice,
    no_listeners::notice,
    gateway_status::notice,
    https_without_hostname::notice,
    departure::notice,
];

/// Functions that notice findings about a listener's routes.
const LISTENER: &[fn(&OnGateway<'_>, u32, &mut Vec<Finding>)] = &[without_routes::notice, attached_drift::notice];

/// Functions that notice findings about a route beside others, or beside what its controller says.
const ROUTE: &[fn(&Engine, u32, &mut Vec<Finding>)] =
    &[super::route::drift::notice, http_and_grpc::notice, hostname_precedence::notice, request_departure::of_route];

/// What controllers wrote of the listeners of whoever holds a listener, and whether that is of an older generation.
fn listener_statuses<'a>(facts: &Facts<'a>, state: &GatewayState, l: &LState) -> Option<(&'a [ListenerStatus], bool)> {
    let store = facts.store;
    match l.owner {
        Owner::Gateway => store.gateways.get(store.find(Kind::Gateway, state.ns, state.name)?).map(|g| (&*g.listener_status, g.stale)),
        Owner::Set(i) => store.sets.get(state.sets.get(i as usize)?.handle).map(|s| (&*s.listener_status, s.stale)),
    }
}

/// The findings of a seat, in order.
pub(crate) fn at(engine: &Engine, seat: Seat) -> Vec<Finding> {
    let mut out = Vec::new();
    match seat {
        Seat::Refused => refused::notice(engine, &mut out),
        Seat::Foreign(group, kind) => foreign::notice(engine, group, kind, &mut out),
        Seat::Object(key) => remarks::notice(engine, key, &mut out),
        Seat::Policy(handle) => policies::notice(engine, handle, &mut out),
        Seat::Set(handle) => listener_sets::orphan(engine, handle, &mut out),
        Seat::Host { gateway, port, host } => {
            contested_host::notice(engine, gateway, port, host, &mut out);
            request_departure::of_host(engine, gateway, port, host, &mut out);
        }
        Seat::Gateway(handle) => {
            if let Some(on) = OnGateway::new(engine, handle) {
                GATEWAY.iter().for_each(|check| check(&on, &mut out));
            }
        }
        Seat::Listener(handle, index) => {
            if let Some(on) = OnGateway::new(engine, handle) {
                LISTENER.iter().for_each(|check| check(&on, index, &mut out));
            }
        }
        Seat::Route(handle) => ROUTE.iter().for_each(|check| check(engine, handle, &mut out)),
    }
    if !out.is_empty() {
        super::sort(&mut out);
    }
    out
}
