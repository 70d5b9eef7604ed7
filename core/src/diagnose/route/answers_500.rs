//! A rule without anything that could answer.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::subject;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0108",
    name: "rule-answers-500",
    severity: Severity::Error,
    title: "a rule has no backend that receives requests",
    meaning: "Every request that matches the rule is answered with 500 (connections are closed), and no other rule gets it.",
    remedy: "Add a backendRef, a weight above 0, or a redirect.",
    rules: &[31, 34],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (i, rule) in on.route.rules.iter().enumerate() {
        if rule.backends.iter().any(|b| b.weight > 0) {
            continue;
        }
        // A redirect answers by itself, and an extension filter may.
        if rule.filters.as_deref().is_some_and(|f| f.redirect.is_some() || (rule.backends.is_empty() && !f.extensions.is_empty())) {
            continue;
        }
        let (message, hint) = if rule.backends.is_empty() {
            (format!("rule {i} has no backendRefs and no redirect, so it answers 500"), "add a backendRef or a RequestRedirect filter")
        } else {
            (format!("every backendRef of rule {i} has weight `0`, so it answers 500"), "give one of them a weight above 0")
        };
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field(format!("spec.rules[{i}].backendRefs")).done());
    }
}
