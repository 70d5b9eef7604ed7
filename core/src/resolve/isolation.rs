//! Rule 17: which listener of a port owns a host.

use super::gateway::{Family, LState};
use crate::index::Map;
use crate::model::host;
use crate::profile::{Flag, Profile};
use crate::text::{Interner, Sym};
use alloc::vec::Vec;

/// The owners of hosts, by port and family of protocols.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Owners {
    map: Map<(u16, Family, Sym), u32>,
    /// Hostnames of a port, of conflicting listeners too; where several have one, the first and another.
    named: Map<(u16, Sym), (u32, Option<u32>)>,
}

impl Owners {
    /// Collects the listeners that own their hostname, and tells each which others lie strictly inside of it.
    pub(crate) fn collect(listeners: &mut [LState], any: Sym, names: &Interner, profile: &Profile) -> Self {
        let mut map: Map<(u16, Family, Sym), u32> = Map::default();
        for (l, i) in listeners.iter().zip(0_u32..) {
            // Behind SNI a listener that is not served has no filter chain that a connection could be given to.
            let chained = l.family() == Some(Family::Http) || l.serves || !profile.has(Flag::UnprogrammedTakesHosts);
            if let (true, Some(family), Some(host)) = (l.owns && chained, l.family(), l.hostname(any)) {
                map.entry((l.port, family, host)).or_insert(i);
            }
        }
        let mut named: Map<(u16, Sym), (u32, Option<u32>)> = Map::default();
        for (l, i) in listeners.iter().zip(0_u32..) {
            if let (true, Some(_), Some(host)) = (l.owns || l.conflict.is_some(), l.family(), l.hostname(any)) {
                let slot = named.entry((l.port, host)).or_insert((i, None));
                if slot.0 != i && slot.1.is_none() {
                    slot.1 = Some(i);
                }
            }
        }
        let owners = Self { map, named };
        let mut inside: Vec<(u32, u32)> = Vec::new();
        for (l, i) in listeners.iter().zip(0_u32..) {
            if let (true, Some(family), Some(host)) = (l.owns, l.family(), l.hostname(any)) {
                for outer in host::ancestors(names.get(host)).skip(1) {
                    if let Some(outer) = names.find(&outer)
                        && let Some(o) = owners.map.get(&(l.port, family, outer))
                    {
                        inside.push((*o, i));
                    }
                }
            }
        }
        crate::sort::unstable(&mut inside);
        for (outer, inner) in inside {
            if let Some(l) = listeners.get_mut(outer as usize) {
                l.inside.push(inner);
            }
        }
        for (l, i) in listeners.iter_mut().zip(0_u32..) {
            if let (Some(family), Some(host)) = (l.family(), l.hostname(any)) {
                let first = owners.map.get(&(l.port, family, host)) == Some(&i);
                l.sole = first && l.inside.is_empty() && !owners.named_by_another(l.port, host, i);
            }
        }
        owners
    }

    /// The listener that owns a host (or every host of a wildcard).
    pub(crate) fn of(&self, port: u16, family: Family, hostname: &str, names: &Interner) -> Option<u32> {
        host::ancestors(hostname).find_map(|h| self.map.get(&(port, family, names.find(&h)?)).copied())
    }

    /// Whether another listener of the port has exactly this hostname, be it in conflict or of another protocol.
    pub(crate) fn named_by_another(&self, port: u16, hostname: Sym, index: u32) -> bool {
        self.named.get(&(port, hostname)).is_some_and(|(first, other)| *first != index || other.is_some_and(|o| o != index))
    }

    /// The listener whose hostname is exactly this one.
    pub(crate) fn exactly(&self, port: u16, family: Family, hostname: Sym) -> Option<u32> {
        self.map.get(&(port, family, hostname)).copied()
    }
}
