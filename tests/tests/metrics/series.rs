//! Family 3.

use super::routes::small;
use super::*;
use gatescope::metrics::{Histogram, Own, Patterns, Reconcile, Source};
use gatescope_core::types::{Severity, State};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn rows_counts_and_findings_are_those_of_the_report() {
    let objects = example();
    let report = resolve(&objects);
    let all = parse(&text(&metrics(&objects, MetricsConfig::default()).scrape()));
    // Rows that differ in what has no label (headers, weights) are one series.
    let word = |s: State| serde_json::to_value(s).unwrap().as_str().unwrap().to_owned();
    let port = |p: Option<u16>| p.map(|p| p.to_string()).unwrap_or_default();
    let want: BTreeSet<Vec<String>> = report
        .exposures
        .iter()
        .map(|e| {
            let b = e.backend.as_ref();
            let path = match (&e.path, &e.grpc) {
                (Some(p), _) => p.value.clone(),
                (None, Some(g)) => format!("/{}/{}", g.service.as_deref().unwrap_or("*"), g.method.as_deref().unwrap_or("*")),
                (None, None) => String::new(),
            };
            vec![
                e.route.kind.to_string(),
                e.route.namespace.clone().unwrap(),
                e.route.name.clone(),
                e.gateway.namespace.clone(),
                e.gateway.name.clone(),
                e.listener.name.clone(),
                e.listener.port.to_string(),
                e.listener.protocol.to_string(),
                e.listener.tls_mode.clone().unwrap_or_default().to_string(),
                e.hostname.clone(),
                e.rule.to_string(),
                path,
                e.method.clone().unwrap_or_default(),
                b.map_or(String::new(), |b| b.kind.clone()),
                b.map_or(String::new(), |b| b.namespace.clone()),
                b.map_or(String::new(), |b| b.name.clone()),
                port(b.and_then(|b| b.port)),
                word(e.state),
                e.cause.clone().unwrap_or_else(|| e.reasons.join(",")),
            ]
        })
        .collect();
    let names = "route_kind route_namespace route gateway_namespace gateway listener port protocol tls_mode hostname rule path method backend_kind backend_namespace backend backend_port state reason";
    let rows = of(&all, "gatescope_exposure_info");
    let shown: BTreeSet<Vec<String>> = rows.iter().map(|s| names.split(' ').map(|n| s.get(n).to_owned()).collect()).collect();
    assert_eq!(shown, want);
    assert!(rows.iter().all(|s| s.value == 1.0 && s.labels.len() == 21));

    for (state, count) in
        [("exposed", report.summary.exposed), ("shadowed", report.summary.shadowed), ("blocked", report.summary.blocked), ("unknown", report.summary.unknown)]
    {
        let sum: f64 = of(&all, "gatescope_exposures").iter().filter(|s| s.get("state") == state).map(|s| s.value).sum();
        assert_eq!(sum, count as f64, "{state}");
    }
    let gateways: BTreeSet<_> = of(&all, "gatescope_exposures").iter().map(|s| (s.get("gateway_namespace").to_owned(), s.get("gateway").to_owned())).collect();
    assert_eq!(gateways.len(), report.gateways.len());
    for (severity, which) in [("error", Severity::Error), ("warning", Severity::Warning), ("info", Severity::Info)] {
        let sum: f64 = of(&all, "gatescope_findings").iter().filter(|s| s.get("severity") == severity).map(|s| s.value).sum();
        assert_eq!(sum as usize, report.findings.iter().filter(|f| f.severity == which).count());
    }
    let drift = of(&all, "gatescope_attachment_drift");
    let routes: BTreeSet<_> = drift.iter().filter(|s| s.get("kind") != "attached_routes").map(|s| (s.get("route_namespace"), s.get("route"))).collect();
    let want: BTreeSet<_> = report.attachments.iter().filter(|a| a.drift).map(|a| (a.route.namespace.as_deref().unwrap(), a.route.name.as_str())).collect();
    assert_eq!(routes, want);
    assert!(!want.is_empty(), "the example has drift");
    assert_eq!(
        drift.iter().filter(|s| s.get("kind") == "attached_routes").map(|s| (s.get("gateway"), s.get("listener"))).collect::<BTreeSet<_>>().len(),
        report.findings.iter().filter(|f| f.code == "GS0602").count()
    );
    assert!(drift.iter().all(|s| !s.get("gateway").is_empty()));
}

