//! The module in wasmtime against the resolver compiled in: the same work, in one run, as ratios.
//!
//! `wasm-bench [ROUTES] [ROUNDS]`. Takes `wasm/pkg/gatescope.wasm`, or the file that GATESCOPE_MODULE names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::print_stdout,
    missing_docs
)]

use gatescope::engine::{Limits, ModuleFile, Native, Resolver, Runtime, Wasm};
use gatescope_core::types::{Delta, Report};
use gatescope_core::{Change, Settings};
use gatescope_tests::bench::workload::{Names, route, w1};
use gatescope_tests::paths;
use std::time::{Duration, Instant};

const STEPS: [&str; 7] = ["decode", "cold", "event p50", "event p99", "columns", "report (JSON)", "frame (JSON)"];

fn time<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let out = what();
    (start.elapsed(), out)
}

/// One engine through all steps.
fn run(engine: &mut dyn Resolver, text: &[u8], events: &[String]) -> [Duration; 7] {
    let native = engine.kind() == "native";
    let decode = time(|| engine.load(text).unwrap()).0;
    let cold = time(|| engine.settle().unwrap()).0;
    let mut each: Vec<Duration> = events
        .iter()
        .map(|event| {
            time(|| {
                let (delta, _) = engine.apply(&[Change::Json(event.as_bytes())]).unwrap();
                // A module's delta comes as JSON: the same work is to write and read it.
                if native { serde_json::from_slice::<Delta>(&serde_json::to_vec(&delta).unwrap()).unwrap() } else { delta }
            })
            .0
        })
        .collect();
    each.sort();
    let columns = time(|| engine.columns().unwrap()).0;
    let report = time(|| engine.report_json().unwrap()).0;
    let frame = time(|| {
        let frame = engine.frame().unwrap();
        if native { serde_json::from_slice::<Report>(&serde_json::to_vec(&frame).unwrap()).unwrap() } else { frame }
    })
    .0;
    [decode, cold, each[each.len() / 2], each[each.len() * 99 / 100], columns, report, frame]
}

fn main() {
    let arg = |i: usize, or: usize| std::env::args().nth(i).map_or(or, |a| a.parse().unwrap());
    let (routes, rounds) = (arg(1, 10_000), arg(2, 3));
    let file = std::env::var_os("GATESCOPE_MODULE").map_or_else(|| paths::workspace().join("wasm/pkg/gatescope.wasm"), Into::into);
    let module = ModuleFile::read(&file).unwrap_or_else(|e| panic!("{e}: run wasm/build first"));
    let (compile, _) = time(|| Runtime::with_cache(module.clone(), None).unwrap());
    let cache = std::env::temp_dir().join(format!("gatescope-wasm-bench-{}", std::process::id()));
    Runtime::with_cache(module.clone(), Some(&cache)).unwrap();
    let (cached, runtime) = time(|| Runtime::with_cache(module.clone(), Some(&cache)).unwrap());
    assert!(runtime.was_cached());
    let _ = std::fs::remove_dir_all(&cache);
    let settings = Settings { complete: true, ..Settings::default() };
    let limits = Limits { hold: false, ..Limits::default() };
    println!(
        "module {} bytes; compiled in {compile:.1?}, from the cache in {cached:.1?}; one instance {:.1?}",
        module.bytes().len(),
        time(|| Wasm::new(&runtime, &settings, limits).unwrap()).0
    );

    let text = w1(routes, Names::Plain);
    let events: Vec<String> = (0..1_000).map(|k| route((k * 7919) % routes, routes, Names::Plain, 2 + k / routes)).collect();
    let mut first: Option<([Duration; 7], [Duration; 7])> = None;
    let mut best = ([Duration::MAX; 7], [Duration::MAX; 7]);
    for _ in 0..=rounds {
        let native = run(&mut Native::new(settings.clone()), text.as_bytes(), &events);
        let mut engine = Wasm::new(&runtime, &settings, limits).unwrap();
        let wasm = run(&mut engine, text.as_bytes(), &events);
        if first.is_none() {
            first = Some((native, wasm));
            println!("{routes} routes, {} MB of JSON; the instance grew to {} MB", text.len() / 1_000_000, engine.health().memory >> 20);
            continue;
        }
        for i in 0..STEPS.len() {
            best.0[i] = best.0[i].min(native[i]);
            best.1[i] = best.1[i].min(wasm[i]);
        }
    }
    let (native, wasm) = first.unwrap();
    println!("{:<16}{:>12}{:>12}{:>9}{:>14}{:>12}{:>9}", "", "native", "wasm", "warm", "native first", "wasm first", "first");
    for (i, step) in STEPS.iter().enumerate() {
        println!(
            "{step:<16}{:>12.1?}{:>12.1?}{:>8.2}x{:>14.1?}{:>12.1?}{:>8.2}x",
            best.0[i],
            best.1[i],
            best.1[i].as_secs_f64() / best.0[i].as_secs_f64(),
            native[i],
            wasm[i],
            wasm[i].as_secs_f64() / native[i].as_secs_f64()
        );
    }
    let mut held = Wasm::new(&runtime, &settings, Limits::default()).unwrap();
    let plain = best.1;
    let with = run(&mut held, text.as_bytes(), &events);
    println!(
        "holding the snapshot: {} KB for {} MB; decode + {:.1?}, event p50 {:.1?} beside {:.1?}",
        held.health().held >> 10,
        text.len() / 1_000_000,
        with[0].saturating_sub(plain[0]),
        with[2],
        plain[2]
    );
}
