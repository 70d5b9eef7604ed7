//! Rules 18 to 21: which listeners of a Gateway and its ListenerSets contradict each other.

use super::gateway::LState;
use crate::index::Map;
use crate::model::gateway::Protocol;
use crate::profile::{Flag, Profile};
use crate::text::Sym;
use alloc::vec::Vec;

/// What two listeners have in common that they must not.
pub(crate) const PROTOCOL: &str = "ProtocolConflict";
pub(crate) const HOSTNAME: &str = "HostnameConflict";

/// How a listener takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Class {
    Http,
    Tls,
    Tcp,
    Udp,
}

fn class(protocol: Protocol) -> Option<Class> {
    match protocol {
        Protocol::Http => Some(Class::Http),
        Protocol::Https | Protocol::Tls => Some(Class::Tls),
        Protocol::Tcp => Some(Class::Tcp),
        Protocol::Udp => Some(Class::Udp),
        Protocol::Other => None,
    }
}

/// What holds a port already.
#[derive(Default)]
struct Port {
    classes: Vec<Class>,
    /// Hostnames by class; for TCP and UDP the empty symbol.
    hosts: Map<(Class, Sym), usize>,
    /// Hostnames of any class (`conflict-by-hostname`).
    all_hosts: Map<Sym, Class>,
    terminate: bool,
    passthrough: bool,
}

/// Marks conflicts. `listeners` come in rule 19's order; `owner` numbers their owners (0 for the Gateway).
/// `mixed_tls` is whether rule 21 accepts both TLS modes on one port.
pub(crate) fn mark(listeners: &mut [LState], profile: &Profile, mixed_tls: bool) {
    let mut ports: Map<(u16, bool), Port> = Map::default();
    let mut start = 0;
    while let Some(first) = listeners.get(start) {
        let owner = first.owner;
        let len = listeners.get(start..).map_or(0, |rest| rest.iter().take_while(|l| l.owner == owner).count()).max(1);
        let end = start.saturating_add(len);
        if let Some(block) = listeners.get_mut(start..end) {
            mark_block(block, &mut ports, profile, mixed_tls);
        }
        start = end;
    }
}

fn mark_block(block: &mut [LState], ports: &mut Map<(u16, bool), Port>, profile: &Profile, mixed_tls: bool) {
    let hidden = profile.has(Flag::ConflictHiddenByCertificate);
    let by_hostname = profile.has(Flag::ConflictByHostname);
    let first_wins = profile.has(Flag::ConflictFirstWins);
    let takes_part = |l: &LState| l.joins && !(hidden && l.certificate_bad);
    // Rule 19: between owners the first wins, and who lost to an earlier one disturbs nobody else.
    for l in block.iter_mut() {
        if let Some(class) = class(l.protocol)
            && takes_part(l)
        {
            let earlier = ports.get(&(l.port, class == Class::Udp));
            l.conflict = earlier.and_then(|p| against(p, class, l.host_key(), by_hostname, mixed_tls, l));
        }
    }
    // Within one owner: count what each port holds, then whoever is not alone loses.
    let mut inner: Map<(u16, bool), Port> = Map::default();
    for l in block.iter().filter(|l| takes_part(l) && l.conflict.is_none()) {
        let Some(class) = class(l.protocol) else { continue };
        let port = inner.entry((l.port, class == Class::Udp)).or_default();
        if !port.classes.contains(&class) {
            port.classes.push(class);
        }
        let count = port.hosts.entry((class, l.host_key())).or_default();
        *count = count.saturating_add(1);
        if l.protocol == Protocol::Tls {
            port.terminate |= !l.passthrough;
            port.passthrough |= l.passthrough;
        }
    }
    let mut seen: Map<(u16, bool), Port> = Map::default();
    for l in block.iter_mut() {
        let Some(class) = class(l.protocol) else { continue };
        if !takes_part(l) || l.conflict.is_some() {
            continue;
        }
        let key = (l.port, class == Class::Udp);
        let host = l.host_key();
        let conflict = if first_wins {
            seen.get(&key).and_then(|p| against(p, class, host, by_hostname, mixed_tls, l))
        } else {
            inner.get(&key).and_then(|p| among(p, class, host, by_hostname, mixed_tls, l))
        };
        match conflict {
            Some(reason) => l.conflict = Some(reason),
            None => claim(seen.entry(key).or_default(), class, host, l),
        }
    }
    for l in block.iter().filter(|l| takes_part(l) && l.conflict.is_none()) {
        if let Some(class) = class(l.protocol) {
            claim(ports.entry((l.port, class == Class::Udp)).or_default(), class, l.host_key(), l);
        }
    }
}

fn claim(port: &mut Port, class: Class, host: Sym, l: &LState) {
    if !port.classes.contains(&class) {
        port.classes.push(class);
    }
    port.hosts.entry((class, host)).or_insert(1);
    port.all_hosts.entry(host).or_insert(class);
    if l.protocol == Protocol::Tls {
        port.terminate |= !l.passthrough;
        port.passthrough |= l.passthrough;
    }
}

/// The conflict with what holds the port already.
fn against(p: &Port, class: Class, host: Sym, by_hostname: bool, mixed_tls: bool, l: &LState) -> Option<&'static str> {
    let l4 = matches!(class, Class::Tcp | Class::Udp);
    let foreign = p.classes.iter().any(|c| *c != class);
    if by_hostname && !l4 && !p.classes.contains(&Class::Tcp) {
        if p.all_hosts.get(&host).is_some_and(|c| *c != class) {
            return Some(PROTOCOL);
        }
    } else if foreign || (l4 && p.classes.contains(&class)) {
        return Some(PROTOCOL);
    }
    if p.hosts.contains_key(&(class, host)) {
        return Some(HOSTNAME);
    }
    mixed(p, mixed_tls, l)
}

/// The conflict within one owner, whose listeners are all counted in `p`.
fn among(p: &Port, class: Class, host: Sym, by_hostname: bool, mixed_tls: bool, l: &LState) -> Option<&'static str> {
    let l4 = matches!(class, Class::Tcp | Class::Udp);
    let foreign = p.classes.iter().any(|c| *c != class);
    if by_hostname && !l4 && !p.classes.contains(&Class::Tcp) {
        if [Class::Http, Class::Tls].into_iter().any(|c| c != class && p.hosts.contains_key(&(c, host))) {
            return Some(PROTOCOL);
        }
    } else if foreign {
        return Some(PROTOCOL);
    }
    if p.hosts.get(&(class, host)).is_some_and(|n| *n > 1) {
        return Some(if l4 { PROTOCOL } else { HOSTNAME });
    }
    mixed(p, mixed_tls, l)
}

/// Rule 21: both TLS modes on one port, where the class says that it cannot.
fn mixed(p: &Port, mixed_tls: bool, l: &LState) -> Option<&'static str> {
    let other = if l.passthrough { p.terminate } else { p.passthrough };
    (!mixed_tls && l.protocol == Protocol::Tls && other).then_some(PROTOCOL)
}
