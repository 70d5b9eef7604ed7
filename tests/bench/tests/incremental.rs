//! Invariant 2: after any sequence of changes, in any order and any batching, under every profile and while profiles
//! change, the report equals the one resolved from scratch, byte for byte, and each delta is the difference of the
//! reports around it.
//!
//! `GATESCOPE_SEQUENCES` says how many (10,000), `GATESCOPE_SEED` which; `random` draws others each time. A failing
//! sequence is shrunk and written to `cases/sequences/`, which is replayed first of all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

use gatescope_bench::change::{Sequence, check, readable, sequences};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::path::PathBuf;

fn kept() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases/sequences")
}

fn rng(salt: u8) -> TestRng {
    let seed: u64 = match std::env::var("GATESCOPE_SEED") {
        Ok(text) if text == "random" => std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64),
        Ok(text) => text.parse().expect("GATESCOPE_SEED is a number, or `random`"),
        Err(_) => 1,
    };
    eprintln!("seed {seed}");
    let mut bytes = [salt; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// A quarter of all sequences: the four run side by side.
fn property(salt: u8) {
    let total: u32 = std::env::var("GATESCOPE_SEQUENCES").map_or(10_000, |n| n.parse().expect("GATESCOPE_SEQUENCES is a number"));
    let config = Config { cases: total.div_ceil(4), max_shrink_iters: 20_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng(salt));
    match runner.run(&sequences(12), |drawn| check(&drawn.sequence()).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(why, drawn)) => {
            let text = serde_json::to_string_pretty(&readable(&drawn.sequence())).unwrap();
            let file = kept().join(format!("found-{:016x}.json", gatescope_bench::workload::hash(text.as_bytes())));
            std::fs::create_dir_all(kept()).unwrap();
            std::fs::write(&file, &text).unwrap();
            panic!("{why}\nkept as {}:\n{text}", file.display());
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn incremental_equals_rebuilt_1() {
    property(1);
}

#[test]
fn incremental_equals_rebuilt_2() {
    property(2);
}

#[test]
fn incremental_equals_rebuilt_3() {
    property(3);
}

#[test]
fn incremental_equals_rebuilt_4() {
    property(4);
}

#[test]
fn kept_sequences_hold() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(kept()).unwrap().map(|f| f.unwrap().path()).filter(|f| f.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    assert!(!files.is_empty(), "nothing is kept in {}", kept().display());
    for file in files {
        let sequence = Sequence::read(&serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap());
        if let Err(why) = check(&sequence) {
            panic!("{}: {why}", file.display());
        }
    }
}
