//! Gateways without any listener.

use super::OnGateway;
use crate::diagnose::Info;
use crate::model::Kind;
use crate::report::rows::object;
use crate::types::{Finding, Severity};
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0312",
    name: "gateway-without-listeners",
    severity: Severity::Info,
    title: "a Gateway has no listener",
    meaning: "It has none of its own and no ListenerSet adds one, so it serves nothing.",
    remedy: "Add a listener, or a ListenerSet that the Gateway allows.",
    rules: &[23],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    if !state.listeners.is_empty() {
        return;
    }
    let me = object(facts, Kind::Gateway, state.ns, state.name);
    out.push(INFO.about(me, "the Gateway has no listener, of its own or of a ListenerSet".into()).hint("add a listener").field("spec.listeners").done());
}
