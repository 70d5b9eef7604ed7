//! Input that is made to hurt: depth and aliases.

use super::{GOOD, beside_good, resolve, rest_stands, route, says, unreadable};
use gatescope_tests::cli::Folder;
use std::time::Duration;

const DEEP: usize = 10_000;

#[test]
fn deep_json() {
    let text = format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let run = beside_good("deep.json", text.as_bytes());
    rest_stands(&run);
    says(&run, &["deep.json", "hint"]);
    let folder = Folder::with(&[("deep.json", text.as_bytes())]);
    unreadable(&resolve(&[&folder.file("deep.json")]), "deep.json");
}

/// An object that is deep and of no kind: told by its file, or as a finding about the kind that it lacks.
#[test]
fn deep_json_object() {
    let text = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    let run = beside_good("deep.json", text.as_bytes());
    rest_stands(&run);
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    let told = findings.iter().any(|f| f.to_string().contains("kind") || f.to_string().contains("apiVersion"));
    assert!(told || run.stderr.contains("deep.json"), "silently left out: {}", run.stdout);
}

#[test]
fn deep_yaml() {
    let flow = format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let block: String = (0..DEEP).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let dashes = format!("{}1\n", "- ".repeat(DEEP));
    for (name, text) in [("flow.yaml", flow), ("block.yaml", block), ("dashes.yaml", dashes)] {
        let run = beside_good(name, text.as_bytes());
        rest_stands(&run);
        says(&run, &[name]);
        assert!(run.took < Duration::from_secs(20), "{name}: {:?}", run.took);
    }
}

/// Deep inside an object of a known kind, where a decoder would follow; the objects around it stand.
#[test]
fn deep_within_an_object() {
    let deep = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    for field in ["spec", "status", "metadata"] {
        let object = format!(
            "{{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\",\"metadata\":{{\"namespace\":\"shop\",\"name\":\"deep\"}},\"{field}\":{deep}}}"
        );
        let run = beside_good("deep.json", object.as_bytes());
        rest_stands(&run);
    }
}

/// A billion laughs, in the values and in the keys of a mapping.
#[test]
fn aliases_multiply() {
    let mut bomb = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let of = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [of.as_str(); 9].join(", ")));
    }
    let run = beside_good("bomb.yaml", bomb.as_bytes());
    rest_stands(&run);
    says(&run, &["bomb.yaml", "hint"]);
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
    let folder = Folder::with(&[("bomb.yaml", bomb.as_bytes())]);
    unreadable(&resolve(&[&folder.file("bomb.yaml")]), "bomb.yaml");
}

/// Documents before and after the bomb in the same file are resolved.
#[test]
fn aliases_between_documents() {
    let mut bomb = String::from("x: &x [1, 1, 1, 1, 1, 1, 1, 1]\n");
    for level in 0..10 {
        let of = if level == 0 { "*x".to_owned() } else { format!("*y{}", level - 1) };
        bomb.push_str(&format!("y{level}: &y{level} [{}]\n", [of.as_str(); 8].join(", ")));
    }
    let after = route("after", "{parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80}]}]}");
    let text = format!("{GOOD}---\n{bomb}---\n{after}");
    let folder = Folder::with(&[("all.yaml", text.as_bytes())]);
    let run = resolve(&[&folder.file("all.yaml")]);
    rest_stands(&run);
    assert_eq!(run.states("after"), ["exposed"]);
}

/// Anchors in reasonable use are no bomb.
#[test]
fn aliases_in_use() {
    let text = route(
        "aliased",
        "{parentRefs: [{name: edge}], rules: [{backendRefs: &b [{name: web, port: 80}]}, {matches: [{path: {type: Exact, value: /x}}], backendRefs: *b}]}",
    );
    let run = beside_good("aliased.yaml", text.as_bytes());
    rest_stands(&run);
    assert_eq!(run.states("aliased"), ["exposed", "exposed"], "{}", run.stderr);
}
