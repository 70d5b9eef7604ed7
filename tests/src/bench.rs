//! Workloads of the benchmarks: seeded, as kubectl prints them.

pub mod alloc;
pub mod workload;
