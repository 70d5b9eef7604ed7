//! SARIF that code-scanning services accept: the schema of OASIS, and what these services ask for besides.

use gatescope_tests::cli::{Folder, run_in};
use gatescope_tests::paths;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The schema that OASIS published (`tests/tools/install sarif-schema`).
fn schema() -> jsonschema::Validator {
    let tools = paths::tests().join("tools");
    let installed = Command::new(tools.join("install")).arg("sarif-schema").status().unwrap();
    assert!(installed.success(), "tests/tools/install sarif-schema");
    let path = Command::new(tools.join("path")).arg("sarif-schema").output().unwrap().stdout;
    let text = std::fs::read(String::from_utf8(path).unwrap().trim()).unwrap();
    let mut schema: Value = serde_json::from_slice(&text).unwrap();
    // As published, the pattern of a language is no regular expression (an unmatched `]`); we write no language.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern");
    }
    jsonschema::validator_for(&schema).unwrap()
}

/// What GitHub's upload documents beyond the schema; others ask for less.
fn as_services_want(log: &Value, name: &str) -> usize {
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}: a rule stands twice");
    for rule in rules {
        assert!(rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string(), "{name}: {rule}");
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() <= 25_000, "{name}: more results than are taken");
    let mut prints = BTreeSet::new();
    for r in results {
        let index = usize::try_from(r["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(r["ruleId"], ids[index], "{name}: {r}");
        assert!(["error", "warning", "note"].contains(&r["level"].as_str().unwrap()), "{name}: {r}");
        let print = r["partialFingerprints"]["gatescopeFinding/v1"].as_str().unwrap();
        assert!(prints.insert(print.to_owned()), "{name}: two results have the fingerprint {print}");
        let places = r["locations"].as_array().unwrap();
        assert_eq!(places.len(), 1, "{name}: one location is shown: {r}");
        if let Some(place) = places[0].get("physicalLocation") {
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.starts_with('/') && !uri.contains(".."), "{name}: {uri} does not lie in the repository");
            assert!(place["region"]["startLine"].as_u64().unwrap() > 0, "{name}: {r}");
        }
    }
    results.len()
}

#[test]
fn sarif_is_what_services_accept() {
    let schema = schema();
    let (mut logs, mut results) = (0, 0);
    let mut check = |folder: &Path, args: &[&str]| {
        let name = format!("{} in {}", args.join(" "), folder.display());
        let run = run_in(folder, args, b"");
        assert!(matches!(run.code, Some(0 | 1)), "{name}: {run:?}");
        let log = run.json();
        let errors: Vec<String> = schema.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        results += as_services_want(&log, &name);
        logs += 1;
    };
    let root = paths::workspace();
    let cluster = "deploy/example/cluster";
    check(&root, &["check", "-f", cluster, "--complete", "-o", "sarif"]);
    check(&root, &["check", "-f", cluster, "--complete", "--with", "deploy/example/pull-request.yaml", "--deny", "takeover", "-o", "sarif"]);
    check(&root, &["check", "-f", cluster, "--complete", "--baseline", "tests/transcripts/baseline.yaml", "-o", "sarif"]);
    // Every finding that there is, each from its own case.
    let mut cases: Vec<_> = std::fs::read_dir(paths::tests().join("cases")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    cases.sort();
    for case in &cases {
        let case: Value = serde_json::from_slice(&std::fs::read(case.join("case.json")).unwrap()).unwrap();
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": case["objects"]});
        let folder = Folder::with(&[("dump.json", list.to_string().as_bytes())]);
        check(folder.path(), &["check", "-f", "dump.json", "--fail-on", "info", "-o", "sarif"]);
    }
    println!("sarif: {logs} logs with {results} results");
    assert!(logs > 50 && results > 100, "{logs} logs, {results} results");
}
