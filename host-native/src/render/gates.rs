//! Attachments and their gates.

use super::grid::Style;
use super::object;
use crate::term::{Paint, safe};
use gatescope_core::types::{Attachment, Gate, ParentRef, Tri};
use std::fmt::Write as _;

/// `Gateway infra/edge, section https, port 443`.
pub(crate) fn parent(p: &ParentRef) -> String {
    let mut out = format!("{} {}/{}", p.kind, p.namespace, p.name);
    if let Some(section) = &p.section_name {
        let _ = write!(out, ", section {section}");
    }
    if let Some(port) = p.port {
        let _ = write!(out, ", port {port}");
    }
    out
}

/// The verdict on an attachment.
pub(crate) fn accepted(a: &Attachment) -> (String, Style) {
    match a.accepted {
        Tri::True => ("attached".into(), Style::Green),
        Tri::False => (format!("refused: {}", a.reason), Style::Red),
        Tri::Unknown => (format!("unknown: {}", a.cause.as_deref().unwrap_or(&a.reason)), Style::Yellow),
    }
}

/// Per listener the gate that decided: the first that failed, or else the first that is unknown. Each once.
fn deciding(gates: &[Gate]) -> Vec<&Gate> {
    let mut out: Vec<&Gate> = Vec::new();
    let mut start = 0usize;
    while let Some(first) = gates.get(start) {
        let len = gates.iter().skip(start).take_while(|g| g.listener == first.listener).count().max(1);
        let end = start.saturating_add(len);
        let of_one = gates.get(start..end).unwrap_or_default();
        let found = of_one.iter().find(|g| g.passed == Some(false)).or_else(|| of_one.iter().find(|g| g.passed.is_none()));
        out.extend(found);
        start = end;
    }
    out
}

/// Why a parent refuses, a line for each listener that was meant. Where the route names a section or port, the
/// other listeners are none of its business; where no listener has it, one line says which there are.
pub(crate) fn why(a: &Attachment) -> Vec<String> {
    let deciding = deciding(&a.gates);
    let aside = |g: &&&Gate| matches!(g.gate.as_ref(), "section" | "port") && g.passed == Some(false);
    let meant: Vec<&&Gate> = deciding.iter().filter(|g| !aside(g)).collect();
    if !meant.is_empty() {
        return meant.iter().map(|g| gate(g)).collect();
    }
    let there = |what: &str| {
        let mut wanted: Vec<&str> = deciding.iter().filter(|g| g.gate == what).map(|g| g.wanted.as_str()).collect();
        wanted.dedup();
        wanted
    };
    let mut out = Vec::new();
    for (what, asked) in [("section", a.parent_ref.section_name.clone()), ("port", a.parent_ref.port.map(|p| p.to_string()))] {
        let (Some(asked), list) = (asked, there(what)) else { continue };
        if list.is_empty() {
            continue;
        }
        let near = crate::suggest::closest(&asked, list.iter().copied()).map(|n| format!("; did you mean {n}?")).unwrap_or_default();
        let noun = if what == "section" { "listener is called" } else { "listener has port" };
        out.push(format!("no {noun} {asked}; there are {}{near}", list.join(", ")));
    }
    if out.is_empty() { deciding.iter().map(|g| gate(g)).collect() } else { out }
}

/// `listener https: its namespace wanted Same (infra), found shop`.
pub(crate) fn gate(g: &Gate) -> String {
    let mut out = if g.listener.is_empty() { String::new() } else { format!("listener {}: ", g.listener) };
    out.push_str(&g.gate);
    if !g.wanted.is_empty() {
        let _ = write!(out, ": wants {}", g.wanted);
    }
    if !g.found.is_empty() {
        let _ = write!(out, "{} {}", if g.wanted.is_empty() { ": found" } else { ", found" }, g.found);
    }
    out
}

/// An attachment in full: every gate with ✓, ✗ or ?, the first failure of each listener marked and told.
pub(crate) fn in_full(out: &mut String, paint: Paint, a: &Attachment, with_route: bool) {
    let (word, style) = accepted(a);
    let head = if with_route { object(&a.route) } else { format!("→ {}", parent(&a.parent_ref)) };
    let _ = writeln!(out, "  {}  {}", paint.bold(&safe(&head)), style.paint(paint, &safe(&word)));
    let aside = aside(a);
    let mut listener: Option<&str> = None;
    let mut failed = false;
    for g in a.gates.iter().filter(|g| !aside.contains(&g.listener.as_str())) {
        if listener != Some(&g.listener) {
            failed = false;
            listener = Some(&g.listener);
            let name = if g.listener.is_empty() { format!("the {}", a.parent_ref.kind) } else { format!("listener {}", g.listener) };
            let took = if a.listeners.contains(&g.listener) { paint.green("  attached") } else { String::new() };
            let _ = writeln!(out, "    {}{took}", safe(&name));
        }
        one(out, paint, g, &mut failed);
    }
    if !aside.is_empty() && aside.len() == listeners(&a.gates).len() {
        for line in why(a) {
            let _ = writeln!(out, "      {} {}", paint.red("✗"), safe(&line));
        }
    } else if !aside.is_empty() {
        let line = format!("not asked for: listener {}", aside.join(", "));
        let _ = writeln!(out, "    {}", paint.dim(&safe(&line)));
    }
    if a.resolved_refs != Tri::True {
        let _ = writeln!(out, "    {} references: {}", paint.yellow("!"), safe(&a.resolved_refs_reason));
    }
    if let Some(r) = &a.reported {
        let stale = if r.current { "" } else { ", of an older generation" };
        let drift = if a.drift { paint.red("  differs from what gatescope computes") } else { String::new() };
        let line = format!("reported by {}: Accepted={:?} ResolvedRefs={:?}{stale}", r.controller, r.accepted, r.resolved_refs);
        let _ = writeln!(out, "    {}{drift}", paint.dim(&safe(&line)));
    }
}

/// One gate: a line where it passed, what was wanted and found where it did not.
fn one(out: &mut String, paint: Paint, g: &Gate, failed: &mut bool) {
    let mark = match g.passed {
        Some(true) => paint.green("✓"),
        Some(false) => paint.red("✗"),
        None => paint.yellow("?"),
    };
    let first = g.passed == Some(false) && !*failed;
    *failed |= first;
    let note = if first { paint.red("  ← first to fail") } else { String::new() };
    let name = format!("{:<17}", safe(&g.gate));
    if g.passed == Some(true) {
        let what = if g.found.is_empty() { &g.wanted } else { &g.found };
        let _ = writeln!(out, "      {mark} {name} {}", paint.dim(&safe(what)).trim_end());
        return;
    }
    let _ = writeln!(out, "      {mark} {}{note}", paint.bold(name.trim_end()));
    if !g.wanted.is_empty() {
        let _ = writeln!(out, "          wanted  {}", safe(&g.wanted));
    }
    if !g.found.is_empty() {
        let _ = writeln!(out, "          found   {}", safe(&g.found));
    }
}

/// Names of the listeners that were asked, each once; the parent itself has none.
fn listeners(gates: &[Gate]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for g in gates {
        if !g.listener.is_empty() && !names.contains(&g.listener.as_str()) {
            names.push(&g.listener);
        }
    }
    names
}

/// Listeners that the parentRef's section or port leaves out.
fn aside(a: &Attachment) -> Vec<&str> {
    let out = |name: &&str| a.gates.iter().any(|g| g.listener == **name && g.passed == Some(false) && matches!(g.gate.as_ref(), "section" | "port"));
    listeners(&a.gates).into_iter().filter(out).collect()
}
