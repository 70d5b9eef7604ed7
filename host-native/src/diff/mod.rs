//! What changed between two reports, told as what a client would notice: ways in that opened, closed, or lead
//! elsewhere; and first of all, hosts that one namespace took from another.

mod causes;
mod way;

pub(crate) use causes::{Flag, name as name_causes};
pub(crate) use way::{Served, Target};

use crate::host;
use crate::render;
use gatescope_core::types::{Exposure, Finding, GatewayRef, GrpcMatch, ObjectRef, PathMatch, Reach, Report, State, ValueMatch};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use way::{Key, Ways};

/// Schema id of [`Diff`].
pub(crate) const SCHEMA: &str = "gatescope/diff/v1";

/// The differences, each list in the reports' order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diff {
    pub schema: &'static str,
    pub summary: Summary,
    /// Hosts, or parts of hosts, that another namespace answers for now.
    pub takeovers: Vec<Takeover>,
    /// Reached now, not before.
    pub opened: Vec<Change>,
    /// Reached before, not now.
    pub closed: Vec<Change>,
    /// The same gateway, port, hostname and match, served by another route or backend.
    pub moved: Vec<Change>,
    /// Served by the same route and backends in other shares.
    pub reweighted: Vec<Change>,
    /// Known on one side and unknown on the other.
    pub uncertain: Vec<Change>,
    /// Between two profiles: the departures that move something, the widest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    pub findings: Findings,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub takeovers: usize,
    pub opened: usize,
    pub closed: usize,
    pub moved: usize,
    pub reweighted: usize,
    pub uncertain: usize,
    /// Ways in that are as they were.
    pub unchanged: usize,
}

/// Findings that came and went.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
    pub added: Vec<Finding>,
    pub removed: Vec<Finding>,
}

/// A host whose requests another namespace's route answers now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Takeover {
    pub gateway: GatewayRef,
    pub port: u16,
    pub hostname: String,
    /// Who answered before.
    pub from: Vec<ObjectRef>,
    /// Who answers now.
    pub to: ObjectRef,
    /// The ways in that it took: URLs with their conditions.
    pub ways: Vec<String>,
}

/// One way in, before and after.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub url: String,
    pub gateway: GatewayRef,
    pub port: u16,
    pub hostname: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    pub headers: Vec<ValueMatch>,
    pub query_params: Vec<ValueMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<GrpcMatch>,
    pub reach: Reach,
    /// Part of a takeover.
    pub takeover: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Served>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Served>,
    /// Between two profiles: the flags that cause it, together where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    #[serde(skip)]
    key: Key,
    /// What a request needs beyond the URL, for people.
    #[serde(skip)]
    pub conditions: String,
}

impl Diff {
    /// Compares two reports.
    pub(crate) fn of(before: &Report, after: &Report) -> Self {
        let (old, new) = (Ways::of(before), Ways::of(after));
        let mut diff = Self {
            schema: SCHEMA,
            summary: Summary::default(),
            takeovers: Vec::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            moved: Vec::new(),
            reweighted: Vec::new(),
            uncertain: Vec::new(),
            flags: Vec::new(),
            findings: findings(before, after),
        };
        let mut taken: BTreeMap<(Key, ObjectRef), Takeover> = BTreeMap::new();
        let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (was, is) = (old.get(key), new.get(key));
            let Some(row) = is.or(was).map(|w| w.row) else { continue };
            let mut change = Change::of(row, was.map(|w| w.served.clone()), is.map(|w| w.served.clone()));
            let state = |w: Option<&way::Way<'_>>| w.map_or(State::Blocked, |w| w.served.state);
            match (state(was), state(is)) {
                (State::Unknown, State::Unknown) | (State::Blocked, State::Blocked) => {}
                (State::Exposed, State::Exposed) => {
                    let (Some(a), Some(b)) = (&change.before, &change.after) else { continue };
                    let list = if !a.same_target(b) {
                        change.takeover = note_takeover(&mut taken, key, &change, &old);
                        &mut diff.moved
                    } else if a.targets != b.targets {
                        &mut diff.reweighted
                    } else {
                        diff.summary.unchanged = diff.summary.unchanged.saturating_add(1);
                        continue;
                    };
                    list.push(change);
                }
                (State::Unknown, _) | (_, State::Unknown) => diff.uncertain.push(change),
                (_, State::Exposed) => {
                    change.takeover = note_takeover(&mut taken, key, &change, &old);
                    diff.opened.push(change);
                }
                (State::Exposed, _) => diff.closed.push(change),
                _ => {}
            }
        }
        diff.takeovers = taken.into_values().collect();
        diff.summary = Summary {
            takeovers: diff.takeovers.len(),
            opened: diff.opened.len(),
            closed: diff.closed.len(),
            moved: diff.moved.len(),
            reweighted: diff.reweighted.len(),
            uncertain: diff.uncertain.len(),
            unchanged: diff.summary.unchanged,
        };
        diff
    }

    /// Whether no way in differs.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.opened, &self.closed, &self.moved, &self.reweighted, &self.uncertain].into_iter().all(Vec::is_empty)
    }
}

