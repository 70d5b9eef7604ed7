//! From a resolved Gateway to its matcher.

use super::lookup::Index;
use super::{Entry, Group, Level, ListenerText, Matcher, Place, RouteText, RuleText};
use crate::Engine;
use crate::index::Map;
use crate::model::host;
use crate::model::kinds::Kind;
use crate::model::route::{Match, More, PathKind, ValueMatch, What};
use crate::profile::Flag;
use crate::resolve::Facts;
use crate::resolve::gateway::{Family, GatewayState, LState, Owner};
use crate::resolve::precedence::{Candidate, Order, catch_all, is_regex};
use crate::resolve::route::dropped;
use crate::resolve::rows::Sources;
use crate::resolve::shadow::isolated;
use crate::text::{Interner, Sym};
use crate::trace::matching::Manner;
use crate::trace::pattern::Pattern;
use crate::trace::{Found, maybe, outcome};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Why there is no matcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCompiled {
    /// The snapshot does not have the Gateway.
    NoGateway,
    /// It has more candidates than were allowed.
    TooMany,
}

/// A candidate on its way into a group.
struct Claimed {
    place: u32,
    host: Sym,
    /// The listener that must own the request's host.
    owner: Option<u32>,
    candidate: Candidate,
    doubt: bool,
}

impl Matcher {
    /// Compiles a Gateway of a settled engine, which is not needed any more then. `most` bounds its candidates.
    pub fn compile(engine: &Engine, namespace: &str, name: &str, most: usize) -> Result<Self, NotCompiled> {
        let sources = engine.sources();
        let names = sources.facts.names;
        let find = || sources.facts.store.find(Kind::Gateway, names.find(namespace)?, names.find(name)?);
        let handle = find().ok_or(NotCompiled::NoGateway)?;
        let state = engine.gateway_state(handle).ok_or(NotCompiled::NoGateway)?;
        let mut out = Matcher {
            profile: state.profile.name,
            names: Interner::default(),
            manner: Manner::of(state.profile),
            fall_through: !state.profile.has(Flag::HostNoFallThrough),
            doubt: maybe(state).is_some(),
            places: places(state),
            levels: Vec::new(),
            by_host: Map::default(),
            by_suffix: Map::default(),
            longest_suffix: 0,
            groups: Vec::new(),
            entries: Vec::new(),
            matches: Vec::new(),
            patterns: Map::default(),
            routes: Vec::new(),
            rules: Vec::new(),
            listeners: Vec::new(),
        };
        let mut claimed = claims(engine, handle, state, &out.places, most)?;
        let mut work = Work { sources: &sources, state, out: &mut out, matches: Map::default(), rules: Map::default(), routes: Map::default() };
        work.listeners();
        crate::sort::by(&mut claimed, |a, b| (a.place, a.host, a.owner).cmp(&(b.place, b.host, b.owner)));
        for group in claimed.chunk_by_mut(|a, b| (a.place, a.host, a.owner) == (b.place, b.host, b.owner)) {
            work.group(group);
        }
        work.widen();
        Ok(out)
    }
}

fn places(state: &GatewayState) -> Vec<Place> {
    let mut out: Vec<Place> = state.listeners.iter().filter_map(place).collect();
    crate::sort::unstable(&mut out);
    out.dedup();
    out
}

fn place(l: &LState) -> Option<Place> {
    l.family().map(|f| Place { port: l.port, tls: f == Family::Tls })
}

/// Every match of every route on every hostname and listener that a request may meet.
fn claims(engine: &Engine, handle: u32, state: &GatewayState, places: &[Place], most: usize) -> Result<Vec<Claimed>, NotCompiled> {
    let facts = engine.facts();
    let mut out = Vec::new();
    for (route_handle, route) in facts.store.routes.iter() {
        let Some(route_state) = engine.route_state(route_handle) else { continue };
        if dropped(route, state.profile) {
            continue;
        }
        for claim in route_state.claims.iter().filter(|c| c.gateway == handle) {
            let Some(l) = state.listener(claim.listener).filter(|l| l.serves) else { continue };
            let Some(at) = place(l).and_then(|p| places.binary_search(&p).ok()).and_then(|p| u32::try_from(p).ok()) else { continue };
            // As `serves_host` of a trace: where routing is open, the row's hostname decides; else the request's.
            let whole = state.profile.has(Flag::WholeHostIsolation);
            let open = l.family() == Some(Family::Http) && (whole || state.profile.has(Flag::EqualHostIsolation));
            for pair in &claim.hosts {
                if (open || whole) && isolated(&facts, state, claim.listener, *pair).is_some() {
                    continue;
                }
                let unowned = || l.family().is_none_or(|f| state.owners.of(l.port, f, facts.text(pair.host), facts.names).is_none());
                let owners: &[Option<u32>] = if open {
                    &[None]
                } else if unowned() {
                    &[Some(claim.listener), None]
                } else {
                    &[Some(claim.listener)]
                };
                for (rule, i) in route.rules.iter().zip(0_u32..) {
                    for (_, j) in rule.matches.iter().zip(0_u32..) {
                        let candidate = Candidate { route: route_handle, listener: claim.listener, written: pair.written, rule: i, m: j };
                        let doubt = claim.cause.or(l.cause).is_some();
                        out.extend(owners.iter().map(|o| Claimed { place: at, host: pair.host, owner: *o, candidate, doubt }));
                        if out.len() > most {
                            return Err(NotCompiled::TooMany);
                        }
                    }
                }
            }
        }
    }
    Ok(out)
}

