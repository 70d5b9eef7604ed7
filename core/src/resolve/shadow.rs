//! Where routes meet: the places of a claim, and who has a host to itself.

use super::Facts;
use super::gateway::{Family, GatewayState, LState};
use crate::attach::{Claim, HostPair};
use crate::profile::Flag;
use crate::resolve::isolation;
use crate::text::Sym;

/// Where rows can shadow each other: a host of a port, or a whole listener for TCP and UDP (rule 38).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) gateway: u32,
    /// Port and family; for TCP and UDP the listener.
    at: u32,
    pub(crate) host: Sym,
}

const HTTP: u32 = 1 << 16;
const TLS: u32 = 1 << 17;
const LISTENER: u32 = 1 << 31;

impl Place {
    /// A host of a port.
    pub(crate) fn host(gateway: u32, port: u16, family: Family, host: Sym) -> Self {
        let family = match family {
            Family::Http => HTTP,
            Family::Tls => TLS,
        };
        Self { gateway, at: u32::from(port) | family, host }
    }
    /// Whether another place is on the same port.
    pub(crate) fn beside(self, other: Self) -> bool {
        (self.gateway, self.at) == (other.gateway, other.at)
    }
    /// All of a listener's connections.
    pub(crate) fn listener(gateway: u32, listener: u32) -> Self {
        Self { gateway, at: listener | LISTENER, host: Sym::NONE }
    }
    /// The port, where it is a host's place.
    pub(crate) fn port(self) -> Option<u16> {
        if self.at & LISTENER == 0 { u16::try_from(self.at & 0xffff).ok() } else { None }
    }
}

/// Whether another listener has a host to itself, so that this one does not serve it (rule 17, as the profile has it).
pub(crate) fn isolated(facts: &Facts<'_>, state: &GatewayState, index: u32, pair: HostPair) -> Option<u32> {
    let l = state.listener(index)?;
    let family = l.family()?;
    // Most listeners own all of their hosts: nobody owns one inside.
    if l.sole {
        return None;
    }
    if family == Family::Http && state.profile.has(Flag::EqualHostIsolation) {
        return [Family::Http, Family::Tls].into_iter().find_map(|f| state.owners.exactly(l.port, f, pair.host)).filter(|o| *o != index);
    }
    if state.profile.has(Flag::WholeHostIsolation) {
        let taken = l.inside.iter().copied().find(|o| {
            let inner = state.listener(*o);
            inner.is_some_and(|i| i.owner == l.owner && i.protocol == l.protocol && crate::attach::gates::within(facts, i, facts.text(pair.written)))
        });
        if taken.is_some() || family == Family::Http {
            return taken;
        }
    }
    // HTTPS and TLS listeners are told apart by SNI, before any profile's routing begins.
    owner(facts, state, l, pair.host).filter(|o| *o != index)
}

/// The owner of a host at a listener's port.
pub(crate) fn owner(facts: &Facts<'_>, state: &GatewayState, l: &LState, host: Sym) -> Option<u32> {
    let owners: &isolation::Owners = &state.owners;
    owners.of(l.port, l.family()?, facts.text(host), facts.names)
}

/// Whether a claim's rows on a host can take requests from others.
pub(crate) fn contends(facts: &Facts<'_>, state: &GatewayState, claim: &Claim, pair: HostPair) -> bool {
    claim.cause.is_none()
        && state.listener(claim.listener).is_some_and(|l| l.serves && l.programmed == Some(true))
        && isolated(facts, state, claim.listener, pair).is_none()
}
