//! A data plane as a controller would write it, derived from a report and the objects: listeners, filter chains by
//! server name, virtual hosts, routes in order of precedence. It shares no code with the resolver's matching.

use super::order::{Candidate, Objects, objects, sort};
use super::routes;
use gatescope_core::types::{Action, Exposure, Gateway, GatewayRef, Listener, Report, State};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A port of a Gateway.
#[derive(Debug)]
pub struct Plane {
    /// The Gateway.
    pub gateway: GatewayRef,
    /// The profile it is resolved under.
    pub profile: String,
    /// The listeners' port.
    pub port: u16,
    /// Filter chains.
    pub chains: Vec<Chain>,
}

/// A filter chain.
#[derive(Debug)]
pub struct Chain {
    /// HTTPS.
    pub tls: bool,
    /// Of a TLS chain; none for every name.
    pub server_names: Vec<String>,
    /// By domain.
    pub virtual_hosts: Vec<VirtualHost>,
}

/// A virtual host.
#[derive(Debug)]
pub struct VirtualHost {
    /// Domain, also a wildcard or `*`.
    pub domain: String,
    /// Envoy's routes.
    pub routes: Vec<Value>,
}

impl VirtualHost {
    /// As Envoy's configuration has it.
    pub fn json(&self) -> Value {
        json!({"name": self.domain, "domains": [self.domain], "routes": self.routes})
    }
}

/// Whether every host of one hostname is a host of another.
pub(super) fn covers(outer: &str, inner: &str) -> bool {
    outer == "*" || outer == inner || outer.strip_prefix('*').is_some_and(|suffix| inner.len() > suffix.len() && inner.ends_with(suffix) && inner != "*")
}

/// The smaller comes first: exact names, then longer wildcards, `*` last.
fn width(host: &str) -> (bool, std::cmp::Reverse<usize>) {
    (host.starts_with('*'), std::cmp::Reverse(if host == "*" { 0 } else { host.len() }))
}

/// Every port of every Gateway that has HTTP or HTTPS listeners. An error says why a Gateway cannot be configured.
pub fn planes(report: &Report, list: &[Value]) -> Vec<Result<Plane, (GatewayRef, String)>> {
    let objects = objects(list);
    let mut out = Vec::new();
    for gateway in &report.gateways {
        let reference = GatewayRef { namespace: gateway.namespace.clone(), name: gateway.name.clone() };
        let listeners: Vec<&Listener> = report.listeners.iter().filter(|l| l.gateway == reference && matches!(&*l.protocol, "HTTP" | "HTTPS")).collect();
        let ports: BTreeSet<u16> = listeners.iter().map(|l| l.port).collect();
        for port in ports {
            let here: Vec<&Listener> = listeners.iter().copied().filter(|l| l.port == port).collect();
            let rows: Vec<&Exposure> = report.exposures.iter().filter(|e| e.gateway == reference && e.listener.port == port).collect();
            out.push(plane(gateway, &reference, port, &here, &rows, &objects).map_err(|why| (reference.clone(), why)));
        }
    }
    out
}

fn conflicted(l: &Listener) -> bool {
    l.reasons.iter().any(|r| r == "HostnameConflict" || r == "ProtocolConflict")
}

