//! The rows of a route: one for each attached listener, hostname, match and backendRef (report.md, Rows).

use super::Facts;
use super::backends::BackendState;
use super::buckets::Buckets;
use super::gateway::{GatewayState, LState, Standing};
use super::precedence::Candidate;
use super::route::{RuleFate, dropped};
use super::shadow::isolated;
use super::verdict::{Cause, Reason, Verdict};
use crate::attach::{Claim, Gateways, HostPair};
use crate::model::route::{BackendRef, Match, Route, Rule};
use crate::profile::Profile;
use crate::text::{Sym, hash_bytes, hash_words, mix};
use crate::types::{Action, State};
use alloc::vec::Vec;

/// A row as the engine remembers it: enough to tell what a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowPrint {
    pub(crate) id: u64,
    /// Hash of all that the row shows; its lowest two bits are the state.
    pub(crate) print: u64,
}

impl RowPrint {
    pub(crate) fn state(self) -> State {
        match self.print & 3 {
            0 => State::Exposed,
            1 => State::Shadowed,
            2 => State::Blocked,
            _ => State::Unknown,
        }
    }
}

/// Which of a rule's backends a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A rule without backendRefs, or a redirect.
    Bare,
    Backend(usize),
    Mirror(usize),
}

/// A row, resolved but not yet in words.
pub(crate) struct Row<'r> {
    pub(crate) id: u64,
    pub(crate) route: &'r Route,
    pub(crate) claim: &'r Claim,
    pub(crate) gateway: &'r GatewayState,
    pub(crate) listener: &'r LState,
    pub(crate) pair: HostPair,
    pub(crate) rule_index: usize,
    pub(crate) rule: &'r Rule,
    pub(crate) match_index: usize,
    pub(crate) matched: &'r Match,
    pub(crate) backend: Option<&'r BackendRef>,
    pub(crate) action: Action,
    pub(crate) state: State,
    pub(crate) reasons: &'r [Reason],
    pub(crate) cause: Option<Cause>,
    pub(crate) shadowed_by: Option<Candidate>,
    /// The listener that owns the whole hostname instead.
    pub(crate) owned_by: Option<u32>,
}

/// All that rows are made from.
pub(crate) struct Sources<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) gateways: &'a Gateways,
    pub(crate) buckets: &'a Buckets,
}

