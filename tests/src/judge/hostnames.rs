//! The hostnames of a route on a listener, over rows of any state.

use super::{Diff, Kind, Verdict, name};
use crate::case::Hostnames;
use gatescope_core::types::Report;

pub(super) fn judge(want: &Hostnames, report: &Report) -> Verdict {
    let subject = format!("{} @ {}#{}", name::object(&want.route), name::object(&want.owner), want.listener);
    let rows = report.exposures.iter().filter(|e| e.route == want.route && e.listener.owner == want.owner && e.listener.name == want.listener);
    let got = name::set(rows.map(|e| &e.hostname));
    let mut diff = Diff::default();
    diff.compare("hostnames", Some(&name::set(&want.hostnames)), &got);
    Verdict::new(Kind::Hostnames, subject, want.label.as_ref(), diff, String::new())
}
