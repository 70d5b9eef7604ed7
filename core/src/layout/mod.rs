//! The topology as a picture: fixed columns, and a row for everything, in one depth-first pass.
//!
//! A pure function of a report. The order is that of a stable key (class, gateway, port, reversed host labels,
//! namespace and name of the route, rule), so that a new route takes its place between the others and changes
//! the order of none. Nothing is hidden silently: a Gateway without listeners, a listener without routes and a
//! route that no listener took have their nodes too, and a folded node counts what it holds.

mod build;
mod labels;
mod options;
mod order;
mod types;

pub use options::{Fold, LayoutOptions, Widths};
pub use types::{Cell, Column, Counts, Edge, Key, Layout, Node, Parts};

/// Lays out a report, or any [`Parts`] of one.
///
/// Time and memory grow with the number of rows; there is no recursion and no randomness.
///
/// ```
/// use gatescope_core::{Engine, layout};
/// let mut engine = Engine::default();
/// engine.load(br#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
///   "metadata":{"namespace":"infra","name":"edge"},
///   "spec":{"gatewayClassName":"istio","listeners":[{"name":"http","port":80,"protocol":"HTTP"}]}}"#).unwrap();
/// engine.settle();
/// let report = engine.report();
/// let layout = layout::layout(layout::Parts::from(&report), &layout::LayoutOptions::default());
/// let labels: Vec<&str> = layout.nodes.iter().map(|n| n.label.as_str()).collect();
/// assert_eq!(labels, ["istio", "infra/edge", "http :80"]);
/// ```
pub fn layout(parts: Parts<'_>, options: &LayoutOptions) -> Layout {
    build::build(parts, options)
}
