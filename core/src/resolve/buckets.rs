//! The routes of each place, and of equal matches the one that takes the requests (rule 36).
//!
//! Where one route stands alone, as at most places, it comes and goes at once. Where several meet, comings and
//! goings are noted and worked in together ([`Buckets::settle`]): a batch costs what it touches, and not its square.

use super::Facts;
use super::gateway::GatewayState;
use super::precedence::{Candidate, Order, age};
use super::route::RouteState;
use super::shadow::{Place, contends};
use crate::attach::Gateways;
use crate::index::Map;
use crate::index::store::Arena;
use crate::model::route::{PathKind, Route, What};
use crate::profile::Flag;
use crate::text::Sym;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A route at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) route: u32,
    pub(crate) listener: u32,
    pub(crate) written: Sym,
}

/// The routes at a place: most have one, whose handle this is; else where the many are, with the highest bit set.
#[derive(Clone, Copy, Debug)]
struct Bucket(u32);

const MANY: u32 = 1 << 31;

impl Bucket {
    fn many(self) -> Option<u32> {
        (self.0 & MANY != 0).then_some(self.0 & !MANY)
    }
}

/// Routes that meet, and their matches by what makes them equal.
#[derive(Debug, Default)]
pub(crate) struct Many {
    /// By the text of their namespace.
    shelves: Vec<Shelf>,
    /// How many entries write each hostname.
    written: Vec<(Sym, u32)>,
    /// The oldest entries, the oldest first; only where different hostnames are written.
    oldest: Vec<Entry>,
    /// Candidates by the hash of their match, the winner first.
    groups: Map<u64, Vec<Candidate>>,
}

/// The routes of one namespace, the oldest first.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) ns: Sym,
    pub(crate) entries: Vec<Entry>,
}

/// Every place that a route serves.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    map: Map<Place, Bucket>,
    crowded: Arena<Box<Many>>,
    /// What is not worked in yet: who leaves, with what its matches were, and who enters.
    leaving: Vec<(Place, u32, Vec<u64>)>,
    entering: Vec<(Place, Entry)>,
}

/// What [`Buckets::settle`] did.
#[derive(Default)]
pub(crate) struct Settled {
    /// Routes that have another winner than before at a match of theirs.
    pub(crate) routes: Vec<u32>,
    /// Places where other routes meet than before.
    pub(crate) places: Vec<Place>,
    /// Routes that meet others than before, where these write different hostnames.
    pub(crate) neighbours: Vec<u32>,
}

/// How many routes of a host are compared with each other by hostname: the oldest.
const NEIGHBOURS: usize = 64;
/// Up to so many newcomers are put in one by one, more are sorted in.
const FEW: usize = 32;

/// Matches of a route with what makes them equal, in order.
fn matches(route: &Route) -> impl Iterator<Item = (u32, u32, u64)> {
    route.rules.iter().zip(0_u32..).flat_map(|(r, i)| r.matches.iter().zip(0_u32..).filter(|(m, _)| !m.broken()).map(move |(m, j)| (i, j, m.hash)))
}

impl Buckets {
    /// Puts a route at a place.
    pub(crate) fn enter(&mut self, place: Place, entry: Entry) {
        use hashbrown::hash_map::Entry as Slot;
        match self.map.entry(place) {
            Slot::Vacant(slot) => {
                slot.insert(Bucket(entry.route));
            }
            Slot::Occupied(_) => self.entering.push((place, entry)),
        }
    }

    /// Takes a route from a place; `old` is the route as it was when it entered.
    pub(crate) fn leave(&mut self, place: Place, route: u32, old: &Route) {
        match self.map.get(&place) {
            Some(bucket) if bucket.many().is_some() => self.leaving.push((place, route, matches(old).map(|(_, _, hash)| hash).collect())),
            Some(bucket) if bucket.0 == route => {
                self.map.remove(&place);
                if self.map.is_empty() {
                    self.map = Map::default();
                }
            }
            _ => {}
        }
    }

