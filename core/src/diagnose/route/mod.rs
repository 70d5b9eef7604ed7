//! Findings about one route: noticed when its rows are computed, kept with it, part of a delta.

pub(crate) mod backend_not_found;
pub(crate) mod not_attached;
pub(crate) mod ref_not_permitted;

use crate::engine::Engine;
use super::text::{closest, names_in};
use crate::index::deps::Topic;
use crate::model::Kind;
use crate::model::route::Route;
use crate::text::Sym;
use crate::profile::Profile;
use crate::resolve::Facts;
use crate::resolve::route::{RefOf, RouteState, references};
use crate::resolve::verdict::Verdict;
use crate::types::Finding;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;

/// What a finding about a route may look at.
pub(crate) struct OnRoute<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) facts: Facts<'a>,
    pub(crate) handle: u32,
    pub(crate) route: &'a Route,
    pub(crate) state: &'a RouteState,
    /// The profile of the first Gateway that the route names, `standard` without one.
    pub(crate) profile: &'static Profile,
    /// Every reference that does not resolve for sure: rule index, which, verdict.
    pub(crate) failed: Vec<(usize, RefOf, Verdict)>,
    /// What the findings looked at beyond the route's own references.
    watched: RefCell<Vec<Topic>>,
}

impl OnRoute<'_> {
    /// The closest name to a missing one; the route is looked at again when names come or go there.
    pub(crate) fn near(&self, kind: Kind, ns: Sym, wanted: &str) -> Option<&str> {
        self.watched.borrow_mut().push(Topic::Names(kind, ns));
        closest(wanted, names_in(&self.facts, kind, ns))
    }
}

/// Functions that notice findings about a route, in the order of their codes.
const CHECKS: &[fn(&OnRoute<'_>, &mut Vec<Finding>)] = &[ref_not_permitted::notice, backend_not_found::notice, not_attached::notice];

/// The findings of a route, and what else they depend on.
pub(crate) fn findings(engine: &Engine, handle: u32, route: &Route, state: &RouteState) -> (Vec<Finding>, Box<[Topic]>) {
    let facts = engine.facts();
    let gateway = state.attachments.iter().find_map(|(_, a)| engine.gateway_state(a.gateway?));
    let profile = gateway.map_or_else(|| facts.profile.unwrap_or(&crate::profile::STANDARD), |g| g.profile);
    let mut failed = Vec::new();
    for (i, rule) in route.rules.iter().enumerate() {
        failed.extend(references(&facts, route, rule, profile).into_iter().filter(|(_, v, _)| *v != Verdict::Yes).map(|(what, v, _)| (i, what, v)));
    }
    let on = OnRoute { engine, facts, handle, route, state, profile, failed, watched: RefCell::default() };
    let mut out = Vec::new();
    for check in CHECKS {
        check(&on, &mut out);
    }
    super::sort(&mut out);
    out.shrink_to_fit();
    let mut watched = on.watched.into_inner();
    watched.sort_unstable();
    watched.dedup();
    (out, watched.into())
}
