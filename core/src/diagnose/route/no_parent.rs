//! A route that names no parent at all.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::subject;
use crate::types::{Finding, Severity};
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0207",
    name: "no-parent",
    severity: Severity::Warning,
    title: "a route has no parent",
    meaning: "Without a parentRef the route is attached to nothing and served nowhere.",
    remedy: "Add a parentRef that names a Gateway.",
    rules: &[1, 6],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if !on.route.parents.is_empty() || !on.state.verdicts.is_empty() {
        return;
    }
    let (message, hint) = if on.route.default_scope.is_some() {
        ("the route asks for default Gateways, and there is none", "set `defaultScope: All` on a Gateway, or add a parentRef")
    } else {
        ("the route has no parentRefs, so it is served nowhere", "add a parentRef that names a Gateway")
    };
    out.push(INFO.about(subject(&on.facts, on.route), message.into()).hint(hint).field("spec.parentRefs").done());
}
