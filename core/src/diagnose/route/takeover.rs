//! A route that takes the requests of another namespace's route.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{name_of, route_ref, some, subject};
use crate::types::{Finding, Severity};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0502",
    name: "taken-over",
    severity: Severity::Error,
    title: "a route takes the requests of another namespace's route",
    meaning: "Equal matches on one host in two namespaces: requests that one team asked for go to another team's backends.",
    remedy: "Decide who owns the host, and let only that namespace attach routes for it.",
    rules: &[36, 38],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.seen.shadowed.is_empty() {
        return;
    }
    let mut winners: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for lost in &on.seen.shadowed {
        if on.facts.store.routes.get(lost.winner.route).is_some_and(|w| w.meta.ns != on.route.meta.ns) {
            winners.entry(lost.winner.route).or_default().push(on.facts.text(lost.at.pair.host));
        }
    }
    let me = subject(&on.facts, on.route);
    for (winner, mut hosts) in winners {
        let Some(other) = route_ref(&on.facts, winner) else { continue };
        crate::sort::unstable(&mut hosts);
        hosts.dedup();
        let hosts = some(hosts.iter().map(|h| format!("`{h}`")));
        let message =
            format!("requests for {hosts} go to this route of namespace `{}`, not to {}", other.namespace.as_deref().unwrap_or_default(), name_of(&me));
        let hint = "let only the namespace that owns the host attach routes for it, with a listener of its own and `allowedRoutes`";
        out.push(INFO.about(other, message).hint(hint).field("spec.hostnames").related(me.clone()).done());
    }
}
