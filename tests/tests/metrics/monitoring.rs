//! deploy/monitoring: rules by promtool's own judgement, dashboards by asking their queries of what the exporter shows.

use super::promql::{empty, having, scraped};
use super::*;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

fn folder() -> PathBuf {
    gatescope_tests::paths::workspace().join("deploy/monitoring")
}

fn promtool(args: &[&str]) -> String {
    let out = Command::new(tool::path("promtool")).args(args).current_dir(folder().join("alerts")).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "promtool {args:?}: {said}");
    said
}

#[test]
fn rules_are_sound_and_each_is_set_off_by_a_test() {
    let said = promtool(&["check", "rules", "gatescope.rules.yaml"]);
    assert!(said.contains("rules found"), "{said}");
    promtool(&["test", "rules", "gatescope.rules.test.yaml"]);
    let read = |name: &str| serde_saphyr::from_str::<Value>(&std::fs::read_to_string(folder().join("alerts").join(name)).unwrap()).unwrap();
    let (rules, tests) = (read("gatescope.rules.yaml"), read("gatescope.rules.test.yaml"));
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let alerts: BTreeSet<String> =
        list(&rules["groups"]).iter().flat_map(|g| list(&g["rules"])).map(|r| r["alert"].as_str().expect("an alert").to_owned()).collect();
    let set_off: BTreeSet<String> = list(&tests["tests"])
        .iter()
        .flat_map(|t| list(&t["alert_rule_test"]))
        .filter(|t| !list(&t["exp_alerts"]).is_empty())
        .map(|t| t["alertname"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(alerts, set_off, "an alert that no test sets off");
    // The series of these tests have only labels that there are, so that the alerts' labels are real.
    for series in list(&tests["tests"]).iter().flat_map(|t| list(&t["input_series"])) {
        let text = format!("{} 1", series["series"].as_str().unwrap());
        let series = super::line(&text);
        let base = ["_bucket"].iter().find_map(|s| series.name.strip_suffix(s)).unwrap_or(&series.name);
        let metric = gatescope::metrics::table().iter().find(|m| m.name == base).unwrap_or_else(|| panic!("{text}"));
        for label in series.labels.keys().filter(|l| !matches!(l.as_str(), "instance" | "le")) {
            assert!(metric.labels.contains(label), "{text} has {label}");
        }
    }
}

/// A query with every variable of the dashboard set to everything.
fn filled(query: &str, variables: &[String]) -> String {
    let mut out = query.to_owned();
    for name in variables {
        out = out.replace(&format!("\"${name}\""), "\".*\"").replace(&format!("\"${{{name}}}\""), "\".*\"");
    }
    assert!(!out.contains('$'), "a variable that the dashboard does not have: {query}");
    out
}

#[test]
fn dashboards_ask_for_what_there_is() {
    let series = scraped(&super::catalogue::everything());
    let mut uids = BTreeSet::new();
    for file in std::fs::read_dir(folder().join("dashboards")).unwrap().flatten() {
        let board: Value = serde_json::from_str(&std::fs::read_to_string(file.path()).unwrap()).unwrap();
        let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
        assert!(uids.insert(board["uid"].as_str().unwrap().to_owned()), "a uid twice");
        let variables: Vec<String> = list(&board["templating"]["list"]).iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect();
        let mut queries = Vec::new();
        for variable in list(&board["templating"]["list"]) {
            if variable["type"] == "query" {
                let query = filled(variable["query"]["query"].as_str().unwrap(), &variables);
                let inside = query.strip_prefix("label_values(").and_then(|q| q.strip_suffix(')')).unwrap();
                let (metric, label) = inside.rsplit_once(", ").unwrap();
                queries.push(having(metric, label));
            }
        }
        let (mut ids, mut panels) = (BTreeSet::new(), 0);
        for panel in list(&board["panels"]) {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "an id twice");
            let place = &panel["gridPos"];
            assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{}: {place}", panel["title"]);
            panels += usize::from(panel["type"] != "row");
            for target in list(&panel["targets"]) {
                let query = filled(target["expr"].as_str().unwrap(), &variables);
                // What is shown where there is nothing is no answer.
                let bare = query.strip_suffix(" or vector(0)").unwrap_or(&query).to_owned();
                // `== 0` asks for trouble, which need not be there.
                let calm = bare.replace(" == 0", "");
                for change in list(&panel["transformations"]).iter().filter(|t| t["id"] == "filterFieldsByName") {
                    for column in list(&change["options"]["include"]["names"]).iter().filter_map(Value::as_str).filter(|c| *c != "Value") {
                        queries.push(having(&calm, column));
                    }
                }
                queries.push(calm);
            }
        }
        assert!(panels >= 10, "{panels}");
        let none = empty(&series, &queries);
        assert!(none.is_empty(), "{}: {none:#?}", file.path().display());
    }
    assert_eq!(uids.len(), 3);
}
