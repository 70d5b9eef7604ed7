//! An object of every kind that a release serves, such that each of them matters to a row, and a change of each.

use super::Api;
use kube::core::Version;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An object, and a merge patch that changes what it means.
#[derive(Clone, Debug)]
pub struct Sample {
    /// As it is created.
    pub object: Value,
    /// What changes it.
    pub change: Value,
}

const GATEWAY: &str = "gateway.networking.k8s.io";
const EXPERIMENTAL: &str = "gateway.networking.x-k8s.io";

/// What is served: `Kind.group` to the newest version, in Kubernetes' order. Asked of the definitions: a server lists what
/// is new a while later.
fn served(api: &Api) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for crd in api.definitions() {
        let group = crd["spec"]["group"].as_str().unwrap();
        let served = crd["spec"]["versions"].as_array().unwrap().iter().filter(|v| v["served"] == true).filter_map(|v| v["name"].as_str());
        if let Some(newest) = served.max_by_key(|v| Version::parse(v).priority())
            && (group == GATEWAY || group == EXPERIMENTAL)
        {
            out.insert(format!("{}.{group}", crd["spec"]["names"]["kind"].as_str().unwrap()), format!("{group}/{newest}"));
        }
    }
    out
}

/// Every kind that is served now, those that others refer to first.
pub fn samples(api: &Api) -> Vec<Sample> {
    let served = served(api);
    let version = |kind: &str, group: &str| served.get(&format!("{kind}.{group}")).cloned();
    let sets = version("ListenerSet", GATEWAY).or_else(|| version("XListenerSet", EXPERIMENTAL)).is_some();
    let mut out = vec![
        sample("v1", "Namespace", "", "infra", json!({"metadata": {"labels": {"team": "edge"}}}), json!({"metadata": {"labels": {"team": "core"}}})),
        sample("v1", "Namespace", "", "shop", json!({"metadata": {"labels": {"team": "shop"}}}), json!({"metadata": {"labels": {"team": "web"}}})),
        sample("v1", "Service", "shop", "web", service(8080), json!({"spec": {"ports": [{"name": "http", "port": 8081, "protocol": "TCP"}]}})),
        sample("v1", "Service", "infra", "shared", service(8080), json!({"metadata": {"labels": {"x": "y"}}})),
        sample(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            "shop",
            "web-1",
            json!({"metadata": {"labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
                   "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": true}}], "ports": [{"name": "http", "port": 8080}]}),
            json!({"endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": false}}]}),
        ),
    ];
    let mut add = |kind: &str, group: &str, namespace: &str, name: &str, object: Value, change: Value| {
        if let Some(version) = version(kind, group) {
            out.push(sample(&version, kind, namespace, name, object, change));
        }
    };
    add(
        "GatewayClass",
        GATEWAY,
        "",
        "test",
        json!({"spec": {"controllerName": "example.com/controller"}}),
        json!({"metadata": {"annotations": {"note": "changed"}}}),
    );
    let mut gateway = json!({"spec": {"gatewayClassName": "test", "listeners": [
        {"name": "http", "port": 80, "protocol": "HTTP", "hostname": "*.example.com",
         "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "shop"}}}}},
        {"name": "tls", "port": 8443, "protocol": "TLS", "tls": {"mode": "Passthrough"}, "allowedRoutes": {"namespaces": {"from": "All"}}},
        {"name": "tcp", "port": 9000, "protocol": "TCP", "allowedRoutes": {"namespaces": {"from": "All"}}},
        {"name": "udp", "port": 9001, "protocol": "UDP", "allowedRoutes": {"namespaces": {"from": "All"}}},
    ]}});
    if sets {
        gateway["spec"]["allowedListeners"] = json!({"namespaces": {"from": "All"}});
    }
    let mut listeners = gateway["spec"]["listeners"].clone();
    listeners[0]["port"] = json!(8000);
    add("Gateway", GATEWAY, "infra", "edge", gateway, json!({"spec": {"listeners": listeners}}));
    let parents = |section: &str| json!([{"name": "edge", "namespace": "infra", "sectionName": section}]);
    let backend = json!([{"name": "web", "port": 8080}]);
    let hosts = json!({"spec": {"hostnames": ["other.example.com"]}});
    add(
        "HTTPRoute",
        GATEWAY,
        "shop",
        "web",
        json!({"spec": {"parentRefs": parents("http"), "hostnames": ["shop.example.com"], "rules": [
            {"matches": [{"path": {"type": "PathPrefix", "value": "/cart"}}], "backendRefs": [{"name": "web", "port": 8080}]},
            {"backendRefs": [{"name": "shared", "namespace": "infra", "port": 8080}]}]}}),
        hosts.clone(),
    );
    add(
        "GRPCRoute",
        GATEWAY,
        "shop",
        "rpc",
        json!({"spec": {"parentRefs": parents("http"), "hostnames": ["rpc.example.com"], "rules": [
            {"matches": [{"method": {"service": "shop.Cart"}}], "backendRefs": backend}]}}),
        hosts.clone(),
    );
    add(
        "TLSRoute",
        GATEWAY,
        "shop",
        "tls",
        json!({"spec": {"parentRefs": parents("tls"), "hostnames": ["tls.example.com"], "rules": [{"backendRefs": backend}]}}),
        hosts,
    );
    for (kind, section) in [("TCPRoute", "tcp"), ("UDPRoute", "udp")] {
        let port = json!({"spec": {"rules": [{"backendRefs": [{"name": "web", "port": 9999}]}]}});
        add(kind, GATEWAY, "shop", section, json!({"spec": {"parentRefs": parents(section), "rules": [{"backendRefs": backend}]}}), port);
    }
    let to = json!([{"group": "", "kind": "Service"}]);
    add(
        "ReferenceGrant",
        GATEWAY,
        "infra",
        "from-shop",
        json!({"spec": {"from": [{"group": GATEWAY, "kind": "HTTPRoute", "namespace": "shop"}], "to": to}}),
        json!({"spec": {"from": [{"group": GATEWAY, "kind": "GRPCRoute", "namespace": "shop"}]}}),
    );
    let target = json!({"group": "", "kind": "Service", "name": "web"});
    let policy = match version("BackendTLSPolicy", GATEWAY) {
        Some(v) if v.ends_with("v1alpha2") => json!({"spec": {"targetRef": target, "tls": {"hostname": "web.internal", "wellKnownCACerts": "System"}}}),
        _ => json!({"spec": {"targetRefs": [target], "validation": {"hostname": "web.internal", "wellKnownCACertificates": "System"}}}),
    };
    add("BackendTLSPolicy", GATEWAY, "shop", "web", policy, json!({"metadata": {"annotations": {"note": "changed"}}}));
    let set = json!({"spec": {"parentRef": {"name": "edge", "namespace": "infra"}, "listeners": [{"name": "more", "port": 8081, "protocol": "HTTP"}]}});
    let other = json!({"spec": {"listeners": [{"name": "more", "port": 8082, "protocol": "HTTP"}]}});
    add("ListenerSet", GATEWAY, "shop", "more", set.clone(), other.clone());
    add("XListenerSet", EXPERIMENTAL, "shop", "xmore", set, other);
    let hostname = json!({"type": "ExternalHostname", "externalHostname": {"hostname": "api.example.net"}});
    let mut xbackend = json!({"spec": hostname});
    // Before v1.7 the port is required, and called otherwise.
    xbackend["spec"]["port"] = if xbackend_has_number(api) { json!({"number": 443}) } else { json!({"port": 443}) };
    add("XBackend", EXPERIMENTAL, "shop", "outside", xbackend, json!({"spec": {"externalHostname": {"hostname": "api2.example.net"}}}));
    add("XMesh", EXPERIMENTAL, "", "mesh", json!({"spec": {"controllerName": "example.com/mesh"}}), json!({"spec": {"description": "changed"}}));
    out
}

fn xbackend_has_number(api: &Api) -> bool {
    let crd = api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/xbackends.gateway.networking.x-k8s.io");
    crd.is_ok_and(|c| c.pointer("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/port/properties/number").is_some())
}

fn service(port: u16) -> Value {
    json!({"spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": port, "protocol": "TCP"}, {"name": "udp", "port": port, "protocol": "UDP"}]}})
}

fn sample(version: &str, kind: &str, namespace: &str, name: &str, mut object: Value, change: Value) -> Sample {
    object["apiVersion"] = version.into();
    object["kind"] = kind.into();
    object["metadata"]["name"] = name.into();
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    Sample { object, change }
}
