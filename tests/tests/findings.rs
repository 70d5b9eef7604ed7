//! Findings as a whole: every one has a case that shows it and one that does not, the example cluster gives
//! exactly those that its README lists, and settings that no case can have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gatescope_core::diagnose::CATALOGUE;
use gatescope_core::types::Finding;
use gatescope_core::{Engine, Settings};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

fn own_cases() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("finding-") {
            out.push(serde_json::from_slice(&std::fs::read(entry.path().join("case.json")).unwrap()).unwrap());
        }
    }
    out
}

fn findings(settings: Settings, objects: &Value) -> Vec<Finding> {
    let mut engine = Engine::new(settings);
    engine.load(json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string().as_bytes()).unwrap();
    engine.settle();
    engine.report().findings
}

#[test]
fn every_finding_has_a_case_that_shows_it_and_one_that_does_not() {
    let (mut shown, mut absent) = (BTreeSet::new(), BTreeSet::new());
    for case in own_cases() {
        let passes = std::iter::once(&case["expect"]).chain(case["profiles"].as_object().into_iter().flat_map(|p| p.values()));
        for expect in passes {
            for (part, into) in [("rows", &mut shown), ("without", &mut absent)] {
                let codes = expect[part]["findings"].as_array().into_iter().flatten().filter_map(|f| f["code"].as_str());
                into.extend(codes.map(String::from));
            }
        }
    }
    // The tenant label is a setting, which cases do not have: see below.
    shown.insert("GS0505".into());
    let without = |set: &BTreeSet<String>| CATALOGUE.iter().map(|i| i.code).filter(|c| !set.contains(*c)).collect::<Vec<_>>();
    assert_eq!(without(&shown), Vec::<&str>::new(), "findings that no case shows");
    assert_eq!(without(&absent), Vec::<&str>::new(), "findings without a near miss");
    let unknown: Vec<_> = shown.iter().chain(&absent).filter(|c| CATALOGUE.iter().all(|i| i.code != c.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Lower-case start (but for names of kinds), no final period, no Rust in it, and a way out.
#[test]
fn messages_keep_to_the_style() {
    for case in own_cases() {
        let lists = |name: &str| case[name].is_array();
        for profile in ["standard", "envoy-gateway", "istio"] {
            let profile = gatescope_core::ProfileChoice::parse(profile).unwrap();
            let settings = Settings { profile, complete: !lists("collected"), ..Settings::default() };
            for f in findings(settings, &case["objects"]) {
                let info = gatescope_core::diagnose::info(&f.code).expect("of the catalogue");
                assert_eq!(info.severity, f.severity, "{f:?}");
                let hint = f.hint.as_deref().unwrap_or_else(|| panic!("no hint: {f:?}"));
                for text in [f.message.as_str(), hint] {
                    assert!(!text.ends_with('.') && !text.is_empty(), "{text}");
                    assert!(!text.contains("Some(") && !text.contains("::") && !text.contains("  "), "{text}");
                    let kinds = [
                        "HTTPRoute",
                        "GRPCRoute",
                        "TCPRoute",
                        "Gateway",
                        "Service",
                        "Secret",
                        "ConfigMap",
                        "ListenerSet",
                        "GatewayClass",
                        "BackendTLSPolicy",
                        "TLS",
                        "Backend",
                        "XBackend",
                        "ServiceImport",
                        "DNS",
                    ];
                    let first = text.split([' ', ',', '.']).next().unwrap_or_default();
                    assert!(!text.starts_with(|c: char| c.is_ascii_uppercase()) || kinds.contains(&first), "{text}");
                }
            }
        }
    }
}

#[test]
fn tenants_are_told_by_the_label_of_the_settings() {
    let ns = |name: &str, tenant: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"tenant": tenant}}});
    let route = |name: &str, ns: &str, backend: &str| {
        json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"namespace": ns, "name": name},
            "spec": {"parentRefs": [{"namespace": "infra", "name": "edge"}], "rules": [{"backendRefs": [{"namespace": backend, "name": "web", "port": 80}]}]}})
    };
    let objects = json!([
        ns("shop", "a"), ns("shop-two", "a"), ns("bank", "b"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "infra"}},
        {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"namespace": "infra", "name": "edge"}, "spec": {"gatewayClassName": "c",
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]}},
        route("crosses", "shop", "bank"), route("stays", "shop", "shop-two"),
    ]);
    let crossing = |label: Option<&str>| {
        let settings = Settings { tenant_label: label.map(String::from), complete: true, ..Settings::default() };
        let found = findings(settings, &objects).into_iter().filter(|f| f.code == "GS0505");
        found.map(|f| (f.subject.name, f.field.unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(crossing(Some("tenant")), [("crosses".to_owned(), "spec.rules[0].backendRefs[0]".to_owned())]);
    assert_eq!(crossing(None), []);
    assert_eq!(crossing(Some("team")), []);
}
