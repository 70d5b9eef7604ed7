//! Lines of the row metrics, from rows of the report.

use super::MetricsConfig;
use super::config::{Patterns, Shard};
use super::table::{index, table};
use super::text::Series;
use gatescope_core::types::{Action, Exposure, Finding, GatewayRef, Report, Severity, State, Tri};
use std::collections::BTreeMap;

/// Which lines are written anew.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// `exposed_route_info`.
    Route,
    /// `gatescope_exposure_info`.
    Exposure,
}

/// Writes lines.
#[derive(Debug)]
pub(super) struct Lines {
    namespaces: Patterns,
    shard: Option<Shard>,
    cluster: Option<String>,
    /// Labels that are shown, in the order of the table.
    route: Vec<bool>,
    exposure: Vec<bool>,
    out: String,
}

impl Lines {
    pub(super) fn new(config: &MetricsConfig) -> Self {
        let shown = |name: &str| {
            let metric = index(name).and_then(|i| table().get(i));
            metric.map(|m| m.labels.iter().map(|l| config.label_keys.lets(l)).collect()).unwrap_or_default()
        };
        Self {
            namespaces: config.namespaces.clone(),
            shard: config.shard,
            cluster: config.cluster.clone(),
            route: shown("exposed_route_info"),
            exposure: shown("gatescope_exposure_info"),
            out: String::new(),
        }
    }

    pub(super) fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// Whether a Gateway is this shard's.
    pub(super) fn mine(&self, gateway: &GatewayRef) -> bool {
        self.shard.is_none_or(|s| s.owns(&gateway.namespace, &gateway.name))
    }

    /// Whether rows of a namespace's routes are shown.
    pub(super) fn shows(&self, namespace: &str) -> bool {
        self.namespaces.lets(namespace)
    }

