//! Wildcard hosts where routes stand, for profiles that look at the most specific hostname only (rule 36): what is told
//! of a host depends on whether a wider one has routes, and of which listeners.

use super::Facts;
use super::buckets::Buckets;

use super::route::RouteState;
use super::shadow::Place;
use crate::attach::Gateways;
use crate::index::Map;
use crate::model::host::covers;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The listeners whose routes stand at a wildcard host.
#[derive(Debug, Default)]
pub(crate) struct Wide {
    map: Map<Place, Box<[u32]>>,
}

impl Wide {
    /// Whether routes of a flagged profile stand at a wildcard host.
    pub(crate) fn has(&self, place: Place) -> bool {
        self.map.contains_key(&place)
    }

    /// Looks again at places where a route came or went; returns the places inside of those that are another now.
    pub(crate) fn moved(&mut self, facts: &Facts<'_>, gateways: &Gateways, routes: &[RouteState], buckets: &Buckets, places: &mut Vec<Place>) -> Vec<Place> {
        crate::sort::unstable(places);
        places.dedup();
        let mut changed: Vec<Place> = Vec::new();
        for place in places.iter().filter(|p| facts.text(p.host).starts_with('*')) {
            let state = gateways.get(place.gateway as usize).and_then(Option::as_deref);
            let mut listeners: Vec<u32> = state.into_iter().flat_map(|s| buckets.standing(facts, s, routes, *place)).map(|e| e.listener).collect();
            crate::sort::unstable(&mut listeners);
            listeners.dedup();
            if self.map.get(place).map_or(&[][..], |l| l) == listeners {
                continue;
            }
            changed.push(*place);
            if listeners.is_empty() {
                self.map.remove(place);
            } else {
                self.map.insert(*place, listeners.into());
            }
        }
        if self.map.is_empty() {
            self.map = Map::default();
        }
        if changed.is_empty() {
            return Vec::new();
        }
        // A load: most are looked at anyway.
        let all = places.len().saturating_mul(2) > buckets.len();
        let inside = |p: &Place| changed.iter().any(|c| c.beside(*p) && covers(facts.text(c.host), facts.text(p.host)));
        buckets.places().filter(|p| all || inside(p)).collect()
    }
}
