//! A report against what a case asserts: one verdict for each assertion.

mod attachments;
mod backends;
mod hostnames;
mod listeners;
mod name;
mod requests;
mod rows;

pub use requests::request;

use crate::case::Expect;
use crate::run::Resolved;
use std::fmt;

/// What kind of thing was asserted; a column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A route at a parent.
    Attachments,
    /// A listener.
    Listeners,
    /// The hostnames of a route on a listener.
    Hostnames,
    /// The backends of a rule.
    Backends,
    /// The answer to a request.
    Requests,
    /// The route and rule that answered.
    By,
    /// Rows of the report (own cases).
    Rows,
}

impl Kind {
    /// In the order of the table.
    pub const ALL: [Self; 7] = [Self::Attachments, Self::Listeners, Self::Hostnames, Self::Backends, Self::Requests, Self::By, Self::Rows];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Attachments => "attachments",
            Self::Listeners => "listeners",
            Self::Hostnames => "hostnames",
            Self::Backends => "backends",
            Self::Requests => "requests",
            Self::By => "by",
            Self::Rows => "rows",
        })
    }
}

/// One assertion and what came of it.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Of what kind.
    pub kind: Kind,
    /// What was asserted, in one line; names it in `deviations.json` too.
    pub subject: String,
    /// The members that differ, as asserted.
    pub want: String,
    /// The same members, as answered; empty where all agree.
    pub got: String,
    /// What else helps to see why.
    pub clue: String,
    /// The case's label, where it is a profile's departure.
    pub label: Option<String>,
    /// Nothing differs.
    pub agreed: bool,
}

impl Verdict {
    fn new(kind: Kind, subject: String, label: Option<&String>, diff: Diff, clue: String) -> Self {
        let agreed = diff.want.is_empty();
        Self { kind, subject, want: diff.want.join(" "), got: diff.got.join(" "), clue, label: label.cloned(), agreed }
    }

    /// How `deviations.json` names it.
    pub fn what(&self) -> String {
        format!("{} {}", self.kind, self.subject)
    }
}

/// Members that differ.
#[derive(Default)]
struct Diff {
    want: Vec<String>,
    got: Vec<String>,
}

impl Diff {
    fn missing(what: &str) -> Self {
        Self { want: vec!["a row".into()], got: vec![what.into()] }
    }

    fn add(&mut self, member: &str, want: impl fmt::Display, got: impl fmt::Display) {
        self.want.push(format!("{member}={want}"));
        self.got.push(format!("{member}={got}"));
    }

    fn compare<T: fmt::Display + PartialEq>(&mut self, member: &str, want: Option<&T>, got: &T) {
        if let Some(want) = want.filter(|want| *want != got) {
            self.add(member, want, got);
        }
    }
}

/// Every assertion of `expect` against a resolved case.
pub fn judge(expect: &Expect, resolved: &Resolved) -> Vec<Verdict> {
    let report = &resolved.report;
    let mut out = Vec::new();
    out.extend(expect.attachments.iter().map(|e| attachments::judge(e, report)));
    out.extend(expect.listeners.iter().map(|e| listeners::judge(e, report)));
    out.extend(expect.hostnames.iter().map(|e| hostnames::judge(e, report)));
    out.extend(expect.backends.iter().map(|e| backends::judge(e, report)));
    out.extend(expect.requests.iter().flat_map(|e| requests::judge(e, resolved)));
    out.extend(rows::judge(expect, report));
    out
}

/// How many assertions `expect` holds, by kind: counted as failed where there is no report at all.
pub fn count(expect: &Expect) -> Vec<(Kind, usize)> {
    let by = expect.requests.iter().filter(|r| r.by.is_some()).count();
    let answers = expect.requests.iter().filter(|r| requests::has_answer(r)).count();
    vec![
        (Kind::Attachments, expect.attachments.len()),
        (Kind::Listeners, expect.listeners.len()),
        (Kind::Hostnames, expect.hostnames.len()),
        (Kind::Backends, expect.backends.len()),
        (Kind::Requests, answers),
        (Kind::By, by),
        (Kind::Rows, rows::count(expect)),
    ]
}