    /// Works in who left and entered since the last time.
    pub(crate) fn settle(&mut self, facts: &Facts<'_>, gateways: &Gateways, routes: &[RouteState]) -> Settled {
        let mut out = Settled::default();
        let (mut leaving, mut entering) = (core::mem::take(&mut self.leaving), core::mem::take(&mut self.entering));
        if leaving.is_empty() && entering.is_empty() {
            return out;
        }
        leaving.sort_unstable_by_key(|(place, route, _)| (*place, *route));
        crate::sort::unstable(&mut entering);
        entering.dedup();
        out.places = leaving.iter().map(|(p, _, _)| *p).chain(entering.iter().map(|(p, _)| *p)).collect();
        crate::sort::unstable(&mut out.places);
        out.places.dedup();
        let (mut leaving, mut entering) = (&leaving[..], &entering[..]);
        let places = out.places.clone();
        for place in &places {
            let gone = take_while(&mut leaving, |(p, _, _)| p == place);
            let come = take_while(&mut entering, |(p, _)| p == place);
            let state = gateways.get(place.gateway as usize).and_then(Option::as_deref);
            let bucket = self.map.remove(place);
            let mut many = bucket.and_then(Bucket::many).and_then(|at| self.crowded.remove(at)).unwrap_or_default();
            if let (Some(first), Some(state)) = (bucket.filter(|b| b.many().is_none()), state) {
                let mut entries = stands(facts, state, routes, first.0, *place);
                entries.retain(|e| come.binary_search(e).is_err());
                many.change(facts, state, &[], &entries, &mut Settled::default());
                if facts.store.routes.get(first.0).is_some_and(|r| r.repeats) {
                    out.routes.push(first.0);
                }
            }
            match state {
                Some(state) => many.change(facts, state, gone, come, &mut out),
                // The Gateway is gone, and all of its routes with it.
                None => continue,
            }
            let mut all = many.shelves.iter().flat_map(|s| &s.entries);
            match (all.next(), all.next()) {
                (None, _) => {}
                (Some(last), None) => {
                    if facts.store.routes.get(last.route).is_some_and(|r| r.repeats) {
                        out.routes.push(last.route);
                    }
                    self.map.insert(*place, Bucket(last.route));
                }
                _ => {
                    let at = self.crowded.insert(many);
                    self.map.insert(*place, Bucket(at | MANY));
                }
            }
        }
        if self.map.is_empty() {
            self.map = Map::default();
        }
        out
    }

    /// Who meets at a place, by namespace; `None` where nobody does.
    pub(crate) fn shelves(&self, place: Place) -> Option<&[Shelf]> {
        self.many(place).map(|m| &m.shelves[..])
    }

    /// Who meets at a place.
    pub(crate) fn many(&self, place: Place) -> Option<&Many> {
        if self.crowded.len() == 0 {
            return None;
        }
        self.crowded.get(self.map.get(&place)?.many()?).map(|m| &**m)
    }

    /// Who shares a place; `None` where nobody can be shadowed there.
    pub(crate) fn rivals(&self, place: Place, route: &Route) -> Option<Rivals<'_>> {
        if self.crowded.len() == 0 && !route.repeats {
            return None;
        }
        let bucket = self.map.get(&place)?;
        let groups = bucket.many().and_then(|at| self.crowded.get(at)).map(|m| &m.groups);
        (groups.is_some() || route.repeats).then_some(Rivals { groups })
    }

    /// How many places have a route.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    /// Every place where a route stands, in no order.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.map.keys().copied()
    }

    /// The routes that stand at a place.
    pub(crate) fn standing<'b>(&'b self, facts: &Facts<'_>, state: &GatewayState, routes: &[RouteState], place: Place) -> impl Iterator<Item = Entry> + 'b {
        let bucket = self.map.get(&place);
        let one = bucket.filter(|b| b.many().is_none()).map(|b| stands(facts, state, routes, b.0, place));
        let many = bucket.and_then(|b| self.crowded.get(b.many()?));
        one.into_iter().flatten().map(|(_, e)| e).chain(many.into_iter().flat_map(|m| m.all()))
    }

    /// Whether a match at a place takes every request.
    pub(crate) fn takes_all(&self, facts: &Facts<'_>, place: Place) -> bool {
        let Some(bucket) = self.map.get(&place) else { return false };
        let wanted = crate::model::lower::takes_all(facts.names);
        match bucket.many().and_then(|at| self.crowded.get(at)) {
            Some(many) => wanted.iter().any(|hash| many.groups.contains_key(hash)),
            None => facts.store.routes.get(bucket.0).is_some_and(|r| matches(r).any(|(_, _, hash)| wanted.contains(&hash))),
        }
    }

    /// Makes room for a load.
    pub(crate) fn reserve(&mut self, routes: usize) {
        if routes > 1024 {
            // Most routes have a host or two.
            self.map.reserve(routes.saturating_mul(2));
        }
    }

    /// Gives back what growth has left over.
    pub(crate) fn shrink(&mut self) {
        self.map.shrink_to_fit();
        self.crowded.shrink();
    }
}

