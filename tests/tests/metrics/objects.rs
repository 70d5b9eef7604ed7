//! Family 2 against a file written by hand from metrics-compat.json, for objects that show every family of it.

use super::*;
use gatescope::metrics::{Family, Patterns, VersionLabel, table};
use serde_json::json;
use std::collections::BTreeSet;

fn folder() -> std::path::PathBuf {
    gatescope_tests::paths::tests().join("tests/metrics/objects")
}

pub fn objects() -> Vec<Value> {
    serde_saphyr::from_multiple(&std::fs::read_to_string(folder().join("objects.yaml")).unwrap()).unwrap()
}

fn put(objects: &[Value], config: MetricsConfig) -> Metrics {
    let mut metrics = Metrics::new(config);
    objects.iter().for_each(|o| metrics.put(o.to_string().as_bytes()));
    metrics
}

/// Series of family 2 as `name{labels} value`, labels in order.
fn shown(metrics: &mut Metrics) -> BTreeSet<String> {
    let all = parse(&text(&metrics.scrape()));
    let family = |s: &&Series| s.name.starts_with("gatewayapi_") || s.name.starts_with("kuadrant_");
    let list: Vec<String> = all.iter().filter(family).map(spelled).collect();
    let set: BTreeSet<String> = list.iter().cloned().collect();
    assert_eq!(set.len(), list.len(), "a series twice");
    set
}

fn spelled(s: &Series) -> String {
    let labels: Vec<String> = s.labels.iter().map(|(k, v)| format!("{k}={v:?}")).collect();
    format!("{}{{{}}} {}", s.name, labels.join(","), s.value)
}

#[test]
fn every_family_is_as_the_table_says() {
    let want: BTreeSet<String> = std::fs::read_to_string(folder().join("expected.txt"))
        .unwrap()
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| spelled(&super::line(l)))
        .collect();
    let got = shown(&mut put(&objects(), MetricsConfig::default()));
    let (missing, extra): (Vec<_>, Vec<_>) = (want.difference(&got).collect(), got.difference(&want).collect());
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:#?}\nextra {extra:#?}");
    // The file leaves no family out.
    let compat: BTreeMap<String, Value> = serde_json::from_str(include_str!("../../../host-native/src/metrics/compat/metrics-compat.json")).unwrap();
    assert_eq!(compat.len(), 77);
    let name = |l: &String| l.split('{').next().unwrap().to_owned();
    let named: BTreeSet<String> = want.iter().map(name).collect();
    let absent: Vec<&String> = compat.keys().filter(|k| !named.contains(*k)).collect();
    assert!(absent.is_empty(), "{absent:?}");
    let documented: BTreeSet<String> =
        table().iter().filter(|m| m.family == Family::Objects && m.name != "gateway_metrics_up").map(|m| m.name.clone()).collect();
    assert_eq!(named, documented);
}

#[test]
fn help_and_labels_are_those_of_the_drop_in() {
    let compat: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(include_str!("../../../host-native/src/metrics/compat/metrics-compat.json")).unwrap();
    for (name, columns) in compat {
        let metric = table().iter().find(|m| m.name == name).unwrap();
        let column = columns.get("gateway-api-state-metrics").or_else(|| columns.values().next()).unwrap();
        let mut labels: BTreeSet<String> = column["labels"].as_array().unwrap().iter().map(|l| l.as_str().unwrap().to_owned()).collect();
        labels.extend(["customresource_group", "customresource_kind", "customresource_version"].map(str::to_owned));
        assert_eq!(metric.labels.iter().cloned().collect::<BTreeSet<_>>(), labels, "{name}");
        assert_eq!(metric.help.to_lowercase().trim_end_matches('.'), column["help"].as_str().unwrap().to_lowercase().trim_end_matches('.'), "{name}");
    }
}

#[test]
fn versions_are_those_that_the_dashboards_in_use_expect() {
    let version = |label| {
        let config = MetricsConfig { customresource_version: label, ..MetricsConfig::default() };
        let all = parse(&text(&put(&objects(), config).scrape()));
        ["gatewayapi_gateway_info", "gatewayapi_tlsroute_created", "gatewayapi_listenerset_info", "gatewayapi_dnspolicy_created"]
            .map(|name| of(&all, name)[0].get("customresource_version").to_owned())
    };
    assert_eq!(version(VersionLabel::StateMetrics), ["v1beta1", "v1alpha2", "v1", "v1"]);
    assert_eq!(version(VersionLabel::EnvoyGateway), ["v1", "v1", "v1", "v1"]);
    assert_eq!(version(VersionLabel::Served), ["v1", "v1alpha3", "v1", "v1"]);
}

