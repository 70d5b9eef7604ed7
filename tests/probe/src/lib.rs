//! Builds the core for wasm32v1-none, a target without std: wasm32-unknown-unknown ships one and proves nothing.
#![no_std]

use gatescope_core::types::Request;
use gatescope_core::{Change, Engine, Settings};

/// Everything that the core does, reached once.
pub fn probe(json: &[u8], request: &Request) -> (usize, usize) {
    let mut engine = Engine::new(Settings::default());
    let loaded = engine.load(json).unwrap_or_default();
    engine.settle();
    let (delta, errors) = engine.apply(&[Change::Json(json)]);
    let report = engine.report();
    let answer = engine.trace(request);
    (loaded + delta.opened.len() + errors.len(), report.exposures.len() + answer.lost.len())
}
