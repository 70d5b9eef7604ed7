//! Invariant 2: after any sequence of changes, in any order and any batching, the report equals the one
//! resolved from scratch, byte for byte, and each delta is the difference of the reports around it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gatescope_bench::change::{Batch, Op, object, sequences};
use gatescope_core::types::{Exposure, Report};
use gatescope_core::{Change, Engine, ProfileChoice, Settings};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::BTreeMap;

type Held = BTreeMap<(String, String, String, String), String>;

fn key(op: &Op) -> (String, String, String, String) {
    let (group, kind, ns, name) = op.slot.key();
    (group.to_owned(), kind.to_owned(), ns.to_owned(), name)
}

fn fresh(settings: &Settings, held: &Held) -> Report {
    let mut engine = Engine::new(settings.clone());
    for text in held.values() {
        engine.load(text.as_bytes()).unwrap();
    }
    engine.settle();
    engine.report()
}

fn by_id(report: &Report) -> BTreeMap<&str, &Exposure> {
    report.exposures.iter().map(|e| (e.id.as_str(), e)).collect()
}

fn text(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap()
}

/// The first line that differs, with what stands around it.
fn difference(a: &str, b: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    let at = left.iter().zip(&right).position(|(x, y)| x != y).unwrap_or(left.len().min(right.len()));
    let around = |l: &[&str]| l[at.saturating_sub(12).min(l.len())..(at + 6).min(l.len())].join("\n");
    format!("--- incremental\n{}\n--- rebuilt\n{}", around(&left), around(&right))
}

fn run(settings: &Settings, batches: &[Batch]) -> Result<(), String> {
    let mut engine = Engine::new(settings.clone());
    let mut held = Held::new();
    let mut before = engine.report();
    for batch in batches {
        let texts: Vec<String> = batch.iter().map(|op| object(op).to_string()).collect();
        let keys: Vec<_> = batch.iter().map(|op| op.slot.key()).collect();
        let changes: Vec<Change<'_>> = batch
            .iter()
            .zip(texts.iter().zip(&keys))
            .map(
                |(op, (text, (group, kind, namespace, name)))| {
                    if op.delete { Change::Delete { group, kind, namespace, name } } else { Change::Json(text.as_bytes()) }
                },
            )
            .collect();
        let (delta, errors) = engine.apply(&changes);
        assert!(errors.is_empty(), "{errors:?}");
        for (op, text) in batch.iter().zip(texts) {
            if op.delete {
                held.remove(&key(op));
            } else {
                held.insert(key(op), text);
            }
        }
        let now = engine.report();
        let want = fresh(settings, &held);
        if now != want {
            return Err(difference(&text(&now), &text(&want)));
        }
        let (old, new) = (by_id(&before), by_id(&now));
        let opened: Vec<&Exposure> = new.iter().filter(|(id, _)| !old.contains_key(*id)).map(|(_, e)| *e).collect();
        let changed: Vec<&Exposure> = new.iter().filter(|(id, e)| old.get(*id).is_some_and(|o| o != *e)).map(|(_, e)| *e).collect();
        let closed: Vec<&str> = old.keys().filter(|id| !new.contains_key(*id)).copied().collect();
        let got = |list: &[Exposure]| list.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
        if delta.opened.iter().collect::<Vec<_>>() != opened || delta.changed.iter().collect::<Vec<_>>() != changed || delta.closed != closed {
            return Err(format!(
                "delta: opened {:?} wanted {:?}; changed {:?} wanted {:?}; closed {:?} wanted {closed:?}",
                got(&delta.opened),
                opened.iter().map(|e| &e.id).collect::<Vec<_>>(),
                got(&delta.changed),
                changed.iter().map(|e| &e.id).collect::<Vec<_>>(),
                delta.closed
            ));
        }
        if delta.summary != now.summary {
            return Err(format!("summary of the delta {:?}, of the report {:?}", delta.summary, now.summary));
        }
        let gone: Vec<_> = before.findings.iter().filter(|f| !now.findings.contains(f)).collect();
        let came: Vec<_> = now.findings.iter().filter(|f| !before.findings.contains(f)).collect();
        if delta.findings.added.iter().collect::<Vec<_>>() != came || delta.findings.removed.iter().collect::<Vec<_>>() != gone {
            return Err(format!(
                "findings of the delta: added {:?}\nwanted {came:?}\nremoved {:?}\nwanted {gone:?}",
                delta.findings.added, delta.findings.removed
            ));
        }
        before = now;
    }
    Ok(())
}

fn property(settings: Settings, salt: u32) {
    let total: u32 = std::env::var("GATESCOPE_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let mut runner = TestRunner::new(Config { cases: total / 4 + salt, max_shrink_iters: 4_000, failure_persistence: None, ..Config::default() });
    let result = runner.run(&sequences(12), |batches| run(&settings, &batches).map_err(TestCaseError::fail));
    if let Err(proptest::test_runner::TestError::Fail(why, batches)) = &result {
        let readable: Vec<Vec<serde_json::Value>> =
            batches.iter().map(|b| b.iter().map(|op| if op.delete { serde_json::json!({"delete": op.slot.key()}) } else { object(op) }).collect()).collect();
        panic!("{why}\nsequence: {}", serde_json::to_string(&readable).unwrap());
    }
    result.unwrap();
}

#[test]
fn incremental_equals_rebuilt_complete() {
    property(Settings { complete: true, ..Settings::default() }, 0);
}

#[test]
fn incremental_equals_rebuilt_plain() {
    property(Settings { tenant_label: Some("tenant".into()), ..Settings::default() }, 1);
}

#[test]
fn incremental_equals_rebuilt_standard() {
    property(Settings { complete: true, profile: ProfileChoice::Named("standard".into()), ..Settings::default() }, 2);
}

#[test]
fn incremental_equals_rebuilt_istio() {
    property(Settings { complete: true, profile: ProfileChoice::Named("istio".into()), ..Settings::default() }, 3);
}
