//! Resolving what is pending: Gateways first, then the routes that depend on them, then rows.

use super::Engine;
use super::intake::no_topics;
use super::notes::{Seat, Tally, tally};
use crate::index::deps::{Topic, Unit, UnitKind};
use crate::model::route::Route;
use crate::model::{Key, Kind};
use crate::profile::Flag;
use crate::resolve::buckets::Entry;
use crate::resolve::route::{Remarks, attach, dropped};
use crate::resolve::rows::RowPrint;
use crate::resolve::shadow::{Place, contends};
use crate::types::{Delta, Exposure, Finding, FindingsDelta};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

impl Engine {
    /// Takes a route out of its places, and keeps what it showed for the delta. `old` is the route as it entered.
    pub(super) fn retire(&mut self, handle: u32, old: &Route) {
        let Some(state) = self.routes.get_mut(handle as usize) else { return };
        let claims = core::mem::take(&mut state.claims);
        let attachments = core::mem::take(&mut state.verdicts);
        let rows = core::mem::take(&mut state.rows);
        let findings = state.remarks.as_mut().map(|r| core::mem::take(&mut r.findings)).unwrap_or_default();
        for row in &rows {
            if let Some(count) = self.counts.get_mut(row.state() as usize) {
                *count = count.saturating_sub(1);
            }
        }
        tally(&mut self.route_findings, &findings, false);
        if let Some(before) = &mut self.pending.before {
            before.rows.extend(rows);
            before.findings.extend(findings);
        }
        self.count_route(&attachments, &claims, false);
        let mut mixed = core::mem::take(&mut self.mixed);
        mixed.stir(&self.facts(), handle, old.kind, &claims, false);
        self.mixed = mixed;
        for claim in &claims {
            for pair in &claim.hosts {
                let place = claim.place(*pair);
                self.buckets.leave(place, handle, old);
                if self.tells_of(place) {
                    self.pending.places.push(place);
                }
            }
        }
    }

    /// Whether something is told of a place's host, or may be: its profile may have been another one.
    pub(super) fn tells_of(&self, place: Place) -> bool {
        let flagged = self.gateway_state(place.gateway).is_some_and(|s| s.profile.has(Flag::HostNoFallThrough));
        flagged || self.wide.has(place) || place.port().is_some_and(|port| self.notes.has(Seat::Host { gateway: place.gateway, port, host: place.host }))
    }

    pub(super) fn drop_gateway(&mut self, handle: u32) {
        let topics = self.gateway_topics.get_mut(handle as usize).map_or_else(no_topics, core::mem::take);
        self.deps.swap(Unit::gateway(handle), &topics, &[]);
        self.pending.gateways.push(handle);
        let state = self.gateways.get_mut(handle as usize).and_then(Option::take);
        self.seat_gateway(handle, state.as_ref().map_or(0, |s| s.listeners.len()));
        for set in state.iter().flat_map(|s| &s.sets) {
            self.dirty(Topic::Object(Key { kind: set.kind, ns: set.ns, name: set.name }));
        }
    }

