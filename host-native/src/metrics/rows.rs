//! Rows of the report as series: families 1 and 3.
//!
//! Of each row only keys are kept (about 40 bytes); its text is in the chunks of [`Store`].

use super::gateways::{REACHES, STATES, Shared, suffix, word};
use super::hash::joined;
use super::hosts::Host;
use super::line::{Lines, Place, cut_suffix, cut_tenant};
use super::pool::Pool;
use super::store::Store;
use super::table::index;
use super::{BATCH, MetricsConfig};
use gatescope_core::types::{Attachment, Exposure, GatewayRef, ObjectRef, Report, Tri};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What the series need to know of each row, and of what rows share.
#[derive(Debug)]
pub(super) struct Rows {
    seed: u64,
    at: Metrics,
    lines: Lines,
    rows: BTreeMap<u64, Row>,
    attached: Pool<Attached>,
    routes: Pool<Route>,
    gateways: Pool<Shared>,
    hosts: Pool<Host>,
    /// Attachments whose current reported Accepted is False: keys of [`Attached`].
    refused: HashSet<u64>,
    /// `routes` lines of rows whose attachment is refused.
    hidden: super::lines::Lines,
    drift: Vec<u64>,
    findings: Vec<u64>,
}

/// Places of the metrics in the table.
#[derive(Debug)]
struct Metrics {
    routes: usize,
    exposures: usize,
    counts: usize,
    changes: usize,
    contested: usize,
    drift: usize,
    findings: usize,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// Its line of `gatescope_exposure_info`.
    line: u64,
    /// Its line of `exposed_route_info`; 0 for none.
    route: u64,
    attached: u32,
    host: u32,
    state: u8,
    reach: u8,
    /// `route` is among the hidden lines.
    hidden: bool,
}

/// A route at a listener.
#[derive(Debug)]
struct Attached {
    key: u64,
    route: u32,
    gateway: u32,
    refused: bool,
}

#[derive(Debug)]
struct Route {
    namespace: Box<str>,
}

/// A row that goes, kept until those that come are in.
struct Gone {
    row: Row,
}

