//! Everything that is drawn, in its order: by class, gateway, port, host from its last label, route, rule.

use super::Parts;
use crate::index::Map;
use crate::types::{Attachment, Exposure, Gateway, Listener, ListenerSet, ObjectRef};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// A Gateway (or another parent, where its Gateway is not known), and what hangs under it.
#[derive(Debug, Default)]
pub(super) struct GatewayPlan<'a> {
    pub(super) kind: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    /// None where the report does not have it.
    pub(super) entry: Option<&'a Gateway>,
    pub(super) listeners: Vec<ListenerPlan<'a>>,
    /// Attachments without rows that no listener stands for.
    pub(super) loose: Vec<u32>,
}

/// A listener, or a ListenerSet that adds none, and what hangs under it.
#[derive(Debug, Default)]
pub(super) struct ListenerPlan<'a> {
    pub(super) owner: Owner<'a>,
    pub(super) name: &'a str,
    pub(super) port: u16,
    pub(super) hostname: Option<&'a str>,
    pub(super) entry: Option<&'a Listener>,
    pub(super) set: Option<&'a ListenerSet>,
    /// Indices of exposures, sorted.
    pub(super) rows: Vec<u32>,
    /// Attachments without rows.
    pub(super) loose: Vec<u32>,
}

/// Kind, namespace and name of who holds a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner<'a> {
    pub(super) kind: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Owner<'a> {
    fn of(r: &'a ObjectRef) -> Self {
        Self { kind: &r.kind, namespace: r.namespace.as_deref().unwrap_or_default(), name: &r.name }
    }
    pub(super) fn is_set(&self) -> bool {
        self.kind.ends_with("ListenerSet")
    }
    /// Gateways before sets, and XListenerSets as ListenerSets.
    fn fold(self) -> Self {
        Self { kind: if self.is_set() { "ListenerSet" } else { self.kind }, ..self }
    }
}

/// Listeners and Gateways while they are found.
#[derive(Default)]
struct Finder<'a> {
    gateways: Vec<GatewayPlan<'a>>,
    by_name: BTreeMap<Owner<'a>, usize>,
    /// Gateway and place in it, by owner, name and port: a faulty object may use a name twice.
    listeners: BTreeMap<(Owner<'a>, &'a str, u16), (usize, usize)>,
    /// The Gateway of each set.
    sets: BTreeMap<Owner<'a>, usize>,
}

impl<'a> Finder<'a> {
    fn gateway(&mut self, owner: Owner<'a>) -> usize {
        let next = self.gateways.len();
        let at = *self.by_name.entry(owner).or_insert(next);
        if at == next {
            self.gateways.push(GatewayPlan { kind: owner.kind, namespace: owner.namespace, name: owner.name, ..GatewayPlan::default() });
        }
        at
    }

    fn listener(&mut self, gateway: usize, plan: ListenerPlan<'a>) -> (usize, usize) {
        let key = (plan.owner.fold(), plan.name, plan.port);
        let Some(g) = self.gateways.get_mut(gateway) else { return (gateway, 0) };
        let at = (gateway, g.listeners.len());
        g.listeners.push(plan);
        *self.listeners.entry(key).or_insert(at)
    }

    /// The listeners of an owner that have a name.
    fn called(&self, owner: Owner<'a>, name: &'a str) -> impl Iterator<Item = (usize, usize)> {
        self.listeners.range((owner, name, 0)..=(owner, name, u16::MAX)).map(|(_, at)| *at)
    }

    fn plan(&mut self, at: (usize, usize)) -> Option<&mut ListenerPlan<'a>> {
        self.gateways.get_mut(at.0)?.listeners.get_mut(at.1)
    }
}

fn named<'a>(namespace: &'a str, name: &'a str) -> Owner<'a> {
    Owner { kind: "Gateway", namespace, name }
}

