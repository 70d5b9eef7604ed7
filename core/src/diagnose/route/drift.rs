//! What a controller reported of a route, against what was computed.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::subject;
use crate::report::parts::{drifts, reported};
use crate::resolve::route::resolved_refs;
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

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.route.status.is_empty() {
        return;
    }
    let mut stale = false;
    for (p, verdict) in &on.state.attachments {
        let Some(said) = reported(&on.facts, on.engine.sources().gateways, on.route, p, verdict) else { continue };
        if !said.current {
            stale = true;
            continue;
        }
        let profile = verdict.gateway.and_then(|g| on.engine.gateway_state(g)).map_or(on.profile, |g| g.profile);
        let healthy = on.failed.is_empty() && core::ptr::eq(profile, on.profile);
        let resolved = if healthy { (Tri::True, "ResolvedRefs", None) } else { resolved_refs(&on.facts, on.route, profile) };
        let mut differ: Vec<String> = Vec::new();
        if drifts(verdict.accepted, said.accepted, true) {
            differ.push(format!("Accepted={:?}, computed is {:?} `{}`", said.accepted, verdict.accepted, verdict.reason));
        }
        if drifts(resolved.0, said.resolved, true) {
            differ.push(format!("ResolvedRefs={:?}, computed is {:?} `{}`", said.resolved, resolved.0, resolved.1));
        }
        if differ.is_empty() {
            continue;
        }
        let parent = crate::diagnose::text::parent_object(&on.facts, p);
        let message = format!("`{}` reports {}", on.facts.text(said.controller), differ.join("; "));
        let field = on.route.status.iter().position(|s| core::ptr::eq(s, said)).map_or_else(|| "status".into(), |i| format!("status.parents[{i}]"));
        let hint = "maybe the controller has not looked again since another object changed, or it departs from the standard here";
        out.push(DRIFT.about(subject(&on.facts, on.route), message).hint(hint).field(field).related(parent).done());
    }
    if stale {
        let message = String::from("status is of an older generation of the route");
        out.push(STALE.about(subject(&on.facts, on.route), message).hint("wait for the controller, or see whether it runs").field("status.parents").done());
    }
}
