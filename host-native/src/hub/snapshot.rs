//! The held objects as a compact snapshot (report.md): what `resolve -f` makes of it is the exporter's own report.

use super::Key;
use gatescope::engine::Frozen;
use gatescope::feed::Coverage;
use gatescope::pieces::{self, Piece};
use gatescope_core::types::SNAPSHOT_SCHEMA;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The snapshot as of one revision; cheap to make, and written elsewhere.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub revision: u64,
    pub held: Frozen,
    pub coverage: Option<Coverage>,
    pub complete: bool,
    pub cluster: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Lists {
    collected: Vec<String>,
    forbidden: Vec<String>,
    absent: Vec<String>,
}

/// An object's place in the snapshot's order, and its text.
type Entry = (Key, Vec<u8>);

impl Snapshot {
    /// Objects by group, kind, namespace and name, so that equal states are equal bytes; then what is only a finding.
    fn entries(&self) -> Vec<Entry> {
        let mut out: Vec<Entry> = Vec::new();
        self.held.objects(&mut |text| {
            let _ = pieces::split(text, &mut |piece| {
                if let Piece::Object(o) = piece {
                    out.push(((o.group, o.kind, o.namespace, o.name), text.to_vec()));
                }
            });
        });
        out.sort();
        out
    }

    /// Every object's text by its names.
    pub(crate) fn texts(&self) -> BTreeMap<Key, Vec<u8>> {
        self.entries().into_iter().collect()
    }

    /// The lists: those that were given; those that follow from the objects of a plain dump; all kinds where all count.
    fn lists(&self, entries: &[Entry]) -> Lists {
        if let Some(c) = &self.coverage {
            return Lists { collected: c.collected.clone(), forbidden: c.forbidden.clone(), absent: c.absent.clone() };
        }
        // As the resolver merges several: the later look at a kind counts.
        let mut merged: BTreeMap<String, u8> = BTreeMap::new();
        let mut given = false;
        for text in self.held.others() {
            let Some(lists) = text.starts_with("{\"schema\"").then(|| serde_json::from_str::<Lists>(text).ok()).flatten() else { continue };
            given = true;
            for (names, what) in [(lists.absent, 2), (lists.forbidden, 1), (lists.collected, 0)] {
                merged.extend(names.into_iter().map(|n| (n, what)));
            }
        }
        if !given {
            let kinds: BTreeSet<String> =
                entries.iter().map(|((group, kind, _, _), _)| if group.is_empty() { kind.clone() } else { format!("{kind}.{group}") }).collect();
            merged.extend(kinds.into_iter().map(|k| (k, 0)));
        }
        if self.complete {
            merged.extend(KINDS.iter().map(|k| ((*k).to_owned(), 0)));
        }
        let of = |wanted: u8| merged.iter().filter(|(_, what)| **what == wanted).map(|(name, _)| name.clone()).collect();
        Lists { collected: of(0), forbidden: of(1), absent: of(2) }
    }

    /// Writes it.
    pub(crate) fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let entries = self.entries();
        let lists = self.lists(&entries);
        let doubles = self.held.doubles().iter().map(String::as_bytes);
        let strays: Vec<Vec<u8>> = self.held.others().iter().filter(|t| !t.starts_with("{\"schema\"")).map(|t| stray(t)).collect();
        let objects = strays.iter().map(Vec::as_slice).chain(doubles).chain(entries.iter().map(|(_, text)| text.as_slice()));
        self.header(&lists, out)?;
        write_list(objects, out)
    }

    /// Writes a part of it: the objects that `keep` names.
    pub(crate) fn write_part(&self, keep: &BTreeSet<Key>, out: &mut dyn Write) -> std::io::Result<()> {
        let entries = self.entries();
        let lists = self.lists(&entries);
        self.header(&lists, out)?;
        write_list(entries.iter().filter(|(key, _)| keep.contains(key)).map(|(_, text)| text.as_slice()), out)
    }

    fn header(&self, lists: &Lists, out: &mut dyn Write) -> std::io::Result<()> {
        write!(out, "{{\"schema\":\"{SNAPSHOT_SCHEMA}\"")?;
        if let Some(cluster) = &self.cluster {
            write!(out, ",\"cluster\":{}", serde_json::to_string(cluster)?)?;
        }
        let text = |list: &[String]| serde_json::to_string(list);
        write!(out, ",\"collected\":{},\"forbidden\":{},\"absent\":{}", text(&lists.collected)?, text(&lists.forbidden)?, text(&lists.absent)?)
    }
}

/// An element of a list that is no object was put into a list of its own.
fn stray(text: &str) -> Vec<u8> {
    text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text).as_bytes().to_vec()
}

fn write_list<'a>(objects: impl Iterator<Item = &'a [u8]>, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(b",\"objects\":[")?;
    for (i, text) in objects.enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        out.write_all(text)?;
    }
    out.write_all(b"\n]}\n")
}

/// Every kind that the resolver may ask for; a plain name stands for every group.
const KINDS: [&str; 20] = [
    "BackendTLSPolicy",
    "ClusterTrustBundle",
    "ConfigMap",
    "EndpointSlice",
    "GRPCRoute",
    "Gateway",
    "GatewayClass",
    "HTTPRoute",
    "ListenerSet",
    "Namespace",
    "ReferenceGrant",
    "Secret",
    "Service",
    "ServiceImport",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "XBackend",
    "XListenerSet",
    "XMesh",
];