fn plane(gateway: &Gateway, reference: &GatewayRef, port: u16, listeners: &[&Listener], rows: &[&Exposure], objects: &Objects<'_>) -> Result<Plane, String> {
    if rows.iter().any(|r| r.state == State::Unknown) || listeners.iter().any(|l| l.programmed.is_none()) {
        return Err("it cannot be told what it does".into());
    }
    let own_hostname = objects
        .get(&("GatewayClass".into(), String::new(), gateway.class.clone()))
        .is_some_and(|c| c.to_string().contains("GatewayRouteHostnameIntersectionPrecedence"));
    if own_hostname {
        return Err("its class sorts by the routes' own hostnames".into());
    }
    let istio = gateway.profile == "istio";
    let dropped: BTreeSet<String> =
        if istio { rows.iter().filter(|r| r.reasons.iter().any(|x| x == "InvalidFilter")).map(|r| route_of(r)).collect() } else { BTreeSet::new() };
    let mut chains = Vec::new();
    for tls in [false, true] {
        let protocol = if tls { "HTTPS" } else { "HTTP" };
        let of: Vec<&Listener> = listeners.iter().copied().filter(|l| l.protocol == protocol && !conflicted(l)).collect();
        let serving = |l: &&&Listener| l.programmed == Some(true);
        let candidates = |l: &Listener| -> Vec<Candidate<'_>> { if l.programmed == Some(true) { candidates(l, rows, &dropped, objects) } else { Vec::new() } };
        if tls {
            for l in of.iter().filter(|l| gateway.profile == "standard" || serving(l)) {
                let host = l.hostname.clone().unwrap_or_else(|| "*".into());
                let hosts = virtual_hosts(candidates(l), &gateway.profile, |_| true, vec![]);
                chains.push(Chain { tls, server_names: if host == "*" { vec![] } else { vec![host] }, virtual_hosts: hosts });
            }
        } else if of.iter().any(|l| serving(&l)) {
            let all: Vec<Candidate<'_>> = of.iter().flat_map(|l| candidates(l)).collect();
            let names: Vec<String> = of.iter().map(|l| l.hostname.clone().unwrap_or_else(|| "*".into())).collect();
            // Rule 17: under `standard` only the most specific listener's routes serve a domain.
            let standard = gateway.profile == "standard";
            let owned = |domain: &str, c: &Candidate<'_>| {
                let owner = names.iter().zip(&of).filter(|(h, _)| covers(h, domain)).min_by_key(|(h, _)| width(h)).map(|(_, l)| l);
                !standard || owner.is_some_and(|o| o.name == c.first().listener.name && o.owner == c.first().listener.owner)
            };
            let mut hosts = Vec::new();
            let mut domains: BTreeSet<String> = all.iter().map(|c| c.first().hostname.clone()).collect();
            if standard {
                domains.extend(names.iter().cloned());
            }
            for domain in domains {
                let mine: Vec<Candidate<'_>> = all.iter().filter(|c| owned(&domain, c)).cloned().collect();
                hosts.extend(virtual_hosts(mine, &gateway.profile, |h| h == domain, vec![domain.clone()]));
            }
            chains.push(Chain { tls, server_names: vec![], virtual_hosts: hosts });
        }
    }
    Ok(Plane { gateway: reference.clone(), profile: gateway.profile.to_string(), port, chains })
}

fn candidates<'r>(l: &Listener, rows: &[&'r Exposure], dropped: &BTreeSet<String>, objects: &Objects<'r>) -> Vec<Candidate<'r>> {
    let mut out: BTreeMap<(String, String, usize, usize), Candidate<'r>> = BTreeMap::new();
    for row in rows.iter().filter(|r| r.listener.name == l.name && r.listener.owner == l.owner) {
        let not_served = row.reasons.iter().any(|r| r == "ListenerIsolation" || r == "UnsupportedValue") || dropped.contains(&route_of(row));
        if not_served || row.action == Action::Mirror {
            continue;
        }
        let key = (row.hostname.clone(), route_of(row), row.rule, row.match_index);
        let object = objects.get(&(row.route.kind.to_string(), row.route.namespace.clone().unwrap_or_default(), row.route.name.clone())).copied();
        let hostnames = object.and_then(|o| o.pointer("/spec/hostnames")?.as_array());
        let written = hostnames.into_iter().flatten().filter_map(|h| Some(h.as_str()?.to_ascii_lowercase())).collect();
        out.entry(key).or_insert_with(|| Candidate { rows: Vec::new(), object, written }).rows.push(row);
    }
    out.into_values().collect()
}

/// Virtual hosts of the candidates' hostnames that `wanted` takes, and of `domains`, which may have no route.
fn virtual_hosts(candidates: Vec<Candidate<'_>>, profile: &str, wanted: impl Fn(&str) -> bool, domains: Vec<String>) -> Vec<VirtualHost> {
    let istio = profile == "istio";
    let mut by_host: BTreeMap<String, Vec<Candidate<'_>>> = BTreeMap::new();
    for c in candidates {
        by_host.entry(c.first().hostname.clone()).or_default().push(c);
    }
    for list in by_host.values_mut() {
        sort(list, istio);
    }
    let wider = profile == "standard";
    let domains: BTreeSet<String> = by_host.keys().filter(|h| wanted(h)).cloned().chain(domains).collect();
    let one = |domain: &String| {
        // Rule 36: where a wider hostname's rules are tried next, its routes follow.
        let mut hosts: Vec<&String> = by_host.keys().filter(|h| *h == domain || (wider && covers(h, domain))).collect();
        hosts.sort_by_key(|h| width(h));
        let routes = hosts.iter().filter_map(|h| by_host.get(*h)).flatten().map(|c| routes::route(c, istio, wider)).collect();
        VirtualHost { domain: domain.clone(), routes }
    };
    domains.iter().map(one).collect()
}

fn route_of(row: &Exposure) -> String {
    format!("{}/{}/{}", row.route.kind, row.route.namespace.as_deref().unwrap_or(""), row.route.name)
}