/// Sorts everything into its place.
pub(super) fn plan<'a>(parts: &Parts<'a>) -> Vec<GatewayPlan<'a>> {
    let mut f = Finder::default();
    for g in parts.gateways {
        let at = f.gateway(named(&g.namespace, &g.name));
        if let Some(plan) = f.gateways.get_mut(at) {
            plan.entry = Some(g);
        }
    }
    let mut listeners: Vec<&Listener> = parts.listeners.iter().collect();
    crate::sort::natural(&mut listeners);
    for l in listeners {
        let gateway = f.gateway(named(&l.gateway.namespace, &l.gateway.name));
        let plan = ListenerPlan {
            owner: Owner::of(&l.owner),
            name: &l.name,
            port: l.port,
            hostname: l.hostname.as_deref(),
            entry: Some(l),
            ..ListenerPlan::default()
        };
        f.listener(gateway, plan);
    }
    for s in parts.listener_sets {
        let gateway = f.gateway(named(&s.gateway.namespace, &s.gateway.name));
        let owner = Owner { kind: "ListenerSet", namespace: &s.namespace, name: &s.name };
        f.sets.insert(owner, gateway);
        let adds = f.listeners.range((owner, "", 0)..).next().is_some_and(|((o, _, _), _)| *o == owner);
        if !adds {
            f.listener(gateway, ListenerPlan { owner, set: Some(s), ..ListenerPlan::default() });
        }
    }
    rows(&mut f, parts.exposures);
    loose(&mut f, parts);
    sort(&mut f.gateways, parts);
    f.gateways
}

/// Gives every row to its listener.
fn rows<'a>(f: &mut Finder<'a>, exposures: &'a [Exposure]) {
    let mut last: Option<(&Exposure, (usize, usize))> = None;
    for (row, i) in exposures.iter().zip(0_u32..) {
        let known =
            last.filter(|(e, _)| e.listener.port == row.listener.port && e.listener.name == row.listener.name && e.listener.owner == row.listener.owner);
        let at = match known {
            Some((_, at)) => at,
            None => listener_of(f, row),
        };
        last = Some((row, at));
        if let Some(plan) = f.plan(at) {
            plan.rows.push(i);
        }
    }
}

fn listener_of<'a>(f: &mut Finder<'a>, row: &'a Exposure) -> (usize, usize) {
    let owner = Owner::of(&row.listener.owner);
    match f.listeners.get(&(owner.fold(), row.listener.name.as_str(), row.listener.port)) {
        Some(at) => *at,
        None => {
            let gateway = f.gateway(named(&row.gateway.namespace, &row.gateway.name));
            f.listener(gateway, ListenerPlan { owner, name: &row.listener.name, port: row.listener.port, ..ListenerPlan::default() })
        }
    }
}

/// Hangs the attachments that have no rows under the listener they name, or else under their parent.
fn loose<'a>(f: &mut Finder<'a>, parts: &Parts<'a>) {
    let mut with_rows: Map<((usize, usize), &ObjectRef), ()> = Map::default();
    for (g, gateway) in f.gateways.iter().enumerate() {
        for (l, listener) in gateway.listeners.iter().enumerate() {
            let mut last = None;
            for row in listener.rows.iter().filter_map(|i| parts.exposures.get(*i as usize)) {
                if last.replace(&row.route) != Some(&row.route) {
                    with_rows.insert(((g, l), &row.route), ());
                }
            }
        }
    }
    for (a, i) in parts.attachments.iter().zip(0_u32..) {
        let p = &a.parent_ref;
        let owner = Owner { kind: &p.kind, namespace: &p.namespace, name: &p.name }.fold();
        if a.listeners.iter().flat_map(|name| f.called(owner, name)).any(|at| with_rows.contains_key(&(at, &a.route))) {
            continue;
        }
        let wanted = [p.section_name.as_deref(), a.listeners.first().map(String::as_str), owner.is_set().then_some("")];
        let at = wanted.into_iter().flatten().find_map(|name| f.called(owner, name).next());
        if let Some(plan) = at.and_then(|at| f.plan(at)) {
            plan.loose.push(i);
            continue;
        }
        let gateway = match f.sets.get(&owner) {
            Some(gateway) => *gateway,
            None => f.gateway(owner),
        };
        if let Some(plan) = f.gateways.get_mut(gateway) {
            plan.loose.push(i);
        }
    }
}

fn sort(gateways: &mut Vec<GatewayPlan<'_>>, parts: &Parts<'_>) {
    let class = |g: &GatewayPlan<'_>| g.class().is_none();
    crate::sort::by(gateways, |a, b| (class(a), a.class(), a.namespace, a.name, a.kind).cmp(&(class(b), b.class(), b.namespace, b.name, b.kind)));
    for g in gateways {
        crate::sort::by(&mut g.listeners, |a, b| {
            let hosts = || by_host(a.hostname.unwrap_or("*"), b.hostname.unwrap_or("*"));
            a.port.cmp(&b.port).then_with(hosts).then_with(|| (a.owner.is_set(), a.owner, a.name).cmp(&(b.owner.is_set(), b.owner, b.name)))
        });
        sort_loose(&mut g.loose, parts.attachments);
        for l in &mut g.listeners {
            sort_loose(&mut l.loose, parts.attachments);
            crate::sort::by(&mut l.rows, |a, b| match (parts.exposures.get(*a as usize), parts.exposures.get(*b as usize)) {
                (Some(x), Some(y)) => by_row(x, y).then(a.cmp(b)),
                _ => a.cmp(b),
            });
        }
    }
}

