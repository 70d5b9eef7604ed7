//! Hazard: a filter that the controller does not support takes every rule of its route out.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{ref_field, subject};
use crate::resolve::route::{RefOf, dropped};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0703",
    name: "filter-takes-route-out",
    severity: Severity::Error,
    title: "an unsupported filter takes every rule of its route out",
    meaning: "The controller leaves the whole route out of its configuration: requests get another route's answer, or 404. Accepted stays True.",
    remedy: "Remove the filter, or put its rule into a route of its own.",
    rules: &[40],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    let holders = on.route.rules.iter().enumerate().filter_map(|(i, r)| Some((i, r.filters.as_deref().filter(|f| f.on_backend || !f.extensions.is_empty())?)));
    let mut holders = holders.peekable();
    if holders.peek().is_none() {
        return;
    }
    let states = || on.state.claims.iter().filter_map(|c| on.engine.gateway_state(c.gateway));
    let Some(profile) = states().map(|s| s.profile).find(|p| dropped(on.route, p)) else { return };
    for (i, filters) in holders {
        let (field, what) = match filters.extensions.first() {
            Some(e) => (ref_field(on.route, i, RefOf::Extension(0)), format!("the filter {} `{}`", on.facts.text(e.kind), on.facts.text(e.name))),
            None => (format!("spec.rules[{i}].backendRefs"), String::from("a redirect or rewrite on a backendRef")),
        };
        let message = format!("under `{}`, {what} takes all rules of the route out: requests get another route's answer, or 404", profile.name);
        out.push(INFO.about(subject(&on.facts, on.route), message).hint("remove the filter, or put its rule into a route of its own").field(field).done());
    }
}
