//! How long decoding takes: loads these files as the core does, and prints the least of three times, in milliseconds, and how
//! many objects there were.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_core::Engine;
use std::time::Instant;

fn main() {
    let texts: Vec<Vec<u8>> = std::env::args().skip(1).map(|file| std::fs::read(&file).unwrap_or_else(|e| panic!("{file}: {e}"))).collect();
    let mut objects = 0;
    let times = (0..3).map(|_| {
        let began = Instant::now();
        let mut engine = Engine::default();
        objects = texts.iter().map(|text| engine.load(text).expect("a list")).sum();
        began.elapsed().as_secs_f64() * 1e3
    });
    let least = times.fold(f64::INFINITY, f64::min);
    println!("{least} {objects}");
}
