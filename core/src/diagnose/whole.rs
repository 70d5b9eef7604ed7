//! Findings about everything but routes: noticed when a report is made.

use crate::engine::Engine;
use crate::types::Finding;
use alloc::vec::Vec;

/// Functions that notice findings about the snapshot, Gateways, listeners, policies and backends.
const CHECKS: &[fn(&Engine, &mut Vec<Finding>)] = &[];

/// The findings that are not about a route.
pub(crate) fn findings(engine: &Engine) -> Vec<Finding> {
    let mut out = Vec::new();
    for check in CHECKS {
        check(engine, &mut out);
    }
    out
}
