//! With `--certificates`: the Secrets and ConfigMaps that listeners and policies refer to, one by one, and of each only
//! its certificates. They are read before the object that refers to them is told, so that none is ever missing for a
//! moment, and read again from time to time.

use super::board::Look;
use super::fault::Class;
use super::source::{Link, hash};
use super::table::Trim;
use super::trim::trim;
use crate::feed::{Batch, ObjectChange, SourceState};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

/// A Secret or ConfigMap that something refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ref {
    kind: &'static str,
    namespace: String,
    name: String,
}

/// Kind, namespace and name of the one that refers.
type Owner = (String, String, String);

/// What is referred to, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Certificates(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    owners: BTreeMap<Owner, BTreeSet<Ref>>,
    /// Hash of what was told; `None` where there is no such object.
    known: BTreeMap<Ref, Option<u64>>,
    /// Why objects of a kind could not be read.
    trouble: BTreeMap<&'static str, (Look, String)>,
    bad: u64,
}

/// What one read came to.
enum Found {
    Object(Vec<u8>),
    Missing,
    Trouble(Look, String),
}

/// The kinds that are read this way.
pub(super) const KINDS: [&str; 2] = ["ConfigMap", "Secret"];

impl Certificates {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what an object refers to, and gives what was never read.
    fn note(&self, kind: &str, namespace: &str, name: &str, json: &[u8]) -> Vec<Ref> {
        let refs = refs(json, namespace);
        let mut inner = self.inner();
        let fresh = refs.iter().filter(|r| !inner.known.contains_key(r)).cloned().collect();
        let owner = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        if refs.is_empty() {
            inner.owners.remove(&owner);
        } else {
            inner.owners.insert(owner, refs);
        }
        fresh
    }

    /// What these changes refer to for the first time is read now; what that came to is to be told before them.
    pub(super) async fn before(&self, link: &Link, kind: &str, changes: &[ObjectChange]) -> Vec<ObjectChange> {
        let mut fresh = BTreeSet::new();
        for change in changes {
            match change {
                ObjectChange::Put(json) => {
                    if let Some((namespace, name)) = names(json) {
                        fresh.extend(self.note(kind, &namespace, &name, json));
                    }
                }
                ObjectChange::Delete { namespace, name, .. } => drop(self.note(kind, namespace, name, b"{}")),
                ObjectChange::All(_) => {}
            }
        }
        let mut all = Vec::new();
        for one in fresh {
            let found = read(link, &one).await;
            all.push((one, found));
        }
        // After the last await: whoever is cancelled has noted nothing that was not told.
        all.into_iter().filter_map(|(one, found)| self.take(one, found)).collect()
    }

    /// What is to be told of a read.
    fn take(&self, of: Ref, found: Found) -> Option<ObjectChange> {
        let mut inner = self.inner();
        match found {
            Found::Object(json) => {
                let new = Some(hash(&json));
                (inner.known.insert(of, new) != Some(new)).then_some(ObjectChange::Put(json))
            }
            Found::Missing => {
                let delete = of.delete();
                inner.known.insert(of, None).flatten().map(|_| delete)
            }
            Found::Trouble(look, cause) => {
                inner.trouble.insert(of.kind, (look, cause));
                None
            }
        }
    }

    /// Reads everything again and again. Never returns.
    pub(super) async fn follow(&self, link: &Link) {
        loop {
            self.inner().trouble.clear();
            let (wanted, gone) = {
                let mut inner = self.inner();
                let wanted: BTreeSet<Ref> = inner.owners.values().flatten().cloned().collect();
                let gone: Vec<Ref> = inner.known.keys().filter(|r| !wanted.contains(r)).cloned().collect();
                let held: Vec<Ref> = gone.into_iter().filter(|r| inner.known.remove(r).flatten().is_some()).collect();
                (wanted, held)
            };
            let mut changes: Vec<ObjectChange> = gone.iter().map(Ref::delete).collect();
            for one in wanted {
                let found = read(link, &one).await;
                changes.extend(self.take(one, found));
            }
            self.tell(link, changes).await;
            tokio::time::sleep(link.timing.certificates).await;
        }
    }

