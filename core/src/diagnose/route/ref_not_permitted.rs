//! A backend in another namespace without a ReferenceGrant.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_ref, name_of, ref_field, subject};
use crate::resolve::grants::REF_NOT_PERMITTED;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0101",
    name: "ref-not-permitted",
    severity: Severity::Error,
    title: "a reference into another namespace has no ReferenceGrant",
    meaning: "The backend's namespace has not allowed this reference, so requests that it would take are answered with 500.",
    remedy: "Create a ReferenceGrant in the backend's namespace. One grant must name both sides: entries of two grants do not join.",
    rules: &[26, 27],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (f, b) in on.unusable(REF_NOT_PERMITTED) {
        let target = backend_ref(&on.facts, b);
        let (kind, from, to) = (on.route.kind.name(), on.facts.text(on.route.meta.ns), on.facts.text(b.ns));
        let message = format!("namespace `{to}` does not permit {kind}s of `{from}` to refer to {}", name_of(&target));
        let hint = format!("create a ReferenceGrant in namespace `{to}` from {kind} in `{from}` to {} `{}`", target.kind, target.name);
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(ref_field(on.route, f.rule, f.what)).related(target).done());
    }
}