impl Change {
    fn of(row: &Exposure, before: Option<Served>, after: Option<Served>) -> Self {
        Self {
            url: render::url(row),
            gateway: row.gateway.clone(),
            port: row.listener.port,
            hostname: row.hostname.clone(),
            path: row.path.clone(),
            method: row.method.clone(),
            headers: row.headers.clone(),
            query_params: row.query_params.clone(),
            grpc: row.grpc.clone(),
            reach: row.reach,
            takeover: false,
            before,
            after,
            flags: Vec::new(),
            key: Key::of(row),
            conditions: render::conditions(row).join(" "),
        }
    }

    /// The URL with what else a request needs.
    pub(crate) fn way(&self) -> String {
        if self.conditions.is_empty() { self.url.clone() } else { format!("{} {}", self.url, self.conditions) }
    }
}

/// Records that `change` takes requests from another namespace, if it does. Those who answered for the host
/// before are asked by the most specific hostname that covered it: a new exact host takes from a wildcard.
fn note_takeover(taken: &mut BTreeMap<(Key, ObjectRef), Takeover>, key: &Key, change: &Change, old: &Ways<'_>) -> bool {
    let Some(after) = &change.after else { return false };
    let owners = old.owners(key);
    let own = |o: &ObjectRef| o.namespace == after.route.namespace;
    // A way that moved within a shared host was someone's: that someone counts.
    let from: Vec<ObjectRef> = match &change.before {
        Some(before) if before.state == State::Exposed => vec![before.route.clone()],
        _ => owners.into_iter().collect(),
    };
    if from.is_empty() || from.iter().any(own) {
        return false;
    }
    let entry = taken.entry((key.host_only(), after.route.clone())).or_insert_with(|| Takeover {
        gateway: change.gateway.clone(),
        port: change.port,
        hostname: change.hostname.clone(),
        from: Vec::new(),
        to: after.route.clone(),
        ways: Vec::new(),
    });
    for route in from {
        if !entry.from.contains(&route) {
            entry.from.push(route);
        }
    }
    entry.ways.push(change.way());
    true
}

fn findings(before: &Report, after: &Report) -> Findings {
    let set = |r: &Report| r.findings.iter().cloned().collect::<BTreeSet<Finding>>();
    let (old, new) = (set(before), set(after));
    let only = |a: &Report, b: &BTreeSet<Finding>| a.findings.iter().filter(|f| !b.contains(f)).cloned().collect();
    Findings { added: only(after, &old), removed: only(before, &new) }
}

/// Hostnames that cover `hostname`, from a set, most specific first.
fn covering<'h>(hostname: &str, hosts: impl Iterator<Item = &'h str>) -> Vec<&'h str> {
    let mut found: Vec<&str> = hosts.filter(|h| host::covers(h, hostname)).collect();
    found.sort_by_key(|h| std::cmp::Reverse((!h.starts_with('*'), h.len())));
    found
}

#[cfg(test)]
mod tests;
