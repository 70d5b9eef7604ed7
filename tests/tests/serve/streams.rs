//! `/api/v1/events`: deltas are the difference of reports, streams resume, and whoever is lost is told.

use super::{BASE, demo, hosts, route};
use gatescope_tests::cli::Folder;
use gatescope_tests::exporter::{Exporter, eventually};
use serde_json::Value;
use std::collections::BTreeMap;

fn rows(exporter: &Exporter) -> BTreeMap<String, Value> {
    let rows = exporter.json("/api/v1/exposures");
    rows.as_array().unwrap().iter().map(|r| (r["id"].as_str().unwrap().to_owned(), r.clone())).collect()
}

fn follow(rows: &mut BTreeMap<String, Value>, delta: &Value) {
    for id in delta["closed"].as_array().unwrap() {
        assert!(rows.remove(id.as_str().unwrap()).is_some(), "{id} was not there");
    }
    for row in delta["opened"].as_array().unwrap() {
        assert!(rows.insert(row["id"].as_str().unwrap().to_owned(), row.clone()).is_none(), "{row} was there");
    }
    for row in delta["changed"].as_array().unwrap() {
        assert!(rows.insert(row["id"].as_str().unwrap().to_owned(), row.clone()).is_some(), "{row} was not there");
    }
}

/// What is done, and how it is called.
type Step<'a> = (&'static str, Box<dyn Fn() + 'a>);

#[test]
fn deltas_are_the_difference_of_reports() {
    for engine in ["wasm", "native"] {
        let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes())]);
        let exporter = Exporter::start(&["-f", &folder.arg(), "--complete", "--engine", engine]).ready();
        let mut known = rows(&exporter);
        let revision = exporter.json("/api/v1/runtime")["revision"].as_u64().unwrap();
        let mut deltas = exporter.events(&format!("?since={revision}"), &[]);
        let mut objects = exporter.events("?feed=objects", &[("last-event-id", &revision.to_string())]);
        assert_eq!(deltas.expect("revision").data["revision"], revision);
        objects.expect("revision");
        let mut at = revision;
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let steps: [Step<'_>; 4] = [
            ("opened", Box::new(|| write("b.yaml", &route("b", "b.example.com")))),
            ("moved", Box::new(|| write("b.yaml", &route("b", "c.example.com")))),
            ("blocked", Box::new(|| write("b.yaml", &route("b", "c.example.com").replace("name: web", "name: gone")))),
            ("closed", Box::new(|| std::fs::remove_file(folder.path().join("a.yaml")).unwrap())),
        ];
        for (what, step) in steps {
            step();
            let event = deltas.expect("delta");
            assert_eq!(event.data["schema"], "gatescope/delta/v1");
            assert_eq!((event.data["from"].as_u64(), event.id.parse().ok()), (Some(at), event.data["revision"].as_u64()), "{what}");
            at = event.data["revision"].as_u64().unwrap();
            follow(&mut known, &event.data);
            assert_eq!(known, rows(&exporter), "{engine} {what}");
            let change = objects.expect("objects");
            assert_eq!((change.data["from"].clone(), change.data["revision"].clone()), (event.data["from"].clone(), event.data["revision"].clone()));
            let (applied, deleted) = (change.data["applied"].as_array().unwrap(), change.data["deleted"].as_array().unwrap());
            if what == "closed" {
                assert_eq!((applied.len(), deleted[0]["name"].as_str(), deleted[0]["kind"].as_str()), (0, Some("a"), Some("HTTPRoute")));
            } else {
                assert_eq!((applied[0]["metadata"]["name"].as_str(), deleted.len()), (Some("b"), 0));
            }
        }
        // A client that was away hears all of it again.
        let mut late = exporter.events("", &[("last-event-id", &revision.to_string())]);
        late.expect("revision");
        for _ in 0..4 {
            late.expect("delta");
        }
    }
}

#[test]
fn whoever_is_lost_starts_over() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg()]).ready();
    let now = exporter.json("/api/v1/runtime")["revision"].as_u64().unwrap();
    for lost in ["1", &(now + 1000).to_string()] {
        let mut events = exporter.events("", &[("last-event-id", lost)]);
        events.expect("revision");
        let resync = events.expect("resync");
        assert_eq!((resync.id.parse().ok(), resync.data["revision"].as_u64()), (Some(now), Some(now)));
    }
    let answer = exporter.ask("GET", "/api/v1/events", &[("last-event-id", "yesterday")]);
    assert_eq!(answer.status, 400);
    // What stands twice cannot be told as a change.
    let mut events = exporter.events("", &[]);
    events.expect("revision");
    let twice = format!("{}---\n{}", route("a", "a.example.com"), route("a", "b.example.com"));
    std::fs::write(folder.path().join("twice.yaml"), twice).unwrap();
    let resync = events.expect("resync");
    assert!(resync.data["revision"].as_u64().unwrap() > now);
    assert_eq!(hosts(&exporter), ["b.example.com"]);
    let findings = |exporter: &Exporter| exporter.get("/api/v1/findings").text().contains("HTTPRoute `a` stands in the input more than once");
    assert!(findings(&exporter), "{}", exporter.get("/api/v1/findings").text());
    std::fs::write(folder.path().join("twice.yaml"), route("a", "b.example.com")).unwrap();
    events.expect("resync");
    assert!(!findings(&exporter));
}

#[test]
fn a_slow_client_holds_up_nobody() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg()]).ready();
    // Never read from.
    let idle: Vec<_> = (0..20).map(|_| exporter.events("?feed=objects", &[])).collect();
    for round in 0..5 {
        let many: Vec<String> = (0..300).map(|i| route(&format!("r{i}"), &format!("h{i}-{round}.example.com"))).collect();
        std::fs::write(folder.path().join("many.yaml"), many.join("---\n")).unwrap();
        eventually("the change", || hosts(&exporter).contains(&format!("h299-{round}.example.com")).then_some(()));
    }
    assert_eq!(hosts(&exporter).len(), 300);
    drop(idle);
}

#[test]
fn streams_end_with_the_program() {
    let exporter = demo(&[]);
    let mut events = exporter.events("", &[]);
    events.expect("revision");
    let (code, took, log) = exporter.signal("TERM");
    assert_eq!(code, Some(0), "{log}");
    assert!(took.as_secs() < 10, "{took:?}");
    assert!(events.event().is_none());
}
