//! Rules 17 and 36: whose host it is, and who comes first.

use super::hostname::{Host, request_host};
use super::matching::{equal, takes};
use super::world::{Listener, Match, Request, Route, World};
use std::cmp::Reverse;

/// A match of a route under a hostname on a listener.
#[derive(Clone)]
pub struct Candidate<'a> {
    /// The listener.
    pub listener: &'a Listener,
    /// The intersection.
    pub host: Host,
    /// The route.
    pub route: &'a Route,
    /// Index of the rule.
    pub rule: usize,
    /// Index of the match.
    pub index: usize,
    /// The match.
    pub m: &'a Match,
    /// The rule's backend does not exist.
    pub broken: bool,
}

/// What a row of the report must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It serves.
    Exposed,
    /// Another takes its requests.
    Shadowed,
    /// Another listener owns its hostname.
    Isolated,
    /// Its backend does not exist.
    Broken,
}

impl World {
    /// Every candidate: a listener, a hostname of the intersection, a match.
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        let mut out = Vec::new();
        for listener in &self.listeners {
            for route in self.routes.iter().filter(|r| r.section.as_ref().is_none_or(|s| *s == listener.name)) {
                for host in hosts(listener, route) {
                    for (rule, r) in route.rules.iter().enumerate() {
                        for (index, m) in r.matches.iter().enumerate() {
                            let host = host.clone();
                            out.push(Candidate { listener, host, route, rule, index, m, broken: r.broken });
                        }
                    }
                }
            }
        }
        out
    }

    /// Rule 17: the listener that owns a request's host on a port.
    fn owner(&self, port: u16, host: &[String]) -> Option<&Listener> {
        self.listeners.iter().filter(|l| l.port == port && Host::read(&l.hostname).covers(host)).max_by_key(|l| Host::read(&l.hostname).specificity())
    }

    /// Who answers: all that match, in the order of rule 36; no fall-through to other listeners, but to
    /// wider hostnames of the same one.
    pub fn answer(&self, request: &Request) -> Option<Candidate<'_>> {
        let host = request_host(&request.host);
        let owner = self.owner(request.port, &host)?;
        let mut matching: Vec<_> =
            self.candidates().into_iter().filter(|c| c.listener.name == owner.name && c.host.covers(&host) && takes(c.m, request)).collect();
        matching.sort_by_cached_key(Candidate::rank);
        matching.into_iter().next()
    }

    /// The state of each candidate's row.
    pub fn fates(&self) -> Vec<(Candidate<'_>, Fate)> {
        let all = self.candidates();
        let isolated = |c: &Candidate<'_>| {
            self.listeners.iter().any(|l| {
                let other = Host::read(&l.hostname);
                l.port == c.listener.port && l.name != c.listener.name && other.contains(&c.host) && Host::read(&c.listener.hostname).contains(&other)
            })
        };
        let fate = |c: &Candidate<'_>| {
            if isolated(c) {
                return Fate::Isolated;
            }
            if c.broken {
                return Fate::Broken;
            }
            let beaten = all.iter().any(|o| o.listener.port == c.listener.port && o.host == c.host && !isolated(o) && equal(o.m, c.m) && o.rank() < c.rank());
            if beaten { Fate::Shadowed } else { Fate::Exposed }
        };
        all.iter().map(|c| (c.clone(), fate(c))).collect()
    }
}

/// The hostnames of a route on a listener, each once.
fn hosts(listener: &Listener, route: &Route) -> Vec<Host> {
    let listener = Host::read(&listener.hostname);
    let any = ["*".to_owned()];
    let written = if route.hostnames.is_empty() { any.as_slice() } else { route.hostnames.as_slice() };
    let mut out: Vec<Host> = Vec::new();
    for host in written.iter().filter_map(|h| listener.meet(&Host::read(h))) {
        if !out.contains(&host) {
            out.push(host);
        }
    }
    out
}

type Rank = (Reverse<(u8, usize)>, Reverse<bool>, Reverse<usize>, Reverse<bool>, Reverse<usize>, Reverse<usize>, u8, String, usize, usize);

impl Candidate<'_> {
    /// Rule 36, smallest first.
    pub fn rank(&self) -> Rank {
        (
            Reverse(self.host.specificity()),
            Reverse(self.m.exact),
            Reverse(if self.m.exact { 0 } else { self.m.path.len() }),
            Reverse(self.m.method.is_some()),
            Reverse(self.m.headers.len()),
            Reverse(self.m.query.len()),
            self.route.day.unwrap_or(u8::MAX),
            self.route.full_name(),
            self.rule,
            self.index,
        )
    }
}
