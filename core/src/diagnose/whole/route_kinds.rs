//! `allowedRoutes.kinds` with kinds that the protocol does not take.

use super::OnGateway;
use crate::attach::gates::{ROUTE_KINDS, kinds_text};
use crate::diagnose::Info;
use crate::diagnose::text::{closest, listener_field, listener_text, some};
use crate::model::Kind;
use crate::resolve::verdict::Reason;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static SOME_LEFT: Info = Info {
    code: "GS0303",
    name: "invalid-route-kinds",
    severity: Severity::Warning,
    title: "a listener allows a kind of route that its protocol does not take",
    meaning: "Routes of that kind are not let in. The listener serves its valid kinds and reports ResolvedRefs=False.",
    remedy: "Remove the kind from allowedRoutes.kinds, or give it a listener of the right protocol.",
    rules: &[7, 8],
};

pub(crate) static NONE_LEFT: Info = Info {
    code: "GS0313",
    name: "no-valid-route-kinds",
    severity: Severity::Error,
    title: "a listener's route kinds take it out of service",
    meaning: "No valid kind is left, or the controller does not serve a listener with any invalid one: nothing is served there.",
    remedy: "List kinds that the protocol takes, or leave allowedRoutes.kinds out.",
    rules: &[7, 8],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    for (l, model) in on.listeners(|l| l.reasons.contains(&Reason::Is("InvalidRouteKinds"))) {
        let (owner, text) = listener_text(facts, state, l);
        let takes = kinds_text(l.protocol_kinds);
        let out_of_service = facts.kinds_refuse(l.kinds, state.profile);
        let info = if out_of_service { &NONE_LEFT } else { &SOME_LEFT };
        for (i, (group, kind)) in model.kinds.iter().flatten().enumerate() {
            let (g, k) = (facts.text(*group), facts.text(*kind));
            let known = Kind::of(g, k).filter(|k| k.is_route());
            if known.is_some_and(|k| k.bit() & l.protocol_kinds != 0) {
                continue;
            }
            let rest = if !out_of_service && l.kinds == 0 {
                format!(", no valid kind is left, and under `{}` the listener is programmed all the same", state.profile.name)
            } else if !out_of_service {
                format!("; routes of kind {} are still served", kinds_text(l.kinds))
            } else if l.kinds == 0 {
                String::from(", and no valid kind is left")
            } else {
                format!(", and under `{}` such a listener is not served at all", state.profile.name)
            };
            let message = format!("{text} of protocol `{}` does not take `{k}`{rest}", facts.text(l.protocol_text));
            let near = known.is_none().then(|| closest(k, ROUTE_KINDS.iter().map(|k| k.name()))).flatten();
            let hint = match near {
                Some(near) => format!("did you mean `{near}`? The protocol takes {takes}"),
                None => format!("the protocol takes {}", some([&takes].iter())),
            };
            out.push(info.about(owner.clone(), message).hint(hint).field(format!("{}.allowedRoutes.kinds[{i}]", listener_field(l.index))).done());
        }
    }
}
