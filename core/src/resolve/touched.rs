//! Whose routes can tell two states of a Gateway apart: its own, or those of a ListenerSet. On a Gateway with thousands
//! of ListenerSets a change of one must not cost the routes of all.

use super::gateway::{GatewayState, LState};
use crate::model::{Key, Kind};
use crate::profile::Flag;
use alloc::vec::Vec;

/// The parents whose routes are attached again.
pub(crate) fn parents(old: Option<&GatewayState>, new: &GatewayState) -> Vec<Key> {
    let own = Key { kind: Kind::Gateway, ns: new.ns, name: new.name };
    let of = |s: &GatewayState| -> Vec<Key> { s.sets.iter().map(|s| Key { kind: s.kind, ns: s.ns, name: s.name }).collect() };
    let mut out = alloc::vec![own];
    match old {
        Some(old) if alike(old, new) => {
            let pair = Pair::new(old, new);
            out.clear();
            if pair.own_differ() {
                out.push(own);
            }
            let differing = new.sets.iter().enumerate().filter(|(i, _)| pair.set_differs(*i));
            out.extend(differing.map(|(_, s)| Key { kind: s.kind, ns: s.ns, name: s.name }));
        }
        _ => {
            out.extend(old.map_or_else(Vec::new, of));
            out.extend(of(new));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Whether nothing differs but listeners, and what is said of ListenerSets.
fn alike(old: &GatewayState, new: &GatewayState) -> bool {
    let whole = |s: &GatewayState| {
        (
            (s.ns, s.name, s.class, s.controller, s.standing, s.reach, s.host_precedence),
            (s.own, s.status_in_order, s.mixed_tls, s.print, s.listeners.len(), s.sets.len()),
        )
    };
    let places =
        old.sets.iter().zip(&new.sets).all(|(a, b)| (a.handle, a.kind, a.ns, a.name, a.first, a.count) == (b.handle, b.kind, b.ns, b.name, b.first, b.count));
    let standard = match (&old.standard, &new.standard) {
        (Some(a), Some(b)) => alike(a, b),
        (None, None) => true,
        _ => false,
    };
    // There attachment itself goes by the hostnames of others.
    let by_others = new.profile.has(Flag::IsolationAttached) && old.owners != new.owners;
    whole(old) == whole(new) && old.profile == new.profile && places && standard && !by_others
}

/// Two states of a Gateway, under its profile and under the standard.
struct Pair<'a> {
    old: &'a GatewayState,
    new: &'a GatewayState,
    /// Asked once: it is a look at every host.
    owners_differ: bool,
    standard: Option<alloc::boxed::Box<Pair<'a>>>,
}

impl<'a> Pair<'a> {
    fn new(old: &'a GatewayState, new: &'a GatewayState) -> Self {
        let standard = match (&old.standard, &new.standard) {
            (Some(a), Some(b)) => Some(alloc::boxed::Box::new(Pair::new(a, b))),
            _ => None,
        };
        Self { old, new, owners_differ: old.owners != new.owners, standard }
    }

    /// Whether routes can tell the listeners of a range apart.
    fn differ(&self, range: core::ops::Range<usize>) -> bool {
        let (was, is) = (self.old.listeners.get(range.clone()).unwrap_or(&[]), self.new.listeners.get(range.clone()).unwrap_or(&[]));
        // Who shares hosts with other listeners looks at who owns them.
        let shares = |l: &LState| !l.sole && l.family().is_some();
        was != is || (self.owners_differ && is.iter().any(shares)) || self.standard.as_ref().is_some_and(|s| s.differ(range))
    }

    fn own_differ(&self) -> bool {
        self.differ(0..self.new.own as usize)
    }

    fn set_differs(&self, i: usize) -> bool {
        let (Some(was), Some(is)) = (self.old.sets.get(i), self.new.sets.get(i)) else { return true };
        let range = is.first as usize..(is.first as usize).saturating_add(is.count as usize);
        let standard = self.standard.as_ref().is_some_and(|s| s.old.sets.get(i) != s.new.sets.get(i));
        was != is || standard || self.differ(range)
    }
}
