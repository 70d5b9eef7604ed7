//! A candidate in words.

use super::Matcher;
use crate::types::Outcome;

/// What serves a request. Texts are the matcher's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served<'m> {
    /// The 64 bits of the id of its first exposure (docs/exposure-id.md); `e-` and 16 hex digits as text.
    pub id: u64,
    /// `HTTPRoute/shop/web`.
    pub route: &'m str,
    /// Kind of the route.
    pub route_kind: &'static str,
    /// Its namespace.
    pub route_namespace: &'m str,
    /// Its name.
    pub route_name: &'m str,
    /// Index of the rule.
    pub rule: u32,
    /// The rule's name, empty where it has none.
    pub rule_name: &'m str,
    /// Index of the match.
    pub match_index: u32,
    /// `infra/edge/https`, of a ListenerSet `infra/edge/shop/more/https`.
    pub listener: &'m str,
    /// The listener's name.
    pub listener_name: &'m str,
    /// The hostname that it was matched under, `*` for every host.
    pub hostname: &'m str,
    /// What the rule does.
    pub outcome: Outcome,
    /// Status code of a redirect or an error, else 0.
    pub status: u16,
    /// `Service/shop/cart:8080`, several joined by commas, empty where there is none.
    pub backend: &'m str,
}

impl Matcher {
    /// The words of a candidate.
    pub fn served(&self, index: u32) -> Option<Served<'_>> {
        let entry = self.entries.get(index as usize)?;
        let group = self.groups.get(entry.group as usize)?;
        let rule = self.rules.get(entry.rule as usize)?;
        let route = self.routes.get(rule.route as usize)?;
        let listener = self.listeners.get(entry.listener as usize)?;
        Some(Served {
            id: entry.id,
            route: &route.text,
            route_kind: route.kind.name(),
            route_namespace: self.names.get(route.ns),
            route_name: self.names.get(route.name),
            rule: rule.index,
            rule_name: self.names.get(rule.name),
            match_index: entry.match_index,
            listener: &listener.text,
            listener_name: self.names.get(listener.name),
            hostname: self.names.get(group.host),
            outcome: rule.outcome,
            status: rule.status,
            backend: &rule.backends,
        })
    }
}