#[test]
fn owners_of_hosts() {
    let mut engine = Engine::new(settings());
    let mut metrics = Metrics::new(MetricsConfig::default());
    let mut step = |objects: &[Value], gone: &[(&str, &str)]| {
        let texts: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let mut changes: Vec<_> = texts.iter().map(|t| gatescope_core::Change::Json(t.as_bytes())).collect();
        changes.extend(gone.iter().map(|(namespace, name)| gatescope_core::Change::Delete {
            group: "gateway.networking.k8s.io",
            kind: "HTTPRoute",
            namespace,
            name,
        }));
        let (delta, _) = engine.apply(&changes);
        metrics.apply(&delta, &engine.frame());
        let all = parse(&text(&metrics.scrape()));
        let contested: Vec<String> =
            of(&all, "gatescope_hostname_contested").iter().map(|s| format!("{}:{}={}", s.get("hostname"), s.get("port"), s.value)).collect();
        (of(&all, "gatescope_host_owner_changes_total")[0].value, contested.join(" "))
    };
    let objects = small(|_| {});
    assert_eq!(step(&objects, &[]), (0.0, String::new()));
    // Another route of the namespace: nobody else's.
    let mut second = objects[2].clone();
    second["metadata"]["name"] = json!("second");
    second["spec"]["rules"][0]["matches"][0]["path"]["value"] = json!("/y");
    assert_eq!(step(&[second.clone()], &[]), (0.0, String::new()));
    // Another namespace comes in with a path of its own.
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one", "namespace": "lab"}, "spec": {"ports": [{"port": 80}]}});
    let mut other = second.clone();
    other["metadata"] = json!({"name": "web", "namespace": "lab", "generation": 1});
    other["spec"]["rules"][0]["matches"][0]["path"]["value"] = json!("/z");
    assert_eq!(step(&[service, other.clone()], &[]), (1.0, "a.example.com:80=2".into()));
    assert_eq!(step(&[], &[("lab", "web")]), (1.0, String::new()));
    // It takes the host over in one go.
    assert_eq!(step(&[other], &[("shop", "web"), ("shop", "second")]), (2.0, String::new()));
}

#[test]
fn hostile_names_are_escaped_and_stay_one_line() {
    let evil = "a\"b\\c\nd} 1\n# TYPE x";
    let objects = small(|o| {
        o[1]["spec"]["listeners"][0]["name"] = json!(evil);
        o[2]["spec"]["rules"][0]["matches"][0]["path"]["value"] = json!(format!("/{evil}"));
    });
    let text = text(&metrics(&objects, MetricsConfig::default()).scrape());
    let all = parse(&text);
    for name in ["gatescope_exposure_info", "exposed_route_info"] {
        for row in of(&all, name) {
            let path = if name == "exposed_route_info" { "http_path" } else { "path" };
            assert_eq!(row.get(path), format!("/{evil}"));
        }
        assert_eq!(of(&all, name).len(), 2);
    }
}

#[test]
fn caps_keep_the_first_and_count_the_rest() {
    let objects = example();
    let count = |all: &[Series], name: &str| of(all, name).len();
    let whole = parse(&text(&metrics(&objects, MetricsConfig::default()).scrape()));
    let mut capped = metrics(&objects, MetricsConfig { max_series_per_namespace: 3, ..MetricsConfig::default() });
    let all = parse(&text(&capped.scrape()));
    for (name, label) in [("gatescope_exposure_info", "route_namespace"), ("exposed_route_info", "namespace")] {
        let mut by: BTreeMap<&str, usize> = BTreeMap::new();
        for s in of(&all, name) {
            *by.entry(s.get(label)).or_default() += 1;
        }
        assert!(by.values().all(|n| *n <= 3) && by.values().any(|n| *n == 3), "{name} {by:?}");
        let kept: Vec<&Series> = of(&all, name);
        assert!(kept.iter().all(|s| of(&whole, name).contains(s)));
    }
    let dropped = |family: &str| of(&all, "gatescope_series_dropped").iter().filter(|s| s.get("family") == family).map(|s| s.value).sum::<f64>() as usize;
    assert_eq!(dropped("routes"), count(&whole, "exposed_route_info") - count(&all, "exposed_route_info"));
    assert!(dropped("own") >= count(&whole, "gatescope_exposure_info") - count(&all, "gatescope_exposure_info"));
    assert_eq!(count(&whole, "gatescope_series_dropped"), 0);
    let total = parse(&text(&metrics(&objects, MetricsConfig { max_series: 10, ..MetricsConfig::default() }).scrape()));
    assert_eq!(count(&total, "gatescope_exposure_info"), 10);
}

#[test]
fn labels_that_are_left_out_merge_rows() {
    let objects = example();
    let label_keys = Patterns { allow: vec![], deny: vec!["http_path".into(), "path".into(), "path_type".into(), "rule".into(), "ip_address".into()] };
    let all = parse(&text(&metrics(&objects, MetricsConfig { label_keys, ..MetricsConfig::default() }).scrape()));
    let whole = parse(&text(&metrics(&objects, MetricsConfig::default()).scrape()));
    for (name, labels) in [("exposed_route_info", 9), ("gatescope_exposure_info", 18)] {
        let rows = of(&all, name);
        assert!(rows.iter().all(|s| s.labels.len() == labels));
        assert!(rows.len() < of(&whole, name).len());
        assert_eq!(rows.iter().map(|s| &s.labels).collect::<BTreeSet<_>>().len(), rows.len());
    }
}

