//! Routes at their parents.

use super::{Diff, Kind, Verdict, name};
use crate::case::{Attachment, Parent};
use gatescope_core::types::{self, Report, Tri};

pub(super) fn judge(want: &Attachment, report: &Report) -> Verdict {
    let subject = format!("{} -> {}", name::object(&want.route), name::parent(&want.parent_ref));
    let row = report.attachments.iter().find(|a| a.route == want.route && same(&want.parent_ref, &a.parent_ref));
    let (diff, clue) = match row {
        Some(row) => (compare(want, row), clue(row)),
        None => (Diff::missing("no attachment"), String::new()),
    };
    Verdict::new(Kind::Attachments, subject, want.label.as_ref(), diff, clue)
}

fn same(want: &Parent, got: &types::ParentRef) -> bool {
    got.kind == want.kind && got.namespace == want.namespace && got.name == want.name && got.section_name == want.section_name && got.port == want.port
}

fn compare(want: &Attachment, got: &types::Attachment) -> Diff {
    let mut diff = Diff::default();
    diff.compare("accepted", want.accepted.map(|w| tri(w.0)).as_ref(), &tri(got.accepted));
    diff.compare("reason", want.reason.as_ref(), &got.reason.to_string());
    diff.compare("cause", want.cause.as_ref(), &got.cause.clone().unwrap_or_default());
    diff.compare("resolvedRefs", want.resolved_refs.map(|w| tri(w.0)).as_ref(), &tri(got.resolved_refs));
    diff.compare("resolvedRefsReason", want.resolved_refs_reason.as_ref(), &got.resolved_refs_reason.to_string());
    let listeners = want.listeners.as_ref().map(name::set);
    diff.compare("listeners", listeners.as_ref(), &name::set(&got.listeners));
    diff
}

fn clue(got: &types::Attachment) -> String {
    let gates: Vec<String> =
        got.gates.iter().filter(|g| g.passed != Some(true)).map(|g| format!("{}:{} wanted {} found {}", g.listener, g.gate, g.wanted, g.found)).collect();
    let cause = got.cause.as_deref().unwrap_or_default();
    format!("accepted={:?} {} {cause} listeners={:?} {}", got.accepted, got.reason, got.listeners, gates.join("; "))
}

pub(super) fn tri(t: Tri) -> String {
    format!("{t:?}")
}
