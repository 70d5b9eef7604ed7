//! gatescope.wasm: the resolver for browsers and for other hosts.
//!
//! One module with two thin export surfaces over gatescope-core: [`js`] for JavaScript through wasm-bindgen, and
//! [`raw`] for everybody else, whose contract is docs/module-abi.md. Neither resolves anything itself.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "the target has std")]

#[cfg(feature = "faults")]
mod faults;
#[expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
mod js;
mod panics;
mod raw;
mod wire;

/// The version of the raw ABI: it changes where something that a host relies on changes, not where functions are added.
pub const ABI_VERSION: u32 = 1;