    /// Resolves everything that is pending.
    pub(super) fn resolve_pending(&mut self) {
        if !self.pending.any {
            return;
        }
        self.revision = self.revision.saturating_add(1);
        if core::mem::take(&mut self.pending.all) {
            self.pending.units.extend(self.store.gateways.iter().map(|(h, _)| Unit::gateway(h)));
            self.pending.units.extend(self.store.routes.iter().map(|(h, _)| Unit::route(h)));
            self.pending.seats.extend(self.store.policies.iter().map(|(h, _)| Seat::Policy(h)));
            self.pending.seats.extend(self.store.sets.iter().map(|(h, _)| Seat::Set(h)));
            self.mixed.reset(self.store.count(Kind::HttpRoute) > 0 && self.store.count(Kind::GrpcRoute) > 0);
            // Equal results must not keep anything from being looked at again.
            for at in 0..self.gateways.len() {
                if let Some(old) = self.gateways.get_mut(at).and_then(Option::take) {
                    self.seat_gateway(u32::try_from(at).unwrap_or(u32::MAX), old.listeners.len());
                }
            }
        }
        let mut gateways = Vec::new();
        let mut routes = Vec::new();
        let mut units = core::mem::take(&mut self.pending.units);
        crate::sort::unstable(&mut units);
        units.dedup();
        for unit in &units {
            match unit.parts() {
                (UnitKind::Policy, handle) => self.policy_changed(handle),
                (UnitKind::PolicyNote, handle) => self.pending.seats.push(Seat::Policy(handle)),
                (UnitKind::SetNote, handle) => self.pending.seats.push(Seat::Set(handle)),
                (UnitKind::Gateway, handle) => gateways.push(handle),
                (UnitKind::Route, handle) => routes.push(handle),
            }
        }
        for handle in gateways {
            self.resolve_gateway(handle);
        }
        for unit in core::mem::take(&mut self.pending.units) {
            match unit.parts() {
                (UnitKind::Route, handle) => routes.push(handle),
                (UnitKind::PolicyNote, handle) => self.pending.seats.push(Seat::Policy(handle)),
                (UnitKind::SetNote, handle) => self.pending.seats.push(Seat::Set(handle)),
                (UnitKind::Policy | UnitKind::Gateway, _) => {}
            }
        }
        crate::sort::unstable(&mut routes);
        routes.dedup();
        self.resolve_routes(&routes);
        self.note_pending();
        self.deps.settle();
    }

    /// A Gateway and its listeners are looked at again; `listeners` is how many it has, or had.
    fn seat_gateway(&mut self, handle: u32, listeners: usize) {
        self.pending.seats.push(Seat::Gateway(handle));
        let listeners = u32::try_from(listeners).unwrap_or(u32::MAX);
        self.pending.seats.extend((0..listeners).map(|i| Seat::Listener(handle, i)));
    }

    /// A policy's certificates changed: its targets' routes are looked at again.
    fn policy_changed(&mut self, handle: u32) {
        self.pending.seats.push(Seat::Policy(handle));
        let targets: Vec<_> = self.store.policies.get(handle).into_iter().flat_map(|p| p.targets.iter().map(|t| t.object)).collect();
        for t in targets {
            self.dirty(super::intake::service(t.ns, t.name));
        }
    }

    /// Judges a Gateway again; where that makes a difference, its routes follow.
    fn resolve_gateway(&mut self, handle: u32) {
        let Some(gateway) = self.store.gateways.get(handle) else { return };
        let facts = self.facts();
        let new = facts.gateway(gateway);
        let topics: Box<[Topic]> = facts.gateway_topics(gateway).into();
        let at = handle as usize;
        if self.gateways.len() <= at {
            self.gateways.resize_with(at.saturating_add(1), || None);
            self.gateway_topics.resize_with(at.saturating_add(1), no_topics);
            self.attached.resize_with(at.saturating_add(1), Vec::new);
        }
        if let Some(slot) = self.gateway_topics.get_mut(at) {
            let old = core::mem::replace(slot, topics);
            let new = slot.clone();
            self.deps.swap(Unit::gateway(handle), &old, &new);
        }
        let before = self.gateways.get(at).and_then(Option::as_ref).map_or(0, |s| s.listeners.len());
        self.seat_gateway(handle, new.listeners.len().max(before));
        self.pending.gateways.push(handle);
        let Some(slot) = self.gateways.get_mut(at) else { return };
        if slot.as_deref() == Some(&new) {
            return;
        }
        let parents = crate::resolve::touched::parents(slot.as_deref(), &new);
        *slot = Some(Box::new(new));
        for key in parents {
            self.dirty(Topic::Object(key));
        }
        self.dirty(Topic::DefaultGateways);
    }

