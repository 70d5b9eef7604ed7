//! The three families of metrics (docs/metrics.md).
//!
//! One writer (the hub) keeps the series as ready text, in parts of about 48 KB that are compressed at rest; a scrape copies
//! them. [`Metrics::scrape`] gives an immutable [`Exposition`] that shares every part that did not change with the one before.
//!
//! [`lines`] is the set of series of one metric; [`rows`] turns rows of the report into series, [`compat`] objects.

mod cap;
mod catalogue;
mod certificates;
pub(crate) mod chunk;
mod compat;
mod config;
mod exposition;
mod gateways;
mod hash;
mod heads;
mod hosts;
mod line;
mod lines;
mod live;
mod negotiate;
mod own;
mod pool;
mod process;
mod rows;
mod scrapes;
mod store;
mod table;
pub(crate) mod text;

pub use catalogue::{LABELS, Stability};
pub use compat::kinds;
pub use config::{Families, MetricsConfig, Patterns, Shard, VersionLabel};
pub use exposition::{Exposition, Parts};
pub use negotiate::{Encoding, Format};
pub use own::{BOUNDS, Histogram, Own, Reconcile, Source};
pub use table::{Family, Kind, Metric, table};

use crate::otlp::Counters;
use certificates::Certificates;
use compat::Special;
use gatescope_core::types::{Delta, Exposure, Report};
use live::Live;
use rows::Rows;
use scrapes::Scrapes;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Instant;
use store::Store;
use text::Series;

/// How many changes wait before they are worked in, where there are many: about 1 MB of text; more where more is held
/// (see [`Store::full`]), since each time may touch all of it.
const BATCH: usize = 2_000;

/// All series; one writer, many scrapes.
#[derive(Debug)]
pub struct Metrics {
    config: MetricsConfig,
    store: Store,
    rows: Rows,
    objects: compat::Objects,
    certificates: Certificates,
    own: Arc<Own>,
    otlp: Option<Arc<Counters>>,
    scrapes: Arc<Scrapes>,
    render: Histogram,
    traffic: Option<Arc<crate::traffic::Traffic>>,
    dropped: Vec<u64>,
    /// What the current exposition shows.
    shown: Option<u64>,
    current: Arc<Exposition>,
}

impl Metrics {
    /// Without a series but its own.
    pub fn new(config: MetricsConfig) -> Self {
        // Nobody outside can make two series that count as one.
        let seed = RandomState::new().hash_one(0);
        let (store, rows) = (Store::new(&config, seed), Rows::new(&config, seed));
        let objects = compat::Objects::new(&store, seed);
        let certificates = Certificates::new(seed);
        Self {
            config,
            store,
            rows,
            objects,
            certificates,
            own: Arc::default(),
            otlp: None,
            traffic: None,
            scrapes: Arc::default(),
            render: Histogram::default(),
            dropped: Vec::new(),
            shown: None,
            current: Arc::default(),
        }
    }

