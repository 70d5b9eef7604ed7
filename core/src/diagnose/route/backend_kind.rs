//! A backendRef of a kind that is no backend.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_ref, closest, ref_field, subject};
use crate::resolve::backends::INVALID_KIND;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0104",
    name: "invalid-backend-kind",
    severity: Severity::Error,
    title: "a backendRef names a kind that cannot be a backend",
    meaning: "No controller that is known here sends requests to this kind, so requests that it would take are answered with 500.",
    remedy: "Refer to a Service, a ServiceImport or an XBackend.",
    rules: &[29, 32],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (f, b) in on.unusable(INVALID_KIND) {
        let target = backend_ref(&on.facts, b);
        let group = on.facts.text(b.group);
        let kind = if group.is_empty() { String::from(&*target.kind) } else { format!("{}.{group}", target.kind) };
        let near = closest(&target.kind, ["Service", "ServiceImport", "XBackend"].into_iter());
        let hint = match (&*target.kind, near) {
            ("Service", _) => String::from("a Service is of the core group: leave `group` out"),
            ("ServiceImport", _) => String::from("a ServiceImport is of the group `multicluster.x-k8s.io`"),
            ("XBackend", _) => String::from("an XBackend is of the group `gateway.networking.x-k8s.io`"),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            _ => String::from("put a Service before it, and refer to that"),
        };
        let field = format!("{}.kind", ref_field(on.route, f.rule, f.what));
        out.push(INFO.about(subject(&on.facts, on.route), format!("`{kind}` is no kind of backend")).hint(hint).field(field).related(target).done());
    }
}
