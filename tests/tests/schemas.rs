//! The published JSON Schemas are those of the types, and the report, the delta and the snapshot of every case
//! meet them. `BLESS=1 cargo test -p gatescope-tests --test schemas` writes `docs/schemas/*.json` anew.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_core::{Change, Engine, schema};
use gatescope_tests::case::{self, Case, Choice};
use gatescope_tests::{paths, run};
use jsonschema::Validator;
use serde_json::{Value, json};

fn text(schema: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(schema).unwrap())
}

fn named(name: &str) -> Value {
    schema::all().into_iter().find(|(n, _)| *n == name).unwrap().1
}

/// The schema as published, but without room for members that it does not name: what we print is all described.
fn strict(name: &str) -> Validator {
    let mut schema = named(name);
    close(&mut schema);
    compile(&schema)
}

fn compile(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).unwrap()
}

fn close(value: &mut Value) {
    if let Value::Object(map) = value {
        if map.contains_key("properties") {
            map.insert("additionalProperties".into(), false.into());
        }
        map.values_mut().for_each(close);
    } else if let Value::Array(list) = value {
        list.iter_mut().for_each(close);
    }
}

fn meets(validator: &Validator, what: &str, value: &Value) {
    let errors: Vec<String> = validator.iter_errors(value).take(3).map(|e| format!("at {}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{what}:\n{}", errors.join("\n"));
}

fn cases() -> Vec<Case> {
    let loaded = case::load();
    if let Some(skipped) = &loaded.skipped {
        println!("{skipped}");
    }
    assert!(!loaded.cases.is_empty());
    loaded.cases
}

#[test]
fn published_schemas_are_those_of_the_types() {
    let folder = paths::workspace().join("docs/schemas");
    let bless = std::env::var_os("BLESS").is_some();
    for (name, schema) in schema::all() {
        let path = folder.join(format!("{name}.json"));
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text(&schema)).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == text(&schema), "{} is out of date: run `BLESS=1 cargo test -p gatescope-tests --test schemas`", path.display());
    }
}

#[test]
fn schemas_are_schemas_and_described() {
    for (name, schema) in schema::all() {
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        let defs = schema["$defs"].as_object().unwrap();
        for (def, body) in defs.iter().map(|(k, v)| (k.as_str(), v)).chain([("root", &schema)]) {
            assert!(body["description"].is_string() && body["title"].is_string(), "{name}: {def}");
            for (field, body) in body["properties"].as_object().into_iter().flatten() {
                assert!(body["description"].is_string(), "{name}: {def}.{field}");
            }
        }
        let text = text(&schema);
        assert!(!text.contains("\"null\"") && !text.contains("[`") && !text.contains("uint"), "{name}");
    }
}

#[test]
fn every_report_meets_the_schema() {
    let validator = strict("report-v1");
    let mut reports = 0;
    for case in cases() {
        let choices: Vec<Choice> = case.passes.iter().map(|p| p.choice.clone()).chain([Choice::Auto]).collect();
        for choice in choices {
            let Some(resolved) = run::resolve(&case, &choice) else { continue };
            let report = serde_json::to_value(&resolved.unwrap_or_else(|e| panic!("{}: {e}", case.name)).report).unwrap();
            meets(&validator, &format!("{}/{}", case.suite, case.name), &report);
            reports += 1;
        }
    }
    println!("{reports} reports");
}

#[test]
fn every_delta_meets_the_schema() {
    let validator = strict("delta-v1");
    for case in cases() {
        let mut engine = Engine::new(run::settings(&case, &Choice::Auto).unwrap());
        let whole = run::text(&case, &case.objects);
        let half = run::text(&case, &case.objects[..case.objects.len() / 2]);
        for text in [half, whole] {
            let (delta, errors) = engine.apply(&[Change::Json(text.as_bytes())]);
            assert!(errors.is_empty(), "{}", case.name);
            meets(&validator, &format!("{}/{}", case.suite, case.name), &serde_json::to_value(&delta).unwrap());
        }
    }
}

#[test]
fn every_snapshot_meets_the_schema() {
    let validator = compile(&named("snapshot-v1"));
    // One case is about objects that the schema refuses.
    for case in cases().into_iter().filter(|c| c.name != "finding-gs0001-unreadable-object") {
        let mut lists = case.lists.clone();
        lists.collected.get_or_insert_default();
        let case = Case { lists, ..case };
        let snapshot: Value = serde_json::from_str(&run::text(&case, &case.objects)).unwrap();
        meets(&validator, &format!("{}/{}", case.suite, case.name), &snapshot);
    }
}

#[test]
fn what_is_wrong_is_refused() {
    let report = compile(&named("report-v1"));
    let good = serde_json::to_value(Engine::default().report()).unwrap();
    meets(&report, "an empty report", &good);
    let mut more = good.clone();
    more["runtime"] = json!({"revision": 3});
    meets(&report, "a field more", &more);
    for (field, bad) in [("schema", json!("gatescope/report/v2")), ("exposures", Value::Null), ("summary", json!({}))] {
        let mut report_bad = good.clone();
        report_bad[field] = bad;
        assert!(!report.is_valid(&report_bad), "{field}");
    }
    let snapshot = compile(&named("snapshot-v1"));
    assert!(!snapshot.is_valid(&json!({"schema": "gatescope/snapshot/v1", "objects": []})), "collected is required");
    assert!(snapshot.is_valid(&json!({"schema": "gatescope/snapshot/v1", "collected": [], "objects": []})));
}
