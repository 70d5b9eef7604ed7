//! The lines of every metric, and which of them are shown.

use super::cap::{Capped, Caps, Tenants};
use super::chunk::Chunk;
use super::lines::Lines;
use super::table::{Family, Metric, table};
use super::{BATCH, Families, MetricsConfig};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

/// How many chunks may wait uncompressed: about 8 MB. A storm of events touches the same ones again and again.
const AWAKE: usize = 170;

/// One [`Lines`] for each metric of the table.
#[derive(Debug)]
pub(super) struct Store {
    seed: u64,
    lines: Vec<Option<Lines>>,
    capped: Vec<Capped>,
    caps: Caps,
    tenants: Tenants,
    awake: VecDeque<Weak<Chunk>>,
    dropped: BTreeMap<(&'static str, String), u64>,
    version: u64,
}

impl Store {
    pub(super) fn new(config: &MetricsConfig, seed: u64) -> Self {
        let lines: Vec<Option<Lines>> = table().iter().map(|m| shown(config, m).then(|| Lines::new(seed))).collect();
        let capped = lines.iter().map(|_| Capped::default()).collect();
        let caps = Caps { namespace: config.max_series_per_namespace, tenant: config.max_series_per_tenant, all: config.max_series };
        Self { seed, lines, capped, caps, tenants: Tenants::new(), awake: VecDeque::new(), dropped: BTreeMap::new(), version: 0 }
    }

    /// Whose a namespace is; `None` where it is nobody's.
    pub(super) fn tenant(&self, namespace: &str) -> Option<&str> {
        self.tenants.get(namespace).map(String::as_str)
    }

    /// Sets it; whether that is new.
    pub(super) fn set_tenant(&mut self, namespace: &str, tenant: Option<&str>) -> bool {
        if self.tenant(namespace) == tenant {
            return false;
        }
        match tenant {
            Some(tenant) => self.tenants.insert(namespace.into(), tenant.into()),
            None => self.tenants.remove(namespace),
        };
        self.version = self.version.saturating_add(1);
        true
    }

    /// Whether a metric is shown at all.
    pub(super) fn shows(&self, metric: usize) -> bool {
        self.lines.get(metric).is_some_and(Option::is_some)
    }

    pub(super) fn lines(&self, metric: usize) -> Option<&Lines> {
        self.lines.get(metric)?.as_ref()
    }

    /// One more holds a line of a metric; 0 where the metric is not shown.
    pub(super) fn hold(&mut self, metric: usize, line: &str) -> u64 {
        self.lines.get_mut(metric).and_then(Option::as_mut).map_or(0, |l| l.hold(line))
    }

    /// One fewer holds it.
    pub(super) fn release(&mut self, metric: usize, key: u64) {
        if let Some(Some(lines)) = self.lines.get_mut(metric)
            && key != 0
        {
            lines.release(key);
        }
    }

    /// How much waits for [`Self::commit`].
    pub(super) fn waiting(&self) -> usize {
        self.lines.iter().flatten().map(Lines::waiting).sum()
    }

    /// Whether enough waits to be worked in before more comes: a part of what is held, so that a list of any size is
    /// written a few times over and not once for each thousand.
    pub(super) fn full(&self) -> bool {
        let held: usize = self.lines.iter().flatten().map(Lines::len).sum();
        self.waiting() > BATCH.max(held.checked_div(4).unwrap_or(0))
    }

    /// Makes changes show.
    pub(super) fn commit(&mut self) {
        let before: u64 = self.lines.iter().flatten().map(Lines::version).sum();
        let mut much: Vec<&mut Lines> = Vec::new();
        for lines in self.lines.iter_mut().flatten().filter(|l| l.waiting() > 0) {
            match lines.waiting() {
                n if n > BATCH / 4 => much.push(lines),
                _ => self.awake.extend(lines.commit().iter().map(Arc::downgrade)),
            }
        }
        self.awake.extend(at_once(&mut much).iter().map(Arc::downgrade));
        let after: u64 = self.lines.iter().flatten().map(Lines::version).sum();
        if before != after {
            self.version = self.version.saturating_add(1);
        }
        while self.awake.len() > AWAKE {
            // Chunks that were replaced meanwhile are gone.
            if let Some(chunk) = self.awake.pop_front().and_then(|c| c.upgrade()) {
                chunk.rest();
            }
        }
    }

