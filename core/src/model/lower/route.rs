//! Routes of all five kinds, with the defaults that a server would have written (rules 1, 16, 29, 34, 35).

use super::cx::{At, Cx, condition};
use crate::index::Map;
use crate::model::Meta;
use crate::model::few::Few;
use crate::model::host;
use crate::model::issue::IssueKind;
use crate::model::kinds::{GATEWAY_GROUP, Kind, X_GROUP};
use crate::model::route::{
    BackendRef, ExtensionRef, Filters, Hosts, Match, More, ParentKind, ParentRef, ParentStatus, PathKind, Route, Rule, ValueMatch, What,
};
use crate::snapshot::decode::Part;
use crate::snapshot::lenient::{F, S};
use crate::snapshot::wire::{self, List, MethodMatch, Ref};
use crate::text::{Sym, hash_words, mix};
use crate::types::Tri;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn route(cx: &mut Cx<'_>, kind: Kind, v1alpha2: bool, meta: Meta, spec: &Part<'_>, status: &Part<'_>) -> Route {
    let empty = wire::RouteSpec::default();
    let root = At::root();
    let at = root.key("spec");
    let spec = match spec {
        Part::Route(f) => cx.field(&at, f).unwrap_or(&empty),
        _ => &empty,
    };
    let parents = cx.list(&at.key("parentRefs"), &spec.parents);
    let parents: Few<ParentRef> = parents.map(|(i, p)| parent(cx, &at.key("parentRefs").index(i), p, meta.ns)).collect();
    let hosts = match kind {
        Kind::TcpRoute | Kind::UdpRoute => Hosts::Any,
        _ => hostnames(cx, &at.key("hostnames"), &spec.hostnames),
    };
    // Rule 15: the CRD refuses a TLSRoute without hostnames from v1alpha3 on.
    if kind == Kind::TlsRoute && hosts == Hosts::Any && !v1alpha2 {
        cx.issue(IssueKind::Missing, &at.key("hostnames"), "none", "at least one hostname, as TLSRoute asks for since v1alpha3");
    }
    let written = cx.list(&at.key("rules"), &spec.rules);
    let rules_at = at.key("rules");
    let mut rules: Vec<Rule> = written.map(|(i, r)| rule(cx, kind, &rules_at.index(i), r, meta.ns)).collect();
    let mut names: Map<Sym, ()> = Map::default();
    for (i, rule) in rules.iter_mut().enumerate() {
        // A name is what a rule's rows are known by; a second one of that name goes by its index.
        if rule.name.is_some() && names.insert(rule.name, ()).is_some() {
            let text = String::from(cx.names.get(core::mem::take(&mut rule.name)));
            cx.bad(&rules_at.index(i).key("name"), &text, "a name of its own; the first rule of a name has it");
        }
    }
    // Rule 34: omitted rules are one rule with `/` and no backends.
    if rules.is_empty() && kind == Kind::HttpRoute {
        let matches = Few::One(default_match(cx, kind));
        rules.push(Rule { name: Sym::NONE, matches, backends: Few::default(), filters: None });
    }
    let default_scope = cx.sym(&at.key("useDefaultGateways"), &spec.default_gateways);
    let issues = core::mem::take(&mut cx.issues).into();
    let status = match status {
        Part::RouteStatus(F::Ok(status)) => parent_status(cx, status, meta),
        _ => Few::default(),
    };
    Route { kind, meta, parents, hosts, repeats: repeats(&rules), rules: rules.into(), status, default_scope, issues }
}

/// Whether two matches are equal.
fn repeats(rules: &[Rule]) -> bool {
    let all = || rules.iter().flat_map(|r| r.matches.iter().map(|m| m.hash));
    if rules.iter().map(|r| r.matches.len()).sum::<usize>() <= 8 {
        return all().enumerate().any(|(i, hash)| all().take(i).any(|before| before == hash));
    }
    let mut hashes: Vec<u64> = all().collect();
    crate::sort::unstable(&mut hashes);
    hashes.windows(2).any(|w| matches!(w, [a, b] if a == b))
}

