//! GatewayClasses, Gateways, ListenerSets and their listeners, defaulted (rules 7 to 11, 23, 28, 48).

use super::cx::{At, Cx, condition, current};
use super::route::hostname;
use crate::index::Map;
use crate::model::Meta;
use crate::model::gateway::{Address, Class, Frontend, Gateway, Listener, ListenerHost, ListenerStatus, ObjectName, Protocol, Set, Tls, Validation};
use crate::model::issue::IssueKind;
use crate::model::kinds::{GATEWAY_GROUP, Kind};
use crate::model::selector::{From, Operator, Requirement, Selector};
use crate::snapshot::decode::Part;
use crate::snapshot::lenient::{F, Pairs, S};
use crate::snapshot::wire::{self, Feature, List, Raw};
use crate::text::Sym;
use crate::types::{Reach, Tri};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn class(cx: &mut Cx<'_>, meta: Meta, spec: &Part<'_>, status: &Part<'_>) -> Class {
    let at = At::root();
    let controller = match spec {
        Part::Class(f) => cx.field(&at.key("spec"), f).map_or(Sym::NONE, |s| cx.sym(&at.key("spec").key("controllerName"), &s.controller)),
        _ => Sym::NONE,
    };
    let (accepted, features) = match status {
        Part::ClassStatus(F::Ok(s)) => {
            let features = s.features.ok().filter(|l| !l.is_empty()).map(|list| {
                let mut out = Vec::new();
                for f in list {
                    match f {
                        Feature::Name(name) | Feature::Object(F::Ok(name)) => out.push(cx.names.intern(name)),
                        Feature::Object(_) | Feature::Other => {}
                    }
                }
                out.into_boxed_slice()
            });
            (current(&s.conditions, "Accepted", cx.generation), features)
        }
        _ => (Tri::Unknown, None),
    };
    Class { meta, controller, accepted, features, issues: core::mem::take(&mut cx.issues).into() }
}

pub(super) fn gateway(cx: &mut Cx<'_>, meta: Meta, annotations: Raw<'_>, spec: &Part<'_>, status: &Part<'_>) -> Gateway {
    let empty = wire::GatewaySpec::default();
    let root = At::root();
    let at = root.key("spec");
    let spec = match spec {
        Part::Gateway(f) => cx.field(&at, f).unwrap_or(&empty),
        _ => &empty,
    };
    let class = cx.sym(&at.key("gatewayClassName"), &spec.class);
    if class.is_none() {
        cx.issue(IssueKind::Missing, &at.key("gatewayClassName"), "nothing", "the name of a GatewayClass");
    }
    let listeners = listeners(cx, &at.key("listeners"), &spec.listeners, meta.ns);
    let allowed_at = at.key("allowedListeners");
    let allowed = match cx.field(&allowed_at, &spec.allowed) {
        // Rule 23: allowedListeners defaults to None.
        Some(a) => from(cx, &allowed_at.key("namespaces"), &a.namespaces, From::None),
        None => From::None,
    };
    let (mut frontend, mut client_certificate) = (None, None);
    if let Some(tls) = cx.field(&at.key("tls"), &spec.tls) {
        let tls_at = at.key("tls");
        if let Some(f) = cx.field(&tls_at.key("frontend"), &tls.frontend) {
            let here = tls_at.key("frontend");
            let default = match cx.field(&here.key("default"), &f.default) {
                Some(config) => validation_of(cx, &here.key("default"), config, meta.ns),
                None => None,
            };
            let mut ports = Vec::new();
            for (i, p) in cx.list(&here.key("perPort"), &f.per_port) {
                let list = here.key("perPort");
                let item = list.index(i);
                let port = cx.port(&item.key("port"), &p.port);
                let config = match cx.field(&item.key("tls"), &p.tls) {
                    Some(config) => validation_of(cx, &item.key("tls"), config, meta.ns),
                    None => None,
                };
                ports.push((port, config));
            }
            frontend = Some(Box::new(Frontend { default, ports: ports.into() }));
        }
        if let Some(b) = cx.field(&tls_at.key("backend"), &tls.backend)
            && let Some(r) = b.client.ok()
        {
            client_certificate = Some(Box::new(cx.object(&tls_at.key("backend").key("clientCertificateRef"), r, "", "Secret", meta.ns)));
        }
    }
    let default_scope = cx.sym(&at.key("defaultScope"), &spec.default_scope);
    let reach = annotation_reach(cx, annotations);
    let issues = core::mem::take(&mut cx.issues).into();
    let empty = wire::GatewayStatus::default();
    let status = said_of(status, &empty);
    let said: Vec<_> = ["Accepted", "Programmed"].into_iter().filter_map(|kind| Some((kind, condition(&status.conditions, kind, cx.generation)?))).collect();
    let addresses = status.addresses.ok().into_iter().flatten().filter_map(F::ok).filter_map(|a| address(cx, a)).collect();
    Gateway {
        meta,
        class,
        listeners,
        allowed,
        frontend,
        client_certificate,
        default_scope,
        reach,
        addresses,
        accepted: current(&status.conditions, "Accepted", cx.generation),
        programmed: current(&status.conditions, "Programmed", cx.generation),
        waiting: said.iter().any(|(kind, (status, _, _))| *status == Tri::Unknown || (*kind == "Programmed" && *status == Tri::False)),
        stale: said.iter().any(|(_, (_, is_current, _))| !is_current),
        listener_status: listener_status(cx, &status.listeners),
        issues,
    }
}

