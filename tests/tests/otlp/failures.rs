//! What goes wrong, and that the error says what.

use super::receiver::Receiver;
use super::*;

/// The error that a push ends up with.
async fn error(vars: &[(&str, String)]) -> String {
    let shown = Shown::of(&cluster(2));
    let (handle, stop) = push(config(vars), &shown);
    until("an error", || handle.counters.error().is_some()).await;
    let error = handle.counters.error().unwrap();
    assert_eq!(handle.counters.up.load(std::sync::atomic::Ordering::Relaxed), 0);
    assert_eq!(handle.counters.points.load(std::sync::atomic::Ordering::Relaxed), 0);
    let _ = stop.send(());
    handle.ended().await;
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_names_its_cause() {
    let certificates = Certificates::new();
    let behind = parts::port();
    let receiver = Receiver::listen(behind).await;
    let (_envoy, port) = parts::envoy(&certificates, behind);
    let file = |name: &str| certificates.folder.join(name).display().to_string();
    let set = |changes: &[(&'static str, Option<String>)]| {
        let mut vars = vars(port, &certificates);
        for (name, value) in changes {
            vars.retain(|(n, _)| n != name);
            vars.extend(value.clone().map(|v| (*name, v)));
        }
        vars
    };
    let client = |name: &str| {
        [("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", Some(file(&format!("{name}.crt")))), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", Some(file(&format!("{name}.key"))))]
    };
    let closed = parts::port();
    for (vars, cause) in [
        (set(&[("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", None), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", None)]), "no client certificate: "),
        (set(&client("other")), "does not take the client certificate"),
        (set(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", Some(file("other-ca.crt")))]), "wrong CA: "),
        (set(&[("OTEL_EXPORTER_OTLP_SERVER_NAME", None)]), "wrong server name: "),
        (set(&[("OTEL_EXPORTER_OTLP_SERVER_NAME", Some("else.example.com".into()))]), "wrong server name: "),
        (set(&[("OTEL_EXPORTER_OTLP_ENDPOINT", Some(format!("https://127.0.0.1:{closed}")))]), "connection refused: "),
        (set(&[("OTEL_EXPORTER_OTLP_ENDPOINT", Some(format!("https://127.0.0.1:{behind}")))]), "does not speak TLS"),
        (set(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", Some("/nowhere/ca.crt".into()))]), "`/nowhere/ca.crt` cannot be read (OTEL_EXPORTER_OTLP_CERTIFICATE)"),
    ] {
        let error = error(&vars).await;
        assert!(error.contains(cause), "wanted {cause}, got {error}");
    }
    assert!(receiver.got.lock().unwrap().is_empty(), "nothing went through");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_read_again_when_they_change() {
    let certificates = Certificates::new();
    let behind = parts::port();
    let receiver = Receiver::listen(behind).await;
    let (_envoy, port) = parts::envoy(&certificates, behind);
    let copy = |from: &str| {
        for end in ["crt", "key"] {
            std::fs::copy(certificates.folder.join(&format!("{from}.{end}")), certificates.folder.join(&format!("mine.{end}"))).unwrap();
        }
    };
    copy("other");
    let mut vars = vars(port, &certificates);
    vars.retain(|(n, _)| !n.contains("CLIENT"));
    let file = |name: &str| certificates.folder.join(name).display().to_string();
    vars.extend([("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", file("mine.crt")), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", file("mine.key"))]);
    let shown = Shown::of(&cluster(2));
    let (handle, stop) = push(config(&vars), &shown);
    until("a refusal", || handle.counters.error().is_some()).await;
    copy("client");
    until("a round", || receiver.rounds("exposed_route_info").iter().any(|r| r.len() == 2)).await;
    let _ = stop.send(());
    handle.ended().await;
}