    /// Compresses everything that is not yet.
    pub(super) fn rest(&mut self) {
        self.awake.drain(..).filter_map(|c| c.upgrade()).for_each(|c| c.rest());
    }

    /// Forgets the lines of some metrics.
    pub(super) fn clear(&mut self, which: impl Fn(&Metric) -> bool) {
        self.version = self.version.saturating_add(1);
        for (lines, metric) in self.lines.iter_mut().zip(table()) {
            if lines.is_some() && which(metric) {
                *lines = Some(Lines::new(self.seed));
            }
        }
    }

    /// A number that changes whenever what is shown does.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// What is shown of each metric that has series, and what the caps drop.
    pub(super) fn view(&mut self) -> Vec<(usize, Vec<Arc<Chunk>>)> {
        let mut out = Vec::new();
        let mut dropped: BTreeMap<(&'static str, String), u64> = BTreeMap::new();
        for (metric, ((lines, capped), about)) in self.lines.iter().zip(&mut self.capped).zip(table()).enumerate() {
            let Some(lines) = lines.as_ref().filter(|l| l.len() > 0) else { continue };
            // Of namespaces' rows and objects; what counts them is kept whole.
            let rows = about.labels.first().is_some_and(|l| matches!(l.as_str(), "namespace" | "route_namespace"));
            let chunks = match self.caps {
                caps if !rows || caps == Caps::default() => lines.chunks().map(Arc::clone).collect(),
                caps => {
                    let (chunks, over) = capped.view(lines.chunks(), caps, &self.tenants);
                    for (namespace, count) in over {
                        let sum = dropped.entry((about.family.name(), namespace)).or_default();
                        *sum = sum.saturating_add(count);
                    }
                    chunks
                }
            };
            out.push((metric, chunks));
        }
        for ((family, namespace), count) in &dropped {
            if !self.dropped.contains_key(&(*family, namespace.clone())) {
                tracing::warn!(family, namespace, series = count, "a cap keeps series out of the metrics; they are still in the API");
            }
        }
        self.dropped = dropped;
        out
    }

    /// By family and namespace, what the caps kept out of the last [`Self::view`].
    pub(super) fn dropped(&self) -> &BTreeMap<(&'static str, String), u64> {
        &self.dropped
    }
}

/// Commits those that have much to do side by side: lists bring families of the same size.
fn at_once(much: &mut [&mut Lines]) -> Vec<Arc<Chunk>> {
    let Some((first, others)) = much.split_first_mut() else { return Vec::new() };
    let mut made = std::thread::scope(|scope| {
        // One that cannot be started leaves its work to the end.
        let thread = || std::thread::Builder::new().name("series".into());
        let started: Vec<_> = others.iter_mut().filter_map(|l| thread().spawn_scoped(scope, || whole(l)).ok()).collect();
        let mut made = whole(first);
        for thread in started {
            made.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    });
    made.extend(others.iter_mut().flat_map(|l| whole(l)));
    made
}

/// Commits, and compresses what is new where it is too much to wait.
fn whole(lines: &mut Lines) -> Vec<Arc<Chunk>> {
    let made = lines.commit();
    if made.len() > AWAKE / 2 {
        made.iter().for_each(|chunk| chunk.rest());
    }
    made
}

/// Whether a metric is shown.
pub(super) fn shown(config: &MetricsConfig, metric: &Metric) -> bool {
    let Families { routes, objects, own } = config.families;
    let family = match metric.family {
        Family::Routes => routes,
        Family::Objects => objects,
        Family::Own | Family::Process => own,
    };
    family && config.metrics.lets(&metric.name)
}
