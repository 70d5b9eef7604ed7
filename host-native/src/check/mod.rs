//! Findings as a gate: which of them fail a check, which are accepted, and which were there before.

mod baseline;
mod deny;
mod sarif;

pub(crate) use baseline::{Baseline, Entry};
pub(crate) use deny::Deny;
pub(crate) use sarif::sarif;

use crate::input::places::Place;
use baseline::Say;
use gatescope_core::diagnose;
use gatescope_core::types::{Finding, Severity};
use serde::Serialize;
use std::collections::BTreeSet;

/// Schema id of [`Outcome`].
const SCHEMA: &str = "gatescope/check/v1";

/// From which severity on a finding fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FailOn {
    Error,
    Warning,
    Info,
    /// Only what `--deny` names.
    None,
}

impl FailOn {
    fn takes(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity == Severity::Error,
            Self::Warning => severity <= Severity::Warning,
            Self::Info => true,
            Self::None => false,
        }
    }
}

/// What the check makes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fate {
    /// The check fails because of it.
    Fails,
    /// It does not count.
    Passes,
    /// The baseline accepts it.
    Accepted,
    /// It was there before the manifests of `--with`.
    Known,
}

/// A finding and its fate.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Judged {
    #[serde(flatten)]
    pub finding: Finding,
    /// The finding's short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    pub fate: Fate,
    /// `--deny` names it.
    pub denied: bool,
    /// The baseline's entry for it, also where that has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Accepted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// What a baseline says of a finding.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Accepted {
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    pub expired: bool,
}

/// What the check came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    schema: &'static str,
    pub passed: bool,
    pub fail_on: FailOn,
    pub deny: Vec<String>,
    pub findings: Vec<Judged>,
    /// Entries of the baseline that nothing needs any more, as `CODE SUBJECT`.
    pub unused: Vec<String>,
}

impl Outcome {
    /// Judges `findings`; those of `known` were there before and do not count.
    pub(crate) fn of(findings: Vec<Finding>, known: &BTreeSet<Finding>, fail_on: FailOn, deny: &Deny, baseline: &mut Baseline) -> Self {
        let mut judged: Vec<Judged> = findings.into_iter().map(|f| judge(f, known, fail_on, deny, baseline)).collect();
        judged.sort_by(|a, b| (a.fate != Fate::Fails, a.finding.severity, &a.finding).cmp(&(b.fate != Fate::Fails, b.finding.severity, &b.finding)));
        Self {
            schema: SCHEMA,
            passed: judged.iter().all(|j| j.fate != Fate::Fails),
            fail_on,
            deny: deny.words().to_vec(),
            unused: baseline.unused().iter().map(|e| format!("{} {}", e.code, e.subject)).collect(),
            findings: judged,
        }
    }

    /// How many findings have a fate.
    pub(crate) fn count(&self, fate: Fate) -> usize {
        self.findings.iter().filter(|j| j.fate == fate).count()
    }

    /// Notes where the findings stand.
    pub(crate) fn locate(&mut self, place: impl Fn(&Finding) -> Option<Place>) {
        for j in &mut self.findings {
            if let Some(Place { path, line }) = place(&j.finding) {
                (j.path, j.line) = (Some(path), Some(line));
            }
        }
    }
}

fn judge(finding: Finding, known: &BTreeSet<Finding>, fail_on: FailOn, deny: &Deny, baseline: &mut Baseline) -> Judged {
    let name = diagnose::info(&finding.code).map(|i| i.name);
    let denied = deny.takes(&finding.code);
    let accepted = match baseline.ask(&finding.code, name, &finding.subject) {
        Say::Nothing => None,
        Say::Accepted(e) => Some(accepted(e, false)),
        Say::Expired(e) => Some(accepted(e, true)),
    };
    let fate = match &accepted {
        _ if known.contains(&finding) => Fate::Known,
        Some(a) if !a.expired => Fate::Accepted,
        _ if denied || fail_on.takes(finding.severity) => Fate::Fails,
        _ => Fate::Passes,
    };
    Judged { finding, name, fate, denied, baseline: accepted, path: None, line: None }
}

fn accepted(e: &Entry, expired: bool) -> Accepted {
    Accepted { reason: e.reason.clone(), expiry: e.expiry.clone(), expired }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use gatescope_core::types::ObjectRef;

    pub(crate) fn finding(code: &str, severity: Severity) -> Finding {
        Finding {
            code: code.to_owned().into(),
            severity,
            subject: ObjectRef { kind: "HTTPRoute".into(), namespace: Some("shop".into()), name: "web".into() },
            message: "m".into(),
            hint: None,
            field: None,
            related: Vec::new(),
        }
    }

    fn fates(fail_on: FailOn, deny: &[&str], known: &[Finding]) -> Vec<(String, Fate)> {
        let deny = Deny::parse(&deny.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()).unwrap();
        let all = vec![finding("GS0102", Severity::Error), finding("GS9001", Severity::Warning), finding("GS9002", Severity::Info)];
        let outcome = Outcome::of(all, &known.iter().cloned().collect(), fail_on, &deny, &mut Baseline::default());
        let mut out: Vec<(String, Fate)> = outcome.findings.iter().map(|j| (j.finding.code.to_string(), j.fate)).collect();
        out.sort_by(|a, b| a.0.cmp(&b.0));
        out
    }

    #[test]
    fn severities_and_denials() {
        use Fate::{Fails as F, Known as K, Passes as P};
        let of = |fail_on, deny: &[&str], known: &[Finding]| fates(fail_on, deny, known).into_iter().map(|(_, f)| f).collect::<Vec<_>>();
        assert_eq!(of(FailOn::Error, &[], &[]), [F, P, P]);
        assert_eq!(of(FailOn::Warning, &[], &[]), [F, F, P]);
        assert_eq!(of(FailOn::None, &[], &[]), [P, P, P]);
        assert_eq!(of(FailOn::None, &["GS0102"], &[]), [F, P, P]);
        assert_eq!(of(FailOn::None, &["backend-not-found"], &[]), [F, P, P]);
        assert_eq!(of(FailOn::Info, &[], &[finding("GS0102", Severity::Error)]), [K, F, F]);
    }
}
