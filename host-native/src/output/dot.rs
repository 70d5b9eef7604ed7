//! DOT, for Graphviz and what reads it.

use super::words;
use gatescope_core::layout::{Column, Layout, Node};
use gatescope_core::types::State;
use std::fmt::Write as _;

/// A digraph from left to right, one cluster for each Gateway. `pos` has the layout's own places, for `neato -n2`.
pub(crate) fn dot(layout: &Layout) -> String {
    let mut out = String::from("digraph gatescope {\n");
    let mut title = words::summary(layout);
    for note in words::omissions(layout) {
        title.push('\n');
        title.push_str(&note);
    }
    let _ = writeln!(
        out,
        "  graph [rankdir=LR, ordering=out, ranksep=0.5, nodesep=0.12, bgcolor=\"#ffffff\", fontname=\"Helvetica\", fontsize=12, labelloc=t, labeljust=l, label={}]",
        quoted(&title, "\\l", usize::MAX)
    );
    out.push_str("  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11, margin=\"0.12,0.05\", height=0.3, color=\"#8c959f\", fillcolor=\"#f6f8fa\", fontcolor=\"#1f2328\"]\n");
    out.push_str("  edge [arrowsize=0.6, color=\"#8c959f\"]\n");
    let mut in_gateway = false;
    for (i, node) in layout.nodes.iter().enumerate() {
        if node.column <= Column::Gateway && in_gateway {
            out.push_str("  }\n");
            in_gateway = false;
        }
        if node.column == Column::Gateway {
            let _ = writeln!(
                out,
                "  subgraph cluster_{i} {{\n    graph [style=\"rounded,filled\", color=\"#d0d7de\", fillcolor=\"#fbfcfd\", label={}]",
                quoted(&format!("Gateway {}", node.label), "\\l", 80)
            );
            in_gateway = true;
        }
        let end = words::is_end(node, layout.nodes.get(i.saturating_add(1)), i);
        let _ = writeln!(
            out,
            "  {}n{i} [label={}, tooltip={}{}, pos=\"{},{}!\"]",
            if in_gateway { "  " } else { "" },
            label(node, end),
            quoted(&words::tooltip(node).join("\n"), "\\n", usize::MAX),
            look(node, end),
            node.x,
            layout.height.saturating_sub(node.y)
        );
    }
    if in_gateway {
        out.push_str("  }\n");
    }
    // Graphviz stacks what it meets first lowest.
    for edge in layout.edges.iter().rev() {
        let style = match edge.state {
            Some(State::Exposed) => "color=\"#0072b2\", style=solid",
            Some(State::Shadowed) => "color=\"#b07a00\", style=dotted, penwidth=1.6",
            Some(State::Blocked) => "color=\"#c04a00\", style=dashed, arrowhead=tee",
            Some(State::Unknown) => "color=\"#a3507f\", style=dashed, arrowhead=odot",
            None => "style=solid, arrowhead=none",
        };
        let column = |i: u32| layout.nodes.get(usize::try_from(i).unwrap_or(usize::MAX)).map_or(0, |n| n.column.index());
        let span = column(edge.to).saturating_sub(column(edge.from)).max(1);
        let span = if span > 1 { format!(", minlen={span}") } else { String::new() };
        let cross = if edge.cross { ", constraint=false" } else { "" };
        let _ = writeln!(out, "  n{} -> n{} [{style}{span}{cross}]", edge.from, edge.to);
    }
    out.push_str("  subgraph cluster_legend {\n    graph [label=\"legend\", style=rounded, color=\"#d0d7de\"]\n");
    for state in words::STATES.into_iter().filter(|s| words::of(&layout.counts, *s) > 0) {
        let _ = writeln!(out, "    legend_{} [label=\"{} {}\"{}]", words::word(state), words::sign(state), words::meaning(state), fill(state));
    }
    out.push_str("    legend_end [label=\"\", style=invis, width=0, height=0]\n  }\n}\n");
    out
}

fn fill(state: State) -> &'static str {
    match state {
        State::Exposed => ", color=\"#0072b2\", fillcolor=\"#dcefff\", fontcolor=\"#00304d\", penwidth=1.5",
        State::Shadowed => ", color=\"#b07a00\", fillcolor=\"#fff3d1\", fontcolor=\"#4a3300\", penwidth=1.5, style=\"rounded,filled,dotted\"",
        State::Blocked => ", color=\"#c04a00\", fillcolor=\"#ffe3d6\", fontcolor=\"#571f00\", penwidth=1.5, style=\"rounded,filled,dashed\"",
        State::Unknown => ", color=\"#a3507f\", fillcolor=\"#f6e2ef\", fontcolor=\"#4d1338\", penwidth=1.5, style=\"filled,dashed\"",
    }
}

fn look(node: &Node, end: bool) -> String {
    let state = if node.folded > 0 { node.best } else { node.state };
    let mut out = String::new();
    if let (true, Some(state)) = (end, state) {
        out.push_str(fill(state));
    }
    if node.folded > 0 {
        out.push_str(", peripheries=2");
    }
    out
}

fn label(node: &Node, end: bool) -> String {
    let mut text = String::new();
    let state = if node.folded > 0 { node.best } else { node.state };
    if let (true, Some(state)) = (end, state) {
        text.push_str(words::sign(state));
        text.push(' ');
    }
    text.push_str(&words::shorten(&words::clean(&node.label), 48));
    let counts = if node.folded > 0 { words::counted(&node.counts) } else { String::new() };
    for line in [node.detail.as_str(), node.reason.as_str(), counts.as_str()].into_iter().filter(|l| !l.is_empty()) {
        text.push('\n');
        text.push_str(&words::shorten(&words::clean(line), 64));
    }
    quoted(&text, "\\n", usize::MAX)
}

/// A DOT string. Quotes and backslashes are escaped, `&` too, as Graphviz reads HTML entities in any string.
/// A line break of ours becomes `brk` (`\n` centred, `\l` to the left).
fn quoted(text: &str, brk: &str, most: usize) -> String {
    let mut out = String::from("\"");
    let lines: Vec<String> = text.split('\n').map(|l| words::shorten(&words::clean(l), most)).collect();
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push_str(brk);
        }
        for c in line.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                c => out.push(c),
            }
        }
    }
    if brk == "\\l" {
        out.push_str(brk);
    }
    out.push('"');
    out
}
