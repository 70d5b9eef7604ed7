//! Gateways, listeners, attachments, policies and mesh routes in words.

use super::rows::{gateway_ref, object, owner, protocol, tls_mode};
use crate::attach::gates::{ROUTE_KINDS, gates};
use crate::attach::{Attachment as Verdict, Gateways};
use crate::engine::Engine;
use crate::model::gateway::{Gateway as GatewayModel, ObjectName};
use crate::model::route::{ParentKind, ParentRef as Ref, ParentStatus, Route};
use crate::profile;
use crate::resolve::Facts;
use crate::resolve::gateway::{ClientAuth, GatewayState, LState, Owner};
use crate::resolve::route::resolved_refs;
use crate::types::{
    Address, Attachment, Gateway, Listener, ListenerSet, ListenerTls, MeshRoute, ObjectRef, ParentRef, Policy, Reported, RouteGroupKind, Text, Tri,
};
use alloc::string::ToString;
use alloc::vec::Vec;

pub(crate) fn gateway(facts: &Facts<'_>, model: &GatewayModel, state: &GatewayState) -> Gateway {
    let addresses = model.addresses.iter().map(|a| Address { kind: facts.text(a.kind).to_string(), value: facts.text(a.value).to_string(), reach: a.reach });
    Gateway {
        namespace: facts.text(state.ns).to_string(),
        name: facts.text(state.name).to_string(),
        class: facts.text(state.class).to_string(),
        controller: state.controller.is_some().then(|| facts.text(state.controller).to_string()),
        profile: Text::Borrowed(state.profile.name),
        addresses: addresses.collect(),
        reach: state.reach,
        accepted: model.accepted,
        programmed: model.programmed,
    }
}

pub(crate) fn listener_sets(facts: &Facts<'_>, state: &GatewayState) -> Vec<ListenerSet> {
    let one = |s: &crate::resolve::gateway::SetState| ListenerSet {
        namespace: facts.text(s.ns).to_string(),
        name: facts.text(s.name).to_string(),
        gateway: gateway_ref(facts, state),
        accepted: s.accepted.tri(),
        reason: reason(s.accepted, "Accepted"),
        cause: s.accepted.cause().map(|c| c.text(facts.names)),
    };
    state.sets.iter().map(one).collect()
}

/// The reason of a verdict: `good`, its own, or Pending.
fn reason(verdict: crate::resolve::verdict::Verdict, good: &'static str) -> Text {
    use crate::resolve::verdict::Verdict;
    Text::Borrowed(match verdict {
        Verdict::Yes => good,
        Verdict::No(reason) => reason,
        Verdict::Unknown(_) => "Pending",
    })
}

/// Rule 43 with `unaccepted-listenerset`.
pub(crate) fn attached_routes(engine: &Engine, handle: u32, state: &GatewayState, l: &LState, index: u32) -> usize {
    let unaccepted = match l.owner {
        Owner::Set(i) => state.sets.get(i as usize).is_some_and(|s| s.accepted.tri() == Tri::False),
        Owner::Gateway => false,
    };
    if unaccepted && state.profile.has(profile::Flag::UnacceptedSetUncounted) {
        return 0;
    }
    engine.attached_to(handle, index)
}

pub(crate) fn listener(engine: &Engine, handle: u32, state: &GatewayState, l: &LState, index: u32) -> Listener {
    let facts = engine.facts();
    let any = facts.words.any;
    let model = listener_model(&facts, state, l);
    let tls = l.protocol.has_tls().then(|| ListenerTls {
        mode: tls_mode(l).unwrap_or_default(),
        client_auth: Text::Borrowed(match l.client_auth {
            ClientAuth::None => "none",
            ClientAuth::Optional => "optional",
            ClientAuth::Required => "required",
        }),
        certificates: model.and_then(|m| m.tls.as_deref()).map_or_else(Vec::new, |t| t.certificates.iter().map(|c| named(&facts, c)).collect()),
    });
    let mut assumes: Vec<ObjectRef> = l.certificates.assumes.iter().map(|o| named(&facts, o)).collect();
    crate::sort::natural(&mut assumes);
    assumes.dedup();
    let kinds = ROUTE_KINDS.iter().filter(|k| k.bit() & l.kinds != 0);
    Listener {
        owner: owner(&facts, state, l),
        gateway: gateway_ref(&facts, state),
        name: facts.text(l.name).to_string(),
        port: l.port,
        protocol: protocol(&facts, l),
        hostname: l.hostname(any).filter(|h| *h != any).map(|h| facts.text(h).to_string()),
        tls,
        supported_kinds: kinds.map(|k| RouteGroupKind { group: Text::Borrowed(k.group()), kind: k.text() }).collect(),
        attached_routes: attached_routes(engine, handle, state, l, index),
        programmed: l.programmed,
        cause: l.cause.filter(|_| l.programmed.is_none()).map(|c| c.text(facts.names)),
        assumes,
        reasons: l.reasons.iter().map(|r| r.text(facts.names)).collect(),
    }
}

/// A listener as its owner has it.
pub(crate) fn listener_model<'a>(facts: &Facts<'a>, state: &GatewayState, l: &LState) -> Option<&'a crate::model::gateway::Listener> {
    match l.owner {
        Owner::Gateway => {
            let handle = facts.store.find(crate::model::Kind::Gateway, state.ns, state.name)?;
            facts.store.gateways.get(handle)?.listeners.get(l.index as usize)
        }
        Owner::Set(i) => facts.store.sets.get(state.sets.get(i as usize)?.handle)?.listeners.get(l.index as usize),
    }
}

