//! `make bench`: every figure with its ratio and its bar, in one table. Ends with 1 where a bar is missed.
//!
//! `gatescope-bench [--only SECTION,…] [--most ROUTES] [--save FILE] [--compare FILE]`; `BLESS=1` writes the table into
//! docs/performance.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc
)]

use gatescope_bench::alloc::Counting;
use gatescope_bench::figure::{Figure, saved, table};
use gatescope_bench::sections::{ALL, Scale};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What this machine is, since times are its own.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|l| l.strip_prefix("model name")).map_or("unknown processor", |l| l.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let counted = gatescope_bench::counter::Instructions::open().is_some();
    let load = load.split(' ').next().unwrap_or("?");
    format!("{model}, {cores} cores, load {load}{}", if counted { "" } else { ", instructions are not counted here" })
}

/// Writes the figures into docs/performance.md, between its marks.
fn bless(figures: &[Figure]) {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
    let text = std::fs::read_to_string(page).unwrap_or_else(|e| panic!("{page}: {e}"));
    let (head, rest) = text.split_once("<!-- figures -->").unwrap_or_else(|| panic!("{page} has no `<!-- figures -->`"));
    let (_, tail) = rest.split_once("<!-- /figures -->").unwrap_or_else(|| panic!("{page} has no `<!-- /figures -->`"));
    let new = format!("{head}<!-- figures -->\nMeasured on: {}.\n\n{}\n<!-- /figures -->{tail}", machine(), table(figures, None));
    std::fs::write(page, new).unwrap_or_else(|e| panic!("{page}: {e}"));
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (mut only, mut most, mut save, mut compare) = (None, 100_000, None, None);
    while let Some(arg) = args.next() {
        let value = args.next();
        match (arg.as_str(), value) {
            ("--only", Some(v)) => only = Some(v),
            ("--most", Some(v)) if v.parse::<usize>().is_ok_and(|n| n >= 1_000) => most = v.parse().unwrap(),
            ("--save", Some(v)) => save = Some(v),
            ("--compare", Some(v)) => compare = Some(v),
            _ => {
                eprintln!("usage: gatescope-bench [--only SECTION,…] [--most ROUTES, at least 1000] [--save FILE] [--compare FILE]");
                return ExitCode::from(2);
            }
        }
    }
    let before = compare.map(|file| {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}"));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
    });
    let mut figures: Vec<Figure> = Vec::new();
    for (name, section) in ALL {
        if only.as_ref().is_none_or(|o| o.split(',').any(|o| o == *name)) {
            eprintln!("== {name}");
            figures.extend(section(Scale { most }));
        }
    }
    println!("{}\n\n{}", machine(), table(&figures, before.as_ref()));
    if std::env::var_os("BLESS").is_some() {
        bless(&figures);
    }
    if let Some(file) = save {
        std::fs::write(&file, saved(&figures)).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
    let missed: Vec<&Figure> = figures.iter().filter(|f| !f.holds()).collect();
    if missed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{} of the bars are missed", missed.len());
    ExitCode::from(1)
}
