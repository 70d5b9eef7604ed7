//! What must hold of every picture: nothing lost, nothing that a name could break out of.

use super::{Picture, laid, mermaid};
use crate::render::test_row;
use gatescope_core::Engine;
use gatescope_core::layout::{Layout, LayoutOptions, Parts, layout};
use gatescope_core::types::Report;
use serde_json::json;

const HOSTILE: [&str; 12] = [
    "\"><script>alert(1)</script>",
    "a\"b\\\"c\\",
    "line1\nline2\r\n%%{init: {\"theme\":\"dark\"}}%%",
    "\u{202e}gpj.exe\u{2066}",
    "`**bold**` [x](javascript:alert(1))",
    "]]>--><!--",
    "end",
    "\u{0}\u{1b}[31mred\u{fffe}",
    "style n1 fill:red; click n1",
    "&lt;b&gt; #quot;",
    "fa:fa-car",
    "\\N \\G \\l",
];

fn report(rows: &[serde_json::Value]) -> Report {
    let mut report = Engine::default().report();
    report.exposures = rows.iter().map(|r| test_row(r.clone())).collect();
    report
}

fn hostile() -> Report {
    let row = |name: &&str| {
        json!({"hostname": name, "ruleName": name, "route": {"kind": name, "namespace": name, "name": name}, "state": "blocked", "reasons": [name],
            "path": {"type": "Exact", "value": name}, "gateway": {"namespace": name, "name": name},
            "listener": {"owner": {"kind": "Gateway", "namespace": name, "name": name}, "name": name, "port": 443, "protocol": name},
            "backend": {"group": "", "kind": name, "namespace": name, "name": name, "port": 80}})
    };
    report(&HOSTILE.iter().map(row).collect::<Vec<_>>())
}

fn many(n: usize) -> Report {
    let row = |i: usize| {
        json!({"id": format!("e-{i:016x}"), "hostname": format!("app-{i}.team-{}.example.com", i % 9), "route": {"kind": "HTTPRoute", "namespace": format!("team-{}", i % 9), "name": format!("route-{i}")},
            "state": if i.is_multiple_of(7) { "blocked" } else { "exposed" }})
    };
    report(&(0..n).map(row).collect::<Vec<_>>())
}

/// Every element of ours is closed, and no name makes another.
#[test]
fn svg_keeps_names_as_text() {
    let text = super::svg(&laid(&hostile(), Picture::Svg, None));
    assert!(!text.contains("<script") && !text.contains("<b>") && !text.contains("<!--") && !text.contains("]]>"));
    assert!(!text.chars().any(|c| c != '\n' && crate::term::is_hostile(c)), "no control or direction mark is left");
    let mut open: Vec<&str> = Vec::new();
    for tag in text.split('<').skip(1).map(|t| t.split('>').next().unwrap()) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split([' ', '\n']).next().unwrap());
        }
    }
    assert!(open.is_empty());
    let known = ["svg", "title", "desc", "style", "defs", "clipPath", "rect", "text", "tspan", "use", "g", "path", "symbol", "circle"];
    for tag in text.split('<').skip(1).filter(|t| !t.starts_with('/')) {
        assert!(known.contains(&tag.split([' ', '>', '\n', '/']).next().unwrap()), "{tag}");
    }
}

#[test]
fn dot_keeps_names_in_their_strings() {
    let text = super::dot(&laid(&hostile(), Picture::Dot, None));
    for line in text.lines() {
        let mut quotes = 0;
        let mut escaped = false;
        for c in line.chars() {
            quotes += usize::from(c == '"' && !escaped);
            escaped = c == '\\' && !escaped;
        }
        assert_eq!(quotes % 2, 0, "{line}");
    }
    assert!(!text.contains("label=<"), "no HTML-like labels");
}

#[test]
fn mermaid_keeps_names_in_their_strings() {
    let text = mermaid(&laid(&hostile(), Picture::Mermaid, None));
    for line in text.lines() {
        assert!(matches!(line.matches('"').count(), 0 | 2), "{line}");
        if let Some(label) = line.split('"').nth(1).filter(|_| !line.trim_start().starts_with("l_")) {
            let label = label.replace("<br/>", "");
            assert!(!label.contains(['<', '>', '`', '*', '[', '{', '\\', '%', '&', ':']), "{label}");
        }
    }
    assert_eq!(text.lines().filter(|l| l.trim_start().starts_with("click ") || l.trim_start().starts_with("style ")).count(), 0);
}

#[test]
fn what_does_not_fit_is_folded_and_counted() {
    for n in [0, 1, 5, 60, 500, 5_000] {
        let report = many(n);
        for picture in [Picture::Mermaid, Picture::Dot, Picture::Svg] {
            let l = laid(&report, picture, None);
            assert_eq!(l.counts.rows() as usize, n);
            let text = picture.draw(&l);
            if picture == Picture::Mermaid {
                assert!(l.edges.len() < 500 && text.len() < 60_000, "{n}: {} edges", l.edges.len());
            }
            assert_eq!(l.folded > 0, text.contains("folded"), "{n} {picture:?}");
            let shown = [(Picture::Svg, 500), (Picture::Dot, 500), (Picture::Mermaid, 60)].contains(&(picture, n));
            assert!(!shown || l.folded == 0, "{n} {picture:?}: nothing is folded yet");
        }
    }
}

#[test]
fn filters_are_told() {
    let text = super::svg(&laid(&many(3), Picture::Svg, Some(12)));
    assert!(text.contains("showing 3 of 12 rows"), "{text}");
}

/// Every state has its own sign and its own line.
#[test]
fn states_differ_without_colour() {
    let states = ["exposed", "shadowed", "blocked", "unknown"];
    let rows: Vec<_> = states
        .iter()
        .map(|s| json!({"state": s, "hostname": format!("{s}.example.com"), "reasons": if *s == "blocked" { vec!["BackendNotFound"] } else { vec![] }}))
        .collect();
    let report = report(&rows);
    let l: Layout = layout(Parts::from(&report), &LayoutOptions::default());
    let (svg, dot, mermaid) = (super::svg(&l), super::dot(&l), mermaid(&l));
    for s in states {
        assert!(svg.contains(&format!("href=\"#gs-{s}\"")) && svg.contains(&format!("symbol id=\"gs-{s}\"")), "{s}");
        assert!(mermaid.contains(&format!(":::{s}")) && dot.contains(&format!("legend_{s}")), "{s}");
    }
    for sign in ["✓", "◐", "✕", "?"] {
        assert!(dot.contains(&format!("\"{sign} web:80")) && mermaid.contains(&format!("\"{sign} web")), "{sign}");
    }
}