#[test]
fn an_object_that_changes_and_goes_leaves_nothing() {
    let mut metrics = put(&objects(), MetricsConfig::default());
    let before = shown(&mut metrics);
    for object in objects() {
        let mut bare = object.clone();
        for part in ["spec", "status"] {
            bare.as_object_mut().unwrap().remove(part);
        }
        metrics.put(bare.to_string().as_bytes());
    }
    let bare = shown(&mut metrics);
    assert!(bare.iter().all(|l| ["_created{", "_deleted{", "_labels{", "_info{"].iter().any(|m| l.contains(m))), "{bare:#?}");
    objects().iter().for_each(|o| metrics.put(o.to_string().as_bytes()));
    assert_eq!(shown(&mut metrics), before);
    for object in objects() {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let group = text(&object["apiVersion"]);
        metrics.delete(
            group.split_once('/').map_or("", |(g, _)| g),
            object["kind"].as_str().unwrap(),
            &text(&object["metadata"]["namespace"]),
            &text(&object["metadata"]["name"]),
        );
    }
    assert!(shown(&mut metrics).is_empty());
}

#[test]
fn lists_choose_label_keys_and_namespaces() {
    let config = |allow: &[&str], deny: &[&str]| MetricsConfig {
        label_keys: Patterns { allow: allow.iter().map(|s| (*s).to_owned()).collect(), deny: deny.iter().map(|s| (*s).to_owned()).collect() },
        ..MetricsConfig::default()
    };
    let keys = |config: MetricsConfig| {
        let route = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "r", "namespace": "n", "labels": {"app.kubernetes.io/name": "a", "team": "b", "secret-key": "c"}}});
        let all = parse(&text(&put(&[route], config).scrape()));
        let own = ["name", "namespace", "customresource_group", "customresource_kind", "customresource_version"];
        of(&all, "gatewayapi_httproute_labels")[0].labels.keys().filter(|k| !own.contains(&k.as_str())).cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(config(&[], &[])), "app_kubernetes_io_name secret_key team");
    assert_eq!(keys(config(&[], &["secret*"])), "app_kubernetes_io_name team");
    assert_eq!(keys(config(&["team"], &[])), "team");
    assert_eq!(keys(config(&["app_kubernetes_io_name"], &[])), "app_kubernetes_io_name");
    assert_eq!(keys(config(&["app.kubernetes.io/*"], &[])), "app_kubernetes_io_name");
    assert_eq!(keys(config(&[], &["secret_key"])), "app_kubernetes_io_name team");
    assert_eq!(keys(config(&["*"], &["secret-key"])), "app_kubernetes_io_name team");
}

#[test]
fn hostile_objects_are_harmless() {
    let mut metrics = Metrics::new(MetricsConfig::default());
    let route = |rest: Value| {
        let mut out = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r", "namespace": "n"}});
        out.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        out
    };
    for bad in [
        json!([]),
        json!({}),
        json!({"kind": 7, "apiVersion": []}),
        json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"}),
        json!({"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "x", "namespace": "y"}}),
    ] {
        metrics.put(bad.to_string().as_bytes());
    }
    metrics.put(b"{\"kind\":");
    metrics.put(route(json!({"spec": {"hostnames": [7, null, {"a": 1}, "a\"\n\\b", "a\"\n\\b"], "parentRefs": {"name": "one"}},
        "status": {"parents": [null, 3, {"conditions": "none"}, {"conditions": [{"type": "A", "status": "maybe"}, {"type": "A", "status": "True"}, {"type": "A", "status": "False"}]}]}})).to_string().as_bytes());
    let all = parse(&text(&metrics.scrape()));
    let hosts: Vec<&str> = of(&all, "gatewayapi_httproute_hostname_info").iter().map(|s| s.get("hostname")).collect();
    assert_eq!(hosts, ["7", "a\"\n\\b"]);
    let conditions = of(&all, "gatewayapi_httproute_status_parents_conditions");
    assert_eq!(conditions.iter().map(|s| (s.get("type"), s.value)).collect::<Vec<_>>(), [("A", 1.0)]);
    assert!(of(&all, "gatewayapi_gateway_info").is_empty(), "another project's Gateway");
}
