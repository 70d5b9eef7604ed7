//! Routes that a profile judges otherwise than the standard.

use super::OnRoute;
use crate::attach::{Attachment, GateKind, NO_HOSTNAME, NO_MATCHING_PARENT, OnListener, judge};
use crate::diagnose::departure::{Answers, first, say};
use crate::diagnose::text::{parent_object, some, subject};
use crate::model::route::ParentRef;
use crate::profile::{Flag, Profile, STANDARD};
use crate::resolve::gateway::GatewayState;
use crate::resolve::route::{dropped, resolved_refs};
use crate::resolve::shadow::isolated;
use crate::types::{Finding, Tri};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    let mut seen: Vec<u32> = Vec::new();
    for (p, verdict) in on.state.attachments(on.route) {
        let Some((handle, state, standard)) = verdict.gateway().and_then(|h| on.engine.gateway_state(h).and_then(|s| Some((h, s, s.standard.as_deref()?))))
        else {
            continue;
        };
        attachment(on, p, verdict, state, standard, out);
        if !seen.contains(&handle) {
            seen.push(handle);
            references(on, state, out);
            hosts(on, handle, state, standard, out);
        }
    }
}

/// Whether the parentRef is accepted.
fn attachment(on: &OnRoute<'_>, p: &ParentRef, verdict: &Attachment, state: &GatewayState, standard: &GatewayState, out: &mut Vec<Finding>) {
    // Only where a flag has a say: listeners that the route did not get, of those that the reference reaches.
    let flags = [Flag::IsolationAttached, Flag::ConflictedNoParent, Flag::NoUdp, Flag::HostnameBeforeKind];
    if verdict.accepted == Tri::True || first(state.profile, &flags).is_none() {
        return;
    }
    let there = under_standard(on, p, verdict, standard);
    if there == (verdict.accepted, verdict.reason()) || verdict.accepted == Tri::Unknown {
        return;
    }
    let candidates: &[Flag] = match (verdict.reason(), there.0) {
        (NO_MATCHING_PARENT, _) => &[Flag::ConflictedNoParent],
        (NO_HOSTNAME, Tri::True) => &[Flag::IsolationAttached],
        (_, Tri::True) => &[Flag::NoUdp, Flag::IsolationAttached],
        _ => &[Flag::HostnameBeforeKind, Flag::IsolationAttached],
    };
    let Some(flag) = first(state.profile, candidates) else { return };
    let field = on.route.parents.iter().position(|o| o == p).map_or_else(|| "spec.parentRefs".into(), |i| format!("spec.parentRefs[{i}]"));
    let words = |(accepted, reason): (Tri, &str)| if accepted == Tri::True { String::from("is accepted") } else { format!("is refused ({reason})") };
    let a = Answers { who: String::from("the route"), here: words((verdict.accepted, verdict.reason())), standard: words(there) };
    say(subject(&on.facts, on.route), state.profile, flag, &a, &field, Some(parent_object(&on.facts, p)), out);
}

/// The verdict of the standard on a parentRef whose Gateway is known, over the listeners that it reaches.
fn under_standard(on: &OnRoute<'_>, p: &ParentRef, verdict: &Attachment, standard: &GatewayState) -> (Tri, &'static str) {
    use crate::model::route::ParentKind;
    let range = match p.to {
        ParentKind::Set(kind) => match standard.set(kind, p.ns, p.name) {
            Some(set) if set.allowed == crate::resolve::verdict::Verdict::Yes => set.first..set.first.saturating_add(set.count),
            _ => return (verdict.accepted, verdict.reason()),
        },
        _ => standard.own_listeners(),
    };
    let (mut reached, mut worst) = (false, None);
    for index in range {
        let Some(l) = standard.listener(index) else { continue };
        if (p.section.is_some() && p.section != l.name) || (p.port != 0 && p.port != l.port) {
            continue;
        }
        reached = true;
        match judge(&on.facts, standard, l, index, on.route) {
            OnListener::Pass(_) => return (Tri::True, "Accepted"),
            OnListener::Unknown(..) => return (verdict.accepted, verdict.reason()),
            OnListener::Fail(gate) => {
                let reason = if gate == GateKind::Hostname { NO_HOSTNAME } else { crate::attach::NOT_ALLOWED };
                if worst.is_none() || reason == NO_HOSTNAME {
                    worst = Some(reason);
                }
            }
        }
    }
    (Tri::False, if reached { worst.unwrap_or(NO_MATCHING_PARENT) } else { NO_MATCHING_PARENT })
}

