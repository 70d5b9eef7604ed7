//! Envoy's configuration around the plugin.

use super::process::address;
use crate::paths;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The access log's fields: what docs/envoy.md tells users to write.
pub const ACCESS_LOG: &[(&str, &str)] = &[
    ("case", "%REQ(X-CASE)%"),
    ("method", "%REQ(:METHOD)%"),
    ("authority", "%REQ(:AUTHORITY)%"),
    ("path", "%PATH(NQ)%"),
    ("status", "%RESPONSE_CODE%"),
    ("verdict", "%FILTER_STATE(wasm.gatescope.verdict:PLAIN)%"),
    ("exposure", "%FILTER_STATE(wasm.gatescope.exposure:PLAIN)%"),
    ("route", "%FILTER_STATE(wasm.gatescope.route:PLAIN)%"),
    ("rule", "%FILTER_STATE(wasm.gatescope.rule:PLAIN)%"),
    ("listener", "%FILTER_STATE(wasm.gatescope.listener:PLAIN)%"),
    ("backend", "%FILTER_STATE(wasm.gatescope.backend:PLAIN)%"),
    ("drift", "%FILTER_STATE(wasm.gatescope.drift:PLAIN)%"),
    ("envoy_route", "%ROUTE_NAME%"),
];

/// The built plugin; `faulty` traps where a request header asks for it.
pub fn plugin_file(faulty: bool) -> PathBuf {
    let (folder, by) = if faulty { ("wasm/pkg-proxy-faults", "wasm/build-proxy --faults") } else { ("wasm/pkg-proxy", "wasm/build-proxy") };
    let file = paths::workspace().join(folder).join("gatescope-proxy.wasm");
    assert!(file.is_file(), "no {}: run `{by}` first", file.display());
    file
}

/// The plugin as an HTTP filter.
pub fn filter(wasm: &Path, config: &str) -> Value {
    json!({
        "name": "gatescope",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "gatescope",
                "failure_policy": "FAIL_RELOAD",
                "reload_config": {"backoff": {"base_interval": "0.1s", "max_interval": "0.2s"}},
                "vm_config": {"vm_id": "gatescope", "runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": wasm}}},
                "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": config}
            }
        }
    })
}

/// What an HTTP connection manager is made of.
#[derive(Clone, Debug)]
pub struct Hcm {
    /// HTTP filters before the router.
    pub filters: Vec<Value>,
    /// Envoy's virtual hosts.
    pub virtual_hosts: Vec<Value>,
    /// Where the access log goes, if anywhere.
    pub log: Option<PathBuf>,
}

impl Hcm {
    /// As a network filter.
    pub fn json(&self) -> Value {
        let router = json!({"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}});
        let filters: Vec<&Value> = self.filters.iter().chain([&router]).collect();
        let format: serde_json::Map<String, Value> = ACCESS_LOG.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
        let log = self.log.iter().map(|path| {
            json!({"name": "file", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": path, "log_format": {"json_format": format}
            }})
        });
        json!({"name": "http", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "http",
            "strip_any_host_port": true,
            "generate_request_id": false,
            // The clients say that they close, and wait for Envoy to do so.
            "delayed_close_timeout": "0s",
            "route_config": {"name": "routes", "virtual_hosts": self.virtual_hosts},
            "http_filters": filters,
            "access_log": log.collect::<Vec<_>>(),
        }})
    }
}

/// A bootstrap in the making.
#[derive(Clone, Debug, Default)]
pub struct Bootstrap {
    /// Listeners.
    pub listeners: Vec<Value>,
    /// Clusters.
    pub clusters: Vec<Value>,
}

impl Bootstrap {
    /// Adds a cluster at a loopback port.
    pub fn cluster(&mut self, name: &str, port: u16, http2: bool) {
        let protocol = if http2 { "http2_protocol_options" } else { "http_protocol_options" };
        self.clusters.push(json!({
            "name": name,
            "type": "STATIC",
            "connect_timeout": "2s",
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}]},
            "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {protocol: {}}
            }}
        }));
    }

    /// Adds a listener of filter chains at a loopback port.
    pub fn listener(&mut self, port: u16, chains: Vec<Value>) {
        let tls = chains.iter().any(|c| c.get("transport_socket").is_some());
        let inspector =
            json!({"name": "tls", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"}});
        self.listeners.push(json!({
            "name": format!("listener-{port}"),
            "address": address(port),
            "listener_filters": if tls { vec![inspector] } else { vec![] },
            "filter_chains": chains,
        }));
    }

    /// The whole, with the labels of the plugin's metrics as deploy/envoy ships them.
    pub fn json(&self) -> Value {
        let tags = paths::workspace().join("deploy/envoy/stats-tags.json");
        let tags: Value = serde_json::from_slice(&std::fs::read(&tags).unwrap()).unwrap();
        json!({
            "node": {"id": "tests", "cluster": "tests"},
            // Histograms show what came before the last flush.
            "stats_flush_interval": "0.2s",
            "stats_config": tags["stats_config"],
            "static_resources": {"listeners": self.listeners, "clusters": self.clusters},
        })
    }
}
