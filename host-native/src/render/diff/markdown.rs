//! Differences as a comment on a pull request.

use super::super::object;
use super::{route, summary, targets, why};
use crate::diff::{Change, Diff};
use crate::term::safe;
use gatescope_core::types::Severity;
use std::fmt::Write as _;

/// Rows a section shows: services cut comments off at some 65,000 characters.
const SHOWN: usize = 100;

/// The differences as GitHub-flavoured markdown.
pub(crate) fn markdown(diff: &Diff) -> String {
    let mut out = String::from("### What this changes at the gateways\n\n");
    let _ = writeln!(out, "{}\n", summary(diff));
    if !diff.takeovers.is_empty() {
        out.push_str("#### ⚠️ Takeovers\n\nAnother namespace answers for these now.\n\n");
        let rows = diff.takeovers.iter().map(|t| {
            let from: Vec<String> = t.from.iter().map(object).collect();
            let mut ways: Vec<String> = t.ways.iter().take(6).map(|w| code(w)).collect();
            if t.ways.len() > ways.len() {
                ways.push(format!("{} more", t.ways.len().saturating_sub(ways.len())));
            }
            [code(&format!("{}:{}", t.hostname, t.port)), code(&from.join(", ")), code(&object(&t.to)), ways.join("<br>")]
        });
        table(&mut out, ["Host", "From", "To", "What it took"], rows.collect());
    }
    let side = |s: Option<&crate::diff::Served>| s.map(|s| [code(&targets(s)), code(&route(s))]).unwrap_or_default();
    section(&mut out, "Opened", ["URL", "Backend", "Route", ""], &diff.opened, |c| {
        let [to, by] = side(c.after.as_ref());
        let note = if c.takeover { "takeover".to_owned() } else { reach(c) };
        [code(&c.way()), to, by, because(c, note)]
    });
    section(&mut out, "Closed", ["URL", "Backend", "Route", "Why"], &diff.closed, |c| {
        let [to, by] = side(c.before.as_ref());
        [code(&c.way()), to, by, because(c, text(&why(c.after.as_ref(), "gone")))]
    });
    for (title, list) in [("Moved", &diff.moved), ("In other shares", &diff.reweighted)] {
        section(&mut out, title, ["URL", "Before", "After", ""], list, |c| {
            let both = |s: Option<&crate::diff::Served>| side(s).join("<br>");
            [code(&c.way()), both(c.before.as_ref()), both(c.after.as_ref()), because(c, if c.takeover { "takeover".into() } else { String::new() })]
        });
    }
    section(&mut out, "Uncertain", ["URL", "Backend", "Route", "Why"], &diff.uncertain, |c| {
        let known = c.after.as_ref().or(c.before.as_ref());
        let [to, by] = side(known);
        [code(&c.way()), to, by, text(&[why(c.before.as_ref(), ""), why(c.after.as_ref(), "")].join(" "))]
    });
    flags(&mut out, diff);
    findings(&mut out, diff);
    out
}

/// A note, with the flags that cause the change between two profiles.
fn because(c: &Change, note: String) -> String {
    let flags: Vec<String> = c.flags.iter().map(|f| code(f)).collect();
    [note, flags.join(" with ")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("<br>")
}

/// What to change before a migration.
fn flags(out: &mut String, diff: &Diff) {
    if diff.flags.is_empty() {
        return;
    }
    out.push_str("#### What moves them, and how to have both controllers agree\n\n| Flag | What the controller does | The standard | Change the manifests |\n|---|---|---|---|\n");
    for f in &diff.flags {
        let ways = if f.ways == 1 { "1 way in".to_owned() } else { format!("{} ways in", f.ways) };
        let _ = writeln!(
            out,
            "| {}<br>{}, {}, {ways} | {} | {} | {} |",
            code(&f.name),
            text(&f.profile),
            super::rules(f.rule),
            text(f.does),
            text(f.standard),
            text(f.agree)
        );
    }
    out.push('\n');
}

fn reach(c: &Change) -> String {
    match c.reach {
        gatescope_core::types::Reach::External => "external".into(),
        gatescope_core::types::Reach::Internal => "internal".into(),
        gatescope_core::types::Reach::Unknown => String::new(),
    }
}

fn section(out: &mut String, title: &str, head: [&str; 4], list: &[Change], cells: impl Fn(&Change) -> [String; 4]) {
    if list.is_empty() {
        return;
    }
    let _ = writeln!(out, "#### {title} ({})\n", list.len());
    table(out, head, list.iter().map(cells).collect());
}

fn table(out: &mut String, head: [&str; 4], rows: Vec<[String; 4]>) {
    let _ = writeln!(out, "| {} |\n|---|---|---|---|", head.join(" | "));
    for row in rows.iter().take(SHOWN) {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    if rows.len() > SHOWN {
        let _ = writeln!(out, "\n… and {} more; `gatescope diff` at a terminal lists them all.", rows.len().saturating_sub(SHOWN));
    }
    out.push('\n');
}

fn findings(out: &mut String, diff: &Diff) {
    if diff.findings.added.is_empty() {
        return;
    }
    let mut added: Vec<_> = diff.findings.added.iter().collect();
    added.sort_by_key(|f| f.severity);
    let _ = writeln!(out, "#### New findings ({})\n", added.len());
    for f in added.iter().take(SHOWN) {
        let word = match f.severity {
            Severity::Error => "❌ error",
            Severity::Warning => "⚠️ warning",
            Severity::Info => "ℹ️ info",
        };
        let _ = write!(out, "- {word} {} {}: {}", text(&f.code), code(&object(&f.subject)), text(&f.message));
        if let Some(field) = &f.field {
            let _ = write!(out, " ({})", code(field));
        }
        if let Some(hint) = &f.hint {
            let _ = write!(out, "<br>{}", text(hint));
        }
        out.push('\n');
    }
    out.push('\n');
}

/// Text from outside as a code span in a table: no pipe ends the cell, no backtick the span.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("`{}`", safe(text).replace('`', "ˋ").replace('|', "\\|"))
}

/// Text from outside as plain text; backticked values in our own messages stay code.
fn text(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in safe(text).chars() {
        match c {
            '`' => inside = !inside,
            '|' => out.push('\\'),
            '<' if !inside => {
                out.push_str("&lt;");
                continue;
            }
            '@' if !inside => {
                // No one is to be notified by a name in a manifest.
                out.push_str("@\u{2060}");
                continue;
            }
            '*' | '_' | '[' | ']' | '#' | '!' if !inside => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(code("a`b|c"), "`aˋb\\|c`");
        assert_eq!(text("see `a_b` and <b> *x* @team"), "see `a_b` and &lt;b> \\*x\\* @\u{2060}team");
        assert_eq!(code("a\nb"), "`a\\nb`");
    }
}
