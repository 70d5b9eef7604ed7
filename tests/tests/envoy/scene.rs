//! A small cluster, and an Envoy that serves it: with names as Envoy Gateway writes them, and routes that nobody declared.

use gatescope_core::Settings;
use gatescope_core::types::Report;
use gatescope_tests::envoy::{Ask, Bootstrap, Envoy, Got, Hcm, Protocol, Upstream, ask, filter, free_port};
use gatescope_tests::exporter::eventually;
use gatescope_tests::run;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The objects: one Gateway, an HTTPRoute with two rules, a GRPCRoute.
pub(crate) fn objects() -> Vec<Value> {
    let api = "gateway.networking.k8s.io/v1";
    let meta = |ns: &str, name: &str| json!({"namespace": ns, "name": name, "creationTimestamp": "2026-01-01T00:00:00Z"});
    let service =
        |ns: &str, name: &str, port: u16| json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(ns, name), "spec": {"ports": [{"port": port}]}});
    let parent = json!([{"namespace": "infra", "name": "edge"}]);
    let mut out = vec![
        json!({"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "any"}, "spec": {"controllerName": "example.com/any"}}),
        json!({"apiVersion": api, "kind": "Gateway", "metadata": meta("infra", "edge"), "spec": {"gatewayClassName": "any", "listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]}}),
        json!({"apiVersion": api, "kind": "HTTPRoute", "metadata": meta("shop", "web"), "spec": {"parentRefs": parent, "hostnames": ["shop.example"], "rules": [
            {"name": "cart", "matches": [{"path": {"type": "PathPrefix", "value": "/cart"}}], "backendRefs": [{"name": "cart", "port": 8080}]},
            {"matches": [{"path": {"type": "Exact", "value": "/home"}}], "backendRefs": [{"name": "web", "port": 80}]}]}}),
        json!({"apiVersion": api, "kind": "GRPCRoute", "metadata": meta("api", "hello"), "spec": {"parentRefs": parent, "hostnames": ["grpc.example"], "rules": [
            {"matches": [{"method": {"service": "hello.Hello", "method": "Say"}}], "backendRefs": [{"name": "grpc", "port": 9000}]}]}}),
        service("shop", "cart", 8080),
        service("shop", "web", 80),
        service("api", "grpc", 9000),
    ];
    out.extend(["infra", "shop", "api"].map(|n| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}})));
    out
}

/// One more route, as a team adds it: `/new` on the shop's host.
pub(crate) fn added() -> Value {
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"namespace": "shop", "name": "new", "creationTimestamp": "2026-02-01T00:00:00Z"},
        "spec": {"parentRefs": [{"namespace": "infra", "name": "edge"}], "hostnames": ["shop.example"], "rules": [
            {"matches": [{"path": {"type": "Exact", "value": "/new"}}], "backendRefs": [{"name": "web", "port": 80}]}]}})
}

pub(crate) fn list(objects: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": objects})
}

/// What the program says of the objects.
pub(crate) fn report(objects: &[Value]) -> Report {
    run::resolve_text(Settings { complete: true, ..Settings::default() }, &list(objects).to_string()).unwrap().report
}

/// The id of the exposure of a rule.
pub(crate) fn exposure(report: &Report, route: &str, rule: usize) -> String {
    report.exposures.iter().find(|e| e.route.name == route && e.rule == rule).unwrap().id.clone()
}

/// A configuration with these members beside the Gateway and the objects.
pub(crate) fn config(more: Value) -> Value {
    let mut out =
        json!({"gateway": {"namespace": "infra", "name": "edge"}, "complete": true, "snapshot": list(&objects()), "responseHeader": "x-gatescope-exposure"});
    merge(&mut out, more);
    out
}

/// The same, fetched from an exporter.
pub(crate) fn fetching(more: Value) -> Value {
    let mut out = config(json!({"exporter": {"cluster": "exporter", "authority": "localhost", "refreshSeconds": 1, "timeoutSeconds": 2}}));
    out.as_object_mut().unwrap().remove("snapshot");
    merge(&mut out, more);
    out
}

fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    into.as_object_mut().unwrap().extend(more);
}

/// An Envoy route.
pub(crate) fn route(name: &str, path: Value, cluster: &str) -> Value {
    json!({"name": name, "match": path, "route": {"cluster": cluster}})
}

/// Virtual hosts as Envoy Gateway would write them for the objects, and the routes of somebody else.
pub(crate) fn hosts() -> Vec<Value> {
    vec![
        json!({"name": "shop", "domains": ["shop.example"], "routes": [
            route("httproute/shop/web/rule/0/match/0/shop_example", json!({"path_separated_prefix": "/cart"}), "http1"),
            route("httproute/shop/web/rule/1/match/0/shop_example", json!({"path": "/home"}), "http1"),
            route("httproute/shop/new/rule/0/match/0/shop_example", json!({"path": "/new"}), "http1"),
            route("backdoor", json!({"path": "/admin"}), "http1"),
        ]}),
        json!({"name": "grpc", "domains": ["grpc.example"], "routes": [
            route("grpcroute/api/hello/rule/0/match/0/grpc_example", json!({"path": "/hello.Hello/Say"}), "http2"),
            route("backdoor", json!({"path": "/hello.Hello/Secret"}), "http2"),
        ]}),
    ]
}

