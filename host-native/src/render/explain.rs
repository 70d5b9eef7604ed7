//! `explain`: the gates of one object, one by one.

use super::layout::Layout;
use super::rows;
use super::{findings, gates, object};
use crate::term::{Screen, safe, wrap};
use gatescope_core::diagnose::Info;
use gatescope_core::types::{Explanation, Exposure, Severity, Tri};
use std::fmt::Write as _;

/// An explanation as text. `all` are the report's rows, to name what shadows.
pub(crate) fn explanation(screen: Screen, x: &Explanation, all: &[Exposure]) -> String {
    let paint = screen.paint;
    let mut out = format!("{}  {}\n\n", paint.bold(&safe(&object(&x.subject))), verdict(x));
    let is_route = x.attachments.iter().all(|a| a.route == x.subject) && x.subject.kind.ends_with("Route");
    if !x.attachments.is_empty() {
        let _ = writeln!(out, "{}", paint.bold(if is_route { "Attachments" } else { "Routes that ask for it" }));
        for a in &x.attachments {
            gates::in_full(&mut out, paint, a, !is_route);
        }
        out.push('\n');
    }
    if !x.listeners.is_empty() {
        let _ = writeln!(out, "{}", paint.bold("Listeners"));
        for l in &x.listeners {
            let (word, paint_word): (String, fn(crate::term::Paint, &str) -> String) = match l.programmed {
                Some(true) if l.reasons.is_empty() => ("programmed".into(), crate::term::Paint::green),
                Some(true) => (format!("programmed, but {}", l.reasons.join(", ")), crate::term::Paint::yellow),
                Some(false) => (format!("not programmed: {}", l.reasons.join(", ")), crate::term::Paint::red),
                None => (format!("unknown: {}", l.cause.as_deref().unwrap_or_default()), crate::term::Paint::yellow),
            };
            let head = format!("{}  {} :{}  {}", l.name, l.protocol, l.port, l.hostname.as_deref().unwrap_or("every host"));
            let _ = writeln!(out, "  {}  {}", safe(&head), paint_word(paint, &safe(&word)));
            for (what, names) in [("certificate", l.tls.as_ref().map(|t| t.certificates.as_slice())), ("presumes", Some(l.assumes.as_slice()))] {
                for r in names.unwrap_or_default() {
                    let _ = writeln!(out, "    {} {}", paint.dim(what), safe(&object(r)));
                }
            }
        }
        out.push('\n');
    }
    if !x.exposures.is_empty() {
        rows_of(&mut out, screen, x, all);
    }
    if !x.findings.is_empty() {
        let _ = writeln!(out, "{}", paint.bold("Findings"));
        findings::list(&mut out, screen, &x.findings);
        out.push('\n');
    }
    if x.attachments.is_empty() && x.listeners.is_empty() && x.exposures.is_empty() && x.findings.is_empty() {
        let _ = writeln!(out, "Nothing refers to it, and nothing is wrong with it.");
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

/// What a finding means.
pub(crate) fn finding(screen: Screen, info: &Info) -> String {
    let paint = screen.paint;
    let severity = match info.severity {
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
        Severity::Info => paint.cyan("info"),
    };
    let mut out = format!("{}  {severity}  {}\n{}\n", paint.bold(info.code), info.name, info.title);
    for (label, text) in [("What it means", info.meaning), ("What to do", info.remedy)] {
        let _ = writeln!(out, "\n{}", paint.bold(label));
        for line in wrap(text, Some(screen.columns.unwrap_or(100).saturating_sub(2))) {
            let _ = writeln!(out, "  {line}");
        }
    }
    let rules: Vec<String> = info.rules.iter().map(ToString::to_string).collect();
    if !rules.is_empty() {
        let _ = writeln!(out, "\n{}", paint.dim(&format!("docs/rules.md: {}", rules.join(", "))));
    }
    out
}

/// The answer in a few words, for the first line.
fn verdict(x: &Explanation) -> String {
    let count = |t: Tri| x.attachments.iter().filter(|a| a.accepted == t).count();
    let (yes, no, unknown) = (count(Tri::True), count(Tri::False), count(Tri::Unknown));
    let mut parts = Vec::new();
    for (n, word) in [(yes, "attached"), (no, "refused"), (unknown, "unknown")] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let mut out = parts.join(", ");
    if !x.exposures.is_empty() {
        use gatescope_core::types::State as S;
        let rows = |s: S| x.exposures.iter().filter(|e| e.state == s).count();
        if !out.is_empty() {
            out.push_str(" · ");
        }
        out.push_str(&rows::states(rows(S::Exposed), rows(S::Shadowed), rows(S::Blocked), rows(S::Unknown)));
    }
    out
}

fn rows_of(out: &mut String, screen: Screen, x: &Explanation, all: &[Exposure]) {
    let winners = rows::Winners::of(all);
    let _ = writeln!(out, "{}", screen.paint.bold("Rows"));
    let rows = rows::rows(x.exposures.iter(), &winners);
    let mut layout = Layout::of(screen, 2, rows.iter());
    for row in &rows {
        layout.write(out, row);
    }
    out.push('\n');
}