pub(super) fn set(cx: &mut Cx<'_>, kind: Kind, meta: Meta, spec: &Part<'_>, status: &Part<'_>) -> Set {
    let empty = wire::ListenerSetSpec::default();
    let root = At::root();
    let at = root.key("spec");
    let spec = match spec {
        Part::ListenerSet(f) => cx.field(&at, f).unwrap_or(&empty),
        _ => &empty,
    };
    let parent = cx.field(&at.key("parentRef"), &spec.parent);
    let gateway = parent.and_then(|p| {
        let object = cx.object(&at.key("parentRef"), p, GATEWAY_GROUP, "Gateway", meta.ns);
        let ours = cx.names.get(object.group) == GATEWAY_GROUP && cx.names.get(object.kind) == "Gateway";
        ours.then_some((object.ns, object.name))
    });
    if gateway.is_none() {
        cx.issue(IssueKind::Missing, &at.key("parentRef"), "nothing", "a reference to a Gateway");
    }
    let listeners = listeners(cx, &at.key("listeners"), &spec.listeners, meta.ns);
    let issues = core::mem::take(&mut cx.issues).into();
    let empty = wire::GatewayStatus::default();
    let status = said_of(status, &empty);
    let stale =
        ["Accepted", "Programmed"].into_iter().any(|kind| condition(&status.conditions, kind, cx.generation).is_some_and(|(_, is_current, _)| !is_current));
    Set { kind, meta, gateway, listeners, stale, listener_status: listener_status(cx, &status.listeners), issues }
}

fn listeners(cx: &mut Cx<'_>, at: &At<'_>, list: &List<wire::Listener<'_>>, ns: Sym) -> Box<[Listener]> {
    let mut out = Vec::new();
    let mut names: Map<Sym, ()> = Map::default();
    for (i, l) in cx.list(at, list) {
        let made = listener(cx, &at.index(i), l, ns);
        // A name is what a listener is known by, and the server refuses a second one. Without a name it goes by its index.
        if made.name.is_some() && names.insert(made.name, ()).is_some() {
            let text = String::from(cx.names.get(made.name));
            cx.bad(&at.index(i).key("name"), &text, "a name of its own; the first listener of a name counts");
            continue;
        }
        out.push(made);
    }
    out.into()
}

