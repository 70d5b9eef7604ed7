//! Findings: one finding, one file, with its code, severity, meaning, and the function that notices it.
//!
//! A new finding is a file with an [`Info`] and a function, and one line in [`catalogue`]. Findings about a
//! route are noticed when its rows are computed and kept with it; all others are kept by what they are about (engine/notes.rs).

mod catalogue;
mod departure;
pub(crate) mod issues;
pub(crate) mod route;
pub(crate) mod text;
pub(crate) mod whole;

use crate::engine::Engine;
use crate::types::{Finding, ObjectRef, Severity, Text};
use alloc::string::String;
use alloc::vec::Vec;
pub use catalogue::ALL as CATALOGUE;

/// What there is to know about a finding, offline: `gatescope explain GS0102`, docs/findings.
#[derive(Debug)]
pub struct Info {
    /// `GS` and four digits; never used again for another finding.
    pub code: &'static str,
    /// A short name in kebab case, which `check --deny` takes too.
    pub name: &'static str,
    /// Its severity; each code has one.
    pub severity: Severity,
    /// In a few words.
    pub title: &'static str,
    /// What it means for requests.
    pub meaning: &'static str,
    /// How to get rid of it.
    pub remedy: &'static str,
    /// The rules it rests on, as docs/rules.md numbers them.
    pub rules: &'static [u8],
}

/// The entry of a code (`GS0102`, in any case) or of a name.
pub fn info(word: &str) -> Option<&'static Info> {
    CATALOGUE.iter().copied().find(|i| i.code.eq_ignore_ascii_case(word) || i.name.eq_ignore_ascii_case(word))
}

/// A finding under construction.
pub(crate) struct Draft {
    finding: Finding,
}

impl Info {
    /// A finding of this kind: the message starts in lower case, has the user's values in backticks and no final period.
    pub(crate) fn about(&'static self, subject: ObjectRef, message: String) -> Draft {
        Draft { finding: Finding { code: Text::Borrowed(self.code), severity: self.severity, subject, message, hint: None, field: None, related: Vec::new() } }
    }
}

impl Draft {
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.finding.hint = Some(hint.into());
        self
    }
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.finding.field = Some(field.into());
        self
    }
    pub(crate) fn related(mut self, other: ObjectRef) -> Self {
        if other != self.finding.subject && !self.finding.related.contains(&other) {
            self.finding.related.push(other);
            crate::sort::natural(&mut self.finding.related);
        }
        self
    }
    pub(crate) fn done(self) -> Finding {
        self.finding
    }
}

/// Every finding, worst first, then by code, subject, field and message.
pub(crate) fn all(engine: &Engine) -> Vec<Finding> {
    let mut out: Vec<Finding> = engine.notes().all().cloned().collect();
    for (handle, _) in engine.facts().store.routes.iter() {
        if let Some(state) = engine.route_state(handle) {
            out.extend(state.findings().iter().cloned());
        }
    }
    sort(&mut out);
    out
}

/// The order of findings.
pub(crate) fn sort(findings: &mut Vec<Finding>) {
    crate::sort::by(findings, order);
    findings.dedup();
}

/// A total order: two findings that compare equal are equal.
pub(crate) fn order(a: &Finding, b: &Finding) -> core::cmp::Ordering {
    let key = |f: &Finding| f.severity;
    let rest = |a: &Finding, b: &Finding| (&a.field, &a.message, &a.hint, &a.related).cmp(&(&b.field, &b.message, &b.hint, &b.related));
    key(a).cmp(&key(b)).then_with(|| (&a.code, &a.subject).cmp(&(&b.code, &b.subject))).then_with(|| rest(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_in_order() {
        let codes: Vec<&str> = CATALOGUE.iter().map(|i| i.code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        for (i, a) in CATALOGUE.iter().enumerate() {
            assert!(a.code.len() == 6 && a.code.starts_with("GS"), "{}", a.code);
            assert!(!a.title.is_empty() && !a.meaning.is_empty() && !a.remedy.is_empty(), "{}", a.code);
            for b in CATALOGUE.iter().skip(i + 1) {
                assert!(a.code != b.code && a.name != b.name, "{} {}", a.code, b.code);
            }
        }
    }
}
