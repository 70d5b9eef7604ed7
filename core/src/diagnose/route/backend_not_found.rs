//! A backend that does not exist.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_ref, name_of, ref_field, subject};
use crate::resolve::backends::BACKEND_NOT_FOUND;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0102",
    name: "backend-not-found",
    severity: Severity::Error,
    title: "a backend does not exist",
    meaning: "The route stays accepted, and requests that this backend would take are answered with 500.",
    remedy: "Create the backend, or correct the name or namespace of the reference.",
    rules: &[29, 31, 33],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (f, b) in on.unusable(BACKEND_NOT_FOUND) {
        // GS0002 has said that the name is missing.
        if b.name.is_none() {
            continue;
        }
        let target = backend_ref(&on.facts, b);
        let near = on.facts.backend_kind(b.group, b.kind).and_then(|k| on.near(k, b.ns, &target.name));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("create {} in namespace `{}`, or correct the reference", target.kind, on.facts.text(b.ns)),
        };
        let message = format!("{} does not exist", name_of(&target));
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(ref_field(on.route, f.rule, f.what)).related(target).done());
    }
}
