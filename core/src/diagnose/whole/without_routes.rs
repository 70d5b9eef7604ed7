//! Listeners that no route is attached to.

use super::OnGateway;
use crate::attach::gates::ROUTE_KINDS;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text};
use crate::resolve::coverage::Look;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0310",
    name: "listener-without-routes",
    severity: Severity::Info,
    title: "no route is attached to a listener",
    meaning: "The port is open and every request to it is answered with 404, or its connection closed.",
    remedy: "Attach a route, or remove the listener.",
    rules: &[43],
};

pub(crate) fn notice(on: &OnGateway<'_>, i: u32, out: &mut Vec<Finding>) {
    let Some(l) = on.state.listener(i) else { return };
    // A route that may be attached there is no reason to speak, nor is a listener whose routes nobody looked for.
    if l.programmed != Some(true) || on.engine.tally(on.handle, i).claims > 0 {
        return;
    }
    if !ROUTE_KINDS.iter().any(|k| k.bit() & l.kinds != 0 && on.facts.look(*k) == Look::Collected) {
        return;
    }
    let (owner, text) = listener_text(&on.facts, on.state, l);
    let message = format!("no route is attached to {text}");
    out.push(INFO.about(owner, message).hint("attach a route, or remove the listener").field(listener_field(l.index)).done());
}
