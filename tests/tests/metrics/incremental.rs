//! Invariant 2 for metrics: after any sequence of changes the exposition is the one made from scratch.

use super::routes::{expected, shown};
use super::*;
use gatescope_core::Change;
use gatescope_tests::bench::change::{Op, object, sequences};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

type Key = (&'static str, &'static str, &'static str, String);

fn configs() -> [MetricsConfig; 2] {
    let capped = MetricsConfig { max_series_per_namespace: 4, max_series: 9, tenant_label: Some("tenant".into()), ..MetricsConfig::default() };
    [MetricsConfig::default(), capped]
}

/// What is about the cluster, less the counter, which remembers.
fn comparable(metrics: &mut Metrics) -> Vec<String> {
    let own = |l: &&str| !l.starts_with("process_") && !l.starts_with("gatescope_host_owner_changes_total");
    text(&metrics.scrape()).lines().filter(own).map(str::to_owned).collect()
}

fn run(batches: &[Vec<Op>], config: &MetricsConfig, lazy: bool) -> Result<(), String> {
    let mut engine = Engine::new(settings());
    let mut metrics = Metrics::new(config.clone());
    let mut held: BTreeMap<Key, Value> = BTreeMap::new();
    for (n, batch) in batches.iter().enumerate() {
        let texts: Vec<String> = batch.iter().map(|op| object(op).to_string()).collect();
        let keys: Vec<Key> = batch.iter().map(|op| op.slot.key()).collect();
        let mut changes = Vec::new();
        for ((op, text), key) in batch.iter().zip(&texts).zip(&keys) {
            if op.delete {
                changes.push(Change::Delete { group: key.0, kind: key.1, namespace: key.2, name: &key.3 });
                metrics.delete(key.0, key.1, key.2, &key.3);
                held.remove(key);
            } else {
                changes.push(Change::Json(text.as_bytes()));
                metrics.put(text.as_bytes());
                held.insert(key.clone(), object(op));
            }
        }
        let (delta, errors) = engine.apply(&changes);
        assert!(errors.is_empty());
        // Under load a hub shows rows at once, and the frame when there is time.
        if lazy && n + 1 < batches.len() && n % 3 != 0 {
            metrics.rows(&delta);
            metrics.scrape();
            continue;
        }
        metrics.apply(&delta, &engine.frame());
        let objects: Vec<Value> = held.values().cloned().collect();
        let mut fresh = super::metrics(&objects, config.clone());
        let (now, want) = (comparable(&mut metrics), comparable(&mut fresh));
        if now != want {
            let missing: Vec<_> = want.iter().filter(|l| !now.contains(l)).collect();
            let extra: Vec<_> = now.iter().filter(|l| !want.contains(l)).collect();
            return Err(format!("batch {n}: missing {missing:#?}\nextra {extra:#?}"));
        }
        if config.max_series == 0 && shown(&text(&metrics.scrape())) != expected(&engine.report()) {
            return Err(format!("batch {n}: family 1 is not that of the report"));
        }
    }
    Ok(())
}

#[test]
fn incremental_equals_rebuilt() {
    let cases = std::env::var("GATESCOPE_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(600) / 4;
    for (config, lazy) in configs().iter().flat_map(|c| [(c, false), (c, true)]) {
        let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 3_000, failure_persistence: None, ..Config::default() });
        let result = runner.run(&sequences(30), |drawn| run(&drawn.ops(), config, lazy).map_err(TestCaseError::fail));
        if let Err(TestError::Fail(why, drawn)) = &result {
            let readable: Vec<Vec<Value>> = drawn.ops().iter().map(|b| b.iter().map(described).collect()).collect();
            panic!("{why}\nsequence: {}", serde_json::to_string(&readable).unwrap());
        }
        result.unwrap();
    }
}

fn described(op: &Op) -> Value {
    if op.delete { serde_json::json!({"delete": op.slot.key()}) } else { object(op) }
}
