//! Arenas and secondary maps: insert removes first, empty buckets are pruned, and who depends on whom.

pub(crate) mod deps;
pub(crate) mod foreign;
pub(crate) mod store;

/// Maps of interned numbers; never iterated where order could reach an output.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, rustc_hash::FxBuildHasher>;
