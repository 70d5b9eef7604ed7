//! W1 and W10 from nothing: decoding, and resolving what was decoded.

use super::Scale;
use crate::alloc::count;
use crate::counter::Instructions;
use crate::figure::Figure;
use crate::measure::{best, settings, time};
use crate::workload::{Front, Names, w1_of, w1_scattered};
use gatescope_core::Engine;
use std::time::Duration;

struct Cold {
    skip: Duration,
    decode: Duration,
    resolve: Duration,
    /// Per route, of decoding and resolving, where the machine counts them.
    instructions: Option<(u64, u64)>,
}

fn measure(text: &str, routes: usize) -> Cold {
    // As many at each size: the best of more is a better one.
    let rounds = 9;
    let skip = best(rounds, || time(|| serde_json::from_slice::<serde::de::IgnoredAny>(text.as_bytes()).unwrap()).0);
    let (mut decode, mut resolve, mut instructions) = (Duration::MAX, Duration::MAX, None);
    let mut counter = Instructions::open();
    for _ in 0..rounds {
        let mut read = || counter.as_mut().map_or(0, Instructions::read);
        let mut engine = Engine::new(settings());
        let start = read();
        decode = decode.min(time(|| engine.load(text.as_bytes()).unwrap()).0);
        let middle = read();
        resolve = resolve.min(time(|| engine.settle()).0);
        let end = read();
        if end > start {
            instructions = Some(((middle - start) / routes as u64, (end - middle) / routes as u64));
        }
    }
    Cold { skip, decode, resolve, instructions }
}

/// W1 at 1k, 10k and 100k, in clear text, and with random names.
pub fn figures(scale: Scale) -> Vec<Figure> {
    count(false);
    let mut out = Vec::new();
    let mut linear: Option<(Duration, usize)> = None;
    for n in [1_000, 10_000, 100_000].into_iter().filter(|n| *n <= scale.most) {
        let text = w1_of(n, Names::Plain, Front::Https);
        let c = measure(&text, n);
        let k = n / 1000;
        out.push(Figure::time("W1", format!("serde_json skips {k}k"), c.skip).note(format!("{} MB", text.len() / 1_000_000)));
        out.push(Figure::time("W1", format!("decode {k}k"), c.decode));
        out.push(Figure::time("W1", format!("cold resolve {k}k"), c.resolve));
        if let Some((decode, resolve)) = c.instructions {
            out.push(Figure::new("W1", format!("instructions a route, decode {k}k"), decode as f64, ""));
            out.push(Figure::new("W1", format!("instructions a route, cold {k}k"), resolve as f64, ""));
        }
        let ratio = Figure::new("W1", format!("decode / skip, {k}k"), c.decode.as_secs_f64() / c.skip.as_secs_f64(), "×");
        let cold = Figure::new("W1", format!("cold resolve / decode, {k}k"), c.resolve.as_secs_f64() / c.decode.as_secs_f64(), "×");
        if n == 10_000 {
            out.push(ratio.at_most(3.0));
            out.push(cold.at_most(0.1).note("aim 0.025"));
            linear = Some((c.resolve, n));
        } else {
            out.push(ratio);
            out.push(cold);
        }
        if let (100_000, Some((ten, _))) = (n, linear) {
            out.push(Figure::new("W1", "cold resolve, 100k / 10k", c.resolve.as_secs_f64() / ten.as_secs_f64(), "×").at_most(12.0));
        }
    }
    if scale.most >= 100_000 {
        let [ten, hundred] = [10_000, 100_000].map(|n| measure(&w1_scattered(n), n).resolve.as_secs_f64());
        out.push(Figure::new("W1", "the same, each route in another namespace than the last", hundred / ten, "×").note("as no server lists them"));
    }
    let n = scale.most.min(10_000);
    let clear = measure(&w1_of(n, Names::Plain, Front::Clear), n);
    out.push(Figure::time("W1", "cold resolve, clear text", clear.resolve).note("every route has a finding, which is written out"));
    let random = measure(&w1_of(n, Names::Random, Front::Https), n);
    out.push(Figure::new("W10", "decode / skip", random.decode.as_secs_f64() / random.skip.as_secs_f64(), "×"));
    out.push(Figure::time("W10", "cold resolve", random.resolve));
    out
}
