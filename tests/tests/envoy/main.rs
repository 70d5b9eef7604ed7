//! The plugin in a real Envoy. `wasm/build-proxy` and `wasm/build-proxy --faults` come first.
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

mod agreement;
mod deploy;
mod modes;
mod refresh;
mod scene;
mod schema;
mod traffic;
