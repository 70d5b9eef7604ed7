//! Who meets whom: the routes of a host, and of equal matches the one that takes the requests.

use super::Facts;
use super::gateway::{Family, GatewayState, LState};
use super::precedence::{Candidate, Order};
use crate::attach::{Claim, HostPair};
use crate::index::Map;
use crate::model::gateway::Protocol;
use crate::model::route::Route;
use crate::profile::Flag;
use crate::resolve::isolation;
use crate::text::Sym;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Where rows can shadow each other: a host of a port, or a whole listener for TCP and UDP (rule 38).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) gateway: u32,
    /// Port and family; for TCP and UDP the listener.
    pub(crate) at: u32,
    pub(crate) family: Option<Family>,
    pub(crate) host: Sym,
}

/// A route at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) route: u32,
    pub(crate) listener: u32,
    pub(crate) written: Sym,
}

/// The routes at a place, and where there are several, their matches by what makes them equal.
#[derive(Debug)]
enum Bucket {
    /// Most places have one route.
    One(Entry),
    Many(Box<Many>),
}

#[derive(Debug, Default)]
struct Many {
    entries: Vec<Entry>,
    groups: Map<u64, Vec<Candidate>>,
}

/// Every place that a route serves.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    map: Map<Place, Bucket>,
}

/// Where a claim's rows stand, host by host.
pub(crate) fn place(state: &GatewayState, claim: &Claim, l: &LState, pair: HostPair) -> Place {
    match l.protocol {
        // A TCPRoute on a TLS listener gets all of the listener's connections.
        Protocol::Tcp | Protocol::Udp | Protocol::Other => Place { gateway: claim.gateway, at: claim.listener, family: None, host: Sym::NONE },
        Protocol::Http | Protocol::Https | Protocol::Tls => {
            let _ = state;
            Place { gateway: claim.gateway, at: u32::from(l.port), family: l.family(), host: pair.host }
        }
    }
}

/// Whether another listener has a host to itself, so that this one does not serve it (rule 17, as the profile has it).
pub(crate) fn isolated(facts: &Facts<'_>, state: &GatewayState, index: u32, pair: HostPair) -> Option<u32> {
    let l = state.listener(index)?;
    let family = l.family()?;
    // Most listeners own all of their hosts: nobody owns one inside.
    if l.sole {
        return None;
    }
    if family == Family::Http && state.profile.has(Flag::EqualHostIsolation) {
        return [Family::Http, Family::Tls].into_iter().find_map(|f| state.owners.exactly(l.port, f, pair.host)).filter(|o| *o != index);
    }
    if state.profile.has(Flag::WholeHostIsolation) {
        let taken = l.inside.iter().copied().find(|o| {
            let inner = state.listener(*o);
            inner.is_some_and(|i| i.owner == l.owner && i.protocol == l.protocol && crate::attach::gates::within(facts, i, facts.text(pair.written)))
        });
        if taken.is_some() || family == Family::Http {
            return taken;
        }
    }
    // HTTPS and TLS listeners are told apart by SNI, before any profile's routing begins.
    owner(facts, state, l, pair.host).filter(|o| *o != index)
}

/// The owner of a host at a listener's port.
pub(crate) fn owner(facts: &Facts<'_>, state: &GatewayState, l: &LState, host: Sym) -> Option<u32> {
    let owners: &isolation::Owners = &state.owners;
    owners.of(l.port, l.family()?, facts.text(host), facts.names)
}

/// Whether a claim's rows on a host can take requests from others.
pub(crate) fn contends(facts: &Facts<'_>, state: &GatewayState, claim: &Claim, pair: HostPair) -> bool {
    claim.cause.is_none()
        && state.listener(claim.listener).is_some_and(|l| l.serves && l.programmed == Some(true))
        && isolated(facts, state, claim.listener, pair).is_none()
}

/// Matches of a route with what makes them equal, in order.
fn matches(route: &Route) -> impl Iterator<Item = (u32, u32, u64)> {
    route.rules.iter().zip(0_u32..).flat_map(|(r, i)| r.matches.iter().zip(0_u32..).filter(|(m, _)| !m.broken).map(move |(m, j)| (i, j, m.hash)))
}

impl Buckets {
    /// Puts a route at a place; the routes whose rows may change are added to `touched`.
    pub(crate) fn enter(&mut self, facts: &Facts<'_>, state: &GatewayState, place: Place, entry: Entry, touched: &mut Vec<u32>) {
        use hashbrown::hash_map::Entry as Slot;
        let bucket = match self.map.entry(place) {
            Slot::Vacant(slot) => {
                slot.insert(Bucket::One(entry));
                return;
            }
            Slot::Occupied(slot) => slot.into_mut(),
        };
        let many = match bucket {
            Bucket::One(first) if *first == entry => return,
            Bucket::One(first) => {
                let mut entries = alloc::vec![*first, entry];
                entries.sort_unstable();
                let mut many = Box::new(Many { entries, groups: Map::default() });
                many.regroup(facts, state);
                touched.extend(many.shared().map(|c| c.route));
                if state.profile.has(Flag::MergeByHostname) {
                    touched.extend(many.entries.iter().map(|e| e.route));
                }
                *bucket = Bucket::Many(many);
                return;
            }
            Bucket::Many(many) => many,
        };
        let Err(at) = many.entries.binary_search(&entry) else { return };
        many.entries.insert(at, entry);
        if state.profile.has(Flag::MergeByHostname) {
            // The order of all depends on each.
            many.regroup(facts, state);
            touched.extend(many.entries.iter().map(|e| e.route));
            return;
        }
        let order = Order::new(facts, state, core::iter::empty());
        if let Some(route) = facts.store.routes.get(entry.route) {
            for (rule, m, hash) in matches(route) {
                let group = many.groups.entry(hash).or_default();
                let new = Candidate { route: entry.route, listener: entry.listener, written: entry.written, rule, m };
                let at = group.partition_point(|c| order.compare(c, &new).is_lt());
                touched.extend(group.iter().map(|c| c.route));
                group.insert(at, new);
            }
        }
    }

