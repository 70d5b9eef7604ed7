//! The three families of metrics (docs/metrics.md).
//!
//! One writer (the hub) keeps the series as ready text, in parts of about 64 KB that are compressed at rest; a scrape copies
//! them. [`Metrics::scrape`] gives an immutable [`Exposition`] that shares every part that did not change with the one before.

mod config;
mod exposition;
mod negotiate;
mod own;

pub use config::{Families, MetricsConfig, Patterns, Shard, VersionLabel};
pub use exposition::Exposition;
pub use negotiate::{Encoding, Format};
pub use own::{BOUNDS, Histogram, Own, Reconcile, Source};

use gatescope_core::types::{Delta, Report};
use std::sync::Arc;

/// All series; one writer, many scrapes.
#[derive(Debug)]
pub struct Metrics {
    config: MetricsConfig,
    current: Arc<Exposition>,
}

impl Metrics {
    /// Without a series but its own.
    pub fn new(config: MetricsConfig) -> Self {
        Self { config, current: Arc::default() }
    }

    /// What it was made with.
    pub fn config(&self) -> &MetricsConfig {
        &self.config
    }

    /// An object came or changed: its JSON text, managedFields trimmed. Family 2; Namespaces also for tenants.
    /// Text that is no object is left alone: the engine has said so.
    pub fn put(&mut self, _json: &[u8]) {}

    /// An object went.
    pub fn delete(&mut self, _group: &str, _kind: &str, _namespace: &str, _name: &str) {}

    /// What a change did: rows from the delta; Gateways, attachments and findings from the frame (a report without exposures).
    pub fn apply(&mut self, delta: &Delta, frame: &Report) {
        self.frame(frame);
        self.rows(delta);
    }

    /// Rows alone. Under a storm of events a hub may call this for each delta, and [`Self::frame`] less often.
    /// Rows of a Gateway that no frame has named yet count as external and without an address until one does.
    pub fn rows(&mut self, _delta: &Delta) {}

    /// Gateways, attachments and findings alone.
    pub fn frame(&mut self, _frame: &Report) {}

    /// Everything anew: at the start, and after a gap. The report holds its exposures.
    pub fn reset(&mut self, _report: &Report) {}

    /// The exporter's own state.
    pub fn own(&mut self, _own: &Own) {}

    /// An immutable picture that scrapes copy from. Cheap where nothing changed.
    pub fn scrape(&mut self) -> Arc<Exposition> {
        Arc::clone(&self.current)
    }
}
