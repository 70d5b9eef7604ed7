//! GS0710 for flags of matching and precedence: requests that a profile answers otherwise, though it judges every object
//! alike. What a route tells by itself stands at the route, what takes several stands at their host.

use super::hostname_precedence::meet;
use crate::attach::{Claim, HostPair};
use crate::diagnose::departure::{Answers, first, say};
use crate::diagnose::text::{name_of, route_ref, some, subject};
use crate::engine::Engine;
use crate::model::Kind;
use crate::model::host::{ancestors, covers};
use crate::model::route::{Match, PathKind, Route, What};
use crate::profile::{Flag, Profile};
use crate::report::rows::object;
use crate::resolve::Facts;
use crate::resolve::buckets::Entry;
use crate::resolve::gateway::{Family, GatewayState};
use crate::resolve::precedence::{Candidate, Order, catch_all, is_regex};
use crate::resolve::route::dropped;
use crate::resolve::shadow::Place;
use crate::text::Sym;
use crate::types::Finding;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// How many routes of a host are compared with each other, the oldest first.
const ROUTES: usize = 16;
/// How many pairs of matches are compared at a host.
const PAIRS: usize = 4096;

/// What is told of a route without looking at others.
pub(crate) fn of_route(engine: &Engine, handle: u32, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let (Some(route), Some(state)) = (facts.store.routes.get(handle), engine.route_state(handle)) else { return };
    let mut seen: Vec<u32> = Vec::new();
    for claim in &state.claims {
        let Some(gateway) = engine.gateway_state(claim.gateway).filter(|g| g.standard.is_some() && !dropped(route, g.profile)) else { continue };
        if !gateway.listener(claim.listener).is_some_and(|l| l.serves) {
            continue;
        }
        let say = |flag: Flag, a: &Answers, field: &str, out: &mut Vec<Finding>| {
            let related = object(&facts, Kind::Gateway, gateway.ns, gateway.name);
            say(subject(&facts, route), gateway.profile, flag, a, field, Some(related), out);
        };
        if !seen.contains(&claim.gateway) {
            seen.push(claim.gateway);
            grpc(route, gateway.profile, &mut |flag, a| say(flag, a, "spec.rules", out));
            query(&facts, route, gateway.profile, &mut |flag, a, field| say(flag, a, field, out));
            within(&facts, route, gateway, handle, &mut |flag, a, field| say(flag, a, field, out));
        }
        wider(&facts, gateway, claim, &mut |flag, a| say(flag, a, "spec.hostnames", out));
    }
}

/// Rule 37: whether a GRPCRoute answers what is not gRPC.
fn grpc(route: &Route, profile: &Profile, say: &mut dyn FnMut(Flag, &Answers)) {
    if route.kind == Kind::GrpcRoute && profile.has(Flag::GrpcTakesHttp) {
        let who = String::from("requests for its methods that are not gRPC");
        say(Flag::GrpcTakesHttp, &Answers { who, here: String::from("go to the route"), standard: String::from("do not") });
    }
}

/// Rule 35: which value of a repeated query parameter counts.
fn query(facts: &Facts<'_>, route: &Route, profile: &Profile, say: &mut dyn FnMut(Flag, &Answers, &str)) {
    if !profile.has(Flag::FirstQueryValue) {
        return;
    }
    let matches = route.rules.iter().enumerate().flat_map(|(i, r)| r.matches.iter().enumerate().map(move |(j, m)| (i, j, m)));
    let mut asking = matches.filter(|(_, _, m)| !m.broken() && !m.query().is_empty());
    let Some((i, j, m)) = asking.next() else { return };
    let names = some(m.query().iter().map(|q| format!("`{}`", facts.text(q.name))));
    let a = Answers {
        who: format!("requests that repeat the query parameter {names}"),
        here: String::from("are matched by its first value"),
        standard: String::from("may be matched by any of its values"),
    };
    say(Flag::FirstQueryValue, &a, &format!("spec.rules[{i}].matches[{j}].queryParams"));
}

/// Rule 36: the order of a route's own matches.
fn within(facts: &Facts<'_>, route: &Route, gateway: &GatewayState, handle: u32, say: &mut dyn FnMut(Flag, &Answers, &str)) {
    for flag in [Flag::PrefixTrailingSlash, Flag::RegexLast] {
        if !gateway.profile.has(flag) || !concerns(facts, route, flag) {
            continue;
        }
        let pair = Pair::new(facts, gateway, flag, None);
        let entry = Entry { route: handle, listener: 0, written: Sym::NONE };
        let Some((winner, loser)) = pair.find(&[entry], |_, _| true) else { continue };
        let a = Answers {
            who: format!("requests that match both {} and {}", pair.path(&winner), pair.path(&loser)),
            here: format!("go to rule {}", winner.rule),
            standard: format!("go to rule {}", loser.rule),
        };
        say(flag, &a, &format!("spec.rules[{}].matches[{}]", loser.rule, loser.m));
    }
}

