//! The parts of gatescope that its tests drive directly.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program with an operating system")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects, reason = "a test may fail"))]

pub mod engine;
pub mod feed;
pub mod informer;
pub mod metrics;
pub mod otlp;
pub mod pieces;
pub mod redact;
pub mod traffic;
