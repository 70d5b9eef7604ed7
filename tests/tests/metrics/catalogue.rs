//! The catalogue of metrics, docs/metrics.md, and what is really shown are the same.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatescope::metrics::{Family, Histogram, Kind, LABELS, Metric, Own, Reconcile, Source, table};
use gatescope::otlp::Counters;
use gatescope::traffic::{Traffic, TrafficConfig, Url};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// A self-signed certificate until 2036 in a Secret, as `--certificates` hands it on.
fn secret() -> Value {
    let pem = std::fs::read(gatescope_tests::paths::tests().join("data/envoy/server.crt")).unwrap();
    let data = STANDARD.encode(&pem);
    serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wild", "namespace": "infra"}, "data": {"tls.crt": data}})
}

/// What a proxy with the plugin counts, as two scrapes see it. Not a proxy: the real one's counters are those of `envoy`'s tests.
fn traffic() -> Arc<Traffic> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let proxy = std::thread::spawn(move || {
        for n in 1..=2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).unwrap() > 0);
            let body = format!(
                "gatescope_proxy_requests_total{{exposure=\"e-0000000000000001\",gateway=\"edge\",class=\"2xx\"}} {n}\n\
                 gatescope_proxy_undeclared_total{{gateway_namespace=\"infra\",gateway=\"edge\",reason=\"no-route\"}} {n}\n\
                 gatescope_proxy_drift_total{{gateway_namespace=\"infra\",gateway=\"edge\",kind=\"route\"}} {n}\n"
            );
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let traffic =
        Traffic::new(TrafficConfig { urls: vec![Url::parse(&url).unwrap()], interval: Duration::from_secs(1), never_hit_after: Duration::from_secs(1) });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        traffic.scrape().await;
        traffic.scrape().await;
    });
    proxy.join().unwrap();
    Arc::new(traffic)
}

/// An exporter that shows every metric there is.
pub fn everything() -> String {
    let mut objects = example();
    objects.extend(super::objects::objects());
    objects.push(secret());
    // A host that two namespaces serve.
    let route = objects.iter().find(|o| o["kind"] == "HTTPRoute" && o["metadata"]["namespace"] == "shop").unwrap().clone();
    let mut other = route;
    other["metadata"] = serde_json::json!({"name": "other", "namespace": "search", "creationTimestamp": "2026-03-01T00:00:00Z"});
    other["spec"]["rules"] = serde_json::json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/other"}}]}]);
    objects.push(other);
    let mut metrics = metrics(&objects, MetricsConfig { max_series_per_namespace: 25, ..MetricsConfig::default() });
    let mut some = Histogram::default();
    some.observe(Duration::from_millis(3));
    let reconcile = Reconcile { controller: "gatescope".into(), success: 1, error: 1, duration: some.clone() };
    let source =
        Source { kind: "HTTPRoute.gateway.networking.k8s.io".into(), synced: true, last_event: Some(1_767_225_600.5), objects: 4, bad_objects: 1, restarts: 2 };
    metrics.own(&Own {
        version: "1.2.3".into(),
        module_sha256: "ab".into(),
        engine: "wasm".into(),
        ready: true,
        revision: 7,
        sources: vec![source],
        resolve: some.clone(),
        event_to_metrics: some,
        reconciles: vec![reconcile],
        ..Own::default()
    });
    let otlp = Arc::new(Counters::default());
    otlp.request("OK");
    otlp.last_success.store(1_767_225_600_000, Relaxed);
    metrics.watch(otlp);
    metrics.watch_traffic(traffic());
    let shown = metrics.scrape();
    shown.observe(Encoding::Gzip, Duration::from_micros(200));
    text(&shown)
}

fn find(name: &str) -> Option<&'static Metric> {
    let exact = table().iter().find(|m| m.name == name);
    exact.or_else(|| {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|s| name.strip_suffix(s))?;
        table().iter().find(|m| m.kind == Kind::Histogram && m.name == base)
    })
}

#[test]
fn what_is_shown_is_in_the_catalogue_and_all_of_it_can_be_shown() {
    let all = parse(&everything());
    let mut seen = BTreeSet::new();
    for series in &all {
        let metric = find(&series.name).unwrap_or_else(|| panic!("not in the catalogue: {}", series.name));
        seen.insert(metric.name.clone());
        for label in series.labels.keys() {
            let known = metric.labels.iter().any(|l| l == label || l == "*") || (metric.kind == Kind::Histogram && label == "le");
            assert!(known, "{} has a label that is not in the catalogue: {label}", series.name);
        }
    }
    let absent: Vec<&str> = table().iter().map(|m| m.name.as_str()).filter(|n| !seen.contains(*n)).collect();
    assert!(absent.is_empty(), "in the catalogue, and never shown: {absent:?}");
    let expires = of(&all, "gatescope_certificate_not_after_timestamp_seconds");
    assert!(expires.iter().any(|s| s.get("name") == "wild") && expires.iter().all(|s| s.value > 1.7e9), "{expires:?}");
}