fn parent(cx: &mut Cx<'_>, at: &At<'_>, r: &Ref<'_>, ns: Sym) -> ParentRef {
    let object = cx.object(at, r, GATEWAY_GROUP, "Gateway", ns);
    let to = match (cx.names.get(object.group), cx.names.get(object.kind)) {
        (GATEWAY_GROUP, "Gateway") => ParentKind::Gateway,
        (GATEWAY_GROUP, "ListenerSet") => ParentKind::Set(Kind::ListenerSet),
        (X_GROUP, "XListenerSet") => ParentKind::Set(Kind::XListenerSet),
        ("", "Service") => ParentKind::Service,
        _ => ParentKind::Other,
    };
    ParentRef {
        to,
        group: object.group,
        kind: object.kind,
        ns: object.ns,
        name: object.name,
        section: cx.sym(&at.key("sectionName"), &r.section),
        port: cx.port(&at.key("port"), &r.port),
    }
}

fn hostnames(cx: &mut Cx<'_>, at: &At<'_>, list: &List<S<'_>>) -> Hosts {
    let mut out: Vec<Sym> = Vec::new();
    let written = cx.field(at, list).map_or(0, Vec::len);
    for (i, text) in cx.list(at, list) {
        if let Some(sym) = hostname(cx, &at.index(i), text)
            && !out.contains(&sym)
        {
            out.push(sym);
        }
    }
    // Rule 16: a route whose entries were all dropped has no hostname, never every hostname.
    if written == 0 && !matches!(list, F::Bad(_)) { Hosts::Any } else { Hosts::List(out.into()) }
}

/// Rule 16 for one entry.
pub(super) fn hostname(cx: &mut Cx<'_>, at: &At<'_>, text: &str) -> Option<Sym> {
    match host::check(text) {
        Ok(folded) => {
            if *folded != *text {
                cx.issue(IssueKind::UppercaseHostname, at, text, "lower case");
            }
            if &*folded == "*" {
                // The CRD refuses it, and what is meant is plain.
                cx.issue(IssueKind::BareWildcard, at, text, "no hostname at all for every host");
            }
            Some(cx.names.intern(&folded))
        }
        Err(fault) => {
            cx.issue(IssueKind::BadHostname, at, text, fault.text());
            None
        }
    }
}

fn rule(cx: &mut Cx<'_>, kind: Kind, at: &At<'_>, r: &wire::Rule<'_>, ns: Sym) -> Rule {
    let matches_at = at.key("matches");
    let mut matches = Few::default();
    if matches!(kind, Kind::HttpRoute | Kind::GrpcRoute) {
        matches = cx.list(&matches_at, &r.matches).map(|(i, m)| one_match(cx, kind, &matches_at.index(i), m)).collect();
    }
    if matches.is_empty() {
        matches = Few::One(default_match(cx, kind));
    }
    let mut filters = Filters::default();
    let mut extensions = Vec::new();
    let (mut mirrors, mut auth) = (Vec::new(), Vec::new());
    let filters_at = at.key("filters");
    for (i, f) in cx.list(&filters_at, &r.filters) {
        let here = filters_at.index(i);
        let index = u16::try_from(i).unwrap_or(u16::MAX);
        let what = cx.field(&here.key("type"), &f.kind);
        match what.map(|s| &**s) {
            Some("RequestRedirect") => {
                filters.redirect = Some(redirect_status(f));
                filters.to_https = f.redirect.ok().and_then(|r| r.scheme.ok()).is_some_and(|s| &**s == "https");
            }
            Some("RequestMirror") => match f.mirror.ok().and_then(|m| m.backend.ok()) {
                Some(b) => mirrors.push(backend(cx, &here.key("requestMirror").key("backendRef"), b, ns, index)),
                None => cx.issue(IssueKind::Missing, &here.key("requestMirror").key("backendRef"), "nothing", "a backendRef"),
            },
            Some("ExternalAuth") => {
                if let Some(b) = f.auth.ok().and_then(|m| m.backend.ok()) {
                    auth.push(backend(cx, &here.key("externalAuth").key("backendRef"), b, ns, index));
                }
            }
            Some("ExtensionRef") => extensions.push(extension(cx, &here, f, i, -1)),
            _ => {}
        }
    }
    let backends_at = at.key("backendRefs");
    let written = cx.list(&backends_at, &r.backends);
    let one = |(i, b): (usize, &wire::BackendRef<'_>)| {
        let here = backends_at.index(i);
        let mut made = backend(cx, &here, b, ns, 0);
        for (j, f) in cx.list(&here.key("filters"), &b.filters) {
            match f.kind.ok().map(|s| &**s) {
                Some("ExtensionRef") => extensions.push(extension(cx, &here.key("filters").index(j), f, j, i16::try_from(i).unwrap_or(i16::MAX))),
                Some("RequestRedirect") => {
                    filters.on_backend = true;
                    made.redirect = redirect_status(f);
                }
                Some("URLRewrite") => filters.on_backend = true,
                Some("RequestMirror") => {
                    if let Some(b) = f.mirror.ok().and_then(|m| m.backend.ok()) {
                        mirrors.push(backend(cx, &here.key("filters").index(j), b, ns, u16::try_from(j).unwrap_or(u16::MAX)));
                    }
                }
                _ => {}
            }
        }
        made
    };
    let backends: Few<BackendRef> = written.map(one).collect();
    filters.extensions = extensions.into();
    filters.mirrors = mirrors.into();
    filters.auth = auth.into();
    Rule { name: cx.sym(&at.key("name"), &r.name), matches, backends, filters: (filters != Filters::default()).then(|| Box::new(filters)) }
}

