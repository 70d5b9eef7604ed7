//! The figures of bench.md that need an API server, as a table with their bars: `make bench-live`. GATESCOPE_BIN names
//! another build of the program.
//!
//! Without GATESCOPE_BENCH=1 the short form runs: a few routes and seconds, and of the bars only those that no load of
//! the machine can miss. GATESCOPE_BENCH_ROUTES says how many routes (10,000), GATESCOPE_BENCH_SECONDS how long each mix of
//! events lasts (60), GATESCOPE_BENCH_SOAK how long the soak (600). GATESCOPE_BENCH_HOLD=FILE writes a
//! kubeconfig there once W1 is in, and keeps the cluster until that file is removed.

mod load;
mod program;
mod reference;
mod relist;
mod soak;
mod storm;

use gatescope_tests::bench::figure::{Bar, Figure, table};
use gatescope_tests::cluster::{ADMIN, Channel, Cluster, RELEASES, Release};
use program::{rows, start, weight};
use reference::list_and_decode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use storm::{Mix, Routes};

/// A kind of exporter that is measured: engine, families, and what it may weigh above idle, in MB.
const WAYS: [(&str, &str, f64); 4] = [
    ("native", "routes,gatescope", 40.0),
    ("native", "routes,objects,gatescope", 60.0),
    ("wasm", "routes,gatescope", 80.0),
    ("wasm", "routes,objects,gatescope", 100.0),
];

/// Beside the starts of each engine: what they are compared with.
const LISTED: &str = "listed";

/// How much is measured.
struct Form {
    whole: bool,
    routes: usize,
    /// What the allocator gives back it gives back within the first ten seconds.
    pause: Duration,
    storm: Duration,
    soak: Duration,
}

impl Form {
    fn asked() -> Self {
        let whole = std::env::var_os("GATESCOPE_BENCH").is_some_and(|v| v == "1");
        let number = |name: &str, long: usize, short: usize| match std::env::var(name).ok().and_then(|v| v.parse().ok()) {
            Some(n) => n,
            None if whole => long,
            None => short,
        };
        let seconds = |name: &str, long: usize, short: usize| Duration::from_secs(number(name, long, short) as u64);
        Self {
            whole,
            routes: number("GATESCOPE_BENCH_ROUTES", 10_000, 300),
            pause: if whole { Duration::from_secs(10) } else { Duration::ZERO },
            storm: seconds("GATESCOPE_BENCH_SECONDS", 60, 1),
            soak: seconds("GATESCOPE_BENCH_SOAK", 600, 2),
        }
    }
}

#[test]
fn figures() {
    let form = Form::asked();
    let routes = form.routes;
    let mut cluster = Cluster::start();
    Release::read(RELEASES.last().unwrap(), Channel::Experimental).stored_only().install(&cluster.admin());
    let kubeconfig = near(&cluster);
    let mut figures = Vec::new();

    // The first one may have to compile the module, which takes memory of its own.
    drop(start(&kubeconfig, "wasm", "gatescope"));
    let idle: Vec<f64> = WAYS.iter().map(|(engine, families, _)| weight(&start(&kubeconfig, engine, families).0)).collect();
    let began = Instant::now();
    let objects = load::load(&cluster, routes);
    println!("{objects} objects, {routes} routes of them, written in {:.1} s", began.elapsed().as_secs_f64());
    hold(&kubeconfig);

    figures.extend(starts(&cluster, &kubeconfig, &form, &idle, objects));
    figures.extend(relist::relist(&mut cluster, routes, form.pause));
    let all = Routes::new(routes);
    for engine in ["native", "wasm"] {
        let (exporter, _) = start(&kubeconfig, engine, "routes,objects,gatescope");
        for mix in Mix::ALL {
            figures.extend(storm::storm(&cluster, &exporter, engine, mix, &all, form.storm));
        }
    }
    if !form.soak.is_zero() {
        figures.extend(soak::soak(&cluster, &kubeconfig, &all, form.soak));
    }
    println!("\n{}", table(&figures, None));
    let held = |f: &Figure| f.holds() || !form.whole && !matches!(f.bar, Bar::Exactly(_));
    assert!(figures.iter().all(held), "a bar is missed");
}

/// A kubeconfig by which lists are not compressed, as they are not for a Pod.
fn near(cluster: &Cluster) -> String {
    let mut config: Value = serde_json::from_slice(&std::fs::read(cluster.kubeconfig(ADMIN)).unwrap()).unwrap();
    config["clusters"][0]["cluster"]["disable-compression"] = true.into();
    let path = cluster.dir().join("near.kubeconfig");
    std::fs::write(&path, config.to_string()).unwrap();
    path.display().to_string()
}

/// How long each takes to start, and what it weighs then.
fn starts(cluster: &Cluster, kubeconfig: &str, form: &Form, idle: &[f64], objects: usize) -> Vec<Figure> {
    let routes = form.routes;
    let mut took: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    // In turn, so that what else the machine does at a time meets all of them, and each after the server has collected its
    // garbage: else it would do that now for one of them, now for another.
    for _ in 0..if form.whole { 5 } else { 1 } {
        for way in [LISTED, "native", "wasm"] {
            cluster.collect_garbage();
            let once = if way == LISTED { list_and_decode(cluster, objects) } else { start(kubeconfig, way, "routes,objects,gatescope").1 };
            took.entry(way).or_default().push(once);
        }
    }
    let best = |way: &str| took[way].iter().min().copied().unwrap();
    let all = |way: &str| took[way].iter().map(|t| t.as_millis().to_string()).collect::<Vec<_>>().join(", ");
    let reference = best(LISTED);
    let mut figures = vec![
        Figure::time("W1", format!("list and decode {routes} routes"), reference)
            .note(format!("one kind after the other, whole, from the server's cache, into the core's types; the best of {} ms", all(LISTED))),
    ];
    let mut weights = Vec::new();
    for ((engine, families, bar), idle) in WAYS.iter().zip(idle) {
        let (exporter, _) = start(kubeconfig, engine, families);
        std::thread::sleep(form.pause);
        let (rows, held) = (rows(&exporter), weight(&exporter));
        weights.push(
            Figure::new("W1", format!("RSS above idle, {engine}, {families}"), held - idle, "MB")
                .at_most(bar * routes as f64 / 10_000.0)
                .note(format!("{idle:.0} MB idle, {held:.0} MB with {rows} rows")),
        );
    }
    for engine in ["native", "wasm"] {
        let took = best(engine);
        figures
            .push(Figure::time("W1", format!("start to ready, {engine}"), took).note(format!("from exec to 200 at /readyz, the best of {} ms", all(engine))));
        figures.push(
            Figure::new("W1", format!("start to ready against list and decode, {engine}"), took.as_secs_f64() / reference.as_secs_f64(), "×").at_most(1.5),
        );
    }
    figures.extend(weights);
    figures
}

/// Keeps the cluster for whoever wants to look into it.
fn hold(kubeconfig: &str) {
    let Some(file) = std::env::var_os("GATESCOPE_BENCH_HOLD") else { return };
    std::fs::copy(kubeconfig, &file).unwrap();
    println!("held until {} is removed", file.display());
    while std::fs::exists(&file).unwrap() {
        std::thread::sleep(Duration::from_millis(500));
    }
}
