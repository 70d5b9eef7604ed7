//! One piece of work for every host, so that hosts can be compared: from bytes to bytes, as the module's raw ABI has it.
//!
//! *cold*: a new engine takes in W1 and resolves it. *event*: one changed route of 3 KB, until its delta is written as
//! JSON. *render*: the report as JSON. *columns*: the exposures as columns. Each is timed on the processor, first call
//! and best of some rounds.

use crate::measure::{settings, time};
use crate::workload::{Front, Names, route, w1_of};
use gatescope_core::{Change, Engine};
use serde_json::{Value, json};
use std::time::Duration;

/// Rounds after the first.
pub const ROUNDS: usize = 7;
/// Events of a round.
pub const EVENTS: usize = 1_000;

/// The snapshot.
pub fn text(routes: usize) -> String {
    w1_of(routes, Names::Plain, Front::Https)
}

/// Changed routes, each another one, for all rounds.
pub fn events(routes: usize) -> Vec<String> {
    (0..EVENTS * (ROUNDS + 1)).map(|k| route(k * 7919 % routes, routes, Names::Plain, 2 + k / routes)).collect()
}

/// Microseconds: the first, and the best of the others.
pub fn first_and_best(times: &[Duration]) -> Value {
    let us = |d: Duration| d.as_secs_f64() * 1e6;
    let (first, others) = times.split_first().expect("at least two rounds");
    json!({"first": us(*first), "best": us(others.iter().copied().min().expect("at least two rounds"))})
}

/// The work in native code: `{"cold":{"first","best"},…}` in µs; an event's time is the median of its round.
pub fn native(routes: usize) -> Value {
    let (text, events) = (text(routes), events(routes));
    let mut cold = Vec::new();
    let mut engine = None;
    for _ in 0..=ROUNDS {
        drop(engine.take());
        let (took, made) = time(|| {
            let mut engine = Engine::new(settings());
            engine.load(text.as_bytes()).expect("W1 is JSON");
            engine.settle();
            engine
        });
        cold.push(took);
        engine = Some(made);
    }
    let mut engine = engine.expect("made above");
    let rounds = |what: &dyn Fn() -> usize| -> Vec<Duration> { (0..=ROUNDS).map(|_| time(what).0).collect() };
    let render = rounds(&|| std::hint::black_box(engine.report_json()).len());
    let columns = rounds(&|| std::hint::black_box(engine.columns()).len());
    let mut event = Vec::new();
    let mut single = Duration::ZERO;
    for (i, round) in events.chunks(EVENTS).enumerate() {
        let mut times: Vec<Duration> = round
            .iter()
            .map(|text| time(|| std::hint::black_box(serde_json::to_vec(&engine.apply(&[Change::Json(text.as_bytes())]).0).expect("a delta is JSON"))).0)
            .collect();
        if i == 0 {
            single = times[0];
        }
        times.sort_unstable();
        event.push(times[times.len() / 2]);
    }
    // The first call is the very first event; the first round's median tells nothing of it.
    if let Some(first) = event.first_mut() {
        *first = single;
    }
    json!({
        "cold": first_and_best(&cold), "event": first_and_best(&event), "render": first_and_best(&render), "columns": first_and_best(&columns),
        "reportBytes": engine.report_json().len(),
    })
}