impl Rows {
    pub(super) fn new(config: &MetricsConfig, seed: u64) -> Self {
        let at = |name| index(name).unwrap_or(usize::MAX);
        Self {
            seed,
            at: Metrics {
                routes: at("exposed_route_info"),
                exposures: at("gatescope_exposure_info"),
                counts: at("gatescope_exposures"),
                changes: at("gatescope_host_owner_changes_total"),
                contested: at("gatescope_hostname_contested"),
                drift: at("gatescope_attachment_drift"),
                findings: at("gatescope_findings"),
            },
            lines: Lines::new(config),
            rows: BTreeMap::new(),
            attached: Pool::default(),
            routes: Pool::default(),
            gateways: Pool::default(),
            hosts: Pool::default(),
            refused: HashSet::new(),
            hidden: super::lines::Lines::new(seed),
            drift: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Gives back what a load has left over.
    pub(super) fn rest(&mut self) {
        self.attached.rest();
        self.routes.rest();
        self.gateways.rest();
        self.hosts.rest();
    }

    /// Forgets all rows. How often owners changed stays.
    pub(super) fn clear(&mut self, config: &MetricsConfig) {
        let changes: Vec<(String, String, u64)> =
            self.gateways.iter().filter(|(_, g)| g.owner_changes > 0).map(|(_, g)| (g.namespace.clone(), g.name.clone(), g.owner_changes)).collect();
        *self = Self::new(config, self.seed);
        for (namespace, name, count) in changes {
            let key = joined(self.seed, &[&namespace, &name]);
            let at = self.gateways.hold(key, || Shared::new(&namespace, &name));
            if let Some(gateway) = self.gateways.get_mut(at) {
                (gateway.owner_changes, gateway.listed) = (count, true);
            }
        }
    }

    /// Rows of a load: what is not worked in yet is so by [`Self::change`], or by the last of them.
    pub(super) fn load(&mut self, store: &mut Store, rows: &[Exposure], last: bool) {
        let mut owners: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for row in rows {
            let Some(id) = number(&row.id).filter(|_| self.lines.mine(&row.gateway)) else { continue };
            let new = self.enter(store, row, &mut owners);
            self.rows.insert(id, new);
        }
        for (host, before) in owners {
            self.judge(store, host, &before, true);
        }
        if last {
            self.write(store);
        } else if store.full() {
            store.commit();
            self.hidden.commit();
        }
    }

    /// Rows that came, changed (in `came` too) and went. Owners that change are counted unless everything is anew.
    pub(super) fn change<'e>(&mut self, store: &mut Store, came: impl Iterator<Item = &'e Exposure>, gone: &[String], anew: bool) {
        let mut owners: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut leaving: Vec<Gone> = Vec::new();
        for id in gone {
            if let Some(row) = number(id).and_then(|id| self.rows.remove(&id)) {
                self.out(store, row, &mut owners, &mut leaving);
            }
        }
        for (n, row) in came.enumerate() {
            let Some(id) = number(&row.id) else { continue };
            if !self.lines.mine(&row.gateway) {
                continue;
            }
            if let Some(old) = self.rows.remove(&id) {
                self.out(store, old, &mut owners, &mut leaving);
            }
            let new = self.enter(store, row, &mut owners);
            self.rows.insert(id, new);
            if n & 0xff == 0xff && store.full() {
                store.commit();
                self.hidden.commit();
            }
        }
        for (host, before) in owners {
            self.judge(store, host, &before, anew);
        }
        for Gone { row } in leaving {
            self.hosts.release(row.host);
            if let Some(attached) = self.attached.release(row.attached) {
                self.routes.release(attached.route);
                self.leave(store, attached.gateway);
            }
        }
        self.write(store);
    }

    /// One fewer holds a Gateway.
    fn leave(&mut self, store: &mut Store, gateway: u32) {
        if let Some(mut last) = self.gateways.release(gateway) {
            last.held.drain(..).for_each(|(metric, key)| store.release(metric, key));
        }
    }

    fn out(&mut self, store: &mut Store, row: Row, owners: &mut BTreeMap<u32, BTreeSet<u32>>, leaving: &mut Vec<Gone>) {
        store.release(self.at.exposures, row.line);
        self.release_route(store, &row);
        if let Some(attached) = self.attached.get(row.attached) {
            let (route, gateway) = (attached.route, attached.gateway);
            if let Some(gateway) = self.gateways.get_mut(gateway) {
                gateway.count(row.state, row.reach, false);
            }
            self.own(row.host, route, row.state, false, owners);
        }
        leaving.push(Gone { row });
    }

    fn release_route(&mut self, store: &mut Store, row: &Row) {
        match (row.route, row.hidden) {
            (0, _) => {}
            (key, true) => self.hidden.release(key),
            (key, false) => store.release(self.at.routes, key),
        }
    }

    fn own(&mut self, host: u32, route: u32, state: u8, more: bool, owners: &mut BTreeMap<u32, BTreeSet<u32>>) {
        if let Some(h) = self.hosts.get_mut(host) {
            owners.entry(host).or_insert_with(|| h.owners());
            if state == 0 {
                h.count(route, more);
            }
        }
    }

    fn enter(&mut self, store: &mut Store, row: &Exposure, owners: &mut BTreeMap<u32, BTreeSet<u32>>) -> Row {
        let seed = self.seed;
        let namespace = row.route.namespace.as_deref().unwrap_or_default();
        let key = attachment(seed, &row.route, &row.listener.owner, &row.listener.name);
        let refused = self.refused.contains(&key);
        let (routes, gateways) = (&mut self.routes, &mut self.gateways);
        let attached = self.attached.hold(key, || Attached {
            key,
            route: routes.hold(joined(seed, &[&row.route.kind, namespace, &row.route.name]), || Route { namespace: namespace.into() }),
            gateway: gateways.hold(joined(seed, &[&row.gateway.namespace, &row.gateway.name]), || Shared::new(&row.gateway.namespace, &row.gateway.name)),
            refused,
        });
        let (route, gateway) = self.attached.get(attached).map_or((0, 0), |a| (a.route, a.gateway));
        let port = itoa::Buffer::new().format(row.listener.port).to_owned();
        let udp = if row.listener.protocol == "UDP" { "UDP" } else { "" };
        let host = self.hosts.hold(joined(seed, &[&row.gateway.namespace, &row.gateway.name, &port, udp, &row.hostname]), || {
            Host::new(gateway, row.listener.port, &row.hostname)
        });
        let (state, reach) = (word(&STATES, row.state), word(&REACHES, row.reach));
        self.own(host, route, state.0, true, owners);
        let mut new = Row { line: 0, route: 0, attached, host, state: state.0, reach: reach.0, hidden: refused };
        if let Some(shared) = self.gateways.get_mut(gateway) {
            shared.count(state.0, reach.0, true);
            if self.lines.shows(namespace) {
                if store.shows(self.at.routes)
                    && let Some(line) = self.lines.route(row, &shared.suffix)
                {
                    new.route = if refused { self.hidden.hold(line) } else { store.hold(self.at.routes, line) };
                }
                if store.shows(self.at.exposures) {
                    let line = self.lines.exposure(row, state.1, reach.1, store.tenant(namespace));
                    new.line = store.hold(self.at.exposures, line);
                }
            }
        }
        new
    }

    /// A host whose rows changed: whether another namespace came to serve it, and how many do.
    fn judge(&mut self, store: &mut Store, host: u32, before: &BTreeSet<u32>, anew: bool) {
        let Some(h) = self.hosts.get_mut(host) else { return };
        let now = h.owners();
        let Some(gateway) = self.gateways.get_mut(h.gateway) else { return };
        let names = |routes: &BTreeSet<u32>| routes.iter().filter_map(|r| self.routes.get(*r)).map(|r| &*r.namespace).collect::<BTreeSet<&str>>();
        let (served, namespaces) = (names(before), names(&now));
        if !anew && !served.is_empty() && !namespaces.is_subset(&served) {
            gateway.owner_changes = gateway.owner_changes.saturating_add(1);
            gateway.dirty = true;
        }
        let key = match namespaces.len() {
            0 | 1 => 0,
            n => store.hold(self.at.contested, self.lines.contested(&gateway.namespace, &gateway.name, h.port, &h.hostname, n)),
        };
        store.release(self.at.contested, core::mem::replace(&mut h.contested, key));
    }

    /// Gateways, attachments and findings as of a report.
    pub(super) fn frame(&mut self, store: &mut Store, frame: &Report) {
        let stale = self.list(store, frame);
        let flipped = self.refuse(&frame.attachments);
        if !stale.is_empty() {
            self.rewrite(store, Place::Route, |rows, row| rows.attached.get(row.attached).is_some_and(|a| stale.contains(&a.gateway)));
        }
        if !flipped.is_empty() {
            self.flip(store, &flipped);
        }
        if store.shows(self.at.drift) {
            let lines = self.lines.drift(frame);
            let new = lines.iter().map(|l| store.hold(self.at.drift, l)).collect();
            core::mem::replace(&mut self.drift, new).into_iter().for_each(|key| store.release(self.at.drift, key));
        }
        if store.shows(self.at.findings) {
            let lines = self.lines.findings(&frame.findings);
            let new = lines.iter().map(|l| store.hold(self.at.findings, l)).collect();
            core::mem::replace(&mut self.findings, new).into_iter().for_each(|key| store.release(self.at.findings, key));
        }
        self.write(store);
    }

    /// Takes over the Gateways; gives those whose rows of family 1 read otherwise now.
    fn list(&mut self, store: &mut Store, frame: &Report) -> BTreeSet<u32> {
        let mut stale = BTreeSet::new();
        let mut unlisted: BTreeSet<u32> = self.gateways.iter().filter(|(_, g)| g.listed).map(|(at, _)| at).collect();
        for gateway in &frame.gateways {
            if !self.lines.mine(&GatewayRef { namespace: gateway.namespace.clone(), name: gateway.name.clone() }) {
                continue;
            }
            let key = joined(self.seed, &[&gateway.namespace, &gateway.name]);
            let known = self.gateways.find(key).filter(|at| unlisted.remove(at));
            let at = known.unwrap_or_else(|| self.gateways.hold(key, || Shared::new(&gateway.namespace, &gateway.name)));
            let Some(shared) = self.gateways.get_mut(at) else { continue };
            let (suffix, reach) = (suffix(gateway), word(&REACHES, gateway.reach).0);
            shared.dirty |= !shared.listed || shared.reach != reach;
            (shared.listed, shared.reach) = (true, reach);
            if shared.suffix != suffix {
                shared.suffix = suffix;
                if shared.rows.iter().flatten().any(|n| *n > 0) {
                    stale.insert(at);
                }
            }
        }
        for at in unlisted {
            if let Some(shared) = self.gateways.get_mut(at) {
                (shared.listed, shared.dirty) = (false, true);
            }
            self.leave(store, at);
        }
        stale
    }

    /// Takes over which attachments the controller refuses; gives those of held rows where that is new.
    fn refuse(&mut self, attachments: &[Attachment]) -> BTreeSet<u32> {
        let says_no = |a: &Attachment| a.reported.as_ref().is_some_and(|r| r.current && r.accepted == Tri::False);
        let keys = |a: &Attachment| {
            let parent = &a.parent_ref;
            let owner = ObjectRef { kind: parent.kind.clone(), namespace: Some(parent.namespace.clone()), name: parent.name.clone() };
            a.listeners.iter().map(|l| attachment(self.seed, &a.route, &owner, l)).collect::<Vec<_>>()
        };
        let mut refused: HashSet<u64> = attachments.iter().filter(|a| says_no(a)).flat_map(keys).collect();
        if !refused.is_empty() {
            // Two parentRefs to one listener make one row: one that is not refused is enough.
            for key in attachments.iter().filter(|a| !says_no(a)).flat_map(keys) {
                refused.remove(&key);
            }
        }
        if refused == self.refused {
            return BTreeSet::new();
        }
        self.refused = refused;
        let flipped: BTreeSet<u32> = self.attached.iter().filter(|(_, a)| a.refused != self.refused.contains(&a.key)).map(|(at, _)| at).collect();
        for at in &flipped {
            if let Some(a) = self.attached.get_mut(*at) {
                a.refused = !a.refused;
            }
        }
        flipped
    }

    /// Moves lines of family 1 between what is shown and what is hidden.
    fn flip(&mut self, store: &mut Store, flipped: &BTreeSet<u32>) {
        let moved: Vec<(u64, u64, bool)> =
            self.rows.iter().filter(|(_, r)| r.route != 0 && flipped.contains(&r.attached)).map(|(id, r)| (*id, r.route, r.hidden)).collect();
        for batch in moved.chunks(BATCH) {
            self.hidden.commit();
            store.commit();
            let of = |hidden: bool| batch.iter().filter(|(_, _, h)| *h == hidden).map(|(_, key, _)| *key).collect::<Vec<_>>();
            let mut texts = self.hidden.texts(&of(true));
            texts.extend(store.lines(self.at.routes).map(|l| l.texts(&of(false))).unwrap_or_default());
            for (id, key, hidden) in batch {
                let Some(text) = texts.get(key) else { continue };
                let new = if *hidden {
                    self.hidden.release(*key);
                    store.hold(self.at.routes, text)
                } else {
                    store.release(self.at.routes, *key);
                    self.hidden.hold(text)
                };
                if let Some(row) = self.rows.get_mut(id) {
                    (row.route, row.hidden) = (new, !hidden);
                }
            }
        }
        self.hidden.commit();
        store.commit();
        self.hidden.chunks().for_each(|c| c.rest());
    }

    /// A Namespace's tenant, as its label says.
    pub(super) fn tenant(&mut self, store: &mut Store, namespace: &str, tenant: Option<&str>) {
        if !store.set_tenant(namespace, tenant) {
            return;
        }
        self.rewrite(store, Place::Exposure, |rows, row| {
            rows.attached.get(row.attached).and_then(|a| rows.routes.get(a.route)).is_some_and(|r| &*r.namespace == namespace)
        });
    }

    /// Writes the ends of lines anew for some rows.
    fn rewrite(&mut self, store: &mut Store, place: Place, which: impl Fn(&Self, &Row) -> bool) {
        let route = matches!(place, Place::Route);
        let key = |row: &Row| if route { row.route } else { row.line };
        let stale: Vec<(u64, u64, bool)> =
            self.rows.iter().filter(|(_, row)| key(row) != 0 && which(self, row)).map(|(id, row)| (*id, key(row), route && row.hidden)).collect();
        let metric = if route { self.at.routes } else { self.at.exposures };
        for batch in stale.chunks(BATCH) {
            store.commit();
            self.hidden.commit();
            let of = |hidden: bool| batch.iter().filter(|(_, _, h)| *h == hidden).map(|(_, key, _)| *key).collect::<Vec<_>>();
            let mut texts = self.hidden.texts(&of(true));
            texts.extend(store.lines(metric).map(|l| l.texts(&of(false))).unwrap_or_default());
            for (id, key, hidden) in batch {
                let (Some(text), Some(row)) = (texts.get(key), self.rows.get(id).copied()) else { continue };
                let Some(attached) = self.attached.get(row.attached) else { continue };
                let line = if route {
                    self.gateways.get(attached.gateway).and_then(|g| cut_suffix(text, &g.suffix))
                } else {
                    let tenant = self.routes.get(attached.route).and_then(|r| store.tenant(&r.namespace));
                    Some(cut_tenant(text, tenant))
                };
                let Some(line) = line else { continue };
                let new = if *hidden {
                    self.hidden.release(*key);
                    self.hidden.hold(&line)
                } else {
                    store.release(metric, *key);
                    store.hold(metric, &line)
                };
                if let Some(row) = self.rows.get_mut(id) {
                    *(if route { &mut row.route } else { &mut row.line }) = new;
                }
            }
        }
    }

    /// Series of Gateways whose rows changed; and what waits is worked in.
    fn write(&mut self, store: &mut Store) {
        let dirty: Vec<u32> = self.gateways.iter().filter(|(_, g)| g.dirty).map(|(at, _)| at).collect();
        for at in dirty {
            if let Some(gateway) = self.gateways.get_mut(at) {
                gateway.write(store, (self.at.counts, self.at.changes), self.lines.cluster());
            }
        }
        store.commit();
        self.hidden.commit();
    }
}

/// The number that a row's id stands for.
fn number(id: &str) -> Option<u64> {
    u64::from_str_radix(id.strip_prefix("e-")?, 16).ok()
}

/// A route at a listener.
fn attachment(seed: u64, route: &ObjectRef, owner: &ObjectRef, listener: &str) -> u64 {
    let ns = |o: &ObjectRef| o.namespace.clone().unwrap_or_default();
    joined(seed, &[&route.kind, &ns(route), &route.name, &owner.kind, &ns(owner), &owner.name, listener])
}
