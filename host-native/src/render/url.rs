//! The URL that a user would open to get to an exposure.

use gatescope_core::types::{Exposure, ExposureListener, GrpcMatch};

/// scheme://host[:port]/path. Default ports are left out; every host (`*`) is the Gateway's first address, so
/// that the URL can be opened; a regular expression is no path and stays out.
pub(crate) fn url(e: &Exposure) -> String {
    let host = match (e.hostname.as_str(), e.addresses.first()) {
        ("*", Some(address)) => address.as_str(),
        (host, _) => host,
    };
    let mut out = authority(&e.listener, host);
    match (&e.path, &e.grpc) {
        (Some(path), _) if path.kind != "RegularExpression" => {
            if !path.value.starts_with('/') {
                out.push('/');
            }
            out.push_str(&path.value);
        }
        (_, Some(grpc)) if grpc.kind != "RegularExpression" => out.push_str(&grpc_path(grpc)),
        _ if e.route.kind == "GRPCRoute" && e.grpc.is_none() => out.push('/'),
        _ => {}
    }
    out
}

/// scheme://host[:port].
pub(crate) fn authority(listener: &ExposureListener, host: &str) -> String {
    let scheme = match listener.protocol.as_ref() {
        "HTTP" => "http".to_owned(),
        "HTTPS" => "https".to_owned(),
        other => other.to_lowercase(),
    };
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    match (scheme.as_str(), listener.port) {
        ("http", 80) | ("https", 443) => format!("{scheme}://{host}"),
        (_, port) => format!("{scheme}://{host}:{port}"),
    }
}

/// gRPC calls are POSTs to `/package.Service/Method`.
fn grpc_path(grpc: &GrpcMatch) -> String {
    match (&grpc.service, &grpc.method) {
        (Some(service), Some(method)) => format!("/{service}/{method}"),
        (Some(service), None) => format!("/{service}/"),
        (None, Some(method)) => format!("/*/{method}"),
        (None, None) => "/".into(),
    }
}

/// What a request needs beyond the URL: kind of path, method, headers, query.
pub(crate) fn conditions(e: &Exposure) -> Vec<String> {
    let mut out = Vec::new();
    match &e.path {
        Some(p) if p.kind == "RegularExpression" => out.push(format!("path ~ {}", p.value)),
        Some(p) if p.kind == "Exact" => out.push("exact".into()),
        _ => {}
    }
    if e.route.kind == "GRPCRoute" {
        out.push("gRPC".into());
    }
    if let Some(g) = e.grpc.as_ref().filter(|g| g.kind == "RegularExpression") {
        out.extend(g.service.as_ref().map(|s| format!("service ~ {s}")));
        out.extend(g.method.as_ref().map(|m| format!("method ~ {m}")));
    }
    out.extend(e.method.clone());
    for h in &e.headers {
        out.push(format!("{}{}{}", h.name, if h.kind == "RegularExpression" { " ~ " } else { ": " }, h.value));
    }
    for q in &e.query_params {
        out.push(format!("?{}{}{}", q.name, if q.kind == "RegularExpression" { " ~ " } else { "=" }, q.value));
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A row with what a test changes.
    pub(crate) fn row(change: serde_json::Value) -> Exposure {
        let mut row = serde_json::json!({
            "id": "e-0000000000000001", "state": "exposed", "reasons": [],
            "gateway": {"namespace": "infra", "name": "edge"},
            "listener": {"owner": {"kind": "Gateway", "namespace": "infra", "name": "edge"}, "name": "https", "port": 443, "protocol": "HTTPS", "tlsMode": "Terminate"},
            "hostname": "shop.example.com", "route": {"kind": "HTTPRoute", "namespace": "shop", "name": "web"},
            "rule": 0, "match": 0, "path": {"type": "PathPrefix", "value": "/"}, "headers": [], "queryParams": [],
            "action": "forward", "backend": {"group": "", "kind": "Service", "namespace": "shop", "name": "web", "port": 80}, "weight": 1,
            "reach": "external", "addresses": ["203.0.113.7"]
        });
        if let (Some(row), serde_json::Value::Object(change)) = (row.as_object_mut(), change) {
            for (k, v) in change {
                if v.is_null() {
                    row.remove(&k)
                } else {
                    row.insert(k, v)
                };
            }
        }
        serde_json::from_value(row).unwrap()
    }

    fn of(change: serde_json::Value) -> String {
        url(&row(change))
    }

    #[test]
    fn urls() {
        use serde_json::json;
        let owner = json!({"kind": "Gateway", "namespace": "infra", "name": "edge"});
        let listener = |port: u16, protocol: &str| json!({"owner": owner, "name": "l", "port": port, "protocol": protocol});
        assert_eq!(of(json!({})), "https://shop.example.com/");
        assert_eq!(of(json!({"path": {"type": "Exact", "value": "/cart"}})), "https://shop.example.com/cart");
        assert_eq!(of(json!({"path": {"type": "RegularExpression", "value": "/v[0-9]"}})), "https://shop.example.com");
        assert_eq!(of(json!({"listener": listener(8443, "HTTPS")})), "https://shop.example.com:8443/");
        assert_eq!(of(json!({"listener": listener(443, "HTTP")})), "http://shop.example.com:443/");
        assert_eq!(of(json!({"hostname": "*"})), "https://203.0.113.7/");
        assert_eq!(of(json!({"hostname": "*", "addresses": ["2001:db8::7"]})), "https://[2001:db8::7]/");
        assert_eq!(of(json!({"hostname": "*", "addresses": []})), "https://*/");
        assert_eq!(of(json!({"hostname": "*.example.com"})), "https://*.example.com/");
        let route = |kind: &str| json!({"kind": kind, "namespace": "shop", "name": "r"});
        assert_eq!(of(json!({"path": null, "route": route("TCPRoute"), "hostname": "*", "listener": listener(5432, "TCP")})), "tcp://203.0.113.7:5432");
        assert_eq!(of(json!({"path": null, "route": route("TLSRoute"), "listener": listener(443, "TLS")})), "tls://shop.example.com:443");
        let grpc = |v: serde_json::Value| of(json!({"path": null, "route": route("GRPCRoute"), "grpc": v}));
        assert_eq!(grpc(json!({"type": "Exact", "service": "a.B", "method": "C"})), "https://shop.example.com/a.B/C");
        assert_eq!(grpc(json!({"type": "Exact", "service": "a.B"})), "https://shop.example.com/a.B/");
        assert_eq!(grpc(serde_json::Value::Null), "https://shop.example.com/");
    }

    #[test]
    fn conditions_are_short() {
        use serde_json::json;
        let e = row(json!({
            "path": {"type": "Exact", "value": "/"}, "method": "GET",
            "headers": [{"type": "Exact", "name": "x", "value": "1"}, {"type": "RegularExpression", "name": "y", "value": "a.*"}],
            "queryParams": [{"type": "Exact", "name": "q", "value": "tea"}]
        }));
        assert_eq!(conditions(&e), ["exact", "GET", "x: 1", "y ~ a.*", "?q=tea"]);
    }
}
