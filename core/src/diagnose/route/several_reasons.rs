//! Rule 14: an attachment that fails for different reasons on different listeners.

use super::OnRoute;
use crate::attach::gates::gates;
use crate::diagnose::Info;
use crate::diagnose::text::{some, subject};
use crate::types::{Finding, Severity, Tri};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0206",
    name: "several-refusal-reasons",
    severity: Severity::Info,
    title: "listeners refuse a route for different reasons",
    meaning: "Some listeners do not let the route in, others have no hostname for it. Which of the two reasons a controller reports is not specified.",
    remedy: "Name the intended listener with sectionName, so that one reason is left.",
    rules: &[14],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (p, verdict) in on.state.attachments(on.route).filter(|(p, v)| v.accepted == Tri::False && p.section.is_none()) {
        let _ = verdict;
        let all = gates(&on.facts, on.engine.sources().gateways, on.route, p);
        let (mut permission, mut hostname): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for gate in all.iter().filter(|g| g.passed == Some(false)) {
            match &*gate.gate {
                "protocol" | "kind" | "namespace" => permission.push(&gate.listener),
                "hostname" if !permission.contains(&&*gate.listener) => hostname.push(&gate.listener),
                _ => {}
            }
        }
        permission.dedup();
        if permission.is_empty() || hostname.is_empty() {
            continue;
        }
        let tick = |n: &&str| format!("`{n}`");
        let message = format!(
            "listeners refuse the route for different reasons: {} by permission, {} by hostname",
            some(permission.iter().map(tick)),
            some(hostname.iter().map(tick))
        );
        let field = on.route.parents.iter().position(|o| o == p).map_or_else(|| "spec.parentRefs".into(), |i| format!("spec.parentRefs[{i}]"));
        out.push(INFO.about(subject(&on.facts, on.route), message).hint("name the listener that is meant with `sectionName`").field(field).done());
    }
}
