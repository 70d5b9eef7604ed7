//! Counts of attached routes that differ from those in status.

use crate::attach::gates::ROUTE_KINDS;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, name_of};
use crate::engine::Engine;
use crate::report::parts::attached_routes;
use crate::resolve::coverage::Look;
use crate::resolve::gateway::Standing;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0602",
    name: "attached-routes-drift",
    severity: Severity::Warning,
    title: "a listener's attachedRoutes differs from what was computed",
    meaning: "The controller counts other routes than this resolver: it saw other objects, has not looked again, or departs from the standard.",
    remedy: "See which routes name the listener, and their own status.",
    rules: &[43],
};

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let mut claimed = None;
    for (handle, gateway, state) in super::gateways(engine) {
        if gateway.stale || !matches!(state.standing, Standing::Good) {
            continue;
        }
        for (place, said) in gateway.listener_status.iter().enumerate() {
            let Some(reported) = said.attached else { continue };
            // Controllers write them in the order of the spec, most of the time.
            let own = || state.listeners.iter().zip(0_u32..state.own).filter(|(l, _)| l.name == said.name);
            let same = u32::try_from(place).ok().and_then(|i| Some((state.listener(i).filter(|l| i < state.own && l.name == said.name)?, i)));
            let Some((l, i)) = same.or_else(|| own().next()) else { continue };
            let computed = attached_routes(engine, handle, state, l, i);
            let reported = reported as usize;
            if computed == reported {
                continue;
            }
            // Routes that were not collected, or that may be attached, explain the difference.
            let missing = ROUTE_KINDS.iter().any(|k| k.bit() & l.kinds != 0 && facts.look(*k) != Look::Collected);
            let doubtful = claimed.get_or_insert_with(|| super::claimed(engine)).get(&(handle, i)).copied().unwrap_or(false);
            if doubtful || (missing && reported > computed) {
                continue;
            }
            let (owner, text) = listener_text(&facts, state, l);
            let message = format!(
                "status says that `{reported}` routes are attached to {text}, and {} are",
                if computed == 0 { "none".into() } else { format!("`{computed}`") }
            );
            let hint = format!("`gatescope explain {}` lists the routes and their gates", name_of(&owner).replacen(' ', "/", 1));
            out.push(INFO.about(owner, message).hint(hint).field(format!("status.listeners[{place}].attachedRoutes")).done());
        }
    }
}
