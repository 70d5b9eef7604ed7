//! Listeners of a protocol that the controller does not serve.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{closest, listener_field, listener_text};
use crate::resolve::verdict::Reason;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0304",
    name: "unsupported-protocol-listener",
    severity: Severity::Error,
    title: "a listener's protocol is not supported",
    meaning: "The listener serves nothing.",
    remedy: "Use HTTP, HTTPS, TLS, TCP or UDP, or a controller that knows the protocol.",
    rules: &[7, 44],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    const PROTOCOLS: [&str; 5] = ["HTTP", "HTTPS", "TCP", "TLS", "UDP"];
    let (facts, state) = (&on.facts, on.state);
    for (l, _) in on.listeners(|l| l.reasons.contains(&Reason::Is("UnsupportedProtocol"))) {
        let (owner, text) = listener_text(facts, state, l);
        let written = facts.text(l.protocol_text);
        let upper = written.to_ascii_uppercase();
        let near = PROTOCOLS
            .into_iter()
            .find(|p| *p == upper && *p != written)
            .or_else(|| closest(&upper, PROTOCOLS.into_iter()).filter(|_| !PROTOCOLS.contains(&written)));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if PROTOCOLS.contains(&written) => format!("profile `{}` does not serve it; use another class of Gateway", state.profile.name),
            None => String::from("the protocols are `HTTP`, `HTTPS`, `TLS`, `TCP` and `UDP`"),
        };
        out.push(
            INFO.about(owner, format!("protocol `{written}` of {text} is not supported"))
                .hint(hint)
                .field(format!("{}.protocol", listener_field(l.index)))
                .done(),
        );
    }
}
