//! The start of a live source: lists come in, kind by kind, and no row can be told before the last of them. Objects are
//! only loaded until then, and judged once; judged as they come, every route would be judged for each kind it refers to.
//! And files that start over.

use super::{Hub, Key, Untold, keys, lists, ms};
use crate::verbs::Engine;
use gatescope::engine::{Cause, Failure};
use gatescope::feed::{Batch, ObjectChange};
use gatescope::metrics::Metrics;
use gatescope::pieces;
use gatescope_core::types::{Exposure, Report};
use std::collections::BTreeSet;
use std::sync::mpsc::sync_channel;
use std::time::Instant;
use tracing::{info, warn};

/// How the first objects come in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing is known of the source yet.
    #[default]
    Silent,
    /// It named what it will look at, and is at it since then.
    Loading(Instant),
    /// Changes are judged as they come.
    Over,
}

impl Hub {
    /// A source that names what it waits for, before anything else, brings lists.
    pub(super) fn heard(&mut self, batch: &Batch) {
        if self.start == Start::Silent {
            let announces = batch.changes.is_empty() && batch.coverage.is_none() && batch.sources.iter().any(|s| !s.synced);
            self.start = if announces { Start::Loading(Instant::now()) } else { Start::Over };
        }
    }

    /// Takes what came, as far along as the start is; `complete` where the last list is in.
    pub(super) fn bring(&mut self, changes: Vec<ObjectChange>, complete: bool) {
        let Start::Loading(since) = self.start else { return self.apply(changes) };
        let mut changes = changes.into_iter();
        while let Some(change) = changes.next() {
            let ObjectChange::Put(text) = &change else {
                // What goes so early is rare: the rest is as always.
                self.started(since);
                let mut rest = vec![change];
                rest.extend(changes);
                return self.apply(rest);
            };
            if pieces::split(text, &mut |_| {}).is_none() {
                self.bad = self.bad.saturating_add(1);
                warn!("an object is left out: it is not JSON");
                continue;
            }
            match self.engine.load(text) {
                Ok(_) => {
                    self.metrics.put(text);
                    self.certificates.put(text);
                }
                Err(failure) => self.failed("an object", &failure),
            }
        }
        if complete {
            self.started(since);
        }
    }

    /// Judges what was loaded.
    fn started(&mut self, since: Instant) {
        self.start = Start::Over;
        let began = Instant::now();
        self.judge(began);
        self.reset();
        self.untold.push(Untold::Gap(self.revision));
        info!(
            revision = self.revision,
            exposed = self.summary.exposed,
            blocked = self.summary.blocked,
            unknown = self.summary.unknown,
            listed_ms = ms(since.elapsed()),
            resolved_ms = ms(began.elapsed()),
            "every kind has had its first answer"
        );
    }

    /// Resolves what was loaded since `began`.
    fn judge(&mut self, began: Instant) {
        if let Err(failure) = self.engine.settle() {
            self.failed("resolving what was read", &failure);
        }
        self.resolve.observe(began.elapsed());
        self.success = self.success.saturating_add(1);
        self.loaded = true;
        self.revision = self.base.saturating_add(self.engine.revision()).max(self.revision.saturating_add(1));
        self.rebase();
    }

    /// Starts over with these texts.
    pub(super) fn all(&mut self, texts: &[Vec<u8>]) {
        let began = Instant::now();
        let before = self.keys();
        let engine = match (self.make)() {
            Ok(engine) => engine,
            Err(failure) => return self.failed("starting over", &failure),
        };
        let old = std::mem::replace(&mut self.engine, engine);
        drop(old);
        self.base = self.revision;
        for text in texts {
            if let Err(failure) = self.engine.load(text) {
                self.failed("an object", &failure);
            }
        }
        if let Some(coverage) = &self.coverage {
            let _ = self.engine.load(&lists(coverage));
        }
        self.judge(began);
        self.certificates.clear();
        for text in texts {
            self.metrics.put(text);
            self.certificates.put(text);
        }
        let after = self.keys();
        for (group, kind, namespace, name) in before.difference(&after) {
            self.metrics.delete(group, kind, namespace, name);
        }
        self.reset();
        self.untold.push(Untold::Gap(self.revision));
        info!(revision = self.revision, exposed = self.summary.exposed, blocked = self.summary.blocked, took_ms = ms(began.elapsed()), "everything was read");
    }

    /// The engine counts from its own start.
    pub(super) fn rebase(&mut self) {
        self.base = self.revision.saturating_sub(self.engine.revision());
    }

    /// Metrics and summary from the whole report.
    pub(super) fn reset(&mut self) {
        // A failure may have cost the resolver's instance; the next one answers from the start. If it does not, later again.
        let done = self.renew().or_else(|_| self.renew());
        self.unshown = done.is_err();
        if let Err(failure) = done {
            self.failed("the report", &failure);
        }
    }

    fn renew(&mut self) -> Result<(), Failure> {
        let frame = self.engine.brief()?;
        rows(&mut self.engine, &mut self.metrics, &frame)?;
        self.certificates.used_by(&frame);
        self.summary = frame.summary;
        self.frame_due = false;
        Ok(())
    }

    pub(super) fn keys(&self) -> BTreeSet<Key> {
        self.engine.held().map(|h| keys(&h.freeze())).unwrap_or_default()
    }
}

