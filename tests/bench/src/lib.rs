//! Workloads and instruments of the benchmarks: seeded, as kubectl prints objects.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "benchmarks: a panic is a failure, and they run where std is"
)]

pub mod alloc;
pub mod change;
pub mod counter;
pub mod figure;
pub mod fuzz;
pub mod measure;
pub mod same_work;
pub mod sections;
pub mod shapes;
pub mod workload;
