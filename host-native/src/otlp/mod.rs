//! Push over OTLP (docs/metrics.md).

mod counters;

pub use counters::Counters;