/// Rule 39: 302 where unset.
fn redirect_status(f: &wire::Filter<'_>) -> u16 {
    let status = f.redirect.ok().and_then(|r| r.status.ok()).copied().unwrap_or(302);
    u16::try_from(status).unwrap_or(302)
}

fn extension(cx: &mut Cx<'_>, at: &At<'_>, f: &wire::Filter<'_>, filter: usize, backend: i16) -> ExtensionRef {
    let empty = Ref::default();
    let r = cx.field(&at.key("extensionRef"), &f.extension).unwrap_or(&empty);
    ExtensionRef {
        group: cx.sym(&at.key("extensionRef").key("group"), &r.group),
        kind: cx.sym(&at.key("extensionRef").key("kind"), &r.kind),
        name: cx.sym(&at.key("extensionRef").key("name"), &r.name),
        filter: u16::try_from(filter).unwrap_or(u16::MAX),
        backend,
    }
}

fn backend(cx: &mut Cx<'_>, at: &At<'_>, b: &wire::BackendRef<'_>, ns: Sym, filter: u16) -> BackendRef {
    let name = cx.sym(&at.key("name"), &b.name);
    if name.is_none() {
        cx.issue(IssueKind::Missing, &at.key("name"), "nothing", "the name of a backend");
    }
    let own = cx.sym(&at.key("namespace"), &b.namespace);
    let weight = cx.field(&at.key("weight"), &b.weight).copied().unwrap_or(1);
    let weight = i32::try_from(weight).ok().filter(|w| (0..=1_000_000).contains(w)).unwrap_or_else(|| {
        cx.bad(&at.key("weight"), &format!("{weight}"), "a weight from 0 to 1000000");
        1
    });
    BackendRef {
        group: cx.sym(&at.key("group"), &b.group),
        kind: cx.sym_or(&at.key("kind"), &b.kind, "Service"),
        ns: if own.is_some() { own } else { ns },
        name,
        port: cx.port(&at.key("port"), &b.port),
        weight,
        redirect: 0,
        filter,
    }
}

fn default_match(cx: &mut Cx<'_>, kind: Kind) -> Match {
    let what = match kind {
        Kind::HttpRoute => What::Path { kind: PathKind::Prefix, value: cx.names.intern("/") },
        Kind::GrpcRoute => What::Grpc { regex: false, service: Sym::NONE, method: Sym::NONE },
        _ => What::Any,
    };
    finish(cx, what, Sym::NONE, Vec::new(), Vec::new(), false)
}

