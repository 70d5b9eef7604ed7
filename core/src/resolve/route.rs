//! A route as it stands: its attachments, where its rows are, and what its references come to.

use super::Facts;
use super::backends::BackendState;
use super::rows::RowPrint;
use super::verdict::{Cause, Verdict};
use crate::attach::{Attachment, Claim, Claims, Gateways, decide};
use crate::index::deps::Topic;
use crate::model::Key;
use crate::model::few::Few;
use crate::model::kinds::Kind;
use crate::model::route::{BackendRef, ParentKind, ParentRef, Route, Rule};
use crate::profile::{Flag, Profile};
use crate::text::Sym;
use crate::types::{Finding, Tri};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A route, judged.
#[derive(Debug, Default)]
pub(crate) struct RouteState {
    /// In the order of the parentRefs; mesh parents are left out.
    pub(crate) verdicts: Few<Attachment>,
    pub(crate) claims: Few<Claim>,
    /// One for each row, in the order of [`super::rows::each`].
    pub(crate) rows: Box<[RowPrint]>,
    pub(crate) remarks: Option<Box<Remarks>>,
    /// Every reference was seen to lead somewhere.
    pub(crate) resolves: bool,
}

/// What there is to say of a route; of most there is nothing.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    pub(crate) findings: Vec<Finding>,
    /// What the findings depend on beside, sorted.
    pub(crate) watched: Box<[Topic]>,
}

impl RouteState {
    /// The verdicts with the parentRefs that they are about.
    pub(crate) fn attachments<'a>(&'a self, route: &'a Route) -> impl Iterator<Item = (&'a ParentRef, &'a Attachment)> + Clone {
        self.verdicts.iter().filter_map(|a| Some((a.parent(route)?, a)))
    }
    pub(crate) fn findings(&self) -> &[Finding] {
        self.remarks.as_ref().map_or(&[], |r| &r.findings)
    }
    pub(crate) fn watched(&self) -> &[Topic] {
        self.remarks.as_ref().map_or(&[], |r| &r.watched)
    }
    /// Every place that its rows may stand at.
    pub(crate) fn places(&self) -> impl Iterator<Item = super::shadow::Place> {
        self.claims.iter().flat_map(|c| c.hosts.iter().map(|pair| c.place(*pair)))
    }
}

/// Rule 6: the parentRefs of a route, written and implicit.
pub(crate) fn parents(facts: &Facts<'_>, route: &Route) -> Vec<ParentRef> {
    let mut out: Vec<ParentRef> = route.parents.to_vec();
    if route.default_scope == facts.words.all {
        let mut gateways: Vec<_> = facts.store.gateways.iter().map(|(_, g)| g).filter(|g| g.default_scope == facts.words.all).collect();
        crate::sort::by(&mut gateways, |a, b| (facts.text(a.meta.ns), facts.text(a.meta.name)).cmp(&(facts.text(b.meta.ns), facts.text(b.meta.name))));
        for g in gateways {
            let implied = ParentRef {
                to: ParentKind::Gateway,
                group: facts.words.gateway_group,
                kind: facts.words.gateway,
                ns: g.meta.ns,
                name: g.meta.name,
                section: Sym::NONE,
                port: 0,
            };
            if !out.iter().any(|p| p.to == ParentKind::Gateway && p.ns == implied.ns && p.name == implied.name) {
                out.push(implied);
            }
        }
    }
    out
}

/// Judges every parentRef.
pub(crate) fn attach(facts: &Facts<'_>, gateways: &Gateways, route: &Route) -> (Few<Attachment>, Few<Claim>) {
    let mut claims = Claims::default();
    if let (Few::One(p), true) = (&route.parents, route.default_scope.is_none()) {
        let verdict = decide(facts, gateways, route, p, &mut claims).map_or_else(Few::default, |a| Few::One(a.about(route, p)));
        return (verdict, claims.into_few());
    }
    let mut out: Vec<Attachment> = Vec::with_capacity(route.parents.len());
    let judge = |p: ParentRef, claims: &mut Claims, out: &mut Vec<Attachment>| {
        if !out.iter().any(|o| o.parent(route) == Some(&p))
            && let Some(a) = decide(facts, gateways, route, &p, claims)
        {
            out.push(a.about(route, &p));
        }
    };
    if route.default_scope.is_some() {
        for p in parents(facts, route) {
            judge(p, &mut claims, &mut out);
        }
    } else {
        for p in &route.parents {
            judge(*p, &mut claims, &mut out);
        }
    }
    (out.into(), claims.into_few())
}

