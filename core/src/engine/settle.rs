//! Resolving what is pending: Gateways first, then the routes that depend on them, then rows.

use super::Engine;
use super::intake::no_topics;
use crate::index::deps::{Topic, Unit};
use crate::model::route::Route;
use crate::model::{Key, Kind};
use crate::resolve::route::{attach, dropped};
use crate::resolve::rows::{RowPrint, places};
use crate::resolve::shadow::{Entry, contends};
use crate::types::{Delta, Exposure, Finding, FindingsDelta, Severity};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

impl Engine {
    /// Takes a route out of its places, and keeps what it showed for the delta. `old` is the route as it entered.
    pub(super) fn retire(&mut self, handle: u32, old: &Route) {
        let Some(state) = self.routes.get_mut(handle as usize) else { return };
        let claims = core::mem::take(&mut state.claims);
        let attachments = core::mem::take(&mut state.attachments);
        let rows = core::mem::take(&mut state.rows);
        let findings = core::mem::take(&mut state.findings);
        let places = core::mem::take(&mut state.places);
        for row in &rows {
            if let Some(count) = self.counts.get_mut(row.state() as usize) {
                *count = count.saturating_sub(1);
            }
        }
        self.count_findings(&findings, false);
        if let Some(before) = &mut self.pending.before {
            before.rows.extend(rows);
            before.findings.extend(findings);
        }
        for (gateway, listener) in accepted(&attachments) {
            if let Some(count) = self.attached.get_mut(gateway as usize).and_then(|a| a.get_mut(listener as usize)) {
                *count = count.saturating_sub(1);
            }
        }
        drop(claims);
        let mut touched = Vec::new();
        let mut buckets = core::mem::take(&mut self.buckets);
        for place in &places {
            buckets.leave(&self.facts(), self.gateway_state(place.gateway), *place, handle, old, &mut touched);
        }
        self.buckets = buckets;
        self.pending.rows.extend(touched.into_iter().filter(|r| *r != handle));
    }