fn one_match(cx: &mut Cx<'_>, kind: Kind, at: &At<'_>, m: &wire::Match<'_>) -> Match {
    let mut broken = false;
    let mut method = Sym::NONE;
    let what = if kind == Kind::HttpRoute {
        match &m.method {
            MethodMatch::Http(text) => method = cx.names.intern(text),
            MethodMatch::Grpc(_) => cx.bad(&at.key("method"), "an object", "a string"),
            MethodMatch::Bad(found) => cx.bad(&at.key("method"), found, "a string"),
            MethodMatch::Absent => {}
        }
        path(cx, &at.key("path"), &m.path, &mut broken)
    } else {
        match &m.method {
            MethodMatch::Grpc(g) => grpc(cx, &at.key("method"), g, &mut broken),
            MethodMatch::Http(_) => {
                cx.bad(&at.key("method"), "a string", "an object with service and method");
                What::Grpc { regex: false, service: Sym::NONE, method: Sym::NONE }
            }
            MethodMatch::Bad(found) => {
                cx.bad(&at.key("method"), found, "an object");
                What::Grpc { regex: false, service: Sym::NONE, method: Sym::NONE }
            }
            MethodMatch::Absent => What::Grpc { regex: false, service: Sym::NONE, method: Sym::NONE },
        }
    };
    let headers = values(cx, &at.key("headers"), &m.headers, true, &mut broken);
    let query = if kind == Kind::HttpRoute { values(cx, &at.key("queryParams"), &m.query, false, &mut broken) } else { Vec::new() };
    finish(cx, what, method, headers, query, broken)
}

fn path(cx: &mut Cx<'_>, at: &At<'_>, f: &F<wire::PathMatch<'_>>, broken: &mut bool) -> What {
    let empty = wire::PathMatch::default();
    let p = cx.field(at, f).unwrap_or(&empty);
    let value = cx.field(&at.key("value"), &p.value).map_or("/", |v| v);
    let kind = match cx.field(&at.key("type"), &p.kind).map(|s| &**s) {
        None | Some("PathPrefix") => PathKind::Prefix,
        Some("Exact") => PathKind::Exact,
        Some("RegularExpression") => {
            regex(cx, &at.key("value"), value, broken);
            PathKind::Regex
        }
        Some(other) => {
            // What the type means is not known: the match cannot be evaluated, so it serves nothing.
            cx.bad(&at.key("type"), other, "`Exact`, `PathPrefix` or `RegularExpression`");
            *broken = true;
            PathKind::Prefix
        }
    };
    if kind != PathKind::Regex && !value.starts_with('/') {
        cx.bad(&at.key("value"), value, "an absolute path");
        *broken = true;
    }
    What::Path { kind, value: cx.names.intern(value) }
}

fn grpc(cx: &mut Cx<'_>, at: &At<'_>, g: &wire::GrpcMethod<'_>, broken: &mut bool) -> What {
    let service = cx.field(&at.key("service"), &g.service).map_or("", |v| v);
    let method = cx.field(&at.key("method"), &g.method).map_or("", |v| v);
    let is_regex = match cx.field(&at.key("type"), &g.kind).map(|s| &**s) {
        None | Some("Exact") => false,
        Some("RegularExpression") => {
            regex(cx, &at.key("service"), service, broken);
            regex(cx, &at.key("method"), method, broken);
            true
        }
        Some(other) => {
            cx.bad(&at.key("type"), other, "`Exact` or `RegularExpression`");
            *broken = true;
            false
        }
    };
    What::Grpc { regex: is_regex, service: cx.names.intern(service), method: cx.names.intern(method) }
}

fn regex(cx: &mut Cx<'_>, at: &At<'_>, pattern: &str, broken: &mut bool) {
    if let Err(why) = crate::trace::pattern::Pattern::new(pattern) {
        cx.issue(IssueKind::BadRegex, at, pattern, why);
        *broken = true;
    }
}

