//! The exporter's one writer: it owns the resolver and all series, takes what sources say, and publishes what everybody
//! else reads. It has a thread of its own, so that nothing that a client does can stand in the way of a change, but for
//! questions that only the resolver can answer.

mod certificates;
mod events;
mod frames;
mod loading;
mod publish;
mod rest;
mod slice;
mod snapshot;
mod turn;

pub(crate) use certificates::INFOS as CLOCK_INFOS;
pub(crate) use events::{After, Event, Events};
pub(crate) use publish::{Published, Runtime};
pub(crate) use slice::{Key, keys, slice};
pub(crate) use snapshot::Snapshot;

use crate::verbs::Engine;
use certificates::Certificates;
use gatescope::engine::{Cause, Failure};
use gatescope::feed::{Batch, Coverage, Feed, ObjectChange, SourceState};
use gatescope::metrics::{Exposition, Histogram, Metrics, MetricsConfig, Own, Reconcile, Source};
use gatescope::pieces;
use gatescope_core::Change;
use gatescope_core::types::{Delta, Finding, Summary};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::warn;

/// Batches that wait for the hub; more of them slow their sources.
const WAITING: usize = 16;
/// Questions that wait.
const ASKED: usize = 256;
/// How often a lost resolver is tried again.
const REVIVE: Duration = if cfg!(test) { Duration::from_millis(100) } else { Duration::from_secs(5) };

/// What the exporter is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// SHA-256 of the module that runs, where one does.
    pub module: Option<String>,
    /// The cluster's name, where one was given.
    pub cluster: Option<String>,
    /// Every kind counts as collected.
    pub complete: bool,
}

/// Makes an empty resolver, at the start and when everything starts over.
pub(crate) type Make = Box<dyn Fn() -> Result<Engine, Failure> + Send>;

/// A question that only the hub can answer.
type Ask = Box<dyn FnOnce(&mut Hub) + Send>;

/// How everybody else reaches the hub.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    asks: mpsc::Sender<Ask>,
    pub published: watch::Receiver<Arc<Published>>,
    pub exposition: watch::Receiver<Arc<Exposition>>,
    pub events: Arc<Events>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The hub works on something else for too long.
    Busy,
    /// The hub has ended.
    Gone,
}

impl Handle {
    /// Asks the hub, and waits for the answer.
    pub(crate) async fn ask<T: Send + 'static>(&self, question: impl FnOnce(&mut Hub) -> T + Send + 'static) -> Result<T, NoAnswer> {
        const PATIENCE: Duration = Duration::from_secs(40);
        let (tell, told) = oneshot::channel();
        let ask: Ask = Box::new(move |hub| drop(tell.send(question(hub))));
        let answer = async {
            self.asks.send(ask).await.map_err(|_| NoAnswer::Gone)?;
            told.await.map_err(|_| NoAnswer::Gone)
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| NoAnswer::Busy)?
    }

    /// What is true now.
    pub(crate) fn now(&self) -> Arc<Published> {
        Arc::clone(&self.published.borrow())
    }
}

/// The writer.
pub(crate) struct Hub {
    engine: Engine,
    make: Make,
    identity: Identity,
    /// What was before the engine's own revision 0.
    base: u64,
    /// The last revision that was told.
    revision: u64,
    summary: Summary,
    sources: BTreeMap<String, SourceState>,
    coverage: Option<Coverage>,
    start: loading::Start,
    /// Something was loaded.
    loaded: bool,
    /// The resolver failed before it had told all rows: the metrics lack some.
    unshown: bool,
    metrics: Metrics,
    certificates: Certificates,
    /// What only a clock tells, as of the last look at it.
    clock: Vec<Finding>,
    /// Gateways, attachments and findings of the metrics are older than the rows.
    frame_due: bool,
    frame_after: Instant,
    /// A Gateway, its class or a ListenerSet changed since the last frame.
    gateways_changed: bool,
    /// The last change that the engine failed on.
    failure: Option<String>,
    resolve: Histogram,
    event_to_metrics: Histogram,
    success: u64,
    errors: u64,
    bad: u64,
    owned: Instant,
    revived: Instant,
    rest: rest::Rest,
    events: Arc<Events>,
    /// Told once what they speak of is published, so that nobody who heard of a change finds the state before it.
    untold: Vec<Untold>,
    published: watch::Sender<Arc<Published>>,
    exposition: watch::Sender<Arc<Exposition>>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("revision", &self.revision).field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

/// Revisions go on rising over restarts, so that nobody resumes a stream with the number of another process.
fn first_revision() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}