/// An Envoy in the making.
pub(crate) struct Scene {
    runtime: tokio::runtime::Runtime,
    bootstrap: Bootstrap,
    log: PathBuf,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let upstream = runtime.block_on(Upstream::start());
        let mut bootstrap = Bootstrap::default();
        bootstrap.cluster("http1", upstream.http1, false);
        bootstrap.cluster("http2", upstream.http2, true);
        let log = std::env::temp_dir().join(format!("gatescope-scene-{}-{}.log", std::process::id(), free_port()));
        Self { runtime, bootstrap, log }
    }

    pub(crate) fn runtime(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }

    /// Envoy's cluster of the exporter.
    pub(crate) fn exporter(&mut self, port: u16) {
        self.bootstrap.cluster("exporter", port, false);
    }

    /// A listener with the plugin, and its port.
    pub(crate) fn listen(&mut self, wasm: &Path, config: &str, hosts: Vec<Value>) -> u16 {
        self.listen_code(json!({"local": {"filename": wasm}}), config, hosts)
    }

    /// The same with the plugin from anywhere.
    pub(crate) fn listen_code(&mut self, code: Value, config: &str, hosts: Vec<Value>) -> u16 {
        let mut filter = filter(Path::new(""), config);
        filter["typed_config"]["config"]["vm_config"]["code"] = code;
        let hcm = Hcm { filters: vec![filter], virtual_hosts: hosts, log: Some(self.log.clone()) };
        let port = free_port();
        self.bootstrap.listener(port, vec![json!({"filters": [hcm.json()]})]);
        port
    }

    pub(crate) fn start(self) -> Running {
        Running { envoy: Envoy::start(self.bootstrap.json(), &[]), runtime: self.runtime, log: self.log }
    }
}

/// A running Envoy, with what its upstreams and its access log need.
pub(crate) struct Running {
    pub(crate) envoy: Envoy,
    runtime: tokio::runtime::Runtime,
    log: PathBuf,
}

impl Running {
    pub(crate) fn ask(&self, request: &Ask) -> Got {
        self.try_ask(request).unwrap_or_else(|why| panic!("{request:?}: {why}\n{}", self.envoy.log()))
    }

    pub(crate) fn try_ask(&self, request: &Ask) -> Result<Got, String> {
        self.runtime.block_on(ask(request))
    }

    /// Waits until the worker judges, and denies what nobody declared: the metrics also count Envoy's main thread.
    pub(crate) fn denies(&self, port: u16) {
        let status = || status(&self.ask(&to(port, Protocol::Http1, "/admin", "wait")));
        eventually("the worker has its snapshot", || (status() == 404).then_some(()));
    }

    /// The line of the access log about a request with this `x-case`.
    pub(crate) fn line(&self, case: &str) -> Value {
        eventually(&format!("a line about {case}"), || {
            let text = std::fs::read_to_string(&self.log).unwrap_or_default();
            text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()).find(|v| v["case"] == case)
        })
    }

    /// Waits until a metric's series with these labels sum up to at least so much.
    pub(crate) fn counted(&self, metric: &str, having: &[&str], least: f64) -> f64 {
        let sum = || self.envoy.sum(metric, having);
        let began = std::time::Instant::now();
        while sum() < least {
            let (sum, lines) = (sum(), self.envoy.metrics("gatescope_").join("\n"));
            assert!(began.elapsed().as_secs() < 30, "{metric} {having:?} is {sum}, not {least}:\n{lines}\n{}", self.envoy.log());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        sum()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.log);
    }
}

/// A request to the shop, or to the gRPC service where the protocol is gRPC.
pub(crate) fn to(port: u16, protocol: Protocol, target: &str, case: &str) -> Ask {
    let grpc = protocol == Protocol::Grpc;
    let mut headers = BTreeMap::from([("x-case".to_owned(), case.to_owned())]);
    if grpc {
        headers.insert("content-type".into(), "application/grpc".into());
    }
    Ask {
        port,
        sni: None,
        protocol,
        host: if grpc { "grpc.example" } else { "shop.example" }.into(),
        target: target.into(),
        method: if grpc { "POST" } else { "GET" }.into(),
        headers,
    }
}

/// The status as HTTP has it: Envoy's own answers to gRPC are gRPC's.
pub(crate) fn status(got: &Got) -> u16 {
    match got.headers.get("grpc-status").map(String::as_str) {
        None | Some("0") => got.status,
        Some("7") => 403,
        Some("12") => 404,
        Some(_) => 500,
    }
}
