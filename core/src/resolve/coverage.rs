//! What was looked at: whether a missing object is known to be missing (report.md, Snapshot).

use super::verdict::Cause;
use crate::model::Kind;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// How a kind was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// What is not in the snapshot does not exist.
    Collected,
    /// Nobody may say.
    Forbidden,
    /// The server does not serve the kind.
    Absent,
    NotCollected,
}

/// How every kind was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// `--complete`: every kind was collected.
    pub(crate) complete: bool,
    /// The lists of a compact snapshot, by `Kind` or `Kind.group`; `None` for plain dumps.
    pub(crate) lists: Option<BTreeMap<String, Look2>>,
}

/// [`Look`] as the lists have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look2 {
    Collected,
    Forbidden,
    Absent,
}

impl Coverage {
    /// How a kind was looked at; `count` is how many objects of it there are.
    pub(crate) fn look(&self, group: &str, kind: &str, count: u32) -> Look {
        if self.complete {
            return Look::Collected;
        }
        match &self.lists {
            None if count > 0 => Look::Collected,
            None => Look::NotCollected,
            Some(lists) => {
                let long = alloc::format!("{kind}.{group}");
                match lists.get(&long).or_else(|| lists.get(kind)) {
                    Some(Look2::Collected) => Look::Collected,
                    Some(Look2::Forbidden) => Look::Forbidden,
                    Some(Look2::Absent) => Look::Absent,
                    None => Look::NotCollected,
                }
            }
        }
    }
}

impl super::Facts<'_> {
    pub(crate) fn look(&self, kind: Kind) -> Look {
        self.coverage.look(kind.group(), kind.name(), self.store.count(kind))
    }
    /// How a kind was looked at, and whether there is any of it: verdicts on all objects may hang on both.
    pub(crate) fn footing(&self, kind: Kind) -> (Look, bool) {
        (self.look(kind), self.store.count(kind) > 0)
    }
    /// Why nobody can say whether an object of a kind exists that is not in the snapshot; `None` where it does not.
    pub(crate) fn missing(&self, kind: Kind) -> Option<Cause> {
        match self.look(kind) {
            Look::Collected => None,
            Look::Forbidden => Some(Cause::Forbidden(kind)),
            Look::Absent => Some(Cause::Absent(kind)),
            Look::NotCollected => Some(Cause::NotCollected(kind)),
        }
    }
    /// The same for kinds whose absence from the server is an answer (a grant that cannot exist is not there).
    pub(crate) fn missing_certain(&self, kind: Kind) -> Option<Cause> {
        self.missing(kind).filter(|c| !matches!(c, Cause::Absent(_)))
    }
    /// The same for a kind that the resolver does not know.
    pub(crate) fn missing_foreign(&self, group: crate::text::Sym, kind: crate::text::Sym) -> Option<Cause> {
        let seen = self.foreign.of(group, kind).is_some();
        match self.coverage.look(self.text(group), self.text(kind), u32::from(seen)) {
            Look::Collected => None,
            Look::Forbidden => Some(Cause::ForeignForbidden(kind)),
            Look::Absent => Some(Cause::ForeignAbsent(kind)),
            Look::NotCollected => Some(Cause::ForeignNotCollected(kind)),
        }
    }
}
