//! Three answers: it holds, it does not (with a reason), it cannot be told (with a cause).

use crate::model::kinds::Kind;
use crate::text::{Interner, Sym};
use crate::types::{Text, Tri};
use alloc::format;
use alloc::string::{String, ToString};

/// Why a verdict is unknown: the closed list of report.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cause {
    NotCollected(Kind),
    Forbidden(Kind),
    Absent(Kind),
    /// The same of a kind that the resolver does not know.
    ForeignNotCollected(Sym),
    ForeignForbidden(Sym),
    ForeignAbsent(Sym),
    ParentNotFound,
    ClassNotFound,
    NamespaceNotFound,
    UnsupportedBackendKind,
}

impl Cause {
    pub(crate) fn text(self, names: &Interner) -> String {
        match self {
            Cause::NotCollected(kind) => format!("NotCollected({})", kind.name()),
            Cause::Forbidden(kind) => format!("Forbidden({})", kind.name()),
            Cause::Absent(kind) => format!("Absent({})", kind.name()),
            Cause::ForeignNotCollected(kind) => format!("NotCollected({})", names.get(kind)),
            Cause::ForeignForbidden(kind) => format!("Forbidden({})", names.get(kind)),
            Cause::ForeignAbsent(kind) => format!("Absent({})", names.get(kind)),
            Cause::ParentNotFound => "ParentNotFound".to_string(),
            Cause::ClassNotFound => "ClassNotFound".to_string(),
            Cause::NamespaceNotFound => "NamespaceNotFound".to_string(),
            Cause::UnsupportedBackendKind => "UnsupportedBackendKind".to_string(),
        }
    }

    /// A number that is the same in every process, for fingerprints.
    pub(crate) fn code(self, names: &Interner) -> u64 {
        crate::text::hash_bytes(self.text(names).as_bytes())
    }
}

/// Why a verdict is no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// A reason of the Gateway API, or ours.
    Is(&'static str),
    /// One that a controller reported.
    Said(Sym),
}

impl Reason {
    pub(crate) fn text(self, names: &Interner) -> Text {
        match self {
            Reason::Is(text) => Text::Borrowed(text),
            Reason::Said(sym) => Text::Owned(String::from(names.get(sym))),
        }
    }
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    No(&'static str),
    Unknown(Cause),
}

impl Verdict {
    pub(crate) fn tri(self) -> Tri {
        match self {
            Verdict::Yes => Tri::True,
            Verdict::No(_) => Tri::False,
            Verdict::Unknown(_) => Tri::Unknown,
        }
    }
    pub(crate) fn cause(self) -> Option<Cause> {
        match self {
            Verdict::Unknown(cause) => Some(cause),
            _ => None,
        }
    }
}
