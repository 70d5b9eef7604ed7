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
            out.clear();
            if own_differ(old, new) {
                out.push(own);
            }
            let differing = new.sets.iter().enumerate().filter(|(i, _)| set_differs(old, new, *i));
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

/// Whether routes can tell the listeners of a range apart.
fn differ(old: &GatewayState, new: &GatewayState, range: core::ops::Range<usize>) -> bool {
    let (was, is) = (old.listeners.get(range.clone()).unwrap_or(&[]), new.listeners.get(range.clone()).unwrap_or(&[]));
    // Who shares hosts with other listeners looks at who owns them.
    let shares = |l: &LState| !l.sole && l.family().is_some();
    was != is || (old.owners != new.owners && is.iter().any(shares)) || matches!((&old.standard, &new.standard), (Some(a), Some(b)) if differ(a, b, range))
}

fn own_differ(old: &GatewayState, new: &GatewayState) -> bool {
    differ(old, new, 0..new.own as usize)
}

fn set_differs(old: &GatewayState, new: &GatewayState, i: usize) -> bool {
    let (Some(was), Some(is)) = (old.sets.get(i), new.sets.get(i)) else { return true };
    let range = is.first as usize..(is.first as usize).saturating_add(is.count as usize);
    let standard = match (&old.standard, &new.standard) {
        (Some(a), Some(b)) => a.sets.get(i) != b.sets.get(i),
        _ => false,
    };
    was != is || standard || differ(old, new, range)
}
