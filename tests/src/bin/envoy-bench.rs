//! What the plugin costs in a real Envoy: no filter, a wasm filter that does nothing, and ours at 10, 1,000 and 10,000
//! exposures, taken in turns so that whatever else the machine does meets all of them.
//!
//! `envoy-bench [ROUNDS] [REQUESTS]`. Wants `wasm/build-proxy` and `wasm/build-proxy --noop`. Exits with 1 where a bar is missed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    missing_docs
)]

use flate2::Compression;
use flate2::write::GzEncoder;
use gatescope_tests::bench::figure::{Figure, table};
use gatescope_tests::envoy::{Bootstrap, Envoy, Hcm, Upstream, filter, free_port, plugin_file};
use gatescope_tests::paths;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// One Envoy of the comparison.
struct Variant {
    name: String,
    envoy: Envoy,
    port: u16,
    resident: u64,
    /// Median and 99th percentile of a request, one client, per round.
    latency: Vec<[Duration; 2]>,
    /// Time on the processor for a request, eight clients, per round.
    processor: Vec<f64>,
}

/// Routes of two matches each, under ten hosts: as many exposures as asked for.
fn config(exposures: usize, more: &[(&str, Value)]) -> String {
    let api = "gateway.networking.k8s.io/v1";
    let mut items = vec![
        json!({"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "c"}, "spec": {"controllerName": "example.com/c"}}),
        json!({"apiVersion": api, "kind": "Gateway", "metadata": {"name": "edge", "namespace": "infra"}, "spec": {"gatewayClassName": "c", "listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}),
    ];
    items.extend((0..exposures / 2).map(|i| {
        let matches = json!([{"path": {"type": "PathPrefix", "value": format!("/team{}/r{i}", i % 50)}}, {"path": {"type": "Exact", "value": format!("/x{i}")}, "headers": [{"name": "x-tier", "value": "gold"}]}]);
        json!({"apiVersion": api, "kind": "HTTPRoute", "metadata": {"name": format!("r{i}"), "namespace": "shop"}, "spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra"}], "hostnames": [format!("h{}.example", i % 10)],
            "rules": [{"matches": matches, "backendRefs": [{"name": "web", "port": 80}]}]}})
    }));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let mut out = json!({"gateway": {"namespace": "infra", "name": "edge"}, "complete": true, "snapshot": list});
    more.iter().for_each(|(name, value)| out[name] = value.clone());
    out.to_string()
}

/// Starts an Envoy. Route 3 is there in every size, and every Envoy has it and nothing else.
fn start(name: &str, filters: Vec<Value>, upstream: u16) -> Variant {
    let mut bootstrap = Bootstrap::default();
    bootstrap.cluster("http1", upstream, false);
    let route = json!({"name": "httproute/shop/r3/rule/0/match/0/h3_example", "match": {"path_separated_prefix": "/team3/r3"}, "route": {"cluster": "http1"}});
    let hcm = Hcm { filters, virtual_hosts: vec![json!({"name": "h", "domains": ["h3.example"], "routes": [route]})], log: None };
    let port = free_port();
    bootstrap.listener(port, vec![json!({"filters": [hcm.json()]})]);
    let envoy = Envoy::start(bootstrap.json(), &[]);
    let mut out = Variant { name: name.to_owned(), envoy, port, resident: 0, latency: Vec::new(), processor: Vec::new() };
    ask(&mut connect(out.port), &mut Vec::new(), 200);
    out.resident = out.envoy.resident();
    out
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// A browser's headers, about as many as a proxy sees.
const REQUEST: &[u8] = b"GET /team3/r3/item?id=7 HTTP/1.1\r\nhost: h3.example\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\
accept: text/html,application/xhtml+xml\r\naccept-language: en-GB,en;q=0.9\r\naccept-encoding: gzip, deflate, br\r\ncookie: session=0123456789abcdef0123456789abcdef\r\n\
x-forwarded-for: 192.0.2.7\r\nx-tier: silver\r\n\r\n";

/// Sends requests one after the other on one connection.
fn ask(stream: &mut TcpStream, times: &mut Vec<Duration>, requests: usize) {
    let mut buffer = [0_u8; 4096];
    for _ in 0..requests {
        let began = Instant::now();
        stream.write_all(REQUEST).unwrap();
        let mut read = 0;
        while !buffer[..read].ends_with(b"\r\n\r\nok\n") {
            let more = stream.read(&mut buffer[read..]).unwrap();
            assert!(more > 0, "the connection was closed");
            read += more;
        }
        times.push(began.elapsed());
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..read]));
    }
}

