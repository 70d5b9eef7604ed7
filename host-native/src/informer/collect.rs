//! A cluster at one moment: the same sources, until each has answered once.

use super::{Connection, Fault, Options, kind_name, start, watched};
use crate::feed::{Coverage, ObjectChange, SourceState};
use std::collections::BTreeMap;

/// What was collected.
#[derive(Debug, Default)]
pub struct Collected {
    /// What was looked at.
    pub coverage: Coverage,
    /// Every object's trimmed text, by the table's order of kinds, namespace and name.
    pub objects: BTreeMap<(usize, String, String), Vec<u8>>,
    /// Sources that could not look, or not everywhere.
    pub degraded: Vec<SourceState>,
}

impl Collected {
    /// The compact snapshot (report.md), an object a line. Equal clusters give equal bytes.
    pub fn write(&self, cluster: Option<&str>, out: &mut impl std::io::Write) -> std::io::Result<()> {
        head(&self.coverage, cluster, out)?;
        for (i, json) in self.objects.values().enumerate() {
            out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            out.write_all(json)?;
        }
        writeln!(out, "\n]}}")
    }

    /// The lists alone, as a snapshot without objects.
    pub fn lists(coverage: &Coverage) -> Vec<u8> {
        let mut out = Vec::new();
        // Writing to memory does not fail.
        drop(head(coverage, None, &mut out));
        out.extend_from_slice(b"]}");
        out
    }
}

/// Everything of a compact snapshot up to its first object.
fn head(coverage: &Coverage, cluster: Option<&str>, out: &mut impl std::io::Write) -> std::io::Result<()> {
    write!(out, "{{\"schema\":\"gatescope/snapshot/v1\"")?;
    if let Some(cluster) = cluster {
        write!(out, ",\"cluster\":{}", serde_json::Value::from(cluster))?;
    }
    for (key, list) in [("collected", &coverage.collected), ("forbidden", &coverage.forbidden), ("absent", &coverage.absent)] {
        write!(out, ",\n\"{key}\":")?;
        serde_json::to_writer(&mut *out, list)?;
    }
    write!(out, ",\n\"objects\":[")
}

/// Looks at everything once. Fails only where the server cannot be asked at all; a kind that is forbidden or does not
/// answer is among the degraded.
pub async fn collect(connection: Connection, options: Options) -> Result<Collected, Fault> {
    connection.check().await?;
    let (feed, mut batches) = tokio::sync::mpsc::channel(64);
    let handle = start(connection, options, feed);
    let places: BTreeMap<String, usize> = watched().iter().enumerate().map(|(i, w)| (w.name(), i)).collect();
    let mut out = Collected::default();
    let mut states: BTreeMap<String, SourceState> = BTreeMap::new();
    while let Some(batch) = batches.recv().await {
        for change in batch.changes {
            match change {
                // Only files start over.
                ObjectChange::All(_) => {}
                ObjectChange::Put(json) => {
                    if let Some(key) = key(&json, &places) {
                        out.objects.insert(key, json);
                    }
                }
                ObjectChange::Delete { group, kind, namespace, name } => {
                    out.objects.remove(&(places.get(&kind_name(&group, &kind)).copied().unwrap_or(usize::MAX), namespace, name));
                }
            }
        }
        for state in batch.sources {
            states.insert(state.kind.clone(), state);
        }
        if let Some(coverage) = batch.coverage {
            out.coverage = coverage;
            break;
        }
    }
    handle.stop().await;
    let absent = &out.coverage.absent;
    out.degraded = states.into_values().filter(|s| s.cause.is_some() && !absent.contains(&s.kind)).collect();
    Ok(out)
}

/// Where an object stands in a snapshot; one without a name stands last, by its text.
fn key(json: &[u8], places: &BTreeMap<String, usize>) -> Option<(usize, String, String)> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        #[serde(default)]
        api_version: String,
        #[serde(default)]
        kind: String,
        metadata: Option<Meta>,
    }
    #[derive(serde::Deserialize)]
    struct Meta {
        #[serde(default)]
        namespace: String,
        #[serde(default)]
        name: String,
    }
    let Ok(head) = serde_json::from_slice::<Head>(json) else {
        return Some((usize::MAX, String::new(), String::from_utf8_lossy(json).into_owned()));
    };
    let group = head.api_version.split_once('/').map_or("", |(g, _)| g);
    let place = places.get(&kind_name(group, &head.kind)).copied().unwrap_or(usize::MAX);
    let meta = head.metadata.unwrap_or(Meta { namespace: String::new(), name: String::new() });
    Some((place, meta.namespace, meta.name))
}
