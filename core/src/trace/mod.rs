//! A request in, the exposure that serves it out, with the candidates that lost.

pub(crate) mod matching;
pub(crate) mod pattern;

use crate::engine::Engine;
use crate::model::gateway::Protocol;
use crate::model::host;
use crate::model::kinds::Kind;
use crate::model::route::Route;
use crate::profile::Flag;
use crate::report::rows::{exposure_listener, gateway_ref, id_text, object};
use crate::resolve::gateway::{Family, GatewayState, LState, Standing};
use crate::resolve::precedence::{Candidate, Order, catch_all};
use crate::resolve::route::{RuleFate, dropped};
use crate::resolve::rows::Sources;
use crate::resolve::shadow::{isolated, owner};
use crate::resolve::verdict::{Cause, Verdict};
use crate::text::Sym;
use crate::types::{Answer, Lost, Outcome, Request, Share, WeightedBackend};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use matching::{Afresh, Asked as Taken, Manner};

type Asked<'r> = Taken<'r, alloc::collections::BTreeMap<String, String>>;

/// What a request speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
    Tls,
    Tcp,
    Udp,
}

impl Scheme {
    fn of(text: Option<&str>) -> Option<Self> {
        match text.unwrap_or("http") {
            "http" => Some(Scheme::Http),
            "https" => Some(Scheme::Https),
            "tls" => Some(Scheme::Tls),
            "tcp" => Some(Scheme::Tcp),
            "udp" => Some(Scheme::Udp),
            _ => None,
        }
    }
    /// http meets HTTP listeners only, https HTTPS and TLS ones.
    fn meets(self, l: &LState) -> bool {
        match self {
            Scheme::Http => l.protocol == Protocol::Http,
            Scheme::Https => matches!(l.protocol, Protocol::Https | Protocol::Tls),
            Scheme::Tls => matches!(l.protocol, Protocol::Tls | Protocol::Https),
            Scheme::Tcp => l.protocol == Protocol::Tcp,
            Scheme::Udp => l.protocol == Protocol::Udp,
        }
    }
}

/// A candidate with what is needed to compare and to name it.
pub(crate) struct Found {
    pub(crate) candidate: Candidate,
    pub(crate) host: Sym,
    gateway_handle: u32,
    /// It cannot be told whether it is attached there.
    cause: Option<Cause>,
}

impl Found {
    pub(crate) fn new(candidate: Candidate, host: Sym) -> Self {
        Self { candidate, host, gateway_handle: 0, cause: None }
    }
}

/// Answers one request.
pub(crate) fn trace(engine: &Engine, request: &Request) -> Answer {
    let facts = engine.facts();
    let unknown = |cause: Cause| Answer { outcome: Outcome::Unknown, cause: Some(cause.text(facts.names)), ..Answer::default() };
    let find = || {
        let (ns, name) = (facts.names.find(&request.gateway.namespace)?, facts.names.find(&request.gateway.name)?);
        facts.store.find(Kind::Gateway, ns, name)
    };
    let Some((handle, state)) = find().and_then(|h| Some((h, engine.gateway_state(h)?))) else {
        return unknown(facts.missing(Kind::Gateway).unwrap_or(Cause::ParentNotFound));
    };
    let mut answer = at_gateway(engine, handle, state, request);
    answer.gateway = Some(gateway_ref(&facts, state));
    answer
}

fn at_gateway(engine: &Engine, handle: u32, state: &GatewayState, request: &Request) -> Answer {
    let facts = engine.facts();
    let Some(scheme) = Scheme::of(request.scheme.as_deref()) else { return Answer { outcome: Outcome::NoListener, ..Answer::default() } };
    let meets = |l: &&LState| scheme.meets(l);
    let port = request.port.or_else(|| state.listeners.iter().find(|l| meets(l) && l.serves).or_else(|| state.listeners.iter().find(meets)).map(|l| l.port));
    let Some(port) = port else { return Answer { outcome: Outcome::NoListener, ..Answer::default() } };
    let asked = Asked::of(request);
    let here: Vec<u32> = state.listeners.iter().zip(0_u32..).filter(|(l, _)| l.port == port && scheme.meets(l)).map(|(_, i)| i).collect();
    if here.is_empty() {
        return Answer { outcome: Outcome::NoListener, ..Answer::default() };
    }
    if matches!(scheme, Scheme::Tcp | Scheme::Udp) {
        return first_of(engine, handle, state, &here, &asked, request);
    }
    // A host that no listener takes is answered by none.
    let covering = |i: &&u32| state.listener(**i).is_some_and(|l| l.conflict.is_none() && state.covering(&asked.host, l, facts.words.any, facts.names));
    if !here.iter().any(|i| covering(&i)) {
        return Answer { outcome: Outcome::NoListener, ..Answer::default() };
    }
    first_of(engine, handle, state, &here, &asked, request)
}

