//! Cases from disk.

use super::{Case, File};
use crate::paths;
use serde::Deserialize;
use std::path::Path;

/// The suites of `../shared/cases`.
pub const SHARED_SUITES: [&str; 5] = ["conf", "eg", "egx", "live-eg", "live-istio"];

/// What there was to load.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Cases, by suite and name.
    pub cases: Vec<Case>,
    /// Files that are no case, with why.
    pub broken: Vec<(String, String)>,
    /// Said out loud where the shared cases are not there.
    pub skipped: Option<String>,
}

/// Loads the shared cases and ours. `GATESCOPE_ONLY` keeps those whose `suite/name` contains it.
pub fn load() -> Loaded {
    let mut out = Loaded::default();
    let shared = paths::shared_cases();
    if shared.is_dir() {
        for path in entries(&shared) {
            let Some(name) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".json")) else {
                continue;
            };
            if name != "hostnames" {
                out.read(&path, name, suite(name));
            }
        }
    } else {
        out.skipped = Some(format!(
            "NOT RUN: all {} shared suites ({}) and hostnames.json, because `{}` is not there; set GATESCOPE_CASES",
            SHARED_SUITES.len(),
            SHARED_SUITES.join(", "),
            shared.display()
        ));
    }
    for folder in entries(&paths::own_cases()).into_iter().filter(|p| p.is_dir()) {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        out.read(&folder.join("case.json"), &name, "own");
    }
    out
}

impl Loaded {
    fn read(&mut self, path: &Path, name: &str, suite: &str) {
        if !wanted(&format!("{suite}/{name}")) {
            return;
        }
        let case = std::fs::read(path)
            .map_err(|e| e.to_string())
            .and_then(|text| serde_json::from_slice::<File>(&text).map_err(|e| e.to_string()))
            .and_then(|file| Case::from_file(name, suite, file));
        match case {
            Ok(case) => self.cases.push(case),
            Err(why) => self.broken.push((path.display().to_string(), why)),
        }
    }
}

fn wanted(name: &str) -> bool {
    std::env::var("GATESCOPE_ONLY").map_or(true, |only| name.contains(only.as_str()))
}

fn suite(name: &str) -> &str {
    let prefix = |s: &&str| name.strip_prefix(*s).is_some_and(|rest| rest.starts_with('-'));
    SHARED_SUITES.iter().copied().find(prefix).unwrap_or("other")
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut out: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    out.sort();
    out
}

/// A row of `hostnames.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// The listener's hostname; `*` for none.
    pub listener: String,
    /// The route's hostname; `*` for none.
    pub route: String,
    /// Their intersection; none where they do not meet.
    pub result: Option<String>,
    /// One of the two is no hostname.
    #[serde(default)]
    pub invalid: bool,
    /// Who says so.
    pub source: String,
}

/// The rows of `hostnames.json`; none where the shared cases are not there or are narrowed to others.
pub fn hostnames() -> Result<Vec<Hosts>, String> {
    let path = paths::shared_cases().join("hostnames.json");
    if !path.is_file() || !wanted("hostnames") {
        return Ok(Vec::new());
    }
    let text = std::fs::read(&path).map_err(|e| e.to_string())?;
    serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))
}
