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

/// Something that is recomputed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    Policy(u32),
    Gateway(u32),
    Route(u32),
}

/// The units that depend on each topic.
#[derive(Debug, Default)]
pub(crate) struct Deps {
    map: Map<Topic, Vec<Unit>>,
}

impl Deps {
    pub(crate) fn of(&self, topic: Topic) -> &[Unit] {
        self.map.get(&topic).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add(&mut self, topic: Topic, unit: Unit) {
        let units = self.map.entry(topic).or_default();
        if let Err(at) = units.binary_search(&unit) {
            units.insert(at, unit);
        }
    }

    pub(crate) fn remove(&mut self, topic: Topic, unit: Unit) {
        if let Some(units) = self.map.get_mut(&topic) {
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

    /// Replaces the topics of a unit; both lists are sorted and without repetition.
    pub(crate) fn swap(&mut self, unit: Unit, old: &[Topic], new: &[Topic]) {
        for topic in old.iter().filter(|t| new.binary_search(t).is_err()) {
            self.remove(*topic, unit);
        }
        for topic in new.iter().filter(|t| old.binary_search(t).is_err()) {
            self.add(*topic, unit);
        }
    }
}
