//! SVG: one self-contained file without scripts or outside fonts, for dark and light, screen and print.
#![expect(clippy::arithmetic_side_effects, reason = "lengths of a picture of at most 12,000 boxes, far from the end of their type")]

use super::words;
use gatescope_core::layout::{Column, Layout, Node};
use gatescope_core::types::{Reach, Severity, State};
use std::fmt::Write as _;

const MARGIN: u32 = 24;
/// Space beneath a box, out of the height of its row.
const GAP: u32 = 6;
/// Where the trunk of a subtree runs, from the right edge of its box.
const TRUNK: u32 = 12;

/// Reasons are 11 pixels high and bold, which is as wide as this many.
const BOLD: u32 = 12;

/// The picture.
pub(crate) fn svg(layout: &Layout) -> String {
    let mut out = String::with_capacity(layout.nodes.len().saturating_mul(900).saturating_add(8_192));
    let notes = words::omissions(layout);
    let legend_at = 54;
    let notes_at = legend_at + 24;
    let heads_at = notes_at + 18 * u32::try_from(notes.len()).unwrap_or_default() + 20;
    let top = heads_at + 16;
    let (width, height) = (layout.width + 2 * MARGIN, top + layout.height + MARGIN);
    let summary = words::summary(layout);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gs\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"gs-t gs-d\">
<title id=\"gs-t\">Gateway API topology</title>
<desc id=\"gs-d\">{summary}. Columns from left to right: class, gateway, listener, hostname, route, rule, backend.</desc>
{}",
        include_str!("svg.style.xml")
    );
    clips(&mut out, layout, height);
    let _ = write!(out, "<rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n<text class=\"h1\" x=\"{MARGIN}\" y=\"34\">{}</text>\n", escape(&summary));
    legend(&mut out, legend_at);
    for (note, i) in notes.iter().zip(0_u32..) {
        let _ = writeln!(out, "<text class=\"d\" x=\"{MARGIN}\" y=\"{}\">{}</text>", notes_at + 6 + 18 * i, escape(note));
    }
    let _ = writeln!(out, "<g transform=\"translate({MARGIN} {top})\">");
    for cell in &layout.columns {
        let _ = writeln!(out, "<text class=\"h2\" x=\"{}\" y=\"-12\">{}</text>", cell.x + 1, cell.column.name().to_uppercase());
    }
    bands(&mut out, layout);
    edges(&mut out, layout);
    for (i, node) in layout.nodes.iter().enumerate() {
        let end = words::is_end(node, layout.nodes.get(i.saturating_add(1)), i);
        one(&mut out, layout, node, end);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Text never leaves its column, whatever font stands in.
fn clips(out: &mut String, layout: &Layout, height: u32) {
    out.push_str("<defs>");
    for (cell, i) in layout.columns.iter().zip(0_u32..) {
        let _ = write!(out, "<clipPath id=\"gs-c{i}\"><rect x=\"{}\" y=\"-40\" width=\"{}\" height=\"{height}\"/></clipPath>", cell.x, cell.width);
    }
    out.push_str("</defs>\n");
}

fn legend(out: &mut String, y: u32) {
    let mut x = MARGIN;
    for state in words::STATES {
        let text = words::meaning(state);
        let _ = write!(
            out,
            "<use href=\"#gs-{0}\" x=\"{x}\" y=\"{1}\" width=\"14\" height=\"14\"/><text class=\"d\" x=\"{2}\" y=\"{3}\">{text}</text>",
            words::word(state),
            y,
            x + 20,
            y + 11
        );
        x += 20 + pixels(text, 11) + 26;
    }
    for (id, text) in [("error", "finding: error"), ("warning", "finding: warning")] {
        let _ = write!(
            out,
            "<use href=\"#gs-{id}\" x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\"/><text class=\"d\" x=\"{}\" y=\"{}\">{text}</text>",
            x + 20,
            y + 11
        );
        x += 20 + pixels(text, 11) + 26;
    }
    out.push('\n');
}

/// A band behind each Gateway.
fn bands(out: &mut String, layout: &Layout) {
    for node in layout.nodes.iter().filter(|n| n.column == Column::Gateway) {
        let x = node.x.saturating_sub(8);
        let _ = writeln!(
            out,
            "<rect class=\"band\" x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>",
            i64::from(node.y) - 8,
            layout.width + 8 - x,
            node.height + 16 - GAP
        );
    }
}

fn index(i: u32) -> usize {
    usize::try_from(i).unwrap_or(usize::MAX)
}

/// One neutral trunk for each parent, and a stub in the state's line and colour for each child. What is served is
/// drawn last, so that it stays on top.
fn edges(out: &mut String, layout: &Layout) {
    let half = layout.row.saturating_sub(GAP) / 2;
    let width = |n: &Node| layout.columns.get(n.column.index()).map_or(0, |c| c.width);
    let mut trunks: Vec<Option<u32>> = vec![None; layout.nodes.len()];
    let mut stubs: Vec<(Option<State>, String)> = Vec::new();
    let mut crossing = String::new();
    for edge in &layout.edges {
        let (Some(from), Some(to)) = (layout.nodes.get(index(edge.from)), layout.nodes.get(index(edge.to))) else { continue };
        let right = from.x + width(from);
        if edge.cross {
            let (y1, y2) = (from.y + half, to.y + half);
            let _ = writeln!(
                crossing,
                "<path class=\"e {}\" d=\"M{right} {y1}C{} {y1} {} {y2} {} {y2}\"/>",
                class(edge.state),
                right + 30,
                to.x.saturating_sub(30),
                to.x
            );
            continue;
        }
        if let Some(trunk) = trunks.get_mut(index(edge.from)) {
            *trunk = Some(to.y);
        }
        stubs.push((edge.state, format!("<path class=\"e {}\" d=\"M{} {}H{}\"/>\n", class(edge.state), right + TRUNK, to.y + half, to.x)));
    }
    for (node, last) in layout.nodes.iter().zip(&trunks) {
        let Some(last) = last else { continue };
        let (right, y) = (node.x + width(node), node.y + half);
        if *last > node.y {
            let _ = writeln!(out, "<path class=\"t\" d=\"M{} {y}V{}\"/>", right + TRUNK, last + half);
        }
        stubs.push((node.best, format!("<path class=\"e {}\" d=\"M{right} {y}h{TRUNK}\"/>\n", class(node.best))));
    }
    stubs.sort_by_key(|(state, _)| match state {
        None => 0,
        Some(State::Unknown) => 1,
        Some(State::Blocked) => 2,
        Some(State::Shadowed) => 3,
        Some(State::Exposed) => 4,
    });
    for (_, stub) in stubs {
        out.push_str(&stub);
    }
    out.push_str(&crossing);
}

fn class(state: Option<State>) -> &'static str {
    state.map_or("idle", words::word)
}