/// What a route depends on, from its own text, sorted.
pub(crate) fn topics(facts: &Facts<'_>, route: &Route) -> Vec<Topic> {
    let object = |kind, ns, name| Topic::Object(Key { kind, ns, name });
    let mut out = alloc::vec![object(Kind::Namespace, Sym::NONE, route.meta.ns)];
    for p in &route.parents {
        match p.to {
            ParentKind::Gateway => out.push(object(Kind::Gateway, p.ns, p.name)),
            ParentKind::Set(kind) => {
                out.push(object(kind, p.ns, p.name));
                // What refuses the set is told with its namespace's labels.
                out.push(object(Kind::Namespace, Sym::NONE, p.ns));
            }
            ParentKind::Service | ParentKind::Other => {}
        }
    }
    if route.default_scope.is_some() {
        out.push(Topic::DefaultGateways);
    }
    for rule in &route.rules {
        let filters = rule.filters.as_deref();
        let side = filters.into_iter().flat_map(|f| f.mirrors.iter().chain(f.auth.iter()));
        for b in rule.backends.iter().chain(side) {
            if let Some(kind) = facts.backend_kind(b.group, b.kind) {
                out.push(object(kind, b.ns, b.name));
            }
            if b.ns != route.meta.ns {
                out.push(Topic::Grants(b.ns));
            }
        }
        for e in filters.into_iter().flat_map(|f| f.extensions.iter()) {
            out.push(Topic::Foreign(e.group, e.kind, e.name));
        }
    }
    crate::sort::unstable(&mut out);
    out.dedup();
    out
}

/// A reference of a rule, for the order of rule 29: backendRefs, then filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefOf {
    Backend(usize),
    Mirror(usize),
    Auth(usize),
    Extension(usize),
}

/// Every reference of a rule with its verdict.
pub(crate) fn references(facts: &Facts<'_>, route: &Route, rule: &Rule, profile: &Profile) -> Vec<(RefOf, Verdict, i32)> {
    let from = facts.referrer(route.kind, route.meta.ns);
    let mut out = Vec::new();
    for (i, b) in rule.backends.iter().enumerate() {
        out.push((RefOf::Backend(i), facts.backend(from, route.kind, b, profile).refs, b.weight));
    }
    if let Some(f) = &rule.filters {
        for (i, b) in f.mirrors.iter().enumerate() {
            out.push((RefOf::Mirror(i), facts.backend(from, route.kind, b, profile).refs, 1));
        }
        for (i, b) in f.auth.iter().enumerate() {
            out.push((RefOf::Auth(i), facts.backend(from, route.kind, b, profile).refs, 1));
        }
        for (i, e) in f.extensions.iter().enumerate() {
            out.push((RefOf::Extension(i), facts.extension(route.meta.ns, e, profile), 1));
        }
        if f.on_backend && profile.has(Flag::FilterDropsRoute) {
            out.push((RefOf::Extension(usize::MAX), Verdict::No(super::backends::INVALID_FILTER), 1));
        }
    }
    out
}

/// ResolvedRefs of a route under a profile: of several reasons the first in order of rule, backendRef, filter.
pub(crate) fn resolved_refs(facts: &Facts<'_>, route: &Route, profile: &Profile) -> (Tri, &'static str, Option<Cause>) {
    let mut failed: Option<&'static str> = None;
    let mut unknown = None;
    for rule in &route.rules {
        for (_, verdict, weight) in references(facts, route, rule, profile) {
            if weight == 0 && profile.has(Flag::WeightZeroUnchecked) {
                continue;
            }
            match verdict {
                Verdict::Yes => {}
                Verdict::No(reason) => {
                    if failed.is_none() || profile.has(Flag::LastReason) {
                        failed = Some(reason);
                    }
                }
                Verdict::Unknown(cause) => unknown = unknown.or(Some(cause)),
            }
        }
    }
    match (failed, unknown) {
        (Some(reason), _) => (Tri::False, reason, None),
        (None, Some(cause)) => (Tri::Unknown, "Pending", Some(cause)),
        (None, None) => (Tri::True, "ResolvedRefs", None),
    }
}

