//! `explain KIND/NAMESPACE/NAME`: an object's gates, listeners, rows and findings.

use super::{parts, render};
use crate::engine::Engine;
use crate::model::Kind;
use crate::model::route::ParentKind;
use crate::text::Sym;
use crate::types::{Explanation, ObjectRef};
use alloc::vec::Vec;

/// What there is to say about one object; `None` where the snapshot does not have it.
pub(crate) fn explain(engine: &Engine, subject: &ObjectRef) -> Option<Explanation> {
    let facts = engine.facts();
    let kind = Kind::by_name(&subject.kind)?;
    let ns = if kind.namespaced() { facts.names.find(subject.namespace.as_deref().unwrap_or("default"))? } else { Sym::NONE };
    let name = facts.names.find(&subject.name)?;
    facts.store.find(kind, ns, name)?;
    let subject = super::rows::object(&facts, kind, ns, name);
    let mut out = Explanation { subject: subject.clone(), attachments: Vec::new(), listeners: Vec::new(), exposures: Vec::new(), findings: Vec::new() };
    let mut routes: Vec<u32> = Vec::new();
    for (handle, route) in facts.store.routes.iter() {
        let itself = route.kind == kind && route.meta.ns == ns && route.meta.name == name;
        let Some(state) = engine.route_state(handle) else { continue };
        for (p, verdict) in state.attachments(route) {
            let parent = p.ns == ns
                && p.name == name
                && match p.to {
                    ParentKind::Gateway => kind == Kind::Gateway,
                    ParentKind::Set(set) => kind == set,
                    ParentKind::Service | ParentKind::Other => false,
                };
            if itself || parent {
                out.attachments.push(parts::attachment(engine, route, p, verdict, true));
            }
        }
        let backend = route.rules.iter().any(|r| {
            let side = r.filters.iter().flat_map(|f| f.mirrors.iter());
            r.backends.iter().chain(side).any(|b| b.ns == ns && b.name == name && facts.backend_kind(b.group, b.kind) == Some(kind))
        });
        if itself
            || backend
            || state.claims.iter().any(|c| engine.gateway_state(c.gateway).is_some_and(|g| kind == Kind::Gateway && g.ns == ns && g.name == name))
        {
            routes.push(handle);
        }
    }
    crate::sort::by(&mut out.attachments, |a, b| (&a.route, &a.parent_ref).cmp(&(&b.route, &b.parent_ref)));
    for (handle, _) in facts.store.gateways.iter() {
        let Some(state) = engine.gateway_state(handle) else { continue };
        for (l, i) in state.listeners.iter().zip(0_u32..) {
            let listener = parts::listener(engine, handle, state, l, i);
            if listener.owner == subject || (kind == Kind::Gateway && state.ns == ns && state.name == name) {
                out.listeners.push(listener);
            }
        }
    }
    crate::sort::by(&mut out.listeners, |a, b| (&a.owner, a.port, &a.name).cmp(&(&b.owner, b.port, &b.name)));
    out.exposures = render::exposures(engine, |h| routes.contains(&h));
    if matches!(kind, Kind::Gateway | Kind::ListenerSet | Kind::XListenerSet) {
        out.exposures.retain(|e| {
            e.listener.owner == subject || (kind == Kind::Gateway && Some(&e.gateway.namespace) == subject.namespace.as_ref() && e.gateway.name == subject.name)
        });
    }
    if matches!(kind, Kind::Service | Kind::ServiceImport | Kind::XBackend) {
        out.exposures.retain(|e| {
            e.backend.as_ref().is_some_and(|b| b.kind == kind.name() && Some(&b.namespace) == subject.namespace.as_ref() && b.name == subject.name)
        });
    }
    out.findings = crate::diagnose::all(engine);
    out.findings.retain(|f| f.subject == subject || f.related.contains(&subject));
    Some(out)
}
