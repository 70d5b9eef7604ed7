//! Family 2: drop-in for gateway-api-state-metrics and for Envoy Gateway's add-ons.
//!
//! Driven by data: [`rules`] reads `metrics-compat.json`, [`render`] makes the series of one object of them.

mod render;
mod rules;
mod time;
mod value;

use super::MetricsConfig;
use super::hash::{Keyed, joined};
use super::store::Store;
use super::table::{Metric, index};
use render::{About, series};
use rules::Rule;
use std::collections::BTreeMap;

/// Its metrics.
pub(super) fn metrics() -> Vec<Metric> {
    rules::metrics()
}

/// The exporters that have this metric; none for those that are ours.
pub(super) fn replaces(metric: &str) -> Vec<&'static str> {
    rules::rules().iter().find(|r| r.metric == metric).map(Rule::replaces).unwrap_or_default()
}

/// Where its series come from: kind and field.
pub(super) fn source(metric: &str) -> Option<String> {
    rules::rules().iter().find(|r| r.metric == metric).map(Rule::source)
}

/// Groups with the kinds that family 2 reads: what a live cluster should be watched for.
pub fn kinds() -> &'static [(&'static str, &'static [&'static str])] {
    rules::GROUPS
}

/// Which series each object holds.
#[derive(Debug)]
pub(super) struct Objects {
    seed: u64,
    /// Rules by kind, with the metric's place; only those that are shown.
    rules: BTreeMap<&'static str, Vec<(usize, &'static Rule)>>,
    held: Keyed<Box<[(u32, u64)]>>,
}

/// An object that is of use elsewhere too.
#[derive(Debug)]
pub(super) enum Special {
    /// A Namespace with its tenant.
    Namespace { name: String, tenant: Option<String> },
    /// A Secret or ConfigMap.
    Certificates,
}

impl Objects {
    pub(super) fn new(store: &Store, seed: u64) -> Self {
        let mut by_kind: BTreeMap<&'static str, Vec<(usize, &'static Rule)>> = BTreeMap::new();
        for rule in rules::rules() {
            if let Some(at) = index(&rule.metric).filter(|at| store.shows(*at)) {
                by_kind.entry(&rule.kind).or_default().push((at, rule));
            }
        }
        Self { seed, rules: by_kind, held: Keyed::default() }
    }

    /// An object came or changed. What is of use elsewhere is given back.
    pub(super) fn put(&mut self, store: &mut Store, config: &MetricsConfig, json: &[u8]) -> Option<Special> {
        // Where none of the family is shown, only what is special is of use, which tells so at its front.
        if self.rules.is_empty() && config.tenant_label.is_none() && !crate::feed::may_be_material(json) {
            return None;
        }
        let object = rules::wanted().decode(json)?;
        let kind = object.text(&["kind"]);
        let api = object.text(&["apiVersion"]);
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let (namespace, name) = (object.text(&["metadata", "namespace"]), object.text(&["metadata", "name"]));
        if group.is_empty() && kind == "Namespace" {
            let labels = object.get("metadata").and_then(|m| m.get("labels"));
            let tenant = config.tenant_label.as_deref().and_then(|key| labels?.get(key)?.label());
            return Some(Special::Namespace { name: name.to_owned(), tenant: tenant.map(Into::into) });
        }
        if group.is_empty() && matches!(kind, "Secret" | "ConfigMap") {
            return Some(Special::Certificates);
        }
        let rules = self.rules.get(rules::kind(group, kind)?)?;
        let key = joined(self.seed, &[group, kind, namespace, name]);
        let mine = (namespace.is_empty() || config.namespaces.lets(namespace)) && config.shard.is_none_or(|s| s.owns(namespace, name));
        let about = About { group, kind, version, label: config.customresource_version, cluster: config.cluster.as_deref(), keys: &config.label_keys };
        let held = |(at, rule): &(usize, &Rule)| {
            let place = u32::try_from(*at).unwrap_or(u32::MAX);
            series(rule, &object, &about).iter().map(|line| (place, store.hold(*at, line))).collect::<Vec<_>>()
        };
        let new: Vec<(u32, u64)> = if mine { rules.iter().flat_map(held).collect() } else { Vec::new() };
        self.replace(store, key, new);
        None
    }

    /// An object went.
    pub(super) fn delete(&mut self, store: &mut Store, group: &str, kind: &str, namespace: &str, name: &str) {
        self.replace(store, joined(self.seed, &[group, kind, namespace, name]), Vec::new());
    }

    fn replace(&mut self, store: &mut Store, key: u64, new: Vec<(u32, u64)>) {
        let old = if new.is_empty() { self.held.remove(&key) } else { self.held.insert(key, new.into()) };
        for (metric, line) in old.iter().flatten() {
            store.release(*metric as usize, *line);
        }
    }
}
