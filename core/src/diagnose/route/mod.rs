//! Findings about one route: noticed when its rows are computed, kept with it, part of a delta.
//!
//! What is looked at beyond the route's own references (see [`crate::resolve::route::topics`]) must be watched, as
//! [`OnRoute::near`] does; what looks at several routes is in [`super::whole`].

pub(crate) mod answers_500;
pub(crate) mod backend_kind;
pub(crate) mod backend_not_found;
pub(crate) mod backend_port;
pub(crate) mod backend_unknown;
pub(crate) mod cleartext;
pub(crate) mod closed_listener;
pub(crate) mod cross_tenant;
pub(crate) mod departure;
pub(crate) mod drift;
pub(crate) mod duplicate_domain;
pub(crate) mod external_name;
pub(crate) mod filter;
pub(crate) mod filter_takes_route_out;
pub(crate) mod hostname_dropped;
pub(crate) mod isolated;
pub(crate) mod no_endpoints;
pub(crate) mod no_parent;
pub(crate) mod not_attached;
pub(crate) mod partial_errors;
pub(crate) mod ref_not_permitted;
pub(crate) mod remarks;
pub(crate) mod seen;
pub(crate) mod several_reasons;
pub(crate) mod shadowed;
pub(crate) mod takeover;
pub(crate) mod wildcard_host;
pub(crate) mod xbackend_port;

use super::text::{closest, names_in};
use crate::engine::Engine;
use crate::index::deps::Topic;
use crate::model::Kind;
use crate::model::route::{BackendRef, Route, Rule};
use crate::profile::Profile;
use crate::resolve::Facts;
use crate::resolve::backends::BackendState;
use crate::resolve::route::{RefOf, RouteState};
use crate::resolve::verdict::Verdict;
use crate::text::Sym;
use crate::types::Finding;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
pub(crate) use seen::Seen;

/// What a finding about a route may look at.
pub(crate) struct OnRoute<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) facts: Facts<'a>,
    pub(crate) handle: u32,
    pub(crate) route: &'a Route,
    pub(crate) state: &'a RouteState,
    /// The profile of the first Gateway that the route names, `standard` without one.
    pub(crate) profile: &'static Profile,
    /// References that do not resolve for sure, or that lead nowhere, in order of rule, backendRef, filter.
    pub(crate) failed: Vec<Failed>,
    /// Services behind backendRefs that are worth a remark: rule, which, and what.
    pub(crate) services: Vec<(usize, RefOf, Remark)>,
    /// What was worth remembering of the rows.
    pub(crate) seen: &'a Seen,
    /// What the findings looked at beyond the route's own references.
    watched: RefCell<Vec<Topic>>,
}

/// A reference that does not resolve for sure, or that leads nowhere.
#[derive(Clone, Copy)]
pub(crate) struct Failed {
    pub(crate) rule: usize,
    pub(crate) what: RefOf,
    pub(crate) state: BackendState,
}

/// What is odd about a Service that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    ExternalName,
    NoEndpoints,
}

impl OnRoute<'_> {
    /// The closest name to a missing one; the route is looked at again when names come or go there.
    pub(crate) fn near(&self, kind: Kind, ns: Sym, wanted: &str) -> Option<&str> {
        self.watched.borrow_mut().push(Topic::Names(kind, ns));
        closest(wanted, names_in(&self.facts, kind, ns))
    }
    /// The route is looked at again when the topic changes.
    pub(crate) fn watch(&self, topic: Topic) {
        self.watched.borrow_mut().push(topic);
    }
    /// References to backends that requests cannot use for this reason.
    pub(crate) fn unusable<'s>(&'s self, reason: &'static str) -> impl Iterator<Item = (&'s Failed, &'s BackendRef)> {
        let with = move |f: &'s Failed| Some((f, super::text::backend_of(self.route, f.rule, f.what)?));
        self.failed.iter().filter(move |f| f.state.usable == Verdict::No(reason)).filter_map(with)
    }
    /// References to filters with this verdict.
    pub(crate) fn extensions(&self) -> impl Iterator<Item = (&Failed, Option<&crate::model::route::ExtensionRef>)> {
        self.failed.iter().filter_map(|f| match f.what {
            RefOf::Extension(i) => Some((f, self.route.rules.get(f.rule).and_then(|r| r.filters.as_deref()?.extensions.get(i)))),
            _ => None,
        })
    }
    /// Judges every reference; nothing to do where the rows have shown that all of them lead somewhere.
    fn look_at_references(&mut self) {
        let from = self.facts.referrer(self.route.kind, self.route.meta.ns);
        for (rule, r) in self.route.rules.iter().enumerate() {
            for (what, b) in backends(r) {
                let state = self.facts.backend(from, self.route.kind, b, self.profile);
                if state.refs != Verdict::Yes || state.usable != Verdict::Yes {
                    self.failed.push(Failed { rule, what, state });
                }
            }
            for (i, e) in r.filters.iter().flat_map(|f| f.extensions.iter()).enumerate() {
                let verdict = self.facts.extension(self.route.meta.ns, e, self.profile);
                if verdict != Verdict::Yes {
                    self.failed.push(Failed { rule, what: RefOf::Extension(i), state: BackendState { refs: verdict, usable: verdict } });
                }
            }
        }
    }
    /// Services that are there, and odd.
    fn look_at_services(&mut self) {
        let slices = self.facts.slices_collected();
        if !slices && self.facts.store.external_names == 0 {
            return;
        }
        for (rule, r) in self.route.rules.iter().enumerate() {
            for (what, b) in backends(r) {
                if self.facts.backend_kind(b.group, b.kind) != Some(Kind::Service) {
                    continue;
                }
                let Some(service) = self.facts.store.backend(Kind::Service, b.ns, b.name) else { continue };
                let remark = if service.external_name {
                    Remark::ExternalName
                } else if slices && b.weight > 0 && !self.facts.has_ready_endpoint(b.ns, b.name) {
                    Remark::NoEndpoints
                } else {
                    continue;
                };
                if !self.failed.iter().any(|f| f.rule == rule && f.what == what && matches!(f.state.usable, Verdict::No(_))) {
                    self.services.push((rule, what, remark));
                }
            }
        }
    }
}

