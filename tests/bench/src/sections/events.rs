//! One event at a time: W1 at several sizes, and what changes nothing (W6).

use super::Scale;
use crate::alloc::{calls, count, live};
use crate::figure::Figure;
use crate::measure::{Event, Events, apply, engine, events};
use crate::workload::{Front, Names, route, w1_of};
use std::time::Duration;

/// Events that change every row of a route.
fn spec(n: usize, per_round: usize) -> impl FnMut(usize) -> Vec<Event> {
    move |round| {
        // A prime step: no route twice in a round.
        (0..per_round).map(|k| Event::Put(route((round * per_round + k) * 7919 % n, n, Names::Plain, 2 + round))).collect()
    }
}

/// p50 and p99 by size, rows recomputed, and the events that change nothing.
pub fn figures(scale: Scale) -> Vec<Figure> {
    let mut out = Vec::new();
    let mut smallest: Option<Duration> = None;
    for n in [1_000, 10_000, 100_000].into_iter().filter(|n| *n <= scale.most) {
        count(false);
        let text = [w1_of(n, Names::Plain, Front::Https)];
        // The best of three loads: where a heap happens to lie in memory is no part of it. More rounds would come back to
        // routes of 10k with the same backends in another order: rows that nothing affects.
        let loads = (0..3).map(|_| {
            let mut engine = engine(&text);
            let e = events(&mut engine, 9, spec(n, 1_000));
            (engine, e)
        });
        let (mut engine, e) = loads.min_by_key(|(_, e)| e.p50).unwrap();
        let k = n / 1000;
        out.push(Figure::time("W1", format!("event p50, {k}k"), e.p50).note("3 KB of JSON to delta"));
        out.push(Figure::time("W1", format!("event p99, {k}k"), e.p99));
        let spread = Figure::new("W1", format!("event p99 / p50, {k}k"), e.p99.as_secs_f64() / e.p50.as_secs_f64(), "×");
        out.push(spread.at_most(3.0));
        out.push(e.ratio_figure("W1", &format!("rows recomputed per row affected, {k}k")));
        match smallest {
            None => smallest = Some(e.p50),
            Some(small) => {
                let growth = Figure::new("W1", format!("event p50, {k}k / 1k"), e.p50.as_secs_f64() / small.as_secs_f64(), "×");
                out.push(if n == 100_000 { growth.at_most(2.0) } else { growth });
            }
        }
        if n == 10_000.min(scale.most) {
            out.extend(still(&mut engine, n));
        }
    }
    out
}

/// W6's other mixes: status only, and resourceVersion with managedFields only.
fn still(engine: &mut gatescope_core::Engine, n: usize) -> Vec<Figure> {
    let mut out = Vec::new();
    let base = |i: usize| route(i, n, Names::Plain, 1);
    for i in 0..500 {
        apply(engine, &Event::Put(base(i)));
    }
    type Make<'a> = &'a dyn Fn(usize, usize) -> String;
    let bumped = |i: usize, round: usize| {
        let text = base(i).replacen(&format!("\"resourceVersion\":\"{}\"", 1001 + i), &format!("\"resourceVersion\":\"{}\"", 900_000 + round * 500 + i), 1);
        text.replacen("2026-02-01T10:00:00Z\"},{\"apiVersion\"", &format!("2026-03-0{}T10:00:00Z\"}},{{\"apiVersion\"", round % 9 + 1), 1)
    };
    let touched =
        |i: usize, round: usize| base(i).replace("\"lastTransitionTime\":\"2026-02-01", &format!("\"lastTransitionTime\":\"2026-03-0{}", round % 9 + 1));
    let denied = |i: usize, round: usize| if round.is_multiple_of(2) { base(i).replace("\"status\":\"True\"", "\"status\":\"False\"") } else { base(i) };
    let mixes: [(&str, Make<'_>); 3] =
        [("resourceVersion and managedFields", &bumped), ("status, nothing that counts", &touched), ("status, conditions turn", &denied)];
    for (name, make) in mixes {
        let e: Events = events(engine, 5, |round| (0..500).map(|i| Event::Put(make(i, round))).collect());
        out.push(Figure::time("W6", format!("event p50, {name}"), e.p50));
        out.push(Figure::new("W6", format!("rows recomputed, {name}"), e.computed as f64, "").exactly(0.0));
    }
    let texts: Vec<String> = (0..500).map(|i| bumped(i, 7)).collect();
    for text in &texts {
        apply(engine, &Event::Put(text.clone()));
    }
    let again: Vec<Event> = (0..500).map(|i| Event::Put(bumped(i, 8))).collect();
    count(true);
    let (before, asked) = (live(), calls());
    for event in &again {
        drop(apply(engine, event));
    }
    let (stays, asked) = (live() - before, calls() - asked);
    count(false);
    out.push(Figure::new("W6", "bytes that stay after 500 no-op events", stays as f64, "B").exactly(0.0).note(format!("{} allocations an event", asked / 500)));
    out
}