/// The entries of a route at a place.
fn stands(facts: &Facts<'_>, state: &GatewayState, routes: &[RouteState], route: u32, place: Place) -> Vec<(Place, Entry)> {
    let claims = routes.get(route as usize).map_or(&[][..], |s| &s.claims);
    let mut out = Vec::new();
    for claim in claims.iter().filter(|c| c.gateway == place.gateway) {
        let here = claim.hosts.iter().filter(|p| claim.place(**p) == place && contends(facts, state, claim, **p));
        out.extend(here.map(|p| (place, Entry { route, listener: claim.listener, written: p.written })));
    }
    out
}

/// The items at the front of a list that hold, taken off it.
fn take_while<'s, T>(list: &mut &'s [T], holds: impl Fn(&T) -> bool) -> &'s [T] {
    let all: &'s [T] = list;
    let (front, rest) = all.split_at_checked(all.iter().take_while(|t| holds(t)).count()).unwrap_or((all, &[]));
    *list = rest;
    front
}

impl Many {
    /// Whether the routes write different hostnames.
    pub(crate) fn writes_differ(&self) -> bool {
        self.written.len() > 1
    }

    /// Every entry.
    pub(crate) fn all(&self) -> impl Iterator<Item = Entry> {
        self.shelves.iter().flat_map(|s| s.entries.iter()).copied()
    }

    /// Up to so many of the oldest entries, the oldest first.
    pub(crate) fn first(&self, facts: &Facts<'_>, count: usize) -> Vec<Entry> {
        let mut out: Vec<Entry> = self.shelves.iter().flat_map(|s| s.entries.iter().take(count)).copied().collect();
        crate::sort::by(&mut out, |a, b| older(facts, a, b));
        out.truncate(count);
        out
    }

    /// The oldest entries, the oldest first; none where all write one hostname.
    pub(crate) fn oldest(&self) -> &[Entry] {
        &self.oldest
    }

    /// Looks for them: each entry is met once, however many namespaces meet here.
    fn find_oldest(&self, facts: &Facts<'_>) -> Vec<Entry> {
        let mut out: Vec<Entry> = Vec::new();
        if !self.writes_differ() {
            return out;
        }
        for entry in self.shelves.iter().flat_map(|s| s.entries.iter().take(NEIGHBOURS)) {
            if out.len() < NEIGHBOURS || out.last().is_some_and(|last| older(facts, entry, last).is_lt()) {
                let at = out.partition_point(|e| older(facts, e, entry).is_lt());
                out.insert(at, *entry);
                out.truncate(NEIGHBOURS);
            }
        }
        out
    }

    /// Takes some out and puts others in; who has another winner now, or other neighbours, is added to `out`.
    fn change(&mut self, facts: &Facts<'_>, state: &GatewayState, gone: &[(Place, u32, Vec<u64>)], come: &[(Place, Entry)], out: &mut Settled) {
        let differed = self.writes_differ();
        let mut neighbours: Vec<u32> = self.oldest.iter().map(|e| e.route).collect();
        let mut touched: Vec<(u64, Option<Candidate>)> = Vec::new();
        let mut touch = |groups: &Map<u64, Vec<Candidate>>, hash: u64| touched.push((hash, groups.get(&hash).and_then(|g| g.first()).copied()));
        for hash in gone.iter().flat_map(|(_, _, hashes)| hashes) {
            touch(&self.groups, *hash);
        }
        for (_, _, hash) in come.iter().filter_map(|(_, e)| facts.store.routes.get(e.route)).flat_map(|r| matches(r)) {
            touch(&self.groups, hash);
        }
        touched.sort_unstable_by_key(|(hash, _)| *hash);
        touched.dedup_by_key(|(hash, _)| *hash);
        self.take_out(gone, &touched);
        self.put_in(facts, come);
        self.oldest = self.find_oldest(facts);
        if state.profile.has(Flag::MergeByHostname) {
            // The order of all depends on each.
            touched = self.groups.iter().map(|(hash, group)| (*hash, group.first().copied())).chain(touched).collect();
            touched.sort_by_key(|(hash, first)| (*hash, first.is_none()));
            touched.dedup_by_key(|(hash, _)| *hash);
        }
        self.rank(facts, state, gone, come, &touched, out);
        if differed || self.writes_differ() {
            neighbours.extend(self.oldest.iter().map(|e| e.route));
            out.neighbours.extend(neighbours);
        }
    }