/// What happens to requests of a rule.
#[derive(Clone, Debug)]
pub(crate) struct RuleFate {
    pub(crate) redirect: Option<u16>,
    /// A filter cannot be applied: every request gets an error (rule 40).
    pub(crate) filter: Verdict,
    /// Of backends and mirrors; empty where every one of them is good.
    backends: Vec<BackendState>,
    mirrors: Vec<BackendState>,
}

impl RuleFate {
    pub(crate) fn of(facts: &Facts<'_>, route: &Route, rule: &Rule, profile: &Profile) -> Self {
        let from = facts.referrer(route.kind, route.meta.ns);
        let judge = |b: &BackendRef| facts.backend(from, route.kind, b, profile);
        let filters = rule.filters.as_deref();
        let mut filter = Verdict::Yes;
        if let Some(f) = filters {
            let auth = f.auth.iter().map(|b| judge(b).usable);
            for verdict in f.extensions.iter().map(|e| facts.extension(route.meta.ns, e, profile)).chain(auth) {
                match (filter, verdict) {
                    (_, Verdict::No(_)) => filter = Verdict::No(super::backends::INVALID_FILTER),
                    (Verdict::Yes, Verdict::Unknown(_)) => filter = verdict,
                    _ => {}
                }
            }
        }
        Self {
            redirect: filters.and_then(|f| f.redirect),
            filter,
            backends: unless_good(&rule.backends, &judge),
            mirrors: filters.map_or_else(Vec::new, |f| unless_good(&f.mirrors, &judge)),
        }
    }

    pub(crate) fn backend(&self, index: usize) -> BackendState {
        self.backends.get(index).copied().unwrap_or(BackendState::GOOD)
    }
    pub(crate) fn mirror(&self, index: usize) -> BackendState {
        self.mirrors.get(index).copied().unwrap_or(BackendState::GOOD)
    }

    /// Every reference of the rule resolves and leads somewhere.
    pub(crate) fn resolves(&self) -> bool {
        self.filter == Verdict::Yes && self.backends.is_empty() && self.mirrors.is_empty()
    }

    /// Rule 31: no request of the rule can reach a backend.
    pub(crate) fn answers_error(&self, rule: &Rule) -> bool {
        if matches!(self.filter, Verdict::No(_)) {
            return true;
        }
        // An extension filter may answer by itself (a direct response).
        let answered = rule.backends.is_empty() && rule.filters.as_ref().is_some_and(|f| !f.extensions.is_empty());
        self.redirect.is_none()
            && !answered
            && !rule.backends.iter().enumerate().any(|(i, b)| b.weight > 0 && !matches!(self.backend(i).usable, Verdict::No(_)))
    }
}

/// The verdicts on some backends; none where all are good, which most are.
fn unless_good(list: &[BackendRef], judge: &dyn Fn(&BackendRef) -> BackendState) -> Vec<BackendState> {
    let mut out = Vec::new();
    for (i, b) in list.iter().enumerate() {
        let state = judge(b);
        if out.is_empty() && state != BackendState::GOOD {
            out = alloc::vec![BackendState::GOOD; i];
            out.push(state);
        } else if !out.is_empty() {
            out.push(state);
        }
    }
    out
}

/// A filter of the route takes all of its rules out (`unsupported-filter-drops-route`).
pub(crate) fn dropped(route: &Route, profile: &Profile) -> bool {
    profile.has(Flag::FilterDropsRoute) && route.rules.iter().filter_map(|r| r.filters.as_deref()).any(|f| f.on_backend || !f.extensions.is_empty())
}