/// What ResolvedRefs says.
fn references(on: &OnRoute<'_>, state: &GatewayState, out: &mut Vec<Finding>) {
    let flags = [Flag::FilterDropsRoute, Flag::BackendPortUnchecked, Flag::WeightZeroUnchecked, Flag::LastReason];
    let filters = || dropped(on.route, state.profile);
    if first(state.profile, &flags).is_none() || (on.failed.is_empty() && !filters()) {
        return;
    }
    let of = |profile: &Profile| {
        let (tri, reason, _) = resolved_refs(&on.facts, on.route, profile);
        (tri, reason)
    };
    let (here, there) = (of(state.profile), of(&STANDARD));
    if here == there {
        return;
    }
    for flag in flags.into_iter().filter(|f| state.profile.has(*f)) {
        if of(&STANDARD.only(flag)) == there {
            continue;
        }
        let words = |(tri, reason): (Tri, &str)| format!("has ResolvedRefs={tri:?} ({reason})");
        let a = Answers { who: String::from("the route"), here: words(here), standard: words(there) };
        say(subject(&on.facts, on.route), state.profile, flag, &a, "spec.rules", None, out);
    }
}

/// Which hostnames are served on which listener.
fn hosts(on: &OnRoute<'_>, handle: u32, state: &GatewayState, standard: &GatewayState, out: &mut Vec<Finding>) {
    let mut opened: Vec<(Flag, &str)> = Vec::new();
    let mut closed: Vec<(Flag, &str)> = Vec::new();
    let isolation = first(state.profile, &[Flag::EqualHostIsolation, Flag::WholeHostIsolation]);
    for claim in on.state.claims.iter().filter(|c| c.gateway == handle) {
        let (Some(l), Some(s)) = (state.listener(claim.listener), standard.listener(claim.listener)) else { continue };
        // A difference of the listener is said of the listener; most listeners own all of their hosts.
        if !l.serves || !s.serves || (l.sole && s.sole) {
            continue;
        }
        for pair in &claim.hosts {
            let text = on.facts.text(pair.host);
            match (isolated(&on.facts, state, claim.listener, *pair), isolated(&on.facts, standard, claim.listener, *pair)) {
                (None, Some(owner)) => {
                    let lost =
                        state.listener(owner).is_some_and(|o| !o.owns && !o.serves).then_some(Flag::UnprogrammedNoOwner).filter(|f| state.profile.has(*f));
                    opened.extend(lost.or(isolation).map(|f| (f, text)));
                }
                (Some(_), None) => closed.extend(isolation.map(|f| (f, text))),
                _ => {}
            }
        }
    }
    let sides =
        [(opened, "is served", "is not, since another listener owns the hostname"), (closed, "is not served, since another listener has the hostname", "is")];
    for (hosts, here, there) in sides {
        for flag in Flag::ALL {
            let mut hosts: Vec<&str> = hosts.iter().filter(|(f, _)| f == flag).map(|(_, h)| *h).collect();
            if hosts.is_empty() {
                continue;
            }
            crate::sort::unstable(&mut hosts);
            hosts.dedup();
            let who = format!("the route on {}", some(hosts.iter().map(|h| format!("`{h}`"))));
            let a = Answers { who, here: String::from(here), standard: String::from(there) };
            let gateway = crate::report::rows::object(&on.facts, crate::model::Kind::Gateway, state.ns, state.name);
            say(subject(&on.facts, on.route), state.profile, *flag, &a, "spec.hostnames", Some(gateway), out);
        }
    }
}
