//! The informer as the hub has it, with a small receiver instead of the hub; and the cold resolve to compare it with.

use super::eventually;
use gatescope::feed::{Batch, Coverage, ObjectChange, SourceState};
use gatescope::informer::{self, Connection, Handle, Options};
use gatescope_core::{Change, Engine};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::Receiver;

/// What came through the feed.
#[derive(Default)]
pub struct Held {
    engine: Engine,
    /// The lists as last told; none before the first answers are in.
    pub coverage: Option<Coverage>,
    /// Each source as it last said.
    pub sources: BTreeMap<String, SourceState>,
    /// Each object that was put or deleted: `put HTTPRoute web`.
    pub told: Vec<String>,
}

/// A running informer.
pub struct Follower {
    runtime: Runtime,
    held: Arc<Mutex<Held>>,
    handle: Option<Handle>,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Follower")
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn cluster(kubeconfig: &Path) -> informer::Cluster {
    informer::Cluster { kubeconfig: Some(kubeconfig.to_owned()), context: None }
}

impl Follower {
    /// Follows the cluster of a kubeconfig.
    pub fn start(kubeconfig: &Path, options: Options) -> Self {
        let runtime = runtime();
        let held = Arc::new(Mutex::new(Held::default()));
        let (feed, batches) = tokio::sync::mpsc::channel(64);
        let handle = runtime.block_on(async {
            let connection = Connection::open(&cluster(kubeconfig)).await.expect("a connection");
            informer::start(connection, options, feed)
        });
        let theirs = Arc::clone(&held);
        runtime.spawn(receive(batches, theirs));
        Self { runtime, held, handle: Some(handle) }
    }

    /// Looks at what is held.
    pub fn look<T>(&self, look: impl FnOnce(&Held) -> T) -> T {
        look(&self.held.lock().unwrap())
    }

    /// The report of what is held.
    pub fn report(&self) -> String {
        String::from_utf8(self.held.lock().unwrap().engine.report_json()).unwrap()
    }

    /// A source, by `Kind.group`.
    pub fn source(&self, kind: &str) -> Option<SourceState> {
        self.look(|h| h.sources.get(kind).cloned())
    }

    /// Waits until every kind has had its first answer.
    pub fn settled(&self) {
        eventually("the first answers are in", Duration::from_secs(30), || {
            self.look(|h| if h.coverage.is_some() { Ok(()) } else { Err(format!("{:#?}", h.sources)) })
        });
    }

    /// Waits until a source is as it should be.
    pub fn await_source(&self, kind: &str, within: Duration, right: impl Fn(&SourceState) -> bool) -> SourceState {
        eventually(kind, within, || match self.source(kind) {
            Some(state) if right(&state) => Ok(state),
            other => Err(format!("{other:?}")),
        })
    }

    /// Waits until what is held gives the same report, byte for byte, as the cluster resolved cold.
    pub fn equals_cold(&self, what: &str, kubeconfig: &Path) -> String {
        eventually(what, Duration::from_secs(30), || {
            let cold = cold(kubeconfig)?;
            let own = self.report();
            if own == cold { Ok(own) } else { Err(first_difference(&own, &cold)) }
        })
    }

    /// Ends it, and gives whether that came at once.
    pub fn stop(mut self) -> bool {
        let handle = self.handle.take().expect("it runs");
        self.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), handle.stop()).await.is_ok() })
    }
}

async fn receive(mut batches: Receiver<Batch>, held: Arc<Mutex<Held>>) {
    while let Some(batch) = batches.recv().await {
        let mut held = held.lock().unwrap();
        let lists = batch.coverage.as_ref().map(|c| {
            serde_json::json!({"schema": "gatescope/snapshot/v1", "collected": c.collected, "forbidden": c.forbidden, "absent": c.absent, "objects": []})
                .to_string()
        });
        let mut changes: Vec<Change<'_>> = Vec::new();
        for change in &batch.changes {
            changes.push(match change {
                ObjectChange::Put(json) => {
                    let object: serde_json::Value = serde_json::from_slice(json).expect("the informer gives JSON");
                    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
                    held.told.push(format!("put {} {}", text(&object["kind"]), text(&object["metadata"]["name"])));
                    Change::Json(json)
                }
                ObjectChange::Delete { group, kind, namespace, name } => {
                    held.told.push(format!("delete {kind} {name}"));
                    Change::Delete { group, kind, namespace, name }
                }
                #[allow(unreachable_patterns)]
                other => panic!("not of a live cluster: {other:?}"),
            });
        }
        if let Some(lists) = &lists {
            changes.push(Change::Json(lists.as_bytes()));
        }
        let (_, errors) = held.engine.apply(&changes);
        assert!(errors.is_empty(), "the engine takes what the informer gives: {errors:?}");
        for source in batch.sources {
            held.sources.insert(source.kind.clone(), source);
        }
        if let Some(coverage) = batch.coverage {
            held.coverage = Some(coverage);
        }
    }
}

/// The report of the cluster as it is now, collected and resolved from nothing.
pub fn cold(kubeconfig: &Path) -> Result<String, String> {
    let mut text = Vec::new();
    runtime().block_on(async {
        let connection = Connection::open(&cluster(kubeconfig)).await.map_err(|e| e.to_string())?;
        let collected = informer::collect(connection, Options::default()).await.map_err(|e| e.to_string())?;
        collected.write(None, &mut text).map_err(|e| e.to_string())
    })?;
    let mut engine = Engine::default();
    engine.load(&text).map_err(|e| format!("{e:?}"))?;
    engine.settle();
    Ok(String::from_utf8(engine.report_json()).unwrap())
}

fn first_difference(own: &str, cold: &str) -> String {
    let at = own.bytes().zip(cold.bytes()).position(|(a, b)| a != b).unwrap_or(own.len().min(cold.len()));
    let around = |text: &str| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(200).min(text.len())..(at + 200).min(text.len())]).into_owned();
    let findings = |text: &str| -> Vec<String> {
        let report: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        report["findings"].as_array().into_iter().flatten().map(ToString::to_string).collect()
    };
    let (held, wanted) = (findings(own), findings(cold));
    let only = |a: &[String], b: &[String]| a.iter().filter(|f| !b.contains(f)).cloned().collect::<Vec<_>>().join("\n  ");
    format!("held: …{}…\ncold: …{}…\nfindings held only: {}\nfindings cold only: {}", around(own), around(cold), only(&held, &wanted), only(&wanted, &held))
}
