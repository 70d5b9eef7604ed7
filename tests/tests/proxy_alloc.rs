//! A request costs the Envoy plugin no memory of its own: what the proxy hands over (headers, properties) is the proxy's,
//! and everything else is there since the first request of its kind.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::panic)]

use gatescope_proxy::headers::serialise;
use gatescope_proxy::{Host, Level, Metric, Plugin, Stream};
use gatescope_tests::bench::alloc::{self, Counting};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A proxy whose own memory is not counted.
#[derive(Default)]
struct Proxy {
    headers: RefCell<Vec<u8>>,
    route: RefCell<Option<&'static str>>,
    metrics: RefCell<HashMap<String, u32>>,
    counts: RefCell<HashMap<u32, u64>>,
    verdict: RefCell<Vec<u8>>,
    answered: Cell<u32>,
    lines: Cell<u32>,
}

fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    alloc::count(false);
    let out = work();
    alloc::count(true);
    out
}

impl Host for Proxy {
    fn now(&self) -> u64 {
        1_700_000_000_000_000_000
    }
    fn log(&self, _: Level, _: &str) {
        self.lines.set(self.lines.get() + 1);
    }
    fn property(&self, path: &str) -> Option<Vec<u8>> {
        uncounted(|| match path {
            "destination\0port" => Some(80_u64.to_le_bytes().to_vec()),
            "response\0code" => Some(200_u64.to_le_bytes().to_vec()),
            "xds\0route_name" => self.route.borrow().map(|r| r.as_bytes().to_vec()),
            _ => None,
        })
    }
    fn set_property(&self, name: &str, value: &[u8]) {
        if name == "gatescope.verdict" {
            uncounted(|| *self.verdict.borrow_mut() = value.to_vec());
        }
    }
    fn request_headers(&self) -> Option<Vec<u8>> {
        uncounted(|| Some(self.headers.borrow().clone()))
    }
    fn add_response_header(&self, _: &str, _: &str) {}
    fn respond(&self, _: u32, _: &[(&str, &str)], _: &[u8]) {
        self.answered.set(self.answered.get() + 1);
    }
    fn define(&self, _: Metric, name: &str) -> Option<u32> {
        uncounted(|| {
            let next = u32::try_from(self.metrics.borrow().len()).unwrap();
            Some(*self.metrics.borrow_mut().entry(name.to_owned()).or_insert(next))
        })
    }
    fn increment(&self, metric: u32) {
        uncounted(|| *self.counts.borrow_mut().entry(metric).or_default() += 1);
    }
    fn record(&self, _: u32, _: u64) {}
    fn tick_after(&self, _: u32) {}
    fn get(&self, _: &str, _: &[(&str, &str)], _: u32) -> bool {
        false
    }
}

fn config(routes: usize) -> String {
    let api = "gateway.networking.k8s.io/v1";
    let mut items = vec![
        json!({"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "c"}, "spec": {"controllerName": "example.com/c"}}),
        json!({"apiVersion": api, "kind": "Gateway", "metadata": {"name": "edge", "namespace": "infra"}, "spec": {"gatewayClassName": "c", "listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}),
    ];
    items.extend((0..routes).map(|i| {
        let matches = json!([{"path": {"type": "PathPrefix", "value": format!("/r{i}")}},
            {"path": {"type": "Exact", "value": format!("/x{i}")}, "headers": [{"name": "x-tier", "value": "gold"}], "queryParams": [{"name": "q", "value": "1"}]}]);
        json!({"apiVersion": api, "kind": "HTTPRoute", "metadata": {"name": format!("r{i}"), "namespace": "shop"}, "spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": [format!("*.h{}.example", i % 10)],
            "rules": [{"matches": matches, "backendRefs": [{"name": "web", "port": 80}]}]}})
    }));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    json!({"gateway": {"namespace": "infra", "name": "edge"}, "complete": true, "snapshot": list, "responseHeader": "x-exposure", "mode": "deny"}).to_string()
}

#[test]
fn requests_cost_no_memory() {
    let (plugin, proxy) = (Plugin::default(), Proxy::default());
    plugin.configure(&proxy, config(500).as_bytes());
    let request = |host: &str, path: &str| {
        *proxy.headers.borrow_mut() =
            serialise(&[(":authority", host), (":path", path), (":method", "GET"), (":scheme", "http"), ("user-agent", "test"), ("x-tier", "gold")]);
        let mut stream = Stream::default();
        let before = alloc::calls();
        stream.request(&plugin, &proxy);
        stream.response(&plugin, &proxy);
        stream.log(&plugin, &proxy);
        (alloc::calls() - before, String::from_utf8(proxy.verdict.borrow().clone()).unwrap())
    };
    for (route, host, path, verdict) in [
        (Some("httproute/shop/r123/rule/0/match/0/*_h3_example"), "a.h3.example", "/r123/more?x=y", "declared"),
        (Some("httproute/shop/r1/rule/0/match/0/*_h3_example"), "a.h3.example:8080", "/x123?q=1", "declared"),
        (None, "a.b.h7.example", "/r7", "declared"),
        (None, "a.h3.example", "/nowhere", "undeclared"),
        (None, "elsewhere.test", "/", "undeclared"),
    ] {
        *proxy.route.borrow_mut() = route;
        assert_eq!(request(host, path).1, verdict, "{host}{path}");
        // In a mode that writes lines, their text is made for those that are written.
        (0..50).for_each(|_| drop(request(host, path)));
        let cost: usize = (0..1000).map(|_| request(host, path).0).sum();
        assert_eq!(cost, 0, "1,000 requests for {host}{path} asked for memory {cost} times");
    }
    assert!(proxy.answered.get() >= 2000, "undeclared requests were denied");
    assert!(proxy.lines.get() < 20, "{} lines in one second", proxy.lines.get());
    let counted: u64 = proxy.counts.borrow().values().sum();
    assert!(counted > 5000, "{counted}");
}
