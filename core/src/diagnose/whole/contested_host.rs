//! One host, routes of several namespaces.

use crate::diagnose::Info;
use crate::diagnose::text::{route_ref, some};
use crate::engine::Engine;
use crate::index::Map;
use crate::model::Kind;
use crate::report::rows::object;
use crate::resolve::shadow::Place;
use crate::types::{Finding, Severity};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0503",
    name: "contested-host",
    severity: Severity::Warning,
    title: "routes of several namespaces serve one host",
    meaning: "Each of the namespaces can take requests of the others with a more specific match, or with an older route.",
    remedy: "Let one namespace own the host: a listener of its own, with allowedRoutes for that namespace.",
    rules: &[36],
};

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let buckets = engine.sources().buckets;
    let mut looked: Map<Place, ()> = Map::default();
    for (handle, _) in facts.store.routes.iter() {
        for place in engine.route_state(handle).into_iter().flat_map(|s| &s.places) {
            let entries = buckets.entries(*place);
            if entries.len() < 2 || place.family.is_none() || looked.insert(*place, ()).is_some() {
                continue;
            }
            let routes = || entries.iter().filter_map(|e| Some((e.route, facts.store.routes.get(e.route)?)));
            let Some((_, first)) = routes().next() else { continue };
            if routes().all(|(_, r)| r.meta.ns == first.meta.ns) {
                continue;
            }
            // The oldest route of each namespace stands for it.
            let mut namespaces: BTreeMap<&str, u32> = BTreeMap::new();
            for (route, r) in routes() {
                let slot = namespaces.entry(facts.text(r.meta.ns)).or_insert(route);
                if facts.store.routes.get(*slot).is_some_and(|s| crate::resolve::precedence::age(&facts, r, s).is_lt()) {
                    *slot = route;
                }
            }
            let Some(state) = engine.gateway_state(place.gateway) else { continue };
            let message = format!(
                "host `{}` on port `{}` is served by routes of {} namespaces: {}",
                facts.text(place.host),
                place.at,
                namespaces.len(),
                some(namespaces.keys().map(|n| format!("`{n}`")))
            );
            let hint = "let one namespace own the host, with a listener of its own and `allowedRoutes`";
            let mut draft = INFO.about(object(&facts, Kind::Gateway, state.ns, state.name), message).hint(hint).field("spec.listeners");
            for route in namespaces.values().take(8) {
                if let Some(other) = route_ref(&facts, *route) {
                    draft = draft.related(other);
                }
            }
            out.push(draft.done());
        }
    }
}
