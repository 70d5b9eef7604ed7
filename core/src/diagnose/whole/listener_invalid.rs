//! Listeners whose own fields contradict each other.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text};
use crate::model::gateway::Protocol;
use crate::model::selector::From;
use crate::resolve::gateway::INVALID;
use crate::resolve::verdict::Reason;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0311",
    name: "listener-invalid",
    severity: Severity::Error,
    title: "a listener's fields make no sense together",
    meaning: "The listener is not programmed and serves nothing.",
    remedy: "Correct the field.",
    rules: &[11, 28],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    for (l, _) in on.listeners(|l| l.reasons.contains(&Reason::Is(INVALID))) {
        let (owner, text) = listener_text(facts, state, l);
        let here = listener_field(l.index);
        // What was wrong with a field by itself is said of that field (GS0002, GS0007, GS0010).
        if l.from == From::Selector(None) {
            let message = format!("{text} lets in namespaces by selector, and has no selector");
            let hint = "write `selector`; an empty one, `{}`, selects every namespace";
            out.push(INFO.about(owner.clone(), message).hint(hint).field(format!("{here}.allowedRoutes.namespaces.selector")).done());
        }
        if l.protocol == Protocol::Https && l.passthrough {
            let message = format!("{text} is of protocol `HTTPS` and passes TLS through, so it can read no request");
            out.push(INFO.about(owner, message).hint("use protocol `TLS`, or tls.mode `Terminate`").field(format!("{here}.tls.mode")).done());
        }
    }
}
