//! How the push does.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

/// Counts of the push, for `gatescope_otlp_*`; read at each scrape.
#[derive(Debug, Default)]
pub struct Counters {
    /// Rounds in which everything was taken.
    pub succeeded: AtomicU64,
    /// Rounds that were given up.
    pub failed: AtomicU64,
    /// Data points that the collector took.
    pub points: AtomicU64,
    /// Data points that the collector refused.
    pub rejected: AtomicU64,
    /// When a round succeeded last, in unix milliseconds; 0 for never.
    pub last_success: AtomicU64,
    /// 1 where the last round reached the collector.
    pub up: AtomicU64,
    codes: Mutex<BTreeMap<&'static str, u64>>,
    error: Mutex<Option<String>>,
}

impl Counters {
    /// Counts a request by the name of its gRPC code.
    pub fn request(&self, code: &'static str) {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = codes.entry(code).or_default();
        *count = count.saturating_add(1);
    }
    /// Requests by gRPC code.
    pub fn codes(&self) -> BTreeMap<&'static str, u64> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Why the last round failed; `None` where it did not.
    pub fn error(&self) -> Option<String> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    pub(super) fn fail(&self, why: Option<String>) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }
}
