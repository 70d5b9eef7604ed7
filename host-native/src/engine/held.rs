//! The snapshot as it was handed to an instance, so that another one can be brought to the same state.
//!
//! Objects lie in chunks that are compressed when full; a replaced object leaves a hole, and a chunk that is mostly
//! holes is written again. What cannot be told apart into objects (a text that is not JSON to its end) starts a
//! journal: from there on everything is kept as it came.

use crate::pieces::{self, Piece};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use gatescope_core::Change;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hash, RandomState};
use std::io::{Read as _, Write as _};
use std::sync::Arc;

/// Size at which a chunk is compressed.
const FULL: usize = 128 << 10;

/// Group, kind, namespace and name, hashed with this process's own random keys: 128 bits do not collide.
type Key = u128;

/// One thing to do to a new instance.
pub(super) enum Step<'a> {
    Load(&'a [u8]),
    Settle,
    Apply(Change<'a>),
}

/// The snapshot that an engine holds.
#[derive(Debug, Default)]
pub struct Held {
    chunks: Vec<Chunk>,
    index: HashMap<Key, (u32, u32)>,
    /// Objects met twice in one load: the first of them, which the second replaced. They make a finding.
    doubles: Vec<(Key, String)>,
    /// Texts that are no objects, each once, and the lists of compact snapshots.
    others: BTreeSet<String>,
    /// Objects of the load under way.
    loading: BTreeSet<Key>,
    journal: Vec<Entry>,
    hash: Hashes,
}

#[derive(Debug, Default)]
struct Hashes(RandomState, RandomState);

impl Hashes {
    fn key(&self, of: impl Hash + Copy) -> Key {
        (u128::from(self.0.hash_one(of)) << 64) | u128::from(self.1.hash_one(of))
    }
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    /// Compressed, once it is full.
    packed: Option<Arc<[u8]>>,
    /// The objects in a row, while it is open.
    open: Vec<u8>,
    slots: Vec<Slot>,
    live: usize,
    total: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: Key,
    len: u32,
    live: bool,
}

#[derive(Debug)]
enum Entry {
    Load(Vec<u8>),
    Settle,
    Json(Vec<u8>),
    Delete { group: String, kind: String, namespace: String, name: String },
}

/// A text, taken apart.
#[derive(Default)]
struct Parts<'a> {
    objects: Vec<(Key, Cow<'a, str>)>,
    others: Vec<String>,
}

impl Hashes {
    /// An object without a namespace lies in `default`, or in none: it is one object in either case.
    fn name_key(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Key {
        self.key((group, kind, if namespace.is_empty() { "default" } else { namespace }, name))
    }

    /// `None` where the text is not JSON to its end, or has a shape that is better left to the resolver.
    fn parts<'a>(&self, json: &'a [u8]) -> Option<Parts<'a>> {
        let mut parts = Parts::default();
        pieces::split(json, &mut |piece| match piece {
            Piece::Object(o) => parts.objects.push((self.name_key(&o.group, &o.kind, &o.namespace, &o.name), o.text)),
            Piece::Other(text) | Piece::Lists(text) => parts.others.push(text),
        })?;
        Some(parts)
    }
}

impl Held {
    /// What a load took in.
    pub(super) fn load(&mut self, json: &[u8]) {
        let parts = if self.journal.is_empty() { self.hash.parts(json) } else { None };
        let Some(parts) = parts else {
            self.journal.push(Entry::Load(json.to_vec()));
            return;
        };
        self.others.extend(parts.others);
        for (key, object) in parts.objects {
            let again = !self.loading.insert(key);
            if again && let Some(first) = self.take(key) {
                self.doubles.push((key, first));
            }
            self.put(key, &object);
        }
    }

    pub(super) fn settle(&mut self) {
        self.loading = BTreeSet::new();
        if !self.journal.is_empty() {
            self.journal.push(Entry::Settle);
        }
    }