/// The order of two candidates of one request, and the tie-break in words.
fn order(sources: &Sources<'_>, state: &GatewayState, order: &Order<'_, '_>, a: &Found, b: &Found) -> (Ordering, &'static str) {
    let facts = &sources.facts;
    let _ = state;
    let by = host::specificity(facts.text(a.host), facts.text(b.host));
    if by.is_ne() {
        return (by, "the winner's hostname is more specific");
    }
    match (order.parts(&a.candidate), order.parts(&b.candidate)) {
        (Some((ra, ma)), Some((rb, mb))) => order.step(&a.candidate, &b.candidate, ra, ma, rb, mb),
        _ => (Ordering::Equal, ""),
    }
}

fn first_of(engine: &Engine, handle: u32, state: &GatewayState, here: &[u32], asked: &Asked<'_>, request: &Request) -> Answer {
    let facts = engine.facts();
    let sources = engine.sources();
    let profile = state.profile;
    let mut found: Vec<Found> = Vec::new();
    let mut lost: Vec<Lost> = Vec::new();
    let mut candidates = reach(engine, handle, state, here, asked);
    // Which listener takes the connection is settled before any route is looked at.
    let taker = here.iter().copied().find(|i| takes(&sources, state, *i, asked));
    if let Some(index) = taker
        && let Some(l) = state.listener(index)
        && !l.serves
        && !candidates.iter().any(|f| f.candidate.listener != index)
    {
        let status = if l.family() == Some(Family::Http) { Some(404) } else { None };
        return Answer { outcome: Outcome::NoListener, status, listener: Some(exposure_listener(&facts, state, l)), ..Answer::default() };
    }
    if profile.has(Flag::HostNoFallThrough) {
        // Only the most specific hostname that any route has is looked at.
        let best = candidates.iter().map(|f| f.host).min_by(|a, b| host::specificity(facts.text(*a), facts.text(*b)));
        candidates.retain(|f| best.is_none_or(|b| host::specificity(facts.text(b), facts.text(f.host)).is_eq()));
    }
    let ranks = Order::new(&facts, state, candidates.iter().map(|f| (f.candidate.written, f.candidate.route)));
    // Per route's own hostname: a rule that takes everything hides the regular expressions behind it.
    let catching: Vec<(Sym, Sym)> = if profile.has(Flag::RegexLast) {
        candidates.iter().filter(|f| ranks.parts(&f.candidate).is_some_and(|(_, m)| catch_all(&facts, m))).map(|f| (f.host, f.candidate.written)).collect()
    } else {
        Vec::new()
    };
    for f in candidates {
        let Some((route, m)) = ranks.parts(&f.candidate) else { continue };
        let hidden = crate::resolve::precedence::is_regex(m) && catching.contains(&(f.host, f.candidate.written));
        if !hidden && !m.broken() && asked.matches(facts.names, &Afresh(facts.names), Manner::of(profile), route.kind, m) {
            found.push(f);
        }
    }
    crate::sort::by(&mut found, |a, b| order(&sources, state, &ranks, a, b).0);
    let mut iter = found.into_iter();
    let Some(first) = iter.next() else {
        let listener = taker.and_then(|i| state.listener(i)).map(|l| exposure_listener(&facts, state, l));
        if let Some(cause) = maybe(state) {
            return Answer { outcome: Outcome::Unknown, cause: Some(cause.text(facts.names)), ..Answer::default() };
        }
        return Answer { outcome: Outcome::NoMatch, status: Some(404), listener, ..Answer::default() };
    };
    for loser in iter {
        let why = order(&sources, state, &ranks, &first, &loser).1;
        lost.push(Lost { exposure: id_text(sources.first_id(&loser.candidate, state, loser.host)), why: String::from(why) });
    }
    // What only may be attached could take the request, so nothing after it is certain.
    match first.cause {
        None => Answer { lost, ..outcome(&sources, state, &first) },
        Some(doubt) => Answer { outcome: Outcome::Unknown, cause: Some(doubt.text(facts.names)), lost, ..Answer::default() },
    }
    .with_request(request)
}

