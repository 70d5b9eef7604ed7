//! Hazard: one domain twice in the configuration of a port.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_text, subject};
use crate::profile::Flag;
use crate::resolve::shadow::isolated;
use crate::text::Sym;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0701",
    name: "duplicate-domain",
    severity: Severity::Error,
    title: "a route reaches two listeners of one port under the same hostname",
    meaning: "The controller writes the hostname twice, and Envoy refuses the configuration of the whole port: it answers 404 or stays as it was, while status says Programmed.",
    remedy: "Attach the route to one of the listeners with sectionName.",
    rules: &[17],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.state.claims.len() < 2 {
        return;
    }
    let mut served: Vec<(u32, u16, Sym, u32)> = Vec::new();
    for claim in &on.state.claims {
        let Some(state) = on.engine.gateway_state(claim.gateway).filter(|s| s.profile.has(Flag::DuplicateDomain)) else { continue };
        let Some(l) = state.listener(claim.listener).filter(|l| l.serves && l.family().is_some()) else { continue };
        let hosts = claim
            .hosts
            .iter()
            .filter(|p| l.family() == Some(crate::resolve::gateway::Family::Tls) || isolated(&on.facts, state, claim.listener, **p).is_none());
        served.extend(hosts.map(|p| (claim.gateway, l.port, p.host, claim.listener)));
    }
    crate::sort::unstable(&mut served);
    for pair in served.windows(2) {
        let [(g, port, host, one), (h, other_port, other_host, two)] = pair else { continue };
        if (g, port, host) != (h, other_port, other_host) {
            continue;
        }
        let Some(state) = on.engine.gateway_state(*g) else { continue };
        let (Some(first), Some(second)) = (state.listener(*one), state.listener(*two)) else { continue };
        let (owner, first) = listener_text(&on.facts, state, first);
        let (other, second) = listener_text(&on.facts, state, second);
        let message = format!("hostname `{}` is served on {first} and on {second}, and Envoy refuses port `{port}` as a whole", on.facts.text(*host));
        let hint = "name one of the listeners with `sectionName`, or make their hostnames equal in no host of the route";
        out.push(INFO.about(subject(&on.facts, on.route), message).hint(hint).field("spec.parentRefs").related(owner).related(other).done());
    }
}
