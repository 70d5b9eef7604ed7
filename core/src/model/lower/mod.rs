//! Wire objects to the checked model: defaults of the CRDs, names interned, every remark with its path.

mod cx;
mod gateway;
mod misc;
mod route;

use super::issue::{Issue, IssueKind};
use super::kinds::Kind;
use super::{Key, Meta, NEWEST, access, backend, gateway as gw, route as rt};
use crate::snapshot::decode::{Object, Part};
use crate::snapshot::lenient::F;
use crate::text::{Interner, Sym};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
pub(crate) use cx::{At, Cx};
pub(crate) use route::takes_all;

/// An object as the engine keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    Class(gw::Class),
    Gateway(Box<gw::Gateway>),
    Set(Box<gw::Set>),
    Route(Box<rt::Route>),
    Grant(access::Grant),
    Namespace(access::Namespace),
    Material(access::Material),
    Backend(backend::Backend),
    Slice(backend::Slice),
    Policy(Box<backend::TlsPolicy>),
    /// Known, and without any effect (XMesh).
    Inert(Meta),
}

/// What lowering makes of an object.
pub(crate) enum Lowered {
    Known(Key, Model),
    /// A kind the resolver does not know: group, kind, namespace, name.
    Foreign(super::AnyKey),
    /// It cannot be kept; why.
    Refused(Refusal),
}

/// An object that has no place: it has no kind or no name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) why: String,
}

/// Lowers one object.
pub(crate) fn lower(names: &mut Interner, mut object: Box<Object<'_>>) -> Lowered {
    let refusal = |o: &Object<'_>, why: &str| {
        let text = |f: &F<crate::snapshot::lenient::S<'_>>| f.ok().map_or_else(String::new, |s| s.to_string());
        let meta = o.meta.ok();
        Lowered::Refused(Refusal {
            kind: text(&o.kind),
            namespace: meta.map_or_else(String::new, |m| text(&m.namespace)),
            name: meta.map_or_else(String::new, |m| text(&m.name)),
            why: why.to_string(),
        })
    };
    let Some(kind_text) = object.kind.ok().filter(|k| !k.is_empty()) else {
        return refusal(&object, "it has no kind, so nothing can be made of it");
    };
    if object.api_version.ok().is_none_or(|v| v.is_empty()) {
        return refusal(&object, "it has no apiVersion, so its kind cannot be told");
    }
    let (group, version) = object.group_version();
    let known = Kind::of(group, kind_text);
    let Some(meta) = object.meta.ok() else {
        return refusal(&object, "it has no metadata");
    };
    let Some(name) = meta.name.ok().filter(|n| !n.is_empty()) else {
        return refusal(&object, "it has no metadata.name");
    };
    let Some(kind) = known else {
        let key = super::AnyKey {
            group: names.intern(group),
            kind: names.intern(kind_text),
            ns: names.intern(meta.namespace.ok().map_or("", |n| n)),
            name: names.intern(name),
        };
        return Lowered::Foreign(key);
    };
    let mut cx = Cx { names, issues: Vec::new(), generation: meta.generation.ok().copied().unwrap_or(-1) };
    if !kind.versions().contains(&version) {
        cx.issues.push(Issue {
            kind: IssueKind::UnknownVersion,
            field: String::from("apiVersion"),
            found: version.to_string(),
            wanted: format!("one of {}", kind.versions().join(", ")).into(),
        });
    }
    // kubectl reads a manifest without a namespace as one of `default`.
    let ns = match (kind.namespaced(), meta.namespace.ok().filter(|n| !n.is_empty())) {
        (true, Some(ns)) => cx.names.intern(ns),
        (true, None) => cx.names.intern("default"),
        (false, _) => Sym::NONE,
    };
    let v1alpha2 = version == "v1alpha2";
    let root = At::root();
    let created = match &meta.created {
        F::Ok(text) => misc::unix_seconds(text).unwrap_or_else(|| {
            cx.bad(&root.key("metadata").key("creationTimestamp"), text, "an RFC 3339 time");
            NEWEST
        }),
        _ => NEWEST,
    };
    let lowered = Meta { ns, name: cx.names.intern(name), created };
    let key = Key { kind, ns, name: lowered.name };
    let labels = meta.labels;
    let annotations = meta.annotations;
    if object.spec.settle(kind, false).is_err() || object.status.settle(kind, true).is_err() {
        return refusal(&object, "its spec or status cannot be read");
    }
    let model = match (kind, &object.spec) {
        (Kind::GatewayClass, spec) => Model::Class(gateway::class(&mut cx, lowered, spec, &object.status)),
        (Kind::Gateway, spec) => Model::Gateway(Box::new(gateway::gateway(&mut cx, lowered, annotations, spec, &object.status))),
        (Kind::ListenerSet | Kind::XListenerSet, spec) => Model::Set(Box::new(gateway::set(&mut cx, kind, lowered, spec, &object.status))),
        (Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute, spec) => {
            Model::Route(Box::new(route::route(&mut cx, kind, v1alpha2, lowered, spec, &object.status)))
        }
        (Kind::ReferenceGrant, Part::Grant(spec)) => Model::Grant(misc::grant(&mut cx, lowered, spec)),
        (Kind::ReferenceGrant, _) => Model::Grant(misc::grant(&mut cx, lowered, &F::Absent)),
        (Kind::Namespace, _) => Model::Namespace(misc::namespace(&mut cx, lowered, labels)),
        (Kind::Secret | Kind::ConfigMap | Kind::ClusterTrustBundle, spec) => {
            Model::Material(misc::material(kind, lowered, object.data, object.string_data, spec))
        }
        (Kind::Service | Kind::ServiceImport | Kind::XBackend, spec) => Model::Backend(misc::backend(&mut cx, kind, lowered, spec)),
        (Kind::EndpointSlice, _) => Model::Slice(misc::slice(&mut cx, lowered, labels, object.endpoints)),
        (Kind::BackendTlsPolicy, Part::Policy(spec)) => Model::Policy(Box::new(misc::policy(&mut cx, lowered, spec))),
        (Kind::BackendTlsPolicy, _) => Model::Policy(Box::new(misc::policy(&mut cx, lowered, &F::Absent))),
        (Kind::XMesh, _) => Model::Inert(lowered),
    };
    Lowered::Known(key, model)
}

