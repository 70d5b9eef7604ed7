//! A Service without a ready endpoint.

use super::{OnRoute, Remark};
use crate::diagnose::Info;
use crate::diagnose::text::{backend_of, backend_ref, name_of, ref_field, subject};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0107",
    name: "no-ready-endpoints",
    severity: Severity::Warning,
    title: "a backend has no ready endpoint",
    meaning: "The row stays exposed: the way is open, and nobody answers at its end. Requests are answered with 503 until a Pod is ready.",
    remedy: "Look at the Pods behind the Service, and whether its selector names them.",
    rules: &[44],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (rule, what, _) in on.services.iter().filter(|(_, _, r)| *r == Remark::NoEndpoints) {
        let Some(b) = backend_of(on.route, *rule, *what) else { continue };
        let target = backend_ref(&on.facts, b);
        let message = format!("{} has no ready endpoint", name_of(&target));
        let hint = "maybe its selector matches no Pod, or none of them is ready";
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(ref_field(on.route, *rule, *what)).related(target).done());
    }
}
