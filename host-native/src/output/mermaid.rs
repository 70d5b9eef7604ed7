//! Mermaid, for README files, issues and pull requests.

use super::words;
use gatescope_core::layout::{Column, Layout, Node};
use gatescope_core::types::State;
use std::fmt::Write as _;

/// A flowchart from left to right, one subgraph for each Gateway.
pub(crate) fn mermaid(layout: &Layout) -> String {
    let mut out = String::from("flowchart LR\n");
    for line in std::iter::once(words::summary(layout)).chain(words::omissions(layout)) {
        let _ = writeln!(out, "  %% {line}");
    }
    let mut in_gateway = false;
    for (i, node) in layout.nodes.iter().enumerate() {
        if node.column <= Column::Gateway && in_gateway {
            out.push_str("  end\n");
            in_gateway = false;
        }
        if node.column == Column::Gateway {
            let _ = writeln!(out, "  subgraph g{i}[\"Gateway {}\"]", text(&node.label, 60));
            in_gateway = true;
        }
        let (open, close) = shape(node);
        let class = node.state.map_or("idle", |s| if node.best == Some(State::Exposed) { "exposed" } else { words::word(s) });
        let end = words::is_end(node, layout.nodes.get(i.saturating_add(1)), i);
        let _ = writeln!(out, "  {}n{i}{open}\"{}\"{close}:::{}", if in_gateway { "  " } else { "" }, label(node, end), if end { class } else { "way" });
    }
    if in_gateway {
        out.push_str("  end\n");
    }
    for edge in &layout.edges {
        let arrow = match edge.state {
            Some(State::Exposed) => "-->",
            Some(State::Shadowed) => "-.->",
            Some(State::Blocked) => "--x",
            Some(State::Unknown) => "-.-o",
            None => "---",
        };
        let _ = writeln!(out, "  n{} {arrow} n{}", edge.from, edge.to);
    }
    legend(&mut out, layout);
    let gateways: String = layout.nodes.iter().enumerate().filter(|(_, n)| n.column == Column::Gateway).map(|(i, _)| format!("g{i},")).collect();
    let _ = writeln!(out, "  class {gateways}legend band");
    // Cards of their own light colour with dark text read the same on dark and on light pages. The hues are
    // those of Okabe and Ito, which stay apart in colour-blind vision.
    out.push_str(
        "  classDef band fill:transparent,stroke:#8c959f
  classDef way fill:#f6f8fa,stroke:#8c959f,color:#1f2328
  classDef idle fill:#f6f8fa,stroke:#8c959f,color:#57606a,stroke-dasharray:2 3
  classDef exposed fill:#dcefff,stroke:#0072b2,color:#00304d,stroke-width:2px
  classDef shadowed fill:#fff3d1,stroke:#b07a00,color:#4a3300,stroke-width:2px,stroke-dasharray:2 2
  classDef blocked fill:#ffe3d6,stroke:#c04a00,color:#571f00,stroke-width:2px,stroke-dasharray:7 3
  classDef unknown fill:#f6e2ef,stroke:#a3507f,color:#4d1338,stroke-width:2px,stroke-dasharray:7 3 2 3
",
    );
    out
}

/// The states that occur, with what they mean.
fn legend(out: &mut String, layout: &Layout) {
    out.push_str("  subgraph legend[\"gatescope\"]\n");
    for state in words::STATES.into_iter().filter(|s| words::of(&layout.counts, *s) > 0) {
        let _ = writeln!(out, "    l_{0}[\"{1} {2}\"]:::{0}", words::word(state), words::sign(state), words::meaning(state));
    }
    let notes = words::omissions(layout);
    if notes.is_empty() {
        let _ = writeln!(out, "    l_sum[\"{}\"]:::way", text(&words::summary(layout), 200));
    }
    for (i, note) in notes.iter().enumerate() {
        let _ = writeln!(out, "    l_note{i}[\"{}\"]:::way", text(note, 200));
    }
    out.push_str("  end\n");
}

fn shape(node: &Node) -> (&'static str, &'static str) {
    if node.folded > 0 {
        return ("[[", "]]");
    }
    match node.column {
        Column::Class | Column::Listener | Column::Route => ("[", "]"),
        Column::Gateway | Column::Hostname => ("([", "])"),
        Column::Rule => ("[", "]"),
        Column::Backend => ("(", ")"),
    }
}

fn label(node: &Node, end: bool) -> String {
    let mut out = String::new();
    if end && let Some(state) = node.state {
        out.push_str(words::sign(if node.folded > 0 { node.best.unwrap_or(state) } else { state }));
        out.push(' ');
    }
    out.push_str(&text(&node.label, 56));
    let counts = if node.folded > 0 { words::counted(&node.counts) } else { String::new() };
    for line in [node.detail.as_str(), node.reason.as_str(), counts.as_str()].into_iter().filter(|l| !l.is_empty()) {
        out.push_str("<br/>");
        out.push_str(&text(line, 72));
    }
    out
}

/// Everything but plain text as a character reference (`#` and `;` in Mermaid): quotes, HTML, Markdown, directives.
/// Mermaid takes more for its own: `www.` is a link to it, `1.` a list, `fa:fa-` an icon, `\n` a line break and
/// `style` with a colon after it a statement. A zero-width space parts what it decodes before it looks.
fn text(raw: &str, most: usize) -> String {
    let short = words::shorten(&words::clean(raw), most);
    let mut out = String::with_capacity(short.len());
    let mut before = ' ';
    for c in short.chars() {
        if (before == ':' && c == 'f') || (before == '\\' && c == 'n') {
            out.push_str("#8203;");
        }
        let dot = c == '.' && (before == 'w' || before.is_ascii_digit());
        if (c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | '/' | ',' | '…' | '·' | '=')) && !dot {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
        before = c;
    }
    out
}