fn values(cx: &mut Cx<'_>, at: &At<'_>, list: &List<wire::ValueMatch<'_>>, fold: bool, broken: &mut bool) -> Vec<ValueMatch> {
    let mut out: Vec<ValueMatch> = Vec::new();
    for (i, v) in cx.list(at, list) {
        let here = at.index(i);
        let Some(name) = cx.field(&here.key("name"), &v.name) else {
            cx.issue(IssueKind::Missing, &here.key("name"), "nothing", "a name");
            *broken = true;
            continue;
        };
        let name = if fold { cx.names.intern(&host::fold(name)) } else { cx.names.intern(name) };
        let value = cx.field(&here.key("value"), &v.value).map_or("", |v| v);
        let is_regex = match cx.field(&here.key("type"), &v.kind).map(|s| &**s) {
            None | Some("Exact") => false,
            Some("RegularExpression") => {
                regex(cx, &here.key("value"), value, broken);
                true
            }
            Some(other) => {
                cx.bad(&here.key("type"), other, "`Exact` or `RegularExpression`");
                *broken = true;
                false
            }
        };
        // Rule 35: of equal names the first counts.
        if !out.iter().any(|o| o.name == name) {
            out.push(ValueMatch { regex: is_regex, name, value: cx.names.intern(value) });
        }
    }
    crate::sort::by(&mut out, |a, b| cx.names.get(a.name).cmp(cx.names.get(b.name)));
    out
}

/// The hashes of matches that take every request: the path `/`, or no service and no method.
pub(crate) fn takes_all(names: &crate::text::Interner) -> [u64; 2] {
    let (root, none) = (crate::text::hash_bytes(b""), names.hash(Sym::NONE));
    [hash_words([1, PathKind::Prefix as u64, root, 0]), hash_words([2, 0, none, none])].map(|head| mix(head, none))
}

fn finish(cx: &Cx<'_>, what: What, method: Sym, headers: Vec<ValueMatch>, query: Vec<ValueMatch>, broken: bool) -> Match {
    let head = match what {
        What::Path { kind, value } => {
            // Rule 35: a trailing `/` of a prefix is ignored.
            let text = cx.names.get(value);
            let bare = if kind == PathKind::Prefix { text.trim_end_matches('/') } else { text };
            let hash = if bare.len() == text.len() { cx.names.hash(value) } else { crate::text::hash_bytes(bare.as_bytes()) };
            hash_words([1, kind as u64, hash, 0])
        }
        What::Grpc { regex, service, method } => hash_words([2, u64::from(regex), cx.names.hash(service), cx.names.hash(method)]),
        What::Any => 3,
    };
    let mut hash = mix(head, cx.names.hash(method));
    for (salt, list) in [(5, &headers), (7, &query)] {
        for v in list {
            hash = mix(hash, hash_words([salt, u64::from(v.regex), cx.names.hash(v.name), cx.names.hash(v.value)]));
        }
    }
    let plain = headers.is_empty() && query.is_empty() && !broken;
    Match { what, method, more: (!plain).then(|| Box::new(More { headers: headers.into(), query: query.into(), broken })), hash }
}

fn parent_status(cx: &mut Cx<'_>, status: &wire::RouteStatus<'_>, meta: Meta) -> Few<ParentStatus> {
    let at = At::root();
    let mut out = Vec::new();
    for p in status.parents.ok().into_iter().flatten().filter_map(F::ok) {
        let Some(r) = p.parent.ok() else { continue };
        // Rule 46: writers omit group and kind, or write `""`.
        let empty = |f: &F<S<'_>>| f.ok().is_some_and(|s| s.is_empty());
        let parent = if empty(&r.kind) || (empty(&r.group) && r.kind.ok().is_none_or(|k| &**k != "Service")) {
            let patched = Ref {
                group: if empty(&r.group) { F::Absent } else { r.group.clone() },
                kind: if empty(&r.kind) { F::Absent } else { r.kind.clone() },
                namespace: r.namespace.clone(),
                name: r.name.clone(),
                section: r.section.clone(),
                port: r.port.clone(),
                _borrow: core::marker::PhantomData,
            };
            parent(cx, &at, &patched, meta.ns)
        } else {
            parent(cx, &at, r, meta.ns)
        };
        let accepted = condition(&p.conditions, "Accepted", cx.generation);
        let resolved = condition(&p.conditions, "ResolvedRefs", cx.generation);
        out.push(ParentStatus {
            parent,
            controller: cx.sym(&at, &p.controller),
            accepted: accepted.map_or(Tri::Unknown, |c| c.0),
            resolved: resolved.map_or(Tri::Unknown, |c| c.0),
            current: accepted.is_none_or(|c| c.1) && resolved.is_none_or(|c| c.1),
        });
    }
    out.into()
}
