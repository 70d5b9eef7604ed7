//! Both TLS modes on one port.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::some;
use crate::model::Kind;
use crate::model::gateway::Protocol;
use crate::report::rows::object;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0309",
    name: "tls-modes-mixed",
    severity: Severity::Info,
    title: "TLS listeners of one port terminate and pass through",
    meaning: "It works where the implementation supports mixed modes; others reject one side or both with ProtocolConflict.",
    remedy: "Use two ports, or a class that lists the feature TLSRouteModeMixed.",
    rules: &[21],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    if !state.mixed_tls {
        return;
    }
    let ports = |passthrough: bool| {
        let mut ports: Vec<u16> = state.listeners.iter().filter(|l| l.protocol == Protocol::Tls && l.passthrough == passthrough).map(|l| l.port).collect();
        crate::sort::unstable(&mut ports);
        ports.dedup();
        ports
    };
    let (terminate, passthrough) = (ports(false), ports(true));
    let mixed = terminate.iter().filter(|p| passthrough.binary_search(p).is_ok()).map(|p| format!("`{p}`"));
    let message = format!("TLS listeners of port {} terminate and pass through, which some implementations refuse", some(mixed));
    out.push(
        INFO.about(object(facts, Kind::Gateway, state.ns, state.name), message).hint("use two ports where the class may change").field("spec.listeners").done(),
    );
}
