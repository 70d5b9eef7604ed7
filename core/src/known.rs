//! The kinds that the resolver reads, for those who bring it objects.

use crate::model::kinds::Kind;

/// A kind that the resolver reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKind {
    /// As the API spells it.
    pub kind: &'static str,
    /// API group, empty for core.
    pub group: &'static str,
    /// The versions that releases served, the preferred first.
    pub versions: &'static [&'static str],
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

/// Every kind that the resolver reads (rules.md, Versions in the wild).
pub fn kinds() -> impl Iterator<Item = KnownKind> {
    Kind::ALL.iter().map(|k| KnownKind { kind: k.name(), group: k.group(), versions: k.versions(), namespaced: k.namespaced() })
}
