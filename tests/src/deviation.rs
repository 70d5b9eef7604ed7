//! Where we answer otherwise than a case, on purpose: `tests/deviations.json`, the only place.

use crate::judge::Verdict;
use crate::paths;
use serde::Deserialize;

/// One answer that differs on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Name of the case.
    pub case: String,
    /// The pass: `auto`, `standard` or a profile.
    pub profile: String,
    /// The assertion, as a failed run names it.
    pub what: String,
    /// Why we answer otherwise.
    pub why: String,
    /// The sentence that makes us right, and where it stands.
    pub spec: String,
}

impl Deviation {
    /// Is it about this verdict?
    pub fn covers(&self, case: &str, profile: &str, verdict: &Verdict) -> bool {
        self.case == case && self.profile == profile && self.what == verdict.what()
    }
}

/// All of them.
pub fn load() -> Result<Vec<Deviation>, String> {
    let path = paths::tests().join("deviations.json");
    let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let all: Vec<Deviation> = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    match all.iter().find(|d| d.why.trim().is_empty() || d.spec.trim().is_empty()) {
        Some(d) => Err(format!("deviation without an argument: {} {} {}", d.case, d.profile, d.what)),
        None => Ok(all),
    }
}
