//! The exporter joins the plugin's counters with what is declared: hits by exposure, what nobody hits, what nobody declared.

use super::scene::{Running, Scene, config, exposure, hosts, list, objects, report, route, to};
use gatescope_tests::cli::{Folder, run};
use gatescope_tests::envoy::Protocol::{Grpc, Http1};
use gatescope_tests::envoy::plugin_file;
use gatescope_tests::exporter::{Exporter, eventually};
use serde_json::{Value, json};

fn exporter(folder: &Folder, running: &Running, more: &[&str]) -> Exporter {
    let url = running.envoy.admin_url();
    let mut args = vec!["-f", folder.path().to_str().unwrap(), "--complete", "--engine", "native", "--envoy-stats", &url, "--envoy-stats-interval", "1"];
    args.extend(more);
    Exporter::start(&args).ready()
}

/// Waits until `/api/v1/traffic` says so.
fn traffic(exporter: &Exporter, what: &str, good: impl Fn(&Value) -> bool) -> Value {
    eventually(what, || Some(exporter.json("/api/v1/traffic")).filter(|t| good(t)))
}

fn of<'t>(traffic: &'t Value, id: &str) -> &'t Value {
    traffic["exposures"].as_array().unwrap().iter().find(|e| e["id"] == id).unwrap_or(&Value::Null)
}

fn codes(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().filter_map(|f| f["code"].as_str()).collect()
}

#[test]
fn hits_are_joined_with_the_report() {
    let folder = Folder::with(&[("cluster.json", list(&objects()).to_string().as_bytes())]);
    let mut hosts = hosts();
    // Envoy still has the old name of a rule: the request goes elsewhere than is declared.
    hosts[1]["routes"][0] = route("grpcroute/api/old/rule/0/match/0/grpc_example", json!({"path": "/hello.Hello/Say"}), "http2");
    let mut scene = Scene::new();
    let port = scene.listen(&plugin_file(false), &config(json!({})).to_string(), hosts);
    let running = scene.start();
    let report = report(&objects());
    let (cart, home, say) = (exposure(&report, "web", 0), exposure(&report, "web", 1), exposure(&report, "hello", 0));
    // One request before anybody looks: its time is not known.
    running.ask(&to(port, Http1, "/cart", "1"));
    running.counted("gatescope_proxy_requests_total", &[], 1.0);
    let exporter = exporter(&folder, &running, &["--never-hit-after", "2"]);
    let first = traffic(&exporter, "the first hit", |t| of(t, &cart)["requests"] == 1 && t["gateways"][0]["gateway"]["name"] == "edge");
    assert_eq!((&of(&first, &cart)["lastSeen"], &of(&first, &cart)["declared"]), (&Value::Null, &json!(true)), "{first}");
    assert_eq!(first["gateways"][0]["gateway"], json!({"namespace": "infra", "name": "edge"}));
    assert_eq!(first["sources"][0]["up"], true);
    for (protocol, target) in [(Http1, "/cart"), (Http1, "/cart"), (Grpc, "/hello.Hello/Say"), (Http1, "/admin"), (Http1, "/nowhere")] {
        running.ask(&to(port, protocol, target, "2"));
    }
    let joined = traffic(&exporter, "everything is joined", |t| of(t, &cart)["requests"] == 3 && codes(&t["findings"]).len() == 3);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let seen = of(&joined, &cart)["lastSeen"].as_f64().unwrap();
    assert!((now - 30.0..=now).contains(&seen), "{seen} {now}");
    assert_eq!(of(&joined, &cart)["classes"], json!({"2xx": 3}));
    assert_eq!((&of(&joined, &home)["requests"], &of(&joined, &say)["requests"]), (&json!(0), &json!(1)));
    assert_eq!(codes(&joined["findings"]), ["GS0812", "GS0813", "GS0811"]);
    let [undeclared, drift, never] = joined["findings"].as_array().unwrap().as_slice() else { unreachable!() };
    assert_eq!(undeclared["subject"], json!({"kind": "Gateway", "namespace": "infra", "name": "edge"}));
    assert!(undeclared["message"].as_str().unwrap().contains("1 request that no declared match covers"), "{undeclared}");
    assert_eq!(drift["subject"], json!({"kind": "GRPCRoute", "namespace": "api", "name": "hello"}));
    assert_eq!(never["subject"], json!({"kind": "HTTPRoute", "namespace": "shop", "name": "web"}));
    assert!(never["message"].as_str().unwrap().contains("1 of its 2 matches was not hit"), "{never}");
    // The report has them where the page looks for them.
    assert_eq!(exporter.json("/api/v1/report")["runtime"]["findings"], joined["findings"]);
    let metrics = exporter.get("/metrics").text();
    let line = |name: &str, having: &[&str]| metrics.lines().find(|l| l.starts_with(name) && having.iter().all(|h| l.contains(h))).unwrap_or("none").to_owned();
    let id = format!("exposure=\"{cart}\"");
    let last = line("gatescope_exposure_last_seen_timestamp_seconds{", &[&id, "route=\"web\"", "hostname=\"shop.example\"", "gateway_namespace=\"infra\""]);
    assert!(last.rsplit(' ').next().unwrap().parse::<f64>().is_ok_and(|at| (at - seen).abs() < 1.0), "{last}");
    assert!(line("gatescope_exposure_requests_total{", &[&id, "class=\"2xx\""]).ends_with(" 3"), "{metrics}");
    assert!(line("gatescope_undeclared_requests_total{", &["routed=\"true\""]).ends_with(" 1"));
    assert!(line("gatescope_drift_requests_total{", &["route=\"hello\"", "kind=\"route\""]).ends_with(" 1"));
    assert!(line("gatescope_traffic_source_up{", &[]).ends_with(" 1"));
    assert!(line("gatescope_traffic_findings{", &["code=\"GS0811\""]).ends_with(" 1"));
    // The proxy goes: what it counted stays, and the exporter says that it does not answer.
    drop(running);
    let gone = traffic(&exporter, "the proxy is gone", |t| t["sources"][0]["up"] == false);
    assert!(gone["sources"][0]["error"].as_str().is_some_and(|e| !e.is_empty()), "{gone}");
    assert_eq!(of(&gone, &cart)["requests"], 3);
}

#[test]
fn urls_that_are_none_are_refused_and_no_url_is_no_traffic() {
    let folder = Folder::with(&[("cluster.json", list(&objects()).to_string().as_bytes())]);
    for url in ["127.0.0.1:9901", "https://127.0.0.1:9901", "http://"] {
        let refused = run(&["serve", "-f", &folder.arg(), "--envoy-stats", url, "--listen", "127.0.0.1:0"], b"");
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(url) && refused.stderr.contains("http://HOST:PORT"), "{refused:?}");
    }
    let exporter = Exporter::start(&["-f", &folder.arg(), "--complete", "--engine", "native"]).ready();
    let none = exporter.get("/api/v1/traffic");
    assert_eq!(none.status, 404);
    assert!(none.text().contains("--envoy-stats"), "{}", none.text());
}
