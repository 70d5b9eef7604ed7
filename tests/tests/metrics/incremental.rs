//! Invariant 2 for metrics: after any sequence of changes the exposition is the one made from scratch.

use super::routes::{expected, shown};
use super::*;
use gatescope_core::Change;
use gatescope_tests::bench::change::{Batch, ObjectKey, Sequence, Step, readable, sequences};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

fn configs() -> [MetricsConfig; 2] {
    let tenant_label = Some("tenant".to_owned());
    let capped = MetricsConfig { max_series_per_namespace: 4, max_series_per_tenant: 6, max_series: 9, tenant_label, ..MetricsConfig::default() };
    [MetricsConfig::default(), capped]
}

/// What is about the cluster, less the counter, which remembers.
fn comparable(metrics: &mut Metrics) -> Vec<String> {
    let own = |l: &&str| !l.starts_with("process_") && !l.starts_with("gatescope_host_owner_changes_total");
    text(&metrics.scrape()).lines().filter(own).map(str::to_owned).collect()
}

/// Everything there is after some steps.
#[derive(Default)]
struct Held {
    objects: BTreeMap<ObjectKey, String>,
    covers: Vec<String>,
}

impl Held {
    fn fresh(&self, settings: &Settings, config: &MetricsConfig) -> Metrics {
        let mut engine = Engine::new(settings.clone());
        let mut metrics = Metrics::new(config.clone());
        self.covers.iter().for_each(|text| drop(engine.load(text.as_bytes())));
        for text in self.objects.values() {
            engine.load(text.as_bytes()).unwrap();
            metrics.put(text.as_bytes());
        }
        engine.settle();
        metrics.reset(&engine.report());
        metrics
    }

    /// Takes a step, and gives it as the change that an engine and the metrics see.
    fn take<'a>(&mut self, step: &'a Step, metrics: &mut Metrics) -> Change<'a> {
        match step {
            Step::Put(key, text) => {
                metrics.put(text.as_bytes());
                self.objects.insert(key.clone(), text.clone());
                Change::Json(text.as_bytes())
            }
            Step::Cover(text) => {
                self.covers.push(text.clone());
                Change::Json(text.as_bytes())
            }
            Step::Delete(key) => {
                let [group, kind, namespace, name] = key;
                metrics.delete(group, kind, namespace, name);
                self.objects.remove(key);
                Change::Delete { group, kind, namespace, name }
            }
        }
    }
}

fn run(sequence: &Sequence, config: &MetricsConfig, lazy: bool) -> Result<(), String> {
    let mut settings = sequence.settings.clone();
    let mut engine = Engine::new(settings.clone());
    let mut metrics = Metrics::new(config.clone());
    let mut held = Held::default();
    for (n, batch) in sequence.batches.iter().enumerate() {
        let delta = match batch {
            Batch::Choose(choice) => {
                settings.profile = choice.clone();
                engine.choose(choice.clone())
            }
            Batch::Steps(steps) => {
                let changes: Vec<Change<'_>> = steps.iter().map(|s| held.take(s, &mut metrics)).collect();
                let (delta, errors) = engine.apply(&changes);
                assert!(errors.is_empty());
                delta
            }
        };
        // Under load a hub shows rows at once, and the frame when there is time.
        if lazy && n + 1 < sequence.batches.len() && n % 3 != 0 {
            metrics.rows(&delta);
            metrics.scrape();
            continue;
        }
        metrics.apply(&delta, &engine.frame());
        let (now, want) = (comparable(&mut metrics), comparable(&mut held.fresh(&settings, config)));
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
        let result = runner.run(&sequences(30), |drawn| run(&drawn.sequence(), config, lazy).map_err(TestCaseError::fail));
        if let Err(TestError::Fail(why, drawn)) = &result {
            panic!("{why}\nsequence: {}", readable(&drawn.sequence()));
        }
        result.unwrap();
    }
}
