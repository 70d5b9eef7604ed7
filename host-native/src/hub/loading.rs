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
