//! One piece of work for every host, so that hosts can be compared: from bytes to bytes, as the module's raw ABI has it.
//!
//! *cold*: a new engine takes in W1 and resolves it. *event*: one changed route of 3 KB, until its delta is written as
//! JSON. *render*: the report as JSON. *columns*: the exposures as columns. Each is timed on the processor, first call
//! and best of some rounds.

use crate::measure::{settings, time};
use crate::workload::{Front, Names, route, w1_of};
use gatescope_core::{Change, Engine};
use serde_json::{Value, json};
use std::hint::black_box;
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
    (0..=EVENTS * ROUNDS).map(|k| route(k * 7919 % routes, routes, Names::Plain, 2 + k / routes)).collect()
}

/// A host that does the work, from bytes to bytes.
pub trait Host {
    /// An empty engine in the place of the one that there was, this text in it, resolved.
    fn cold(&mut self, text: &[u8]);
    /// One changed object; the delta as JSON, its bytes.
    fn event(&mut self, text: &[u8]) -> usize;
    /// The report as JSON, its bytes.
    fn render(&mut self) -> usize;
    /// The exposures as columns, their bytes.
    fn columns(&mut self) -> usize;
}

/// The resolver compiled into this program.
#[derive(Debug)]
pub struct Native(Option<Engine>);

impl Native {
    /// Nothing in it.
    pub fn new() -> Self {
        Self(None)
    }
    fn engine(&mut self) -> &mut Engine {
        self.0.get_or_insert_with(|| Engine::new(settings()))
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for Native {
    fn cold(&mut self, text: &[u8]) {
        self.0 = None;
        let engine = self.engine();
        engine.load(text).expect("W1 is JSON");
        engine.settle();
    }
    fn event(&mut self, text: &[u8]) -> usize {
        let (delta, _) = self.engine().apply(&[Change::Json(text)]);
        black_box(serde_json::to_vec(&delta).expect("a delta is JSON")).len()
    }
    fn render(&mut self) -> usize {
        black_box(self.engine().report_json()).len()
    }
    fn columns(&mut self) -> usize {
        black_box(self.engine().columns()).len()
    }
}

/// Microseconds of the first call, and of the best of the others.
fn first_and_best(first: Duration, others: &[Duration]) -> Value {
    let us = |d: Duration| d.as_secs_f64() * 1e6;
    json!({"first": us(first), "best": us(others.iter().copied().min().expect("there were rounds"))})
}

/// The work in a host: `{"cold":{"first","best"},"render":…,"columns":…,"event":…}` in µs; an event's best is the mean
/// of its round.
pub fn run(host: &mut dyn Host, routes: usize) -> Value {
    let (text, events) = (text(routes), events(routes));
    let rounds = |what: &mut dyn FnMut()| {
        let all: Vec<Duration> = (0..=ROUNDS).map(|_| time(&mut *what).0).collect();
        first_and_best(all[0], &all[1..])
    };
    let cold = rounds(&mut || host.cold(text.as_bytes()));
    let render = rounds(&mut || _ = host.render());
    let columns = rounds(&mut || _ = host.columns());
    let (first, _) = time(|| host.event(events[0].as_bytes()));
    let each = u32::try_from(EVENTS).expect("a small number");
    let means: Vec<Duration> =
        events[1..].chunks_exact(EVENTS).map(|round| time(|| round.iter().for_each(|e| _ = host.event(e.as_bytes()))).0 / each).collect();
    json!({"cold": cold, "event": first_and_best(first, &means), "render": render, "columns": columns, "reportBytes": host.render()})
}
