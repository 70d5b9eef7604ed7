//! Some hostnames of a route lie in no listener that it attached to.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{some, subject};
use crate::model::host;
use crate::model::route::Hosts;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0205",
    name: "hostname-dropped",
    severity: Severity::Warning,
    title: "a hostname of the route lies in no listener",
    meaning: "The route is attached and served for its other hostnames. For this one there are no rows, and no condition of the route's status says so.",
    remedy: "Correct the hostname, or add a listener that covers it.",
    rules: &[12, 13],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    let Hosts::List(hosts) = &on.route.hosts else { return };
    if hosts.len() < 2 || on.state.claims.is_empty() {
        return;
    }
    let any = on.facts.words.any;
    let listeners = || on.state.claims.iter().filter_map(|c| on.engine.gateway_state(c.gateway)?.listener(c.listener));
    for (i, written) in hosts.iter().enumerate() {
        let text = on.facts.text(*written);
        if listeners().filter_map(|l| l.hostname(any)).any(|h| host::intersect(on.facts.text(h), text).is_some()) {
            continue;
        }
        let message = format!("hostname `{text}` lies in no listener that the route is attached to");
        let mut covered: Vec<&str> = listeners().filter_map(|l| l.hostname(any)).map(|h| on.facts.text(h)).collect();
        crate::sort::unstable(&mut covered);
        covered.dedup();
        let hint = format!("its listeners take {}", some(covered.into_iter()));
        // Entries that are no hostnames were taken out of the list, and so the index may be less than that of the text.
        let field = if on.route.issues.is_empty() { format!("spec.hostnames[{i}]") } else { "spec.hostnames".into() };
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(field).done());
    }
}
