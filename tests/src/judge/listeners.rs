//! Listeners.

use super::{Diff, Kind, Verdict, name};
use crate::case::Listener;
use gatescope_core::types::{self, Report, Tri};

pub(super) fn judge(want: &Listener, report: &Report) -> Verdict {
    let subject = format!("{}#{}", name::object(&want.owner), want.name);
    let row = report.listeners.iter().find(|l| l.owner == want.owner && l.name == want.name);
    let (diff, clue) = match row {
        Some(row) => (compare(want, row), clue(row)),
        None => (Diff::missing("no listener"), String::new()),
    };
    Verdict::new(Kind::Listeners, subject, want.label.as_ref(), diff, clue)
}

fn compare(want: &Listener, got: &types::Listener) -> Diff {
    let mut diff = Diff::default();
    diff.compare("attachedRoutes", want.attached_routes.as_ref(), &got.attached_routes);
    let kinds = || got.supported_kinds.iter().map(|k| k.kind.clone());
    diff.compare("supportedKinds", want.supported_kinds.as_ref().map(name::set).as_ref(), &name::set(kinds()));
    if let Some(include) = &want.supported_kinds_include
        && !include.iter().all(|kind| kinds().any(|k| k == *kind))
    {
        diff.add("supportedKindsInclude", name::set(include), name::set(kinds()));
    }
    let programmed = match got.programmed {
        Some(true) => Tri::True,
        Some(false) => Tri::False,
        None => Tri::Unknown,
    };
    let tri = |t: Tri| format!("{t:?}");
    diff.compare("programmed", want.programmed.map(|w| tri(w.0)).as_ref(), &tri(programmed));
    diff.compare("cause", want.cause.as_ref(), &got.cause.clone().unwrap_or_default());
    if let Some(reasons) = &want.reasons
        && !reasons.iter().all(|reason| got.reasons.iter().any(|r| r == reason))
    {
        diff.add("reasons", name::set(reasons), name::set(&got.reasons));
    }
    diff
}

fn clue(got: &types::Listener) -> String {
    format!(
        "{}:{} {} programmed={:?} cause={:?} reasons={}",
        got.protocol,
        got.port,
        got.hostname.as_deref().unwrap_or("*"),
        got.programmed,
        got.cause.as_deref().unwrap_or_default(),
        name::set(&got.reasons)
    )
}