    fn resolve_routes(&mut self, routes: &[u32]) {
        // First all leave, so that nobody meets what is on its way out.
        for handle in routes {
            if let Some(route) = self.store.routes.lend(*handle) {
                self.retire(*handle, &route);
                self.store.routes.restore(*handle, route);
            }
        }
        for handle in core::mem::take(&mut self.pending.gateways) {
            let listeners = self.gateway_state(handle).map_or(0, |g| g.listeners.len());
            if let Some(attached) = self.attached.get_mut(handle as usize) {
                attached.resize(listeners, Tally::default());
                attached.shrink_to_fit();
            }
        }
        self.buckets.reserve(routes.len());
        for handle in routes {
            self.attach_route(*handle);
        }
        self.meet();
        let mut rows = core::mem::take(&mut self.pending.rows);
        rows.extend(routes);
        crate::sort::unstable(&mut rows);
        rows.dedup();
        // One that went in the same batch has none; what was noted of it is noted by its seat.
        rows.retain(|handle| self.store.routes.get(*handle).is_some());
        for handle in &rows {
            self.compute_rows(*handle);
        }
        self.pending.rows = rows;
    }

    /// Works in who left and entered the places where routes meet.
    fn meet(&mut self) {
        let (mut buckets, mut mixed) = (core::mem::take(&mut self.buckets), core::mem::take(&mut self.mixed));
        let settled = buckets.settle(&self.facts(), &self.gateways, &self.routes);
        let grpc = mixed.settle(&self.facts());
        (self.buckets, self.mixed) = (buckets, mixed);
        self.pending.rows.extend(settled.routes);
        let mut moved = core::mem::take(&mut self.pending.places);
        let mut wide = core::mem::take(&mut self.wide);
        let within = wide.moved(&self.facts(), &self.gateways, &self.routes, &self.buckets, &mut moved);
        self.wide = wide;
        let hosts =
            settled.places.into_iter().chain(moved).chain(within).filter_map(|p| Some(Seat::Host { gateway: p.gateway, port: p.port()?, host: p.host }));
        self.pending.seats.extend(hosts);
        self.pending.seats.extend(settled.neighbours.into_iter().chain(grpc).map(Seat::Route));
    }

    fn attach_route(&mut self, handle: u32) {
        let Some(route) = self.store.routes.get(handle) else { return };
        let (attachments, claims) = attach(&self.facts(), &self.gateways, route);
        let (mut buckets, mut mixed) = (core::mem::take(&mut self.buckets), core::mem::take(&mut self.mixed));
        let facts = self.facts();
        let mut places = Vec::new();
        for claim in &claims {
            let Some(state) = self.gateway_state(claim.gateway).filter(|s| !dropped(route, s.profile)) else { continue };
            for pair in claim.hosts.iter().filter(|p| contends(&facts, state, claim, **p)) {
                buckets.enter(claim.place(*pair), Entry { route: handle, listener: claim.listener, written: pair.written });
                places.extend(state.profile.has(Flag::HostNoFallThrough).then(|| claim.place(*pair)));
            }
        }
        mixed.stir(&facts, handle, route.kind, &claims, true);
        (self.buckets, self.mixed) = (buckets, mixed);
        self.pending.places.append(&mut places);
        self.count_route(&attachments, &claims, true);
        if let Some(state) = self.routes.get_mut(handle as usize) {
            state.verdicts = attachments;
            state.claims = claims;
        }
    }

