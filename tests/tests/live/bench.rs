//! The figures of bench.md that need an API server, as a table with their bars:
//! `make bench-live`, or `GATESCOPE_BENCH=1 cargo test --workspace --test live bench:: -- --nocapture`; GATESCOPE_BIN names another
//! build of the program.
//!
//! GATESCOPE_BENCH_ROUTES says how many routes (10,000), GATESCOPE_BENCH_SECONDS how long each mix of events lasts (10).
//! Objects are W1's, without status and without the last controller's managedFields: the server writes those itself.

use gatescope_core::Engine;
use gatescope_tests::bench::figure::{Figure, table};
use gatescope_tests::bench::workload::{Front, Names, gateways, namespaces, route, surroundings};
use gatescope_tests::cluster::{ADMIN, Api, Channel, Cluster, Fault, Proxy, RELEASES, Release, eventually};
use gatescope_tests::exporter::Exporter;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
const RATE: usize = 1_000;
const GATEWAY: &str = "gateway.networking.k8s.io/v1";

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// A kind of exporter that is measured: engine, families, and what it may weigh above idle, in MB.
const WAYS: [(&str, &str, f64); 4] = [
    ("native", "routes,gatescope", 40.0),
    ("native", "routes,objects,gatescope", 60.0),
    ("wasm", "routes,gatescope", 80.0),
    ("wasm", "routes,objects,gatescope", 100.0),
];

#[test]
fn figures() {
    if std::env::var_os("GATESCOPE_BENCH").is_none_or(|v| v != "1") {
        println!("not measured: GATESCOPE_BENCH=1 asks for it");
        return;
    }
    let routes = number("GATESCOPE_BENCH_ROUTES", 10_000);
    let mut cluster = Cluster::start();
    let api = cluster.admin();
    Release::read(RELEASES.last().unwrap(), Channel::Experimental).install(&api);
    let kubeconfig = cluster.kubeconfig(ADMIN).display().to_string();
    let mut figures = Vec::new();

    // The first one may have to compile the module, which takes memory of its own.
    drop(start(&kubeconfig, "wasm", "gatescope"));
    let idle: Vec<f64> = WAYS.iter().map(|(engine, families, _)| weight(&start(&kubeconfig, engine, families).0)).collect();
    let began = Instant::now();
    load(&cluster, routes);
    println!("{routes} routes written in {:.1} s", began.elapsed().as_secs_f64());

    let reference = (0..2).map(|_| list_and_decode(&cluster)).min().unwrap();
    figures.push(
        Figure::time("W1", format!("list and decode {routes} routes"), reference).note("one kind after the other, in pages of 250, into the core's types"),
    );
    let mut best: BTreeMap<&str, Duration> = BTreeMap::new();
    let mut weights = Vec::new();
    for ((engine, families, bar), idle) in WAYS.iter().zip(idle) {
        let (exporter, took) = start(&kubeconfig, engine, families);
        let least = best.entry(engine).or_insert(took);
        *least = took.min(*least);
        // What the allocator gives back it gives back within the first ten seconds.
        std::thread::sleep(Duration::from_secs(10));
        let (rows, held) = (rows(&exporter), weight(&exporter));
        weights.push(
            Figure::new("W1", format!("RSS above idle, {engine}, {families}"), held - idle, "MB")
                .at_most(bar * routes as f64 / 10_000.0)
                .note(format!("{idle:.0} MB idle, {held:.0} MB with {rows} rows")),
        );
    }
    for (engine, took) in best {
        figures.push(Figure::time("W1", format!("start to ready, {engine}"), took).note("from exec to 200 at /readyz"));
        figures.push(
            Figure::new("W1", format!("start to ready against list and decode, {engine}"), took.as_secs_f64() / reference.as_secs_f64(), "×").at_most(1.5),
        );
    }
    figures.extend(weights);

    figures.extend(relist(&mut cluster, routes));

    for engine in ["native", "wasm"] {
        let (exporter, _) = start(&kubeconfig, engine, "routes,objects,gatescope");
        for mix in [Mix::Spec, Mix::Status, Mix::Version] {
            figures.extend(storm(&cluster, &exporter, engine, mix, routes));
        }
    }
    println!("\n{}", table(&figures, None));
    assert!(figures.iter().all(Figure::holds), "a bar is missed");
}

