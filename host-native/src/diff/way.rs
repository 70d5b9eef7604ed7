//! A way in: gateway, port, hostname and match, whatever stands behind it.

use gatescope_core::types::{Action, Backend, Exposure, GatewayRef, GrpcMatch, ObjectRef, Report, State, ValueMatch};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a client sees of a way in. Two rows with one key take the same requests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    gateway: GatewayRef,
    port: u16,
    /// TCP and UDP may share a port.
    udp: bool,
    hostname: String,
    /// Path type and value less its trailing slash; the rest of the match in an order of its own.
    path: Option<(String, String)>,
    method: Option<String>,
    headers: BTreeSet<ValueMatch>,
    query: BTreeSet<ValueMatch>,
    grpc: Option<GrpcMatch>,
}

impl Key {
    pub(super) fn of(e: &Exposure) -> Self {
        let fold = |m: &ValueMatch| ValueMatch { name: m.name.to_lowercase(), ..m.clone() };
        Self {
            gateway: e.gateway.clone(),
            port: e.listener.port,
            udp: e.listener.protocol == "UDP",
            hostname: e.hostname.clone(),
            path: e.path.as_ref().map(|p| {
                let value = if p.kind == "PathPrefix" { p.value.trim_end_matches('/') } else { p.value.as_str() };
                (p.kind.to_string(), value.to_owned())
            }),
            method: e.method.clone(),
            headers: e.headers.iter().map(fold).collect(),
            query: e.query_params.iter().cloned().collect(),
            grpc: e.grpc.clone(),
        }
    }

    /// The key of the host alone.
    pub(super) fn host_only(&self) -> Self {
        Self { path: None, method: None, headers: BTreeSet::new(), query: BTreeSet::new(), grpc: None, ..self.clone() }
    }
}

/// Who answers on a way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Served {
    pub state: State,
    /// Why not, where it is blocked or unknown.
    pub reasons: Vec<String>,
    pub route: ObjectRef,
    pub rule: usize,
    pub targets: Vec<Target>,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    pub action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
}

impl Served {
    /// The same route and the same backends, in whatever shares.
    pub(super) fn same_target(&self, other: &Self) -> bool {
        let names = |s: &Self| s.targets.iter().map(|t| (t.action, t.backend.clone())).collect::<BTreeSet<_>>();
        self.route == other.route && names(self) == names(other)
    }
}

/// A way in of one report, with a row that shows it.
#[derive(Debug)]
pub(super) struct Way<'r> {
    pub row: &'r Exposure,
    pub served: Served,
}

/// The ways in of one report.
#[derive(Debug)]
pub(super) struct Ways<'r> {
    ways: BTreeMap<Key, Way<'r>>,
    /// Per gateway, port and protocol: exposed hostnames and the routes that answer for them.
    owners: BTreeMap<(GatewayRef, u16, bool), BTreeMap<String, BTreeSet<ObjectRef>>>,
}

impl<'r> Ways<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let mut rows: BTreeMap<Key, Vec<&Exposure>> = BTreeMap::new();
        for e in &report.exposures {
            rows.entry(Key::of(e)).or_default().push(e);
        }
        let mut owners: BTreeMap<_, BTreeMap<String, BTreeSet<ObjectRef>>> = BTreeMap::new();
        let mut ways = BTreeMap::new();
        for (key, rows) in rows {
            let Some(way) = way(&rows) else { continue };
            if way.served.state == State::Exposed {
                let at = owners.entry((key.gateway.clone(), key.port, key.udp)).or_default();
                at.entry(key.hostname.clone()).or_default().insert(way.served.route.clone());
            }
            ways.insert(key, way);
        }
        Self { ways, owners }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.ways.keys()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Way<'r>> {
        self.ways.get(key)
    }

    /// The routes that answered for the key's host.
    pub(super) fn owners(&self, key: &Key) -> BTreeSet<ObjectRef> {
        let Some(hosts) = self.owners.get(&(key.gateway.clone(), key.port, key.udp)) else { return BTreeSet::new() };
        let covering = super::covering(&key.hostname, hosts.keys().map(String::as_str));
        covering.first().and_then(|h| hosts.get(*h)).cloned().unwrap_or_default()
    }
}

/// What rows of one key come to: the route with an exposed row answers, else what is unknown, else nothing.
fn way<'r>(rows: &[&'r Exposure]) -> Option<Way<'r>> {
    let of = |state: State| rows.iter().find(|e| e.state == state).copied();
    let row = of(State::Exposed).or_else(|| of(State::Unknown)).or_else(|| of(State::Blocked)).or_else(|| rows.first().copied())?;
    let own = || rows.iter().filter(|e| e.route == row.route && e.rule == row.rule && e.match_index == row.match_index && e.state == row.state);
    let mut targets: Vec<Target> = own().map(|e| Target { action: e.action, backend: e.backend.clone(), weight: e.weight }).collect();
    targets.sort();
    targets.dedup();
    let mut reasons: Vec<String> = row.reasons.iter().map(ToString::to_string).chain(row.cause.clone()).collect();
    if row.state == State::Shadowed {
        reasons.push("shadowed".into());
    }
    let state = if row.state == State::Shadowed { State::Blocked } else { row.state };
    Some(Way { row, served: Served { state, reasons, route: row.route.clone(), rule: row.rule, targets } })
}
