//! Nothing that a tenant writes makes work that grows with its square: twice the size may take three times the work,
//! where its square would take four. Time is this thread's on the processor, the best of some rounds; a pair that is
//! over its bound is measured again, since what disturbs a run only adds to it. Counters say the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

use gatescope_bench::measure::time;
use gatescope_bench::shapes;
use gatescope_core::matcher::{Incoming, Matcher, Scratch, Verdict};
use gatescope_core::types::{Outcome, Request};
use gatescope_core::{Change, Engine, Settings};
use serde_json::{Value, json};
use std::time::Duration;

const API: &str = "gateway.networking.k8s.io/v1";

fn object(kind: &str, ns: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": API, "kind": kind, "metadata": {"namespace": ns, "name": name, "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": spec})
}

fn gateway(listeners: &[Value]) -> Value {
    object("Gateway", "infra", "edge", &json!({"gatewayClassName": "c", "listeners": listeners, "allowedListeners": {"namespaces": {"from": "All"}}}))
}

fn listener(name: usize, host: &str) -> Value {
    json!({"name": format!("l{name}"), "port": 80, "protocol": "HTTP", "hostname": host, "allowedRoutes": {"namespaces": {"from": "All"}}})
}

fn route(kind: &str, ns: &str, name: &str, hosts: &[String], rules: &Value) -> Value {
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    object(kind, ns, name, &json!({"parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": hosts, "rules": rules}))
}

