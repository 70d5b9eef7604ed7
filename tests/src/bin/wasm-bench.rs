//! The module against the same resolver in native code: the same work, in one run, as ratios with their bars; what the
//! module weighs; and what its boundary costs a page. `make bench` ends with it.
//!
//! `wasm-bench [ROUTES]`. Native code is `target/release/same-work`, compiled for release; wasmtime compiles the module
//! to the same code whatever this program was built for. Times are on the processor. Takes `wasm/pkg/gatescope.wasm`,
//! or the file that GATESCOPE_MODULE names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

use flate2::Compression;
use gatescope::engine::{Bare, ModuleFile, Runtime};
use gatescope_core::Change;
use gatescope_tests::bench::figure::{Figure, table};
use gatescope_tests::bench::measure::settings;
use gatescope_tests::bench::same_work::{Host, run};
use gatescope_tests::cli::Folder;
use gatescope_tests::paths;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const STEPS: [&str; 4] = ["cold", "event", "render", "columns"];
/// Native and wasmtime take turns, so that a busy moment does not fall on one of them alone.
const TURNS: usize = 2;

struct Wasmtime(Bare);

impl Host for Wasmtime {
    fn cold(&mut self, text: &[u8]) {
        self.0.open(&settings()).unwrap();
        self.0.load(text).unwrap();
        self.0.settle().unwrap();
    }
    fn event(&mut self, text: &[u8]) -> usize {
        self.0.apply(&[Change::Json(text)]).unwrap().len()
    }
    fn render(&mut self) -> usize {
        self.0.report().unwrap().len()
    }
    fn columns(&mut self) -> usize {
        self.0.columns().unwrap().len()
    }
}

/// What a program prints as JSON.
fn said(command: &mut Command) -> Value {
    let out = command.stderr(Stdio::inherit()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(out.status.success(), "{command:?} failed");
    serde_json::from_slice(&out.stdout).unwrap()
}

fn us(value: &Value, step: &str, which: &str) -> f64 {
    value[step][which].as_f64().unwrap_or_else(|| panic!("no {step} {which} in {value}"))
}

/// The least of several runs.
fn least(runs: &[Value], step: &str, which: &str) -> f64 {
    runs.iter().map(|r| us(r, step, which)).fold(f64::INFINITY, f64::min)
}

fn zipped(bytes: &[u8]) -> usize {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut out, bytes).unwrap();
    out.finish().unwrap().len()
}

/// Compiling, reading what was compiled, and a new instance.
fn start(module: &ModuleFile, out: &mut Vec<Figure>) -> Runtime {
    let time = |what: &mut dyn FnMut() -> Runtime| {
        let start = Instant::now();
        let runtime = what();
        (start.elapsed(), runtime)
    };
    let folder = Folder::with(&[]);
    let cache = folder.path().join("modules");
    let (compile, _) = time(&mut || Runtime::with_cache(module.clone(), Some(&cache)).unwrap());
    let (cached, runtime) = time(&mut || Runtime::with_cache(module.clone(), Some(&cache)).unwrap());
    assert!(runtime.was_cached());
    let start = Instant::now();
    Bare::new(&runtime).unwrap();
    out.push(Figure::time("module", "compiled by wasmtime, once a machine", compile).note("by the clock, in this program's build"));
    out.push(Figure::time("module", "ready from the cache", cached));
    out.push(Figure::time("module", "a new instance", start.elapsed()));
    runtime
}

fn main() -> ExitCode {
    let routes: usize = std::env::args().nth(1).map_or(10_000, |a| a.parse().expect("wasm-bench [ROUTES]"));
    let root = paths::workspace();
    let package = root.join("wasm/pkg");
    let file = std::env::var_os("GATESCOPE_MODULE").map_or_else(|| package.join("gatescope.wasm"), Into::into);
    let module = ModuleFile::read(&file).unwrap_or_else(|e| panic!("{e}: run wasm/build first"));
    let native = root.join("target/release/same-work");
    assert!(native.is_file(), "no target/release/same-work: run `cargo build --release -p gatescope-bench` first");
    let mut figures = vec![
        Figure::new("module", "size", module.bytes().len() as f64, "B"),
        Figure::new("module", "size, gzipped", zipped(module.bytes()) as f64, "B")
            .at_most(300_000.0)
            .note("aim 150,000; `wasm/size` lists what costs the bytes"),
    ];
    let runtime = start(&module, &mut figures);

    let texts = Folder::with(&[]);
    let count = routes.to_string();
    assert!(Command::new(&native).arg("texts").arg(&count).arg(texts.path()).status().unwrap().success());
    let (mut natives, mut wasms) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        natives.push(said(Command::new(&native).args(["native", &count])));
        let mut host = Wasmtime(Bare::new(&runtime).unwrap());
        wasms.push(run(&mut host, routes));
        eprintln!("the instance grew to {} MB", host.0.memory() >> 20);
    }
    let node = |script: &str, of: &Path| said(Command::new("node").arg(paths::tests().join("node").join(script)).arg(of).arg(texts.path()));
    let v8 = node("same-work.mjs", &file);
    assert!(natives.iter().chain(&wasms).chain([&v8]).all(|r| r["reportBytes"] == natives[0]["reportBytes"]), "not the same work");

    for step in STEPS {
        let time = |runs: &[Value], which: &str| Duration::from_secs_f64(least(runs, step, which) / 1e6);
        figures.push(Figure::time("W1", format!("{step}, native"), time(&natives, "best")));
        figures.push(Figure::time("W1", format!("{step}, wasmtime"), time(&wasms, "best")));
        for (which, called, bar) in [("best", "warm", 1.2), ("first", "first call", 2.5)] {
            let base = least(&natives, step, which);
            figures.push(Figure::new("W1", format!("{step}, wasmtime / native, {called}"), least(&wasms, step, which) / base, "×").at_most(bar));
            figures.push(Figure::new("W1", format!("{step}, V8 / native, {called}"), us(&v8, step, which) / base, "×").note("Node, raw ABI"));
        }
    }
    if package.join("gatescope.wasm") == file {
        let page = node("page-load.mjs", &package);
        let part = |name: &str| page[name].as_f64().unwrap();
        let note = format!("{:.1} of {:.0} ms, {} rows", part("boundary") / 1e3, part("total") / 1e3, page["rows"]);
        figures.push(Figure::new("module", "boundary's share of a page load", part("boundary") / part("total") * 100.0, "%").at_most(5.0).note(note));
        figures.push(Figure::new("module", "the same, were rows JSON", part("rowsAsJson") / part("total") * 100.0, "%"));
    }
    println!("{routes} routes\n\n{}", table(&figures, None));
    let missed = figures.iter().filter(|f| !f.holds()).count();
    if missed == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{missed} of the bars are missed");
    ExitCode::from(1)
}
