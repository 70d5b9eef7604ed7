//! Memory of the whole exporter, from outside: what W1 adds to an idle one.

use gatescope_tests::bench::figure::Figure;
use gatescope_tests::bench::workload::{Names, w1};
use gatescope_tests::exporter::Exporter;
use std::time::{Duration, Instant};

/// Asks until there is an answer: loaded machines are slow, and this is about memory.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(300);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "not within five minutes: {what}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Resident memory in MB, once it has not moved for twelve seconds.
fn resident(exporter: &Exporter) -> f64 {
    let read = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1e3
    };
    let mut last = (read(), 0);
    until("calm memory", || {
        let now = read();
        last = if (now - last.0).abs() < 0.5 { (now, last.1 + 1) } else { (now, 0) };
        (last.1 >= 24).then_some(last.0)
    })
}

/// The built program with both engines, with families 1 and 3 and with all.
pub(crate) fn figures(routes: usize) -> Vec<Figure> {
    let folder = std::env::temp_dir().join(format!("gatescope-metrics-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (idle, full) = (folder.join("idle.json"), folder.join("w1.json"));
    std::fs::write(&idle, r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"one"}}"#).unwrap();
    std::fs::write(&full, w1(routes, Names::Plain)).unwrap();
    let mut out = Vec::new();
    for (engine, bars) in [("native", [40.0, 60.0]), ("wasm", [80.0, 100.0])] {
        for ((name, families), bar) in [("families 1 and 3", "routes,gatescope"), ("all families", "routes,objects,gatescope")].into_iter().zip(bars) {
            eprintln!("== memory, {engine}, {name}");
            let run = |file: &std::path::Path| {
                let file = file.display().to_string();
                let exporter = Exporter::start(&["-f", &file, "--complete", "--engine", engine, "--families", families]);
                until("ready", || (exporter.get("/readyz").status == 200).then_some(()));
                let gzip = [("accept-encoding", "gzip")];
                (0..3).for_each(|_| drop(exporter.ask("GET", "/metrics", &gzip)));
                resident(&exporter)
            };
            let (nothing, something) = (run(&idle), run(&full));
            let figure = Figure::new("W1", format!("resident above idle, {engine}, {name}"), something - nothing, "MB")
                .note(format!("{something:.0} MB, idle {nothing:.0} MB"));
            out.push(if routes == 10_000 { figure.at_most(bar) } else { figure });
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    out
}
