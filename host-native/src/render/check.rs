//! `check` for people: what fails, then in one line why.

use super::{findings, plural};
use crate::check::{FailOn, Fate, Judged, Outcome};
use crate::term::{Screen, safe};
use std::fmt::Write as _;

/// The outcome as text: only what fails is told in full, the rest is counted.
pub(crate) fn check(screen: Screen, outcome: &Outcome) -> String {
    let paint = screen.paint;
    let mut out = String::new();
    for j in outcome.findings.iter().filter(|j| j.fate == Fate::Fails) {
        let place = j.path.as_ref().map(|p| format!("{p}:{}", j.line.unwrap_or(1)));
        findings::one(&mut out, screen, &j.finding, place.as_deref());
        if let Some(note) = note(j) {
            let _ = writeln!(out, "          {}", paint.yellow(&safe(&note)));
        }
    }
    if !outcome.passed {
        out.push('\n');
    }
    for entry in &outcome.unused {
        let _ = writeln!(out, "{}", paint.dim(&safe(&format!("no finding needs the baseline's entry for {entry} any more: take it out"))));
    }
    let _ = writeln!(out, "{}", verdict(screen, outcome));
    out
}

fn note(j: &Judged) -> Option<String> {
    let expired =
        j.baseline.as_ref().filter(|b| b.expired).map(|b| format!("accepted in the baseline until {}: {}", b.expiry.as_deref().unwrap_or_default(), b.reason));
    expired.or_else(|| j.denied.then(|| format!("denied by --deny {}", j.name.unwrap_or(&j.finding.code))))
}

fn verdict(screen: Screen, outcome: &Outcome) -> String {
    let count = |fate| outcome.count(fate);
    let asked = match outcome.fail_on {
        FailOn::Error => "error",
        FailOn::Warning => "warning",
        FailOn::Info => "info",
        FailOn::None => "none",
    };
    let mut parts = Vec::new();
    for (n, what) in [
        (count(Fate::Passes), "not counted"),
        (count(Fate::Accepted), "accepted by the baseline"),
        (count(Fate::Known), "there before the change (--all counts them)"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    let rest = if parts.is_empty() { String::new() } else { format!(" · {}", parts.join(" · ")) };
    let text = if outcome.passed { screen.paint.green("passed") } else { screen.paint.red(&format!("failed: {}", plural(count(Fate::Fails), "finding"))) };
    format!("check {text} · --fail-on {asked}{rest}")
}