/// W9: all is listed again after a 410, and compared with what is known.
fn relist(cluster: &mut Cluster, routes: usize) -> Vec<Figure> {
    let proxy = Proxy::start(&cluster.kubeconfig(ADMIN));
    let between = cluster.kubeconfig_at("bench-proxy", proxy.url(), &json!({})).display().to_string();
    let (exporter, _) = start(&between, "wasm", "routes,objects,gatescope");
    std::thread::sleep(Duration::from_secs(10));
    let (before, rows) = (weight(&exporter), rows(&exporter));
    proxy.set(Fault::Cut);
    let cause = |exporter: &Exporter| {
        let runtime = exporter.json("/api/v1/runtime");
        let source = runtime["sources"].as_array().unwrap().iter().find(|s| s["kind"] == "HTTPRoute.gateway.networking.k8s.io").cloned().unwrap();
        source.get("cause").cloned()
    };
    eventually("the watch is cut", Duration::from_secs(30), || cause(&exporter).ok_or_else(String::new));
    cluster.compact();
    cluster.kill_server();
    cluster.start_server(&[]);
    // From here on the highest mark is that of the relist.
    std::fs::write(format!("/proc/{}/clear_refs", exporter.pid()), "5").unwrap();
    let began = Instant::now();
    proxy.set(Fault::None);
    eventually("well again", Duration::from_secs(120), || if cause(&exporter).is_none() { Ok(()) } else { Err(String::new()) });
    let took = began.elapsed();
    let same = rows == self::rows(&exporter);
    let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0;
    vec![
        Figure::time("W9", format!("{routes} routes are listed again after a 410"), took)
            .note("wasm; from a server that answers to a source that is well; up to 8 s are the wait between tries"),
        Figure::new("W9", "highest RSS meanwhile, above before", peak - before, "MB").note(format!("{before:.0} MB before, {peak:.0} MB at most")),
        Figure::new("W9", "as many rows as before", f64::from(u8::from(same)), "").exactly(1.0),
    ]
}

/// An exporter that is ready, and how long that took.
fn start(kubeconfig: &str, engine: &str, families: &str) -> (Exporter, Duration) {
    let began = Instant::now();
    let exporter = Exporter::start(&["--kubeconfig", kubeconfig, "--engine", engine, "--families", families]);
    loop {
        if exporter.get("/readyz").status == 200 {
            return (exporter, began.elapsed());
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{}", exporter.get("/readyz").text());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Resident memory in MB.
fn weight(exporter: &Exporter) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

fn rows(exporter: &Exporter) -> usize {
    let summary = exporter.json("/api/v1/summary");
    ["exposed", "shadowed", "blocked", "unknown"].iter().map(|s| summary[s].as_u64().unwrap() as usize).sum()
}

/// What a create may carry.
fn bare(text: &str) -> Value {
    let mut object: Value = serde_json::from_str(text).unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        object["metadata"].as_object_mut().unwrap().remove(field);
    }
    object.as_object_mut().unwrap().remove("status");
    if object["kind"] == "Service" {
        // The test server has few addresses to give.
        object["spec"]["clusterIP"] = "None".into();
    }
    object
}

/// Writes W1 with several writers.
fn load(cluster: &Cluster, routes: usize) {
    cluster.admin().namespace("infra", &json!({}));
    let around: Vec<Value> = surroundings(routes, Front::Https).iter().map(|t| bare(t)).collect();
    let (spaces, others): (Vec<Value>, Vec<Value>) = around.into_iter().partition(|o| o["kind"] == "Namespace");
    create(cluster, &spaces);
    create(cluster, &others);
    // As a cluster's own controller would: without it every backend has a finding.
    create(cluster, &others.iter().filter(|o| o["kind"] == "Service").map(slice).collect::<Vec<_>>());
    let all: Vec<Value> = (0..routes).map(|i| bare(&route(i, routes, Names::Plain, 1))).collect();
    create(cluster, &all);
}

/// A Service's EndpointSlice, with an endpoint that is ready.
fn slice(service: &Value) -> Value {
    let (name, namespace) = (service["metadata"]["name"].as_str().unwrap(), &service["metadata"]["namespace"]);
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
           "metadata": {"name": format!("{name}-1"), "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
           "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": true}}], "ports": [{"name": "http", "port": 3000}]})
}

