//! Measuring: the best of several rounds, since what disturbs a run only adds to it.

use crate::figure::Figure;
use gatescope_core::types::Delta;
use gatescope_core::{Change, Engine, Settings};
use std::time::Duration;

/// Everything was collected.
pub fn settings() -> Settings {
    Settings { complete: true, ..Settings::default() }
}

/// How long something takes on the processor: what others run meanwhile does not count.
pub fn time<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let start = crate::counter::processor_time();
    let out = what();
    (crate::counter::processor_time().saturating_sub(start), out)
}

/// The shortest of some rounds.
pub fn best(rounds: usize, mut what: impl FnMut() -> Duration) -> Duration {
    (0..rounds).map(|_| what()).min().unwrap()
}

/// An engine that has read and resolved some texts.
pub fn engine(texts: &[String]) -> Engine {
    let mut engine = Engine::new(settings());
    for text in texts {
        engine.load(text.as_bytes()).unwrap();
    }
    engine.settle();
    engine
}

/// What a series of events came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Events {
    /// The median.
    pub p50: Duration,
    /// 99 of 100 are shorter.
    pub p99: Duration,
    /// Rows computed by all of them.
    pub computed: u64,
    /// Rows opened, changed and closed without being opened again.
    pub affected: u64,
}

impl Events {
    /// Rows recomputed per row affected.
    pub fn ratio(&self) -> f64 {
        if self.affected == 0 { self.computed as f64 } else { self.computed as f64 / self.affected as f64 }
    }
    /// The figure of that.
    pub fn ratio_figure(&self, workload: &'static str, name: &str) -> Figure {
        Figure::new(workload, name, self.ratio(), "").exactly(1.0).note(format!("{} computed, {} affected", self.computed, self.affected))
    }
}

/// One change, as an owned text.
#[derive(Clone, Debug)]
pub enum Event {
    /// An object.
    Put(String),
    /// Group, kind, namespace, name.
    Gone([&'static str; 2], String, String),
}

/// Applies one event.
pub fn apply(engine: &mut Engine, event: &Event) -> Delta {
    match event {
        Event::Put(text) => engine.apply(&[Change::Json(text.as_bytes())]).0,
        Event::Gone([group, kind], namespace, name) => engine.apply(&[Change::Delete { group, kind, namespace, name }]).0,
    }
}

/// Rounds of events, each parsed, resolved and told; of the times the round with the shortest median and tail counts.
pub fn events(engine: &mut Engine, rounds: usize, mut make: impl FnMut(usize) -> Vec<Event>) -> Events {
    let mut out = Events { p50: Duration::MAX, p99: Duration::MAX, ..Events::default() };
    for round in 0..rounds {
        let events = make(round);
        let mut times = Vec::with_capacity(events.len());
        for event in &events {
            let before = engine.rows_computed();
            let (took, delta) = time(|| apply(engine, event));
            times.push(took);
            let computed = engine.rows_computed() - before;
            out.computed += computed;
            // A row that closes needs no computing; one that closes while others open was replaced.
            let open = delta.opened.len() + delta.changed.len();
            out.affected += if computed == 0 { 0 } else { open as u64 };
        }
        times.sort_unstable();
        out.p50 = out.p50.min(times[times.len() / 2]);
        out.p99 = out.p99.min(times[times.len() * 99 / 100]);
    }
    out
}