#[test]
fn the_catalogue_says_everything() {
    let labels: BTreeSet<&str> = LABELS.iter().map(|(l, _)| *l).collect();
    for metric in table() {
        assert!(!metric.source().is_empty(), "{} has no source", metric.name);
        assert!(metric.help.ends_with('.'), "{}", metric.name);
        if matches!(metric.family, Family::Own | Family::Process) {
            assert!(metric.labels.iter().all(|l| labels.contains(l.as_str())), "{} has a label without a meaning: {:?}", metric.name, metric.labels);
        }
    }
    let used: BTreeSet<&str> =
        table().iter().filter(|m| matches!(m.family, Family::Own | Family::Process)).flat_map(|m| &m.labels).map(String::as_str).collect();
    assert_eq!(labels, used, "labels that are explained and not used, or the other way round");
}

const BEGIN: &str = "<!-- from here on generated: BLESS=1 cargo test --workspace --test metrics catalogue -->\n";

fn generated() -> String {
    let mut out = String::from(BEGIN);
    let families: [(&str, &[Family]); 3] = [
        ("Family `routes`: drop-in for kubernetes-gateway-exporter", &[Family::Routes]),
        ("Family `gatescope`: what is exposed, and the exporter itself", &[Family::Own, Family::Process]),
        ("Family `objects`: drop-in for gateway-api-state-metrics and Envoy Gateway's add-ons", &[Family::Objects]),
    ];
    for (title, which) in families {
        let metrics: Vec<&Metric> = table().iter().filter(|m| which.contains(&m.family)).collect();
        let _ = writeln!(
            out,
            "\n## {title}\n\n{} metrics.\n\n| metric | type | value | labels | from | stability | replaces |\n|---|---|---|---|---|---|---|",
            metrics.len()
        );
        for m in metrics {
            let labels: Vec<String> = m.labels.iter().map(|l| if l == "*" { "the object's own".to_owned() } else { format!("`{l}`") }).collect();
            let _ = writeln!(
                out,
                "| `{}`<br>{} | {} | {} | {} | {} | {} | {} |",
                m.name,
                m.help,
                m.kind.name(),
                m.unit(),
                labels.join(", "),
                m.source(),
                m.stability().name(),
                m.replaces().join(", ")
            );
        }
    }
    out.push_str("\n## Labels of family `gatescope`\n\n| label | meaning |\n|---|---|\n");
    for (label, meaning) in LABELS {
        let _ = writeln!(out, "| `{label}` | {meaning} |");
    }
    out
}

#[test]
fn the_page_is_generated_from_the_catalogue() {
    let path = gatescope_tests::paths::workspace().join("docs/metrics.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, tail) = page.split_at(page.find(BEGIN).expect("the mark of the generated part"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{head}{}", generated())).unwrap();
        return;
    }
    assert!(tail == generated(), "docs/metrics.md is out of date: run BLESS=1 cargo test --workspace --test metrics catalogue");
}

/// Names of metrics in a text: words with one of our prefixes.
pub fn names(text: &str) -> BTreeSet<String> {
    let prefixes = ["gatescope_", "gatewayapi_", "kuadrant_", "exposed_route_info", "controller_reconcile_", "process_", "gateway_metrics_up"];
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !word(c)).filter(|w| prefixes.iter().any(|p| w.starts_with(p)) && !w.ends_with('_')).map(str::to_owned).collect()
}

#[test]
fn every_metric_that_a_page_a_dashboard_or_an_alert_names_exists() {
    let root = gatescope_tests::paths::workspace();
    let mut files: Vec<_> = ["README.md", "docs/metrics.md", "docs/migrate.md"].iter().map(|f| root.join(f)).collect();
    for folder in ["alerts", "dashboards"] {
        files.extend(std::fs::read_dir(root.join("deploy/monitoring").join(folder)).unwrap().flatten().map(|e| e.path()));
    }
    let mut checked = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in names(&text) {
            // What is no metric: the module's own parts, and options that are spelled alike.
            assert!(find(&name).is_some(), "{} names {name}, which does not exist", file.display());
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked}");
}
