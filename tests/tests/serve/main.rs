//! `gatescope serve -f`, the real program over real connections: every endpoint, the streams, reloads, faults and
//! hostile requests. Runs the built program (`GATESCOPE_BIN`, or the target folder).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a test may fail"
)]

mod access;
mod ending;
mod endpoints;
mod faults;
mod hostile;
mod reload;
mod streams;

use gatescope_tests::exporter::Exporter;
use gatescope_tests::paths;
use serde_json::Value;

/// The bundled example.
pub(crate) fn example() -> String {
    paths::workspace().join("deploy/example/cluster").display().to_string()
}

/// An exporter of the bundled example.
pub(crate) fn demo(more: &[&str]) -> Exporter {
    let example = example();
    let mut args = vec!["-f", &example, "--complete"];
    args.extend(more);
    Exporter::start(&args).ready()
}

/// A small cluster: a namespace, a class, a Gateway and a Service.
pub(crate) const BASE: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: class}
spec: {controllerName: example.net/controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {namespace: shop, name: edge}
spec:
  gatewayClassName: class
  listeners:
  - {name: http, port: 80, protocol: HTTP}
---
apiVersion: v1
kind: Service
metadata: {namespace: shop, name: web}
spec:
  ports:
  - {port: 80}
";

/// A route of that cluster.
pub(crate) fn route(name: &str, host: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{namespace: shop, name: {name}}}\nspec:\n  parentRefs:\n  - {{name: edge}}\n  hostnames: [{host}]\n  rules:\n  - backendRefs:\n    - {{name: web, port: 80}}\n"
    )
}

/// Hostnames of the exposures, sorted.
pub(crate) fn hosts(exporter: &Exporter) -> Vec<String> {
    let rows = exporter.json("/api/v1/exposures");
    let mut hosts: Vec<String> = rows.as_array().unwrap().iter().map(|r| r["hostname"].as_str().unwrap().to_owned()).collect();
    hosts.sort();
    hosts
}

/// A report without `runtime`.
pub(crate) fn bare(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("runtime");
    report
}
