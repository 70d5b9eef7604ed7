//! Fuzz targets on the stable toolchain: 30 s each, `GATESCOPE_FUZZ_SECONDS` says otherwise, `make fuzz` runs them for
//! long. `GATESCOPE_SEED` gives other inputs. CLI input has its own in tests/tests/fuzz_input.

#![allow(missing_docs)]

use gatescope_bench::fuzz::{drive, targets};

const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

#[test]
fn fuzz_decode() {
    drive(&targets::decoding(), SCRATCH);
}

#[test]
fn fuzz_apply() {
    drive(&targets::sequences(), SCRATCH);
}

#[test]
fn fuzz_hostname() {
    drive(&targets::hostnames(), SCRATCH);
}

#[test]
fn fuzz_match() {
    drive(&targets::matches(), SCRATCH);
}
