//! Family 1 against a reading of the report that shares nothing with the exporter's.

use super::*;
use gatescope::metrics::{Families, Patterns, Shard};
use gatescope_core::types::{Action, State, Tri};
use serde_json::json;
use std::collections::BTreeSet;

type Labels = BTreeMap<String, String>;

/// What metrics.md asks for, word by word.
pub fn expected(report: &Report) -> BTreeSet<Labels> {
    let mut out = BTreeSet::new();
    for e in &report.exposures {
        let Some(backend) = &e.backend else { continue };
        if e.state != State::Exposed || e.route.kind != "HTTPRoute" || e.action != Action::Forward || backend.kind != "Service" {
            continue;
        }
        let attachments: Vec<_> = report
            .attachments
            .iter()
            .filter(|a| {
                a.route == e.route
                    && a.parent_ref.kind == e.listener.owner.kind
                    && Some(&a.parent_ref.namespace) == e.listener.owner.namespace.as_ref()
                    && a.parent_ref.name == e.listener.owner.name
                    && a.listeners.contains(&e.listener.name)
            })
            .collect();
        assert!(!attachments.is_empty(), "a row without an attachment: {e:?}");
        if attachments.iter().all(|a| a.reported.as_ref().is_some_and(|r| r.current && r.accepted == Tri::False)) {
            continue;
        }
        let gateway = report.gateways.iter().find(|g| g.namespace == e.gateway.namespace && g.name == e.gateway.name).unwrap();
        let class = gateway.class.to_lowercase();
        let ip = gateway.addresses.iter().find(|a| a.kind == "IPAddress").map_or("", |a| &a.value);
        let labels = [
            ("namespace", e.route.namespace.clone().unwrap()),
            ("gateway_name", e.gateway.name.clone()),
            ("route_name", e.route.name.clone()),
            ("hostname", e.hostname.clone()),
            ("listener_name", e.listener.name.clone()),
            ("http_path", e.path.as_ref().unwrap().value.clone()),
            ("service_name", backend.name.clone()),
            ("backend_namespace", backend.namespace.clone()),
            ("backend_port", backend.port.map(|p| p.to_string()).unwrap_or_default()),
            ("lb_type", if class.contains("internal") || class.contains("ilb") { "internal" } else { "external" }.to_owned()),
            ("ip_address", ip.to_owned()),
        ];
        out.insert(labels.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
    }
    out
}

/// What is shown, each once.
pub fn shown(text: &str) -> BTreeSet<Labels> {
    let all = parse(text);
    let rows = of(&all, "exposed_route_info");
    assert!(rows.iter().all(|s| s.value == 1.0));
    let set: BTreeSet<Labels> = rows.iter().map(|s| s.labels.clone()).collect();
    assert_eq!(set.len(), rows.len(), "a series twice");
    set
}

#[test]
fn the_example_cluster() {
    let objects = example();
    let want = expected(&resolve(&objects));
    assert!(want.len() > 30, "{}", want.len());
    let text = text(&metrics(&objects, MetricsConfig::default()).scrape());
    assert_eq!(shown(&text), want);
    assert!(text.starts_with("# HELP exposed_route_info Information about logical route-to-Service relationships exposed via Kubernetes Gateway API.\n# TYPE exposed_route_info gauge\nexposed_route_info{namespace=\""));
    assert!(want.iter().any(|l| l["lb_type"] == "internal") && want.iter().any(|l| l["lb_type"] == "external"));
}

/// A gateway, a route to two Services, and what a test changes of it.
pub fn small(change: impl Fn(&mut Vec<Value>)) -> Vec<Value> {
    let gw = "gateway.networking.k8s.io/v1";
    let mut out = vec![
        json!({"apiVersion": gw, "kind": "GatewayClass", "metadata": {"name": "eg"}, "spec": {"controllerName": "example.net/c"}}),
        json!({"apiVersion": gw, "kind": "Gateway", "metadata": {"name": "edge", "namespace": "infra", "generation": 1}, "spec": {"gatewayClassName": "eg",
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]},
            "status": {"addresses": [{"type": "Hostname", "value": "lb.example.com"}, {"type": "IPAddress", "value": "203.0.113.7"}]}}),
        json!({"apiVersion": gw, "kind": "HTTPRoute", "metadata": {"name": "web", "namespace": "shop", "generation": 1}, "spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": ["a.example.com"],
            "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/x"}}], "backendRefs": [{"name": "one", "port": 80}, {"name": "two", "port": 80}]}]}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "red"}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "two", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}),
    ];
    change(&mut out);
    out
}

fn status(accepted: &str, observed: u64) -> Value {
    json!({"parents": [{"controllerName": "example.net/c", "parentRef": {"name": "edge", "namespace": "infra"},
        "conditions": [{"type": "Accepted", "status": accepted, "reason": "X", "observedGeneration": observed}]}]})
}

#[test]
fn a_current_refusal_of_the_controller_hides_rows_of_family_1_alone() {
    for (change, rows) in [(None, 2), (Some(("True", 1)), 2), (Some(("False", 1)), 0), (Some(("False", 0)), 2), (Some(("Unknown", 1)), 2)] {
        let objects = small(|o| {
            if let Some((accepted, observed)) = change {
                o[2]["status"] = status(accepted, observed);
            }
        });
        let all = parse(&text(&metrics(&objects, MetricsConfig::default()).scrape()));
        assert_eq!(of(&all, "exposed_route_info").len(), rows, "{change:?}");
        assert_eq!(of(&all, "gatescope_exposure_info").len(), 2, "{change:?}");
    }
}

