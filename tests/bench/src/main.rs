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

use gatescope_bench::alloc::{Counting, calls, count, live};
use gatescope_bench::workload::{Front, Names, route, w1_of};
use gatescope_core::{Change, Engine, Settings};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn settings() -> Settings {
    Settings { complete: true, ..Settings::default() }
}

fn best(rounds: usize, mut f: impl FnMut() -> Duration) -> Duration {
    (0..rounds).map(|_| f()).min().unwrap()
}

fn main() {
    let sizes: Vec<usize> = std::env::args().nth(1).map_or_else(|| vec![1_000, 10_000, 100_000], |a| a.split(',').map(|n| n.parse().unwrap()).collect());
    let what = std::env::args().nth(2).unwrap_or_default();
    let front = if what.contains("clear") { Front::Clear } else { Front::Https };
    for n in sizes {
        let text = w1_of(n, Names::Plain, front);
        count(false);
        let rounds = if n > 20_000 { 2 } else { 7 };
        if what.contains("cold") {
            let mut engine = Engine::new(settings());
            engine.load(text.as_bytes()).unwrap();
            for _ in 0..200 {
                engine.rebuild();
            }
            return;
        }
        if what.contains("decode") {
            for _ in 0..50 {
                Engine::new(settings()).load(text.as_bytes()).unwrap();
            }
            return;
        }
        let skip = best(rounds, || {
            let t = Instant::now();
            let _: serde::de::IgnoredAny = serde_json::from_slice(text.as_bytes()).unwrap();
            t.elapsed()
        });
        let mut cold = Duration::MAX;
        let decode = best(rounds, || {
            let mut engine = Engine::new(settings());
            let t = Instant::now();
            engine.load(text.as_bytes()).unwrap();
            let decode = t.elapsed();
            let t = Instant::now();
            engine.settle();
            cold = cold.min(t.elapsed());
            decode
        });
        count(true);
        let base = live();
        let mut engine = Engine::new(settings());
        engine.load(text.as_bytes()).unwrap();
        let objects = live() - base;
        engine.settle();
        let all = live() - base;
        if what.contains("mem") {
            let mut last = live();
            engine.dismantle(&mut |part| {
                let now = live();
                println!("   {part}: {}", (last - now) / n as isize);
                last = now;
            });
            println!("total {}", all / n as isize);
            return;
        }
        count(false);
        let t = Instant::now();
        let report = engine.report();
        let render = t.elapsed();
        println!(
            "{n}: {} MB, skip {skip:?}, decode {decode:?} ({:.2}x skip), cold {cold:?} (1/{:.1} of decode), report {render:?}, rows {}, bytes/route {} objects + {} rest = {}",
            text.len() / 1_000_000,
            decode.as_secs_f64() / skip.as_secs_f64(),
            decode.as_secs_f64() / cold.as_secs_f64(),
            report.exposures.len(),
            objects / n as isize,
            (all - objects) / n as isize,
            all / n as isize,
        );
        println!("   summary {:?}", report.summary);
        drop(report);
        let mut times = Vec::new();
        let before = engine.rows_computed();
        let mut affected = 0;
        for k in 0..4_000 {
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
        count(true);
        let text = route(3, n, Names::Plain, 2);
        engine.apply(&[Change::Json(text.as_bytes())]);
        let c = calls();
        let (l, before) = (live(), engine.rows_computed());
        engine.apply(&[Change::Json(text.as_bytes())]);
        println!("   no-op: {} allocations, {} bytes stay, {} rows", calls() - c, live() - l, engine.rows_computed() - before);
    }
}
