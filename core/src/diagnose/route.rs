//! Findings about one route.

use crate::engine::Engine;
use crate::model::route::Route;
use crate::resolve::route::RouteState;
use crate::types::Finding;
use alloc::vec::Vec;

/// The findings of a route.
pub(crate) fn findings(_: &Engine, _: u32, _: &Route, _: &RouteState) -> Vec<Finding> {
    Vec::new()
}
