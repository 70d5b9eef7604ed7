//! The resolver's hostname intersection, asked through a whole resolution: the public way in and out.

use crate::run;
use gatescope_core::Settings;
use serde_json::{Value, json};

/// What a route's hostname gives on a listener: the hostname of its rows, `None` where it has none.
/// `*` is no hostname at all, on either side.
pub fn intersection(listener: &str, route: &str) -> Result<Option<String>, String> {
    let text = cluster(listener, &[route]).to_string();
    let resolved = run::resolve_text(Settings { complete: true, ..Settings::default() }, &text)?;
    let mut hosts: Vec<String> = resolved.report.exposures.iter().map(|e| e.hostname.clone()).collect();
    hosts.sort();
    hosts.dedup();
    match hosts.len() {
        0 => Ok(None),
        1 => Ok(hosts.pop()),
        _ => Err(format!("several hostnames: {hosts:?}")),
    }
}

/// One Gateway with one HTTP listener of that hostname, one HTTPRoute with those hostnames.
pub fn cluster(listener: &str, routes: &[&str]) -> Value {
    let mut http = json!({"name": "http", "port": 80, "protocol": "HTTP"});
    if listener != "*" {
        http["hostname"] = json!(listener);
    }
    let mut spec = json!({
        "parentRefs": [{"name": "edge"}],
        "rules": [{"backendRefs": [{"name": "web", "port": 80}]}],
    });
    if routes != ["*"] {
        spec["hostnames"] = json!(routes);
    }
    let api = "gateway.networking.k8s.io/v1";
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "class"},
         "spec": {"controllerName": "example.net/controller"}},
        {"apiVersion": api, "kind": "Gateway", "metadata": {"namespace": "shop", "name": "edge"},
         "spec": {"gatewayClassName": "class", "listeners": [http]}},
        {"apiVersion": api, "kind": "HTTPRoute", "metadata": {"namespace": "shop", "name": "web"}, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": "web"},
         "spec": {"ports": [{"port": 80}]}},
    ]})
}
