//! Memory comes back: once everything is deleted, not a byte more is held than by an empty engine. One test, since
//! the allocator counts for all threads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gatescope_bench::alloc::{Counting, live};
use gatescope_bench::change::{Op, Slot, object};
use gatescope_bench::workload::Seed;
use gatescope_core::{Change, Engine, ProfileChoice, Settings};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Held = std::collections::BTreeMap<[String; 4], ()>;

fn key(op: &Op) -> [String; 4] {
    let (group, kind, namespace, name) = op.slot.key();
    [group.to_owned(), kind.to_owned(), namespace.to_owned(), name]
}

fn delete(engine: &mut Engine, [group, kind, namespace, name]: &[String; 4]) {
    drop(engine.apply(&[Change::Delete { group, kind, namespace, name }]));
}

/// Random changes, then everything goes, in another order than it came.
fn fill_and_empty(engine: &mut Engine, seed: &mut Seed, events: usize) {
    let mut held = Held::new();
    for _ in 0..events {
        let op = Op { slot: Slot::of(seed.below(1 << 16) as u16), variant: seed.below(1 << 32) as u32, delete: seed.below(4) == 0 };
        if op.delete {
            delete(engine, &key(&op));
            held.remove(&key(&op));
        } else {
            let text = object(&op).to_string();
            drop(engine.apply(&[Change::Json(text.as_bytes())]));
            held.insert(key(&op), ());
        }
    }
    let mut keys: Vec<_> = held.into_keys().collect();
    while !keys.is_empty() {
        let next = keys.swap_remove(seed.below(keys.len()));
        delete(engine, &next);
    }
}

/// What an engine holds when everything is gone, beside an engine that never held anything.
fn stays(profile: &str, sequences: usize, events: usize) -> Vec<(usize, isize)> {
    let choice = ProfileChoice::parse(profile).unwrap();
    let mut out = Vec::new();
    for i in 0..sequences {
        let settings = Settings { profile: choice.clone(), complete: i % 2 == 0, tenant_label: Some("tenant".into()) };
        let mut seed = Seed::new(i as u64 + 77);
        let mut engine = Engine::new(settings);
        engine.settle();
        let before = live();
        fill_and_empty(&mut engine, &mut seed, events);
        let after = live() - before;
        if after != 0 {
            out.push((i, after));
        }
        assert_eq!(engine.report().findings, [], "{profile}, sequence {i}");
    }
    out
}

#[test]
fn memory_is_back_where_it_was_once_everything_is_deleted() {
    // What the program sets up once and keeps.
    stays("auto", 4, 40);
    for profile in ["auto", "standard", "envoy-gateway", "istio"] {
        assert_eq!(stays(profile, 250, 40), [], "{profile}: bytes that stay, by sequence");
        assert_eq!(stays(profile, 5, 3_000), [], "{profile}: bytes that stay, by long sequence");
    }
}
