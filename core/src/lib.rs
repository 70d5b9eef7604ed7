//! gatescope-core: what a Kubernetes cluster exposes through the Gateway API, and why the rest is not.
//!
//! Pure (`no_std + alloc`): no clock, no IO, no logger, no threads. JSON goes in ([`Engine::load`],
//! [`Engine::apply`]), rows come out ([`Engine::report`]). A bad object never fails the whole: it becomes a
//! finding. The arrows between the modules go one way: snapshot → model → index → attach → resolve →
//! diagnose → report.
#![no_std]

extern crate alloc;

mod attach;
pub mod diagnose;
pub mod engine;
mod index;
mod known;
pub mod layout;
pub mod matcher;
mod model;
pub mod profile;
pub mod report;
mod resolve;
#[cfg(feature = "schema")]
pub mod schema;
mod snapshot;
mod sort;
mod text;
mod trace;

pub use engine::{Change, Engine, InputError, ProfileChoice, Settings};
pub use known::{KnownKind, kinds};
pub use report::types;
