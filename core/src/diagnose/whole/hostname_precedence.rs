//! Rule 36: two routes whose different hostnames give the same intersection.

use crate::diagnose::Info;
use crate::diagnose::text::{name_of, route_ref};
use crate::engine::Engine;
use crate::model::Kind;
use crate::model::host::specificity;
use crate::model::route::{Match, PathKind, Route, What};
use crate::profile::Flag;
use crate::report::rows::object;
use crate::resolve::Facts;
use crate::resolve::buckets::Entry;
use crate::resolve::precedence::{Rank, age, rank};
use crate::types::{Finding, Severity};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0405",
    name: "hostname-precedence-differs",
    severity: Severity::Warning,
    title: "who answers depends on how a controller reads the order of hostnames",
    meaning: "Different hostnames of two routes give the same host on a listener. By one reading they tie and the matches decide, by the other (v1.7) the route's own hostname decides first, and here the winners differ.",
    remedy: "Write the same hostname in both routes, or give them listeners of their own.",
    rules: &[36],
};

/// Looks at the oldest routes that a route meets and that write a wider hostname, each once: on the first host where they differ.
pub(crate) fn notice(engine: &Engine, handle: u32, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let buckets = engine.sources().buckets;
    let mut said: BTreeSet<u32> = BTreeSet::new();
    for place in engine.route_state(handle).into_iter().flat_map(|s| s.places()) {
        let Some(many) = buckets.many(place).filter(|m| m.writes_differ()) else { continue };
        let Some(state) = engine.gateway_state(place.gateway) else { continue };
        // There the profile's own order stands instead of both readings.
        if state.profile.has(Flag::MergeByHostname) {
            continue;
        }
        let sorted = many.oldest();
        for special in sorted.iter().filter(|e| e.route == handle) {
            for general in sorted {
                let by_hostname = specificity(facts.text(special.written), facts.text(general.written)).is_lt();
                if by_hostname && !said.contains(&general.route) && differs(&facts, state.profile, special, general) {
                    said.insert(general.route);
                    let (Some(a), Some(b)) = (route_ref(&facts, special.route), route_ref(&facts, general.route)) else { continue };
                    let now = if state.host_precedence { name_of(&a) } else { name_of(&b) };
                    let message = format!(
                        "on host `{}`, {} (hostname `{}`) and {} (hostname `{}`) meet: some requests go to {now} here, and to the other route by the other reading of the hostname order",
                        facts.text(place.host),
                        name_of(&a),
                        facts.text(special.written),
                        name_of(&b),
                        facts.text(general.written),
                    );
                    let gateway = object(&facts, Kind::Gateway, state.ns, state.name);
                    out.push(INFO.about(a, message).hint("write the same hostname in both routes").field("spec.hostnames").related(b).related(gateway).done());
                }
            }
        }
    }
}

/// Whether a match of the route with the general hostname comes before one of the special route that takes the same requests.
fn differs(facts: &Facts<'_>, profile: &crate::profile::Profile, special: &Entry, general: &Entry) -> bool {
    let (Some(a), Some(b)) = (facts.store.routes.get(special.route), facts.store.routes.get(general.route)) else { return false };
    let ranked = |r| -> Vec<(Rank, &Match)> { matches(r).map(|m| (rank(facts, m, profile), m)).collect() };
    let (mine, theirs) = (ranked(a), ranked(b));
    if mine.len().saturating_mul(theirs.len()) > 4096 {
        return true;
    }
    let (my_age, their_age) = (age_of(facts, a, b), age_of(facts, b, a));
    mine.iter().any(|(r, m)| theirs.iter().any(|(s, t)| (*s, their_age) < (*r, my_age) && meet(facts, m, t)))
}

fn matches(r: &Route) -> impl Iterator<Item = &Match> {
    r.rules.iter().flat_map(|r| r.matches.iter()).filter(|m| !m.broken())
}

/// 0 for the older of two routes.
fn age_of(facts: &Facts<'_>, a: &Route, b: &Route) -> u8 {
    u8::from(!age(facts, a, b).is_lt())
}

/// Whether one request may match both.
pub(super) fn meet(facts: &Facts<'_>, a: &Match, b: &Match) -> bool {
    if a.method.is_some() && b.method.is_some() && a.method != b.method {
        return false;
    }
    let under = |prefix: &str, path: &str| {
        let bare = prefix.trim_end_matches('/');
        path.strip_prefix(bare).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match (a.what, b.what) {
        (What::Path { kind: k, value: v }, What::Path { kind: l, value: w }) => {
            let (v, w) = (facts.text(v), facts.text(w));
            match (k, l) {
                (PathKind::Regex, PathKind::Regex) => true,
                (PathKind::Regex, _) => reaches(v, w),
                (_, PathKind::Regex) => reaches(w, v),
                (PathKind::Exact, PathKind::Exact) => v == w,
                (PathKind::Prefix, PathKind::Exact) => under(v, w),
                (PathKind::Exact, PathKind::Prefix) => under(w, v),
                (PathKind::Prefix, PathKind::Prefix) => under(v, w) || under(w, v),
            }
        }
        (What::Grpc { service: s, method: m, regex: false }, What::Grpc { service: t, method: n, regex: false }) => {
            (s.is_none() || t.is_none() || s == t) && (m.is_none() || n.is_none() || m == n)
        }
        _ => true,
    }
}

/// Whether a path that a regular expression takes may lie under another path: told by the text that it must begin with.
fn reaches(regex: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let end = regex.find(|c: char| "\\.+*?()|[]{}^$".contains(c)).unwrap_or(regex.len());
    let (head, rest) = regex.split_at_checked(end).unwrap_or((regex, ""));
    if regex.contains('|') {
        return true;
    }
    // The last character may be left out, or come again.
    let head = if rest.starts_with(['*', '?', '{']) { head.strip_suffix(|_: char| true).unwrap_or("") } else { head };
    head.starts_with(path) || path.starts_with(head)
}