/// What of the Gateway as a whole cannot be told.
pub(crate) fn maybe(state: &GatewayState) -> Option<Cause> {
    match state.standing {
        Standing::Unknown(cause) => Some(cause),
        _ => None,
    }
}

/// Whether a listener takes a request's connection: it owns the host (rule 17).
fn takes(sources: &Sources<'_>, state: &GatewayState, index: u32, asked: &Asked<'_>) -> bool {
    let Some(l) = state.listener(index) else { return false };
    if l.family().is_none() {
        return l.serves;
    }
    match l.family().and_then(|f| state.owners.of(l.port, f, &asked.host, sources.facts.names)) {
        Some(o) => o == index,
        None => false,
    }
}

/// Every match of every route that stands on one of these listeners and has a hostname that covers the request's.
fn reach(engine: &Engine, handle: u32, state: &GatewayState, here: &[u32], asked: &Asked<'_>) -> Vec<Found> {
    let facts = engine.facts();
    let mut out = Vec::new();
    for (route_handle, route) in facts.store.routes.iter() {
        let Some(route_state) = engine.route_state(route_handle) else { continue };
        if route_state.claims.is_empty() || dropped(route, state.profile) {
            continue;
        }
        for claim in route_state.claims.iter().filter(|c| c.gateway == handle && here.contains(&c.listener)) {
            let Some(l) = state.listener(claim.listener) else { continue };
            if !l.serves {
                continue;
            }
            for pair in &claim.hosts {
                let l4 = l.family().is_none();
                if !l4 && !host::covers(facts.text(pair.host), &asked.host) {
                    continue;
                }
                if !l4 && !serves_host(&facts, state, l, claim.listener, *pair, &asked.host) {
                    continue;
                }
                let cause = claim.cause.or(l.cause);
                for (rule, i) in route.rules.iter().zip(0_u32..) {
                    for (_, j) in rule.matches.iter().zip(0_u32..) {
                        let candidate = Candidate { route: route_handle, listener: claim.listener, written: pair.written, rule: i, m: j };
                        out.push(Found { candidate, host: if l4 { facts.words.any } else { pair.host }, gateway_handle: handle, cause });
                    }
                }
            }
        }
    }
    // On a TCP or UDP listener only the oldest route gets traffic (rule 38).
    out
}

/// Rule 17 for a request: under `standard` only the owner of the host serves it; profiles ask about the row's hostname.
pub(crate) fn serves_host(facts: &crate::resolve::Facts<'_>, state: &GatewayState, l: &LState, index: u32, pair: crate::attach::HostPair, asked: &str) -> bool {
    let open = l.family() == Some(Family::Http) && (state.profile.has(Flag::EqualHostIsolation) || state.profile.has(Flag::WholeHostIsolation));
    let taken = l.family() == Some(Family::Tls) && state.profile.has(Flag::WholeHostIsolation) && isolated(facts, state, index, pair).is_some();
    if taken {
        return false;
    }
    if open {
        return isolated(facts, state, index, pair).is_none();
    }
    match l.family().and_then(|f| state.owners.of(l.port, f, asked, facts.names)) {
        Some(o) => o == index,
        None => owner(facts, state, l, pair.host).is_none_or(|o| o == index),
    }
}