    /// Forgets what was loaded since the last settle; the objects that were.
    pub(super) fn abandon(&mut self) -> BTreeSet<Key> {
        let keys = std::mem::take(&mut self.loading);
        for key in &keys {
            self.forget(*key);
        }
        self.doubles.retain(|(key, _)| !keys.contains(key));
        let settled = self.journal.iter().rposition(|e| matches!(e, Entry::Settle)).map_or(0, |i| i.saturating_add(1));
        self.journal.truncate(settled);
        keys
    }

    /// The objects that changes are about; one that stands for all where they cannot be told apart.
    pub(super) fn keys(&self, changes: &[Change<'_>]) -> BTreeSet<Key> {
        let mut out = BTreeSet::new();
        for change in changes {
            match change {
                Change::Json(json) => match self.hash.parts(json) {
                    Some(parts) if !parts.objects.is_empty() => out.extend(parts.objects.iter().map(|(key, _)| *key)),
                    _ => {
                        out.insert(0);
                    }
                },
                Change::Delete { group, kind, namespace, name } => {
                    out.insert(self.hash.name_key(group, kind, namespace, name));
                }
            }
        }
        out
    }

    /// What an apply did.
    pub(super) fn apply(&mut self, changes: &[Change<'_>]) {
        for change in changes {
            match change {
                Change::Json(json) => {
                    let parts = if self.journal.is_empty() { self.hash.parts(json) } else { None };
                    match parts {
                        Some(parts) => {
                            self.others.extend(parts.others);
                            for (key, object) in parts.objects {
                                self.put(key, &object);
                            }
                        }
                        None => self.journal.push(Entry::Json(json.to_vec())),
                    }
                }
                Change::Delete { group, kind, namespace, name } if self.journal.is_empty() => {
                    let key = self.hash.name_key(group, kind, namespace, name);
                    self.take(key);
                    self.doubles.retain(|(k, _)| *k != key);
                }
                Change::Delete { group, kind, namespace, name } => self.journal.push(Entry::Delete {
                    group: (*group).to_owned(),
                    kind: (*kind).to_owned(),
                    namespace: (*namespace).to_owned(),
                    name: (*name).to_owned(),
                }),
            }
        }
    }

    /// An object's text.
    pub fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<String> {
        let (chunk, slot) = *self.index.get(&self.hash.name_key(group, kind, namespace, name))?;
        let chunk = self.chunks.get(chunk as usize)?;
        chunk.object(&chunk.raw(), slot as usize).map(|o| String::from_utf8_lossy(o).into_owned())
    }

    /// The snapshot at this moment, to be read elsewhere; chunks are shared, not copied.
    pub fn freeze(&self) -> Frozen {
        Frozen { chunks: self.chunks.clone(), doubles: self.doubles.iter().map(|(_, text)| text.clone()).collect(), others: self.others.iter().cloned().collect() }
    }

    /// Bytes that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let chunk = |c: &Chunk| c.packed.as_ref().map_or(c.open.capacity(), |p| p.len()) + c.slots.capacity() * size_of::<Slot>();
        let journal = |e: &Entry| match e {
            Entry::Load(t) | Entry::Json(t) => t.len(),
            Entry::Settle | Entry::Delete { .. } => 0,
        };
        self.chunks.iter().map(chunk).sum::<usize>() + self.index.capacity() * 33 + self.journal.iter().map(journal).sum::<usize>()
    }

    /// Everything, in an order that leads to the same state.
    pub(super) fn replay<E>(&self, step: &mut dyn FnMut(Step<'_>) -> Result<(), E>) -> Result<(), E> {
        for text in &self.others {
            step(Step::Load(text.as_bytes()))?;
        }
        for (_, first) in &self.doubles {
            step(Step::Load(first.as_bytes()))?;
        }
        for chunk in &self.chunks {
            let mut list = b"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[".to_vec();
            let empty = list.len();
            for (_, object) in chunk.objects(&chunk.raw()) {
                if list.len() > empty {
                    list.push(b',');
                }
                list.extend_from_slice(object);
            }
            if list.len() > empty {
                list.extend_from_slice(b"]}");
                step(Step::Load(&list))?;
            }
        }
        step(Step::Settle)?;
        for entry in &self.journal {
            step(match entry {
                Entry::Load(text) => Step::Load(text),
                Entry::Settle => Step::Settle,
                Entry::Json(text) => Step::Apply(Change::Json(text)),
                Entry::Delete { group, kind, namespace, name } => Step::Apply(Change::Delete { group, kind, namespace, name }),
            })?;
        }
        Ok(())
    }

    fn put(&mut self, key: Key, object: &str) {
        self.forget(key);
        if self.chunks.last().is_none_or(|c| c.packed.is_some()) {
            self.chunks.push(Chunk::default());
        }
        let at = self.chunks.len().saturating_sub(1);
        let Some(chunk) = self.chunks.last_mut() else { return };
        let slot = chunk.push(key, object.as_bytes());
        let full = chunk.open.len() >= FULL;
        self.index.insert(key, (u32::try_from(at).unwrap_or(u32::MAX), slot));
        if full && let Some(chunk) = self.chunks.last_mut() {
            chunk.pack();
        }
    }

    /// The object, which is held no more.
    fn take(&mut self, key: Key) -> Option<String> {
        let (chunk, slot) = *self.index.get(&key)?;
        let raw = self.chunks.get(chunk as usize)?.raw();
        let object = self.chunks.get(chunk as usize)?.object(&raw, slot as usize).map(|o| String::from_utf8_lossy(o).into_owned());
        self.forget(key);
        object
    }

    fn forget(&mut self, key: Key) {
        let Some((at, slot)) = self.index.remove(&key) else { return };
        let Some(chunk) = self.chunks.get_mut(at as usize) else { return };
        chunk.drop_slot(slot as usize);
        // Mostly holes: the rest moves to the open chunk.
        if chunk.packed.is_some() && chunk.live.saturating_mul(2) < chunk.total {
            let old = std::mem::take(chunk);
            chunk.packed = Some(Arc::default());
            let raw = old.raw();
            for (key, object) in old.objects(&raw) {
                self.index.remove(&key);
                self.put(key, &String::from_utf8_lossy(object));
            }
        }
    }
}

/// A snapshot as it was held at one moment.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    chunks: Vec<Chunk>,
    doubles: Vec<String>,
    others: Vec<String>,
}

impl Frozen {
    /// Texts that are no objects, and the lists of compact snapshots; each once, sorted.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// Objects of the last load that another one of the same name replaced.
    pub fn doubles(&self) -> &[String] {
        &self.doubles
    }