/// Brings all rows into the metrics: the resolver tells the next ones while the last ones are written.
fn rows(engine: &mut Engine, metrics: &mut Metrics, frame: &Report) -> Result<(), Failure> {
    /// Parts that wait: what is held of them must not grow with the rows.
    const WAITING: usize = 8;
    let (tell, told) = sync_channel::<Vec<Exposure>>(WAITING);
    std::thread::scope(|scope| {
        let write = move || metrics.reset_from(frame, |each| told.iter().for_each(|some| each(&some)));
        let writer = std::thread::Builder::new().name("rows".into()).spawn_scoped(scope, write);
        let writer = writer.map_err(|e| Failure { cause: Cause::Module, message: format!("the rows' thread cannot be started: {e}"), hint: None })?;
        // Nobody listens any more only where the writer panicked, which its end tells.
        let done = engine.exposures(&mut |some| drop(tell.send(some)));
        drop(tell);
        match writer.join() {
            Ok(()) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Identity, Make, start};
    use super::*;
    use gatescope::engine::{Health, Held, Native, Resolver};
    use gatescope::feed::{Coverage, SourceState};
    use gatescope::metrics::{Encoding, Format, MetricsConfig};
    use gatescope_core::layout::{Layout, LayoutOptions};
    use gatescope_core::types::{Answer, Delta, Explanation, ObjectRef, Request};
    use gatescope_core::{Change, InputError, ProfileChoice};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    const OBJECTS: [&str; 4] = [
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"GatewayClass","metadata":{"name":"c"},"spec":{"controllerName":"example.com/c"}}"#,
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"g","namespace":"n"},"spec":{"gatewayClassName":"c","listeners":[{"name":"http","port":80,"protocol":"HTTP"}]}}"#,
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r","namespace":"n"},"spec":{"parentRefs":[{"name":"g"}],"rules":[{"backendRefs":[{"name":"s","port":80}]}]}}"#,
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"n"},"spec":{"ports":[{"port":80}]}}"#,
    ];

    /// A fake: the native resolver, which fails to tell its rows so many times. The module cannot be made to do that, for it
    /// is brought to where it was with the same answer.
    #[derive(Debug)]
    struct Failing(Native, Arc<AtomicU32>);

    impl Resolver for Failing {
        fn kind(&self) -> &'static str {
            "native"
        }
        fn load(&mut self, json: &[u8]) -> Result<usize, Failure> {
            self.0.load(json)
        }
        fn settle(&mut self) -> Result<(), Failure> {
            self.0.settle()
        }
        fn apply(&mut self, changes: &[Change<'_>]) -> Result<(Delta, Vec<InputError>), Failure> {
            self.0.apply(changes)
        }
        fn choose(&mut self, choice: &ProfileChoice) -> Result<Delta, Failure> {
            self.0.choose(choice)
        }
        fn revision(&self) -> u64 {
            self.0.revision()
        }
        fn report(&mut self) -> Result<Report, Failure> {
            self.0.report()
        }
        fn report_json(&mut self) -> Result<Vec<u8>, Failure> {
            self.0.report_json()
        }
        fn brief(&mut self) -> Result<Report, Failure> {
            self.0.brief()
        }
        fn exposures(&mut self, each: &mut dyn FnMut(Vec<Exposure>)) -> Result<(), Failure> {
            let left = self.1.load(Ordering::Relaxed);
            if left > 0 {
                self.1.store(left.saturating_sub(1), Ordering::Relaxed);
                return Err(Failure { cause: Cause::Module, message: "it failed".into(), hint: None });
            }
            self.0.exposures(each)
        }
        fn columns(&mut self) -> Result<Vec<u8>, Failure> {
            self.0.columns()
        }
        fn explain(&mut self, subject: &ObjectRef) -> Result<Option<Explanation>, Failure> {
            self.0.explain(subject)
        }
        fn names(&mut self, kind: &str) -> Result<Vec<(String, String)>, Failure> {
            self.0.names(kind)
        }
        fn trace(&mut self, requests: &[Request]) -> Result<Vec<Answer>, Failure> {
            self.0.trace(requests)
        }
        fn trace_everywhere(&mut self, request: &Request) -> Result<Vec<Answer>, Failure> {
            self.0.trace_everywhere(request)
        }
        fn layout(&mut self, options: &LayoutOptions) -> Result<Layout, Failure> {
            self.0.layout(options)
        }
        fn health(&self) -> Health {
            self.0.health()
        }
        fn held(&self) -> Option<&Held> {
            self.0.held()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_that_could_not_be_told_come_later() {
        let left = Arc::new(AtomicU32::new(3));
        let fails = Arc::clone(&left);
        let make: Make = Box::new(move || Ok(Box::new(Failing(Native::holding(gatescope_core::Settings::default()), Arc::clone(&fails))) as Engine));
        let identity = Identity { module: None, cluster: None, complete: true };
        let (feed, handle) = start(make, identity, MetricsConfig::default()).unwrap();
        let batch = |changes, coverage, synced| {
            let sources = vec![SourceState { synced, ..SourceState::waiting("HTTPRoute.gateway.networking.k8s.io".into()) }];
            Batch { changes, coverage, sources, seen: Instant::now() }
        };
        let objects = OBJECTS.iter().map(|text| ObjectChange::Put(text.as_bytes().to_vec())).collect();
        feed.send(batch(Vec::new(), None, false)).await.unwrap();
        feed.send(batch(objects, None, false)).await.unwrap();
        feed.send(batch(Vec::new(), Some(Coverage::default()), true)).await.unwrap();
        let rows = || {
            let exposition = Arc::clone(&handle.exposition.borrow());
            String::from_utf8(exposition.bytes(Format::Text, Encoding::Identity)).unwrap().contains("gatescope_exposure_info{")
        };
        let mut seen_without = false;
        for _ in 0..200 {
            seen_without |= left.load(Ordering::Relaxed) == 1 && !rows();
            if rows() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(seen_without && rows(), "first without, then with them");
        assert_eq!(left.load(Ordering::Relaxed), 0);
    }
}
