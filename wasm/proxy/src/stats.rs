//! Metrics, made when first used. A name carries its labels as `|label=value`, which Envoy's `stats_tags` take out
//! again (deploy/envoy/stats-tags.yaml).

use crate::host::{Host, Metric};
use gatescope_core::matcher::Served;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

/// Requests of an exposure.
const REQUESTS: &str = "gatescope_proxy_requests_total";
/// How long they took.
const DURATION: &str = "gatescope_proxy_request_duration_microseconds";

/// Classes of status codes, `0` for a request that was never answered.
const CLASSES: [&str; 6] = ["0", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// All metrics of a plugin.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    ids: RefCell<HashMap<Box<str>, Option<u32>, FxBuildHasher>>,
    most: Cell<usize>,
    /// `|gateway_namespace=infra|gateway=edge`.
    gateway: RefCell<String>,
    /// Room to write a name in.
    name: RefCell<String>,
}

/// Labels of an event.
pub(crate) type Labels<'l> = &'l [(&'static str, &'l str)];

impl Stats {
    pub(crate) fn configure(&self, most: usize, namespace: &str, name: &str) {
        self.most.set(most);
        *self.gateway.borrow_mut() = format!("|gateway_namespace={namespace}|gateway={name}");
    }

    /// The number of a metric of this Gateway.
    fn id(&self, host: &impl Host, metric: Metric, family: &str, labels: impl FnOnce(&mut String)) -> Option<u32> {
        let mut name = self.name.borrow_mut();
        name.clear();
        name.push_str(family);
        name.push_str(&self.gateway.borrow());
        labels(&mut name);
        if let Some(id) = self.ids.borrow().get(name.as_str()) {
            return *id;
        }
        if self.ids.borrow().len() >= self.most.get() {
            // What is left out is counted, and costs nothing more.
            return match metric {
                Metric::Counter => self.overflow(host),
                Metric::Gauge | Metric::Histogram => None,
            };
        }
        let id = host.define(metric, &name);
        self.ids.borrow_mut().insert(name.as_str().into(), id);
        id
    }

    fn overflow(&self, host: &impl Host) -> Option<u32> {
        const OVERFLOW: &str = "gatescope_proxy_overflow_total";
        *self.ids.borrow_mut().entry(OVERFLOW.into()).or_insert_with(|| host.define(Metric::Counter, OVERFLOW))
    }

    /// Counts an event.
    pub(crate) fn count(&self, host: &impl Host, family: &str, labels: Labels<'_>) {
        let write = |name: &mut String| labels.iter().for_each(|(label, value)| pair(name, label, value));
        if let Some(id) = self.id(host, Metric::Counter, family, write) {
            host.increment(id);
        }
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, host: &impl Host, family: &str, value: u64) {
        if let Some(id) = self.id(host, Metric::Gauge, family, |_| {}) {
            host.record(id, value);
        }
    }

    /// The counter of an exposure's requests with such an answer.
    pub(crate) fn requests(&self, host: &impl Host, served: &Served<'_>, class: usize) -> Option<u32> {
        self.id(host, Metric::Counter, REQUESTS, |name| {
            let _ = write!(name, "|exposure=e-{:016x}", served.id);
            route(name, served);
            let _ = write!(name, "|rule={}|match={}|hostname={}", served.rule, served.match_index, served.hostname);
            pair(name, "class", CLASSES.get(class).copied().unwrap_or("0"));
        })
    }

    /// The histogram of a route's durations.
    pub(crate) fn duration(&self, host: &impl Host, served: &Served<'_>) -> Option<u32> {
        self.id(host, Metric::Histogram, DURATION, |name| route(name, served))
    }
}

/// Which of the classes a status belongs to.
pub(crate) fn class(status: u64) -> usize {
    match status {
        100..=599 => usize::try_from(status / 100).unwrap_or(0),
        _ => 0,
    }
}

fn route(name: &mut String, served: &Served<'_>) {
    pair(name, "listener", served.listener_name);
    pair(name, "route_kind", served.route_kind);
    pair(name, "route_namespace", served.route_namespace);
    pair(name, "route", served.route_name);
}

fn pair(name: &mut String, label: &str, value: &str) {
    name.push('|');
    name.push_str(label);
    name.push('=');
    // The separator is no part of any Kubernetes name; it must not come in by another way.
    name.extend(value.chars().map(|c| if c == '|' || c.is_control() { '_' } else { c }));
}