    /// Every object, as JSON text; the order is that of their coming.
    pub fn objects(&self, each: &mut dyn FnMut(&[u8])) {
        for chunk in &self.chunks {
            for (_, object) in chunk.objects(&chunk.raw()) {
                each(object);
            }
        }
    }
}

impl Chunk {
    fn push(&mut self, key: Key, object: &[u8]) -> u32 {
        self.open.extend_from_slice(object);
        self.slots.push(Slot { key, len: u32::try_from(object.len()).unwrap_or(u32::MAX), live: true });
        self.live = self.live.saturating_add(object.len());
        self.total = self.total.saturating_add(object.len());
        u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    fn drop_slot(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot).filter(|s| s.live) {
            slot.live = false;
            self.live = self.live.saturating_sub(slot.len as usize);
        }
    }

    fn pack(&mut self) {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory does not fail.
        if encoder.write_all(&self.open).is_ok()
            && let Ok(packed) = encoder.finish()
        {
            self.packed = Some(packed.into());
            self.open = Vec::new();
            self.slots.shrink_to_fit();
        }
    }

    fn raw(&self) -> Cow<'_, [u8]> {
        match &self.packed {
            None => Cow::Borrowed(&self.open),
            Some(packed) => {
                let mut raw = Vec::with_capacity(self.total);
                let _ = DeflateDecoder::new(&**packed).read_to_end(&mut raw);
                Cow::Owned(raw)
            }
        }
    }

