//! Plain HTTP on an external address.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text, name_of, some, subject};
use crate::types::{Finding, Severity};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0501",
    name: "cleartext-external",
    severity: Severity::Warning,
    title: "a route is served in clear text on an external address",
    meaning: "Whoever is on the way reads and changes requests and answers, passwords and cookies among them.",
    remedy: "Redirect HTTP to HTTPS, or attach the route to an HTTPS listener only.",
    rules: &[39, 48],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if on.seen.cleartext.is_empty() {
        return;
    }
    let mut listeners: BTreeMap<(u32, u32), Vec<&str>> = BTreeMap::new();
    for at in &on.seen.cleartext {
        listeners.entry((at.gateway, at.listener)).or_default().push(on.facts.text(at.pair.host));
    }
    let me = subject(&on.facts, on.route);
    for ((gateway, listener), mut hosts) in listeners {
        let Some((state, l)) = on.engine.gateway_state(gateway).and_then(|s| Some((s, s.listener(listener)?))) else { continue };
        crate::sort::unstable(&mut hosts);
        hosts.dedup();
        let (owner, text) = listener_text(&on.facts, state, l);
        let message = format!("{} is served in clear text on an external address: {} on {text}", name_of(&me), some(hosts.iter().map(|h| format!("`{h}`"))));
        let hint = "redirect to `https` with a RequestRedirect filter, or attach the route to an HTTPS listener with `sectionName`";
        out.push(INFO.about(owner, message).hint(hint).field(listener_field(l.index)).related(me.clone()).done());
    }
}