fn listener(cx: &mut Cx<'_>, at: &At<'_>, l: &wire::Listener<'_>, ns: Sym) -> Listener {
    let name = cx.sym(&at.key("name"), &l.name);
    if name.is_none() {
        cx.issue(IssueKind::Missing, &at.key("name"), "nothing", "a listener's name");
    }
    let port = cx.port(&at.key("port"), &l.port);
    if l.port == F::Absent {
        cx.issue(IssueKind::Missing, &at.key("port"), "nothing", "a port from 1 to 65535");
    }
    let protocol_text = cx.sym(&at.key("protocol"), &l.protocol);
    let protocol = Protocol::of(cx.names.get(protocol_text));
    let host = match cx.field(&at.key("hostname"), &l.hostname).map(|s| &**s) {
        None | Some("") => ListenerHost::Any,
        Some("*") => {
            cx.issue(IssueKind::BareWildcard, &at.key("hostname"), "*", "no hostname at all for every host");
            ListenerHost::Any
        }
        Some(text) => hostname(cx, &at.key("hostname"), text).map_or(ListenerHost::Bad, ListenerHost::Is),
    };
    // TCP and UDP listeners have no hostname; what is written there has no effect.
    let host = if protocol.has_hostnames() { host } else { ListenerHost::Any };
    let tls = cx.field(&at.key("tls"), &l.tls).map(|t| Box::new(tls(cx, &at.key("tls"), t, ns)));
    let (mut kinds, mut namespaces) = (None, From::Same);
    if let Some(allowed) = cx.field(&at.key("allowedRoutes"), &l.allowed) {
        let here = at.key("allowedRoutes");
        namespaces = from(cx, &here.key("namespaces"), &allowed.namespaces, From::Same);
        let mut written = cx.list(&here.key("kinds"), &allowed.kinds).peekable();
        if written.peek().is_some() {
            let list = here.key("kinds");
            let all = written.map(|(i, k)| {
                // Rule 8: the group defaults to the Gateway API's.
                (cx.sym_or(&list.index(i).key("group"), &k.group, GATEWAY_GROUP), cx.sym(&list.index(i).key("kind"), &k.kind))
            });
            kinds = Some(all.collect());
        }
    }
    // Rule 10: `None` is a word of `allowedListeners` only.
    if namespaces == From::None {
        cx.bad(&at.key("allowedRoutes").key("namespaces").key("from"), "None", "`Same`, `All` or `Selector`");
        namespaces = From::Invalid;
    }
    Listener { name, port, protocol, protocol_text, host, tls, kinds, from: namespaces }
}

fn tls(cx: &mut Cx<'_>, at: &At<'_>, t: &wire::ListenerTls<'_>, ns: Sym) -> Tls {
    let passthrough = match cx.field(&at.key("mode"), &t.mode).map(|s| &**s) {
        None | Some("Terminate" | "") => false,
        Some("Passthrough") => true,
        Some(other) => {
            cx.bad(&at.key("mode"), other, "`Terminate` or `Passthrough`");
            false
        }
    };
    let list = at.key("certificateRefs");
    let certificates = cx.list(&list, &t.certificates).map(|(i, r)| cx.object(&list.index(i), r, "", "Secret", ns)).collect();
    let options = cx.field(&at.key("options"), &t.options);
    let mutual = options.is_some_and(|Pairs(p)| {
        p.iter().any(|(k, v)| &**k == "gateway.istio.io/tls-terminate-mode" && v.ok().is_some_and(|v| matches!(&**v, "MUTUAL" | "ISTIO_MUTUAL")))
    });
    Tls { passthrough, certificates, mutual, options: options.is_some_and(|p| !p.0.is_empty()) }
}

fn validation_of(cx: &mut Cx<'_>, at: &At<'_>, config: &wire::TlsConfig<'_>, ns: Sym) -> Option<Validation> {
    let v = cx.field(&at.key("validation"), &config.validation)?;
    Some(validation(cx, &at.key("validation"), v, &v.ca, "caCertificateRefs", ns))
}

pub(super) fn validation(cx: &mut Cx<'_>, at: &At<'_>, v: &wire::Validation<'_>, refs: &List<wire::Ref<'_>>, key: &'static str, ns: Sym) -> Validation {
    let list = at.key(key);
    let ca: Box<[ObjectName]> = cx.list(&list, refs).map(|(i, r)| cx.object(&list.index(i), r, "", "ConfigMap", ns)).collect();
    let optional = v.mode.ok().is_some_and(|m| &**m == "AllowInsecureFallback");
    Validation { ca, optional }
}

/// `namespaces` of allowedRoutes or allowedListeners.
fn from(cx: &mut Cx<'_>, at: &At<'_>, f: &F<wire::Namespaces<'_>>, default: From) -> From {
    let Some(n) = cx.field(at, f) else { return default };
    match cx.field(&at.key("from"), &n.from).map(|s| &**s) {
        None => default,
        Some("Same") => From::Same,
        Some("All") => From::All,
        Some("None") => From::None,
        Some("Selector") => match cx.field(&at.key("selector"), &n.selector) {
            None => From::Selector(None),
            Some(s) => selector(cx, &at.key("selector"), s).map_or(From::Invalid, |s| From::Selector(Some(Box::new(s)))),
        },
        Some(other) => {
            cx.bad(&at.key("from"), other, "`Same`, `All` or `Selector`");
            From::Invalid
        }
    }
}

