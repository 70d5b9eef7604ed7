//! A port that the backend does not have, or has for another protocol.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_ref, name_of, ref_field, some, subject};
use crate::model::backend::{Backend, Port};
use crate::model::kinds::Kind;
use crate::resolve::Facts;
use crate::resolve::backends::{BACKEND_PORT_NOT_FOUND, UNSUPPORTED_PROTOCOL};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(crate) static NOT_FOUND: Info = Info {
    code: "GS0103",
    name: "backend-port-not-found",
    severity: Severity::Error,
    title: "a backend does not have the port",
    meaning: "A backendRef names the port of the Service, not the port of its Pods. Requests that this backend would take are answered with 500.",
    remedy: "Use one of the Service's ports, or add the port to the Service.",
    rules: &[29, 30],
};

pub(crate) static PROTOCOL: Info = Info {
    code: "GS0105",
    name: "unsupported-protocol",
    severity: Severity::Error,
    title: "a backend has the port for another protocol only",
    meaning: "The route's protocol does not reach the backend: requests that it would take are answered with 500.",
    remedy: "Use a port of the right protocol, or add one to the Service.",
    rules: &[29],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.failed.is_empty() {
        return;
    }
    for (info, reason) in [(&NOT_FOUND, BACKEND_PORT_NOT_FOUND), (&PROTOCOL, UNSUPPORTED_PROTOCOL)] {
        for (f, b) in on.unusable(reason) {
            let target = backend_ref(&on.facts, b);
            let found = on.facts.backend_kind(b.group, b.kind).and_then(|kind| on.facts.store.backend(kind, b.ns, b.name));
            let name = name_of(&target);
            let (message, hint) = match found {
                _ if b.port == 0 => (format!("the reference to {name} names no port"), format!("name a port; {}", ports(&on.facts, found))),
                Some(service) if reason == BACKEND_PORT_NOT_FOUND => (format!("{name} has no port `{}`", b.port), wrong_port(&on.facts, service, b.port)),
                _ => {
                    let wanted = if on.route.kind == Kind::UdpRoute { "UDP" } else { "TCP" };
                    (
                        format!("{name} does not have port `{}` for {wanted}, as routes of kind {} need it", b.port, on.route.kind.name()),
                        ports(&on.facts, found),
                    )
                }
            };
            let field = format!("{}.port", ref_field(on.route, f.rule, f.what));
            out.push(info.about(subject(&on.facts, on.route), message).hint(hint).field(field).related(target).done());
        }
    }
}

/// A number that is a targetPort is the usual mistake.
fn wrong_port(facts: &Facts<'_>, service: &Backend, wrong: u16) -> String {
    match service.ports.iter().find(|p| p.target == wrong) {
        Some(p) => format!("`{wrong}` is the targetPort of its port `{}`, and a backendRef names the Service's port: did you mean `{}`?", p.port, p.port),
        None => ports(facts, Some(service)),
    }
}

fn ports(facts: &Facts<'_>, service: Option<&Backend>) -> String {
    let text = |p: &Port| {
        let protocol = if p.udp { "/UDP" } else { "" };
        if p.name.is_some() { format!("{}{protocol} ({})", p.port, facts.text(p.name)) } else { format!("{}{protocol}", p.port) }
    };
    match service.map(|s| &s.ports) {
        Some(list) if !list.is_empty() => format!("its ports are {}", some(list.iter().map(text))),
        _ => "it has no ports".to_string(),
    }
}