/// What stands at the right of a box: findings, and the states that deserve a look.
fn badges(node: &Node, end: bool) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    match node.severity {
        Some(Severity::Error) => out.push(("error", String::new())),
        Some(Severity::Warning) => out.push(("warning", String::new())),
        Some(Severity::Info) | None => {}
    }
    let single = end && node.folded == 0;
    if single {
        out.extend(node.state.map(|s| (words::word(s), String::new())));
        return out;
    }
    // Gateways, listeners and hostnames say what is wrong beyond them; class, route and rule would repeat it.
    if matches!(node.column, Column::Class | Column::Route | Column::Rule) && node.folded == 0 {
        return out;
    }
    let shown = if node.folded > 0 { &words::STATES[..] } else { words::STATES.get(1..).unwrap_or_default() };
    for state in shown {
        let n = words::of(&node.counts, *state);
        if n > 0 {
            out.push((words::word(*state), n.to_string()));
        }
    }
    out
}

fn one(out: &mut String, layout: &Layout, node: &Node, end: bool) {
    let width = layout.columns.get(node.column.index()).map_or(0, |c| c.width);
    let (x, y, high) = (node.x, node.y, layout.row.saturating_sub(GAP));
    let compact = high < 30;
    let look = match (end, node.state) {
        (true, Some(state)) => words::word(if node.folded > 0 { node.best.unwrap_or(state) } else { state }),
        (true, None) => "idle",
        (false, _) => "way",
    };
    let _ = write!(out, "<g><title>{}</title>", escape(&words::tooltip(node).join("\n")));
    if node.folded > 0 {
        let _ = write!(out, "<rect class=\"n {look}\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{high}\" rx=\"6\"/>", x + 3, y + 3);
    }
    let _ = write!(out, "<rect class=\"n {look}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{high}\" rx=\"6\"/>");
    if end && node.state.is_some() {
        let _ = write!(out, "<path class=\"bar {look}\" d=\"M{} {y}h-2a6 6 0 0 0-6 6v{}a6 6 0 0 0 6 6h2z\"/>", x + 8 - 4, high.saturating_sub(12));
    }
    let mut right = x + width - 8;
    let badge_y = if compact { y + high / 2 } else { y + 12 };
    for (id, n) in badges(node, end).iter().rev() {
        if !n.is_empty() {
            let _ = write!(out, "<text class=\"b\" x=\"{right}\" y=\"{}\">{n}</text>", badge_y + 4);
            right = right.saturating_sub(pixels(n, 10) + 2);
        }
        right = right.saturating_sub(12);
        let _ = write!(out, "<use href=\"#gs-{id}\" x=\"{right}\" y=\"{}\" width=\"12\" height=\"12\"/>", badge_y.saturating_sub(6));
        right = right.saturating_sub(5);
    }
    let left = x + 12;
    let room = right.saturating_sub(left + 2);
    let full = (x + width).saturating_sub(left + 8);
    // The reason of what ends early has the empty columns beside it.
    let beside = end && node.column < Column::Backend && !node.reason.is_empty();
    if beside {
        let (at, room) = (x + width + 10, layout.width.saturating_sub(x + width + 18));
        let reason = words::clean(&node.reason);
        let _ = write!(
            out,
            "<text class=\"d\" x=\"{at}\" y=\"{}\"><tspan class=\"r {}\">{}</tspan></text>",
            y + high / 2 + 4,
            class(node.state),
            escape(&cut(&reason, room))
        );
    }
    let bare;
    let node = if beside {
        bare = Node { reason: String::new(), ..node.clone() };
        &bare
    } else {
        node
    };
    let clip = node.column.index();
    let _ = write!(out, "<g clip-path=\"url(#gs-c{clip})\">");
    if compact {
        line(out, node, left, y + high / 2 + 4, room)
    } else {
        lines(out, node, left, y, room, full)
    }
    out.push_str("</g></g>\n");
}

