//! Backends of which nobody can say whether they are there.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_of, backend_ref, name_of, ref_field, subject};
use crate::resolve::verdict::{Cause, Verdict};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0113",
    name: "backend-unknown",
    severity: Severity::Warning,
    title: "whether a backend can be reached cannot be told",
    meaning: "Its kind or the grants were not collected, or only its controller knows the kind, so the rows are unknown.",
    remedy: "Collect the missing kind; `--complete` says that everything was collected.",
    rules: &[26, 29, 32],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.failed.is_empty() {
        return;
    }
    // One finding for each cause: where Services were not collected, every reference has the same.
    let mut said: Vec<Cause> = Vec::new();
    let unknown = |f: &super::Failed| match f.state.usable {
        Verdict::Unknown(cause) => Some(cause),
        _ => None,
    };
    for f in &on.failed {
        let (Some(cause), Some(b)) = (unknown(f), backend_of(on.route, f.rule, f.what)) else { continue };
        if said.contains(&cause) {
            continue;
        }
        said.push(cause);
        let target = backend_ref(&on.facts, b);
        let same = on.failed.iter().filter(|o| unknown(o) == Some(cause) && backend_of(on.route, o.rule, o.what).is_some()).count();
        let more = match same {
            0 | 1 => String::new(),
            n => format!(" (and {} more)", n.saturating_sub(1)),
        };
        let message = format!("whether requests reach {}{more} is unknown: {}", name_of(&target), cause.text(on.facts.names));
        let hint = match cause {
            Cause::UnsupportedBackendKind => "the controller may serve this kind; its own status says whether it does",
            _ => "collect that kind too, or say `--complete` where the input is everything there is",
        };
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(ref_field(on.route, f.rule, f.what)).related(target).done());
    }
}