    /// Computes a route's rows and findings again.
    fn compute_rows(&mut self, handle: u32) {
        let Some(route) = self.store.routes.get(handle) else { return };
        let Some(state) = self.routes.get(handle as usize) else { return };
        let sources = self.sources();
        let hosts: usize = state.claims.iter().map(|c| c.hosts.len()).sum();
        let matches: usize = route.rules.iter().map(|r| r.matches.len().saturating_mul(r.backends.len().max(1))).sum();
        let mut rows: Vec<RowPrint> = Vec::with_capacity(hosts.saturating_mul(matches).min(1 << 16));
        let mut seen = crate::diagnose::route::Seen::default();
        let resolves = sources.each(handle, route, &state.claims, &mut |row| {
            seen.row(&sources.facts, row);
            rows.push(sources.print(row));
        });
        let (findings, watched) = crate::diagnose::route::findings(self, handle, route, state, &seen, resolves);
        self.rows_computed = self.rows_computed.saturating_add(rows.len() as u64);
        for (list, up) in [(&state.rows[..], false), (&rows[..], true)] {
            for row in list {
                if let Some(count) = self.counts.get_mut(row.state() as usize) {
                    *count = if up { count.saturating_add(1) } else { count.saturating_sub(1) };
                }
            }
        }
        tally(&mut self.route_findings, &findings, true);
        let Some(state) = self.routes.get_mut(handle as usize) else { return };
        state.resolves = resolves;
        let old_rows = core::mem::replace(&mut state.rows, rows.into());
        self.deps.swap(Unit::route(handle), state.watched(), &watched);
        let silent = findings.is_empty() && watched.is_empty();
        let remarks = (!silent).then(|| Box::new(Remarks { findings, watched }));
        let old_findings = core::mem::replace(&mut state.remarks, remarks).map(|r| r.findings).unwrap_or_default();
        tally(&mut self.route_findings, &old_findings, false);
        if let Some(before) = &mut self.pending.before {
            before.rows.extend(old_rows);
            before.findings.extend(old_findings);
        }
        self.note(Seat::Route(handle));
    }

    /// What changed, from the rows and findings as they were and as they are.
    pub(super) fn delta(&self, from: u64, pending: super::Pending) -> Delta {
        let mut delta = Delta {
            schema: crate::types::DELTA_SCHEMA.into(),
            from,
            revision: self.revision,
            opened: Vec::new(),
            closed: Vec::new(),
            changed: Vec::new(),
            summary: crate::report::render::summary(self),
            findings: FindingsDelta::default(),
        };
        let Some(mut before) = pending.before else { return delta };
        crate::sort::unstable(&mut before.rows);
        let old = |id: u64| before.rows.binary_search_by(|r| r.id.cmp(&id)).ok().and_then(|i| before.rows.get(i));
        let mut now: Vec<u64> = Vec::new();
        let sources = self.sources();
        for handle in &pending.rows {
            let (Some(route), Some(state)) = (self.store.routes.get(*handle), self.routes.get(*handle as usize)) else { continue };
            now.extend(state.rows.iter().map(|r| r.id));
            let differs = state.rows.iter().any(|r| old(r.id) != Some(r));
            if !differs {
                continue;
            }
            let mut prints = state.rows.iter();
            sources.each(*handle, route, &state.claims, &mut |row| {
                let Some(print) = prints.next() else { return };
                match old(print.id) {
                    None => delta.opened.push(crate::report::rows::exposure(&sources, row)),
                    Some(was) if was != print => delta.changed.push(crate::report::rows::exposure(&sources, row)),
                    Some(_) => {}
                }
            });
        }
        crate::sort::unstable(&mut now);
        let mut closed: Vec<u64> = before.rows.iter().map(|r| r.id).filter(|id| now.binary_search(id).is_err()).collect();
        crate::sort::unstable(&mut closed);
        closed.dedup();
        delta.closed = closed.into_iter().map(crate::report::rows::id_text).collect();
        let by_id = |a: &Exposure, b: &Exposure| a.id.cmp(&b.id);
        crate::sort::by(&mut delta.opened, by_id);
        crate::sort::by(&mut delta.changed, by_id);
        let mut old = before.findings;
        let mut new: Vec<Finding> = pending.rows.iter().filter_map(|h| self.routes.get(*h as usize)).flat_map(|s| s.findings().iter().cloned()).collect();
        new.extend(before.noticed);
        crate::diagnose::sort(&mut old);
        crate::diagnose::sort(&mut new);
        delta.findings = difference(old, new);
        delta
    }
}

/// What only one of two ordered lists has.
fn difference(old: Vec<Finding>, new: Vec<Finding>) -> FindingsDelta {
    let mut out = FindingsDelta::default();
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return out,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => crate::diagnose::order(a, b),
        };
        if order.is_le() {
            let a = old.next();
            if order.is_lt() {
                out.removed.extend(a);
            }
        }
        if order.is_ge() {
            let b = new.next();
            if order.is_gt() {
                out.added.extend(b);
            }
        }
    }
}