fn detail(node: &Node) -> String {
    let reach = match (node.column, node.reach) {
        (Column::Gateway, Some(Reach::External)) => "external",
        (Column::Gateway, Some(Reach::Internal)) => "internal",
        _ => "",
    };
    [node.detail.as_str(), reach].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Label over detail; a label without detail may take both lines.
fn lines(out: &mut String, node: &Node, left: u32, y: u32, room: u32, full: u32) {
    let (label, detail, reason) = (words::clean(&node.label), detail(node), words::clean(&node.reason));
    if detail.is_empty() && reason.is_empty() {
        match wrapped(&label, room, full) {
            Some((first, second)) => {
                let _ = write!(
                    out,
                    "<text class=\"l\" x=\"{left}\" y=\"{}\">{}</text><text class=\"l\" x=\"{left}\" y=\"{}\">{}</text>",
                    y + 15,
                    escape(&first),
                    y + 29,
                    escape(&second)
                );
            }
            None => {
                let _ = write!(out, "<text class=\"l\" x=\"{left}\" y=\"{}\">{}</text>", y + 21, escape(&label));
            }
        }
        return;
    }
    let _ = write!(out, "<text class=\"l\" x=\"{left}\" y=\"{}\">{}</text>", y + 15, escape(&fit(&label, room, 12)));
    let _ = write!(out, "<text class=\"d\" x=\"{left}\" y=\"{}\">{}</text>", y + 28, under(node, &reason, &words::clean(&detail), full));
}

/// The reason in the colour of the state, then the quiet facts, in as much room as there is.
fn under(node: &Node, reason: &str, detail: &str, room: u32) -> String {
    if reason.is_empty() {
        return escape(&fit(detail, room, 11));
    }
    let shown = cut(reason, room);
    let left = room.saturating_sub(pixels(&shown, BOLD) + 14);
    let look = if node.state == Some(State::Exposed) { "" } else { class(node.state) };
    let mut out = format!("<tspan class=\"r {look}\">{}</tspan>", escape(&shown));
    if !detail.is_empty() && left > 40 {
        let _ = write!(out, " · {}", escape(&fit(detail, left, 11)));
    }
    out
}

/// Everything on one line.
fn line(out: &mut String, node: &Node, left: u32, y: u32, room: u32) {
    let (label, detail, reason) = (words::clean(&node.label), detail(node), words::clean(&node.reason));
    // A reason matters more than the end of a label.
    let reserved = if reason.is_empty() { 0 } else { pixels(&reason, BOLD).min(room / 2) + 8 };
    let label = fit(&label, room.saturating_sub(reserved), 12);
    let _ = write!(out, "<text class=\"l\" x=\"{left}\" y=\"{y}\">{}", escape(&label));
    let rest = room.saturating_sub(pixels(&label, 12) + 8);
    if rest > 24 && (!detail.is_empty() || !reason.is_empty()) {
        let _ = write!(out, "<tspan class=\"d\" dx=\"8\">{}</tspan>", under(node, &reason, &words::clean(&detail), rest));
    }
    out.push_str("</text>");
}

/// Width of a text in a common sans-serif font, on the safe side.
fn pixels(text: &str, size: u32) -> u32 {
    let thousandths: u32 = text.chars().map(em).sum();
    thousandths.saturating_mul(size) / 1000
}

/// Width of a character, in thousandths of the font's size.
fn em(c: char) -> u32 {
    match c {
        'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '·' => 290,
        ' ' | 'f' | 't' | 'r' | '/' | '\\' | '-' | '(' | ')' | '[' | ']' | 'I' => 380,
        '<' | '>' | '=' | '+' | '~' | '#' | '^' => 840,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 890,
        '…' => 1_000,
        'A'..='Z' => 700,
        c if c.is_ascii() => 610,
        c => match unicode_width::UnicodeWidthChar::width(c).unwrap_or_default() {
            0 => 0,
            1 => 680,
            _ => 1_050,
        },
    }
}

/// A reason, shortened at its end: what it begins with tells most.
fn cut(text: &str, room: u32) -> String {
    if pixels(text, BOLD) <= room {
        return text.into();
    }
    let mut used = em('…').saturating_mul(BOLD);
    let mut out: String = text
        .chars()
        .take_while(|c| {
            used = used.saturating_add(em(*c).saturating_mul(BOLD));
            used / 1000 <= room
        })
        .collect();
    out.push('…');
    out
}

/// Shortened in the middle to so many pixels.
fn fit(text: &str, room: u32, size: u32) -> String {
    if pixels(text, size) <= room {
        return text.into();
    }
    let chars: Vec<char> = text.chars().collect();
    let most = room.saturating_mul(1000) / size.max(1);
    let (mut used, mut head, mut tail) = (em('…'), 0, 0);
    // From both ends in turn, while it fits.
    for step in 0..chars.len() {
        let front = step % 2 == 0;
        let at = if front { Some(head) } else { chars.len().checked_sub(tail + 1) };
        let wide = at.and_then(|i| chars.get(i)).map_or(0, |c| em(*c));
        if used + wide > most {
            break;
        }
        used += wide;
        if front { head += 1 } else { tail += 1 }
    }
    let start: String = chars.iter().take(head).collect();
    let end: String = chars.iter().skip(chars.len().saturating_sub(tail)).collect();
    format!("{start}…{end}")
}

/// A label over two lines, broken behind a `.`, `/` or `-` where there is one; none where one line holds it.
fn wrapped(label: &str, first: u32, second: u32) -> Option<(String, String)> {
    if pixels(label, 12) <= first {
        return None;
    }
    let (mut used, mut best, mut last) = (0, None, 0);
    for (i, c) in label.char_indices() {
        used += em(c).saturating_mul(12);
        if used / 1000 > first {
            break;
        }
        last = i + c.len_utf8();
        if matches!(c, '.' | '/' | '-' | ' ' | ',') {
            best = Some(last);
        }
    }
    let at = best.filter(|b| b.saturating_mul(3) > last).unwrap_or(last);
    let (head, tail) = label.split_at_checked(at)?;
    Some((head.into(), fit(tail, second, 12)))
}

/// Text for XML: what XML 1.0 has no place for is gone already, [`words::clean`] wrote it out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