/// Rule 17: hosts of other listeners that lie inside what the route serves here.
fn wider(facts: &Facts<'_>, gateway: &GatewayState, claim: &Claim, say: &mut dyn FnMut(Flag, &Answers)) {
    let Some(standard) = gateway.standard.as_deref() else { return };
    let (Some(l), Some(s)) = (gateway.listener(claim.listener), standard.listener(claim.listener)) else { return };
    if l.family().is_none() || s.inside.is_empty() {
        return;
    }
    let isolation = first(gateway.profile, &[Flag::EqualHostIsolation, Flag::WholeHostIsolation]);
    let lost = first(gateway.profile, &[Flag::UnprogrammedNoOwner, Flag::UnprogrammedTakesHosts]);
    let mut hosts: Vec<(Flag, Sym)> = Vec::new();
    for inner in &s.inside {
        let Some(other) = gateway.listener(*inner) else { continue };
        let Some(host) = other.hostname(facts.words.any).filter(|h| *h != facts.words.any) else { continue };
        let served = |state: &GatewayState, pair: HostPair| {
            state.listener(claim.listener).is_some_and(|l| crate::trace::serves_host(facts, state, l, claim.listener, pair, facts.text(host)))
        };
        let mut inside = claim.hosts.iter().filter(|p| p.host != host && covers(facts.text(p.host), facts.text(host)));
        if inside.any(|pair| served(gateway, *pair) && !served(standard, *pair)) {
            let flag = if other.serves { isolation } else { lost.or(isolation) };
            hosts.extend(flag.map(|f| (f, host)));
        }
    }
    for flag in [isolation, lost].into_iter().flatten() {
        let mut texts: Vec<&str> = hosts.iter().filter(|(f, _)| *f == flag).map(|(_, h)| facts.text(*h)).collect();
        if texts.is_empty() {
            continue;
        }
        crate::sort::unstable(&mut texts);
        texts.dedup();
        let who = format!("requests for {}, which another listener owns and no route there names,", some(texts.iter().map(|h| format!("`{h}`"))));
        say(flag, &Answers { who, here: String::from("go to the route"), standard: String::from("do not") });
    }
}

/// What takes all routes of a host, and of wider ones, to be told.
pub(crate) fn of_host(engine: &Engine, gateway: u32, port: u16, host: Sym, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let Some(state) = engine.gateway_state(gateway).filter(|s| s.standard.is_some()) else { return };
    for family in [Family::Http, Family::Tls] {
        let place = Place::host(gateway, port, family, host);
        fall_through(engine, &facts, state, (port, family), place, out);
        order(engine, &facts, state, (port, place), out);
    }
}

/// Where a host is: the same routes may stand at it on several ports and Gateways, and each is told by itself.
fn here(facts: &Facts<'_>, state: &GatewayState, port: u16) -> String {
    format!("on port `{port}` of {}", name_of(&object(facts, Kind::Gateway, state.ns, state.name)))
}

/// Rule 36: whether rules of a wider hostname are tried where none of the host's own matches.
fn fall_through(engine: &Engine, facts: &Facts<'_>, state: &GatewayState, at: (u16, Family), place: Place, out: &mut Vec<Finding>) {
    let Some(standard) = state.standard.as_deref().filter(|_| state.profile.has(Flag::HostNoFallThrough)) else { return };
    let text = facts.text(place.host);
    let sources = engine.sources();
    let standing = |place| sources.buckets.standing(facts, state, engine.route_states(), place);
    let Some(mine) = standing(place).next() else { return };
    // Only what stands at the host's own listener would be asked.
    let Some(owner) = standard.owners.of(at.0, at.1, text, facts.names) else { return };
    let wide = ancestors(text).filter(|h| *h != text).find_map(|h| {
        let wider = Place::host(place.gateway, at.0, at.1, facts.names.find(&h)?);
        standing(wider).any(|e| e.listener == owner).then_some(wider.host)
    });
    let Some(wide) = wide.filter(|_| !sources.buckets.takes_all(facts, place)) else { return };
    let Some(a) = route_ref(facts, mine.route) else { return };
    let answers = Answers {
        who: format!("requests for `{text}` {} that no rule of the host matches", here(facts, state, at.0)),
        here: String::from("get 404"),
        standard: format!("are tried with the rules of `{}`", facts.text(wide)),
    };
    say(a, state.profile, Flag::HostNoFallThrough, &answers, "spec.hostnames", None, out);
}