fn base() -> Vec<Value> {
    vec![
        json!({"apiVersion": API, "kind": "GatewayClass", "metadata": {"name": "c"}, "spec": {"controllerName": "example.net/c"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": "s"}, "spec": {"ports": [{"port": 80}]}}),
    ]
}

fn rules() -> Value {
    json!([{"backendRefs": [{"name": "s", "port": 80}]}])
}

fn list(objects: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

fn load(text: &str) -> Engine {
    let mut engine = Engine::new(Settings { complete: true, ..Settings::default() });
    engine.load(text.as_bytes()).unwrap();
    engine.settle();
    engine
}

/// Loading, resolving, and one report.
fn whole(text: &str) -> Duration {
    (0..3).map(|_| time(|| drop(load(text).report_json())).0).min().unwrap()
}

/// Doubles a size; twice may take `most` times as long.
fn doubles(what: &str, size: usize, most: f64, measure: impl Fn(usize) -> Duration) {
    let mut told = Vec::new();
    for _ in 0..4 {
        let (small, large) = (measure(size), measure(size * 2));
        let ratio = large.as_secs_f64() / small.as_secs_f64().max(1e-6);
        if ratio <= most {
            eprintln!("{what}: {size} in {small:.1?}, {} in {large:.1?}, {ratio:.1} ×", size * 2);
            return;
        }
        told.push(format!("{small:.1?} → {large:.1?}"));
    }
    panic!("{what}: twice of {size} takes more than {most} times as long: {}", told.join(", "));
}

#[test]
fn a_route_at_the_schemas_maximum() {
    let mut engine = load(&list(&[]));
    for text in shapes::hot_spot(0, false) {
        drop(engine.apply(&[Change::Json(text.as_bytes())]));
    }
    let text = shapes::largest_route(1);
    let before = engine.rows_computed();
    let opened = engine.apply(&[Change::Json(text.as_bytes())]).0.opened.len();
    assert_eq!((opened, engine.rows_computed() - before), (32_768, 32_768));
    // The same again computes nothing, another one each row once.
    drop(engine.apply(&[Change::Json(text.as_bytes())]));
    assert_eq!(engine.rows_computed() - before, 32_768);
    let other = shapes::largest_route(2);
    let delta = engine.apply(&[Change::Json(other.as_bytes())]).0;
    assert_eq!(engine.rows_computed() - before, 65_536);
    assert!(delta.opened.len() + delta.changed.len() <= 32_768);
}

#[test]
fn ten_thousand_listeners_on_one_port() {
    let cluster = |n: usize, host: &dyn Fn(usize) -> String| {
        let mut objects = base();
        objects.push(gateway(&(0..n).map(|i| listener(i, &host(i))).collect::<Vec<_>>()));
        objects.push(route("HTTPRoute", "shop", "one", &["h7.example.com".into()], &rules()));
        objects.push(route("HTTPRoute", "shop", "all", &["*.example.com".into()], &rules()));
        list(&objects)
    };
    doubles("listeners with hosts of their own", 5_000, 3.0, |n| whole(&cluster(n, &|i| format!("h{i}.example.com"))));
    doubles("listeners with one host", 5_000, 3.0, |n| whole(&cluster(n, &|_| "h7.example.com".into())));
    doubles("listeners inside of each other", 5_000, 3.0, |n| {
        whole(&cluster(n, &|i| if i % 2 == 0 { format!("*.w{i}.example.com") } else { format!("a.w{}.example.com", i - 1) }))
    });
}

#[test]
fn ten_thousand_listeners_in_sets() {
    let cluster = |n: usize| {
        let mut objects = base();
        objects.push(gateway(&[listener(0, "*.example.com")]));
        for s in 0..n / 50 {
            let own: Vec<Value> = (0..50).map(|i| listener(i, &format!("h{i}.s{s}.example.com"))).collect();
            objects.push(object("ListenerSet", "shop", &format!("set-{s}"), &json!({"parentRef": {"name": "edge", "namespace": "infra"}, "listeners": own})));
        }
        objects.push(route("HTTPRoute", "shop", "all", &["*.example.com".into()], &rules()));
        list(&objects)
    };
    doubles("listeners in ListenerSets", 5_000, 3.0, |n| whole(&cluster(n)));
}

#[test]
fn one_grant_list_of_thousands() {
    let cluster = |n: usize| {
        let mut objects = base();
        objects.push(gateway(&[listener(0, "*.example.com")]));
        let from: Vec<Value> = (0..n).map(|i| json!({"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": format!("ns-{i}")})).collect();
        let to: Vec<Value> = (0..n).map(|i| json!({"group": "", "kind": "Service", "name": format!("s-{i}")})).collect();
        objects.push(object("ReferenceGrant", "shop", "many", &json!({"from": from, "to": to})));
        let rules = json!([{"backendRefs": [{"name": "s", "namespace": "shop", "port": 80}]}]);
        // As many routes whatever the list: the work of each may grow with the list, and that of all with its length.
        objects.extend((0..200).map(|i| route("HTTPRoute", &format!("ns-{i}"), "r", &[format!("h{i}.example.com")], &rules)));
        list(&objects)
    };
    doubles("entries of a grant", 4_000, 3.0, |n| whole(&cluster(n)));
}

/// 253 characters in labels of one: as many wildcards cover such a host as there can be.
fn long_host(i: usize) -> String {
    let tail = ".x".repeat(126);
    let head = format!("h{i}");
    format!("{head}{}", &tail[..(253 - head.len()) / 2 * 2])
}

#[test]
fn hostnames_of_253_characters() {
    let cluster = |n: usize, host: &dyn Fn(usize) -> String| {
        let mut objects = base();
        objects.push(gateway(&[json!({"name": "l", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}})]));
        // HTTP and gRPC beside each other, so that who shares hosts is looked for too.
        objects.extend((0..n).map(|i| route("HTTPRoute", "shop", &format!("h{i}"), &[host(i)], &rules())));
        objects.extend((0..n).map(|i| route("GRPCRoute", "shop", &format!("g{i}"), &[host(i)], &rules())));
        list(&objects)
    };
    assert!((250..=253).contains(&long_host(12).len()));
    doubles("routes with long hostnames", 500, 3.0, |n| whole(&cluster(n, &long_host)));
    let (short, long) = (whole(&cluster(500, &|i| format!("h{i}.example.com"))), whole(&cluster(500, &long_host)));
    let ratio = long.as_secs_f64() / short.as_secs_f64();
    eprintln!("long hostnames beside short ones: {ratio:.1} ×");
    assert!(ratio < 60.0, "120 labels and 250 characters take {ratio:.1} times as long as 3 labels");
}

#[test]
fn routes_that_meet_under_different_hostnames() {
    let hosts = ["*.example.com", "*.a.example.com", "b.a.example.com"];
    let cluster = |n: usize| {
        let mut objects = base();
        objects.push(gateway(&[listener(0, "b.a.example.com")]));
        objects.extend((0..n).map(|i| {
            let paths = json!([{"matches": [{"path": {"value": format!("/p{}", i % 7)}}, {"path": {"value": format!("/q{i}")}}], "backendRefs": [{"name": "s", "port": 80}]}]);
            route("HTTPRoute", &format!("ns-{i}"), "r", &[hosts[i % 3].into()], &paths)
        }));
        list(&objects)
    };
    doubles("routes that meet", 1_500, 3.0, |n| whole(&cluster(n)));
    doubles("events where routes meet", 1_500, 3.0, |n| {
        let mut engine = load(&cluster(n));
        let event = |v: usize| {
            let paths = json!([{"matches": [{"path": {"value": format!("/v{v}")}}], "backendRefs": [{"name": "s", "port": 80}]}]);
            route("HTTPRoute", "ns-3", "r", &["*.example.com".into()], &paths).to_string()
        };
        (0..6).map(event).map(|text| time(|| drop(engine.apply(&[Change::Json(text.as_bytes())]))).0).min().unwrap()
    });
}

#[test]
fn regexes_built_to_backtrack() {
    let bombs = ["(a*)*b", "(a|aa)+$", "(x+x+)+y", "(a|a?)+b", "^(a+)+$", "(.*)(.*)(.*)(.*)(.*)(.*)z"];
    for bomb in bombs {
        let mut objects = base();
        objects.push(gateway(&[listener(0, "a.example.com")]));
        let rules = json!([{"matches": [{"path": {"type": "RegularExpression", "value": format!("/{bomb}")}}], "backendRefs": [{"name": "s", "port": 80}]}]);
        objects.push(route("HTTPRoute", "shop", "r", &["a.example.com".into()], &rules));
        let engine = load(&list(&objects));
        let matcher = Matcher::compile(&engine, "infra", "edge", 1_000).unwrap();
        let request = |n: usize| Request {
            gateway: engine
                .report()
                .gateways
                .first()
                .map(|g| gatescope_core::types::GatewayRef { namespace: g.namespace.clone(), name: g.name.clone() })
                .unwrap(),
            port: Some(80),
            host: Some("a.example.com".into()),
            path: Some(format!("/{}!", "a".repeat(n))),
            ..Request::default()
        };
        doubles(&format!("`{bomb}` on a long path"), 8_000, 3.0, |n| {
            let request = request(n);
            (0..3).map(|_| time(|| assert_eq!(engine.trace(&request).outcome, Outcome::NoMatch)).0).min().unwrap()
        });
        // In a proxy the work is bounded by a number of steps, and says so where they do not suffice.
        let long = request(4 << 20);
        let incoming = Incoming { place: 0, sni: None, host: "a.example.com", target: long.path.as_deref().unwrap(), method: "GET", headers: &long.headers };
        assert_eq!(matcher.judge(&mut Scratch::default(), &incoming), Verdict::Exhausted, "{bomb}");
    }
}

#[test]
fn expressions_that_are_expensive_to_compile() {
    // Each of them is as large as may be, or too large: a route full of them costs a bounded time an expression.
    let rules = |n: usize| {
        let one = |i: usize| json!({"path": {"type": "RegularExpression", "value": format!("/(?:[a-z{i}]{{100}}){{90}}")}});
        json!(
            (0..n / 8)
                .map(|r| json!({"matches": (0..8).map(|m| one(r * 8 + m)).collect::<Vec<_>>(), "backendRefs": [{"name": "s", "port": 80}]}))
                .collect::<Vec<_>>()
        )
    };
    let cluster = |n: usize| {
        let mut objects = base();
        objects.push(gateway(&[listener(0, "a.example.com")]));
        objects.push(route("HTTPRoute", "shop", "r", &["a.example.com".into()], &rules(n)));
        list(&objects)
    };
    doubles("large expressions of a route", 64, 3.0, |n| whole(&cluster(n)));
    let each = whole(&cluster(128)) / 128;
    eprintln!("an expression at the limit takes {each:.1?}");
    assert!(each < Duration::from_millis(10), "an expression takes {each:?}");
}

#[test]
fn a_secret_of_beginnings() {
    let cluster = |n: usize| {
        let text = "-----BEGIN A-----\n".repeat(n) + "!\n-----END A-----\n";
        list(&[json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "shop", "name": "c"}, "data": {"ca.crt": text}})])
    };
    doubles("PEM blocks that never end", 20_000, 3.0, |n| whole(&cluster(n)));
}

#[test]
fn texts_that_are_nothing_but_structure() {
    doubles("brackets", 1 << 18, 3.0, |n| {
        let text = format!("{{\"a\":{}1{}}}", "[".repeat(n), "]".repeat(n));
        (0..3).map(|_| time(|| drop(Engine::default().load(text.as_bytes()))).0).min().unwrap()
    });
    doubles("members of one name", 1 << 16, 3.0, |n| {
        let text = format!("{{\"kind\":\"HTTPRoute\",{}\"x\":1}}", "\"metadata\":{\"name\":\"a\"},".repeat(n));
        (0..3).map(|_| time(|| drop(Engine::default().load(text.as_bytes()))).0).min().unwrap()
    });
    doubles("remarks on one object", 1 << 13, 3.0, |n| {
        let nulls = vec![Value::Null; n];
        whole(&list(&[object("HTTPRoute", "shop", "r", &json!({"parentRefs": nulls, "hostnames": vec!["a:1"; n]}))]))
    });
}
