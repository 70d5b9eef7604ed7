//! Words that several findings share.

use crate::model::Kind;
use crate::model::gateway::ObjectName;
use crate::model::route::{BackendRef, ParentRef, Route};
use crate::resolve::Facts;
use crate::resolve::gateway::{GatewayState, LState};
use crate::resolve::route::RefOf;
use crate::types::{ObjectRef, Text};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write as _;

/// A route as the subject of a finding.
pub(crate) fn subject(facts: &Facts<'_>, route: &Route) -> ObjectRef {
    crate::report::rows::object(facts, route.kind, route.meta.ns, route.meta.name)
}

/// Another route of the same report.
pub(crate) fn route_ref(facts: &Facts<'_>, handle: u32) -> Option<ObjectRef> {
    facts.store.routes.get(handle).map(|r| subject(facts, r))
}

/// What a backendRef names.
pub(crate) fn backend_ref(facts: &Facts<'_>, b: &BackendRef) -> ObjectRef {
    ObjectRef { kind: Text::Owned(facts.text(b.kind).to_string()), namespace: Some(facts.text(b.ns).to_string()), name: facts.text(b.name).to_string() }
}

/// `Service shop/cart`.
pub(crate) fn name_of(o: &ObjectRef) -> String {
    match &o.namespace {
        Some(ns) => format!("{} {ns}/{}", o.kind, o.name),
        None => format!("{} {}", o.kind, o.name),
    }
}

/// The field of a reference of a rule.
pub(crate) fn ref_field(route: &Route, rule: usize, what: RefOf) -> String {
    let filters = route.rules.get(rule).and_then(|r| r.filters.as_deref());
    let index = |list: &[BackendRef], i: usize| list.get(i).map_or(0, |b| usize::from(b.filter));
    match what {
        RefOf::Backend(i) => format!("spec.rules[{rule}].backendRefs[{i}]"),
        RefOf::Mirror(i) => format!("spec.rules[{rule}].filters[{}].requestMirror.backendRef", filters.map_or(0, |f| index(&f.mirrors, i))),
        RefOf::Auth(i) => format!("spec.rules[{rule}].filters[{}].externalAuth.backendRef", filters.map_or(0, |f| index(&f.auth, i))),
        RefOf::Extension(i) => match filters.and_then(|f| f.extensions.get(i)) {
            Some(e) if e.backend >= 0 => format!("spec.rules[{rule}].backendRefs[{}].filters[{}].extensionRef", e.backend, e.filter),
            Some(e) => format!("spec.rules[{rule}].filters[{}].extensionRef", e.filter),
            None => format!("spec.rules[{rule}].filters"),
        },
    }
}

/// The backendRef behind a [`RefOf`].
pub(crate) fn backend_of(route: &Route, rule: usize, what: RefOf) -> Option<&BackendRef> {
    let rule = route.rules.get(rule)?;
    let filters = rule.filters.as_deref();
    match what {
        RefOf::Backend(i) => rule.backends.get(i),
        RefOf::Mirror(i) => filters?.mirrors.get(i),
        RefOf::Auth(i) => filters?.auth.get(i),
        RefOf::Extension(_) => None,
    }
}

/// A listener's owner, and the listener in words: `listener \`https\` of Gateway infra/edge`.
pub(crate) fn listener_text(facts: &Facts<'_>, state: &GatewayState, l: &LState) -> (ObjectRef, String) {
    let owner = crate::report::rows::owner(facts, state, l);
    let text = format!("listener `{}` of {}", facts.text(l.name), name_of(&owner));
    (owner, text)
}

/// What a parentRef names.
pub(crate) fn parent_object(facts: &Facts<'_>, p: &ParentRef) -> ObjectRef {
    ObjectRef { kind: Text::Owned(facts.text(p.kind).to_string()), namespace: Some(facts.text(p.ns).to_string()), name: facts.text(p.name).to_string() }
}

/// The first few of some texts, and how many more there are.
pub(crate) fn some(items: impl Iterator<Item = impl core::fmt::Display>) -> String {
    const SHOWN: usize = 4;
    let mut out = String::new();
    let mut more = 0_usize;
    for (i, item) in items.enumerate() {
        if i >= SHOWN {
            more = more.saturating_add(1);
            continue;
        }
        if i > 0 {
            out.push_str(", ");
        }
        let _ = write!(out, "{item}");
    }
    if more > 0 {
        let _ = write!(out, " and {more} more");
    }
    out
}

/// An object by the words the user wrote.
pub(crate) fn named(facts: &Facts<'_>, o: &ObjectName) -> ObjectRef {
    crate::report::parts::named(facts, o)
}

/// The object of a listener's owner, with the field of the listener in it.
pub(crate) fn listener_field(index: u32) -> String {
    format!("spec.listeners[{index}]")
}

/// The closest of some names, for "did you mean"; `None` where nothing is close.
pub(crate) fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wanted.chars().count() / 3).max(1);
    names.filter(|n| *n != wanted).map(|n| (distance(wanted, n, limit), n)).filter(|(d, _)| *d <= limit).min().map(|(_, n)| n)
}

/// Edits between two names, a swap of neighbours counting as one; anything over the limit is as good as infinite.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    use alloc::vec::Vec;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(256).collect(), b.chars().take(256).collect());
    if a.len().abs_diff(b.len()) > limit {
        return usize::MAX;
    }
    let of = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last: Option<char> = None;
    for (i, ca) in a.iter().enumerate() {
        let mut next = alloc::vec![i.saturating_add(1)];
        let mut left: Option<char> = None;
        for (j, cb) in b.iter().enumerate() {
            let other = of(&row, j).saturating_add(usize::from(ca != cb));
            let mut best = other.min(of(&row, j.saturating_add(1)).saturating_add(1)).min(of(&next, j).saturating_add(1));
            if let (Some(k), true, true) = (j.checked_sub(1), last == Some(*cb), left == Some(*ca)) {
                best = best.min(of(&before, k).saturating_add(1));
            }
            next.push(best);
            left = Some(*cb);
        }
        before = core::mem::replace(&mut row, next);
        last = Some(*ca);
    }
    of(&row, b.len())
}

/// Names of the objects of a kind in a namespace, for [`closest`].
pub(crate) fn names_in<'a>(facts: &Facts<'a>, kind: Kind, ns: crate::text::Sym) -> impl Iterator<Item = &'a str> {
    let names = facts.names;
    facts.store.names_in(kind, ns).iter().map(move |n| names.get(*n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_close() {
        assert_eq!(closest("cart-svc", ["cart", "card-svc", "web"].into_iter()), Some("card-svc"));
        assert_eq!(closest("web", ["payments"].into_iter()), None);
        assert_eq!(closest("egde", ["edge", "bridge"].into_iter()), Some("edge"));
        assert_eq!((distance("abcd", "abdc", 4), distance("abcd", "badc", 4), distance("abc", "cab", 4), distance("", "ab", 4)), (1, 2, 2, 2));
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(some(["a", "b"].iter()), "a, b");
        assert_eq!(some(["a", "b", "c", "d", "e", "f"].iter()), "a, b, c, d and 2 more");
    }
}
