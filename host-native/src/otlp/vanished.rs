//! Series that were pushed and are no more.

use crate::metrics::Exposition;
use std::collections::{BTreeMap, HashSet};

/// The series of one picture that another lacks, by the metric's place in the table. Only chunks that differ are looked at.
pub(super) fn vanished(before: &Exposition, now: &Exposition) -> Vec<(usize, String)> {
    let shown: BTreeMap<usize, _> = now.metrics().collect();
    let mut out = Vec::new();
    for (at, old) in before.metrics() {
        let new = shown.get(&at).copied().unwrap_or_default();
        let addresses: HashSet<usize> = new.iter().map(|c| std::sync::Arc::as_ptr(c) as usize).collect();
        let kept: HashSet<usize> = old.iter().map(|c| std::sync::Arc::as_ptr(c) as usize).filter(|a| addresses.contains(a)).collect();
        let changed: Vec<_> = old.iter().filter(|c| !kept.contains(&(std::sync::Arc::as_ptr(c) as usize))).collect();
        if changed.is_empty() {
            continue;
        }
        let hash = |line: &str| xxhash_rust::xxh64::xxh64(identity(line).as_bytes(), 0);
        let mut alive: HashSet<u64> = HashSet::new();
        for chunk in new.iter().filter(|c| !kept.contains(&(std::sync::Arc::as_ptr(c) as usize))) {
            alive.extend(core::str::from_utf8(&chunk.text()).unwrap_or_default().lines().map(hash));
        }
        for chunk in changed {
            let text = chunk.text();
            let gone = core::str::from_utf8(&text).unwrap_or_default().lines().filter(|l| !alive.contains(&hash(l)));
            out.extend(gone.map(|l| (at, l.to_owned())));
        }
    }
    out
}

/// A series without its value.
fn identity(line: &str) -> &str {
    line.rsplit_once(' ').map_or(line, |(identity, _)| identity)
}
