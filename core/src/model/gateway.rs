//! GatewayClasses, Gateways, ListenerSets and their listeners.

use super::Meta;
use super::issue::Issue;
use super::kinds::Kind;
use super::selector::From;
use crate::text::Sym;
use crate::types::{Reach, Tri};
use alloc::boxed::Box;
use alloc::vec::Vec;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    pub(crate) meta: Meta,
    pub(crate) controller: Sym,
    /// Its own current Accepted condition.
    pub(crate) accepted: Tri,
    /// status.supportedFeatures; `None` where the class lists none.
    pub(crate) features: Option<Box<[Sym]>>,
    pub(crate) issues: Box<[Issue]>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Gateway {
    pub(crate) meta: Meta,
    pub(crate) class: Sym,
    pub(crate) listeners: Box<[Listener]>,
    pub(crate) allowed: From,
    pub(crate) frontend: Option<Box<Frontend>>,
    /// `tls.backend.clientCertificateRef`.
    pub(crate) client_certificate: Option<Box<ObjectName>>,
    /// `defaultScope` (rule 6): empty, `All` or `None`.
    pub(crate) default_scope: Sym,
    /// From the annotation.
    pub(crate) reach: Option<Reach>,
    pub(crate) addresses: Box<[Address]>,
    pub(crate) accepted: Tri,
    pub(crate) programmed: Tri,
    /// Its controller reported on it and is not done: Accepted or Programmed is Unknown, or Programmed is False.
    pub(crate) waiting: bool,
    /// A condition of it is of an older generation (rule 45).
    pub(crate) stale: bool,
    pub(crate) listener_status: Box<[ListenerStatus]>,
    pub(crate) issues: Box<[Issue]>,
}

/// A ListenerSet or XListenerSet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Set {
    pub(crate) kind: Kind,
    pub(crate) meta: Meta,
    /// The Gateway; `None` where the parentRef names something else.
    pub(crate) gateway: Option<(Sym, Sym)>,
    pub(crate) listeners: Box<[Listener]>,
    /// A condition of it is of an older generation (rule 45).
    pub(crate) stale: bool,
    pub(crate) listener_status: Box<[ListenerStatus]>,
    pub(crate) issues: Box<[Issue]>,
}

impl Set {
    /// Whether only counts of attached routes differ: no verdict depends on them.
    pub(crate) fn differs_in_counts_only(&self, old: &Set) -> bool {
        let Self { kind, meta, gateway, listeners, stale: _, listener_status, issues } = self;
        let verdicts = |all: &[ListenerStatus]| all.iter().map(|s| (s.name, s.resolved, s.resolved_reason)).collect::<Vec<_>>();
        (kind, meta, gateway, listeners, issues) == (&old.kind, &old.meta, &old.gateway, &old.listeners, &old.issues)
            && verdicts(listener_status) == verdicts(&old.listener_status)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Listener {
    pub(crate) name: Sym,
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    /// The protocol as written.
    pub(crate) protocol_text: Sym,
    pub(crate) host: ListenerHost,
    pub(crate) tls: Option<Box<Tls>>,
    /// `allowedRoutes.kinds`; `None` where not set (rule 8).
    pub(crate) kinds: Option<Box<[(Sym, Sym)]>>,
    pub(crate) from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ListenerHost {
    Any,
    Is(Sym),
    /// Refused by rule 16: takes no host at all.
    Bad,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Http,
    Https,
    Tls,
    Tcp,
    Udp,
    Other,
}

impl Protocol {
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "HTTP" => Protocol::Http,
            "HTTPS" => Protocol::Https,
            "TLS" => Protocol::Tls,
            "TCP" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            _ => Protocol::Other,
        }
    }
    /// Whether its listeners are told apart by hostname (rule 18).
    pub(crate) fn has_hostnames(self) -> bool {
        matches!(self, Protocol::Http | Protocol::Https | Protocol::Tls)
    }
    pub(crate) fn has_tls(self) -> bool {
        matches!(self, Protocol::Https | Protocol::Tls)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tls {
    pub(crate) passthrough: bool,
    pub(crate) certificates: Box<[ObjectName]>,
    /// Istio's option `gateway.istio.io/tls-terminate-mode: MUTUAL` (rule 28).
    pub(crate) mutual: bool,
    /// There are options: an implementation may take its certificate from there.
    pub(crate) options: bool,
}

/// A reference with its defaults, by the words the user wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ObjectName {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
}

/// Validation of client certificates (rule 28).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Frontend {
    pub(crate) default: Option<Validation>,
    /// Instead of the default on that port; `None` switches it off there.
    pub(crate) ports: Box<[(u16, Option<Validation>)]>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Validation {
    pub(crate) ca: Box<[ObjectName]>,
    /// `AllowInsecureFallback`: a certificate is asked for, not required.
    pub(crate) optional: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) kind: Sym,
    pub(crate) value: Sym,
    pub(crate) reach: Reach,
}

/// What a controller wrote for a listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListenerStatus {
    pub(crate) name: Sym,
    pub(crate) attached: Option<u32>,
    /// Its current ResolvedRefs condition, with its reason.
    pub(crate) resolved: Tri,
    pub(crate) resolved_reason: Sym,
}
