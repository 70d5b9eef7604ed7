//! The checked model: interned names, CRD defaults applied, one Route with a kind.

pub(crate) mod access;
pub(crate) mod backend;
pub(crate) mod few;
pub(crate) mod gateway;
pub(crate) mod host;
pub(crate) mod issue;
pub(crate) mod kinds;
pub(crate) mod lower;
pub(crate) mod reach;
pub(crate) mod route;
pub(crate) mod selector;

use crate::text::Sym;
pub(crate) use kinds::Kind;

/// What every object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Meta {
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
    /// creationTimestamp in unix seconds; an object without one counts as the newest.
    pub(crate) created: i64,
}

/// creationTimestamp of an object that has none: newer than every other.
pub(crate) const NEWEST: i64 = i64::MAX;

/// An object of a known kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
}

/// Any object, of a kind that may not be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct AnyKey {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
}
