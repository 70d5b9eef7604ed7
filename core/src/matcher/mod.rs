//! One Gateway, compiled for requests: what a proxy asks for each of them, without the objects.
//!
//! The answer is a trace's ([`crate::Engine::trace`]): candidates are ordered by the same code once, when the matcher
//! is made, and judged by the same code for each request. A request allocates nothing, but for an upper-case host,
//! an encoded query parameter and the first regular expression; its work is bounded by [`STEPS`].

mod compile;
mod lookup;
mod search;
mod served;

pub use crate::trace::matching::Headers;
pub use compile::NotCompiled;
pub use served::Served;

use crate::index::Map;
use crate::model::route::Match;
use crate::text::{Interner, Sym};
use crate::trace::matching::Manner;
use crate::trace::pattern::Pattern;
use crate::types::Outcome;
use alloc::boxed::Box;
use alloc::vec::Vec;
use regex_automata::nfa::thompson::pikevm;

/// What one request may cost: 16 for each candidate that is looked at, states times bytes for a regular expression.
pub const STEPS: u64 = 1 << 20;

/// A request as a proxy holds it.
#[derive(Debug)]
pub struct Incoming<'r, H> {
    /// One of [`Matcher::places`].
    pub place: usize,
    /// The server name of the TLS connection, where it had one; the Host header stands in for it.
    pub sni: Option<&'r str>,
    /// Host header; a port in it is ignored.
    pub host: &'r str,
    /// Path with query.
    pub target: &'r str,
    /// Method.
    pub method: &'r str,
    /// Where headers are looked up.
    pub headers: &'r H,
}

/// What a matcher says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The candidate that takes it; [`Matcher::served`] has the words.
    Served(u32),
    /// A listener took it, no route matched.
    NoMatch,
    /// No listener serves it.
    NoListener,
    /// It cannot be told: the winner, where there is one, only may be attached.
    Unknown(Option<u32>),
    /// [`STEPS`] did not suffice.
    Exhausted,
}

/// A port that listeners share, and whether they speak TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The listeners' port.
    pub port: u16,
    /// HTTPS and TLS listeners, else HTTP ones.
    pub tls: bool,
}

/// Memory that requests use one after another.
#[derive(Debug, Default)]
pub struct Scratch {
    cache: Option<pikevm::Cache>,
}

/// A Gateway's routing, compiled. It holds no object, only what requests meet.
#[derive(Debug)]
pub struct Matcher {
    profile: &'static str,
    names: Interner,
    manner: Manner,
    /// Without a match under the most specific hostname, the wider ones are tried (rule 36).
    fall_through: bool,
    /// What the Gateway does cannot be told as a whole.
    doubt: bool,
    places: Vec<Place>,
    levels: Vec<Level>,
    /// Exact hostnames, wildcards as written, and `*`.
    by_host: Map<(u32, Sym), u32>,
    /// Wildcards by their suffix with its dot.
    by_suffix: Map<(u32, Sym), u32>,
    longest_suffix: usize,
    groups: Vec<Group>,
    entries: Vec<Entry>,
    matches: Vec<Match>,
    patterns: Map<Sym, Pattern>,
    routes: Vec<RouteText>,
    rules: Vec<RuleText>,
    listeners: Vec<ListenerText>,
}

/// A hostname of a place: of a listener, or under which routes are served.
#[derive(Debug)]
struct Level {
    /// The next wider one.
    wider: Option<u32>,
    /// The listener that owns the hosts of which this is the most specific hostname (rule 17).
    owner: Option<u32>,
    /// Some listener takes these hosts.
    covered: bool,
    /// By the listener that must own the request's host; without one, whoever owns it.
    groups: Vec<(Option<u32>, u32)>,
}

/// Candidates of one hostname, the winner first.
#[derive(Debug)]
struct Group {
    host: Sym,
    first: u32,
    count: u32,
    index: Option<Box<lookup::Index>>,
}

/// A match of a route on a hostname of a listener.
#[derive(Debug)]
struct Entry {
    id: u64,
    group: u32,
    matched: u32,
    rule: u32,
    listener: u32,
    match_index: u32,
    /// It cannot be told whether it is attached there.
    doubt: bool,
}

#[derive(Debug)]
struct RouteText {
    kind: crate::model::Kind,
    ns: Sym,
    name: Sym,
    /// `HTTPRoute/shop/web`.
    text: Box<str>,
}

#[derive(Debug)]
struct RuleText {
    route: u32,
    index: u32,
    name: Sym,
    outcome: Outcome,
    status: u16,
    /// `Service/shop/cart:8080`, several joined by commas.
    backends: Box<str>,
}

#[derive(Debug)]
struct ListenerText {
    name: Sym,
    serves: bool,
    /// `infra/edge/https`, of a ListenerSet `infra/edge/shop/more/https`.
    text: Box<str>,
}

impl Matcher {
    /// The profile that the Gateway is resolved under.
    pub fn profile(&self) -> &'static str {
        self.profile
    }

    /// Every port and family of protocols that has a listener, sorted.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// How many candidates it holds: one for each listener, hostname and match.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