/// The references of a rule to backends, in rule 29's order.
fn backends(rule: &Rule) -> impl Iterator<Item = (RefOf, &BackendRef)> {
    let filters = rule.filters.as_deref();
    let (mirrors, auth) = (filters.map_or(&[][..], |f| &f.mirrors[..]), filters.map_or(&[][..], |f| &f.auth[..]));
    let main = rule.backends.iter().enumerate().map(|(i, b)| (RefOf::Backend(i), b));
    let mirrors = mirrors.iter().enumerate().map(|(i, b)| (RefOf::Mirror(i), b));
    main.chain(mirrors).chain(auth.iter().enumerate().map(|(i, b)| (RefOf::Auth(i), b)))
}

impl Facts<'_> {
    /// Whether EndpointSlices were looked at for sure: named as collected, or there are some.
    fn slices_collected(&self) -> bool {
        use crate::resolve::coverage::Look;
        self.look(Kind::EndpointSlice) == Look::Collected && (self.coverage.lists.is_some() || self.store.count(Kind::EndpointSlice) > 0)
    }
    fn has_ready_endpoint(&self, ns: crate::text::Sym, service: crate::text::Sym) -> bool {
        self.store.slices_of.get(&(ns, service)).into_iter().flatten().filter_map(|h| self.store.slices.get(*h)).any(|s| s.ready)
    }
}

/// Functions that notice findings about a route, in the order of their codes.
const CHECKS: &[fn(&OnRoute<'_>, &mut Vec<Finding>)] = &[
    remarks::notice,
    ref_not_permitted::notice,
    backend_not_found::notice,
    backend_port::notice,
    backend_kind::notice,
    external_name::notice,
    no_endpoints::notice,
    answers_500::notice,
    filter::notice,
    xbackend_port::notice,
    backend_unknown::notice,
    partial_errors::notice,
    not_attached::notice,
    hostname_dropped::notice,
    several_reasons::notice,
    no_parent::notice,
    shadowed::notice,
    isolated::notice,
    cleartext::notice,
    takeover::notice,
    wildcard_host::notice,
    cross_tenant::notice,
    duplicate_domain::notice,
    filter_takes_route_out::notice,
    closed_listener::notice,
    departure::notice,
];

/// The profile of the first Gateway that a route names, `standard` without one.
fn profile_of(engine: &Engine, state: &RouteState) -> &'static Profile {
    let gateway = state.verdicts.iter().find_map(|a| engine.gateway_state(a.gateway()?));
    gateway.map_or_else(|| engine.facts().profile.unwrap_or(&crate::profile::STANDARD), |g| g.profile)
}

/// The findings of a route, and what else they depend on. `seen` was gathered while its rows were visited, and
/// `resolves` is whether every reference was seen to lead somewhere.
pub(crate) fn findings(engine: &Engine, handle: u32, route: &Route, state: &RouteState, seen: &Seen, resolves: bool) -> (Vec<Finding>, Box<[Topic]>) {
    let facts = engine.facts();
    let profile = profile_of(engine, state);
    let watched = RefCell::default();
    let mut on = OnRoute { engine, facts, handle, route, state, profile, failed: Vec::new(), services: Vec::new(), seen, watched };
    if !resolves {
        on.look_at_references();
    }
    on.look_at_services();
    let mut out = Vec::new();
    for check in CHECKS {
        check(&on, &mut out);
    }
    if !out.is_empty() {
        super::sort(&mut out);
        out.shrink_to_fit();
    }
    let mut watched = on.watched.into_inner();
    crate::sort::unstable(&mut watched);
    watched.dedup();
    (out, watched.into())
}
