//! Signals, ports and addresses.

use super::{demo, example};
use gatescope_tests::cli::run;
use gatescope_tests::exporter::Exporter;
use std::time::Duration;

#[test]
fn signals_end_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let exporter = demo(&[]);
        // A connection that is kept open does not keep the program alive.
        let idle = exporter.connect();
        let (code, took, log) = exporter.signal(signal);
        assert_eq!(code, Some(0), "{signal}: {log}");
        assert!(took < Duration::from_secs(19), "{signal}: {took:?}");
        assert!(log.contains(&format!("SIG{signal}")) && log.contains("\"ended\""), "{log}");
        drop(idle);
    }
}

#[test]
fn a_port_in_use_names_the_way_out() {
    let exporter = demo(&[]);
    let taken = exporter.address.to_string();
    let run = run(&["serve", "-f", &example(), "--listen", &taken], b"");
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains(&taken) && run.stderr.contains("--listen"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_served_says_so() {
    for (args, says) in [
        (&["serve", "-f", "/nowhere"][..], "no such file"),
        (&["serve", "-f", "deploy", "--listen", "nowhere"][..], "--listen"),
        (&["serve", "-f", "deploy", "--shard", "3/3"][..], "shard"),
        (&["serve", "-f", "deploy", "--log-level", "lout=x=y"][..], "log level"),
        (&["serve", "-f", "deploy", "--engine", "native", "--module", "x.wasm"][..], "--module"),
        (&["serve", "-f", "deploy", "--module", "/dev/null"][..], "WebAssembly"),
    ] {
        let run = run(args, b"");
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
        let says = if says == "--listen" { "ADDR:PORT" } else { says };
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn port_is_taken_from_the_environment() {
    let example = example();
    // `--listen` wins; a PORT that is none is wrong only where it counts.
    let exporter = Exporter::start_with(&["-f", &example], &[("PORT", "x")]);
    assert_ne!(exporter.address.port(), 0);
    let refused = std::process::Command::new(gatescope_tests::cli::program()).args(["serve", "-f", &example]).env("PORT", "x").output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("PORT is `x`"));
}
