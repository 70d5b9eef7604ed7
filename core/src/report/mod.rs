//! Plain rows, totally ordered.

pub mod columns;
pub(crate) mod explain;
pub(crate) mod parts;
pub(crate) mod render;
pub(crate) mod rows;
mod share;
pub mod types;
