//! What backendRefs name, and BackendTLSPolicies.

use super::Meta;
use super::gateway::{ObjectName, Validation};
use super::issue::Issue;
use super::kinds::Kind;
use crate::text::Sym;
use alloc::boxed::Box;

/// A Service, ServiceImport or XBackend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Backend {
    pub(crate) kind: Kind,
    pub(crate) meta: Meta,
    pub(crate) ports: Box<[Port]>,
    /// A Service of type ExternalName (rule 32).
    pub(crate) external_name: bool,
    pub(crate) issues: Box<[Issue]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Port {
    pub(crate) name: Sym,
    pub(crate) port: u16,
    /// Its targetPort where that is a number, else 0: only for the hint of a wrong port.
    pub(crate) target: u16,
    pub(crate) udp: bool,
    pub(crate) app: Sym,
}

/// An EndpointSlice: whose, and whether any endpoint is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slice {
    pub(crate) meta: Meta,
    pub(crate) service: Sym,
    pub(crate) ready: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TlsPolicy {
    pub(crate) meta: Meta,
    pub(crate) targets: Box<[Target]>,
    pub(crate) validation: Validation,
    pub(crate) well_known: bool,
    pub(crate) issues: Box<[Issue]>,
}

/// A policy's target: in its own namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) object: ObjectName,
    pub(crate) section: Sym,
}
