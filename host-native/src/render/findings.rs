//! Findings, worst first.

use super::{object, plural};
use crate::term::{Screen, safe, wrap};
use gatescope_core::types::{Finding, FindingCounts, Severity};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `2 errors, 3 warnings, 1 info`.
pub(crate) fn counts(c: &FindingCounts) -> String {
    let parts: Vec<String> = [(c.error, "error"), (c.warning, "warning")].into_iter().filter(|(n, _)| *n > 0).map(|(n, w)| plural(n, w)).collect();
    let info = (c.info > 0).then(|| format!("{} info", c.info));
    let all: Vec<String> = parts.into_iter().chain(info).collect();
    if all.is_empty() { "no findings".into() } else { all.join(", ") }
}

/// All of them with field, related objects and hint, errors first, wrapped to the screen. Of one code the first
/// ones stand for the rest: ten thousand of a kind tell nothing new, and hide the others.
pub(crate) fn list(out: &mut String, screen: Screen, findings: &[Finding]) {
    const OF_ONE_CODE: usize = 25;
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|f| f.severity);
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for f in &sorted {
        let n = told.entry(f.code.as_ref()).or_default();
        *n = n.saturating_add(1);
        if *n <= OF_ONE_CODE {
            one(out, screen, f, None);
        }
    }
    for (code, n) in told {
        if n > OF_ONE_CODE {
            let line = format!("and {} more {code}; -o json has them all, -n and --route narrow them down", n.saturating_sub(OF_ONE_CODE));
            let _ = writeln!(out, "  {}", screen.paint.yellow(&safe(&line)));
        }
    }
}

/// One finding; `place` is where its file has it.
pub(crate) fn one(out: &mut String, screen: Screen, f: &Finding, place: Option<&str>) {
    let paint = screen.paint;
    let word = match f.severity {
        Severity::Error => paint.red("error  "),
        Severity::Warning => paint.yellow("warning"),
        Severity::Info => paint.cyan("info   "),
    };
    let _ = writeln!(out, "  {word} {} {}", safe(&f.code), paint.bold(&safe(&object(&f.subject))));
    let body = screen.columns.map(|c| c.saturating_sub(10));
    for line in wrap(&safe(&f.message), body) {
        let _ = writeln!(out, "          {line}");
    }
    let at: Vec<&str> = [f.field.as_deref(), place].into_iter().flatten().collect();
    if !at.is_empty() {
        let _ = writeln!(out, "          {} {}", paint.dim("at"), safe(&at.join(", ")));
    }
    if !f.related.is_empty() {
        const SHOWN: usize = 4;
        let mut names: Vec<String> = f.related.iter().take(SHOWN).map(object).collect();
        if f.related.len() > SHOWN {
            names.push(format!("{} more", f.related.len().saturating_sub(SHOWN)));
        }
        let _ = writeln!(out, "          {} {}", paint.dim("with"), safe(&names.join(", ")));
    }
    if let Some(hint) = &f.hint {
        for (i, line) in wrap(&safe(hint), body.map(|c| c.saturating_sub(6))).iter().enumerate() {
            let _ = writeln!(out, "          {} {line}", if i == 0 { paint.cyan("hint:") } else { "     ".into() });
        }
    }
}