/// Starts the hub on a thread of its own. It ends when every feed and every handle is gone.
pub(crate) fn start(make: Make, identity: Identity, metrics: MetricsConfig) -> Result<(Feed, Handle), Failure> {
    let engine = make()?;
    let (feed, batches) = mpsc::channel(WAITING);
    let (asks, questions) = mpsc::channel(ASKED);
    let events = Arc::new(Events::default());
    let base = first_revision();
    let (published, seen) = watch::channel(Arc::default());
    let (exposition, scraped) = watch::channel(Arc::default());
    let mut hub = Hub {
        engine,
        make,
        identity,
        base,
        revision: base,
        summary: Summary::default(),
        sources: BTreeMap::new(),
        coverage: None,
        start: loading::Start::default(),
        loaded: false,
        unshown: false,
        metrics: Metrics::new(metrics),
        certificates: Certificates::default(),
        clock: Vec::new(),
        frame_due: false,
        frame_after: Instant::now(),
        gateways_changed: false,
        failure: None,
        resolve: Histogram::default(),
        event_to_metrics: Histogram::default(),
        success: 0,
        errors: 0,
        bad: 0,
        owned: Instant::now(),
        revived: Instant::now(),
        rest: rest::Rest::default(),
        events: Arc::clone(&events),
        untold: Vec::new(),
        published,
        exposition,
    };
    hub.events.start(base);
    hub.publish(true);
    let runtime = tokio::runtime::Handle::current();
    let ticks = turn::ticks();
    let run = move || runtime.block_on(turn::run(hub, batches, questions, ticks));
    let name = std::thread::Builder::new().name("hub".into());
    name.spawn(run).map_err(|e| Failure { cause: Cause::Module, message: format!("the hub's thread cannot be started: {e}"), hint: None })?;
    Ok((feed, Handle { asks, published: seen, exposition: scraped, events }))
}

impl Hub {
    /// The resolver.
    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Shows metrics otherwise from now on: everything that is held is rendered anew.
    pub(crate) fn show(&mut self, config: MetricsConfig) {
        self.metrics = self.metrics.again(config);
        let held = self.engine.held().map(|h| h.freeze()).unwrap_or_default();
        held.objects(&mut |text| self.metrics.put(text));
        self.reset();
        self.publish(true);
    }

    /// Shows how the push over OTLP does.
    pub(crate) fn watch(&mut self, otlp: Arc<gatescope::otlp::Counters>) {
        self.metrics.watch(otlp);
    }

    /// Shows what the Envoy plugin counts.
    pub(crate) fn watch_traffic(&mut self, traffic: Arc<gatescope::traffic::Traffic>) {
        self.metrics.watch_traffic(traffic);
    }

    /// The report as compact JSON, and its revision.
    pub(crate) fn report(&mut self) -> Result<(u64, Vec<u8>), Failure> {
        let bytes = self.engine.report_json()?;
        Ok((self.revision, bytes))
    }