    async fn tell(&self, link: &Link, mut changes: Vec<ObjectChange>) {
        let mut board = link.board.hold().await;
        let Ok(permit) = link.feed.reserve().await else { return };
        let mut sources = Vec::new();
        let inner = self.inner();
        for kind in KINDS {
            let trouble = inner.trouble.get(kind);
            board.note(kind, trouble.map_or(Look::Collected, |(look, _)| *look));
            let held = inner.known.iter().filter(|(r, h)| r.kind == kind && h.is_some()).count();
            sources.push(SourceState {
                kind: kind.into(),
                version: "v1".into(),
                synced: trouble.is_none(),
                objects: held as u64,
                bad_objects: inner.bad,
                restarts: 0,
                last_event: trouble.is_none().then(SystemTime::now),
                cause: trouble.map(|(_, cause)| cause.clone()),
            });
        }
        drop(inner);
        permit.send(Batch { changes: std::mem::take(&mut changes), coverage: board.news(), sources, seen: Instant::now() });
    }
}

impl Ref {
    fn delete(&self) -> ObjectChange {
        ObjectChange::Delete { group: String::new(), kind: self.kind.into(), namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

async fn read(link: &Link, of: &Ref) -> Found {
    let plural = if of.kind == "Secret" { "secrets" } else { "configmaps" };
    let path = format!("/api/v1/namespaces/{}/{plural}/{}", of.namespace, of.name);
    match link.connection.get(&path).await {
        Ok(text) => match serde_json::from_slice::<&RawValue>(&text).map(|raw| trim(raw, "v1", of.kind, Trim::Material)) {
            // What is malformed is not passed on as it is: there may be a key in it.
            Ok(trimmed) if !trimmed.bad => Found::Object(trimmed.json),
            _ => Found::Trouble(Look::Unseen, format!("{} {}/{} is not understood", of.kind, of.namespace, of.name)),
        },
        Err(fault) if fault.class == Class::NotFound => Found::Missing,
        Err(fault) => Found::Trouble(if fault.class == Class::Forbidden { Look::Forbidden } else { Look::Unseen }, fault.message),
    }
}

/// Namespace and name of an object.
fn names(json: &[u8]) -> Option<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Head {
        metadata: Meta,
    }
    #[derive(serde::Deserialize)]
    struct Meta {
        #[serde(default)]
        namespace: String,
        name: String,
    }
    let head: Head = serde_json::from_slice(json).ok()?;
    Some((head.metadata.namespace, head.metadata.name))
}

/// What an object refers to, wherever in its spec that stands.
fn refs(json: &[u8], namespace: &str) -> BTreeSet<Ref> {
    let mut out = BTreeSet::new();
    if let Ok(value) = serde_json::from_slice::<Value>(json)
        && let Some(spec) = value.get("spec")
    {
        walk(spec, namespace, &mut out);
    }
    out
}

fn walk(value: &Value, namespace: &str, out: &mut BTreeSet<Ref>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| walk(v, namespace, out)),
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("certificateRefs" | "caCertificateRefs" | "caCertRefs", Value::Array(all)) => out.extend(all.iter().filter_map(|r| one(r, namespace))),
                    ("clientCertificateRef", r) => out.extend(one(r, namespace)),
                    _ => walk(value, namespace, out),
                }
            }
        }
        _ => {}
    }
}

fn one(value: &Value, namespace: &str) -> Option<Ref> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let name = text("name").filter(|n| is_segment(n))?;
    let namespace = text("namespace").unwrap_or(namespace);
    let kind = KINDS.into_iter().find(|k| text("kind").unwrap_or("Secret") == *k)?;
    (text("group").unwrap_or_default().is_empty() && is_segment(namespace)).then(|| Ref { kind, namespace: namespace.to_owned(), name: name.to_owned() })
}

/// Whether it may stand in a path: names of objects do, and whatever else somebody wrote does not.
fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) && !text.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_wherever_they_stand() {
        let json = br#"{"metadata":{"name":"x"},"spec":{"tls":{"frontend":{"default":{"validation":{"caCertificateRefs":[{"kind":"ConfigMap","group":"","name":"ca"}]}}},
            "backend":{"clientCertificateRef":{"name":"client"}}},"listeners":[{"tls":{"certificateRefs":[{"name":"a"},{"name":"b","namespace":"other"},{"name":"../x"},{"kind":"Odd","name":"c"}]}}]}}"#;
        let found: Vec<String> = refs(json, "ns").into_iter().map(|r| format!("{}/{}/{}", r.kind, r.namespace, r.name)).collect();
        assert_eq!(found, ["ConfigMap/ns/ca", "Secret/ns/a", "Secret/ns/client", "Secret/other/b"]);
    }
}
