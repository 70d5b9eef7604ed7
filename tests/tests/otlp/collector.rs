//! The real OpenTelemetry Collector behind the real Envoy: down for a while, and restarted.

use super::*;

/// The routes of family 1 that the Collector printed.
fn routes(log: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut ours = false;
    for line in log.lines() {
        if let Some(name) = line.trim().strip_prefix("-> Name: ") {
            ours = name == "exposed_route_info";
        }
        if let Some(route) = line.trim().strip_prefix("-> route_name: Str(").filter(|_| ours) {
            out.insert(route.trim_end_matches(')').to_owned());
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_lost_over_a_restart_of_the_collector() {
    const ROUTES: usize = 2_500;
    let certificates = Certificates::new();
    let behind = parts::port();
    let (_envoy, port) = parts::envoy(&certificates, behind);
    let mut vars = vars(port, &certificates);
    vars.retain(|(n, _)| *n != "OTEL_METRIC_EXPORT_INTERVAL");
    vars.push(("OTEL_METRIC_EXPORT_INTERVAL", "1000".into()));
    let mut shown = Shown::of(&cluster(ROUTES));
    // It is not up yet.
    let (handle, stop) = push(config(&vars), &shown);
    until("an error", || handle.counters.error().is_some()).await;
    let error = handle.counters.error().unwrap();
    assert!(error.contains("UNAVAILABLE"), "{error}");
    let log = certificates.folder.join("collector.log");
    let all = |n: usize| (0..n).map(|i| format!("route-{i}")).collect::<BTreeSet<_>>();
    let text = || std::fs::read_to_string(&log).unwrap_or_default();
    let collector = parts::collector(&certificates.folder, behind);
    until("all rows", || routes(&text()) == all(ROUTES)).await;
    assert!(text().contains("-> k8s.cluster.name: Str(eu-1)") && text().contains("-> service.name: Str(gatescope)"));
    // Down while rows come.
    drop(collector);
    std::fs::write(&log, "").unwrap();
    shown.change(&cluster(ROUTES + 50));
    until("it is missed", || handle.counters.error().is_some()).await;
    let _collector = parts::collector(&certificates.folder, behind);
    until("all rows and the new", || routes(&text()) == all(ROUTES + 50)).await;
    assert_eq!(all(ROUTES + 50).difference(&routes(&text())).count(), 0, "rows lost");
    until("no error", || handle.counters.error().is_none()).await;
    let _ = stop.send(());
    handle.ended().await;
}