/// Rule 36: the order of matches of several routes.
fn order(engine: &Engine, facts: &Facts<'_>, state: &GatewayState, (port, place): (u16, Place), out: &mut Vec<Finding>) {
    let Some(many) = engine.sources().buckets.many(place) else { return };
    let flags = [Flag::MergeByHostname, Flag::RegexLast, Flag::PrefixTrailingSlash].into_iter().filter(|f| state.profile.has(*f));
    let mut entries: Option<Vec<Entry>> = None;
    for flag in flags {
        if flag == Flag::MergeByHostname && !many.writes_differ() {
            continue;
        }
        let entries = &*entries.get_or_insert_with(|| many.first(facts, ROUTES));
        if !entries.iter().any(|e| facts.store.routes.get(e.route).is_some_and(|r| concerns(facts, r, flag))) {
            continue;
        }
        let pair = Pair::new(facts, state, flag, Some(many));
        let mut said: Vec<u32> = Vec::new();
        while let Some((winner, loser)) = pair.find(entries, |w, l| w.route != l.route && !said.contains(&l.route)) {
            said.push(loser.route);
            let (Some(a), Some(b)) = (route_ref(facts, loser.route), route_ref(facts, winner.route)) else { break };
            let answers = Answers {
                who: format!(
                    "requests for `{}` {} that match both {} and {}",
                    facts.text(place.host),
                    here(facts, state, port),
                    pair.path(&winner),
                    pair.path(&loser)
                ),
                here: format!("go to {}", name_of(&b)),
                standard: format!("go to {}", name_of(&a)),
            };
            let field = format!("spec.rules[{}].matches[{}]", loser.rule, loser.m);
            say(a, state.profile, flag, &answers, &field, Some(b), out);
        }
    }
}

/// Whether a route has a match whose place in the order a flag may change.
fn concerns(facts: &Facts<'_>, route: &Route, flag: Flag) -> bool {
    let mut matches = route.rules.iter().flat_map(|r| r.matches.iter());
    match flag {
        Flag::RegexLast => matches.any(is_regex),
        Flag::PrefixTrailingSlash => matches.any(|m| {
            let What::Path { kind: PathKind::Prefix, value } = m.what else { return false };
            let text = facts.text(value);
            text.len() > 1 && text.ends_with('/')
        }),
        _ => true,
    }
}

/// The order of two matches with a flag and without.
struct Pair<'f, 'a> {
    facts: &'f Facts<'a>,
    with: Order<'f, 'a>,
    without: Profile,
    merge: bool,
    own_hostname: bool,
}

impl<'f, 'a> Pair<'f, 'a> {
    fn new(facts: &'f Facts<'a>, state: &GatewayState, flag: Flag, many: Option<&crate::resolve::buckets::Many>) -> Self {
        let routes = many.into_iter().flat_map(|m| m.all()).map(|e| (e.written, e.route));
        let with = Order::new(facts, state, routes);
        Self { facts, with, without: state.profile.without(flag), merge: flag != Flag::MergeByHostname, own_hostname: state.host_precedence }
    }

    /// The first pair that takes a request together and whose order the flag turns: who wins with it, and who without.
    fn find(&self, entries: &[Entry], wanted: impl Fn(&Candidate, &Candidate) -> bool) -> Option<(Candidate, Candidate)> {
        let without = Order {
            facts: self.facts,
            profile: &self.without,
            own_hostname: self.own_hostname,
            merge: if self.merge { self.with.merge.clone() } else { None },
        };
        let mut all: Vec<Candidate> = Vec::new();
        for e in entries {
            let Some(route) = self.facts.store.routes.get(e.route) else { continue };
            for (rule, i) in route.rules.iter().zip(0_u32..) {
                for (_, j) in rule.matches.iter().zip(0_u32..).filter(|(m, _)| !m.broken()) {
                    all.push(Candidate { route: e.route, listener: e.listener, written: e.written, rule: i, m: j });
                }
            }
        }
        let pairs = all.iter().enumerate().flat_map(|(n, a)| all.iter().skip(n.saturating_add(1)).map(move |b| (a, b))).take(PAIRS);
        for (a, b) in pairs {
            let by = self.with.compare(a, b);
            if by == without.compare(a, b) {
                continue;
            }
            let (winner, loser) = if by == Ordering::Less { (a, b) } else { (b, a) };
            let (Some((_, w)), Some((_, l))) = (self.with.parts(winner), self.with.parts(loser)) else { continue };
            if wanted(winner, loser) && meet(self.facts, w, l) {
                return Some((*winner, *loser));
            }
        }
        None
    }

    fn path(&self, c: &Candidate) -> String {
        let Some((_, m)) = self.with.parts(c) else { return String::new() };
        said(self.facts, m)
    }
}

/// A match's path, in words.
fn said(facts: &Facts<'_>, m: &Match) -> String {
    if catch_all(facts, m) {
        return String::from("`/`");
    }
    let path = match m.what {
        What::Path { value, .. } => format!("`{}`", facts.text(value)),
        What::Grpc { service, method, .. } => format!("`/{}/{}`", facts.text(service), facts.text(method)),
        What::Any => String::from("everything"),
    };
    let more = m.headers().len().saturating_add(m.query().len());
    if more == 0 { path } else { format!("{path} with its headers and parameters") }
}