/// The matcher in the making.
struct Work<'w, 'a> {
    sources: &'w Sources<'a>,
    state: &'w GatewayState,
    out: &'w mut Matcher,
    matches: Map<(u32, u32, u32), u32>,
    rules: Map<(u32, u32), u32>,
    routes: Map<u32, u32>,
}

impl<'a> Work<'_, 'a> {
    fn facts(&self) -> Facts<'a> {
        self.sources.facts
    }

    fn carry(&mut self, sym: Sym) -> Sym {
        self.out.names.intern(self.sources.facts.text(sym))
    }

    /// Listeners, and the hostnames they own or cover.
    fn listeners(&mut self) {
        let facts = self.facts();
        let state = self.state;
        let t = |s: Sym| facts.text(s);
        for l in &state.listeners {
            let set = match l.owner {
                Owner::Set(i) => state.sets.get(i as usize).map(|s| format!("{}/{}/", t(s.ns), t(s.name))),
                Owner::Gateway => None,
            };
            let text = format!("{}/{}/{}{}", t(state.ns), t(state.name), set.as_deref().unwrap_or(""), t(l.name));
            let name = self.carry(l.name);
            self.out.listeners.push(ListenerText { name, serves: l.serves, text: text.into() });
            if let (Some(place), Some(host)) = (place(l), l.hostname(facts.words.any)) {
                self.level(place, host);
            }
        }
    }

    /// The level of a hostname; made where there is none yet.
    fn level(&mut self, place: Place, host: Sym) -> Option<u32> {
        let facts = self.facts();
        let at = u32::try_from(self.out.places.binary_search(&place).ok()?).ok()?;
        let text = facts.text(host);
        let key = (at, self.carry(host));
        if let Some(level) = self.out.by_host.get(&key) {
            return Some(*level);
        }
        let family = if place.tls { Family::Tls } else { Family::Http };
        let state = self.state;
        let covers = |l: &LState| {
            self::place(l) == Some(place) && l.conflict.is_none() && l.hostname(facts.words.any).is_some_and(|h| host::covers(facts.text(h), text))
        };
        let index = u32::try_from(self.out.levels.len()).ok()?;
        self.out.levels.push(Level {
            wider: None,
            owner: state.owners.of(place.port, family, text, facts.names),
            covered: state.listeners.iter().any(covers),
            groups: Vec::new(),
        });
        self.out.by_host.insert(key, index);
        if let Some(suffix) = host::wildcard(text) {
            let suffix_sym = self.out.names.intern(suffix);
            self.out.by_suffix.insert((at, suffix_sym), index);
            self.out.longest_suffix = self.out.longest_suffix.max(suffix.len());
        }
        Some(index)
    }

    /// Orders the candidates of a hostname, and adds them.
    fn group(&mut self, claimed: &mut [Claimed]) {
        let facts = self.facts();
        let Some((at, host, owner)) = claimed.first().map(|c| (c.place, c.host, c.owner)) else { return };
        let Some(place) = self.out.places.get(at as usize).copied() else { return };
        let order = Order::new(&facts, self.state, claimed.iter().map(|c| (c.candidate.written, c.candidate.route)));
        claimed.sort_by(|a, b| order.compare(&a.candidate, &b.candidate));
        let part = |c: &Claimed| order.parts(&c.candidate).map(|(_, m)| m);
        // Per route's own hostname: a rule that takes everything hides the regular expressions behind it.
        let catching: Vec<Sym> = if self.state.profile.has(Flag::RegexLast) {
            claimed.iter().filter(|c| part(c).is_some_and(|m| catch_all(&facts, m))).map(|c| c.candidate.written).collect()
        } else {
            Vec::new()
        };
        let Some(level) = self.level(place, host) else { return };
        let (group, first) = (count(&self.out.groups), count(&self.out.entries));
        for c in claimed.iter() {
            let Some(m) = part(c) else { continue };
            // They take nothing, but their hostname is looked at all the same.
            if m.broken() || (is_regex(m) && catching.contains(&c.candidate.written)) {
                continue;
            }
            let entry = Entry {
                id: self.sources.first_id(&c.candidate, self.state, host),
                group,
                matched: self.matched(&c.candidate, m),
                rule: self.rule(&c.candidate, host),
                listener: c.candidate.listener,
                match_index: c.candidate.m,
                doubt: c.doubt,
            };
            self.out.entries.push(entry);
        }
        let host = self.carry(host);
        let index = Index::new(&mut self.out.names, &self.out.matches, self.out.entries.get(first as usize..).unwrap_or(&[]));
        let count = count(&self.out.entries).saturating_sub(first);
        self.out.groups.push(Group { host, first, count, index });
        if let Some(level) = self.out.levels.get_mut(level as usize) {
            level.groups.push((owner, group));
        }
    }

    /// A match in the matcher's own symbols; each is kept once.
    fn matched(&mut self, c: &Candidate, m: &Match) -> u32 {
        if let Some(found) = self.matches.get(&(c.route, c.rule, c.m)) {
            return *found;
        }
        let what = match m.what {
            What::Path { kind, value } => What::Path { kind, value: if kind == PathKind::Regex { self.pattern(value) } else { self.carry(value) } },
            What::Grpc { regex: true, service, method } => What::Grpc { regex: true, service: self.pattern(service), method: self.pattern(method) },
            What::Grpc { regex: false, service, method } => What::Grpc { regex: false, service: self.carry(service), method: self.carry(method) },
            What::Any => What::Any,
        };
        let values = |work: &mut Self, list: &[ValueMatch]| {
            let one = |v: &ValueMatch| ValueMatch {
                regex: v.regex,
                name: work.carry(v.name),
                value: if v.regex { work.pattern(v.value) } else { work.carry(v.value) },
            };
            list.iter().map(one).collect()
        };
        let more = m.more.as_ref().map(|_| Box::new(More { headers: values(self, m.headers()), query: values(self, m.query()), broken: false }));
        let own = Match { what, method: self.carry(m.method), more, hash: 0 };
        let index = count(&self.out.matches);
        self.out.matches.push(own);
        self.matches.insert((c.route, c.rule, c.m), index);
        index
    }

    fn pattern(&mut self, sym: Sym) -> Sym {
        let own = self.carry(sym);
        if own.is_some()
            && !self.out.patterns.contains_key(&own)
            && let Ok(pattern) = Pattern::new(self.facts().text(sym))
        {
            self.out.patterns.insert(own, pattern);
        }
        own
    }

    fn rule(&mut self, c: &Candidate, host: Sym) -> u32 {
        if let Some(found) = self.rules.get(&(c.route, c.rule)) {
            return *found;
        }
        let facts = self.facts();
        let route = match self.routes.get(&c.route) {
            Some(found) => *found,
            None => {
                let index = count(&self.out.routes);
                if let Some(r) = facts.store.routes.get(c.route) {
                    let text = format!("{}/{}/{}", r.kind.text(), facts.text(r.meta.ns), facts.text(r.meta.name));
                    let (ns, name) = (self.carry(r.meta.ns), self.carry(r.meta.name));
                    self.out.routes.push(RouteText { kind: r.kind, ns, name, text: text.into() });
                }
                self.routes.insert(c.route, index);
                index
            }
        };
        let answer = outcome(self.sources, self.state, &Found::new(*c, host));
        let mut backends = String::new();
        for b in &answer.backends {
            let comma = if backends.is_empty() { "" } else { "," };
            let port = b.port.map_or_else(String::new, |p| format!(":{p}"));
            backends.push_str(&format!("{comma}{}/{}/{}{port}", b.kind, b.namespace, b.name));
        }
        let written = facts.store.routes.get(c.route).and_then(|r| r.rules.get(c.rule as usize)).map_or(Sym::NONE, |r| r.name);
        let name = self.carry(written);
        let index = count(&self.out.rules);
        self.out.rules.push(RuleText { route, index: c.rule, name, outcome: answer.outcome, status: answer.status.unwrap_or(0), backends: backends.into() });
        self.rules.insert((c.route, c.rule), index);
        index
    }

    /// Tells each hostname the next wider one of its place.
    fn widen(&mut self) {
        let mut wider: Vec<(u32, u32)> = Vec::new();
        for ((at, host), level) in &self.out.by_host {
            let found = host::ancestors(self.out.names.get(*host))
                .skip_while(|h| **h == *self.out.names.get(*host))
                .find_map(|h| self.out.by_host.get(&(*at, self.out.names.find(&h)?)).copied());
            wider.extend(found.map(|w| (*level, w)));
        }
        for (level, found) in wider {
            if let Some(level) = self.out.levels.get_mut(level as usize) {
                level.wider = Some(found);
            }
        }
    }
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
