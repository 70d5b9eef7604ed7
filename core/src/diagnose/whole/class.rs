//! GatewayClasses that are not there, and what was rejected by its controller.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{closest, names_in};
use crate::model::Kind;
use crate::report::rows::object;
use crate::resolve::gateway::Standing;
use crate::text::Sym;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static NOT_FOUND: Info = Info {
    code: "GS0305",
    name: "class-not-found",
    severity: Severity::Warning,
    title: "a Gateway's class is not in the input",
    meaning: "Which controller serves the Gateway, if any, cannot be told: everything behind it is unknown.",
    remedy: "Add the GatewayClass, or correct gatewayClassName.",
    rules: &[3],
};

pub(crate) static REJECTED: Info = Info {
    code: "GS0308",
    name: "gateway-rejected",
    severity: Severity::Error,
    title: "a Gateway or its class was rejected by its controller",
    meaning: "Current status says Accepted=False, so nothing behind the Gateway is served.",
    remedy: "Read the condition's message in the object's status.",
    rules: &[3, 44],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    let me = || object(facts, Kind::Gateway, state.ns, state.name);
    let class = || object(facts, Kind::GatewayClass, Sym::NONE, state.class);
    let name = facts.text(state.class);
    match state.standing {
        Standing::Good => {}
        Standing::Unknown(cause) => {
            // GS0002 says that a class must be named.
            if state.class.is_none() {
                return;
            }
            let message = format!("GatewayClass `{name}` is not in the input, so what the Gateway serves is unknown: {}", cause.text(facts.names));
            let near = closest(name, names_in(facts, Kind::GatewayClass, Sym::NONE));
            let hint = near.map_or_else(|| String::from("add the GatewayClass, or correct `gatewayClassName`"), |n| format!("did you mean `{n}`?"));
            out.push(NOT_FOUND.about(me(), message).hint(hint).field("spec.gatewayClassName").related(class()).done());
        }
        Standing::Rejected(reason) => {
            let (what, field) =
                if reason == "GatewayNotAccepted" { ("this Gateway", "status.conditions") } else { ("its GatewayClass", "spec.gatewayClassName") };
            let message = format!("the controller has rejected {what} (Accepted=False), so nothing is served");
            out.push(REJECTED.about(me(), message).hint("the condition's message in status says why").field(field).related(class()).done());
        }
    }
}