fn create(cluster: &Cluster, objects: &[Value]) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            let (api, next) = (cluster.admin(), &next);
            scope.spawn(move || {
                while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    api.post(&api.path(object).unwrap(), object).unwrap_or_else(|e| panic!("{}: {e}", object["metadata"]["name"]));
                }
            });
        }
    });
}

/// What any client has to do: list every kind that there are objects of, and decode it.
fn list_and_decode(cluster: &Cluster) -> Duration {
    let api = cluster.admin();
    let began = Instant::now();
    let mut engine = Engine::default();
    for path in [
        "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
        "/apis/gateway.networking.k8s.io/v1/gateways",
        "/apis/gateway.networking.k8s.io/v1/httproutes",
        "/api/v1/namespaces",
        "/api/v1/services",
        "/apis/discovery.k8s.io/v1/endpointslices",
    ] {
        let mut next = String::new();
        loop {
            let (code, text) = api.send("GET", &format!("{path}?limit=250&continue={next}"), "application/json", Vec::new()).unwrap();
            assert_eq!(code, 200);
            engine.load(&text).unwrap();
            #[derive(serde::Deserialize)]
            struct List {
                metadata: Meta,
            }
            #[derive(serde::Deserialize)]
            struct Meta {
                #[serde(default, rename = "continue")]
                next: String,
            }
            next = serde_json::from_slice::<List>(&text).unwrap().metadata.next;
            if next.is_empty() {
                break;
            }
        }
    }
    began.elapsed()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mix {
    Spec,
    Status,
    Version,
}

impl Mix {
    fn patch(self, n: usize, zone: usize) -> (&'static str, Value) {
        match self {
            Self::Spec => ("", json!({"spec": {"hostnames": [format!("h{n}.zone{zone}.example.com"), format!("g{n}.zone{zone}.example.com")]}})),
            Self::Status => (
                "/status",
                json!({"status": {"parents": [{"controllerName": "example.net/gateway", "parentRef": {"name": format!("edge-{zone}"), "namespace": "infra"},
                    "conditions": [{"type": "Accepted", "status": if n.is_multiple_of(2) { "True" } else { "False" }, "reason": "Accepted", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}]}}),
            ),
            Self::Version => ("", json!({"metadata": {"finalizers": [format!("example.com/f{}", n % 2)]}})),
        }
    }
}

/// W6: events at a rate, and how long until one of them can be seen: by the exporter's own histogram, from the wire to the
/// prepared metrics; and from before the write at the API server until the stream tells the row, for one in a hundred.
fn storm(cluster: &Cluster, exporter: &Exporter, engine: &str, mix: Mix, routes: usize) -> Vec<Figure> {
    let seconds = number("GATESCOPE_BENCH_SECONDS", 10);
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let before = buckets(exporter);
    let mut stream = exporter.events("", &[]);
    let (tell, told) = mpsc::channel::<(String, Instant)>();
    let marker = bare(&route(routes - 1, routes, Names::Plain, 1));
    let mut latencies: Vec<Duration> = Vec::new();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for w in 0..WRITERS {
            let (api, stop, written) = (cluster.admin(), &stop, &written);
            scope.spawn(move || {
                let pause = Duration::from_micros((1_000_000 * WRITERS / RATE) as u64);
                let mut due = Instant::now();
                let mut n = w;
                while !stop.load(Ordering::Relaxed) {
                    // Never the marker's route.
                    let i = n * 7 % (routes - 1);
                    let object = json!({"apiVersion": GATEWAY, "kind": "HTTPRoute", "metadata": {"name": format!("route-{i}"), "namespace": format!("team-{}", i % namespaces(routes))}});
                    let (part, patch) = mix.patch(n, i % gateways(routes));
                    api.patch(&object, part, &patch).unwrap();
                    written.fetch_add(1, Ordering::Relaxed);
                    n += WRITERS;
                    due += pause;
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                }
            });
        }
        scope.spawn(move || {
            while let Some(event) = stream.event() {
                let now = Instant::now();
                let opened = event.data["opened"].as_array().cloned().unwrap_or_default();
                for row in opened.iter().filter_map(|r| r["hostname"].as_str()).filter(|h| h.starts_with("marker")) {
                    let _ = tell.send((row.to_owned(), now));
                    if row.starts_with("marker-last") {
                        return;
                    }
                }
            }
        });
        let api: Api = cluster.admin();
        let mut n = 0;
        while began.elapsed() < Duration::from_secs(seconds as u64) {
            let host = format!("marker-{engine}-{n}.zone{}.example.com", (routes - 1) % gateways(routes));
            latencies.extend(mark(&api, &marker, &host, &told));
            n += 1;
            std::thread::sleep(Duration::from_millis(50));
        }
        stop.store(true, Ordering::Relaxed);
        let last = format!("marker-last.zone{}.example.com", (routes - 1) % gateways(routes));
        mark(&api, &marker, &last, &told);
    });
    let rate = written.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    let after = buckets(exporter);
    latencies.sort();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let name = |what: &str| format!("{what}, {mix:?} events, {engine}");
    let ms = |share: f64| quantile(&before, &after, share) * 1e3;
    vec![
        Figure::new("W6", name("events a second"), rate, "").note(format!("of {RATE} asked for; the server shares the machine")),
        Figure::new("W6", name("wire to /metrics p50"), ms(0.5), "ms").note("gatescope_event_to_metrics_seconds"),
        Figure::new("W6", name("wire to /metrics p99"), ms(0.99), "ms").at_most(50.0),
        Figure::time("W6", name("write to visible p50"), at(0.5)).note(format!("{} writes, from before the request", latencies.len())),
        Figure::time("W6", name("write to visible p99"), at(0.99)),
    ]
}

/// Gives the marker's route another host, and waits until the stream tells it.
fn mark(api: &Api, marker: &Value, host: &str, told: &mpsc::Receiver<(String, Instant)>) -> Option<Duration> {
    let began = Instant::now();
    api.patch(marker, "", &json!({"spec": {"hostnames": [host]}})).unwrap();
    loop {
        let (name, at) = told.recv_timeout(Duration::from_secs(30)).expect("the stream tells the marker");
        if name == host {
            return Some(at.saturating_duration_since(began));
        }
    }
}

/// Upper bounds and counts of the histogram.
fn buckets(exporter: &Exporter) -> Vec<(f64, f64)> {
    let text = exporter.get("/metrics").text();
    let line = |l: &str| -> Option<(f64, f64)> {
        let (bound, count) = l.strip_prefix("gatescope_event_to_metrics_seconds_bucket{le=\"")?.split_once("\"} ")?;
        Some((if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? }, count.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// A share of what came between, interpolated as `histogram_quantile` does.
fn quantile(before: &[(f64, f64)], after: &[(f64, f64)], share: f64) -> f64 {
    let counts: Vec<(f64, f64)> = after.iter().map(|(bound, n)| (*bound, n - before.iter().find(|(b, _)| b == bound).map_or(0.0, |(_, n)| *n))).collect();
    let wanted = counts.last().map_or(0.0, |(_, n)| *n) * share;
    let mut low = (0.0, 0.0);
    for (bound, n) in counts {
        if n >= wanted {
            return if bound.is_infinite() || n <= low.1 { low.0 } else { low.0 + (bound - low.0) * (wanted - low.1) / (n - low.1) };
        }
        low = (bound, n);
    }
    low.0
}
