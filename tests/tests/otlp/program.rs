//! The real program with the environment of kubernetes-gateway-exporter.

use super::receiver::Receiver;
use super::*;
use gatescope_tests::exporter::{Exporter, eventually};

/// A file with some objects, and an exporter of it with this environment.
fn exporter(folder: &parts::Folder, objects: &[Value], env: &[(&str, &str)]) -> Exporter {
    let file = folder.join("objects.json");
    std::fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()).unwrap();
    let args = ["-f", file.to_str().unwrap(), "--complete", "--engine", "native", "--cluster", "eu-1"];
    Exporter::start_with(&args, env).ready()
}

fn value(exporter: &Exporter, name: &str) -> Option<f64> {
    exporter.get("/metrics").text().lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn enable_otel_is_all_that_is_needed() {
    let folder = parts::Folder::new();
    let port = parts::port();
    let receiver = Receiver::listen(port).await;
    let endpoint = format!("http://127.0.0.1:{port}");
    let begin = move || {
        let env = [("ENABLE_OTEL", "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_METRIC_EXPORT_INTERVAL", "300")];
        exporter(&folder, &cluster(20), &env)
    };
    let own = tokio::task::spawn_blocking(begin).await.unwrap();
    until("the rows", || receiver.rounds("exposed_route_info").iter().any(|r| r.keys().cloned().collect::<BTreeSet<_>>() == expected(0..20))).await;
    assert_eq!(receiver.resource().get("k8s.cluster.name").map(String::as_str), Some("eu-1"));
    assert_eq!(receiver.resource().get("service.name").map(String::as_str), Some("gatescope"));
    assert!(receiver.names().contains("gatescope_build_info"));
    let own = tokio::task::spawn_blocking(move || {
        eventually("the push shows", || (value(&own, "gatescope_otlp_up") == Some(1.0)).then_some(()));
        assert!(value(&own, "gatescope_otlp_points_total").unwrap() > 20.0);
        own
    })
    .await
    .unwrap();
    // The end is told once more, in time.
    let before = receiver.rounds("exposed_route_info").len();
    let (code, took, log) = tokio::task::spawn_blocking(move || own.signal("TERM")).await.unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(receiver.rounds("exposed_route_info").len() > before);
}

#[test]
fn without_it_nothing_is_pushed_and_wrong_settings_are_refused() {
    let folder = parts::Folder::new();
    let exporter = exporter(&folder, &cluster(1), &[("ENABLE_OTEL", "false"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
    assert_eq!(value(&exporter, "gatescope_otlp_up"), None);
    assert!(!exporter.log().contains("OTLP"));
    let file = folder.join("objects.json");
    let out = std::process::Command::new(gatescope_tests::cli::program())
        .args(["serve", "--listen", "127.0.0.1:0", "-f", file.to_str().unwrap()])
        .env("ENABLE_OTEL", "true")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("`OTEL_EXPORTER_OTLP_PROTOCOL` is `http/protobuf`"), "{said}");
}

#[test]
fn a_collector_that_is_down_costs_no_memory() {
    let folder = parts::Folder::new();
    // One that takes connections and never answers, and then none at all.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for endpoint in [format!("http://{}", silent.local_addr().unwrap()), format!("http://127.0.0.1:{}", parts::port())] {
        let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_METRIC_EXPORT_INTERVAL", "50"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "200")];
        let exporter = exporter(&folder, &cluster(4_000), &env);
        let failed = || {
            let text = exporter.get("/metrics").text();
            text.lines().find_map(|l| l.strip_prefix("gatescope_otlp_exports_total{result=\"failure\"} ")?.parse::<u64>().ok()).unwrap_or(0)
        };
        let rss = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).unwrap();
            let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
        };
        eventually("the first failures", || (failed() >= 6).then_some(()));
        let (before, rounds) = (rss(), failed());
        eventually("twelve more", || (failed() >= rounds + 12).then_some(()));
        let after = rss();
        // Less than what a single one of the twelve rounds would hold, were it kept.
        assert!(after < before + 4_000, "{before} kB grew to {after} kB over {} rounds", failed() - rounds);
        assert_eq!(value(&exporter, "gatescope_otlp_up"), Some(0.0));
        // Told once, not with each round.
        assert_eq!(exporter.log().lines().filter(|l| l.contains("metrics cannot be pushed")).count(), 1, "{}", exporter.log());
    }
}
