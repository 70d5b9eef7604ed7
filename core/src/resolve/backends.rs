//! Rules 27 to 32: whether a backendRef leads anywhere.

use super::Facts;
use super::grants::Referrer;
use super::verdict::{Cause, Verdict};
use crate::model::Kind;
use crate::model::gateway::ObjectName;
use crate::model::route::{BackendRef, ExtensionRef};
use crate::profile::{Flag, Profile};
use crate::text::Sym;

/// What a backendRef comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BackendState {
    /// Whether the reference resolves.
    pub(crate) refs: Verdict,
    /// Whether requests that go there are served; differs from `refs` where a policy is in the way, or where a
    /// controller does not look.
    pub(crate) usable: Verdict,
}

impl BackendState {
    pub(crate) const GOOD: Self = Self::both(Verdict::Yes);
    const fn both(verdict: Verdict) -> Self {
        Self { refs: verdict, usable: verdict }
    }
}

pub(crate) const INVALID_KIND: &str = "InvalidKind";
pub(crate) const BACKEND_NOT_FOUND: &str = "BackendNotFound";
pub(crate) const BACKEND_PORT_NOT_FOUND: &str = "BackendPortNotFound";
pub(crate) const UNSUPPORTED_PROTOCOL: &str = "UnsupportedProtocol";
pub(crate) const UNSUPPORTED_VALUE: &str = "UnsupportedValue";
pub(crate) const INVALID_BACKEND_TLS: &str = "InvalidBackendTLS";
pub(crate) const INVALID_FILTER: &str = "InvalidFilter";

impl Facts<'_> {
    /// The kind that a reference names, where backends may be of it.
    pub(crate) fn backend_kind(&self, group: Sym, kind: Sym) -> Option<Kind> {
        let w = self.words;
        match (group, kind) {
            (g, k) if g.is_none() && k == w.service => Some(Kind::Service),
            (g, k) if g == w.multicluster && k == w.service_import => Some(Kind::ServiceImport),
            (g, k) if g == w.x_group && k == w.x_backend => Some(Kind::XBackend),
            _ => None,
        }
    }

    /// Judges a backendRef in the order of rule 29: kind, grant, existence, port; then the policy in force.
    ///
    /// Rule 30: a port that the Service does not have makes the backend unusable. Rule 33: none of this changes
    /// whether a route is accepted, a TCPRoute's Service included.
    pub(crate) fn backend(&self, from: Referrer, route: Kind, b: &BackendRef, profile: &Profile) -> BackendState {
        let target = ObjectName { group: b.group, kind: b.kind, ns: b.ns, name: b.name };
        let permitted = self.permitted(from, target);
        let Some(kind) = self.backend_kind(b.group, b.kind) else {
            if let (true, Verdict::No(_)) = (profile.has(Flag::LastReason), permitted) {
                return BackendState::both(permitted);
            }
            let served = profile.groups.contains(&self.text(b.group));
            return BackendState::both(if served { Verdict::Unknown(Cause::UnsupportedBackendKind) } else { Verdict::No(INVALID_KIND) });
        };
        if let Verdict::No(_) = permitted {
            return BackendState::both(permitted);
        }
        let found = self.store.backend(kind, b.ns, b.name);
        let Some(backend) = found else {
            return BackendState::both(match self.missing(kind) {
                // Whichever of the two it is, the reference does not resolve.
                None => Verdict::No(BACKEND_NOT_FOUND),
                Some(cause) => Verdict::Unknown(permitted.cause().unwrap_or(cause)),
            });
        };
        if kind == Kind::XBackend {
            // Rule 32: the port is the XBackend's own, a backendRef has none.
            return BackendState::both(if b.port == 0 { permitted } else { Verdict::No(UNSUPPORTED_VALUE) });
        }
        let udp = route == Kind::UdpRoute;
        let mut numbered = backend.ports.iter().filter(|p| p.port == b.port && b.port != 0);
        let port = numbered.clone().find(|p| p.udp == udp);
        let port_verdict = if port.is_some() || (backend.ports.is_empty() && (backend.external_name || kind == Kind::ServiceImport) && b.port != 0) {
            Verdict::Yes
        } else if numbered.next().is_some() {
            Verdict::No(UNSUPPORTED_PROTOCOL)
        } else {
            Verdict::No(BACKEND_PORT_NOT_FOUND)
        };
        if let Verdict::No(_) = port_verdict {
            let refs = if profile.has(Flag::BackendPortUnchecked) { permitted } else { port_verdict };
            return BackendState { refs, usable: port_verdict };
        }
        let mut usable = permitted;
        if kind == Kind::Service
            && !self.store.policies_of.is_empty()
            && let Some(policy) = self.policy_for(b.ns, b.name, port.map_or(Sym::NONE, |p| p.name))
        {
            match self.policy_valid(policy).0 {
                Verdict::No(_) => usable = Verdict::No(INVALID_BACKEND_TLS),
                Verdict::Unknown(cause) if usable == Verdict::Yes => usable = Verdict::Unknown(cause),
                _ => {}
            }
        }
        BackendState { refs: permitted, usable }
    }

    /// Rule 40: an ExtensionRef resolves where the object is in the snapshot; whether it is applied, only its
    /// controller knows.
    pub(crate) fn extension(&self, ns: Sym, e: &ExtensionRef, profile: &Profile) -> Verdict {
        if profile.has(Flag::FilterDropsRoute) {
            return Verdict::No(INVALID_FILTER);
        }
        let key = crate::model::AnyKey { group: e.group, kind: e.kind, ns, name: e.name };
        if self.foreign.contains(&key) {
            return Verdict::Yes;
        }
        match self.missing_foreign(e.group, e.kind) {
            None => Verdict::No(INVALID_FILTER),
            Some(cause) => Verdict::Unknown(cause),
        }
    }
}
