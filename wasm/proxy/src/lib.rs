//! gatescope-proxy: inside Envoy, beside the traffic: which declared exposure serves this request, and does Envoy
//! route it there? docs/envoy.md is its manual.
//!
//! Everything but [`shell`](../src/shell.rs) knows the proxy only as a [`Host`], and is tested natively. The plugin
//! never refuses its configuration, and where it cannot tell, traffic passes and is counted.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "the target has std")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail"))]

pub mod config;
pub mod drift;
mod fetch;
pub mod headers;
pub mod host;
mod load;
#[cfg(all(target_arch = "wasm32", feature = "noop"))]
mod noop;
pub mod plugin;
#[cfg(all(target_arch = "wasm32", not(feature = "noop")))]
mod shell;
mod stats;
pub mod stream;

pub use host::{Host, Level, Metric};
pub use plugin::Plugin;
pub use stream::{Stream, Verdict};
