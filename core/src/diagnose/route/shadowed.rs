//! Matches that another match takes all requests of.

use super::OnRoute;
use super::seen::Lost;
use crate::diagnose::Info;
use crate::diagnose::text::{name_of, route_ref, some, subject};
use crate::resolve::precedence::Order;
use crate::types::{Finding, Severity};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0401",
    name: "shadowed",
    severity: Severity::Error,
    title: "another match takes the same requests first",
    meaning: "Two matches are equal on one host, and one of them takes every request. The other is accepted and never served.",
    remedy: "Make one of the matches more specific, or remove it.",
    rules: &[36, 37],
};

pub(crate) static ONLY_OLDEST: Info = Info {
    code: "GS0406",
    name: "only-oldest-gets-traffic",
    severity: Severity::Error,
    title: "an older route has the listener's connections",
    meaning: "A TCP or UDP listener sends every connection to its oldest route. The others are accepted, counted, and get nothing.",
    remedy: "Use one route for each listener, or several backendRefs in one route.",
    rules: &[38],
};

/// The matches that a winner takes from this route.
struct Group<'s> {
    lost: &'s Lost,
    matches: Vec<(usize, usize)>,
    hosts: Vec<&'s str>,
}

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.seen.shadowed.is_empty() {
        return;
    }
    let mut groups: BTreeMap<(u32, u32, Option<u32>), Group<'_>> = BTreeMap::new();
    for lost in &on.seen.shadowed {
        // Within a route each duplicate is named, among routes each winner once.
        let itself = lost.winner.route == on.handle;
        let key = (lost.winner.route, lost.at.gateway, itself.then_some(lost.winner.rule));
        let group = groups.entry(key).or_insert_with(|| Group { lost, matches: Vec::new(), hosts: Vec::new() });
        group.matches.push((lost.rule, lost.m));
        group.hosts.push(on.facts.text(lost.at.pair.host));
    }
    for ((winner, gateway, _), mut group) in groups {
        let Some(state) = on.engine.gateway_state(gateway) else { continue };
        crate::sort::unstable(&mut group.matches);
        group.matches.dedup();
        crate::sort::unstable(&mut group.hosts);
        group.hosts.dedup();
        let Some((rule, m)) = group.matches.first().copied() else { continue };
        let why = why(on, group.lost, state);
        let field = format!("spec.rules[{rule}].matches[{m}]");
        let me = subject(&on.facts, on.route);
        if state.listener(group.lost.at.listener).is_some_and(|l| l.family().is_none()) {
            let Some(other) = route_ref(&on.facts, winner) else { continue };
            let listener = state.listener(group.lost.at.listener).map_or("", |l| on.facts.text(l.name));
            let message = format!("{} gets every connection of listener `{listener}`: {why}", name_of(&other));
            let hint = "give this route a listener of its own, or put its backends into the other route";
            out.push(ONLY_OLDEST.about(me, message).hint(hint).field("spec.parentRefs").related(other).done());
            continue;
        }
        let hosts = some(group.hosts.iter().map(|h| format!("`{h}`")));
        let count = match group.matches.len() {
            1 => format!("match {m} of rule {rule}"),
            n => format!("{n} matches (first: match {m} of rule {rule})"),
        };
        let verb = if group.matches.len() == 1 { "is" } else { "are" };
        if winner == on.handle {
            let message = format!("{count} {verb} taken by rule {} of the same route on {hosts}: {why}", group.lost.winner.rule);
            out.push(INFO.about(me, message).hint("remove it, or make it more specific").field(field).done());
        } else if let Some(other) = route_ref(&on.facts, winner) {
            let message = format!("{count} {verb} taken by {} on {hosts}: {why}", name_of(&other));
            out.push(INFO.about(me, message).hint("make one of the two matches more specific, or remove one").field(field).related(other).done());
        }
    }
}

/// The tie-break that decided.
fn why(on: &OnRoute<'_>, lost: &Lost, state: &crate::resolve::gateway::GatewayState) -> String {
    let me = crate::resolve::precedence::Candidate {
        route: on.handle,
        listener: lost.at.listener,
        written: lost.at.pair.written,
        rule: u32::try_from(lost.rule).unwrap_or(u32::MAX),
        m: u32::try_from(lost.m).unwrap_or(u32::MAX),
    };
    let pairs = [(lost.winner.written, lost.winner.route), (me.written, me.route)];
    let order = Order::new(&on.facts, state, pairs.into_iter());
    let (Some((ra, ma)), Some((rb, mb))) = (order.parts(&lost.winner), order.parts(&me)) else { return "the order of rule 36".to_string() };
    order.step(&lost.winner, &me, ra, ma, rb, mb).1.to_string()
}
