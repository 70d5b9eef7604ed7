//! ReferenceGrants, Namespaces, and what holds certificates.

use super::Meta;
use super::issue::Issue;
use crate::text::Sym;
use alloc::boxed::Box;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Grant {
    pub(crate) meta: Meta,
    pub(crate) from: Box<[GrantFrom]>,
    pub(crate) to: Box<[GrantTo]>,
    pub(crate) issues: Box<[Issue]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantFrom {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) ns: Sym,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantTo {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    /// Empty for every name.
    pub(crate) name: Sym,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Namespace {
    pub(crate) meta: Meta,
    /// Sorted by key symbol; `kubernetes.io/metadata.name` is among them (rule 11).
    pub(crate) labels: Box<[(Sym, Sym)]>,
}

/// A Secret, ConfigMap or ClusterTrustBundle: only whether what it holds can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Material {
    pub(crate) meta: Meta,
    /// `tls.crt` holds a PEM block that decodes, and `tls.key`, where carried, looks like a key (rule 28).
    pub(crate) certificate: bool,
    /// `ca.crt` (or `trustBundle`) holds a PEM block that decodes.
    pub(crate) ca: bool,
}
