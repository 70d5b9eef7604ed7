//! One host, routes of several namespaces.

use crate::diagnose::Info;
use crate::diagnose::text::{route_ref, some};
use crate::engine::Engine;
use crate::model::Kind;
use crate::report::rows::object;
use crate::resolve::gateway::Family;
use crate::resolve::shadow::Place;
use crate::text::Sym;
use crate::types::{Finding, Severity};
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

/// Looks at one host of a port: in clear text and over TLS.
pub(crate) fn notice(engine: &Engine, gateway: u32, port: u16, host: Sym, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let Some(state) = engine.gateway_state(gateway) else { return };
    for family in [Family::Http, Family::Tls] {
        let place = Place::host(gateway, port, family, host);
        let Some(shelves) = engine.sources().buckets.shelves(place).filter(|s| s.len() > 1) else { continue };
        let message = format!(
            "host `{}` on port `{port}` is served by routes of {} namespaces: {}",
            facts.text(host),
            shelves.len(),
            some(shelves.iter().map(|s| format!("`{}`", facts.text(s.ns))))
        );
        let hint = "let one namespace own the host, with a listener of its own and `allowedRoutes`";
        let mut draft = INFO.about(object(&facts, Kind::Gateway, state.ns, state.name), message).hint(hint).field("spec.listeners");
        // The oldest route of each namespace stands for it.
        for oldest in shelves.iter().take(8).filter_map(|s| s.entries.first()) {
            if let Some(other) = route_ref(&facts, oldest.route) {
                draft = draft.related(other);
            }
        }
        out.push(draft.done());
    }
}
