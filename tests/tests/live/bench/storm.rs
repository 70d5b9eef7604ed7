//! W6: events at a rate, and how long until one of them can be seen: by the exporter's own histogram, from the wire to the
//! prepared metrics; and from before a write at the API server until the stream tells the row, for one in fifty.
//! Events go into etcd, from where the API server tells them: its admission of a thousand writes a second alone would
//! take more than both cores.

use super::load::{ROUTES, WRITERS, bare, kept};
use gatescope_tests::bench::figure::Figure;
use gatescope_tests::bench::workload::{Names, gateways, route};
use gatescope_tests::cluster::{Api, Cluster};
use gatescope_tests::exporter::Exporter;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

/// Events a second.
const RATE: usize = 1_000;

/// What an event changes of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    Spec,
    Status,
    Version,
}

impl Mix {
    pub(super) const ALL: [Self; 3] = [Self::Spec, Self::Status, Self::Version];

    fn change(self, object: &mut Value, n: usize, zone: usize) {
        match self {
            Self::Spec => {
                object["spec"]["hostnames"] = json!([format!("h{n}.zone{zone}.example.com"), format!("g{n}.zone{zone}.example.com")]);
                object["metadata"]["generation"] = json!(object["metadata"]["generation"].as_i64().unwrap() + 1);
            }
            Self::Status => {
                let condition = &mut object["status"]["parents"][0]["conditions"][0];
                condition["status"] = json!(if condition["status"] == "True" { "False" } else { "True" });
            }
            // What is written again has another version.
            Self::Version => {}
        }
    }
}

/// The routes as they were written last.
pub(super) struct Routes(Vec<Mutex<Option<Value>>>);

impl Routes {
    pub(super) fn new(routes: usize) -> Self {
        Self((0..routes).map(|_| Mutex::default()).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes so many a second until it is told to stop, and counts.
pub(super) fn write(cluster: &Cluster, mix: Mix, rate: usize, all: &Routes, stop: &AtomicBool, written: &AtomicUsize) {
    let routes = all.len();
    std::thread::scope(|scope| {
        for w in 0..WRITERS {
            let mut store = cluster.store();
            scope.spawn(move || {
                let pause = Duration::from_micros((1_000_000 * WRITERS / rate) as u64);
                let mut due = Instant::now();
                let mut n = w;
                while !stop.load(Ordering::Relaxed) {
                    // Never the marker's route, and no two writers' the same.
                    let i = (n * 7 % (routes - 1)) / WRITERS * WRITERS + w;
                    if i < routes - 1 {
                        let mut last = all.0[i].lock().unwrap();
                        let object = last.get_or_insert_with(|| kept(i, routes));
                        mix.change(object, n, i % gateways(routes));
                        store.put(ROUTES, object);
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                    n += WRITERS;
                    due += pause;
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                }
            });
        }
    });
}

/// The figures of one mix.
pub(super) fn storm(cluster: &Cluster, exporter: &Exporter, engine: &str, mix: Mix, all: &Routes, lasts: Duration) -> Vec<Figure> {
    let routes = all.len();
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let before = buckets(exporter);
    let mut stream = exporter.events("", &[]);
    let (tell, told) = mpsc::channel::<(String, Instant)>();
    let marker = bare(&route(routes - 1, routes, Names::Plain, 1));
    let zone = (routes - 1) % gateways(routes);
    let mut latencies: Vec<Duration> = Vec::new();
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| write(cluster, mix, RATE, all, &stop, &written));
        scope.spawn(move || {
            while let Some(event) = stream.event_with("\"marker-") {
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
        let api = cluster.admin();
        let mut n = 0;
        while began.elapsed() < lasts {
            latencies.extend(mark(&api, &marker, &format!("marker-{engine}-{n}.zone{zone}.example.com"), &told));
            n += 1;
            std::thread::sleep(Duration::from_millis(50));
        }
        stop.store(true, Ordering::Relaxed);
        mark(&api, &marker, &format!("marker-last.zone{zone}.example.com"), &told);
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