impl<'a> Sources<'a> {
    pub(crate) fn gateway(&self, handle: u32) -> Option<&'a GatewayState> {
        self.gateways.get(handle as usize)?.as_deref()
    }

    /// Visits the rows of a route: by claim, hostname, rule, match and backend, as written. True where every
    /// reference of every rule was seen to resolve.
    pub(crate) fn each(&self, handle: u32, route: &Route, claims: &[Claim], visit: &mut dyn FnMut(&Row<'_>)) -> bool {
        let mut fates: Vec<(&'static Profile, Vec<RuleFate>)> = Vec::new();
        for claim in claims {
            let Some(gateway) = self.gateway(claim.gateway) else { continue };
            let at = fates.iter().position(|(p, _)| core::ptr::eq(*p, gateway.profile)).unwrap_or_else(|| {
                let made = route.rules.iter().map(|r| RuleFate::of(&self.facts, route, r, gateway.profile)).collect();
                fates.push((gateway.profile, made));
                fates.len().saturating_sub(1)
            });
            if let Some((_, fates)) = fates.get(at) {
                for pair in &claim.hosts {
                    self.host_rows(handle, route, claim, gateway, *pair, fates, visit);
                }
            }
        }
        !fates.is_empty() && fates.iter().all(|(_, f)| f.iter().all(RuleFate::resolves))
    }

    /// The rows of one hostname of one claim.
    #[expect(clippy::too_many_arguments, reason = "one level of the visit")]
    pub(crate) fn host_rows(
        &self,
        handle: u32,
        route: &Route,
        claim: &Claim,
        gateway: &GatewayState,
        pair: HostPair,
        fates: &[RuleFate],
        visit: &mut dyn FnMut(&Row<'_>),
    ) {
        let Some(listener) = gateway.listener(claim.listener) else { return };
        let owned_by = isolated(&self.facts, gateway, claim.listener, pair);
        let rivals = self.buckets.rivals(claim.place(pair), route);
        let base = self.id_base(gateway, listener, route, pair.host);
        let is_dropped = dropped(route, gateway.profile);
        for (rule_index, (rule, fate)) in route.rules.iter().zip(fates).enumerate() {
            let error = is_dropped || fate.answers_error(rule);
            for (match_index, matched) in rule.matches.iter().enumerate() {
                let me = Candidate {
                    route: handle,
                    listener: claim.listener,
                    written: pair.written,
                    rule: u32::try_from(rule_index).unwrap_or(u32::MAX),
                    m: u32::try_from(match_index).unwrap_or(u32::MAX),
                };
                let winner = rivals.filter(|_| !matched.broken()).and_then(|r| r.winner(&self.facts, gateway, &me, matched.hash));
                let mut one = |slot: Slot, backend: Option<&BackendRef>, state: Option<BackendState>, ordinal: u64| {
                    let mut judged = Judged::new();
                    judged.surroundings(listener, gateway, claim, owned_by, matched, is_dropped);
                    judged.rule(rule, fate, slot, backend, state);
                    let (verdict, cause) = judged.state();
                    // An answer that nobody can give yet shadows nothing and is shadowed by nothing that is sure.
                    let verdict = if verdict == State::Exposed && winner.is_some() { State::Shadowed } else { verdict };
                    let action = match slot {
                        Slot::Mirror(_) => Action::Mirror,
                        _ if error => Action::Error,
                        _ if fate.redirect.is_some() => Action::Redirect,
                        Slot::Bare => Action::None,
                        Slot::Backend(_) if backend.is_some_and(|b| b.redirect != 0) => Action::Redirect,
                        Slot::Backend(_) => Action::Forward,
                    };
                    visit(&Row {
                        id: self.id(base, rule, rule_index, match_index, backend, ordinal),
                        route,
                        claim,
                        gateway,
                        listener,
                        pair,
                        rule_index,
                        rule,
                        match_index,
                        matched,
                        backend,
                        action,
                        state: verdict,
                        reasons: &judged.reasons,
                        cause: cause.filter(|_| verdict == State::Unknown),
                        shadowed_by: winner.filter(|_| verdict == State::Shadowed),
                        owned_by,
                    });
                };
                // A redirect ends the request (rule 39): its rule has one row, and no backend.
                if rule.backends.is_empty() || fate.redirect.is_some() {
                    one(Slot::Bare, None, None, 0);
                } else {
                    for (i, b) in rule.backends.iter().enumerate() {
                        one(Slot::Backend(i), Some(b), Some(fate.backend(i)), ordinal(&rule.backends, i, b));
                    }
                }
                if let Some(filters) = &rule.filters {
                    for (i, b) in filters.mirrors.iter().enumerate() {
                        let before = ordinal(&rule.backends, rule.backends.len(), b);
                        one(Slot::Mirror(i), Some(b), Some(fate.mirror(i)), before.saturating_add(ordinal(&filters.mirrors, i, b)));
                    }
                }
            }
        }
    }

    /// The part of an exposure id that its gateway, listener, hostname and route give (docs/exposure-id.md).
    fn id_base(&self, gateway: &GatewayState, l: &LState, route: &Route, host: Sym) -> u64 {
        let h = |s: Sym| self.facts.names.hash(s);
        let (kind, ns, name) = match l.owner {
            super::gateway::Owner::Gateway => (crate::model::Kind::Gateway, gateway.ns, gateway.name),
            super::gateway::Owner::Set(i) => {
                gateway.sets.get(i as usize).map_or((crate::model::Kind::ListenerSet, Sym::NONE, Sym::NONE), |s| (s.kind, s.ns, s.name))
            }
        };
        let words = self.facts.words;
        let listener = if l.name.is_none() && l.index > 0 { u64::from(l.index) } else { h(l.name) };
        hash_le(&[
            h(gateway.ns),
            h(gateway.name),
            h(words.kind(kind)),
            h(ns),
            h(name),
            listener,
            h(host),
            h(words.kind(route.kind)),
            h(route.meta.ns),
            h(route.meta.name),
        ])
    }

    fn id(&self, base: u64, rule: &Rule, rule_index: usize, match_index: usize, backend: Option<&BackendRef>, ordinal: u64) -> u64 {
        let h = |s: Sym| self.facts.names.hash(s);
        let none = BackendRef { group: Sym::NONE, kind: Sym::NONE, ns: Sym::NONE, name: Sym::NONE, port: 0, weight: 0, redirect: 0, filter: 0 };
        let b = backend.unwrap_or(&none);
        let rule = if rule.name.is_some() { h(rule.name) } else { rule_index as u64 };
        hash_le(&[base, rule, match_index as u64, h(b.group), h(b.kind), h(b.ns), h(b.name), u64::from(b.port), ordinal])
    }

    /// The id of a candidate's first row.
    pub(crate) fn first_id(&self, c: &Candidate, gateway: &GatewayState, host: Sym) -> u64 {
        let Some(route) = self.facts.store.routes.get(c.route) else { return 0 };
        let (Some(rule), Some(l)) = (route.rules.get(c.rule as usize), gateway.listener(c.listener)) else { return 0 };
        let redirect = rule.filters.as_ref().is_some_and(|f| f.redirect.is_some());
        let backend = rule.backends.first().filter(|_| !redirect);
        self.id(self.id_base(gateway, l, route, host), rule, c.rule as usize, c.m as usize, backend, 0)
    }

    /// What of a row a change can be told from.
    pub(crate) fn print(&self, row: &Row<'_>) -> RowPrint {
        let names = self.facts.names;
        let mut h = mix(row.gateway.print, row.listener.print);
        h = mix(h, row.matched.hash ^ names.hash(row.rule.name));
        h = mix(h, hash_words([row.action as u64, row.backend.map_or(0, |b| b.weight.unsigned_abs().into()), row.rule_index as u64]));
        for reason in row.reasons {
            h = mix(
                h,
                match reason {
                    Reason::Is(text) => hash_bytes(text.as_bytes()),
                    Reason::Said(sym) => names.hash(*sym),
                },
            );
        }
        if let Some(cause) = row.cause {
            h = mix(h, cause.code(names));
        }
        if let Some(winner) = row.shadowed_by {
            h = mix(h, self.first_id(&winner, row.gateway, row.pair.host));
        }
        if let Some(owner) = row.owned_by.and_then(|o| row.gateway.listener(o)) {
            h = mix(h, names.hash(owner.name));
        }
        for sym in except(&self.facts, row.gateway, row.listener, row.owned_by, row.pair.host) {
            h = mix(h, names.hash(sym));
        }
        // A path is shown as written, and two spellings may be equal matches.
        if let crate::model::route::What::Path { value, .. } = row.matched.what {
            h = mix(h, names.hash(value));
        }
        let state = match row.state {
            State::Exposed => 0,
            State::Shadowed => 1,
            State::Blocked => 2,
            State::Unknown => 3,
        };
        RowPrint { id: row.id, print: (h & !3) | state }
    }
}

/// Rule 17: the hosts within a wildcard that other listeners own, in no order.
pub(crate) fn except<'g>(facts: &Facts<'_>, gateway: &'g GatewayState, l: &'g LState, owned_by: Option<u32>, host: Sym) -> Vec<Sym> {
    use super::gateway::Family;
    use crate::profile::Flag;
    let open = l.family() == Some(Family::Http) && (gateway.profile.has(Flag::EqualHostIsolation) || gateway.profile.has(Flag::WholeHostIsolation));
    if owned_by.is_some() || l.inside.is_empty() || open {
        return Vec::new();
    }
    let text = facts.text(host);
    let any = facts.words.any;
    l.inside.iter().filter_map(|i| gateway.listener(*i)?.hostname(any)).filter(|h| *h != host && crate::model::host::covers(text, facts.text(*h))).collect()
}

/// XXH64 of some words in little-endian order.
fn hash_le<const N: usize>(words: &[u64; N]) -> u64 {
    let mut bytes = [0_u8; 80];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(words) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    hash_bytes(bytes.get(..N.saturating_mul(8)).unwrap_or(&bytes))
}

fn ordinal(list: &[BackendRef], upto: usize, b: &BackendRef) -> u64 {
    let key = |b: &BackendRef| (b.group, b.kind, b.ns, b.name, b.port);
    list.iter().take(upto).filter(|o| key(o) == key(b)).count() as u64
}

/// The reasons and causes of a row, as they gather.
struct Judged {
    reasons: Vec<Reason>,
    cause: Option<Cause>,
}

impl Judged {
    fn new() -> Self {
        Self { reasons: Vec::new(), cause: None }
    }

    fn no(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    fn verdict(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Yes => {}
            Verdict::No(reason) => self.no(Reason::Is(reason)),
            Verdict::Unknown(cause) => self.cause = self.cause.or(Some(cause)),
        }
    }

    /// Rule 44: class, gateway and listener.
    fn surroundings(&mut self, l: &LState, gateway: &GatewayState, claim: &Claim, owned_by: Option<u32>, matched: &Match, is_dropped: bool) {
        if l.programmed == Some(false) {
            for reason in &l.reasons {
                self.no(*reason);
            }
        }
        if let Standing::Unknown(cause) = gateway.standing {
            self.cause = Some(cause);
        }
        self.cause = self.cause.or(l.cause).or(claim.cause);
        if owned_by.is_some() {
            self.no(Reason::Is("ListenerIsolation"));
        }
        if matched.broken() {
            self.no(Reason::Is(super::backends::UNSUPPORTED_VALUE));
        }
        if is_dropped {
            self.no(Reason::Is(super::backends::INVALID_FILTER));
        }
    }

    /// Rules 29 to 31, 39 and 40: filter and backend.
    fn rule(&mut self, rule: &Rule, fate: &RuleFate, slot: Slot, backend: Option<&BackendRef>, state: Option<BackendState>) {
        self.verdict(fate.filter);
        if let Some(state) = state {
            self.verdict(state.usable);
        }
        if matches!(slot, Slot::Backend(_)) && backend.is_some_and(|b| b.weight == 0) {
            self.no(Reason::Is("WeightZero"));
        }
        // An extension filter that resolves may answer by itself (a direct response).
        let answered = rule.filters.as_ref().is_some_and(|f| !f.extensions.is_empty());
        if slot == Slot::Bare && rule.backends.is_empty() && fate.redirect.is_none() && !answered {
            self.no(Reason::Is("NoBackends"));
        }
    }

    fn state(&self) -> (State, Option<Cause>) {
        match (self.reasons.is_empty(), self.cause) {
            (false, _) => (State::Blocked, None),
            (true, Some(cause)) => (State::Unknown, Some(cause)),
            (true, None) => (State::Exposed, None),
        }
    }
}