    pub(super) fn drop_gateway(&mut self, handle: u32) {
        let topics = self.gateway_topics.get_mut(handle as usize).map_or_else(no_topics, core::mem::take);
        self.deps.swap(Unit::Gateway(handle), &topics, &[]);
        let state = self.gateways.get_mut(handle as usize).and_then(Option::take);
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
            self.pending.units.extend(self.store.gateways.iter().map(|(h, _)| Unit::Gateway(h)));
            self.pending.units.extend(self.store.routes.iter().map(|(h, _)| Unit::Route(h)));
            // Equal results must not keep anything from being looked at again.
            for gateway in &mut self.gateways {
                *gateway = None;
            }
        }
        let mut gateways = Vec::new();
        let mut routes = Vec::new();
        let mut units = core::mem::take(&mut self.pending.units);
        units.sort_unstable();
        units.dedup();
        for unit in &units {
            match unit {
                Unit::Policy(handle) => self.policy_changed(*handle),
                Unit::Gateway(handle) => gateways.push(*handle),
                Unit::Route(handle) => routes.push(*handle),
            }
        }
        for handle in gateways {
            self.resolve_gateway(handle);
        }
        routes.extend(core::mem::take(&mut self.pending.units).into_iter().filter_map(|u| match u {
            Unit::Route(handle) => Some(handle),
            _ => None,
        }));
        routes.sort_unstable();
        routes.dedup();
        self.resolve_routes(&routes);
    }

    /// A policy's certificates changed: its targets' routes are looked at again.
    fn policy_changed(&mut self, handle: u32) {
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
            self.deps.swap(Unit::Gateway(handle), &old, &new);
        }
        let Some(slot) = self.gateways.get_mut(at) else { return };
        if slot.as_deref() == Some(&new) {
            return;
        }
        let mut parents = alloc::vec![Key { kind: Kind::Gateway, ns: new.ns, name: new.name }];
        let old = slot.replace(Box::new(new));
        let new = slot.as_ref().map_or(&[][..], |s| &s.sets);
        let old_sets = old.as_ref().map_or(&[][..], |s| &s.sets);
        parents.extend(old_sets.iter().chain(new).map(|s| Key { kind: s.kind, ns: s.ns, name: s.name }));
        parents.sort_unstable();
        parents.dedup();
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
        for (attached, gateway) in self.attached.iter_mut().zip(&self.gateways) {
            attached.resize(gateway.as_ref().map_or(0, |g| g.listeners.len()), 0);
        }
        for handle in routes {
            self.attach_route(*handle);
        }
        let mut rows = core::mem::take(&mut self.pending.rows);
        rows.extend(routes);
        rows.sort_unstable();
        rows.dedup();
        for handle in &rows {
            self.compute_rows(*handle);
        }
        self.pending.rows = rows;
    }

    fn attach_route(&mut self, handle: u32) {
        let Some(route) = self.store.routes.get(handle) else { return };
        let (attachments, claims) = attach(&self.facts(), &self.gateways, route);
        for (gateway, listener) in accepted(&attachments) {
            if let Some(count) = self.attached.get_mut(gateway as usize).and_then(|a| a.get_mut(listener as usize)) {
                *count = count.saturating_add(1);
            }
        }
        let mut touched = Vec::new();
        let mut entered = Vec::new();
        let mut buckets = core::mem::take(&mut self.buckets);
        let facts = self.facts();
        for (place, claim, pair) in places(&self.gateways, &claims) {
            let (Some(claim), Some(state)) = (claims.get(claim), self.gateway_state(place.gateway)) else { continue };
            if contends(&facts, state, claim, pair) && !dropped(route, state.profile) {
                let entry = Entry { route: handle, listener: claim.listener, written: pair.written };
                buckets.enter(&facts, state, place, entry, &mut touched);
                entered.push(place);
            }
        }
        self.buckets = buckets;
        self.pending.rows.extend(touched);
        if let Some(state) = self.routes.get_mut(handle as usize) {
            state.attachments = attachments;
            state.claims = claims;
            state.places = entered.into();
        }
    }

    /// Computes a route's rows and findings again.
    fn compute_rows(&mut self, handle: u32) {
        let Some(route) = self.store.routes.get(handle) else { return };
        let Some(state) = self.routes.get(handle as usize) else { return };
        let sources = self.sources();
        let mut rows: Vec<RowPrint> = Vec::with_capacity(state.rows.len());
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
        self.count_findings(&findings, true);
        let Some(state) = self.routes.get_mut(handle as usize) else { return };
        let old_rows = core::mem::replace(&mut state.rows, rows.into());
        let old_findings = core::mem::replace(&mut state.findings, findings);
        if state.watched != watched {
            let old = core::mem::replace(&mut state.watched, watched);
            let new = state.watched.clone();
            self.deps.swap(Unit::Route(handle), &old, &new);
        }
        self.count_findings(&old_findings, false);
        if let Some(before) = &mut self.pending.before {
            before.rows.extend(old_rows);
            before.findings.extend(old_findings);
        }
    }

    fn count_findings(&mut self, findings: &[Finding], up: bool) {
        for f in findings {
            let count = match f.severity {
                Severity::Error => &mut self.route_findings.error,
                Severity::Warning => &mut self.route_findings.warning,
                Severity::Info => &mut self.route_findings.info,
            };
            *count = if up { count.saturating_add(1) } else { count.saturating_sub(1) };
        }
    }

    /// What changed, from the rows and findings as they were and as they are; `whole` are the findings that
    /// are not about a route.
    pub(super) fn delta(&self, from: u64, pending: super::Pending, whole: Vec<Finding>, whole_now: &[Finding]) -> Delta {
        let mut delta = Delta {
            schema: crate::types::DELTA_SCHEMA.into(),
            from,
            revision: self.revision,
            opened: Vec::new(),
            closed: Vec::new(),
            changed: Vec::new(),
            summary: crate::report::render::summary(self, whole_now),
            findings: FindingsDelta::default(),
        };
        let Some(mut before) = pending.before else { return delta };
        before.rows.sort_unstable();
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
        now.sort_unstable();
        let mut closed: Vec<u64> = before.rows.iter().map(|r| r.id).filter(|id| now.binary_search(id).is_err()).collect();
        closed.sort_unstable();
        closed.dedup();
        delta.closed = closed.into_iter().map(crate::report::rows::id_text).collect();
        let by_id = |a: &Exposure, b: &Exposure| a.id.cmp(&b.id);
        crate::sort::by(&mut delta.opened, by_id);
        crate::sort::by(&mut delta.changed, by_id);
        let mut old = before.findings;
        old.extend(whole);
        let mut new: Vec<Finding> = pending.rows.iter().filter_map(|h| self.routes.get(*h as usize)).flat_map(|s| s.findings.iter().cloned()).collect();
        new.extend_from_slice(whole_now);
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

/// Listeners that accepted a route, each once, however many parentRefs lead there (rule 43).
fn accepted(attachments: &[(crate::model::route::ParentRef, crate::attach::Attachment)]) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for (_, a) in attachments {
        if let Some(gateway) = a.gateway {
            out.extend(a.listeners.iter().map(|l| (gateway, *l)));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}
