//! What was counted beside what is declared: exposures that nobody hits, and hits that nothing declares.

use super::codes::{DRIFT, NEVER_HIT, UNDECLARED};
use super::hits::{Counted, Hits, id};
use gatescope_core::diagnose::Info;
use gatescope_core::types::{Finding, GatewayRef, ObjectRef, Report, State};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of the report that a request can hit, as small as the join needs them.
#[derive(Debug, Default)]
pub struct Rows {
    /// Each with all rows of one match on one hostname of a listener: they share their requests.
    groups: Vec<Group>,
    by_id: BTreeMap<u64, usize>,
}

#[derive(Debug)]
struct Group {
    ids: Vec<u64>,
    gateway: (String, String),
    route: ObjectRef,
    exposed: bool,
}

impl Rows {
    /// The rows of a report that HTTP requests can hit.
    pub fn of(report: &Report) -> Self {
        let mut out = Self::default();
        let mut groups: BTreeMap<_, usize> = BTreeMap::new();
        for row in report.exposures.iter().filter(|r| matches!(&*r.listener.protocol, "HTTP" | "HTTPS")) {
            let Some(id) = id(&row.id) else { continue };
            let key = (&row.gateway, &row.listener.owner, &row.listener.name, &row.hostname, &row.route, row.rule, row.match_index);
            let at = *groups.entry(key).or_insert_with(|| {
                let gateway = (row.gateway.namespace.clone(), row.gateway.name.clone());
                out.groups.push(Group { ids: Vec::new(), gateway, route: row.route.clone(), exposed: false });
                out.groups.len().saturating_sub(1)
            });
            if let Some(group) = out.groups.get_mut(at) {
                group.ids.push(id);
                group.exposed |= row.state == State::Exposed;
            }
            out.by_id.insert(id, at);
        }
        out
    }
}

/// `/api/v1/traffic`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    schema: &'static str,
    /// Unix seconds of the first scrape.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<f64>,
    /// The proxies that are asked.
    sources: Vec<Source>,
    /// Gateways whose plugin reports.
    gateways: Vec<Watched>,
    exposures: Vec<Exposure>,
    undeclared: Vec<Undeclared>,
    drift: Vec<Drift>,
    /// Counts that found no room.
    dropped: u64,
    /// What follows from it.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    url: String,
    address: String,
    up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success: Option<f64>,
    series: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Watched {
    gateway: GatewayRef,
    since: f64,
}

/// An exposure of a Gateway whose plugin reports, or one that was hit.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Exposure {
    id: String,
    /// The report has it.
    declared: bool,
    #[serde(flatten)]
    hits: Shown,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    classes: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<f64>,
}

