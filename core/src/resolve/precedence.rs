//! Rules 36 and 37: which of several matches takes a request.

use super::Facts;
use super::gateway::GatewayState;
use crate::index::Map;
use crate::model::host;
use crate::model::route::{Match, PathKind, Route, What};
use crate::profile::{Flag, Profile};
use crate::text::Sym;
use core::cmp::{Ordering, Reverse};

/// A match of a route on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Candidate {
    pub(crate) route: u32,
    pub(crate) listener: u32,
    /// The route's own hostname that led here.
    pub(crate) written: Sym,
    pub(crate) rule: u32,
    pub(crate) m: u32,
}

/// How special a match is; the smaller wins. Path first, then method, headers, query parameters.
pub(crate) type Rank = (u8, Reverse<usize>, Reverse<usize>, Reverse<bool>, Reverse<usize>, Reverse<usize>);

/// Rule 36's order of matches, from path to query parameters.
pub(crate) fn rank(facts: &Facts<'_>, m: &Match, profile: &Profile) -> Rank {
    let (exact, prefix, regex) = if profile.has(Flag::RegexLast) { (0, 1, 2) } else { (0, 2, 1) };
    let (kind, length, more) = match m.what {
        What::Path { kind, value } => {
            let text = facts.text(value);
            match kind {
                PathKind::Exact => (exact, text.len(), 0),
                PathKind::Regex => (regex, text.len(), 0),
                PathKind::Prefix if profile.has(Flag::PrefixTrailingSlash) && text.len() > 1 => (prefix, text.trim_end_matches('/').len(), 0),
                PathKind::Prefix => (prefix, text.len(), 0),
            }
        }
        // Rule 37: service and method count as an Exact path, a service alone as the prefix `/service/`, none as `/`.
        What::Grpc { regex: is_regex, service, method } => {
            let (s, m) = (facts.text(service).len(), facts.text(method).len());
            match (is_regex, s, m) {
                (_, 0, 0) => (prefix, 1, 0),
                (true, _, _) => (regex, s, m),
                (false, 0, _) => (prefix, 1, m),
                (false, _, 0) => (prefix, s.saturating_add(2), 0),
                (false, _, _) => (exact, s.saturating_add(m).saturating_add(2), 0),
            }
        }
        What::Any => (0, 0, 0),
    };
    (kind, Reverse(length), Reverse(more), Reverse(m.method.is_some()), Reverse(m.headers().len()), Reverse(m.query().len()))
}

/// `/` and nothing else: takes every request.
pub(crate) fn catch_all(facts: &Facts<'_>, m: &Match) -> bool {
    let root = match m.what {
        What::Path { kind: PathKind::Prefix, value } => facts.text(value) == "/",
        What::Grpc { service, method, .. } => service.is_none() && method.is_none(),
        _ => false,
    };
    root && m.method.is_none() && m.headers().is_empty() && m.query().is_empty()
}

/// The order of `namespace/name`.
fn by_name(facts: &Facts<'_>, a: &Route, b: &Route) -> Ordering {
    crate::text::joined((facts.text(a.meta.ns), facts.text(a.meta.name)), (facts.text(b.meta.ns), facts.text(b.meta.name)))
}

/// The last ties: the oldest route, then `namespace/name`, then the first rule and match.
pub(crate) fn age(facts: &Facts<'_>, a: &Route, b: &Route) -> Ordering {
    a.meta.created.cmp(&b.meta.created).then_with(|| by_name(facts, a, b)).then_with(|| a.kind.cmp(&b.kind))
}

/// Where `merge-by-hostname` puts the routes that write one hostname.
pub(crate) type MergeRank<'a> = (bool, i64, &'a str);

/// The merge ranks of the hostnames that routes of one host write.
pub(crate) fn merge_ranks<'a>(facts: &Facts<'a>, state: &GatewayState, routes: impl Iterator<Item = (Sym, u32)>) -> Map<Sym, MergeRank<'a>> {
    let mut oldest: Map<Sym, u32> = Map::default();
    for (written, handle) in routes {
        let Some(route) = facts.store.routes.get(handle) else { continue };
        let kept = oldest.entry(written).or_insert(handle);
        if facts.store.routes.get(*kept).is_some_and(|k| age(facts, route, k).is_lt()) {
            *kept = handle;
        }
    }
    let mut out = Map::default();
    for (written, handle) in oldest {
        if let Some(route) = facts.store.routes.get(handle) {
            out.insert(written, (route.meta.ns != state.ns, route.meta.created, facts.text(written)));
        }
    }
    out
}