fn sort_loose(loose: &mut Vec<u32>, attachments: &[Attachment]) {
    crate::sort::by(loose, |a, b| match (attachments.get(*a as usize), attachments.get(*b as usize)) {
        (Some(x), Some(y)) => by_route(&x.route, &y.route).then_with(|| x.parent_ref.cmp(&y.parent_ref)).then(a.cmp(b)),
        _ => a.cmp(b),
    });
}

impl<'a> GatewayPlan<'a> {
    /// Its class, where it is known.
    pub(super) fn class(&self) -> Option<&'a str> {
        self.entry.map(|g| g.class.as_str()).filter(|c| !c.is_empty())
    }
}

/// Within a listener. The ordinal of equal backends is the order of the report.
fn by_row(a: &Exposure, b: &Exposure) -> Ordering {
    by_host(&a.hostname, &b.hostname).then_with(|| by_route(&a.route, &b.route)).then_with(|| (a.rule, a.match_index).cmp(&(b.rule, b.match_index)))
}

fn by_route(a: &ObjectRef, b: &ObjectRef) -> Ordering {
    (&a.namespace, &a.name, &a.kind).cmp(&(&b.namespace, &b.name, &b.kind))
}

/// Labels from the last to the first, `*` before all, a wildcard after the host it hangs from.
fn by_host(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if a == "*" || b == "*" {
        return (a != "*").cmp(&(b != "*"));
    }
    let (x, y) = (a.strip_prefix("*.").unwrap_or(a), b.strip_prefix("*.").unwrap_or(b));
    // What both end in, back to the start of a label.
    let (mut same, mut labels) = (0_usize, 0_usize);
    for (p, q) in x.bytes().rev().zip(y.bytes().rev()) {
        if p != q {
            break;
        }
        same = same.saturating_add(1);
        if p == b'.' {
            labels = same;
        }
    }
    let (p, q) = (head(x, labels), head(y, labels));
    last_label(p).cmp(last_label(q)).then_with(|| p.len().cmp(&q.len())).then_with(|| a.len().cmp(&b.len()))
}

/// `host` without so many bytes at its end.
fn head(host: &str, less: usize) -> &str {
    host.get(..host.len().saturating_sub(less)).unwrap_or(host)
}

fn last_label(host: &str) -> &str {
    host.rsplit('.').next().unwrap_or_default()
}

/// The last `count` labels of a host, where it has more than those; the whole hosts of a group share it.
pub(super) fn suffix(host: &str, count: u32) -> Option<&str> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let dot = host.rmatch_indices('.').nth(count.checked_sub(1)?)?.0;
    host.get(dot.saturating_add(1)..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stand_by_their_last_label() {
        // The same as comparing lists of labels.
        let all = [
            "*",
            "com",
            "a.com",
            "b.a.com",
            "ab.com",
            "a",
            "*.a",
            "b.a",
            "*.b.a",
            "example.com",
            "*.example.com",
            "a.example.com",
            "a-b.example.com",
            "xa.example.com",
            "",
        ];
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (*a, *b))) {
            let key = |h: &'static str| {
                let bare = h.strip_prefix("*.").unwrap_or(h);
                (h != "*", bare.rsplit('.').collect::<Vec<_>>(), bare != h)
            };
            assert_eq!(by_host(a, b), key(a).cmp(&key(b)), "{a} {b}");
        }
        let mut hosts = alloc::vec!["b.example.com", "*.example.com", "a.example.org", "*", "example.com", "a.b.example.com"];
        crate::sort::by(&mut hosts, |a, b| by_host(a, b));
        assert_eq!(hosts, ["*", "example.com", "*.example.com", "b.example.com", "a.b.example.com", "a.example.org"]);
    }

    #[test]
    fn suffixes() {
        assert_eq!(suffix("a.b.example.com", 2), Some("example.com"));
        assert_eq!(suffix("*.example.com", 2), Some("example.com"));
        assert_eq!(suffix("example.com", 2), None);
        assert_eq!(suffix("a.example.com", 0), None);
        assert_eq!(suffix("*", 1), None);
    }
}
