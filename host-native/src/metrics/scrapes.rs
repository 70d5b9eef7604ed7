//! How long scrapes take.

use super::negotiate::Encoding;
use super::own::Histogram;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Durations of scrapes by coding; pictures of one exporter share them.
#[derive(Debug, Default)]
pub(super) struct Scrapes([Mutex<Histogram>; 3]);

const ENCODINGS: [(Encoding, &str); 3] = [(Encoding::Identity, "identity"), (Encoding::Gzip, "gzip"), (Encoding::Zstd, "zstd")];

impl Scrapes {
    /// Adds one.
    pub(super) fn observe(&self, encoding: Encoding, took: Duration) {
        for ((which, _), durations) in ENCODINGS.iter().zip(&self.0) {
            if *which == encoding {
                durations.lock().unwrap_or_else(PoisonError::into_inner).observe(took);
            }
        }
    }

    /// Those that there were, by the coding's name.
    pub(super) fn each(&self, mut what: impl FnMut(&str, &Histogram)) {
        for ((_, name), durations) in ENCODINGS.iter().zip(&self.0) {
            let durations = durations.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if durations.count() > 0 {
                what(name, &durations);
            }
        }
    }
}
