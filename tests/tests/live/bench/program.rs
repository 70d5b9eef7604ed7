//! The exporter as it is measured.

use gatescope_tests::exporter::Exporter;
use std::time::{Duration, Instant};

/// An exporter that is ready, and how long that took.
pub(super) fn start(kubeconfig: &str, engine: &str, families: &str) -> (Exporter, Duration) {
    let began = Instant::now();
    let exporter = Exporter::start(&["--kubeconfig", kubeconfig, "--engine", engine, "--families", families]);
    loop {
        if exporter.get("/readyz").status == 200 {
            return (exporter, began.elapsed());
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{}", exporter.get("/readyz").text());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Resident memory in MB.
pub(super) fn weight(exporter: &Exporter) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

pub(super) fn rows(exporter: &Exporter) -> usize {
    let summary = exporter.json("/api/v1/summary");
    ["exposed", "shadowed", "blocked", "unknown"].iter().map(|s| summary[s].as_u64().unwrap() as usize).sum()
}