    /// Family 1: HTTPRoutes that forward to a Service and are exposed.
    pub(super) fn route(&mut self, row: &Exposure, suffix: &(&'static str, String)) -> Option<&str> {
        let backend = row.backend.as_ref().filter(|b| b.kind == "Service" && b.group.is_empty())?;
        if row.state != State::Exposed || row.action != Action::Forward || row.route.kind != "HTTPRoute" {
            return None;
        }
        let port = backend.port.map(|p| p.to_string()).unwrap_or_default();
        let mut shown = self.route.iter();
        self.out.clear();
        let mut line = Series::new(&mut self.out, "exposed_route_info");
        let head = [
            ("namespace", row.route.namespace.as_deref().unwrap_or_default()),
            ("gateway_name", &row.gateway.name),
            ("route_name", &row.route.name),
            ("hostname", &row.hostname),
            ("listener_name", &row.listener.name),
            ("http_path", row.path.as_ref().map_or("", |p| &p.value)),
            ("service_name", &backend.name),
            ("backend_namespace", &backend.namespace),
            ("backend_port", &port),
        ];
        for (name, value) in head {
            if shown.next() == Some(&true) {
                line.add(name, value);
            }
        }
        if let Some(cluster) = &self.cluster {
            line.add("cluster", cluster);
        }
        // Last, because they are written anew when the Gateway's class or address changes.
        for (name, value) in [("lb_type", suffix.0), ("ip_address", &suffix.1)] {
            if shown.next() == Some(&true) {
                line.add(name, value);
            }
        }
        line.count(1);
        Some(&self.out)
    }

    /// `gatescope_exposure_info`.
    pub(super) fn exposure(&mut self, row: &Exposure, state: &str, reach: &str, tenant: Option<&str>) -> &str {
        let backend = row.backend.as_ref();
        let (listener_port, rule) = (row.listener.port.to_string(), row.rule.to_string());
        let backend_port = backend.and_then(|b| b.port).map(|p| p.to_string()).unwrap_or_default();
        let (path_type, path) = path(row);
        let reason = match (&row.cause, row.reasons.as_slice()) {
            (Some(cause), _) => cause.clone(),
            (None, reasons) => reasons.join(","),
        };
        let values = [
            ("route_namespace", row.route.namespace.as_deref().unwrap_or_default()),
            ("route", &row.route.name),
            ("route_kind", &row.route.kind),
            ("gateway_namespace", &row.gateway.namespace),
            ("gateway", &row.gateway.name),
            ("listener", &row.listener.name),
            ("port", &listener_port),
            ("protocol", &row.listener.protocol),
            ("tls_mode", row.listener.tls_mode.as_deref().unwrap_or_default()),
            ("hostname", &row.hostname),
            ("rule", &rule),
            ("path_type", path_type),
            ("path", &path),
            ("method", row.method.as_deref().unwrap_or_default()),
            ("backend_kind", backend.map_or("", |b| &b.kind)),
            ("backend_namespace", backend.map_or("", |b| &b.namespace)),
            ("backend", backend.map_or("", |b| &b.name)),
            ("backend_port", &backend_port),
            ("reach", reach),
            ("state", state),
            ("reason", &reason),
        ];
        self.out.clear();
        let mut line = Series::new(&mut self.out, "gatescope_exposure_info");
        for ((name, value), shown) in values.into_iter().zip(&self.exposure) {
            if *shown {
                line.add(name, value);
            }
        }
        if let Some(cluster) = &self.cluster {
            line.add("cluster", cluster);
        }
        // Last, because it is written anew when the Namespace's label changes.
        line.maybe("tenant", tenant).count(1);
        &self.out
    }

    /// `gatescope_hostname_contested`.
    pub(super) fn contested(&mut self, namespace: &str, gateway: &str, port: u16, hostname: &str, namespaces: usize) -> &str {
        self.out.clear();
        Series::new(&mut self.out, "gatescope_hostname_contested")
            .label("gateway_namespace", namespace)
            .label("gateway", gateway)
            .number("port", port)
            .label("hostname", hostname)
            .maybe("cluster", self.cluster.as_deref())
            .count(namespaces as u64);
        &self.out
    }

    /// `gatescope_findings`.
    pub(super) fn findings(&self, findings: &[Finding]) -> Vec<String> {
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for finding in findings {
            let subject = finding.subject.namespace.as_deref().unwrap_or_default();
            if self.shard.is_some_and(|s| !s.owns(subject, &finding.subject.name)) {
                continue;
            }
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            let count = counts.entry((severity, &finding.code)).or_default();
            *count = count.saturating_add(1);
        }
        let line = |((severity, code), count): ((&str, &str), u64)| {
            let mut out = String::new();
            Series::new(&mut out, "gatescope_findings").label("severity", severity).label("code", code).maybe("cluster", self.cluster()).count(count);
            out
        };
        counts.into_iter().map(line).collect()
    }

    /// `gatescope_attachment_drift`: of routes from their attachments, of listeners from the finding about their count.
    pub(super) fn drift(&self, frame: &Report) -> Vec<String> {
        let sets: BTreeMap<(&str, &str), &GatewayRef> = frame.listener_sets.iter().map(|s| ((&*s.namespace, &*s.name), &s.gateway)).collect();
        let gateway = |kind: &str, namespace: &str, name: &str| match kind {
            "Gateway" => GatewayRef { namespace: namespace.into(), name: name.into() },
            _ => sets.get(&(namespace, name)).map_or_else(|| GatewayRef { namespace: String::new(), name: String::new() }, |g| (*g).clone()),
        };
        let mut out = Vec::new();
        let mut push = |route: [&str; 3], gateway: &GatewayRef, listener: &str, kind: &str| {
            let mut line = String::new();
            let [route_kind, namespace, name] = route;
            Series::new(&mut line, "gatescope_attachment_drift")
                .label("route_namespace", namespace)
                .label("route", name)
                .label("route_kind", route_kind)
                .label("gateway_namespace", &gateway.namespace)
                .label("gateway", &gateway.name)
                .label("listener", listener)
                .label("kind", kind)
                .maybe("cluster", self.cluster())
                .count(1);
            out.push(line);
        };
        let differ = |a: Tri, b: Tri| a != Tri::Unknown && b != Tri::Unknown && a != b;
        for a in frame.attachments.iter().filter(|a| a.drift) {
            let Some(reported) = a.reported.as_ref().filter(|r| r.current) else { continue };
            let namespace = a.route.namespace.as_deref().unwrap_or_default();
            let at = gateway(&a.parent_ref.kind, &a.parent_ref.namespace, &a.parent_ref.name);
            if !self.mine(&at) || !self.shows(namespace) {
                continue;
            }
            let listener = a.parent_ref.section_name.as_deref().unwrap_or_default();
            let route = [&*a.route.kind, namespace, &*a.route.name];
            for (kind, drifts) in [("accepted", differ(a.accepted, reported.accepted)), ("resolved_refs", differ(a.resolved_refs, reported.resolved_refs))] {
                if drifts {
                    push(route, &at, listener, kind);
                }
            }
        }
        for finding in frame.findings.iter().filter(|f| f.code == ATTACHED_ROUTES_DRIFT) {
            let namespace = finding.subject.namespace.as_deref().unwrap_or_default();
            let at = gateway(&finding.subject.kind, namespace, &finding.subject.name);
            if self.mine(&at) {
                push(["", "", ""], &at, listener_of(&finding.message), "attached_routes");
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// The finding's code: a listener's attachedRoutes differs from what was computed.
const ATTACHED_ROUTES_DRIFT: &str = "GS0602";

/// The listener that the finding's message names.
fn listener_of(message: &str) -> &str {
    message.split_once("listener `").and_then(|(_, rest)| rest.split_once('`')).map_or("", |(name, _)| name)
}

/// Type and value of the path; a gRPC method as the path that it has.
fn path(row: &Exposure) -> (&str, std::borrow::Cow<'_, str>) {
    match (&row.path, &row.grpc) {
        (Some(path), _) => (&path.kind, (&*path.value).into()),
        (None, Some(grpc)) => {
            let part = |p: &Option<String>| p.clone().unwrap_or_else(|| "*".into());
            (&grpc.kind, format!("/{}/{}", part(&grpc.service), part(&grpc.method)).into())
        }
        (None, None) => ("", "".into()),
    }
}

/// A line of family 1 with other `lb_type` and `ip_address`; `None` where it shows neither.
pub(super) fn cut_suffix(line: &str, suffix: &(&'static str, String)) -> Option<String> {
    let marks = [("lb_type", suffix.0), ("ip_address", suffix.1.as_str())];
    // A quote inside a value is escaped, so that these marks are labels wherever they stand.
    let find = |name: &str| [',', '{'].iter().find_map(|c| line.find(&format!("{c}{name}=\"")));
    let start = marks.iter().filter_map(|(name, _)| find(name)).min()?;
    let (head, tail) = line.split_at_checked(start)?;
    let mut out = head.to_owned();
    let mut first = tail.starts_with('{');
    for (name, value) in marks {
        if find(name).is_some() {
            out.push(if core::mem::take(&mut first) { '{' } else { ',' });
            super::text::pair(&mut out, name, value);
        }
    }
    out.push_str("} 1");
    Some(out)
}

/// A line of `gatescope_exposure_info` with another tenant.
pub(super) fn cut_tenant(line: &str, tenant: Option<&str>) -> String {
    let end = line.rfind(",tenant=\"").unwrap_or_else(|| line.len().saturating_sub("} 1".len()));
    let mut out = line.get(..end).unwrap_or(line).to_owned();
    if let Some(tenant) = tenant {
        out.push(',');
        super::text::pair(&mut out, "tenant", tenant);
    }
    out.push_str("} 1");
    out
}
