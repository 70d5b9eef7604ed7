//! Label selectors and the namespaces a listener trusts (rules 10 and 11).

use crate::text::Sym;
use alloc::boxed::Box;

/// Whose routes, or ListenerSets, are let in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum From {
    Same,
    All,
    /// Only in `allowedListeners` (rule 10).
    None,
    /// An absent selector matches nothing (rule 11).
    Selector(Option<Box<Selector>>),
    /// A word that is none of the above, or a selector that cannot be evaluated: lets nobody in.
    Invalid,
}

/// A label selector: all of its requirements hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Selector {
    pub(crate) requirements: Box<[Requirement]>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Requirement {
    pub(crate) key: Sym,
    pub(crate) operator: Operator,
    pub(crate) values: Box<[Sym]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// Labels sorted by key symbol.
pub(crate) type Labels = [(Sym, Sym)];

impl Selector {
    /// Rule 11: NotIn and DoesNotExist match an absent key.
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|r| {
            let value = labels.iter().find(|(k, _)| *k == r.key).map(|(_, v)| *v);
            match (r.operator, value) {
                (Operator::In, Some(v)) => r.values.contains(&v),
                (Operator::NotIn, Some(v)) => !r.values.contains(&v),
                (Operator::Exists, v) => v.is_some(),
                (Operator::DoesNotExist, v) => v.is_none(),
                (Operator::In, None) => false,
                (Operator::NotIn, None) => true,
            }
        })
    }

    /// Whether the requirements ask about this label only.
    pub(crate) fn asks_only(&self, key: Sym) -> bool {
        self.requirements.iter().all(|r| r.key == key)
    }
}
