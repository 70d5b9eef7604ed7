//! What the plugin does with a request, over HTTP/1.1, HTTP/2 and gRPC: says what serves it, logs, denies.

use super::scene::{Running, Scene, config, exposure, hosts, objects, report, route, status, to};
use gatescope_tests::envoy::Protocol::{Grpc, Http1, Http2};
use gatescope_tests::envoy::plugin_file;
use gatescope_tests::exporter::eventually;
use serde_json::{Value, json};

fn start(config: &Value, hosts: Vec<Value>) -> (Running, u16) {
    let mut scene = Scene::new();
    let port = scene.listen(&plugin_file(false), &config.to_string(), hosts);
    (scene.start(), port)
}

#[test]
fn observed_requests_name_their_exposure_everywhere() {
    let (running, port) = start(&config(json!({})), hosts());
    let report = report(&objects());
    let (cart, say) = (exposure(&report, "web", 0), exposure(&report, "hello", 0));
    let wanted = [
        (Http1, "/cart/7?a=b", &cart, "HTTPRoute/shop/web", "Service/shop/cart:8080"),
        (Http2, "/cart", &cart, "HTTPRoute/shop/web", "Service/shop/cart:8080"),
        (Grpc, "/hello.Hello/Say", &say, "GRPCRoute/api/hello", "Service/api/grpc:9000"),
    ];
    for (protocol, target, id, route, backend) in wanted {
        let case = format!("declared-{protocol:?}");
        let got = running.ask(&to(port, protocol, target, &case));
        assert_eq!((status(&got), got.headers.get("x-gatescope-exposure")), (200, Some(id)), "{got:?}");
        let line = running.line(&case);
        for (field, value) in [
            ("verdict", "declared"),
            ("exposure", id),
            ("route", route),
            ("rule", "0"),
            ("listener", "infra/edge/http"),
            ("backend", backend),
            ("drift", "-"),
            ("status", "200"),
        ] {
            let got = match &line[field] {
                Value::Null => "-".to_owned(),
                other => other.as_str().map_or_else(|| other.to_string(), str::to_owned),
            };
            assert_eq!(got, value, "{field} of {line}");
        }
    }
    // What nobody declared passes, and is counted by whether Envoy serves it.
    for (protocol, target, wanted) in
        [(Http1, "/admin", 200), (Http2, "/admin", 200), (Grpc, "/hello.Hello/Secret", 200), (Http1, "/nowhere", 404), (Grpc, "/hello.Hello/No", 404)]
    {
        let case = format!("undeclared-{protocol:?}-{target}");
        let got = running.ask(&to(port, protocol, target, &case));
        assert_eq!((status(&got), got.headers.get("x-gatescope-exposure")), (wanted, None), "{target}: {got:?}");
        let line = running.line(&case);
        assert_eq!((&line["verdict"], &line["exposure"]), (&json!("undeclared"), &Value::Null), "{line}");
    }
    let undeclared = "gatescope_proxy_undeclared_total";
    assert_eq!(running.counted(undeclared, &["reason=\"no-match\"", "routed=\"true\"", "gateway=\"edge\""], 3.0), 3.0);
    assert_eq!(running.counted(undeclared, &["routed=\"false\""], 2.0), 2.0);
    assert_eq!(running.envoy.sum("gatescope_proxy_denied_total", &[]), 0.0);
    assert!(!running.envoy.log().contains("undeclared"), "observing writes no lines: {}", running.envoy.log());
}

#[test]
fn only_the_filter_state_that_is_asked_for_is_written() {
    let (running, port) = start(&config(json!({"filterState": ["exposure", "route"]})), hosts());
    running.ask(&to(port, Http1, "/cart", "some"));
    let line = running.line("some");
    assert_eq!((&line["route"], line["exposure"].is_string()), (&json!("HTTPRoute/shop/web"), true), "{line}");
    assert!(["verdict", "rule", "listener", "backend", "drift"].iter().all(|field| line[field].is_null()), "{line}");
}

#[test]
fn metrics_have_labels_and_histograms() {
    let (running, port) = start(&config(json!({})), hosts());
    for n in 0..5 {
        let mut ask = to(port, if n % 2 == 0 { Http1 } else { Http2 }, "/home", "m");
        if n == 4 {
            ask.headers.insert("x-status".into(), "503".into());
        }
        running.ask(&ask);
    }
    let id = exposure(&report(&objects()), "web", 1);
    running.counted("gatescope_proxy_requests_total", &["class=\"2xx\""], 4.0);
    running.counted("gatescope_proxy_requests_total", &["class=\"5xx\""], 1.0);
    let lines = running.envoy.metrics("gatescope_proxy_requests_total");
    let ok = lines.iter().find(|l| l.contains("2xx")).unwrap();
    for label in [
        format!("exposure=\"{id}\""),
        "gateway_namespace=\"infra\"".into(),
        "gateway=\"edge\"".into(),
        "listener=\"http\"".into(),
        "route_kind=\"HTTPRoute\"".into(),
        "route_namespace=\"shop\"".into(),
        "route=\"web\"".into(),
        "rule=\"1\"".into(),
        "match=\"0\"".into(),
        "hostname=\"shop.example\"".into(),
    ] {
        assert!(ok.contains(&label), "{label} in {ok}");
    }
    assert!(ok.ends_with(" 4"), "{ok}");
    let duration = "gatescope_proxy_request_duration_microseconds";
    running.counted(&format!("{duration}_count"), &["route_namespace=\"shop\"", "route=\"web\""], 5.0);
    assert!(running.envoy.sum(&format!("{duration}_sum"), &[]) > 100.0, "a request takes longer than 0.1 ms in all");
    assert_eq!(running.envoy.sum("gatescope_proxy_exposures", &["gateway=\"edge\""]), 3.0);
}

