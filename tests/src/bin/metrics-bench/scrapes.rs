//! Scrapes, rendering and the series' memory, in this process.

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use gatescope::metrics::{Encoding, Exposition, Families, Format, Metrics, MetricsConfig};
use gatescope_core::{Change, Engine};
use gatescope_tests::bench::alloc::{calls, count, live};
use gatescope_tests::bench::figure::Figure;
use gatescope_tests::bench::measure::{best, settings, time};
use gatescope_tests::bench::workload::{Front, Names, route, surroundings};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// What the processor works: others on this machine do not count.
fn timed<T>(what: impl FnOnce() -> T) -> Duration {
    time(|| std::hint::black_box(what())).0
}

/// A cluster of W1 (or W10), resolved, with its series.
struct World {
    engine: Engine,
    metrics: Metrics,
    rows: usize,
    reset: Duration,
    put: Duration,
}

fn world(routes: usize, names: Names, config: MetricsConfig) -> World {
    let mut engine = Engine::new(settings());
    let mut metrics = Metrics::new(config);
    let mut put = Duration::ZERO;
    for text in surroundings(routes, Front::Https).into_iter().chain((0..routes).map(|i| route(i, routes, names, 1))) {
        engine.load(text.as_bytes()).unwrap();
        put += timed(|| metrics.put(text.as_bytes()));
    }
    engine.settle();
    let report = engine.report();
    let reset = timed(|| metrics.reset(&report));
    World { engine, metrics, rows: report.exposures.len(), reset, put }
}

/// All parts of a scrape, as the server sends them; how many bytes.
fn scrape(shown: &Arc<Exposition>, encoding: Encoding) -> usize {
    shown.parts(Format::Text, encoding).map(|part| std::hint::black_box(part).len()).sum()
}

/// How often memory is asked for.
fn allocations(what: impl Fn()) -> f64 {
    what();
    let before = calls();
    what();
    (calls() - before) as f64
}

fn sizes(workload: &'static str, world: &mut World, out: &mut Vec<Figure>) {
    let shown = world.metrics.scrape();
    let text = shown.bytes(Format::Text, Encoding::Identity);
    let ours = shown.bytes(Format::Text, Encoding::Gzip).len();
    let mut whole = GzEncoder::new(Vec::new(), flate2::Compression::new(1));
    whole.write_all(&text).unwrap();
    let whole = whole.finish().unwrap().len();
    let note = format!("{:.1} MB of text are {:.2} MB in parts, {:.2} MB as one", text.len() as f64 / 1e6, ours as f64 / 1e6, whole as f64 / 1e6);
    out.push(Figure::new(workload, "gzip, size beside the whole body at level 1", ours as f64 / whole as f64, "×").at_most(1.25).note(note));
}

/// Every figure of this section.
pub(crate) fn figures(routes: usize) -> Vec<Figure> {
    let mut out = Vec::new();
    count(false);
    eprintln!("== scrapes, {routes} routes");
    let mut small = world(routes / 10, Names::Plain, MetricsConfig::default());
    let mut large = world(routes, Names::Plain, MetricsConfig::default());
    let (rows, series) = (large.rows as f64, "series of all families");
    out.push(Figure::time("W1", format!("rows to series, {routes} routes"), large.reset).note(format!(
        "{:.0} ns a row, {} rows",
        large.reset.as_nanos() as f64 / rows,
        large.rows
    )));
    out.push(
        Figure::time("W1", format!("objects to series of family 2, {routes} routes"), large.put)
            .note(format!("{:.1} µs an object", large.put.as_micros() as f64 / routes as f64)),
    );
    let (few, many) = (small.metrics.scrape(), large.metrics.scrape());
    for shown in [&few, &many] {
        shown.rest();
        let _ = scrape(shown, Encoding::Gzip);
    }
    let gzip = |shown: &Arc<Exposition>| best(30, || timed(|| scrape(shown, Encoding::Gzip)));
    let (at_few, at_many) = (gzip(&few), gzip(&many));
    out.push(
        Figure::time("W1", format!("scrape, gzip, {routes} routes"), at_many).note(format!("{:.2} MB of {series}", scrape(&many, Encoding::Gzip) as f64 / 1e6)),
    );
    let ratio = at_many.as_secs_f64() / at_few.as_secs_f64();
    out.push(Figure::new("W1", "scrape, gzip, ten times the rows", ratio, "×").at_most(3.0).note("bytes are shared, not rendered; the rest is /proc"));
    let plain = best(5, || timed(|| scrape(&many, Encoding::Identity)));
    let compressed = many.bytes(Format::Text, Encoding::Gzip);
    let mut whole = Vec::with_capacity(scrape(&many, Encoding::Identity) + 1_000_000);
    let inflate = best(5, || {
        whole.clear();
        timed(|| GzDecoder::new(&compressed[..]).read_to_end(&mut whole).unwrap())
    });
    out.push(Figure::time("W1", format!("scrape, plain, {routes} routes"), plain).note(format!("{:.2} GB/s", whole.len() as f64 / plain.as_secs_f64() / 1e9)));
    out.push(Figure::new("W1", "scrape, plain, beside inflating the same bytes", plain.as_secs_f64() / inflate.as_secs_f64(), "×").at_most(1.2));
    count(true);
    for (name, encoding) in [("gzip", Encoding::Gzip), ("plain", Encoding::Identity)] {
        let asked = allocations(|| {
            scrape(&many, encoding);
        });
        let note = format!("{asked} in all, for {} rows", large.rows);
        out.push(Figure::new("W1", format!("scrape, {name}, allocations a row"), asked / rows, "").at_most(0.05).note(note));
    }
    count(false);
    sizes("W1", &mut large, &mut out);
    sizes("W10", &mut world(routes, Names::Random, MetricsConfig::default()), &mut out);
    out.extend(events(&mut large, routes));
    drop((small, few, many));
    out.extend(memory(routes));
    out
}

/// One change: from its delta to the next scrape's bytes, compressed.
fn events(world: &mut World, routes: usize) -> Vec<Figure> {
    let mut times: Vec<Duration> = (0..500)
        .map(|k| {
            let text = route((k * 7919) % routes, routes, Names::Plain, 2 + k);
            let (delta, _) = world.engine.apply(&[Change::Json(text.as_bytes())]);
            timed(|| {
                world.metrics.put(text.as_bytes());
                world.metrics.rows(&delta);
                world.metrics.scrape()
            })
        })
        .collect();
    times.sort();
    vec![
        Figure::time("W6", format!("change to series, p50, {routes} routes"), times[times.len() / 2]),
        Figure::time("W6", format!("change to series, p99, {routes} routes"), times[times.len() * 99 / 100]),
    ]
}

/// What the series hold at rest.
fn memory(routes: usize) -> Vec<Figure> {
    let some = Families { routes: true, objects: false, own: true };
    [("families 1 and 3", some), ("all families", Families::default())]
        .map(|(name, families)| {
            count(true);
            let mut world = world(routes, Names::Plain, MetricsConfig { families, ..MetricsConfig::default() });
            let _ = world.metrics.scrape();
            world.metrics.rest();
            let World { engine, metrics, rows, .. } = world;
            let with = live();
            drop(metrics);
            let bytes = (with - live()) as f64;
            drop(engine);
            count(false);
            Figure::new("W1", format!("series at rest, {name}, a row"), bytes / rows as f64, "B").note(format!("{:.1} MB for {rows} rows", bytes / 1e6))
        })
        .to_vec()
}
