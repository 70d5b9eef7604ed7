//! What arrives, through Envoy and mutual TLS.

use super::receiver::Receiver;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn every_row_arrives_in_requests_below_4_mib() {
    const ROUTES: usize = 9_000;
    let certificates = Certificates::new();
    let behind = parts::port();
    let receiver = Receiver::listen(behind).await;
    let (_envoy, port) = parts::envoy(&certificates, behind);
    let mut shown = Shown::of(&cluster(ROUTES));
    let mut vars = vars(port, &certificates);
    vars.extend([
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a%20b".into()),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip".into()),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test".into()),
    ]);
    let (handle, stop) = push(config(&vars), &shown);
    until("one round", || handle.counters.succeeded.load(std::sync::atomic::Ordering::Relaxed) >= 1).await;
    let first = receiver.rounds("exposed_route_info").swap_remove(0);
    let sets: BTreeSet<Labels> = first.keys().cloned().collect();
    assert!(first.values().all(|gone| !gone));
    assert_eq!(sets.len(), ROUTES);
    assert!(sets == expected(0..ROUTES), "the label sets are those of the report");
    assert_eq!(receiver.rounds("gatescope_exposure_info")[0].len(), ROUTES);
    let requests = receiver.got.lock().unwrap().len();
    assert!(requests >= 2, "{ROUTES} rows do not fit into one request");
    assert_eq!(receiver.got.lock().unwrap()[0].headers.get("x-tenant").unwrap(), "a b");
    let resource = receiver.resource();
    for (key, value) in [("service.name", "gatescope"), ("k8s.cluster.name", "eu-1"), ("deployment.environment", "test")] {
        assert_eq!(resource.get(key).map(String::as_str), Some(value), "{resource:?}");
    }
    let names = receiver.names();
    assert!(
        ["gatescope_findings", "gatescope_exposures", "process_cpu_seconds_total", "gatescope_event_to_metrics_seconds"].iter().all(|n| names.contains(*n))
    );
    assert!(names.iter().all(|n| !n.starts_with("gatewayapi_")), "family 2 is not pushed");

    // Rows that go are said to be gone, once, and are in no round after that.
    shown.change(&cluster(ROUTES - 10));
    let before = receiver.rounds("exposed_route_info").len();
    until("rounds without them", || receiver.rounds("exposed_route_info").len() >= before + 3).await;
    let rounds = receiver.rounds("exposed_route_info");
    let gone: Vec<&Labels> = rounds.iter().flat_map(|r| r.iter().filter(|(_, gone)| **gone).map(|(l, _)| l)).collect();
    assert_eq!(gone.iter().copied().cloned().collect::<BTreeSet<_>>(), expected(ROUTES - 10..ROUTES));
    assert_eq!(gone.len(), 10, "each once");
    let whole = rounds.iter().rev().find(|r| r.len() == ROUTES - 10).expect("a round of the rest");
    assert!(whole.keys().cloned().collect::<BTreeSet<_>>() == expected(0..ROUTES - 10));
    let _ = stop.send(());
    handle.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_collector_is_tried_again_and_a_refusal_is_not() {
    let certificates = Certificates::new();
    let behind = parts::port();
    let receiver = Receiver::listen(behind).await;
    let (_envoy, port) = parts::envoy(&certificates, behind);
    receiver.refuse.lock().unwrap().push(tonic::Status::unavailable("starting"));
    let shown = Shown::of(&cluster(3));
    let (handle, stop) = push(config(&vars(port, &certificates)), &shown);
    until("a round", || receiver.rounds("exposed_route_info").iter().any(|r| r.len() == 3)).await;
    assert_eq!(handle.counters.codes().get("UNAVAILABLE"), Some(&1));
    assert_eq!(handle.counters.error(), None);
    receiver.refuse.lock().unwrap().push(tonic::Status::permission_denied("not your tenant"));
    let mut seen = None;
    until("the refusal", || {
        seen = handle.counters.error().or(seen.take());
        seen.is_some()
    })
    .await;
    assert_eq!(seen.as_deref(), Some("the collector answers PERMISSION_DENIED: not your tenant"));
    until("it works again", || handle.counters.error().is_none()).await;
    let _ = stop.send(());
    handle.ended().await;
}