impl From<&Hits> for Shown {
    fn from(hits: &Hits) -> Self {
        Self { requests: hits.requests, last_seen: hits.last_seen }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Undeclared {
    gateway: GatewayRef,
    /// `no-match` or `no-listener`.
    reason: String,
    /// Envoy had a route for it.
    routed: bool,
    #[serde(flatten)]
    hits: Shown,
}

#[derive(Clone, Debug, Serialize)]
struct Drift {
    gateway: GatewayRef,
    /// `route`, `match` or `not-routed`.
    kind: String,
    /// The predicted one.
    route: ObjectRef,
    #[serde(flatten)]
    hits: Shown,
}

/// How long traffic that should not be there counts as being there: a day.
const RECENT: f64 = 86_400.0;

/// Joins. `never_hit_after` are the seconds of watching after which an exposure without a request is a finding.
pub(super) fn join(counted: &Counted, rows: &Rows, since: Option<f64>, now: f64, never_hit_after: f64) -> Joined {
    let mut out = Joined { schema: "gatescope/traffic/v1", since, dropped: counted.dropped, ..Joined::default() };
    out.sources = counted
        .proxies
        .iter()
        .map(|(address, p)| Source {
            url: p.url.clone(),
            address: address.clone(),
            up: p.error.is_none(),
            last_success: p.answered,
            series: p.series,
            error: p.error.clone(),
        })
        .collect();
    let mut watched = counted.gateways.clone();
    // A proxy whose metrics have no labels still says by its exposures which Gateway it is.
    let start = since.unwrap_or(now);
    for group in counted.exposures.keys().filter_map(|id| rows.groups.get(*rows.by_id.get(id)?)) {
        watched.entry(group.gateway.clone()).or_insert(start);
    }
    out.gateways = watched.iter().map(|((ns, name), since)| Watched { gateway: gateway(ns, name), since: *since }).collect();
    let mut never: BTreeMap<(&(String, String), &ObjectRef), [usize; 2]> = BTreeMap::new();
    let mut known: BTreeSet<u64> = BTreeSet::new();
    for group in rows.groups.iter().filter(|g| watched.contains_key(&g.gateway)) {
        let (mut hits, mut classes) = (Hits::default(), BTreeMap::new());
        for found in group.ids.iter().filter_map(|id| counted.exposures.get(id)) {
            hits.requests = hits.requests.saturating_add(found.all.requests);
            hits.last_seen = hits.last_seen.into_iter().chain(found.all.last_seen).reduce(f64::max);
            for (class, n) in &found.classes {
                let sum: &mut u64 = classes.entry(class.clone()).or_default();
                *sum = sum.saturating_add(*n);
            }
        }
        for id in &group.ids {
            known.insert(*id);
            out.exposures.push(Exposure { id: format!("e-{id:016x}"), declared: true, hits: Shown::from(&hits), classes: classes.clone() });
        }
        if group.exposed {
            let [without, all] = never.entry((&group.gateway, &group.route)).or_default();
            *all = all.saturating_add(1);
            *without = without.saturating_add(usize::from(hits.requests == 0));
        }
    }
    for (id, e) in counted.exposures.iter().filter(|(id, _)| !known.contains(id)) {
        out.exposures.push(Exposure { id: format!("e-{id:016x}"), declared: false, hits: Shown::from(&e.all), classes: e.classes.clone() });
    }
    for ([ns, name, reason, routed], hits) in &counted.undeclared {
        out.undeclared.push(Undeclared { gateway: gateway(ns, name), reason: reason.clone(), routed: routed == "true", hits: hits.into() });
    }
    for ([ns, name, kind, route_kind, route_ns, route], hits) in &counted.drift {
        let route = ObjectRef { kind: route_kind.clone().into(), namespace: Some(route_ns.clone()), name: route.clone() };
        out.drift.push(Drift { gateway: gateway(ns, name), kind: kind.clone(), route, hits: hits.into() });
    }
    let recent = |hits: &Shown| hits.last_seen.is_some_and(|at| now - at < RECENT);
    out.findings.extend(out.undeclared.iter().filter(|u| u.routed && recent(&u.hits)).map(undeclared));
    out.findings.extend(out.drift.iter().filter(|d| recent(&d.hits)).map(drifted));
    for ((at, route), [without, all]) in never.into_iter().filter(|(_, [without, _])| *without > 0) {
        let for_seconds = watched.get(at).map_or(0.0, |since| now - since);
        if for_seconds >= never_hit_after {
            out.findings.push(never_hit(at, route, without, all, for_seconds));
        }
    }
    out
}

fn gateway(namespace: &str, name: &str) -> GatewayRef {
    GatewayRef { namespace: namespace.to_owned(), name: name.to_owned() }
}

fn object(gateway: &GatewayRef) -> ObjectRef {
    ObjectRef { kind: "Gateway".into(), namespace: Some(gateway.namespace.clone()), name: gateway.name.clone() }
}

fn finding(info: &Info, subject: ObjectRef, message: String, hint: &str, related: Vec<ObjectRef>) -> Finding {
    Finding { code: info.code.into(), severity: info.severity, subject, message, hint: Some(hint.into()), field: None, related }
}

fn undeclared(u: &Undeclared) -> Finding {
    let what = if u.reason == "no-listener" { "no listener takes" } else { "no declared match covers" };
    finding(
        &UNDECLARED,
        object(&u.gateway),
        format!("Envoy has routes for {} that {what}", requests(u.hits.requests)),
        "something beside the Gateway API configures this Envoy, or gatescope may not read all routes; `mode: log` names the requests",
        Vec::new(),
    )
}

fn drifted(d: &Drift) -> Finding {
    let message = match d.kind.as_str() {
        "not-routed" => format!("Envoy has no route for {} that this route should serve", requests(d.hits.requests)),
        "match" => format!("Envoy chose another match of this route for {}", requests(d.hits.requests)),
        _ => format!("Envoy chose another route for {} that this one should serve", requests(d.hits.requests)),
    };
    finding(
        &DRIFT,
        d.route.clone(),
        message,
        "the controller has not programmed the newest objects yet, or does otherwise than its profile says; `mode: log` names the requests",
        vec![object(&d.gateway)],
    )
}

fn requests(n: u64) -> String {
    if n == 1 { "1 request".to_owned() } else { format!("{n} requests") }
}

fn never_hit(at: &(String, String), route: &ObjectRef, without: usize, all: usize, seconds: f64) -> Finding {
    let time = match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3_600.0),
    };
    let at = object(&gateway(&at.0, &at.1));
    let which = match without {
        n if n == all => "nothing of it was".to_owned(),
        1 => format!("1 of its {all} matches was not"),
        n => format!("{n} of its {all} matches were not"),
    };
    let message = format!("it is exposed through Gateway `{}/{}`, and {which} hit in {time}", at.namespace.as_deref().unwrap_or_default(), at.name);
    finding(&NEVER_HIT, route.clone(), message, "close it if nobody needs it; the counters are those of the proxies that --envoy-stats names", vec![at])
}
