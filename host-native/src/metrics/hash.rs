//! Tables whose keys are hashes already.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table by 64-bit hash.
pub(super) type Keyed<V> = HashMap<u64, V, BuildHasherDefault<Same>>;

/// Passes a hash through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh64::xxh64(bytes, self.0);
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// One hash over several texts, each kept apart from the next.
pub(super) fn joined(seed: u64, parts: &[&str]) -> u64 {
    let mut hash = xxhash_rust::xxh64::Xxh64::new(seed);
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}