/// What the winning rule does with the request.
pub(crate) fn outcome(sources: &Sources<'_>, state: &GatewayState, f: &Found) -> Answer {
    let facts = &sources.facts;
    let Some(route) = facts.store.routes.get(f.candidate.route) else { return Answer::default() };
    let Some(rule) = route.rules.get(f.candidate.rule as usize) else { return Answer::default() };
    let fate = RuleFate::of(facts, route, rule, state.profile);
    let mut answer = named(sources, state, f, route);
    if let Verdict::Unknown(cause) = fate.filter {
        answer.outcome = Outcome::Unknown;
        answer.cause = Some(cause.text(facts.names));
        return answer;
    }
    if fate.answers_error(rule) {
        answer.outcome = Outcome::Error;
        answer.status = Some(500);
        return answer;
    }
    if let Some(status) = fate.redirect {
        answer.outcome = Outcome::Redirect;
        answer.status = Some(status);
        return answer;
    }
    let (mut total, mut bad) = (0_u64, 0_u64);
    let (mut cause, mut redirect) = (None, None);
    for (i, b) in rule.backends.iter().enumerate() {
        let s = fate.backend(i);
        let weight = u64::from(b.weight.unsigned_abs());
        total = total.saturating_add(weight);
        match s.usable {
            // A redirect on the backendRef answers before the backend is asked (rule 39).
            Verdict::Yes if b.weight > 0 && b.redirect != 0 => redirect = redirect.or(Some(b.redirect)),
            Verdict::Yes if b.weight > 0 => answer.backends.push(WeightedBackend {
                kind: facts.text(b.kind).to_string(),
                namespace: facts.text(b.ns).to_string(),
                name: facts.text(b.name).to_string(),
                port: (b.port != 0).then_some(b.port),
                weight: b.weight,
            }),
            Verdict::No(_) => bad = bad.saturating_add(weight),
            Verdict::Unknown(c) if b.weight > 0 => cause = cause.or(Some(c)),
            _ => {}
        }
    }
    answer.cause = cause.map(|c| c.text(facts.names));
    if let (true, Some(status)) = (answer.backends.is_empty(), redirect) {
        answer.outcome = Outcome::Redirect;
        answer.status = Some(status);
        return answer;
    }
    if answer.backends.is_empty() {
        // An extension filter answers, or nobody can tell what the backends are.
        answer.outcome = if cause.is_some() { Outcome::Unknown } else { Outcome::Forward };
        return answer;
    }
    answer.outcome = Outcome::Forward;
    if bad > 0 {
        answer.error_share = Some(Share { part: bad, whole: total.max(1) });
    }
    answer
}

fn named(sources: &Sources<'_>, state: &GatewayState, f: &Found, route: &Route) -> Answer {
    let facts = &sources.facts;
    let _ = f.gateway_handle;
    Answer {
        route: Some(object(facts, route.kind, route.meta.ns, route.meta.name)),
        rule: Some(f.candidate.rule as usize),
        match_index: Some(f.candidate.m as usize),
        listener: state.listener(f.candidate.listener).map(|l| exposure_listener(facts, state, l)),
        hostname: Some(facts.text(f.host).to_string()),
        exposure: Some(id_text(sources.first_id(&f.candidate, state, f.host))),
        ..Answer::default()
    }
}

impl Answer {
    fn with_request(self, _: &Request) -> Self {
        self
    }
}

/// Answers for every Gateway that would answer, the most specific hostname first.
pub(crate) fn everywhere(engine: &Engine, request: &Request) -> Vec<Answer> {
    let facts = engine.facts();
    let mut out: Vec<Answer> = Vec::new();
    for (handle, _) in facts.store.gateways.iter() {
        let Some(state) = engine.gateway_state(handle) else { continue };
        let mut answer = at_gateway(engine, handle, state, request);
        if answer.outcome != Outcome::NoListener {
            answer.gateway = Some(gateway_ref(&facts, state));
            out.push(answer);
        }
    }
    let matched = |a: &Answer| a.route.is_none();
    crate::sort::by(&mut out, |a, b| {
        let host = |a: &Answer| a.hostname.clone().unwrap_or_else(|| String::from("*"));
        matched(a).cmp(&matched(b)).then_with(|| host::specificity(&host(a), &host(b))).then_with(|| a.gateway.cmp(&b.gateway))
    });
    out
}
