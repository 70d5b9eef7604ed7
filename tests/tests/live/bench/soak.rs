//! Minutes of changes of every kind, and where the exporter's memory goes meanwhile.

use super::program::{rows, start, weight};
use super::storm::{Mix, Routes, write};
use gatescope_tests::bench::figure::Figure;
use gatescope_tests::cluster::Cluster;
use gatescope_tests::exporter::Exporter;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Events a second: at the storm's rate, ten minutes of them would fill the API server's memory.
const RATE: usize = 200;
/// How long each mix lasts before the next.
const TURN: Duration = Duration::from_secs(5);

/// An exporter that all of it passes.
struct Subject {
    engine: &'static str,
    exporter: Exporter,
    /// Memory and rows before.
    before: f64,
    many: usize,
    /// Minutes since the start, and memory then.
    samples: Vec<(f64, f64)>,
}

/// All mixes in turn, past an exporter of each engine at once, and the slope of their resident memory over the second half.
pub(super) fn soak(cluster: &Cluster, kubeconfig: &str, routes: &Routes, lasts: Duration) -> Vec<Figure> {
    let started = ["native", "wasm"].map(|engine| (engine, start(kubeconfig, engine, "routes,objects,gatescope").0));
    std::thread::sleep(Duration::from_secs(10).min(lasts));
    let mut subjects = started.map(|(engine, exporter)| Subject { engine, before: weight(&exporter), many: rows(&exporter), samples: Vec::new(), exporter });
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for mix in Mix::ALL.iter().cycle() {
                let turn = AtomicBool::new(false);
                std::thread::scope(|scope| {
                    scope.spawn(|| write(cluster, *mix, RATE, routes, &turn, &written));
                    let until = Instant::now() + TURN.min(lasts);
                    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(100));
                    }
                    turn.store(true, Ordering::Relaxed);
                });
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        while began.elapsed() < lasts {
            std::thread::sleep(Duration::from_secs(1));
            for subject in &mut subjects {
                subject.samples.push((began.elapsed().as_secs_f64() / 60.0, weight(&subject.exporter)));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let rate = written.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    subjects.iter().flat_map(|subject| subject.figures(lasts, rate)).collect()
}

impl Subject {
    fn figures(&self, lasts: Duration, rate: f64) -> [Figure; 3] {
        let Self { engine, exporter, before, many, samples } = self;
        let most = samples.iter().map(|(_, mb)| *mb).fold(0.0, f64::max);
        let name = |what: &str| format!("soak of {} s, {engine}: {what}", lasts.as_secs());
        [
            Figure::new("W6", name("slope of RSS"), slope(&samples[samples.len() / 2..]), "MB/min")
                .note(format!("second half; {rate:.0} events a second, {many} rows")),
            Figure::new("W6", name("RSS at its end, above before"), samples.last().map_or(0.0, |(_, mb)| mb - before), "MB")
                .note(format!("{before:.0} MB before, {most:.0} MB at most; {}", every_tenth(samples))),
            Figure::new("W6", name("as many rows as before"), f64::from(u8::from(settled(exporter, *many))), "").exactly(1.0),
        ]
    }
}

/// Where the memory was at each tenth of the time.
fn every_tenth(samples: &[(f64, f64)]) -> String {
    let tenths: Vec<String> = (1..=10).filter_map(|i| samples.get((samples.len() * i / 10).saturating_sub(1))).map(|(_, mb)| format!("{mb:.0}")).collect();
    format!("by tenths of the time {}", tenths.join(" "))
}

/// Whether the rows are so many once what was written has arrived: hosts change, their number does not.
fn settled(exporter: &Exporter, many: usize) -> bool {
    (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        rows(exporter) == many
    })
}

/// Least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let (over, under) = points.iter().fold((0.0, 0.0), |(o, u), (x, y)| (o + (x - mx) * (y - my), u + (x - mx) * (x - mx)));
    if under > 0.0 { over / under } else { 0.0 }
}
