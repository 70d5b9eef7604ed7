//! The core builds where there is no std: `tests/probe` for wasm32v1-none.
#![allow(clippy::unwrap_used, clippy::panic, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_tests::paths;
use std::process::Command;

const TARGET: &str = "wasm32v1-none";

#[test]
fn the_core_builds_without_std() {
    let installed = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output().unwrap();
    let libdir = String::from_utf8(installed.stdout).unwrap();
    assert!(std::path::Path::new(libdir.trim()).is_dir(), "no {TARGET} in this toolchain: `rustup target add {TARGET}`");
    // The versions of the workspace, without a lock file of its own to keep up to date.
    let probe = paths::tests().join("probe");
    std::fs::copy(paths::workspace().join("Cargo.lock"), probe.join("Cargo.lock")).unwrap();
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--target", TARGET, "--manifest-path"])
        .arg(probe.join("Cargo.toml"))
        // A folder of its own: the one of this run may be locked, and has other features.
        .env("CARGO_TARGET_DIR", paths::workspace().join("target/probe"))
        .env_remove("RUSTFLAGS");
    let built = build.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