    fn ranges(&self) -> impl Iterator<Item = (Slot, std::ops::Range<usize>)> {
        let mut at = 0_usize;
        self.slots.iter().map(move |slot| {
            let start = at;
            at = at.saturating_add(slot.len as usize);
            (*slot, start..at)
        })
    }

    fn objects<'r>(&self, raw: &'r [u8]) -> Vec<(Key, &'r [u8])> {
        self.ranges().filter(|(s, _)| s.live).filter_map(|(s, r)| Some((s.key, raw.get(r)?))).collect()
    }

    fn object<'r>(&self, raw: &'r [u8], slot: usize) -> Option<&'r [u8]> {
        let (_, range) = self.ranges().nth(slot)?;
        raw.get(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatescope_core::Engine;

    fn route(name: &str, host: &str) -> String {
        format!(
            r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{{"namespace":"a","name":"{name}"}},"spec":{{"hostnames":["{host}"],"parentRefs":[{{"name":"g"}}]}}}}"#
        )
    }

    fn replayed(held: &Held) -> Engine {
        let mut engine = Engine::default();
        let done: Result<(), ()> = held.replay(&mut |step| {
            match step {
                Step::Load(text) => drop(engine.load(text)),
                Step::Settle => engine.settle(),
                Step::Apply(change) => drop(engine.apply(&[change])),
            }
            Ok(())
        });
        done.unwrap();
        engine
    }

    /// Everything that happens to an engine happens to what is held, and what is held leads to the same engine.
    fn check(steps: &[(&str, String)]) {
        let (mut engine, mut held) = (Engine::default(), Held::default());
        for (what, text) in steps {
            match *what {
                "load" => {
                    drop(engine.load(text.as_bytes()));
                    held.load(text.as_bytes());
                }
                "settle" => {
                    engine.settle();
                    held.settle();
                }
                "put" => {
                    drop(engine.apply(&[Change::Json(text.as_bytes())]));
                    held.apply(&[Change::Json(text.as_bytes())]);
                }
                _ => {
                    let gone = Change::Delete { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "a", name: text };
                    drop(engine.apply(&[gone]));
                    held.apply(&[gone]);
                }
            }
        }
        assert_eq!(engine.report(), replayed(&held).report());
    }

    #[test]
    fn what_is_held_leads_to_the_same_state() {
        let list = |items: &[String]| format!(r#"{{"kind":"List","apiVersion":"v1","items":[{}]}}"#, items.join(","));
        let s = |t: &str| t.to_owned();
        check(&[("load", list(&[route("x", "x.example.com"), route("y", "y.example.com")])), ("settle", s(""))]);
        // Met twice in one load: a finding, also after the rebuild; replaced later: none.
        check(&[("load", route("x", "x.example.com")), ("load", route("x", "y.example.com")), ("settle", s(""))]);
        check(&[("load", route("x", "a.example.com")), ("settle", s("")), ("put", route("x", "b.example.com")), ("delete", s("x"))]);
        // Not JSON to its end, and changes after it.
        check(&[("load", format!("[{},{{", route("x", "x.example.com"))), ("settle", s("")), ("put", route("x", "z.example.com")), ("delete", s("y"))]);
        check(&[("load", s(r#"{"schema":"gatescope/snapshot/v1","collected":["HTTPRoute"],"objects":[5,{"kind":"Gateway"}]}"#)), ("settle", s(""))]);
        check(&[
            ("load", s(r#"{"kind":"HTTPRouteList","apiVersion":"gateway.networking.k8s.io/v1","items":[{"metadata":{"namespace":"a","name":"t"}}]}"#)),
            ("settle", s("")),
        ]);
    }

    #[test]
    fn many_changes_leave_no_holes() {
        let mut held = Held::default();
        for round in 0..50 {
            for i in 0..200 {
                held.apply(&[Change::Json(route(&format!("r{i}"), &format!("h{round}.example.com")).as_bytes())]);
            }
        }
        assert_eq!(replayed(&held).names("HTTPRoute").len(), 200);
        assert!(held.bytes() < 1 << 20, "{}", held.bytes());
    }
}
