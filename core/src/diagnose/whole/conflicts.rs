//! Listeners that contradict each other.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text, some};
use crate::index::Map;
use crate::model::gateway::Protocol;
use crate::profile::Flag;
use crate::resolve::conflicts::HOSTNAME;
use crate::resolve::gateway::LState;
use crate::text::Sym;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0301",
    name: "listener-conflict",
    severity: Severity::Error,
    title: "a listener is in conflict with another",
    meaning: "The listener is not accepted and serves nothing; its routes stay attached. Inside one Gateway nobody wins; between a Gateway and its ListenerSets the first does.",
    remedy: "Give the listeners different hostnames or ports, or remove one.",
    rules: &[18, 19, 20, 21],
};

/// Who may be the other side of a conflict.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Seat {
    /// Port, class and hostname.
    Host(u16, u8, Sym),
    /// Port and class.
    Class(u16, u8),
    /// Port and TLS mode.
    Mode(u16, bool),
}

/// HTTP, TLS, TCP or UDP.
fn class(l: &LState) -> u8 {
    match l.protocol {
        Protocol::Http => 0,
        Protocol::Https | Protocol::Tls => 1,
        Protocol::Tcp => 2,
        Protocol::Udp => 3,
        Protocol::Other => 4,
    }
}

fn seats(l: &LState) -> [Seat; 3] {
    let mode = if l.protocol == Protocol::Tls { Seat::Mode(l.port, l.passthrough) } else { Seat::Class(l.port, class(l)) };
    [Seat::Host(l.port, class(l), l.host_key()), Seat::Class(l.port, class(l)), mode]
}

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    if state.listeners.iter().all(|l| l.conflict.is_none()) {
        return;
    }
    // A few of each kind are enough to name.
    let mut seated: Map<Seat, Vec<u32>> = Map::default();
    for (l, i) in state.listeners.iter().zip(0_u32..).filter(|(l, _)| l.joins) {
        for seat in seats(l) {
            let list = seated.entry(seat).or_default();
            if list.len() < 6 && !list.contains(&i) {
                list.push(i);
            }
        }
    }
    for (l, i) in state.listeners.iter().zip(0_u32..) {
        let Some(reason) = l.conflict else { continue };
        let mine = class(l);
        let mut wanted: Vec<Seat> = Vec::new();
        if reason == HOSTNAME || l.family().is_none() {
            wanted.push(Seat::Host(l.port, mine, l.host_key()));
        }
        if reason != HOSTNAME && mine != 3 {
            let by_hostname = state.profile.has(Flag::ConflictByHostname) && mine < 2;
            let foreign = (0..3_u8).filter(|c| *c != mine);
            wanted.extend(foreign.map(|c| if by_hostname && c < 2 { Seat::Host(l.port, c, l.host_key()) } else { Seat::Class(l.port, c) }));
            if l.protocol == Protocol::Tls {
                wanted.push(Seat::Mode(l.port, !l.passthrough));
            }
        }
        let mut others: Vec<u32> = wanted.iter().flat_map(|s| seated.get(s).into_iter().flatten()).copied().filter(|o| *o != i).collect();
        crate::sort::unstable(&mut others);
        others.dedup();
        let (owner, _) = listener_text(facts, state, l);
        let others: Vec<_> = others.iter().filter_map(|o| state.listener(*o)).map(|o| listener_text(facts, state, o)).collect();
        let with = if others.is_empty() { "another listener".into() } else { some(others.iter().map(|(_, t)| t)) };
        let (what, field) = if reason == HOSTNAME {
            let host = l.hostname(facts.words.any).map_or("", |h| facts.text(h));
            (format!("port `{}` and hostname `{host}` are also those of", l.port), "hostname")
        } else {
            (format!("port `{}` cannot be `{}` beside", l.port, facts.text(l.protocol_text)), "port")
        };
        let message = format!("listener `{}` is in conflict ({reason}): {what} {with}", facts.text(l.name));
        let mut draft =
            INFO.about(owner, message).hint("give them different hostnames or ports, or remove one").field(format!("{}.{field}", listener_field(l.index)));
        for (other, _) in others {
            draft = draft.related(other);
        }
        out.push(draft.done());
    }
}
