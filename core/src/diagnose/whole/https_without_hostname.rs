//! Hazard: HTTPS without a hostname on the port of an HTTP listener with one.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text};
use crate::index::Map;
use crate::model::gateway::{ListenerHost, Protocol};
use crate::profile::Flag;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0702",
    name: "https-without-hostname",
    severity: Severity::Error,
    title: "an HTTPS listener without a hostname shares the port of an HTTP listener with one",
    meaning: "Both are programmed without a condition, and Envoy refuses the configuration of the whole port.",
    remedy: "Give the two listeners different ports.",
    rules: &[18],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    if !state.profile.has(Flag::HttpsWithoutHostname) {
        return;
    }
    let mut http: Map<u16, usize> = Map::default();
    for (i, l) in state.listeners.iter().enumerate() {
        if l.serves && l.protocol == Protocol::Http && matches!(l.host, ListenerHost::Is(_)) {
            http.entry(l.port).or_insert(i);
        }
    }
    for l in state.listeners.iter().filter(|l| l.serves && l.protocol == Protocol::Https && l.host == ListenerHost::Any) {
        let Some(other) = http.get(&l.port).and_then(|i| state.listeners.get(*i)) else { continue };
        let (owner, text) = listener_text(facts, state, l);
        let (holder, beside) = listener_text(facts, state, other);
        let message = format!("{text} is HTTPS without a hostname beside {beside}, and Envoy refuses port `{}` as a whole", l.port);
        out.push(INFO.about(owner, message).hint("give the two listeners different ports").field(listener_field(l.index)).related(holder).done());
    }
}
