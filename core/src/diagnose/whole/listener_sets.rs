//! ListenerSets that are refused, or whose Gateway is not there.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{closest, names_in};
use crate::engine::Engine;
use crate::model::Kind;
use crate::report::rows::object;
use crate::resolve::verdict::{Cause, Verdict};
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static REFUSED: Info = Info {
    code: "GS0306",
    name: "listener-set-refused",
    severity: Severity::Error,
    title: "a ListenerSet is not accepted",
    meaning: "None of its listeners is served, and routes that name it are not attached.",
    remedy: "Let its namespace in with the Gateway's allowedListeners, or mend its listeners.",
    rules: &[10, 23],
};

pub(crate) static UNKNOWN: Info = Info {
    code: "GS0315",
    name: "listener-set-unknown",
    severity: Severity::Warning,
    title: "whether a ListenerSet is accepted cannot be told",
    meaning: "Its Gateway, or the namespace that a selector asks about, is not in the input; its listeners and their routes are unknown.",
    remedy: "Add the missing object, or correct the parentRef.",
    rules: &[3, 11, 23],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    let gateway = || object(facts, Kind::Gateway, state.ns, state.name);
    for set in &state.sets {
        let me = || object(facts, set.kind, set.ns, set.name);
        let (ns, name) = (facts.text(state.ns), facts.text(state.name));
        match (set.accepted, set.allowed) {
            (Verdict::No(reason), _) => {
                let (why, hint) = match reason {
                    "NotAllowed" => (
                        format!("Gateway {ns}/{name} does not allow ListenerSets of namespace `{}`", facts.text(set.ns)),
                        String::from("let the namespace in with `spec.allowedListeners` of the Gateway, which allows none by default"),
                    ),
                    "ParentNotAccepted" => (format!("Gateway {ns}/{name} is not accepted"), String::from("see the Gateway's status")),
                    _ => (String::from("none of its listeners is valid"), String::from("see the findings about its listeners")),
                };
                let field = if reason == "ListenersNotValid" { "spec.listeners" } else { "spec.parentRef" };
                out.push(
                    REFUSED.about(me(), format!("the {} is refused ({reason}): {why}", set.kind.name())).hint(hint).field(field).related(gateway()).done(),
                );
            }
            (_, Verdict::Unknown(cause)) => {
                let message = format!("whether Gateway {ns}/{name} allows this {} is unknown: {}", set.kind.name(), cause.text(facts.names));
                out.push(UNKNOWN.about(me(), message).hint("collect Namespaces too").field("spec.parentRef").related(gateway()).done());
            }
            _ => {}
        }
    }
}

/// A ListenerSet whose Gateway is not there.
pub(crate) fn orphan(engine: &Engine, handle: u32, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let Some(set) = facts.store.sets.get(handle) else { return };
    let Some((ns, name)) = set.gateway else { return };
    if facts.store.find(Kind::Gateway, ns, name).is_some() {
        return;
    }
    let cause = facts.missing(Kind::Gateway).unwrap_or(Cause::ParentNotFound);
    let message = format!("whether Gateway {}/{} takes this {} is unknown: {}", facts.text(ns), facts.text(name), set.kind.name(), cause.text(facts.names));
    let near = closest(facts.text(name), names_in(&facts, Kind::Gateway, ns));
    let hint = near.map_or_else(|| String::from("add the Gateway to the input, or correct the parentRef"), |n| format!("did you mean `{n}`?"));
    let me = object(&facts, set.kind, set.meta.ns, set.meta.name);
    out.push(UNKNOWN.about(me, message).hint(hint).field("spec.parentRef").related(object(&facts, Kind::Gateway, ns, name)).done());
}
