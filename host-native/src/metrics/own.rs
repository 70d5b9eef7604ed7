//! What the exporter says about itself: plain numbers that the hub fills in.

use std::time::Duration;

/// The exporter's own state, as of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the module, lower-case hex; empty where there is none.
    pub module_sha256: String,
    /// `native` or `wasm`.
    pub engine: String,
    /// Every discovered and permitted kind has synced once.
    pub ready: bool,
    /// The held state's revision.
    pub revision: u64,
    /// One for each kind.
    pub sources: Vec<Source>,
    /// How long the resolver took for each batch.
    pub resolve: Histogram,
    /// How long it took to bring each change into the series; [`super::Metrics::own`] fills it in.
    pub render: Histogram,
    /// From a source's seeing an event to its being in the next scrape.
    pub event_to_metrics: Histogram,
    /// The handbook's `controller_reconcile_*`, for each controller (a kind's source).
    pub reconciles: Vec<Reconcile>,
    /// How the resolver's engine does.
    pub health: crate::engine::Health,
}

/// How one kind's source does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// `Kind.group`, or `Kind` of the core group.
    pub kind: String,
    /// It has listed everything.
    pub synced: bool,
    /// When its last event came, in unix seconds.
    pub last_event: Option<f64>,
    /// Objects it holds.
    pub objects: u64,
    /// Objects that it could not read, ever.
    pub bad_objects: u64,
    /// How often its watch was started anew.
    pub restarts: u64,
}

/// Batches of one controller.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconcile {
    /// Its name.
    pub controller: String,
    /// Those that worked.
    pub success: u64,
    /// Those that did not.
    pub error: u64,
    /// How long each took.
    pub duration: Histogram,
}

/// Bounds of every duration's buckets, in seconds: from what one event costs to what a relist of 100,000 objects does.
pub const BOUNDS: [f64; 16] = [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Durations by size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Observations of each bucket (not cumulative); the last is for what is above every bound.
    pub buckets: [u64; 17],
    /// Sum in seconds.
    pub sum: f64,
}

impl Histogram {
    /// Adds one.
    pub fn observe(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let at = BOUNDS.partition_point(|b| *b < seconds);
        if let Some(bucket) = self.buckets.get_mut(at) {
            *bucket = bucket.saturating_add(1);
        }
        self.sum += seconds;
    }
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |a, b| a.saturating_add(*b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let mut h = Histogram::default();
        for ms in [1, 2, 10, 20_000] {
            h.observe(Duration::from_millis(ms));
        }
        assert_eq!((h.buckets[4], h.buckets[5], h.buckets[7], h.buckets[16], h.count()), (1, 1, 1, 1, 4));
    }
}
