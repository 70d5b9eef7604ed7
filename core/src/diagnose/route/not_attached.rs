//! A parentRef that no listener accepts, or of which that cannot be told.

use super::OnRoute;
use crate::attach::gates::gates;
use crate::attach::{NO_HOSTNAME, NO_MATCHING_PARENT as NO_PARENT};
use crate::diagnose::Info;
use crate::diagnose::text::{closest, some, subject};
use crate::model::Kind;
use crate::model::route::{Hosts, ParentKind, ParentRef};
use crate::types::{Finding, Severity, Tri};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static NO_MATCHING_PARENT: Info = Info {
    code: "GS0201",
    name: "no-matching-parent",
    severity: Severity::Error,
    title: "a parentRef names no listener of its parent",
    meaning: "The route is not attached there: none of its rules is served through this parent.",
    remedy: "Correct sectionName or port, or add such a listener to the parent.",
    rules: &[2, 5],
};

pub(crate) static NOT_ALLOWED: Info = Info {
    code: "GS0202",
    name: "not-allowed-by-listeners",
    severity: Severity::Error,
    title: "no listener of the parent lets this route in",
    meaning: "The route is not attached there: the listeners take other kinds of route, or routes of other namespaces.",
    remedy: "Change allowedRoutes of the listener, or the route's kind, namespace or labels of its namespace.",
    rules: &[7, 8, 9, 10, 11, 23],
};

pub(crate) static NO_HOSTNAME_INFO: Info = Info {
    code: "GS0203",
    name: "no-matching-listener-hostname",
    severity: Severity::Error,
    title: "no hostname of the route lies within a listener's",
    meaning: "The route is not attached there: no request that the listener takes can have one of the route's hostnames.",
    remedy: "Correct the route's hostnames, or the listener's hostname.",
    rules: &[12, 13, 14, 16],
};

pub(crate) static PARENT_UNKNOWN: Info = Info {
    code: "GS0204",
    name: "attachment-unknown",
    severity: Severity::Warning,
    title: "whether a route is attached cannot be told",
    meaning: "The parent, its class or the route's namespace is not in the snapshot, so nobody can say here whether it is served.",
    remedy: "Collect the missing kind or object; `--complete` says that everything was collected.",
    rules: &[3, 11],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    for (p, verdict) in on.state.attachments(on.route) {
        if verdict.accepted == Tri::True {
            continue;
        }
        // GS0007 has said of each hostname that it is none.
        if verdict.reason() == NO_HOSTNAME && on.route.hosts == Hosts::List(alloc::boxed::Box::default()) && !on.route.issues.is_empty() {
            continue;
        }
        let facts = &on.facts;
        let parent = crate::diagnose::text::parent_object(facts, p);
        let target = crate::diagnose::text::name_of(&parent);
        let field = on.route.parents.iter().position(|o| o == p).map_or_else(|| String::from("spec.useDefaultGateways"), |i| format!("spec.parentRefs[{i}]"));
        let sources = on.engine.sources();
        let all = gates(facts, sources.gateways, on.route, p);
        let refused = all.iter().filter(|g| g.passed == Some(false));
        let first = refused.clone().find(|g| !matches!(&*g.gate, "section" | "port")).or_else(|| refused.clone().next());
        let (info, message, hint): (&'static Info, String, String) = match (verdict.accepted, verdict.reason()) {
            (Tri::Unknown, _) => {
                let cause = verdict.cause.map_or_else(String::new, |c| c.text(facts.names));
                (
                    &PARENT_UNKNOWN,
                    format!("whether {target} takes this route is unknown: {cause}"),
                    near_parent(on, p, &cause).unwrap_or_else(|| unknown_hint(&cause)),
                )
            }
            (_, NO_PARENT) => {
                let mut wanted: Vec<String> = Vec::new();
                if p.section.is_some() {
                    wanted.push(format!("name `{}`", facts.text(p.section)));
                }
                if p.port != 0 {
                    wanted.push(format!("port {}", p.port));
                }
                let has = || all.iter().filter(|g| &*g.gate == "section" || (&*g.gate == "port" && g.passed == Some(false))).map(|g| &*g.listener);
                let near = closest(facts.text(p.section), has());
                let hint = match near {
                    Some(near) if p.section.is_some() => format!("did you mean `{near}`?"),
                    _ if has().next().is_none() => String::from("add a listener to it"),
                    _ => format!("its listeners are {}", some(has().map(|n| format!("`{n}`")))),
                };
                (
                    &NO_MATCHING_PARENT,
                    format!("{target} has no listener with {}", if wanted.is_empty() { String::from("any name") } else { wanted.join(" and ") }),
                    hint,
                )
            }
            (_, NO_HOSTNAME) => {
                let gate = all.iter().find(|g| &*g.gate == "hostname" && g.passed == Some(false));
                let (wanted, found) = gate.map_or(("", ""), |g| (&g.wanted, &g.found));
                (
                    &NO_HOSTNAME_INFO,
                    format!("no hostname of the route ({found}) lies within a listener of {target} (`{wanted}`)"),
                    String::from("a `*.` label takes one or more labels, and never the bare domain"),
                )
            }
            _ => {
                let said = first.map_or_else(String::new, |g| match &*g.gate {
                    "namespace" => format!(": listener `{}` takes routes of {}, this one is in {}", g.listener, g.wanted, g.found),
                    "allowed-listeners" => format!(": its Gateway takes ListenerSets of {}, this one is in {}", g.wanted, g.found),
                    "protocol" => format!(": on listener `{}`, {}", g.listener, g.wanted),
                    _ => format!(": listener `{}` takes {}, not {}", g.listener, g.wanted, g.found),
                });
                (&NOT_ALLOWED, format!("{target} does not let this route in{said}"), String::from("change `allowedRoutes` of the listener, or move the route"))
            }
        };
        out.push(info.about(subject(facts, on.route), message).hint(hint).field(field).related(parent).done());
    }
}

/// A parent of a like name.
fn near_parent(on: &OnRoute<'_>, p: &ParentRef, cause: &str) -> Option<String> {
    let kind = match p.to {
        ParentKind::Gateway => Kind::Gateway,
        ParentKind::Set(kind) => kind,
        ParentKind::Service | ParentKind::Other => return None,
    };
    let near = (cause == "ParentNotFound").then(|| on.near(kind, p.ns, on.facts.text(p.name)))??;
    Some(format!("the parent is not in the input: did you mean `{near}`?"))
}

fn unknown_hint(cause: &str) -> String {
    match cause {
        "ParentNotFound" => String::from("the parent is not in the input; add it, or correct the parentRef"),
        "ClassNotFound" => String::from("the parent's GatewayClass is not in the input; add it, or correct `gatewayClassName`"),
        "NamespaceNotFound" => String::from("the route's Namespace is not in the input, and its labels decide"),
        _ => String::from("collect that kind too, or say `--complete` where the input is everything there is"),
    }
}
