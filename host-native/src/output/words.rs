//! What all pictures say, in words and signs: no state is told by colour alone.

use crate::term::safe;
use gatescope_core::layout::{Counts, Layout, Node};
use gatescope_core::types::{Severity, State};
use std::borrow::Cow;

/// In the order of legends.
pub(super) const STATES: [State; 4] = [State::Exposed, State::Shadowed, State::Blocked, State::Unknown];

pub(super) fn word(state: State) -> &'static str {
    match state {
        State::Exposed => "exposed",
        State::Shadowed => "shadowed",
        State::Blocked => "blocked",
        State::Unknown => "unknown",
    }
}

pub(super) fn sign(state: State) -> &'static str {
    match state {
        State::Exposed => "✓",
        State::Shadowed => "◐",
        State::Blocked => "✕",
        State::Unknown => "?",
    }
}

/// What a state means, for legends.
pub(super) fn meaning(state: State) -> &'static str {
    match state {
        State::Exposed => "exposed: requests reach it",
        State::Shadowed => "shadowed: another row takes its requests",
        State::Blocked => "blocked: cannot be served",
        State::Unknown => "unknown: cannot be told from the input",
    }
}

/// How many of a state, attachments without rows among them.
pub(super) fn of(counts: &Counts, state: State) -> u32 {
    match state {
        State::Exposed => counts.exposed,
        State::Shadowed => counts.shadowed,
        State::Blocked => counts.blocked.saturating_add(counts.refused),
        State::Unknown => counts.unknown.saturating_add(counts.pending),
    }
}

/// Whether its verdict is its own: it ends its row, or stands for others.
pub(super) fn is_end(node: &Node, next: Option<&Node>, index: usize) -> bool {
    node.folded > 0 || next.and_then(|n| n.parent).and_then(|p| usize::try_from(p).ok()) != Some(index)
}

/// `3 exposed, 1 blocked`; empty where there is nothing.
pub(super) fn counted(counts: &Counts) -> String {
    let one = |n: u32, word: &str| (n > 0).then(|| format!("{n} {word}"));
    let all = [
        one(counts.exposed, "exposed"),
        one(counts.shadowed, "shadowed"),
        one(counts.blocked, "blocked"),
        one(counts.unknown, "unknown"),
        one(counts.refused, if counts.refused == 1 { "refused route" } else { "refused routes" }),
        one(counts.pending, if counts.pending == 1 { "route unknown" } else { "routes unknown" }),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The headline.
pub(super) fn summary(layout: &Layout) -> String {
    match counted(&layout.counts) {
        none if none.is_empty() => "nothing is exposed".into(),
        some => some,
    }
}

/// What the picture does not show, each with its reason.
pub(super) fn omissions(layout: &Layout) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(of) = layout.of {
        out.push(format!("showing {} of {of} rows: the rest was filtered out", layout.counts.rows()));
    }
    if layout.folded > 0 {
        out.push(format!("{} boxes are folded into others to keep this readable: narrow it with -n, --gateway, --route or --host", layout.folded));
    }
    if layout.mesh > 0 {
        let s = if layout.mesh == 1 { "" } else { "s" };
        out.push(format!("{} mesh route{s} with a Service parent: not exposed by a gateway, not drawn", layout.mesh));
    }
    out
}

/// Text from outside with nothing in it that could act on its surroundings.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    safe(text)
}

/// The whole truth about a node, line by line, for tooltips.
pub(super) fn tooltip(node: &Node) -> Vec<String> {
    let mut out = vec![match node.object.as_ref().map(|o| o.kind.as_ref()) {
        Some(kind) if node.column.name() != "rule" => format!("{kind} {}", node.label),
        _ => node.label.clone(),
    }];
    out.push(node.detail.clone());
    out.push(node.reason.clone());
    out.push(counted(&node.counts));
    if node.folded > 0 {
        out.push(format!("{} boxes folded", node.folded));
    }
    out.extend(node.severity.map(|s| format!("findings: {}", severity(s))));
    out.retain(|line| !line.is_empty());
    out.iter().map(|line| clean(line).into_owned()).collect()
}

fn severity(s: Severity) -> &'static str {
    match s {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Shortened to `most` characters, the middle left out: both ends of a name tell.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.into();
    }
    let keep = most.saturating_sub(1);
    let tail = keep / 2;
    let head: String = text.chars().take(keep.saturating_sub(tail)).collect();
    let end: String = text.chars().skip(count.saturating_sub(tail)).collect();
    format!("{head}…{end}")
}
