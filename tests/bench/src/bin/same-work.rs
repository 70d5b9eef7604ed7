//! What the module is compared with: the same work in native code, compiled for release, and the texts that both read.
//!
//! `same-work native ROUTES` prints the times as JSON; `same-work texts ROUTES FOLDER` writes `cold.json` and
//! `events.ndjson` for other hosts; `same-work hosts` prints the table of `make bench` (see [`gatescope_bench::hosts`]).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr, clippy::std_instead_of_core)]

use gatescope_bench::same_work::{events, native, text};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["native", routes] => println!("{}", native(routes.parse().expect("a number of routes"))),
        ["texts", routes, folder] => {
            let routes = routes.parse().expect("a number of routes");
            let folder = std::path::Path::new(folder);
            std::fs::write(folder.join("cold.json"), text(routes)).unwrap();
            std::fs::write(folder.join("events.ndjson"), events(routes).join("\n")).unwrap();
        }
        _ => {
            eprintln!("usage: same-work native ROUTES | texts ROUTES FOLDER");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