impl Model {
    /// Remarks about the object's own text.
    pub(crate) fn issues(&self) -> &[Issue] {
        match self {
            Model::Class(o) => &o.issues,
            Model::Gateway(o) => &o.issues,
            Model::Set(o) => &o.issues,
            Model::Route(o) => &o.issues,
            Model::Grant(o) => &o.issues,
            Model::Backend(o) => &o.issues,
            Model::Policy(o) => &o.issues,
            Model::Namespace(_) | Model::Material(_) | Model::Slice(_) | Model::Inert(_) => &[],
        }
    }
    /// Adds a remark that is not of the object's own text.
    pub(crate) fn remark(&mut self, issue: Issue) {
        let add = |list: &mut Box<[Issue]>| {
            let mut all = core::mem::take(list).into_vec();
            if !all.contains(&issue) {
                all.push(issue.clone());
            }
            *list = all.into_boxed_slice();
        };
        match self {
            Model::Class(o) => add(&mut o.issues),
            Model::Gateway(o) => add(&mut o.issues),
            Model::Set(o) => add(&mut o.issues),
            Model::Route(o) => add(&mut o.issues),
            Model::Grant(o) => add(&mut o.issues),
            Model::Backend(o) => add(&mut o.issues),
            Model::Policy(o) => add(&mut o.issues),
            Model::Namespace(_) | Model::Material(_) | Model::Slice(_) | Model::Inert(_) => {}
        }
    }
}
