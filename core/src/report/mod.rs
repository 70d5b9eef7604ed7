//! Plain rows, totally ordered.

pub mod types;
