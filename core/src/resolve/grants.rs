//! Rule 26: ReferenceGrants, and rule 27: who needs one.

use super::Facts;
use super::verdict::Verdict;
use crate::model::Kind;
use crate::model::gateway::ObjectName;
use crate::model::selector::{From, Labels};
use crate::text::Sym;

/// Who refers: group, kind and namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Referrer {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) ns: Sym,
}

/// The reason of a reference without a grant.
pub(crate) const REF_NOT_PERMITTED: &str = "RefNotPermitted";

impl Facts<'_> {
    pub(crate) fn referrer(&self, kind: Kind, ns: Sym) -> Referrer {
        Referrer { group: self.words.group(kind), kind: self.words.kind(kind), ns }
    }

    /// Whether a reference may cross into another namespace (rule 26): one grant of the target's namespace has
    /// the referrer in `from` and the target in `to`; entries of two grants never join.
    pub(crate) fn permitted(&self, from: Referrer, to: ObjectName) -> Verdict {
        if from.ns == to.ns {
            return Verdict::Yes;
        }
        let grants = self.store.grants_in.get(&to.ns).into_iter().flatten();
        let permits = grants.filter_map(|h| self.store.grants.get(*h)).any(|g| {
            g.from.iter().any(|f| f.group == from.group && f.kind == from.kind && f.ns == from.ns)
                && g.to.iter().any(|t| t.group == to.group && t.kind == to.kind && (t.name.is_none() || t.name == to.name))
        });
        if permits {
            return Verdict::Yes;
        }
        match self.missing_certain(Kind::ReferenceGrant) {
            Some(cause) => Verdict::Unknown(cause),
            None => Verdict::No(REF_NOT_PERMITTED),
        }
    }

    /// Rules 10 and 11: whether a namespace is let in. `home` is the namespace that `Same` means.
    pub(crate) fn lets_in(&self, from: &From, home: Sym, ns: Sym) -> Verdict {
        const NOT_ALLOWED: &str = "NotAllowedByListeners";
        match from {
            From::All => Verdict::Yes,
            From::Same if home == ns => Verdict::Yes,
            From::Same | From::None | From::Invalid | From::Selector(None) => Verdict::No(NOT_ALLOWED),
            From::Selector(Some(selector)) => {
                let judge = |labels: &Labels| if selector.matches(labels) { Verdict::Yes } else { Verdict::No(NOT_ALLOWED) };
                // `{}` matches every namespace, and the name's own label is known of every one.
                let named = [(self.words.metadata_name, ns)];
                match self.store.namespace(ns) {
                    Some(namespace) => judge(&namespace.labels),
                    None if self.coverage.complete || selector.asks_only(self.words.metadata_name) => judge(&named),
                    None => Verdict::Unknown(self.missing(Kind::Namespace).unwrap_or(super::verdict::Cause::NamespaceNotFound)),
                }
            }
        }
    }
}
