//! A module that fails under a serving exporter: it goes on, says so, and recovers. The faults are those of
//! `wasm/build --faults`, which fails where an object asks for it.

use super::{BASE, hosts, route};
use gatescope_tests::cli::Folder;
use gatescope_tests::exporter::{Exporter, eventually};
use gatescope_tests::module;
use std::fs;

fn faulty() -> String {
    module::faulty().join("gatescope.wasm").display().to_string()
}

fn fails(name: &str, fault: &str, count: &str, says: &str) {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes())]);
    // A busy machine meets no deadline by accident: only what never ends has a short one.
    let deadline = if fault == "spin" { "2" } else { "60" };
    let args = ["-f", &folder.arg(), "--complete", "--module", &faulty(), "--module-memory", "64", "--module-deadline", deadline];
    let exporter = Exporter::start(&args).ready();
    let before = exporter.get("/api/v1/report?runtime=false").text();
    let bad = route("b", "b.example.com").replace("name: b}", &format!("name: b, annotations: {{gatescope.io/fault: {fault}}}}}"));
    fs::write(folder.path().join("b.yaml"), bad).unwrap();
    eventually(&format!("{name} to be told"), || exporter.get("/readyz").text().contains("stale").then_some(()));
    let ready = exporter.get("/readyz");
    assert_eq!(ready.status, 200, "the last good answer is served");
    assert!(ready.text().contains(says), "{name}: {}", ready.text());
    assert_eq!(exporter.get("/api/v1/report?runtime=false").text(), before, "{name}");
    let engine = exporter.json("/api/v1/runtime")["engine"].clone();
    assert!(
        engine["stale"].as_str().is_some_and(|s| s.contains(says)) && engine[count] == 1 && engine["leftOut"] == 1 && engine["rebuilds"] == 1,
        "{name}: {engine}"
    );
    // Others go on, and the bad one too once it is mended.
    fs::write(folder.path().join("c.yaml"), route("c", "c.example.com")).unwrap();
    eventually("another change", || (hosts(&exporter) == ["a.example.com", "c.example.com"]).then_some(()));
    assert!(exporter.get("/readyz").text().contains("stale"));
    fs::write(folder.path().join("b.yaml"), route("b", "b.example.com")).unwrap();
    eventually("the recovery", || (hosts(&exporter) == ["a.example.com", "b.example.com", "c.example.com"]).then_some(()));
    eventually("the end of staleness", || (!exporter.get("/readyz").text().contains("stale")).then_some(()));
    assert_eq!(exporter.get("/healthz").status, 200);
}

#[test]
fn a_trap() {
    fails("trap", "trap", "traps", "trapped");
}

#[test]
fn a_panic() {
    fails("panic", "panic", "traps", "a fault was asked for");
}

#[test]
fn an_endless_loop() {
    fails("spin", "spin", "deadlines", "no answer within 2 s");
}

#[test]
fn too_much_memory() {
    fails("memory", "memory", "memoryCaps", "64 MB");
}

#[test]
fn one_bad_object_of_many() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg(), "--complete", "--module", &faulty()]).ready();
    let bad = route("r5", "h5.example.com").replace("name: r5}", "name: r5, annotations: {gatescope.io/fault: trap}}");
    let many: Vec<String> = (0..10).map(|i| if i == 5 { bad.clone() } else { route(&format!("r{i}"), &format!("h{i}.example.com")) }).collect();
    let mut events = exporter.events("", &[]);
    events.expect("revision");
    fs::write(folder.path().join("many.yaml"), many.join("---\n")).unwrap();
    eventually("the others", || (hosts(&exporter).len() == 9).then_some(()));
    // The stream has no hole: each delta starts where the one before ended.
    let mut at = None;
    for _ in 0..9 {
        let delta = events.expect("delta").data;
        assert!(at.is_none_or(|a| delta["from"] == a), "{delta}");
        at = Some(delta["revision"].clone());
    }
}

#[test]
fn a_bad_object_at_the_start() {
    let bad = route("b", "b.example.com").replace("name: b}", "name: b, annotations: {gatescope.io/fault: trap}}");
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes()), ("b.yaml", bad.as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg(), "--complete", "--module", &faulty()]).ready();
    assert_eq!(hosts(&exporter), ["a.example.com"]);
    assert!(exporter.get("/readyz").text().contains("stale"), "{}", exporter.get("/readyz").text());
}
