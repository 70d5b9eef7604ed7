//! Push over OTLP: through a real Envoy that terminates mutual TLS and routes gRPC, to the real OpenTelemetry Collector, and to
//! a receiver of our own where everything that arrived is counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects, missing_docs, unreachable_pub)]

mod collector;
mod failures;
mod parts;
mod program;
mod receiver;
mod rows;

use gatescope::metrics::{Exposition, Metrics, MetricsConfig};
use gatescope::otlp::{Handle, OtlpConfig, start};
use gatescope_core::{Engine, Settings};
use parts::Certificates;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

pub type Labels = BTreeMap<String, String>;

/// A cluster with so many routes: one host, one rule, one backend each.
pub fn cluster(routes: usize) -> Vec<Value> {
    let gw = "gateway.networking.k8s.io/v1";
    let mut out = vec![
        json!({"apiVersion": gw, "kind": "GatewayClass", "metadata": {"name": "eg"}, "spec": {"controllerName": "example.net/c"}}),
        json!({"apiVersion": gw, "kind": "Gateway", "metadata": {"name": "edge", "namespace": "infra"}, "spec": {"gatewayClassName": "eg",
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]},
            "status": {"addresses": [{"value": "203.0.113.7"}]}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}),
    ];
    out.extend((0..routes).map(|i| {
        json!({"apiVersion": gw, "kind": "HTTPRoute", "metadata": {"name": format!("route-{i}"), "namespace": "shop"}, "spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": [format!("host-{i}.example.com")],
            "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": format!("/a \"quoted\" {i}")}}], "backendRefs": [{"name": "one", "port": 80}]}]}})
    }));
    out
}

/// What is shown, for a push.
pub struct Shown {
    pub metrics: Metrics,
    pub sender: watch::Sender<Arc<Exposition>>,
}

impl Shown {
    pub fn of(objects: &[Value]) -> Self {
        let mut metrics = Metrics::new(MetricsConfig::default());
        let sender = watch::channel(Arc::default()).0;
        metrics.reset(&report(objects));
        sender.send_replace(metrics.scrape());
        Self { metrics, sender }
    }
    pub fn change(&mut self, objects: &[Value]) {
        self.metrics.reset(&report(objects));
        self.sender.send_replace(self.metrics.scrape());
    }
}

fn report(objects: &[Value]) -> gatescope_core::types::Report {
    let mut engine = Engine::new(Settings { complete: true, ..Settings::default() });
    for o in objects {
        engine.load(o.to_string().as_bytes()).unwrap();
    }
    engine.settle();
    engine.report()
}

/// Label sets of family 1 as the report has them for [`cluster`].
pub fn expected(routes: impl Iterator<Item = usize>) -> BTreeSet<Labels> {
    let labels = |i: usize| {
        let pairs = [
            ("namespace", "shop".to_owned()),
            ("gateway_name", "edge".to_owned()),
            ("route_name", format!("route-{i}")),
            ("hostname", format!("host-{i}.example.com")),
            ("listener_name", "http".to_owned()),
            ("http_path", format!("/a \"quoted\" {i}")),
            ("service_name", "one".to_owned()),
            ("backend_namespace", "shop".to_owned()),
            ("backend_port", "80".to_owned()),
            ("lb_type", "external".to_owned()),
            ("ip_address", "203.0.113.7".to_owned()),
        ];
        pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
    };
    routes.map(labels).collect()
}

/// The settings that an environment gives.
pub fn config(vars: &[(&str, String)]) -> OtlpConfig {
    let get = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
    OtlpConfig::from_env(get, Some("eu-1")).unwrap().unwrap()
}

/// The environment of a push through an Envoy with the right certificates.
pub fn vars(port: u16, certificates: &Certificates) -> Vec<(&'static str, String)> {
    let file = |name: &str| certificates.folder.join(name).display().to_string();
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("https://127.0.0.1:{port}")),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", file("ca.crt")),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", file("client.crt")),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", file("client.key")),
        ("OTEL_EXPORTER_OTLP_SERVER_NAME", "otel.example.com".into()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "300".into()),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000".into()),
    ]
}

/// A push that ends with what this gives.
pub fn push(config: OtlpConfig, shown: &Shown) -> (Handle, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    let handle = start(config, shown.sender.subscribe(), async {
        let _ = stopped.await;
    });
    (handle, stop)
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