fn selector(cx: &mut Cx<'_>, at: &At<'_>, s: &wire::Selector<'_>) -> Option<Selector> {
    let mut requirements = Vec::new();
    let mut good = true;
    if let Some(Pairs(pairs)) = cx.field(&at.key("matchLabels"), &s.labels) {
        for (key, value) in pairs {
            let value = cx.sym(&at.key("matchLabels"), value);
            requirements.push(Requirement { key: cx.names.intern(key), operator: Operator::In, values: Box::from([value]) });
        }
    }
    let list = at.key("matchExpressions");
    for (i, e) in cx.list(&list, &s.expressions) {
        let here = list.index(i);
        let key = cx.sym(&here.key("key"), &e.key);
        let values: Box<[Sym]> = cx.list(&here.key("values"), &e.values).map(|(_, v)| cx.names.intern(v)).collect();
        let operator = match cx.field(&here.key("operator"), &e.operator).map(|s| &**s) {
            Some("In") => Operator::In,
            Some("NotIn") => Operator::NotIn,
            Some("Exists") => Operator::Exists,
            Some("DoesNotExist") => Operator::DoesNotExist,
            other => {
                cx.issue(IssueKind::BadSelector, &here.key("operator"), other.unwrap_or("nothing"), "`In`, `NotIn`, `Exists` or `DoesNotExist`");
                good = false;
                continue;
            }
        };
        let wants_values = matches!(operator, Operator::In | Operator::NotIn);
        if wants_values == values.is_empty() {
            let wanted = if wants_values { "at least one value" } else { "no values" };
            cx.issue(IssueKind::BadSelector, &here.key("values"), if values.is_empty() { "none" } else { "some" }, wanted);
            good = false;
        }
        requirements.push(Requirement { key, operator, values });
    }
    good.then(|| Selector { requirements: requirements.into() })
}

/// Rule 48: the reach of an address, from its routability or from itself.
fn address(cx: &mut Cx<'_>, a: &wire::Address<'_>) -> Option<Address> {
    let value = a.value.ok().filter(|v| !v.is_empty())?;
    let kind = a.kind.ok().map_or("IPAddress", |k| k);
    let reach = match a.routability.ok().map(|s| &**s) {
        Some("Cluster" | "Private") => Reach::Internal,
        Some("Public") => Reach::External,
        None | Some("") => match kind {
            "IPAddress" => crate::model::reach::of_ip(value),
            _ => Reach::Unknown,
        },
        Some(_) => Reach::Unknown,
    };
    Some(Address { kind: cx.names.intern(kind), value: cx.names.intern(value), reach })
}

/// `gatescope.io/reach` on the Gateway overrides what its addresses say.
fn annotation_reach(cx: &mut Cx<'_>, annotations: Raw<'_>) -> Option<Reach> {
    let raw = annotations?.get();
    // Most Gateways do not have it; the annotations are decoded only where the key is written.
    if !raw.contains("gatescope.io/reach") {
        return None;
    }
    let Ok(Pairs(pairs)) = serde_json::from_slice::<Pairs<'_>>(raw.as_bytes()) else { return None };
    let (_, value) = pairs.iter().find(|(k, _)| &**k == "gatescope.io/reach")?;
    match value.ok().map(|v: &S<'_>| &**v) {
        Some("external") => Some(Reach::External),
        Some("internal") => Some(Reach::Internal),
        Some("unknown") => Some(Reach::Unknown),
        other => {
            let root = At::root();
            cx.bad(&root.key("metadata").key("annotations").key("gatescope.io/reach"), other.unwrap_or("no string"), "`external`, `internal` or `unknown`");
            None
        }
    }
}

/// The status of a Gateway or ListenerSet; the empty one where there is none that can be read.
fn said_of<'s, 'a>(status: &'s Part<'a>, empty: &'s wire::GatewayStatus<'a>) -> &'s wire::GatewayStatus<'a> {
    match status {
        Part::GatewayStatus(F::Ok(s)) => s,
        _ => empty,
    }
}

fn listener_status(cx: &mut Cx<'_>, list: &List<wire::ListenerStatus<'_>>) -> Box<[ListenerStatus]> {
    let mut out = Vec::new();
    for l in list.ok().into_iter().flatten().filter_map(F::ok) {
        let (resolved, reason) = match condition(&l.conditions, "ResolvedRefs", cx.generation) {
            Some((status, true, reason)) => (status, reason),
            _ => (Tri::Unknown, ""),
        };
        out.push(ListenerStatus {
            name: cx.names.intern(l.name.ok().map_or("", |n| n)),
            attached: l.attached.ok().and_then(|n| u32::try_from(*n).ok()),
            resolved,
            resolved_reason: cx.names.intern(reason),
        });
    }
    out.into()
}
