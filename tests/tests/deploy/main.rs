//! The Helm chart and the plain manifests: linted and rendered by real helm, applied to a real API server, and the
//! exporter runs there under the role that they give and no more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod chart;
mod image;
mod role;

use gatescope_tests::{cluster, paths};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

pub(crate) fn chart_folder() -> PathBuf {
    paths::workspace().join("deploy/helm/gatescope")
}

pub(crate) fn helm(args: &[&str]) -> Output {
    Command::new(cluster::tool("helm")).args(args).output().unwrap()
}

/// What the chart renders with these values; helm's refusal otherwise.
pub(crate) fn render(sets: &[&str]) -> Result<Vec<Value>, String> {
    let chart = chart_folder().display().to_string();
    let mut args = vec!["template", "gatescope", &chart, "--namespace", "gatescope", "--kube-version", "1.35.0"];
    for set in sets {
        args.extend(["--set", set]);
    }
    let said = helm(&args);
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into_owned());
    }
    Ok(documents(&String::from_utf8(said.stdout).unwrap()))
}

/// The objects of a YAML text.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let parts = text.split("\n---").map(|d| serde_saphyr::from_str::<Value>(d).unwrap_or_else(|e| panic!("{e}: {d}")));
    parts.filter(|v| v.is_object()).collect()
}

/// The one object of a kind whose name ends so.
pub(crate) fn one<'a>(objects: &'a [Value], kind: &str, end: &str) -> &'a Value {
    let found: Vec<&Value> = objects.iter().filter(|o| o["kind"] == kind && o["metadata"]["name"].as_str().unwrap().ends_with(end)).collect();
    assert_eq!(found.len(), 1, "{kind} …{end} in {:?}", objects.iter().map(|o| format!("{}/{}", o["kind"], o["metadata"]["name"])).collect::<Vec<_>>());
    found[0]
}