#[test]
fn cluster_and_tenant_are_labels_when_asked_for() {
    let objects = small(|_| {});
    let config = MetricsConfig { cluster: Some("eu-1".into()), tenant_label: Some("team".into()), ..MetricsConfig::default() };
    let mut metrics = metrics(&objects, config);
    let all = parse(&text(&metrics.scrape()));
    assert!(all.iter().all(|s| s.get("cluster") == "eu-1"), "{:?}", all.iter().find(|s| s.get("cluster") != "eu-1"));
    assert!(of(&all, "gatescope_exposure_info").iter().all(|s| s.get("tenant") == "red"));
    // The label changes, and goes.
    for (team, want) in [(json!({"team": "bl\"ue"}), "bl\"ue"), (json!({}), ""), (json!({"team": "red"}), "red")] {
        let mut namespace = objects[3].clone();
        namespace["metadata"]["labels"] = team;
        metrics.put(namespace.to_string().as_bytes());
        let all = parse(&text(&metrics.scrape()));
        let rows = of(&all, "gatescope_exposure_info");
        assert!(rows.len() == 2 && rows.iter().all(|s| s.get("tenant") == want && s.get("cluster") == "eu-1"), "{rows:?}");
    }
    metrics.delete("", "Namespace", "", "shop");
    assert!(of(&parse(&text(&metrics.scrape())), "gatescope_exposure_info").iter().all(|s| s.get("tenant").is_empty()));
}

#[test]
fn the_exporters_own_state() {
    let mut metrics = Metrics::new(MetricsConfig::default());
    let mut slow = Histogram::default();
    slow.observe(Duration::from_millis(3));
    slow.observe(Duration::from_secs(60));
    metrics.own(&Own {
        version: "1.2.3".into(),
        module_sha256: "ab".into(),
        engine: "wasm".into(),
        ready: true,
        revision: 7,
        sources: vec![Source {
            kind: "HTTPRoute.gateway.networking.k8s.io".into(),
            synced: true,
            last_event: Some(1_767_225_600.5),
            objects: 4,
            bad_objects: 1,
            restarts: 2,
        }],
        event_to_metrics: slow.clone(),
        reconciles: vec![Reconcile { controller: "HTTPRoute.gateway.networking.k8s.io".into(), success: 3, error: 1, duration: slow }],
        ..Own::default()
    });
    let all = parse(&text(&metrics.scrape()));
    let value = |name: &str, label: (&str, &str)| of(&all, name).iter().find(|s| s.get(label.0) == label.1).map(|s| s.value);
    assert_eq!(value("gatescope_build_info", ("module_sha256", "ab")), Some(1.0));
    assert_eq!(value("gatescope_source_last_event_timestamp_seconds", ("kind", "HTTPRoute.gateway.networking.k8s.io")), Some(1_767_225_600.5));
    assert_eq!(value("gatescope_watch_restarts_total", ("", "")), Some(2.0));
    assert_eq!(value("controller_reconcile_total", ("result", "error")), Some(1.0));
    assert_eq!(value("gatescope_event_to_metrics_seconds_bucket", ("le", "0.0025")), Some(0.0));
    assert_eq!(value("gatescope_event_to_metrics_seconds_bucket", ("le", "0.005")), Some(1.0));
    assert_eq!(value("gatescope_event_to_metrics_seconds_bucket", ("le", "+Inf")), Some(2.0));
    assert_eq!(value("gatescope_event_to_metrics_seconds_count", ("", "")), Some(2.0));
    assert!(value("process_resident_memory_bytes", ("", "")).unwrap() > 1e6);
    assert!(value("gatescope_otlp_up", ("", "")).is_none(), "nothing is pushed");
}

#[test]
fn other_settings_leave_what_is_about_the_process() {
    let objects = small(|_| {});
    let mut metrics = metrics(&objects, MetricsConfig::default());
    metrics.own(&Own { ready: true, revision: 9, ..Own::default() });
    let otlp = Arc::new(gatescope::otlp::Counters::default());
    otlp.request("OK");
    metrics.watch(otlp);
    metrics.scrape().observe(Encoding::Gzip, Duration::from_millis(1));
    let mut again = metrics.again(MetricsConfig { cluster: Some("eu-1".into()), ..MetricsConfig::default() });
    let all = parse(&text(&again.scrape()));
    assert!(all.iter().all(|s| s.get("cluster") == "eu-1"));
    for (name, value) in [("gatescope_revision", 9.0), ("gatescope_otlp_requests_total", 1.0), ("gatescope_scrape_duration_seconds_count", 1.0)] {
        assert_eq!(of(&all, name).iter().map(|s| s.value).collect::<Vec<_>>(), [value], "{name}");
    }
    assert!(of(&all, "gatescope_exposure_info").is_empty(), "rows come with what is put");
    again.reset(&resolve(&objects));
    assert_eq!(of(&parse(&text(&again.scrape())), "gatescope_exposure_info").len(), 2);
}
