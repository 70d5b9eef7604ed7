//! What a proxy needs of the snapshot: the objects that one Gateway's rows hang on, and nothing of other teams.

use gatescope::pieces::{self, Piece};
use gatescope_core::types::Report;
use serde_json::Value;
use std::collections::BTreeSet;

/// Group, kind, namespace, name.
pub(crate) type Key = (String, String, String, String);

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// The objects behind a Gateway's rows. `report` is narrowed to the Gateway; `object` gives an object's text.
pub(crate) fn slice(report: &Report, namespace: &str, name: &str, keys: &BTreeSet<Key>, object: &dyn Fn(&Key) -> Option<String>) -> BTreeSet<Key> {
    let mut kept: BTreeSet<Key> = BTreeSet::new();
    let mut namespaces: BTreeSet<String> = BTreeSet::from([namespace.to_owned()]);
    let own = |kind: &str, ns: &str, name: &str| (GATEWAY_API.to_owned(), kind.to_owned(), ns.to_owned(), name.to_owned());
    for gateway in report.gateways.iter().filter(|g| g.namespace == namespace && g.name == name) {
        kept.insert(own("Gateway", namespace, name));
        kept.insert(own("GatewayClass", "", &gateway.class));
    }
    // Kinds of two groups have one name here; what does not exist falls out below.
    let named = |kind: &str, ns: &str, name: &str| -> Vec<Key> { keys.iter().filter(|k| k.1 == kind && k.2 == ns && k.3 == name).cloned().collect() };
    for set in report.listener_sets.iter() {
        for kind in ["ListenerSet", "XListenerSet"] {
            kept.extend(named(kind, &set.namespace, &set.name));
        }
        namespaces.insert(set.namespace.clone());
    }
    for attachment in &report.attachments {
        let route = &attachment.route;
        let ns = route.namespace.clone().unwrap_or_default();
        kept.insert(own(&route.kind, &ns, &route.name));
        namespaces.insert(ns);
    }
    // References of what is kept so far, and of policies that speak of those.
    let mut wanted = references(&kept, object);
    for key in keys.iter().filter(|k| k.1 == "BackendTLSPolicy") {
        let own = references(&BTreeSet::from([key.clone()]), object);
        if own.iter().any(|r| r.0 == "Service" && wanted.contains(r)) {
            kept.insert(key.clone());
            wanted.extend(own);
        }
    }
    for (kind, ns, name) in &wanted {
        namespaces.insert(ns.clone());
        if !ROUTES_AND_PARENTS.contains(&kind.as_str()) {
            kept.extend(keys.iter().filter(|k| k.1 == *kind && (k.2 == *ns || k.2.is_empty()) && k.3 == *name).cloned());
        }
    }
    kept.extend(keys.iter().filter(|k| (k.1 == "Namespace" && namespaces.contains(&k.3)) || (k.1 == "ReferenceGrant" && namespaces.contains(&k.2))).cloned());
    kept.retain(|k| keys.contains(k));
    kept
}

const ROUTES_AND_PARENTS: [&str; 9] =
    ["Gateway", "GatewayClass", "ListenerSet", "XListenerSet", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"];

/// Everything that the objects' specs refer to: kind, namespace, name.
fn references(of: &BTreeSet<Key>, object: &dyn Fn(&Key) -> Option<String>) -> BTreeSet<(String, String, String)> {
    let mut out = BTreeSet::new();
    for key in of {
        let Some(value) = object(key).and_then(|text| serde_json::from_str::<Value>(&text).ok()) else { continue };
        if let Some(spec) = value.get("spec") {
            walk(spec, "", &key.2, 0, &mut out);
        }
    }
    out
}

/// A reference is an object with a name under a field that is called so; its kind may be left out.
fn walk(value: &Value, field: &str, namespace: &str, depth: usize, out: &mut BTreeSet<(String, String, String)>) {
    const DEEPEST: usize = 32;
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(list) => list.iter().for_each(|v| walk(v, field, namespace, depth.saturating_add(1), out)),
        Value::Object(map) => {
            if let (true, Some(name)) = (field.contains("Ref"), map.get("name").and_then(Value::as_str)) {
                let default = if field.contains("ertificate") { "Secret" } else { "Service" };
                let kind = map.get("kind").and_then(Value::as_str).unwrap_or(default);
                let ns = map.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
                out.insert((kind.to_owned(), ns.to_owned(), name.to_owned()));
            }
            map.iter().for_each(|(k, v)| walk(v, k, namespace, depth.saturating_add(1), out));
        }
        _ => {}
    }
}

/// The names of everything in a snapshot.
pub(crate) fn keys(held: &gatescope::engine::Frozen) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    held.objects(&mut |text| {
        let _ = pieces::split(text, &mut |piece| {
            if let Piece::Object(o) = piece {
                keys.insert((o.group, o.kind, o.namespace, o.name));
            }
        });
    });
    keys
}
