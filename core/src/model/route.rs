//! The five route kinds as one: they differ in data, not in code (invariant 6).

use super::Meta;
use super::few::Few;
use super::issue::Issue;
use super::kinds::Kind;
use crate::text::Sym;
use crate::types::Tri;
use alloc::boxed::Box;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Route {
    pub(crate) kind: Kind,
    pub(crate) meta: Meta,
    pub(crate) parents: Few<ParentRef>,
    pub(crate) hosts: Hosts,
    pub(crate) rules: Box<[Rule]>,
    /// Two of its matches are equal.
    pub(crate) repeats: bool,
    pub(crate) status: Few<ParentStatus>,
    /// `useDefaultGateways`: `All`, or nothing (rule 6).
    pub(crate) default_scope: Sym,
    pub(crate) issues: Box<[Issue]>,
}

impl Route {
    /// Whether nothing but what controllers said of it is another.
    pub(crate) fn differs_in_status_only(&self, old: &Route) -> bool {
        let Self { kind, meta, parents, hosts, rules, repeats: _, status: _, default_scope, issues } = self;
        (kind, meta, parents, hosts, default_scope, issues) == (&old.kind, &old.meta, &old.parents, &old.hosts, &old.default_scope, &old.issues)
            && *rules == old.rules
    }

    /// Whether nothing but rules without filters, and what controllers said, is another: where it attaches stays.
    pub(crate) fn differs_in_rules_only(&self, old: &Route) -> bool {
        let plain = |r: &Route| r.rules.iter().all(|rule| rule.filters.is_none());
        (&self.kind, &self.meta, &self.parents, &self.hosts, &self.default_scope) == (&old.kind, &old.meta, &old.parents, &old.hosts, &old.default_scope)
            && plain(self)
            && plain(old)
    }
}

/// The hostnames of a route, checked and folded (rules 15 and 16).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hosts {
    /// None were written: every host.
    Any,
    List(Box<[Sym]>),
}

impl Hosts {
    /// As a list; `*` for every host.
    pub(crate) fn list<'a>(&'a self, any: &'a [Sym; 1]) -> &'a [Sym] {
        match self {
            Hosts::Any => any,
            Hosts::List(hosts) => hosts,
        }
    }
}

/// What a parentRef or targetRef names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ParentKind {
    Gateway,
    /// ListenerSet or XListenerSet.
    Set(Kind),
    /// A mesh parent (rule 42).
    Service,
    Other,
}

/// A parentRef with its defaults (rule 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ParentRef {
    pub(crate) to: ParentKind,
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
    pub(crate) section: Sym,
    /// 0 where not set.
    pub(crate) port: u16,
}

/// What a controller wrote for a parentRef (rule 46).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ParentStatus {
    pub(crate) parent: ParentRef,
    pub(crate) controller: Sym,
    pub(crate) accepted: Tri,
    pub(crate) resolved: Tri,
    pub(crate) current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rule {
    pub(crate) name: Sym,
    pub(crate) matches: Few<Match>,
    pub(crate) backends: Few<BackendRef>,
    pub(crate) filters: Option<Box<Filters>>,
}

/// What a rule's filters do, where it has any that the resolver must know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Filters {
    /// Status code of a RequestRedirect (302 where unset); rule 39.
    pub(crate) redirect: Option<u16>,
    /// The redirect leads to https.
    pub(crate) to_https: bool,
    /// RequestMirror backends (rule 39).
    pub(crate) mirrors: Box<[BackendRef]>,
    /// External authorization backends; they need a grant too (rule 27).
    pub(crate) auth: Box<[BackendRef]>,
    /// ExtensionRefs of the rule, then of its backends (rule 40).
    pub(crate) extensions: Box<[ExtensionRef]>,
    /// A redirect or URL rewrite stands on a backendRef.
    pub(crate) on_backend: bool,
}

/// A reference to a filter that one implementation knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ExtensionRef {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) name: Sym,
    /// Index of the filter, and of the backendRef that holds it (-1: the rule itself).
    pub(crate) filter: u16,
    pub(crate) backend: i16,
}

/// A backendRef with its defaults (rule 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BackendRef {
    pub(crate) group: Sym,
    pub(crate) kind: Sym,
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
    /// 0 where not set.
    pub(crate) port: u16,
    pub(crate) weight: i32,
    /// Status code of a RequestRedirect that stands on the backendRef itself, 0 where there is none.
    pub(crate) redirect: u16,
    /// Index within the rule's `filters`, for mirrors and external auth.
    pub(crate) filter: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Match {
    pub(crate) what: What,
    pub(crate) method: Sym,
    /// What most matches do not have.
    pub(crate) more: Option<Box<More>>,
    /// Hash of what makes two matches equal: path less a trailing `/`, method, headers, query.
    pub(crate) hash: u64,
}

/// What of a match is rarely there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct More {
    /// Sorted; names folded, the first of equal names (rule 35).
    pub(crate) headers: Box<[ValueMatch]>,
    pub(crate) query: Box<[ValueMatch]>,
    /// A regular expression in it does not compile: it matches nothing.
    pub(crate) broken: bool,
}

impl Match {
    pub(crate) fn headers(&self) -> &[ValueMatch] {
        self.more.as_ref().map_or(&[], |m| &m.headers)
    }
    pub(crate) fn query(&self) -> &[ValueMatch] {
        self.more.as_ref().map_or(&[], |m| &m.query)
    }
    /// It matches nothing, since it cannot be evaluated.
    pub(crate) fn broken(&self) -> bool {
        self.more.as_ref().is_some_and(|m| m.broken)
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    /// What 100,000 routes are made of: a byte here is megabytes there.
    #[test]
    fn sizes() {
        let sizes = [size_of::<Match>(), size_of::<BackendRef>(), size_of::<Rule>(), size_of::<ParentRef>(), size_of::<ParentStatus>(), size_of::<Route>()];
        assert_eq!(sizes, [32, 28, 80, 24, 32, 128]);
    }
}

/// What a match looks at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Path {
        kind: PathKind,
        value: Sym,
    },
    /// Empty service and method: every request (rule 37).
    Grpc {
        regex: bool,
        service: Sym,
        method: Sym,
    },
    /// TCP, UDP and TLS have no matches.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PathKind {
    Exact,
    Prefix,
    Regex,
}

impl PathKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            PathKind::Exact => "Exact",
            PathKind::Prefix => "PathPrefix",
            PathKind::Regex => "RegularExpression",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ValueMatch {
    pub(crate) regex: bool,
    pub(crate) name: Sym,
    pub(crate) value: Sym,
}