    /// Takes a route from a place; `old` is the route as it was when it entered.
    pub(crate) fn leave(&mut self, facts: &Facts<'_>, state: Option<&GatewayState>, place: Place, route: u32, old: &Route, touched: &mut Vec<u32>) {
        let many = match self.map.get_mut(&place) {
            None => return,
            Some(Bucket::One(entry)) => {
                if entry.route == route {
                    self.map.remove(&place);
                    if self.map.is_empty() {
                        self.map = Map::default();
                    }
                }
                return;
            }
            Some(Bucket::Many(many)) => many,
        };
        many.entries.retain(|e| e.route != route);
        for (_, _, hash) in matches(old) {
            if let Some(group) = many.groups.get_mut(&hash) {
                group.retain(|c| c.route != route);
                touched.extend(group.iter().map(|c| c.route));
                if group.is_empty() {
                    many.groups.remove(&hash);
                }
            }
        }
        match (&many.entries[..], state) {
            ([], _) => {
                self.map.remove(&place);
            }
            ([last], _) => {
                let last = *last;
                self.map.insert(place, Bucket::One(last));
            }
            (_, Some(state)) if state.profile.has(Flag::MergeByHostname) => {
                many.regroup(facts, state);
                touched.extend(many.entries.iter().map(|e| e.route));
            }
            _ => {}
        }
    }

    /// The routes at a place.
    pub(crate) fn entries(&self, place: Place) -> &[Entry] {
        match self.map.get(&place) {
            None => &[],
            Some(Bucket::One(entry)) => core::slice::from_ref(entry),
            Some(Bucket::Many(many)) => &many.entries,
        }
    }

    /// Who shares a place; `None` where nobody can be shadowed there.
    pub(crate) fn rivals(&self, place: Place, route: &Route) -> Option<Rivals<'_>> {
        let groups = match self.map.get(&place)? {
            Bucket::One(_) => None,
            Bucket::Many(many) => Some(&many.groups),
        };
        (groups.is_some() || route.repeats).then_some(Rivals { groups })
    }
}

/// The candidates at a place.
#[derive(Clone, Copy)]
pub(crate) struct Rivals<'b> {
    groups: Option<&'b Map<u64, Vec<Candidate>>>,
}

impl Rivals<'_> {
    /// The candidate that takes the requests of a match, where that is another one.
    pub(crate) fn winner(&self, facts: &Facts<'_>, state: &GatewayState, me: &Candidate, hash: u64) -> Option<Candidate> {
        let same = |c: &Candidate| (c.route, c.rule, c.m) == (me.route, me.rule, me.m);
        if let Some(groups) = self.groups {
            let first = *groups.get(&hash)?.first()?;
            return (!same(&first) && equal(facts, &first, me)).then_some(first);
        }
        // Alone at its place a route can shadow only itself: of equal matches the first in order wins (rule 36).
        let route = facts.store.routes.get(me.route)?;
        let order = Order::new(facts, state, core::iter::empty());
        let equals = matches(route).filter(|(_, _, h)| *h == hash).map(|(rule, m, _)| Candidate { rule, m, ..*me });
        let first = equals.min_by(|a, b| order.compare(a, b))?;
        (!same(&first) && equal(facts, &first, me)).then_some(first)
    }
}

impl Many {
    fn regroup(&mut self, facts: &Facts<'_>, state: &GatewayState) {
        let order = Order::new(facts, state, self.entries.iter().map(|e| (e.written, e.route)));
        let mut groups: Map<u64, Vec<Candidate>> = Map::default();
        for e in &self.entries {
            let Some(route) = facts.store.routes.get(e.route) else { continue };
            for (rule, m, hash) in matches(route) {
                groups.entry(hash).or_default().push(Candidate { route: e.route, listener: e.listener, written: e.written, rule, m });
            }
        }
        for group in groups.values_mut() {
            group.sort_by(|a, b| order.compare(a, b));
        }
        self.groups = groups;
    }

    /// Candidates that meet an equal one.
    fn shared(&self) -> impl Iterator<Item = &Candidate> {
        self.groups.values().filter(|g| g.len() > 1).flatten()
    }
}

/// Whether two matches are equal indeed, and not by hash alone.
fn equal(facts: &Facts<'_>, a: &Candidate, b: &Candidate) -> bool {
    let of = |c: &Candidate| facts.store.routes.get(c.route).and_then(|r| r.rules.get(c.rule as usize)?.matches.get(c.m as usize));
    let (Some(x), Some(y)) = (of(a), of(b)) else { return false };
    use crate::model::route::{PathKind, What};
    let path = match (x.what, y.what) {
        (What::Path { kind: PathKind::Prefix, value: v }, What::Path { kind: PathKind::Prefix, value: w }) => {
            facts.text(v).trim_end_matches('/') == facts.text(w).trim_end_matches('/')
        }
        (v, w) => v == w,
    };
    path && x.method == y.method && x.headers == y.headers && x.query == y.query
}
