//! Reports and answers as text.

mod check;
mod csv;
mod diff;
mod explain;
mod findings;
mod gates;
mod grid;
mod layout;
mod rows;
mod table;
mod trace;
mod url;
mod wide;

pub(crate) use check::check;
pub(crate) use csv::csv;
pub(crate) use diff::{markdown as diff_markdown, table as diff_table};
pub(crate) use explain::{explanation, finding};
pub(crate) use rows::Winners;
pub(crate) use table::table;
pub(crate) use trace::{answer, requests};
#[cfg(test)]
pub(crate) use url::tests::row as test_row;
pub(crate) use url::{authority, conditions, url};
pub(crate) use wide::wide;

use gatescope_core::types::{GatewayRef, ObjectRef};

/// `KIND/NAMESPACE/NAME`, as `explain` takes it.
pub(crate) fn object(r: &ObjectRef) -> String {
    match &r.namespace {
        Some(ns) => format!("{}/{ns}/{}", r.kind, r.name),
        None => format!("{}/{}", r.kind, r.name),
    }
}

/// `NAMESPACE/NAME`.
pub(crate) fn gateway(g: &GatewayRef) -> String {
    format!("{}/{}", g.namespace, g.name)
}

/// `1 route`, `2 routes`.
pub(crate) fn plural(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