/// The order of the candidates of one host under a Gateway's profile, the winner first.
pub(crate) struct Order<'f, 'a> {
    pub(crate) facts: &'f Facts<'a>,
    pub(crate) profile: &'f Profile,
    /// v1.7: the route's own hostname decides before the matches (rule 36).
    pub(crate) own_hostname: bool,
    pub(crate) merge: Option<Map<Sym, MergeRank<'a>>>,
}

impl<'f, 'a> Order<'f, 'a> {
    /// The order for the candidates of a host; `routes` are all routes of the host with the hostname they write.
    pub(crate) fn new(facts: &'f Facts<'a>, state: &GatewayState, routes: impl Iterator<Item = (Sym, u32)>) -> Self {
        let merge = state.profile.has(Flag::MergeByHostname).then(|| merge_ranks(facts, state, routes));
        Self { facts, profile: state.profile, own_hostname: state.host_precedence, merge }
    }

    pub(crate) fn parts(&self, c: &Candidate) -> Option<(&'a Route, &'a Match)> {
        let store = self.facts.store;
        let route = store.routes.get(c.route)?;
        Some((route, route.rules.get(c.rule as usize)?.matches.get(c.m as usize)?))
    }

    pub(crate) fn compare(&self, a: &Candidate, b: &Candidate) -> Ordering {
        let (Some((ra, ma)), Some((rb, mb))) = (self.parts(a), self.parts(b)) else { return Ordering::Equal };
        self.step(a, b, ra, ma, rb, mb).0
    }

    /// The order, and the tie-break that decided in words, as seen from the loser.
    pub(crate) fn step(&self, a: &Candidate, b: &Candidate, ra: &Route, ma: &Match, rb: &Route, mb: &Match) -> (Ordering, &'static str) {
        let facts = self.facts;
        if let Some(merge) = &self.merge
            && a.written != b.written
        {
            let last = |m: &Match| catch_all(facts, m);
            let key = |c: &Candidate, m: &Match| (last(m), merge.get(&c.written).copied());
            let by = key(a, ma).cmp(&key(b, mb));
            if by.is_ne() {
                return (by, "routes that write the winner's hostname come first");
            }
        }
        if self.own_hostname {
            let by = host::specificity(facts.text(a.written), facts.text(b.written));
            if by.is_ne() {
                return (by, "the hostname that the winner writes is more specific");
            }
        }
        let (x, y) = (rank(facts, ma, self.profile), rank(facts, mb, self.profile));
        let words = [
            (x.0.cmp(&y.0), "the winner's kind of path match is more specific"),
            ((x.1, x.2).cmp(&(y.1, y.2)), "the winner's path is longer"),
            (x.3.cmp(&y.3), "the winner matches the method"),
            (x.4.cmp(&y.4), "the winner matches more headers"),
            (x.5.cmp(&y.5), "the winner matches more query parameters"),
            (ra.meta.created.cmp(&rb.meta.created), "the winner is older"),
            (by_name(facts, ra, rb), "the winner's namespace/name comes first"),
            (ra.kind.cmp(&rb.kind), "the winner's kind comes first"),
            (a.rule.cmp(&b.rule), "the winner's rule comes first"),
            (a.m.cmp(&b.m), "the winner's match comes first"),
            (a.listener.cmp(&b.listener), "the winner's listener comes first"),
            (facts.text(a.written).cmp(facts.text(b.written)), "the hostname that the winner writes comes first"),
        ];
        words.into_iter().find(|(by, _)| by.is_ne()).unwrap_or((Ordering::Equal, "they are equal"))
    }
}

/// Whether a match looks at the path with a regular expression.
pub(crate) fn is_regex(m: &Match) -> bool {
    matches!(m.what, What::Path { kind: PathKind::Regex, .. } | What::Grpc { regex: true, .. })
}
