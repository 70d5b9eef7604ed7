//! Listeners that no route is attached to.

use crate::attach::gates::ROUTE_KINDS;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text};
use crate::engine::Engine;
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

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let mut claimed = None;
    for (handle, _, state) in super::gateways(engine) {
        for (l, i) in state.listeners.iter().zip(0_u32..) {
            if l.programmed != Some(true) || engine.attached_to(handle, i) > 0 {
                continue;
            }
            // A route that may be attached there is no reason to speak, nor is a listener whose routes nobody looked for.
            if claimed.get_or_insert_with(|| super::claimed(engine)).contains_key(&(handle, i)) {
                continue;
            }
            if !ROUTE_KINDS.iter().any(|k| k.bit() & l.kinds != 0 && facts.look(*k) == Look::Collected) {
                continue;
            }
            let (owner, text) = listener_text(&facts, state, l);
            let message = format!("no route is attached to {text}");
            out.push(INFO.about(owner, message).hint("attach a route, or remove the listener").field(listener_field(l.index)).done());
        }
    }
}