#[test]
fn log_names_what_is_undeclared_and_never_floods() {
    let (running, port) = start(&config(json!({"mode": "log"})), hosts());
    running.ask(&to(port, Http1, "/admin?token=secret", "a"));
    running.ask(&to(port, Http2, "/nowhere", "b"));
    let logged = |text: &str| eventually(text, || running.envoy.log().contains(text).then_some(()));
    logged("gatescope: undeclared (no-match): GET shop.example/admin; Envoy has a route for it");
    logged("GET shop.example/nowhere; Envoy has no route for it either");
    assert!(!running.envoy.log().contains("secret"), "queries are not logged");
    for _ in 0..60 {
        running.ask(&to(port, Http1, "/admin", "c"));
    }
    running.counted("gatescope_proxy_undeclared_total", &[], 62.0);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    running.ask(&to(port, Http1, "/admin", "d"));
    logged("more lines were left out before this");
}

#[test]
fn deny_answers_only_what_nobody_declared() {
    for (deny_status, wanted) in [(None, 404), (Some(403), 403)] {
        let mut config = config(json!({"mode": "deny"}));
        if let Some(status) = deny_status {
            config["denyStatus"] = json!(status);
        }
        let (running, port) = start(&config, hosts());
        for (protocol, declared, undeclared) in [(Http1, "/cart", "/admin"), (Http2, "/home", "/admin"), (Grpc, "/hello.Hello/Say", "/hello.Hello/Secret")] {
            assert_eq!(status(&running.ask(&to(port, protocol, declared, "ok"))), 200, "{protocol:?} {declared}");
            let got = running.ask(&to(port, protocol, undeclared, "no"));
            assert_eq!(status(&got), wanted, "{protocol:?} {undeclared}: {got:?}");
            assert!(!got.headers.contains_key("x-backend"), "it never reached a backend: {got:?}");
        }
        assert_eq!(running.counted("gatescope_proxy_denied_total", &["reason=\"no-match\""], 3.0), 3.0);
        assert_eq!(running.line("no")["verdict"], "undeclared");
    }
}

#[test]
fn drift_is_what_envoy_chose_otherwise() {
    let shop = |routes: Vec<Value>| vec![json!({"name": "shop", "domains": ["shop.example"], "routes": routes})];
    let root = json!({"prefix": "/"});
    let metadata = |name: &str, rule: &str| {
        let mut out = route("patched", root.clone(), "http1");
        let resource = json!({"kind": "HTTPRoute", "namespace": "shop", "name": name, "sectionName": rule});
        out["metadata"] = json!({"filter_metadata": {"envoy-gateway": {"resources": [resource]}}});
        out
    };
    let mut scene = Scene::new();
    let config = config(json!({"mode": "log"})).to_string();
    let mut listen = |routes: Vec<Value>| scene.listen(&plugin_file(false), &config, shop(routes));
    let cases = [
        ("agrees", listen(vec![route("httproute/shop/web/rule/0/match/0/shop_example", root.clone(), "http1")]), "-"),
        ("other-rule", listen(vec![route("httproute/shop/web/rule/1/match/0/shop_example", root.clone(), "http1")]), "route"),
        ("other-route", listen(vec![route("httproute/shop/old/rule/0/match/0/shop_example", root.clone(), "http1")]), "route"),
        ("other-match", listen(vec![route("httproute/shop/web/rule/0/match/3/shop_example", root.clone(), "http1")]), "match"),
        ("not-routed", listen(vec![route("x", json!({"path": "/elsewhere"}), "http1")]), "not-routed"),
        ("foreign", listen(vec![route("x", root.clone(), "http1")]), "-"),
        ("metadata-agrees", listen(vec![metadata("web", "cart")]), "-"),
        ("metadata-other-route", listen(vec![metadata("old", "cart")]), "route"),
        ("metadata-other-rule", listen(vec![metadata("web", "pay")]), "route"),
    ];
    let running = scene.start();
    for (case, port, wanted) in cases {
        running.ask(&to(port, Http1, "/cart", case));
        let line = running.line(case);
        assert_eq!(line["drift"].as_str().unwrap_or("-"), wanted, "{case}: {line}");
    }
    for (kind, count) in [("route", 4.0), ("match", 1.0), ("not-routed", 1.0)] {
        let having = [format!("kind=\"{kind}\""), "route=\"web\"".into()];
        let having: Vec<&str> = having.iter().map(String::as_str).collect();
        assert_eq!(running.counted("gatescope_proxy_drift_total", &having, count), count, "{kind}");
    }
    let log = running.envoy.log();
    assert!(log.contains("gatescope: drift: GET shop.example/cart is declared as e-") && log.contains("and Envoy chose `httproute/shop/old/rule/0"), "{log}");
}
