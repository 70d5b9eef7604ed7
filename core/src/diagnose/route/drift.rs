//! What a controller reported of a route, against what was computed.

use super::profile_of;
use crate::diagnose::Info;
use crate::diagnose::text::subject;
use crate::engine::Engine;
use crate::report::parts::{drifts, reported};
use crate::resolve::route::{dropped, resolved_refs};
use crate::types::{Finding, Severity, Tri};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static DRIFT: Info = Info {
    code: "GS0601",
    name: "drift",
    severity: Severity::Warning,
    title: "the controller's status and the computed verdict differ",
    meaning: "Status is current and says otherwise: the controller saw other objects, departs from the standard, or did not look again after a change.",
    remedy: "Look at the controller's log and version; where it departs from the standard, choose its profile.",
    rules: &[44, 45, 46],
};

pub(crate) static STALE: Info = Info {
    code: "GS0603",
    name: "stale-status",
    severity: Severity::Info,
    title: "status is of an older generation",
    meaning: "The controller has not looked at the object since its last change, so its conditions are about an older text.",
    remedy: "Wait; where it stays so, see whether the controller runs.",
    rules: &[45],
};

pub(crate) fn notice(engine: &Engine, handle: u32, out: &mut Vec<Finding>) {
    let facts = &engine.facts();
    let (Some(route), Some(state)) = (facts.store.routes.get(handle).filter(|r| !r.status.is_empty()), engine.route_state(handle)) else { return };
    let first = profile_of(engine, state);
    let mut stale = false;
    for (p, verdict) in state.attachments(route) {
        let Some(said) = reported(engine.sources().gateways, route, p, verdict) else { continue };
        if !said.current {
            stale = true;
            continue;
        }
        let profile = verdict.gateway().and_then(|g| engine.gateway_state(g)).map_or(first, |g| g.profile);
        let healthy = state.resolves && core::ptr::eq(profile, first) && !dropped(route, profile);
        let resolved = if healthy { (Tri::True, "ResolvedRefs", None) } else { resolved_refs(facts, route, profile) };
        let mut differ: Vec<String> = Vec::new();
        if drifts(verdict.accepted, said.accepted, true) {
            differ.push(format!("Accepted={:?}, computed is {:?} `{}`", said.accepted, verdict.accepted, verdict.reason()));
        }
        if drifts(resolved.0, said.resolved, true) {
            differ.push(format!("ResolvedRefs={:?}, computed is {:?} `{}`", said.resolved, resolved.0, resolved.1));
        }
        if differ.is_empty() {
            continue;
        }
        let parent = crate::diagnose::text::parent_object(facts, p);
        let message = format!("`{}` reports {}", facts.text(said.controller), differ.join("; "));
        let field = route.status.iter().position(|s| core::ptr::eq(s, said)).map_or_else(|| "status".into(), |i| format!("status.parents[{i}]"));
        let hint = "maybe the controller has not looked again since another object changed, or it departs from the standard here";
        out.push(DRIFT.about(subject(facts, route), message).hint(hint).field(field).related(parent).done());
    }
    if stale {
        let message = String::from("status is of an older generation of the route");
        out.push(STALE.about(subject(facts, route), message).hint("wait for the controller, or see whether it runs").field("status.parents").done());
    }
}
