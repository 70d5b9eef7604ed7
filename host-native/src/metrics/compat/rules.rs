//! What each metric is made of: `metrics-compat.json`, and what we add to it.

use super::value::Wanted;
use crate::metrics::VersionLabel;
use crate::metrics::table::{Family, Kind, Metric};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// How a metric follows from an object.
#[derive(Debug)]
pub(super) struct Rule {
    pub metric: String,
    pub help: String,
    /// The kind whose objects have it.
    pub kind: String,
    /// From the object to the items, each of which is a series; more than one where a field was renamed.
    pub paths: Vec<Vec<String>>,
    /// From an item to a list inside it, each element of which is a series.
    pub inner: Option<String>,
    /// Label, and from where.
    pub labels: Vec<(String, From)>,
    /// From an item to its value; the item itself where empty. `None`: the value is 1.
    pub value: Option<Vec<String>>,
    /// An absent value is 0.
    pub nil_is_zero: bool,
    /// `customresource_version`, as the two sources have it.
    versions: [Option<String>; 2],
}

/// Where a label's value is.
#[derive(Debug)]
pub(super) enum From {
    /// From the object's root.
    Object(Vec<String>),
    /// From the item.
    Item(Vec<String>),
    /// From the element of the item's inner list.
    Inner(Vec<String>),
    /// Every key of the object's labels.
    Labels,
}

/// The columns of the table.
const EXPORTERS: [&str; 2] = ["gateway-api-state-metrics", "envoy-gateway-addons"];

impl Rule {
    /// What `customresource_version` says.
    pub(super) fn version(&self, which: VersionLabel) -> Option<&str> {
        let [ours, theirs] = &self.versions;
        match which {
            VersionLabel::StateMetrics => ours.as_deref().or(theirs.as_deref()),
            VersionLabel::EnvoyGateway => theirs.as_deref().or(ours.as_deref()),
            VersionLabel::Served => None,
        }
    }

    /// The exporters that have this metric; none where it is an addition of ours.
    pub(super) fn replaces(&self) -> Vec<&'static str> {
        if self.inner.is_some() {
            return Vec::new();
        }
        EXPORTERS.iter().zip(&self.versions).filter(|(_, version)| version.is_some()).map(|(name, _)| *name).collect()
    }

    /// Where its series come from, in words.
    pub(super) fn source(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|p| p.join(".")).collect();
        let mut path = paths.join("`, `");
        for part in self.inner.iter().chain(self.value.iter().flatten()) {
            path.push('.');
            path.push_str(part);
        }
        format!("{} `{path}`", self.kind)
    }
}

/// One column of the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    help: String,
    kind: String,
    #[serde(default)]
    label_paths: BTreeMap<String, String>,
    path: String,
    #[serde(rename = "type")]
    shape: Option<String>,
    value_from: Option<String>,
    #[serde(default)]
    nil_is_zero: bool,
    version: String,
    /// Ours: a list inside the item.
    inner: Option<String>,
}

/// The rules of every kind, in the table's order.
pub(super) fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let read = |text: &str| serde_json::from_str::<BTreeMap<String, BTreeMap<String, Column>>>(text).unwrap_or_default();
        let mut table = read(include_str!("metrics-compat.json"));
        // Seven rows of the table lack where their labels are.
        table.extend(read(include_str!("added.json")));
        table.into_iter().filter_map(|(metric, columns)| rule(metric, columns)).collect()
    })
}

fn rule(metric: String, mut columns: BTreeMap<String, Column>) -> Option<Rule> {
    let version = |columns: &BTreeMap<String, Column>, name: &str| columns.get(name).map(|c| c.version.clone());
    let versions = EXPORTERS.map(|name| version(&columns, name));
    // In doubt the first holds.
    let column = columns.remove("gateway-api-state-metrics").or_else(|| columns.pop_first().map(|(_, c)| c))?;
    let split = |path: &str| path.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let mut paths = vec![split(&column.path)];
    if column.path == "spec.targetRef" {
        paths.push(split("spec.targetRefs"));
    }
    let inner = column.inner;
    let from = |path: &str| match (path, &inner) {
        ("labels", _) => From::Labels,
        (path, _) if path.starts_with("metadata.") || path.starts_with("spec.") => From::Object(split(path)),
        (path, Some(inner)) if path.split('.').next() == Some(inner) => From::Inner(split(path).split_off(1)),
        (path, _) => From::Item(split(path)),
    };
    let mut labels: Vec<(String, From)> = column.label_paths.iter().map(|(label, path)| (label.clone(), from(path))).collect();
    // The object's own name first, its other labels last.
    let place = |label: &str| ["namespace", "name"].iter().position(|l| *l == label).unwrap_or(if label == "*" { 3 } else { 2 });
    labels.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
    let value = if column.shape.as_deref() == Some("Info") { None } else { Some(split(&column.value_from.unwrap_or_default())) };
    Some(Rule { metric, help: column.help, kind: column.kind, paths, inner, labels, value, nil_is_zero: column.nil_is_zero, versions })
}

