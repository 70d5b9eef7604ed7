//! Bad input, as the issue lists it: each gives a message that names file, line or object and field, and a
//! way out; the rest is still resolved; exit code 2 is kept for input that cannot be read at all.
//!
//! Runs the built program (`GATESCOPE_BIN`, or the target folder). `GATESCOPE_BIG=1` makes the big files 200 MB.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc
)]

mod big;
mod hostile;
mod objects;
mod sarif;
mod text;
mod transcripts;

use gatescope_tests::cli::{Folder, Run, run};

/// A small cluster with one exposed route, `good`.
pub(crate) const GOOD: &str = "\
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
  ports: [{port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: shop, name: good}
spec:
  parentRefs: [{name: edge}]
  hostnames: [good.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
";

/// The report of a folder with the good cluster and this file beside it.
pub(crate) fn beside_good(name: &str, text: &[u8]) -> Run {
    let folder = Folder::with(&[("good.yaml", GOOD.as_bytes()), (name, text)]);
    resolve(&[&folder.arg()])
}

/// `gatescope resolve --complete -o json -f …`
pub(crate) fn resolve(files: &[&str]) -> Run {
    let mut args = vec!["resolve", "--complete", "-o", "json"];
    for file in files {
        args.extend(["-f", file]);
    }
    run(&args, b"")
}

/// The good route is still resolved, and nothing was held against the whole.
pub(crate) fn rest_stands(run: &Run) {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.states("good"), ["exposed"], "{}", run.stderr);
}

/// Exit code 2, a message that names the file, nothing on standard output, and a way out.
pub(crate) fn unreadable(run: &Run, name: &str) {
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stdout.is_empty(), "{run:?}");
    assert!(run.stderr.contains(name), "{run:?}");
}

/// Standard error says it, and offers a way out.
pub(crate) fn says(run: &Run, parts: &[&str]) {
    let said = run.stderr.to_lowercase();
    for part in parts {
        assert!(said.contains(&part.to_lowercase()), "no `{part}` in:\n{}", run.stderr);
    }
}

/// A finding about the object: it names the field, and offers a way out.
pub(crate) fn found(run: &Run, name: &str, field: &str) {
    let findings = run.findings(name);
    let hit = findings.iter().find(|f| f["field"].as_str().is_some_and(|f| f.contains(field)));
    let Some(hit) = hit else { panic!("no finding about `{name}` names `{field}`:\n{findings:#?}") };
    assert!(hit["hint"].as_str().is_some_and(|h| !h.is_empty()), "no way out: {hit:#}");
    assert!(hit["message"].as_str().is_some_and(|m| !m.is_empty() && !m.ends_with('.')), "{hit:#}");
}

/// A route of the good cluster with another spec.
pub(crate) fn route(name: &str, spec: &str) -> String {
    format!("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{namespace: shop, name: {name}}}\nspec: {spec}\n")
}