pub(crate) fn named(facts: &Facts<'_>, o: &ObjectName) -> ObjectRef {
    let namespace = o.ns.is_some().then(|| facts.text(o.ns).to_string());
    ObjectRef { kind: Text::Owned(facts.text(o.kind).to_string()), namespace, name: facts.text(o.name).to_string() }
}

pub(crate) fn parent_ref(facts: &Facts<'_>, p: &Ref) -> ParentRef {
    let text = |s: crate::text::Sym| facts.text(s).to_string();
    ParentRef {
        group: Text::Owned(text(p.group)),
        kind: Text::Owned(text(p.kind)),
        namespace: text(p.ns),
        name: text(p.name),
        section_name: p.section.is_some().then(|| text(p.section)),
        port: (p.port != 0).then_some(p.port),
    }
}

/// The entry of a route's status for a parentRef, by controllerName and the whole defaulted parentRef (rule 46).
pub(crate) fn reported<'r>(gateways: &Gateways, route: &'r Route, p: &Ref, verdict: &Verdict) -> Option<&'r ParentStatus> {
    let controller = verdict.gateway().and_then(|g| gateways.get(g as usize)?.as_ref()).map(|g| g.controller).filter(|c| c.is_some());
    let mut entries = route.status.iter().filter(|s| s.parent == *p && controller.is_none_or(|c| c == s.controller));
    entries.next()
}

/// Computed and reported are both certain, current, and differ.
pub(crate) fn drifts(computed: Tri, said: Tri, current: bool) -> bool {
    current && computed != Tri::Unknown && said != Tri::Unknown && computed != said
}

/// `with_gates`: in `explain` for every attachment, in a report only where it is not accepted.
/// Whether its controller says otherwise of it than was computed, or refuses it.
pub(crate) fn is_disputed(engine: &Engine, route: &Route, p: &Ref, verdict: &Verdict) -> bool {
    let facts = engine.facts();
    let Some(said) = reported(engine.sources().gateways, route, p, verdict).filter(|s| s.current) else { return false };
    said.accepted == Tri::False || drifts(verdict.accepted, said.accepted, true) || {
        drifts(resolved_refs(&facts, route, profile_of(engine, verdict)).0, said.resolved, true)
    }
}

/// The profile that an attachment is judged by: that of its Gateway.
fn profile_of(engine: &Engine, verdict: &Verdict) -> &'static profile::Profile {
    let state = verdict.gateway().and_then(|g| engine.gateway_state(g));
    state.map_or_else(|| engine.facts().profile.unwrap_or(&profile::STANDARD), |s| s.profile)
}

pub(crate) fn attachment(engine: &Engine, route: &Route, p: &Ref, verdict: &Verdict, with_gates: bool) -> Attachment {
    let facts = engine.facts();
    let sources = engine.sources();
    let state = verdict.gateway().and_then(|g| engine.gateway_state(g));
    let (resolved, resolved_reason, _) = resolved_refs(&facts, route, profile_of(engine, verdict));
    let said = reported(sources.gateways, route, p, verdict);
    let drift = said.is_some_and(|s| drifts(verdict.accepted, s.accepted, s.current) || drifts(resolved, s.resolved, s.current));
    let listeners = verdict.listeners.iter().filter_map(|i| state?.listener(*i)).map(|l| facts.text(l.name).to_string());
    Attachment {
        route: object(&facts, route.kind, route.meta.ns, route.meta.name),
        parent_ref: parent_ref(&facts, p),
        accepted: verdict.accepted,
        reason: Text::Borrowed(verdict.reason()),
        cause: verdict.cause.map(|c| c.text(facts.names)),
        resolved_refs: resolved,
        resolved_refs_reason: Text::Borrowed(resolved_reason),
        listeners: listeners.collect(),
        gates: if with_gates || verdict.accepted != Tri::True { gates(&facts, sources.gateways, route, p) } else { Vec::new() },
        reported: said.map(|s| Reported {
            controller: facts.text(s.controller).to_string(),
            accepted: s.accepted,
            resolved_refs: s.resolved,
            current: s.current,
        }),
        drift,
    }
}

/// Rule 42: producers live in the Service's namespace, consumers do not.
pub(crate) fn mesh(facts: &Facts<'_>, route: &Route) -> Vec<MeshRoute> {
    let services = route.parents.iter().filter(|p| p.to == ParentKind::Service);
    let mut out: Vec<MeshRoute> = services
        .map(|p| MeshRoute {
            route: object(facts, route.kind, route.meta.ns, route.meta.name),
            service: object(facts, crate::model::Kind::Service, p.ns, p.name),
            role: Text::Borrowed(if p.ns == route.meta.ns { "producer" } else { "consumer" }),
            rules: route.rules.len(),
        })
        .collect();
    out.dedup();
    out
}

pub(crate) fn policies(facts: &Facts<'_>) -> Vec<Policy> {
    let mut out = Vec::new();
    for (_, policy) in facts.store.policies.iter() {
        for target in &policy.targets {
            let (verdict, ca) = facts.policy_accepted(policy, target);
            let mut assumes: Vec<ObjectRef> = ca.assumes.iter().map(|o| named(facts, o)).collect();
            crate::sort::natural(&mut assumes);
            out.push(Policy {
                kind: crate::model::Kind::BackendTlsPolicy.text(),
                namespace: facts.text(policy.meta.ns).to_string(),
                name: facts.text(policy.meta.name).to_string(),
                target: named(facts, &target.object),
                section_name: target.section.is_some().then(|| facts.text(target.section).to_string()),
                accepted: verdict.tri(),
                reason: reason(verdict, "Accepted"),
                cause: verdict.cause().map(|c| c.text(facts.names)),
                assumes,
            });
        }
    }
    crate::sort::natural(&mut out);
    out.dedup();
    out
}
