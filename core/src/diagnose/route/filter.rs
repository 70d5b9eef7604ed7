//! An ExtensionRef that does not resolve, or of which that cannot be told.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{ref_field, subject};
use crate::profile::Flag;
use crate::resolve::verdict::Verdict;
use crate::types::{Finding, ObjectRef, Severity, Text};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(crate) static NOT_RESOLVED: Info = Info {
    code: "GS0109",
    name: "filter-not-resolved",
    severity: Severity::Error,
    title: "a filter's extensionRef does not exist",
    meaning: "A filter that cannot be applied is never skipped: requests of the rule are answered with an error.",
    remedy: "Create the object that the extensionRef names, or remove the filter.",
    rules: &[40],
};

pub(crate) static UNKNOWN: Info = Info {
    code: "GS0115",
    name: "filter-unknown",
    severity: Severity::Warning,
    title: "whether a filter can be applied cannot be told",
    meaning: "The kind that the extensionRef names was not collected; where the object is missing, requests of the rule are answered with an error.",
    remedy: "Collect that kind too.",
    rules: &[40],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    // There every ExtensionRef takes the whole route out, see filter_takes_route_out.
    if on.failed.is_empty() || on.profile.has(Flag::FilterDropsRoute) {
        return;
    }
    for (f, extension) in on.extensions() {
        let Some(e) = extension else { continue };
        let text = |s| on.facts.text(s).to_string();
        let target = ObjectRef { kind: Text::Owned(text(e.kind)), namespace: Some(text(on.route.meta.ns)), name: text(e.name) };
        let (kind, group, name) = (on.facts.text(e.kind), on.facts.text(e.group), on.facts.text(e.name));
        let (info, message, hint): (&'static Info, String, String) = match f.state.refs {
            Verdict::No(_) => {
                let message = format!("the filter {kind} `{name}` of group `{group}` does not exist, so requests of rule {} get an error", f.rule);
                (&NOT_RESOLVED, message, format!("create it in namespace `{}`, or remove the filter", on.facts.text(on.route.meta.ns)))
            }
            Verdict::Unknown(cause) => {
                let message = format!("whether the filter {kind} `{name}` of group `{group}` exists is unknown: {}", cause.text(on.facts.names));
                (&UNKNOWN, message, String::from("collect that kind too"))
            }
            Verdict::Yes => continue,
        };
        let field = ref_field(on.route, f.rule, f.what);
        out.push(info.about(subject(&on.facts, on.route), message).hint(hint).field(field).related(target).done());
    }
}
