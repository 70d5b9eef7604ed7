//! A Service of type ExternalName as a backend.

use super::{OnRoute, Remark};
use crate::diagnose::Info;
use crate::diagnose::text::{backend_of, backend_ref, name_of, ref_field, subject};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0106",
    name: "external-name-backend",
    severity: Severity::Warning,
    title: "a backend is a Service of type ExternalName",
    meaning: "The Gateway API discourages it, and implementations may refuse it: whoever may edit the Service decides by DNS where requests go, past every ReferenceGrant.",
    remedy: "Refer to a Service with endpoints, or to a kind made for hosts outside of the cluster.",
    rules: &[32],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (rule, what, _) in on.services.iter().filter(|(_, _, r)| *r == Remark::ExternalName) {
        let Some(b) = backend_of(on.route, *rule, *what) else { continue };
        let target = backend_ref(&on.facts, b);
        let message = format!("{} is of type ExternalName, which implementations may refuse", name_of(&target));
        let hint = "use a Service with endpoints; DNS of an ExternalName may lead requests anywhere, also into other namespaces";
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(ref_field(on.route, *rule, *what)).related(target).done());
    }
}