    /// What is held, with its revision.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            revision: self.revision,
            held: self.engine.held().map(|h| h.freeze()).unwrap_or_default(),
            coverage: self.coverage.clone(),
            complete: self.identity.complete,
            cluster: self.identity.cluster.clone(),
        }
    }

    fn take(&mut self, batches: Vec<Batch>, idle: bool) {
        let mut waiting: Vec<ObjectChange> = Vec::new();
        let mut seen: Option<Instant> = None;
        let (mut told, mut complete) = (false, false);
        for batch in batches {
            self.heard(&batch);
            for source in batch.sources {
                told = true;
                self.sources.insert(source.kind.clone(), source);
            }
            if let Some(coverage) = batch.coverage {
                waiting.push(ObjectChange::Put(lists(&coverage)));
                self.coverage = Some(coverage);
                complete = true;
            }
            if !batch.changes.is_empty() {
                seen = Some(seen.map_or(batch.seen, |s| s.min(batch.seen)));
            }
            self.rest.worked(batch.changes.len());
            for change in batch.changes {
                match change {
                    ObjectChange::All(texts) => {
                        self.rest.worked(texts.len());
                        // What came before it is forgotten by it.
                        waiting.clear();
                        self.all(&texts);
                    }
                    other => waiting.push(other),
                }
            }
        }
        let judged = self.start == loading::Start::Over;
        self.bring(waiting, complete);
        // What Gateways are called by is in the labels of rows; all else that a frame tells can wait until the rows are shown.
        if std::mem::take(&mut self.gateways_changed) {
            self.frame();
        }
        self.publish(told);
        if let Some(seen) = seen.filter(|_| judged) {
            self.event_to_metrics.observe(seen.elapsed());
        }
        if idle {
            self.catch_up();
        }
    }

    fn apply(&mut self, mut changes: Vec<ObjectChange>) {
        // What is not JSON would stand in the way of everything after it; the API server sends none.
        changes.retain(|c| match c {
            ObjectChange::Put(text) => {
                let good = pieces::split(text, &mut |_| {}).is_some();
                if !good {
                    self.bad = self.bad.saturating_add(1);
                    warn!("an object is left out: it is not JSON");
                }
                good
            }
            _ => true,
        });
        if !changes.is_empty() {
            self.attempt(&changes);
            self.loaded = true;
        }
    }

    fn attempt(&mut self, changes: &[ObjectChange]) {
        let began = Instant::now();
        let wanted: Vec<Change<'_>> = changes.iter().filter_map(change).collect();
        let done = self.engine.apply(&wanted);
        self.resolve.observe(began.elapsed());
        match done {
            Ok((delta, errors)) => {
                for e in errors {
                    self.bad = self.bad.saturating_add(1);
                    warn!(error = e.message, "an object is left out");
                }
                self.success = self.success.saturating_add(1);
                self.done(delta, changes);
            }
            // One of many: the others shall not be lost with it.
            Err(failure) if failure.lost() && changes.len() > 1 => {
                warn!(changes = changes.len(), error = failure.message, "the module failed on a batch: its changes are tried one by one");
                for one in changes.chunks(1) {
                    self.attempt(one);
                }
            }
            Err(failure) => self.failed("a change", &failure),
        }
    }

    /// A change is in force.
    fn done(&mut self, mut delta: Delta, changes: &[ObjectChange]) {
        let revision = self.base.saturating_add(delta.revision);
        for change in changes {
            self.gateways_changed |= frames::names_gateway(change);
            match change {
                ObjectChange::Put(text) => {
                    self.metrics.put(text);
                    self.certificates.put(text);
                }
                ObjectChange::Delete { group, kind, namespace, name } => {
                    self.metrics.delete(group, kind, namespace, name);
                    self.certificates.delete(group, kind, namespace, name);
                }
                ObjectChange::All(_) => {}
            }
        }
        if revision <= self.revision {
            return;
        }
        // What an engine counted while it was made anew changed nothing.
        (delta.from, delta.revision) = (self.revision, revision);
        self.revision = revision;
        self.summary = delta.summary;
        self.metrics.rows(&delta);
        self.frame_due = true;
        self.untold.push(Untold::Event(Event::of(&delta, changes)));
    }

    fn failed(&mut self, what: &str, failure: &Failure) {
        self.errors = self.errors.saturating_add(1);
        self.failure = Some(failure.message.clone());
        warn!(error = failure.message, hint = failure.hint, "{what} is not in force: answers are those of before");
    }

    fn beat(&mut self) {
        // Any question brings an instance back, where that can be done.
        if (self.engine.health().down || self.unshown) && self.revived.elapsed() > REVIVE {
            self.revived = Instant::now();
            if self.unshown {
                self.reset();
            } else if let Err(failure) = self.engine.names("Gateway") {
                self.failed("bringing the resolver back", &failure);
            }
        }
        self.catch_up();
        self.publish(true);
        if self.rest.due() {
            self.metrics.rest();
            crate::allocator::give_back();
        }
    }

    /// Lets everybody see what is true now.
    fn publish(&mut self, own: bool) {
        if own {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            self.clock = self.certificates.findings(i64::try_from(now).unwrap_or(i64::MAX));
        }
        let health = self.engine.health();
        let now = Published {
            revision: self.revision,
            summary: self.summary,
            engine: self.engine.kind(),
            module: self.identity.module.clone(),
            cluster: self.identity.cluster.clone(),
            health,
            sources: self.sources.values().cloned().collect(),
            excused: self.coverage.iter().flat_map(|c| c.forbidden.iter().chain(&c.absent)).cloned().collect(),
            findings: self.clock.clone(),
            loaded: self.loaded,
            beat: Some(Instant::now()),
        };
        if own || self.owned.elapsed() > Duration::from_millis(200) {
            self.metrics.own(&self.own(&now));
            self.owned = Instant::now();
        }
        self.exposition.send_replace(self.metrics.scrape());
        self.published.send_replace(Arc::new(now));
        for one in self.untold.drain(..) {
            match one {
                Untold::Event(event) => self.events.push(event),
                Untold::Gap(revision) => self.events.gap(revision),
            }
        }
    }

    fn own(&self, now: &Published) -> Own {
        let seconds = |t: SystemTime| t.duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
        let sources = now.sources.iter().map(|s| Source {
            kind: s.kind.clone(),
            synced: s.synced,
            last_event: s.last_event.map(seconds),
            objects: s.objects,
            bad_objects: s.bad_objects,
            restarts: s.restarts,
        });
        Own {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            module_sha256: now.module.clone().unwrap_or_default(),
            engine: now.engine.to_owned(),
            ready: now.ready(),
            revision: self.revision,
            sources: sources.collect(),
            resolve: self.resolve.clone(),
            render: Histogram::default(),
            event_to_metrics: self.event_to_metrics.clone(),
            reconciles: vec![Reconcile { controller: "gatescope".into(), success: self.success, error: self.errors, duration: self.resolve.clone() }],
            health: now.health.clone(),
        }
    }
}

/// What streams are to be told.
enum Untold {
    Event(Event),
    /// Everything started over at this revision.
    Gap(u64),
}

fn change(change: &ObjectChange) -> Option<Change<'_>> {
    match change {
        ObjectChange::Put(text) => Some(Change::Json(text)),
        ObjectChange::Delete { group, kind, namespace, name } => Some(Change::Delete { group, kind, namespace, name }),
        ObjectChange::All(_) => None,
    }
}

/// The lists as a snapshot without objects.
fn lists(coverage: &Coverage) -> Vec<u8> {
    let lists = serde_json::json!({
        "schema": gatescope_core::types::SNAPSHOT_SCHEMA,
        "collected": coverage.collected, "forbidden": coverage.forbidden, "absent": coverage.absent, "objects": [],
    });
    lists.to_string().into_bytes()
}

fn ms(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

/// How long the engine may be silent before the exporter counts as hung: longer than its deadline and a rebuild.
pub(crate) const HUNG: Duration = Duration::from_secs(120);
