//! The topology as a picture in text: Mermaid, DOT and SVG, from the core's layout and nothing else.
//!
//! Names come from whoever may write to the cluster: each format escapes all of them.

mod dot;
mod fit;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use dot::dot;
pub(crate) use fit::{Picture, laid};
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;