    /// Without a series again, under other settings; what is about this process goes on.
    pub fn again(&self, config: MetricsConfig) -> Self {
        Self {
            own: Arc::clone(&self.own),
            otlp: self.otlp.clone(),
            scrapes: Arc::clone(&self.scrapes),
            traffic: self.traffic.clone(),
            render: self.render.clone(),
            ..Self::new(config)
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &MetricsConfig {
        &self.config
    }

    /// An object came or changed: its JSON text, managedFields trimmed. Family 2; Namespaces also for tenants.
    /// Text that is no object is left alone: the engine has said so.
    pub fn put(&mut self, json: &[u8]) {
        let began = Instant::now();
        match self.objects.put(&mut self.store, &self.config, json) {
            Some(Special::Namespace { name, tenant }) if self.config.tenant_label.is_some() => self.rows.tenant(&mut self.store, &name, tenant.as_deref()),
            Some(Special::Certificates) => self.certificates.put(&mut self.store, &self.config, json),
            _ => {}
        }
        if self.store.full() {
            self.store.commit();
        }
        self.render.observe(began.elapsed());
    }

    /// An object went.
    pub fn delete(&mut self, group: &str, kind: &str, namespace: &str, name: &str) {
        if self.config.tenant_label.is_some() && group.is_empty() && kind == "Namespace" {
            self.rows.tenant(&mut self.store, name, None);
        }
        self.objects.delete(&mut self.store, group, kind, namespace, name);
        self.certificates.delete(&mut self.store, group, kind, namespace, name);
    }

    /// What a change did: rows from the delta; Gateways, attachments and findings from the frame (a report without exposures).
    pub fn apply(&mut self, delta: &Delta, frame: &Report) {
        self.frame(frame);
        self.rows(delta);
    }

    /// Rows alone. Under a storm of events a hub may call this for each delta, and [`Self::frame`] less often.
    /// Rows of a Gateway that no frame has named yet count as external and without an address until one does.
    pub fn rows(&mut self, delta: &Delta) {
        let began = Instant::now();
        self.rows.change(&mut self.store, delta.opened.iter().chain(&delta.changed), &delta.closed, false);
        self.render.observe(began.elapsed());
    }

    /// Gateways, attachments and findings alone.
    pub fn frame(&mut self, frame: &Report) {
        let began = Instant::now();
        self.rows.frame(&mut self.store, frame);
        self.render.observe(began.elapsed());
    }

    /// Everything about rows anew: at the start, and after a gap. The report holds its exposures.
    pub fn reset(&mut self, report: &Report) {
        self.reset_from(report, |each| each(&report.exposures));
    }

    /// The same of a report without its exposures, which `rows` gives to its argument some at a time.
    pub fn reset_from(&mut self, frame: &Report, rows: impl FnOnce(&mut dyn FnMut(&[Exposure]))) {
        let began = Instant::now();
        self.store.clear(|m| matches!(m.family, Family::Routes | Family::Own) && m.name != certificates::METRIC);
        self.dropped.clear();
        self.rows.clear(&self.config);
        self.rows.frame(&mut self.store, frame);
        rows(&mut |some| self.rows.load(&mut self.store, some, false));
        self.rows.load(&mut self.store, &[], true);
        self.store.rest();
        self.render.observe(began.elapsed());
    }

    /// The exporter's own state.
    pub fn own(&mut self, own: &Own) {
        self.own = Arc::new(Own { render: self.render.clone(), ..own.clone() });
        self.shown = None;
    }

    /// How the push over OTLP does, read at each scrape.
    pub fn watch(&mut self, otlp: Arc<Counters>) {
        self.otlp = Some(otlp);
        self.shown = None;
    }

    /// What the Envoy plugin counts, read at each scrape.
    pub fn watch_traffic(&mut self, traffic: Arc<crate::traffic::Traffic>) {
        self.traffic = Some(traffic);
        self.shown = None;
    }

    /// Gives back the memory of text that changed lately and waits uncompressed (at most about 8 MB): for when nothing happens.
    pub fn rest(&mut self) {
        self.rows.rest();
        self.store.rest();
    }

    /// An immutable picture that scrapes copy from. Cheap where nothing changed.
    pub fn scrape(&mut self) -> Arc<Exposition> {
        self.store.commit();
        if self.shown == Some(self.store.version()) {
            return Arc::clone(&self.current);
        }
        let mut metrics = self.store.view();
        if self.count_dropped() {
            metrics = self.store.view();
        }
        let live = Live {
            own: Arc::clone(&self.own),
            otlp: self.otlp.clone(),
            traffic: self.traffic.clone(),
            scrapes: Arc::clone(&self.scrapes),
            ..Live::new(&self.config)
        };
        self.shown = Some(self.store.version());
        self.current = Arc::new(Exposition::new(metrics, live));
        Arc::clone(&self.current)
    }

    /// `gatescope_series_dropped` of what the view found; whether that changed.
    fn count_dropped(&mut self) -> bool {
        let Some(at) = table::index("gatescope_series_dropped").filter(|at| self.store.shows(*at)) else { return false };
        let before = self.store.version();
        let cluster = self.config.cluster.as_deref();
        let line = |((family, namespace), count): (&(&str, String), &u64)| {
            let mut out = String::new();
            Series::new(&mut out, "gatescope_series_dropped").label("family", family).label("namespace", namespace).maybe("cluster", cluster).count(*count);
            out
        };
        let lines: Vec<String> = self.store.dropped().iter().map(line).collect();
        let new = lines.iter().map(|l| self.store.hold(at, l)).collect();
        core::mem::replace(&mut self.dropped, new).into_iter().for_each(|key| self.store.release(at, key));
        self.store.commit();
        before != self.store.version()
    }
}