#[test]
fn equal_label_sets_are_one_series_until_the_last_holder_goes() {
    // Two Gateways of one name in two namespaces; there is no gateway namespace among the labels.
    let objects = small(|o| {
        let mut other = o[1].clone();
        other["metadata"]["namespace"] = json!("other");
        o.push(other);
        o[2]["spec"]["parentRefs"] = json!([{"name": "edge", "namespace": "infra"}, {"name": "edge", "namespace": "other"}]);
    });
    let mut engine = Engine::new(settings());
    let mut metrics = Metrics::new(MetricsConfig::default());
    let texts: Vec<String> = objects.iter().map(ToString::to_string).collect();
    let mut step = |changes: &[gatescope_core::Change<'_>]| {
        let (delta, _) = engine.apply(changes);
        metrics.apply(&delta, &engine.frame());
        let all = parse(&text(&metrics.scrape()));
        (of(&all, "exposed_route_info").len(), of(&all, "gatescope_exposure_info").len())
    };
    let puts: Vec<_> = texts.iter().map(|t| gatescope_core::Change::Json(t.as_bytes())).collect();
    let delete = |namespace| gatescope_core::Change::Delete { group: "gateway.networking.k8s.io", kind: "Gateway", namespace, name: "edge" };
    assert_eq!(step(&puts), (2, 4));
    assert_eq!(step(&[delete("other")]), (2, 2));
    assert_eq!(step(&[delete("infra")]), (0, 0));
}

#[test]
fn a_class_or_an_address_that_changes_alone_is_shown() {
    let mut engine = Engine::new(settings());
    let mut metrics = Metrics::new(MetricsConfig::default());
    let mut step = |objects: &[Value]| {
        let texts: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let (delta, _) = engine.apply(&texts.iter().map(|t| gatescope_core::Change::Json(t.as_bytes())).collect::<Vec<_>>());
        metrics.apply(&delta, &engine.frame());
        let now = shown(&text(&metrics.scrape()));
        assert_eq!(now, expected(&engine.report()));
        now.into_iter().map(|l| format!("{} {}", l["lb_type"], l["ip_address"])).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(";")
    };
    let mut objects = small(|_| {});
    assert_eq!(step(&objects), "external 203.0.113.7");
    let mut class = objects[0].clone();
    class["metadata"]["name"] = json!("Corp-ILB");
    objects[1]["spec"]["gatewayClassName"] = json!("Corp-ILB");
    assert_eq!(step(&[class, objects[1].clone()]), "internal 203.0.113.7");
    objects[1]["status"]["addresses"] = json!([{"value": "203.0.113.7", "type": "Hostname"}, {"value": "203.0.113.8"}]);
    assert_eq!(step(&objects[1..2]), "internal 203.0.113.8");
    // While the controller refuses it, too.
    objects[2]["status"] = status("False", 1);
    assert_eq!(step(&objects[2..3]), "");
    objects[1]["status"]["addresses"] = json!([]);
    assert_eq!(step(&objects[1..2]), "");
    objects[2]["status"] = status("True", 1);
    assert_eq!(step(&objects[2..3]), "internal ");
}

#[test]
fn lists_and_shards_choose() {
    let objects = example();
    let series = |config: MetricsConfig| {
        let all = parse(&text(&metrics(&objects, config).scrape()));
        all.iter().filter(|s| !s.name.starts_with("process_")).map(|s| format!("{} {:?}", s.name, s.labels)).collect::<BTreeSet<_>>()
    };
    let all = series(MetricsConfig::default());
    let only = |p: &str| Patterns { allow: vec![p.into()], deny: vec![] };
    let not = |p: &str| Patterns { allow: vec![], deny: vec![p.into()] };
    let routes = series(MetricsConfig { families: Families { routes: true, objects: false, own: false }, ..MetricsConfig::default() });
    assert!(!routes.is_empty() && routes.iter().all(|s| s.starts_with("exposed_route_info ")));
    assert_eq!(series(MetricsConfig { metrics: only("exposed_*"), ..MetricsConfig::default() }), routes);
    assert!(series(MetricsConfig { metrics: not("exposed_*"), ..MetricsConfig::default() }).is_disjoint(&routes));
    let shop = series(MetricsConfig { namespaces: only("shop"), ..MetricsConfig::default() });
    assert!(shop.iter().any(|s| s.starts_with("exposed_route_info")));
    assert!(shop.iter().filter(|s| s.starts_with("exposed_route_info")).all(|s| s.contains("\"namespace\": \"shop\"")));
    let shards: Vec<_> = (0..3).map(|index| series(MetricsConfig { shard: Some(Shard { index, of: 3 }), ..MetricsConfig::default() })).collect();
    let about_rows = |s: &&String| s.starts_with("exposed_route") || s.starts_with("gatescope_exposure");
    let union: BTreeSet<&String> = shards.iter().flatten().filter(about_rows).collect();
    assert_eq!(union, all.iter().filter(about_rows).collect());
    assert_eq!(
        shards.iter().map(|s| s.iter().filter(|l| l.starts_with("gatescope_exposure_info")).count()).sum::<usize>(),
        all.iter().filter(|l| l.starts_with("gatescope_exposure_info")).count()
    );
}
