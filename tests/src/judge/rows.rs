//! Rows of the report by their given members (own cases). A member whose name ends in `Has` asks for a part
//! of the text, or for entries of the list; an object agrees where every given member does; lists must have the same length.

use super::{Diff, Kind, Verdict};
use crate::case::{Expect, Rows};
use gatescope_core::types::Report;
use serde_json::Value;

pub(super) fn count(expect: &Expect) -> usize {
    let rows = |rows: &Rows| rows.0.values().map(Vec::len).sum::<usize>();
    rows(&expect.rows) + rows(&expect.without) + expect.counts.len()
}

pub(super) fn judge(expect: &Expect, report: &Report) -> Vec<Verdict> {
    if count(expect) == 0 {
        return Vec::new();
    }
    let report = serde_json::to_value(report).unwrap_or_default();
    let mut out = Vec::new();
    for (part, wanted) in &expect.rows.0 {
        let mut rows: Vec<&Value> = part_of(&report, part);
        for want in wanted {
            let mut diff = Diff::default();
            match rows.iter().position(|row| agrees(want, row)) {
                // Each row answers for one assertion only.
                Some(at) => drop(rows.remove(at)),
                None => {
                    diff.want.push("a row".into());
                    diff.got.push(nearest(want, &rows));
                }
            }
            out.push(verdict(format!("{part} {want}"), diff));
        }
    }
    for (part, unwanted) in &expect.without.0 {
        for want in unwanted {
            let mut diff = Diff::default();
            if let Some(row) = part_of(&report, part).iter().find(|row| agrees(want, row)) {
                diff.want.push("no row".into());
                diff.got.push(row.to_string());
            }
            out.push(verdict(format!("no {part} {want}"), diff));
        }
    }
    for (part, want) in &expect.counts {
        let mut diff = Diff::default();
        diff.compare("rows", Some(want), &part_of(&report, part).len());
        out.push(verdict(format!("count of {part}"), diff));
    }
    out
}

fn verdict(subject: String, diff: Diff) -> Verdict {
    Verdict::new(Kind::Rows, subject, None, diff, String::new())
}

/// A part that is an object (the summary) counts as one row.
fn part_of<'a>(report: &'a Value, part: &str) -> Vec<&'a Value> {
    match report.get(part) {
        Some(Value::Array(rows)) => rows.iter().collect(),
        Some(row) => vec![row],
        None => Vec::new(),
    }
}

fn agrees(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => want.iter().all(|(k, w)| match k.strip_suffix("Has") {
            Some(member) => has(got.get(member), w),
            // `null` asks that the member is not there.
            None => got.get(k).map_or(w.is_null(), |g| agrees(w, g)),
        }),
        (Value::Array(want), Value::Array(got)) => want.len() == got.len() && want.iter().zip(got).all(|(w, g)| agrees(w, g)),
        _ => want == got,
    }
}

fn has(got: Option<&Value>, part: &Value) -> bool {
    match (got, part) {
        (Some(Value::String(got)), Value::String(part)) => got.contains(part.as_str()),
        (Some(Value::Array(got)), Value::Array(parts)) => parts.iter().all(|p| got.iter().any(|g| agrees(p, g))),
        (Some(Value::Array(got)), part) => got.iter().any(|g| agrees(part, g)),
        _ => false,
    }
}

/// The row that agrees in most members, to show what is off.
fn nearest(want: &Value, rows: &[&Value]) -> String {
    let score = |row: &Value| match want {
        Value::Object(want) => want.iter().filter(|(k, w)| row.get(k).is_some_and(|g| agrees(w, g))).count(),
        _ => 0,
    };
    rows.iter().max_by_key(|row| score(row)).map_or_else(|| "no rows at all".into(), |row| format!("nearest of {}: {row}", rows.len()))
}

#[cfg(test)]
mod tests {
    use super::agrees;
    use serde_json::json;

    #[test]
    fn a_row_agrees_by_its_given_members() {
        let row = json!({"state": "exposed", "backend": {"name": "web", "port": 80}, "reasons": ["A", "B"], "cause": "NotCollected(X)"});
        for good in [
            json!({}),
            json!({"backend": {"name": "web"}}),
            json!({"reasons": ["A", "B"]}),
            json!({"reasonsHas": "B"}),
            json!({"reasonsHas": ["B", "A"]}),
            json!({"causeHas": "NotCollected"}),
            json!({"shadowedBy": null}),
        ] {
            assert!(agrees(&good, &row), "{good}");
        }
        for bad in [json!({"state": "blocked"}), json!({"reasons": ["A"]}), json!({"reasonsHas": "C"}), json!({"shadowedBy": "x"}), json!({"cause": null})] {
            assert!(!agrees(&bad, &row), "{bad}");
        }
    }
}