/// The metrics, for the table.
pub(super) fn metrics() -> Vec<Metric> {
    let common = |label: &str| !matches!(label, "namespace" | "name");
    let of = |r: &Rule| {
        let (own, rest): (Vec<&String>, Vec<&String>) = r.labels.iter().map(|(l, _)| l).partition(|l| !common(l));
        let ours = ["customresource_group", "customresource_kind", "customresource_version"].map(str::to_owned);
        let labels = own.into_iter().cloned().chain(ours).chain(rest.into_iter().cloned()).collect();
        let mut help = r.help.clone();
        if let Some(first) = help.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if !help.ends_with('.') {
            help.push('.');
        }
        Metric { name: r.metric.clone(), kind: Kind::Gauge, help, labels, family: Family::Objects }
    };
    rules().iter().map(of).collect()
}

/// The fields that rules ask for, whatever the kind.
pub(super) fn wanted() -> &'static Wanted {
    static WANTED: OnceLock<Wanted> = OnceLock::new();
    WANTED.get_or_init(|| {
        let mut out = Wanted::default();
        let mut add = |parts: &[&[String]]| out.add(&parts.concat());
        let fixed = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        for path in ["apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.labels"] {
            add(&[&fixed(path)]);
        }
        for rule in rules() {
            for path in &rule.paths {
                let inner = rule.inner.iter().cloned().collect::<Vec<_>>();
                for (_, from) in &rule.labels {
                    match from {
                        From::Object(p) => add(&[p]),
                        From::Item(p) if path.is_empty() && p.is_empty() => {}
                        From::Item(p) => add(&[path, p]),
                        From::Inner(p) => add(&[path, &inner, p]),
                        From::Labels => {}
                    }
                }
                if let Some(value) = &rule.value
                    && !path.is_empty()
                {
                    add(&[path, &inner, value]);
                }
            }
        }
        out
    })
}

/// The groups of the kinds that rules name.
pub(super) const GROUPS: &[(&str, &[&str])] = &[
    ("kuadrant.io", &["AuthPolicy", "DNSHealthCheckProbe", "DNSPolicy", "DNSRecord", "RateLimitPolicy", "TLSPolicy"]),
    ("gateway.networking.x-k8s.io", &["XListenerSet"]),
    (
        "gateway.networking.k8s.io",
        &["BackendTLSPolicy", "Gateway", "GatewayClass", "GRPCRoute", "HTTPRoute", "ListenerSet", "TCPRoute", "TLSRoute", "UDPRoute"],
    ),
];

/// The kind whose rules an object has; `None` where it has none.
pub(super) fn kind<'k>(group: &str, kind: &'k str) -> Option<&'k str> {
    let known = GROUPS.iter().any(|(g, kinds)| *g == group && kinds.contains(&kind));
    // The same thing under another group, before it became standard.
    known.then_some(if kind == "XListenerSet" { "ListenerSet" } else { kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_a_rule() {
        assert_eq!(rules().iter().filter(|r| !r.metric.ends_with("_conditions")).count(), 77);
        for rule in rules() {
            assert!(GROUPS.iter().any(|(_, kinds)| kinds.contains(&&*rule.kind)), "{rule:?}");
            assert!(rule.labels.iter().any(|(l, _)| l == "name"), "{rule:?}");
            let gauge = ["_created", "_deleted", "_status", "_attached_routes", "_conditions"];
            assert_eq!(rule.value.is_some(), gauge.iter().any(|g| rule.metric.ends_with(g)), "{rule:?}");
        }
        let probe = rules().iter().find(|r| r.metric == "gatewayapi_listenerset_listener_info").unwrap();
        assert_eq!(probe.labels.len(), 8, "{probe:?}");
    }
}
