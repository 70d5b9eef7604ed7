//! Hazard: a host is served through a listener that the standard closes for it.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, subject};
use crate::resolve::shadow::owner;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0704",
    name: "host-served-through-closed-listener",
    severity: Severity::Error,
    title: "a host is served through a listener that does not own it",
    meaning: "The standard keeps the host for a more specific listener of the port. This controller serves it through the wider one too, past what the owner's allowedRoutes and TLS settings ask for.",
    remedy: "Narrow the wider listener's hostname or its allowedRoutes, or attach the route to the owner.",
    rules: &[17],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for at in &on.seen.open {
        let Some((state, l)) = on.engine.gateway_state(at.gateway).and_then(|s| Some((s, s.listener(at.listener)?))) else { continue };
        let Some(owning) = owner(&on.facts, state, l, at.pair.host).filter(|o| *o != at.listener) else { continue };
        if on.state.claims.iter().any(|c| c.gateway == at.gateway && c.listener == owning) {
            continue;
        }
        let Some(owning) = state.listener(owning) else { continue };
        let (_, mine) = listener_text(&on.facts, state, l);
        let (holder, theirs) = listener_text(&on.facts, state, owning);
        let message =
            format!("under `{}`, `{}` is served on {mine}, though the standard keeps it for {theirs}", state.profile.name, on.facts.text(at.pair.host));
        let hint = "attach the route to the listener that owns the host, or narrow what the wider listener lets in";
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field("spec.hostnames").related(holder).done());
    }
}
