//! Counts of attached routes that differ from those in status.

use super::OnGateway;
use crate::attach::gates::ROUTE_KINDS;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, name_of};
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

/// Looks at the statuses that speak of one listener, of the Gateway itself or of a ListenerSet.
pub(crate) fn notice(on: &OnGateway<'_>, i: u32, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    let Some(l) = state.listener(i).filter(|_| matches!(state.standing, Standing::Good)) else { return };
    let Some((statuses, stale)) = super::listener_statuses(facts, state, l) else { return };
    if stale || statuses.is_empty() {
        return;
    }
    let mut one = |place: usize, reported: u32| {
        let computed = attached_routes(on.engine, on.handle, state, l, i);
        let reported = reported as usize;
        if computed == reported {
            return;
        }
        // Routes that were not collected, or that may be attached, explain the difference.
        let missing = ROUTE_KINDS.iter().any(|k| k.bit() & l.kinds != 0 && facts.look(*k) != Look::Collected);
        let doubtful = on.engine.tally(on.handle, i).doubtful > 0;
        if doubtful || (missing && reported > computed) {
            return;
        }
        let (owner, text) = listener_text(facts, state, l);
        let message = format!(
            "status says that `{reported}` routes are attached to {text}, and {} are",
            if computed == 0 { "none".into() } else { format!("`{computed}`") }
        );
        let hint = format!("`gatescope explain {}` lists the routes and their gates", name_of(&owner).replacen(' ', "/", 1));
        out.push(INFO.about(owner, message).hint(hint).field(format!("status.listeners[{place}].attachedRoutes")).done());
    };
    if i >= state.own {
        // Names within a set are its listeners' own.
        let said = statuses.iter().enumerate().find(|(_, s)| s.name == l.name);
        if let Some((place, reported)) = said.and_then(|(place, s)| Some((place, s.attached?))) {
            one(place, reported);
        }
        return;
    }
    // Controllers write them in the order of the spec, most of the time.
    if state.status_in_order {
        if let Some(said) = statuses.get(i as usize).and_then(|s| s.attached) {
            one(i as usize, said);
        }
        return;
    }
    let own = || state.listeners.iter().zip(0..state.own);
    let first = own().find(|(o, _)| o.name == l.name).map(|(_, at)| at) == Some(i);
    for (place, said) in statuses.iter().enumerate().filter(|(_, s)| s.name == l.name) {
        let same = own().nth(place).is_some_and(|(o, _)| o.name == said.name);
        let mine = if same { place == i as usize } else { first };
        if let (true, Some(reported)) = (mine, said.attached) {
            one(place, reported);
        }
    }
}
