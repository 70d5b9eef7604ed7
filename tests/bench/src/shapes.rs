//! Objects of W2 to W8: little text, one shape.

use serde_json::{Value, json};

const API: &str = "gateway.networking.k8s.io/v1";

fn object(kind: &str, ns: &str, name: &str, spec: Value) -> Value {
    let mut meta = json!({"name": name, "creationTimestamp": "2026-01-01T00:00:00Z"});
    if !ns.is_empty() {
        meta["namespace"] = json!(ns);
    }
    json!({"apiVersion": API, "kind": kind, "metadata": meta, "spec": spec})
}

fn class() -> String {
    object("GatewayClass", "", "edge", json!({"controllerName": "example.net/gateway"})).to_string()
}

fn service(ns: &str, name: &str) -> String {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": ns, "name": name}, "spec": {"ports": [{"port": 80}]}}).to_string()
}

fn secret() -> String {
    let pem = "LS0tLS1CRUdJTiBYLS0tLS0KQUFBQQotLS0tLUVORCBYLS0tLS0=";
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "infra", "name": "wild"}, "data": {"tls.crt": pem}}).to_string()
}

fn listener(name: &str, host: Option<&str>, namespaces: Value) -> Value {
    let mut l = json!({"name": name, "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "wild", "namespace": "infra"}]},
        "allowedRoutes": {"namespaces": namespaces}});
    if let Some(host) = host {
        l["hostname"] = json!(host);
    }
    l
}

/// W2's Gateway.
pub fn hot_gateway() -> String {
    object("Gateway", "infra", "edge", json!({"gatewayClassName": "edge", "listeners": [listener("https", Some("*.example.com"), json!({"from": "All"}))]}))
        .to_string()
}

/// One of W2's routes: with two hosts of its own, or on the listener's host with paths of its own.
pub fn hot_route(i: usize, shared: bool, version: usize) -> String {
    let hosts = if shared { json!(["*.example.com"]) } else { json!([format!("a{i}.example.com"), format!("b{i}.example.com")]) };
    let path = |r: usize| if shared { format!("/app{i}/{r}") } else { format!("/{r}") };
    let rules: Vec<Value> = (0..3)
        .map(|r| json!({"matches": [{"path": {"type": "PathPrefix", "value": path(r)}}], "backendRefs": [{"name": format!("s{}", version % 2), "port": 80}]}))
        .collect();
    object("HTTPRoute", "shop", &format!("route-{i}"), json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": hosts, "rules": rules}))
        .to_string()
}

/// W2.
pub fn hot_spot(n: usize, shared: bool) -> Vec<String> {
    let mut out = vec![class(), secret(), hot_gateway(), service("shop", "s0"), service("shop", "s1")];
    out.extend((0..n).map(|i| hot_route(i, shared, 1)));
    out
}

/// One of W3's ListenerSets; another version has another certificate.
pub fn listener_set(s: usize, version: usize) -> String {
    let mut l = listener("https", Some(&format!("*.set{s}.example.com")), json!({"from": "All"}));
    l["tls"]["certificateRefs"][0]["name"] = json!(if version.is_multiple_of(2) { "wild" } else { "none" });
    object("ListenerSet", "infra", &format!("set-{s}"), json!({"parentRef": {"name": "edge"}, "listeners": [l]})).to_string()
}

/// One of W3's routes.
pub fn set_route(i: usize, sets: usize, version: usize) -> String {
    let s = i % sets;
    let rules = json!([{"backendRefs": [{"name": format!("s{}", version % 2), "port": 80}]}]);
    let parent = json!([{"kind": "ListenerSet", "name": format!("set-{s}"), "namespace": "infra"}]);
    object("HTTPRoute", "shop", &format!("route-{i}"), json!({"parentRefs": parent, "hostnames": [format!("a{i}.set{s}.example.com")], "rules": rules}))
        .to_string()
}

/// W3.
pub fn listener_sets(sets: usize, routes: usize) -> Vec<String> {
    let gateway = json!({"gatewayClassName": "edge", "allowedListeners": {"namespaces": {"from": "Same"}}, "listeners": [listener("https", None, json!({"from": "All"}))]});
    let mut out = vec![class(), secret(), object("Gateway", "infra", "edge", gateway).to_string(), service("shop", "s0"), service("shop", "s1")];
    out.extend((0..sets).map(|s| listener_set(s, 2)));
    out.extend((0..routes).map(|i| set_route(i, sets, 1)));
    out
}

/// One of W4's Namespaces, let in or not.
pub fn namespace(i: usize, open: bool) -> String {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("team-{i}"), "labels": {"expose": if open { "yes" } else { "no" }}}})
        .to_string()
}

/// W4: one route in each of many namespaces, behind a selector.
pub fn namespaces(n: usize) -> Vec<String> {
    let selector = json!({"from": "Selector", "selector": {"matchLabels": {"expose": "yes"}}});
    let gateway = json!({"gatewayClassName": "edge", "listeners": [listener("https", None, selector)]});
    let mut out = vec![class(), secret(), object("Gateway", "infra", "edge", gateway).to_string()];
    for i in 0..n {
        let ns = format!("team-{i}");
        out.push(namespace(i, true));
        out.push(service(&ns, "s"));
        let rules = json!([{"backendRefs": [{"name": "s", "port": 80}]}]);
        let spec = json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": [format!("a{i}.example.com")], "rules": rules});
        out.push(object("HTTPRoute", &ns, "web", spec).to_string());
    }
    out
}

/// One of W5's grants.
pub fn grant(i: usize) -> String {
    let spec = json!({"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}], "to": [{"group": "", "kind": "Service"}]});
    object("ReferenceGrant", &format!("team-{i}"), "open", spec).to_string()
}

/// W5: routes with a backend in a namespace that may grant it. One grant is there, so that no event is the first or the last.
pub fn grants(n: usize) -> Vec<String> {
    let gateway = json!({"gatewayClassName": "edge", "listeners": [listener("https", None, json!({"from": "All"}))]});
    let mut out = vec![class(), secret(), object("Gateway", "infra", "edge", gateway).to_string(), grant(n)];
    for i in 0..n {
        let ns = format!("team-{i}");
        out.push(service(&ns, "s"));
        let rules = json!([{"backendRefs": [{"name": "s", "namespace": ns, "port": 80}]}]);
        let spec = json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": [format!("a{i}.example.com")], "rules": rules});
        out.push(object("HTTPRoute", "shop", &format!("route-{i}"), spec).to_string());
    }
    out
}

/// W8: 16 hostnames, 128 matches in 16 rules, 16 backendRefs each: 32,768 rows on one listener.
pub fn largest_route(version: usize) -> String {
    let hosts: Vec<String> = (0..16).map(|h| format!("h{h}.example.com")).collect();
    let headers = |m: usize| -> Vec<Value> { (0..16).map(|h| json!({"name": format!("x-{h}"), "value": format!("{m}")})).collect() };
    let rules: Vec<Value> = (0..16)
        .map(|r| {
            let matches: Vec<Value> =
                (0..8).map(|m| json!({"path": {"type": "Exact", "value": format!("/{r}/{m}")}, "method": "GET", "headers": headers(m)})).collect();
            let backends: Vec<Value> = (0..16).map(|b| json!({"name": format!("s{}", b % 2), "port": 80, "weight": version * 16 + b + 1})).collect();
            json!({"matches": matches, "backendRefs": backends})
        })
        .collect();
    object("HTTPRoute", "shop", "largest", json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": hosts, "rules": rules})).to_string()
}
