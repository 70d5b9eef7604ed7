//! What happened lately, for the streams of `/api/v1/events`: a ring that is bounded in number and in bytes.
//!
//! Every client reads from the one ring at its own pace, so that a slow one costs nothing but its place; who falls out
//! of the ring is told to start over.

use bytes::Bytes;
use gatescope::feed::ObjectChange;
use gatescope_core::types::Delta;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Events kept.
const MANY: usize = 4096;
/// Bytes kept.
const BYTES: usize = 8 << 20;

/// One step from a revision to the next.
#[derive(Debug)]
pub(crate) struct Event {
    pub from: u64,
    pub revision: u64,
    /// `gatescope/delta/v1`.
    pub delta: Bytes,
    /// The objects' side of it.
    pub objects: Bytes,
}

#[derive(Serialize)]
struct Objects<'a> {
    from: u64,
    revision: u64,
    applied: Vec<&'a RawValue>,
    deleted: Vec<Reference<'a>>,
}

#[derive(Serialize)]
struct Reference<'a> {
    group: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    name: &'a str,
}

impl Event {
    pub(crate) fn of(delta: &Delta, changes: &[ObjectChange]) -> Self {
        let mut objects = Objects { from: delta.from, revision: delta.revision, applied: Vec::new(), deleted: Vec::new() };
        for change in changes {
            match change {
                ObjectChange::Put(text) => objects.applied.extend(serde_json::from_slice::<&RawValue>(text).ok()),
                ObjectChange::Delete { group, kind, namespace, name } => objects.deleted.push(Reference { group, kind, namespace, name }),
                ObjectChange::All(_) => {}
            }
        }
        // Without what a growing text has too much: the ring counts bytes that are used.
        let bytes = |text: Result<Vec<u8>, serde_json::Error>| Bytes::from(text.unwrap_or_default().into_boxed_slice());
        Self { from: delta.from, revision: delta.revision, delta: bytes(serde_json::to_vec(delta)), objects: bytes(serde_json::to_vec(&objects)) }
    }

    fn size(&self) -> usize {
        self.delta.len().saturating_add(self.objects.len())
    }
}

/// What a client that has a revision needs next.
#[derive(Debug)]
pub(crate) enum After {
    /// These, in order; none where it has everything.
    Events(Vec<Arc<Event>>),
    /// Its place is lost: the state as of this revision has to be fetched.
    Gap(u64),
}

/// The ring.
#[derive(Debug)]
pub(crate) struct Events {
    ring: Mutex<Ring>,
    wake: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    rows: VecDeque<Arc<Event>>,
    bytes: usize,
    last: u64,
}

impl Default for Events {
    fn default() -> Self {
        Self { ring: Mutex::default(), wake: watch::channel(0).0 }
    }
}

impl Events {
    fn with<T>(&self, change: impl FnOnce(&mut Ring) -> T) -> T {
        change(&mut self.ring.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The revision before the first event.
    pub(crate) fn start(&self, revision: u64) {
        self.gap(revision);
    }

    pub(crate) fn push(&self, event: Event) {
        let revision = event.revision;
        if event.size() > BYTES / 2 {
            return self.gap(revision);
        }
        self.with(|ring| {
            ring.last = revision;
            ring.bytes = ring.bytes.saturating_add(event.size());
            ring.rows.push_back(Arc::new(event));
            while ring.rows.len() > MANY || ring.bytes > BYTES {
                let Some(old) = ring.rows.pop_front() else { break };
                ring.bytes = ring.bytes.saturating_sub(old.size());
            }
        });
        self.wake.send_replace(revision);
    }

    /// What led here cannot be told: everybody starts over.
    pub(crate) fn gap(&self, revision: u64) {
        self.with(|ring| *ring = Ring { last: revision, ..Ring::default() });
        self.wake.send_replace(revision);
    }

    /// What comes after a revision; at most `limit` events.
    pub(crate) fn after(&self, revision: u64, limit: usize) -> After {
        self.with(|ring| {
            if revision == ring.last {
                return After::Events(Vec::new());
            }
            let at = ring.rows.partition_point(|e| e.from < revision);
            match ring.rows.get(at) {
                Some(e) if e.from == revision => After::Events(ring.rows.iter().skip(at).take(limit).cloned().collect()),
                _ => After::Gap(ring.last),
            }
        })
    }

    /// The newest revision.
    pub(crate) fn last(&self) -> u64 {
        self.with(|ring| ring.last)
    }

    /// Changes when there is something new.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.wake.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(from: u64, revision: u64, size: usize) -> Event {
        Event { from, revision, delta: Bytes::from(vec![0; size]), objects: Bytes::new() }
    }

    fn revisions(after: &After) -> Option<Vec<u64>> {
        match after {
            After::Events(list) => Some(list.iter().map(|e| e.revision).collect()),
            After::Gap(_) => None,
        }
    }

    #[test]
    fn resumes_where_a_client_was() {
        let events = Events::default();
        events.start(10);
        for i in 10..20 {
            events.push(event(i, i + 1, 10));
        }
        assert_eq!(revisions(&events.after(17, 100)), Some(vec![18, 19, 20]));
        assert_eq!(revisions(&events.after(10, 2)), Some(vec![11, 12]));
        assert_eq!(revisions(&events.after(20, 2)), Some(vec![]));
        // Of another process, or of before the ring.
        for lost in [9, 21, 0] {
            assert!(matches!(events.after(lost, 100), After::Gap(20)));
        }
        events.gap(25);
        assert!(matches!(events.after(20, 100), After::Gap(25)));
    }

    #[test]
    fn the_ring_is_bounded() {
        let events = Events::default();
        for i in 0..10_000 {
            events.push(event(i, i + 1, 4 << 10));
        }
        events.with(|r| assert!(r.rows.len() <= MANY && r.bytes <= BYTES && r.bytes > BYTES / 2));
        assert!(matches!(events.after(0, 1), After::Gap(10_000)));
        events.push(event(10_000, 10_001, BYTES));
        assert!(matches!(events.after(10_000, 1), After::Gap(10_001)));
    }
}