fn round(v: &mut Variant, requests: usize) {
    let mut times = Vec::with_capacity(requests);
    ask(&mut connect(v.port), &mut times, requests / 4);
    times.sort_unstable();
    v.latency.push([times[times.len() / 2], times[times.len() * 99 / 100]]);
    let before = v.envoy.processor();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ask(&mut connect(v.port), &mut Vec::new(), requests / 8));
        }
    });
    v.processor.push((v.envoy.processor() - before) / requests as f64);
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = values.collect();
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}

fn gzipped(file: &std::path::Path) -> usize {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(&std::fs::read(file).unwrap()).unwrap();
    out.finish().unwrap().len()
}

fn main() -> ExitCode {
    let number = |at: usize, default: usize| std::env::args().nth(at).map_or(default, |a| a.parse().expect("a number"));
    let (rounds, requests) = (number(1, 7), number(2, 16_000));
    let noop = paths::workspace().join("wasm/pkg-proxy-noop/gatescope-proxy.wasm");
    assert!(noop.is_file(), "no {}: run `wasm/build-proxy --noop` first", noop.display());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let upstream = runtime.block_on(Upstream::start());
    let mut all = vec![start("no filter", vec![], upstream.http1), start("no-op wasm", vec![filter(&noop, "")], upstream.http1)];
    for exposures in [10, 1_000, 10_000] {
        let variant = start(&format!("{exposures} exposures"), vec![filter(&plugin_file(false), &config(exposures, &[]))], upstream.http1);
        assert_eq!(variant.envoy.sum("gatescope_proxy_exposures", &[]), exposures as f64);
        all.push(variant);
    }
    let few = config(1_000, &[("filterState", json!(["exposure", "drift"]))]);
    all.push(start("1000 exposures, two of seven filter states", vec![filter(&plugin_file(false), &few)], upstream.http1));
    for n in 0..=rounds {
        all.iter_mut().for_each(|v| round(v, requests));
        if n == 0 {
            // V8 compiles what is hot in the background: the first round is not counted.
            all.iter_mut().for_each(|v| (v.latency.clear(), v.processor.clear()).0);
        }
    }
    let served = all[3].envoy.sum("gatescope_proxy_requests_total", &["class=\"2xx\""]);
    assert!(served >= (rounds * requests) as f64, "every request was judged: {served}");
    assert_eq!(all[3].envoy.sum("gatescope_proxy_drift_total", &[]), 0.0);
    let mut figures = Vec::new();
    for v in &all {
        let p = |at: usize| Duration::from_secs_f64(median(v.latency.iter().map(|l| l[at].as_secs_f64())));
        figures.push(Figure::time("Envoy", format!("{}: latency p50", v.name), p(0)).note(format!("p99 {:.0} µs, one client", p(1).as_secs_f64() * 1e6)));
        figures.push(Figure::time("Envoy", format!("{}: processor a request", v.name), Duration::from_secs_f64(median(v.processor.iter().copied()))));
        figures.push(Figure::new("Envoy", format!("{}: resident memory", v.name), v.resident as f64 / 1e6, "MB"));
    }
    // Of latency the round that was disturbed least: other processes only ever add to it. Of the processor's time the median.
    let least = |v: usize| all[v].latency.iter().map(|l| l[0].as_secs_f64()).fold(f64::MAX, f64::min);
    let latency = |a: usize, b: usize| least(a) / least(b);
    let processor = |a: usize, b: usize| median(all[a].processor.iter().zip(&all[b].processor).map(|(a, b)| a / b));
    let of = format!("{rounds} rounds of {requests} requests, in turns");
    figures.push(Figure::new("Envoy", "1,000 exposures: latency beside a no-op wasm filter", latency(3, 1), "×").at_most(1.2).note(of.clone()));
    figures.push(Figure::new("Envoy", "10,000 exposures: latency beside a no-op wasm filter", latency(4, 1), "×").note(of));
    figures.push(Figure::new("Envoy", "two of seven filter states: latency beside a no-op wasm filter", latency(5, 1), "×"));
    figures.push(Figure::new("Envoy", "no-op wasm: processor beside no filter", processor(1, 0), "×").note("what wasm itself costs"));
    figures.push(
        Figure::new("Envoy", "1,000 exposures: throughput lost to no filter", (1.0 - 1.0 / processor(3, 0)) * 100.0, "%")
            .at_most(5.0)
            .note("of one saturated worker: by time on the processor"),
    );
    figures.push(Figure::new("Envoy", "1,000 exposures: throughput lost to a no-op wasm filter", (1.0 - 1.0 / processor(3, 1)) * 100.0, "%"));
    figures.push(
        Figure::new("Envoy", "plugin, gzipped", gzipped(&plugin_file(false)) as f64 / 1e3, "KB")
            .at_most(300.0)
            .note("aim 100 KB; wasm/size lists what costs the bytes"),
    );
    print!("{}", table(&figures, None));
    if figures.iter().all(Figure::holds) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