    fn take_out(&mut self, gone: &[(Place, u32, Vec<u64>)], touched: &[(u64, Option<Candidate>)]) {
        if gone.is_empty() {
            return;
        }
        let leaves = |route: u32| gone.binary_search_by_key(&route, |(_, r, _)| *r).is_ok();
        let written = &mut self.written;
        for shelf in &mut self.shelves {
            shelf.entries.retain(|e| {
                let stays = !leaves(e.route);
                if !stays && let Some((_, count)) = written.iter_mut().find(|(w, _)| *w == e.written) {
                    *count = count.saturating_sub(1);
                }
                stays
            });
        }
        written.retain(|(_, count)| *count > 0);
        self.shelves.retain(|s| !s.entries.is_empty());
        for (hash, _) in touched {
            if let Some(group) = self.groups.get_mut(hash) {
                group.retain(|c| !leaves(c.route));
                if group.is_empty() {
                    self.groups.remove(hash);
                }
            }
        }
    }

    fn put_in(&mut self, facts: &Facts<'_>, come: &[(Place, Entry)]) {
        for (_, entry) in come {
            let Some(route) = facts.store.routes.get(entry.route) else { continue };
            match self.written.iter_mut().find(|(w, _)| *w == entry.written) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => self.written.push((entry.written, 1)),
            }
            let ns = facts.text(route.meta.ns);
            let at = self.shelves.partition_point(|s| facts.text(s.ns) < ns);
            if self.shelves.get(at).is_none_or(|s| s.ns != route.meta.ns) {
                self.shelves.insert(at, Shelf { ns: route.meta.ns, entries: Vec::new() });
            }
            let Some(shelf) = self.shelves.get_mut(at) else { continue };
            if come.len() > FEW {
                shelf.entries.push(*entry);
            } else {
                let at = shelf.entries.partition_point(|e| older(facts, e, entry).is_lt());
                shelf.entries.insert(at, *entry);
            }
        }
        if come.len() > FEW {
            for shelf in &mut self.shelves {
                shelf.entries.sort_by(|a, b| older(facts, a, b));
            }
        }
    }

    /// Puts the matches of who came into their groups, in order; who has another winner than before is added to `out`.
    fn rank(
        &mut self,
        facts: &Facts<'_>,
        state: &GatewayState,
        gone: &[(Place, u32, Vec<u64>)],
        come: &[(Place, Entry)],
        touched: &[(u64, Option<Candidate>)],
        out: &mut Settled,
    ) {
        let left = |c: &Candidate| gone.binary_search_by_key(&c.route, |(_, r, _)| *r).is_ok();
        let merge = state.profile.has(Flag::MergeByHostname);
        let all = self.shelves.iter().flat_map(|s| &s.entries).filter(|_| merge);
        let order = Order::new(facts, state, all.map(|e| (e.written, e.route)));
        for (_, e) in come {
            let Some(route) = facts.store.routes.get(e.route) else { continue };
            for (rule, m, hash) in matches(route) {
                let group = self.groups.entry(hash).or_default();
                let new = Candidate { route: e.route, listener: e.listener, written: e.written, rule, m };
                if merge || come.len() > FEW {
                    group.push(new);
                } else {
                    let at = group.partition_point(|c| order.compare(c, &new).is_lt());
                    group.insert(at, new);
                }
            }
        }
        for (hash, first) in touched {
            let Some(group) = self.groups.get_mut(hash) else { continue };
            if merge || come.len() > FEW {
                group.sort_by(|a, b| order.compare(a, b));
            }
            // Who left and came back may show another id.
            if group.first() != first.as_ref() || first.as_ref().is_some_and(left) {
                out.routes.extend(group.iter().map(|c| c.route));
            }
        }
    }
}

/// The order of age, then of what tells entries of one route apart.
fn older(facts: &Facts<'_>, a: &Entry, b: &Entry) -> core::cmp::Ordering {
    let by_age = match (facts.store.routes.get(a.route), facts.store.routes.get(b.route)) {
        (Some(x), Some(y)) if a.route != b.route => age(facts, x, y),
        _ => core::cmp::Ordering::Equal,
    };
    by_age.then_with(|| a.cmp(b))
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

/// Whether two matches are equal indeed, and not by hash alone.
fn equal(facts: &Facts<'_>, a: &Candidate, b: &Candidate) -> bool {
    let of = |c: &Candidate| facts.store.routes.get(c.route).and_then(|r| r.rules.get(c.rule as usize)?.matches.get(c.m as usize));
    let (Some(x), Some(y)) = (of(a), of(b)) else { return false };
    let path = match (x.what, y.what) {
        (What::Path { kind: PathKind::Prefix, value: v }, What::Path { kind: PathKind::Prefix, value: w }) => {
            facts.text(v).trim_end_matches('/') == facts.text(w).trim_end_matches('/')
        }
        (v, w) => v == w,
    };
    path && x.method == y.method && x.headers() == y.headers() && x.query() == y.query()
}
