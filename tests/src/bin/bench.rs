//! `make bench`: every figure with its ratio and its bar.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    missing_docs
)]

use gatescope_core::{Change, Engine, Settings};
use gatescope_tests::bench::alloc::{Counting, calls, live};
use gatescope_tests::bench::workload::{Names, route, w1};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn settings() -> Settings {
    Settings { complete: true, ..Settings::default() }
}

fn main() {
    let sizes: Vec<usize> = std::env::args().nth(1).map_or_else(|| vec![1_000, 10_000, 100_000], |a| a.split(',').map(|n| n.parse().unwrap()).collect());
    for n in sizes {
        let text = w1(n, Names::Plain);
        let t = Instant::now();
        let _: serde::de::IgnoredAny = serde_json::from_slice(text.as_bytes()).unwrap();
        let skip = t.elapsed();
        let base = live();
        let t = Instant::now();
        let mut engine = Engine::new(settings());
        engine.load(text.as_bytes()).unwrap();
        let decode = t.elapsed();
        let objects = live() - base;
        let t = Instant::now();
        engine.settle();
        let cold = t.elapsed();
        if std::env::var("ONLY_COLD").is_ok() {
            for _ in 0..50 {
                engine.rebuild();
            }
            return;
        }
        let all = live() - base;
        let t = Instant::now();
        let report = engine.report();
        let render = t.elapsed();
        println!(
            "{n}: {} MB, skip {skip:?}, decode {decode:?} ({:.2}x skip), cold {cold:?} (1/{:.1} of decode), report {render:?}, rows {}, bytes/route {} objects + {} rest",
            text.len() / 1_000_000,
            decode.as_secs_f64() / skip.as_secs_f64(),
            decode.as_secs_f64() / cold.as_secs_f64(),
            report.exposures.len(),
            objects / n,
            (all - objects) / n
        );
        println!("   summary {:?}", report.summary);
        drop(report);
        let mut times = Vec::new();
        let before = engine.rows_computed();
        let mut affected = 0;
        for k in 0..2_000 {
            let i = (k * 7919) % n;
            let text = route(i, n, Names::Plain, 2 + k / n);
            let t = Instant::now();
            let (delta, _) = engine.apply(&[Change::Json(text.as_bytes())]);
            times.push(t.elapsed());
            affected += delta.opened.len() + delta.changed.len();
        }
        times.sort();
        let computed = engine.rows_computed() - before;
        println!("   event p50 {:?} p99 {:?}, rows computed {computed} affected {affected}", times[times.len() / 2], times[times.len() * 99 / 100]);
        let c = calls();
        let (l, before) = (live(), engine.rows_computed());
        let text = route(3, n, Names::Plain, 2);
        engine.apply(&[Change::Json(text.as_bytes())]);
        engine.apply(&[Change::Json(text.as_bytes())]);
        println!("   no-op: {} allocations, {} bytes stay, {} rows", calls() - c, live() as i64 - l as i64, engine.rows_computed() - before);
    }
}
