//! Hostnames that belong to another listener.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, some, subject};
use crate::model::host;
use crate::resolve::rows::except;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static WHOLE: Info = Info {
    code: "GS0402",
    name: "isolated",
    severity: Severity::Error,
    title: "a hostname belongs to a listener that the route is not attached to",
    meaning: "The most specific listener of a port owns a host. The route is accepted and counted, and gets no request for this hostname.",
    remedy: "Attach the route to the listener that owns the hostname.",
    rules: &[17],
};

pub(crate) static IN_PART: Info = Info {
    code: "GS0403",
    name: "isolated-in-part",
    severity: Severity::Warning,
    title: "some hosts of a wildcard belong to other listeners",
    meaning: "The route is served for its wildcard, but for the hosts that a more specific listener of the port owns.",
    remedy: "Attach the route to those listeners too, where it is meant for their hosts.",
    rules: &[17],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    let attached = |gateway: u32, listener: u32| on.state.claims.iter().any(|c| c.gateway == gateway && c.listener == listener);
    for (at, owner) in &on.seen.isolated {
        if attached(at.gateway, *owner) {
            continue;
        }
        let Some(state) = on.engine.gateway_state(at.gateway) else { continue };
        let (Some(mine), Some(owning)) = (state.listener(at.listener), state.listener(*owner)) else { continue };
        // A listener that serves nothing has a finding of its own.
        if !mine.serves {
            continue;
        }
        let (owner_ref, owner_text) = listener_text(&on.facts, state, owning);
        let (_, my_text) = listener_text(&on.facts, state, mine);
        let message = format!("hostname `{}` belongs to {owner_text}, not to {my_text}, which the route is attached to", on.facts.text(at.pair.host));
        let hint = format!("attach the route to listener `{}`, where its `allowedRoutes` let it in", on.facts.text(owning.name));
        out.push(WHOLE.about(subject(&on.facts, on.route), message).hint(hint).field("spec.hostnames").related(owner_ref).done());
    }
    for claim in &on.state.claims {
        let Some(state) = on.engine.gateway_state(claim.gateway) else { continue };
        let Some(l) = state.listener(claim.listener).filter(|l| !l.inside.is_empty() && l.serves) else { continue };
        let Some(family) = l.family() else { continue };
        for pair in claim.hosts.iter().filter(|p| on.facts.text(p.host).starts_with('*')) {
            if on.seen.isolated.iter().any(|(at, _)| (at.gateway, at.listener, at.pair) == (claim.gateway, claim.listener, *pair)) {
                continue;
            }
            let mut others: Vec<&str> = except(&on.facts, state, l, None, pair.host)
                .into_iter()
                .filter(|h| state.owners.exactly(l.port, family, *h).is_some_and(|o| !attached(claim.gateway, o)))
                .map(|h| on.facts.text(h))
                .collect();
            if others.is_empty() {
                continue;
            }
            crate::sort::by(&mut others, |a, b| host::specificity(a, b).then_with(|| a.cmp(b)));
            let (owner, text) = listener_text(&on.facts, state, l);
            let hosts = some(others.iter().map(|h| format!("`{h}`")));
            let message = format!("hostname `{}` is served on {text} without {hosts}, which more specific listeners own", on.facts.text(pair.host));
            let hint = "attach the route to those listeners too, where it is meant for their hosts";
            out.push(IN_PART.about(subject(&on.facts, on.route), message).hint(hint).field("spec.hostnames").related(owner).done());
        }
    }
}
