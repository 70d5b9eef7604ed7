//! What metrics cost: scrapes, rendering, memory; and the whole exporter's memory. Ends with 1 where a bar is missed.
//!
//! `metrics-bench [ROUTES]`. Built as the tests are, so that it shares what they compiled: times are of that build, the bars are
//! counts, sizes and ratios in one run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

mod program;
mod scrapes;

use gatescope_tests::bench::alloc::Counting;
use gatescope_tests::bench::figure::{Figure, table};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let routes = std::env::args().nth(1).map_or(10_000, |a| a.parse().expect("a number of routes"));
    let parts: [fn(usize) -> Vec<Figure>; 2] = [scrapes::figures, program::figures];
    let mut missed = 0;
    for part in parts {
        let figures = part(routes);
        println!("{}", table(&figures, None));
        missed += figures.iter().filter(|f| !f.holds()).count();
    }
    if missed == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{missed} of the bars are missed");
    ExitCode::from(1)
}
