//! Gateways whose controller is not done, or has not looked since the last change.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::route::drift::STALE;
use crate::model::Kind;
use crate::report::rows::object;
use crate::resolve::gateway::Standing;
use crate::types::{Finding, Severity};
use alloc::vec::Vec;

pub(crate) static PENDING: Info = Info {
    code: "GS0604",
    name: "gateway-pending",
    severity: Severity::Info,
    title: "a Gateway is not programmed yet",
    meaning: "Its controller has not finished, maybe for want of an address. Rows say what will be served once it has.",
    remedy: "Wait; where it stays so, read the condition's message, and see whether the controller runs.",
    rules: &[44, 47],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, gateway, state) = (&on.facts, on.model, on.state);
    if !gateway.waiting && !gateway.stale {
        return;
    }
    let me = object(facts, Kind::Gateway, state.ns, state.name);
    if gateway.stale {
        out.push(
            STALE
                .about(me, "status is of an older generation of the Gateway".into())
                .hint("wait for the controller, or see whether it runs")
                .field("status.conditions")
                .done(),
        );
    } else if !matches!(state.standing, Standing::Rejected(_)) {
        let hint = "wait; where it stays so, maybe no address can be had, or no controller runs for its class";
        out.push(PENDING.about(me, "the Gateway is not programmed yet, by its own status".into()).hint(hint).field("status.conditions").done());
    }
}
