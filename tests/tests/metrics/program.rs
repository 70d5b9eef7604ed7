//! `/metrics` of the real program.

use super::*;
use gatescope_tests::exporter::{Exporter, eventually};
use std::path::PathBuf;

/// Files with the bundled example and with an object of every kind of family 2, gone after the test.
struct Files(PathBuf);

impl Files {
    fn new(name: &str, objects: &[Value]) -> Self {
        let path = std::env::temp_dir().join(format!("gatescope-metrics-{name}-{}.json", std::process::id()));
        std::fs::write(&path, serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()).unwrap();
        Self(path)
    }
    fn exporter(&self, args: &[&str]) -> Exporter {
        let file = self.0.display().to_string();
        let mut all = vec!["-f", &file, "--complete", "--engine", "native"];
        all.extend(args);
        Exporter::start(&all).ready()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn all() -> Vec<Value> {
    let mut objects = example();
    objects.extend(super::objects::objects());
    objects
}

fn scrape(exporter: &Exporter) -> Vec<Series> {
    parse(&exporter.get("/metrics").text())
}

#[test]
fn promtool_is_content_with_the_program() {
    let files = Files::new("promtool", &all());
    let exporter = files.exporter(&[]);
    let _ = exporter.get("/metrics");
    let text = exporter.get("/metrics").text();
    let mut said = super::encodings::promtool(&text);
    said.dedup();
    assert_eq!(said, super::encodings::EXCEPTIONS);
    let series = parse(&text);
    // The same rows as without a program around it.
    let own = |all: &[Series]| {
        let about =
            |s: &&Series| ["exposed_route_info", "gatewayapi_", "kuadrant_", "gatescope_expos", "gatescope_findings"].iter().any(|p| s.name.starts_with(p));
        let mut out: Vec<Series> = all.iter().filter(about).cloned().collect();
        out.sort_by(|a, b| a.partial_cmp(b).unwrap());
        out
    };
    let want = parse(&super::text(&metrics(&all(), MetricsConfig::default()).scrape()));
    assert_eq!(own(&series), own(&want));
    for name in ["gatescope_build_info", "gatescope_scrape_duration_seconds_count", "gatescope_render_duration_seconds_count", "controller_reconcile_total"] {
        assert!(!of(&series, name).is_empty(), "{name}");
    }
    assert_eq!(of(&series, "gatescope_ready")[0].value, 1.0);
    assert!(of(&series, "gatescope_render_duration_seconds_count")[0].value >= 1.0);
}

#[test]
fn options_choose_what_is_shown() {
    let files = Files::new("options", &all());
    let names = |args: &[&str]| {
        let exporter = files.exporter(args);
        scrape(&exporter)
    };
    let has = |all: &[Series], prefix: &str| all.iter().any(|s| s.name.starts_with(prefix));
    let routes = names(&["--families", "routes"]);
    assert!(has(&routes, "exposed_route_info") && routes.iter().all(|s| s.name == "exposed_route_info"));
    let objects = names(&["--families", "objects", "--customresource-version", "served", "--label-allowlist", "team"]);
    assert!(has(&objects, "gatewayapi_") && !has(&objects, "gatescope_") && !has(&objects, "exposed_"));
    assert!(of(&objects, "gatewayapi_gateway_info").iter().any(|s| s.get("customresource_version") == "v1"));
    let capped = names(&["--metric-allowlist", "gatescope_exposure_info,gatescope_series_dropped", "--max-series", "5", "--namespaces-denylist", "shop"]);
    assert_eq!(of(&capped, "gatescope_exposure_info").len(), 5);
    assert!(of(&capped, "gatescope_exposure_info").iter().all(|s| s.get("route_namespace") != "shop"));
    assert!(of(&capped, "gatescope_series_dropped").iter().map(|s| s.value).sum::<f64>() > 10.0);
    let labelled = names(&["--cluster", "eu-1", "--cluster-label", "--tenant-label", "kubernetes.io/metadata.name"]);
    assert!(labelled.iter().all(|s| s.get("cluster") == "eu-1"));
}

#[test]
fn what_a_cap_drops_is_said_once() {
    let files = Files::new("said", &all());
    let exporter = files.exporter(&["--max-series-per-namespace", "2"]);
    exporter.logged("a cap keeps series out of the metrics");
    let count = |log: &str| log.lines().filter(|l| l.contains("a cap keeps series out") && l.contains("\"shop\"") && l.contains("\"routes\"")).count();
    let before = eventually("a line", || Some(count(&exporter.log())).filter(|n| *n > 0));
    for _ in 0..3 {
        let _ = exporter.get("/metrics");
        std::thread::sleep(std::time::Duration::from_millis(400));
    }
    assert_eq!((before, count(&exporter.log())), (1, 1));
}
