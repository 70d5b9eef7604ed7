//! A port in a reference to an XBackend.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_ref, name_of, ref_field, subject};
use crate::resolve::backends::UNSUPPORTED_VALUE;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0112",
    name: "xbackend-port",
    severity: Severity::Error,
    title: "a reference to an XBackend names a port",
    meaning: "An XBackend has its own port, and a backendRef must not name one: requests that it would take are answered with 500.",
    remedy: "Remove `port` from the backendRef; the XBackend's spec.port holds it.",
    rules: &[32],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (f, b) in on.unusable(UNSUPPORTED_VALUE) {
        let target = backend_ref(&on.facts, b);
        let message = format!("the reference to {} names port `{}`, and an XBackend has its own", name_of(&target), b.port);
        let field = format!("{}.port", ref_field(on.route, f.rule, f.what));
        out.push(INFO.about(subject(&on.facts, on.route), message).hint("remove `port` from the backendRef").field(field).related(target).done());
    }
}
