//! Who depends on whom: topics that may change, and the units that are recomputed then.

use super::Map;
use crate::model::Key;
use crate::text::Sym;
use alloc::vec::Vec;

/// Something that a unit's result depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    /// An object of a known kind: that it exists, and what it says. A Service stands for its EndpointSlices
    /// and BackendTLSPolicies too.
    Object(Key),
    /// An object of a foreign kind: that it exists.
    Foreign(Sym, Sym, Sym),
    /// The ReferenceGrants of a namespace.
    Grants(Sym),
    /// Which objects of a kind there are in a namespace, for "did you mean".
    Names(crate::model::Kind, Sym),
    /// The Gateways that a route without parentRefs may get (rule 6).
    DefaultGateways,
}

/// Something that is recomputed as a whole: what it is in the lowest three bits, and its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Unit(u32);

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// A BackendTLSPolicy: whether it is valid.
    Policy,
    /// The findings about a BackendTLSPolicy.
    PolicyNote,
    /// The findings about a ListenerSet without a Gateway.
    SetNote,
    Gateway,
    Route,
}

impl Unit {
    pub(crate) fn new(kind: UnitKind, handle: u32) -> Self {
        Self(handle.wrapping_mul(8) | kind as u32)
    }
    pub(crate) fn gateway(handle: u32) -> Self {
        Self::new(UnitKind::Gateway, handle)
    }
    pub(crate) fn route(handle: u32) -> Self {
        Self::new(UnitKind::Route, handle)
    }
    pub(crate) fn parts(self) -> (UnitKind, u32) {
        let kind = match self.0 % 8 {
            0 => UnitKind::Policy,
            1 => UnitKind::PolicyNote,
            2 => UnitKind::SetNote,
            3 => UnitKind::Gateway,
            _ => UnitKind::Route,
        };
        (kind, self.0 / 8)
    }
}

/// The units that depend on each topic.
#[derive(Debug, Default)]
pub(crate) struct Deps {
    map: Map<Topic, Vec<Unit>>,
    /// Of long lists: who left, and who came back since; worked in together ([`Self::settle`]).
    left: Vec<(Topic, Unit, bool)>,
}

/// Lists longer than this are long.
const LONG: usize = 256;

impl Deps {
    pub(crate) fn of(&self, topic: Topic) -> &[Unit] {
        self.map.get(&topic).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add(&mut self, topic: Topic, unit: Unit) {
        let units = self.map.entry(topic).or_default();
        // In a load handles come in order.
        if units.last().is_none_or(|last| *last < unit) {
            units.push(unit);
            return;
        }
        match units.binary_search(&unit) {
            Err(at) => units.insert(at, unit),
            Ok(_) if self.left.is_empty() => {}
            Ok(_) => self.left.push((topic, unit, true)),
        }
    }

    pub(crate) fn remove(&mut self, topic: Topic, unit: Unit) {
        if let Some(units) = self.map.get_mut(&topic) {
            if units.len() > LONG {
                self.left.push((topic, unit, false));
                return;
            }
            if let Ok(at) = units.binary_search(&unit) {
                units.remove(at);
            }
            if units.is_empty() {
                self.map.remove(&topic);
            }
        }
        if self.map.is_empty() {
            self.map = Map::default();
        }
    }

    /// Takes out of long lists who left, all at once: one by one would cost the square of a batch.
    pub(crate) fn settle(&mut self) {
        if self.left.is_empty() {
            return;
        }
        let mut left = core::mem::take(&mut self.left);
        // Of each unit the last word counts.
        left.sort_by_key(|(topic, unit, _)| (*topic, *unit));
        left.reverse();
        left.dedup_by_key(|(topic, unit, _)| (*topic, *unit));
        left.reverse();
        for list in left.chunk_by(|a, b| a.0 == b.0) {
            let Some((topic, ..)) = list.first() else { continue };
            let Some(units) = self.map.get_mut(topic) else { continue };
            units.retain(|u| list.binary_search_by_key(u, |(_, unit, _)| *unit).ok().and_then(|i| list.get(i)).is_none_or(|(_, _, stays)| *stays));
            if units.is_empty() {
                self.map.remove(topic);
            }
        }
        if self.map.is_empty() {
            self.map = Map::default();
        }
    }

    /// Replaces the topics of a unit; both lists are sorted and without repetition.
    pub(crate) fn swap(&mut self, unit: Unit, old: &[Topic], new: &[Topic]) {
        if old == new {
            return;
        }
        for topic in old.iter().filter(|t| new.binary_search(t).is_err()) {
            self.remove(*topic, unit);
        }
        for topic in new.iter().filter(|t| old.binary_search(t).is_err()) {
            self.add(*topic, unit);
        }
    }

    /// Gives back what growth has left over.
    pub(crate) fn shrink(&mut self) {
        self.map.shrink_to_fit();
        for units in self.map.values_mut() {
            units.shrink_to_fit();
        }
    }
}
