//! Shared parts of the tests: the case format, the engine runs, and what judges a report against a case.
//!
//! Nothing imports this crate. It asks the resolver only through JSON, settings and the report's rows.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests: a panic is a failure, and they run where std is"
)]

pub mod case;
pub mod cli;
pub mod cluster;
pub mod deviation;
pub mod envoy;
pub mod exporter;
pub mod hosts;
pub mod http;
pub mod judge;
pub mod module;
pub mod oracle;
pub mod order;
pub mod paths;
pub mod run;
pub mod table;

pub use gatescope_bench as bench;
/// Whether the minute-long forms of tests are asked for: GATESCOPE_LONG=1.
pub fn long() -> bool {
    std::env::var_os("GATESCOPE_LONG").is_some_and(|v| v == "1")
}
