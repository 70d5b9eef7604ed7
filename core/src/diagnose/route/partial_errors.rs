//! A rule of which some share gets errors.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::subject;
use crate::resolve::route::RefOf;
use crate::resolve::verdict::Verdict;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0114",
    name: "partial-errors",
    severity: Severity::Warning,
    title: "a share of a rule's requests gets 500",
    meaning: "Weights count for invalid backends too: their share of the requests is answered with 500, the rest is served.",
    remedy: "Mend or remove the invalid backendRefs, or set their weight to 0.",
    rules: &[31],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.failed.is_empty() {
        return;
    }
    for (i, rule) in on.route.rules.iter().enumerate() {
        if rule.filters.as_deref().is_some_and(|f| f.redirect.is_some()) {
            continue;
        }
        let weight = |at: usize| rule.backends.get(at).map_or(0, |b| u64::from(b.weight.unsigned_abs()));
        let bad = on.failed.iter().filter_map(|f| match (f.rule == i, f.what, f.state.usable) {
            (true, RefOf::Backend(at), Verdict::No(_)) => Some(weight(at)),
            _ => None,
        });
        let bad: u64 = bad.fold(0, u64::saturating_add);
        let total: u64 = rule.backends.iter().map(|b| u64::from(b.weight.unsigned_abs())).fold(0, u64::saturating_add);
        if bad == 0 || bad >= total {
            continue;
        }
        let percent = bad.saturating_mul(100).checked_div(total).unwrap_or(0).max(1);
        let message = format!("{percent} % of the requests of rule {i} get 500: weight `{bad}` of `{total}` goes to backends that cannot take them");
        let hint = "mend or remove the invalid backendRefs, or set their weight to 0";
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(format!("spec.rules[{i}].backendRefs")).done());
    }
}
