//! A wildcard, or every host, on an external address.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, subject};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0504",
    name: "wildcard-host",
    severity: Severity::Info,
    title: "a route serves every host, or a wildcard, on an external address",
    meaning: "Names that nobody has thought of yet lead to this route as soon as DNS does.",
    remedy: "List the hostnames that the route is meant for.",
    rules: &[12, 48],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for at in &on.seen.wildcard {
        let Some((state, l)) = on.engine.gateway_state(at.gateway).and_then(|s| Some((s, s.listener(at.listener)?))) else { continue };
        let (owner, text) = listener_text(&on.facts, state, l);
        let host = match on.facts.text(at.pair.host) {
            "*" => String::from("every host"),
            wildcard => format!("every host of `{wildcard}`"),
        };
        let message = format!("the route serves {host} on {text}, on an external address");
        out.push(INFO.about(subject(&on.facts, on.route), message).hint("list the hostnames that are meant").field("spec.hostnames").related(owner).done());
    }
}
