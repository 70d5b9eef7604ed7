//! Routes that lead from one tenant to another.

use super::OnRoute;
use crate::diagnose::Info;
use crate::diagnose::text::{backend_ref, name_of, ref_field, subject};
use crate::index::deps::Topic;
use crate::model::{Key, Kind};
use crate::report::rows::object;
use crate::resolve::route::RefOf;
use crate::text::Sym;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0505",
    name: "cross-tenant",
    severity: Severity::Warning,
    title: "a route crosses from one tenant to another",
    meaning: "The route's namespace and that of its Gateway or backend carry different values of the tenant label.",
    remedy: "Keep a tenant's routes, Gateways and backends in its own namespaces; a namespace without the label belongs to everybody.",
    rules: &[10, 26],
};

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    let (facts, route) = (&on.facts, on.route);
    let Some(label) = on.engine.settings().tenant_label.as_deref().and_then(|l| facts.names.find(l)).filter(|l| l.is_some()) else { return };
    // Whose tenant a namespace is may change without a change of anything that the route names.
    let tenant = |ns: Sym| {
        on.watch(Topic::Object(Key { kind: Kind::Namespace, ns: Sym::NONE, name: ns }));
        facts.store.namespace(ns)?.labels.iter().find(|(k, _)| *k == label).map(|(_, v)| *v)
    };
    let Some(mine) = tenant(route.meta.ns) else { return };
    let other = |ns: Sym| if ns == route.meta.ns { None } else { tenant(ns).filter(|t| *t != mine) };
    let me = || subject(facts, route);
    for (i, rule) in route.rules.iter().enumerate() {
        let mirrors = rule.filters.as_deref().map_or(&[][..], |f| &f.mirrors);
        let all = rule.backends.iter().enumerate().map(|(j, b)| (RefOf::Backend(j), b)).chain(mirrors.iter().enumerate().map(|(j, b)| (RefOf::Mirror(j), b)));
        for (what, b) in all {
            let Some(theirs) = other(b.ns) else { continue };
            let target = backend_ref(facts, b);
            let message = format!("the route of tenant `{}` leads to {} of tenant `{}`", facts.text(mine), name_of(&target), facts.text(theirs));
            let hint = "remove the reference, or the ReferenceGrant that permits it";
            out.push(INFO.about(me(), message).hint(hint).field(ref_field(route, i, what)).related(target).done());
        }
    }
    let mut gateways: Vec<u32> = on.state.claims.iter().map(|c| c.gateway).collect();
    crate::sort::unstable(&mut gateways);
    gateways.dedup();
    for state in gateways.into_iter().filter_map(|g| on.engine.gateway_state(g)) {
        let Some(theirs) = other(state.ns) else { continue };
        let target = object(facts, Kind::Gateway, state.ns, state.name);
        let message = format!("the route of tenant `{}` is attached to {} of tenant `{}`", facts.text(mine), name_of(&target), facts.text(theirs));
        let hint = "let only the tenant's own namespaces in with `allowedRoutes`";
        out.push(INFO.about(me(), message).hint(hint).field("spec.parentRefs").related(target).done());
    }
}
