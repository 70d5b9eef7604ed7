//! Watches CustomResourceDefinitions, their metadata alone, so that kinds that come, change and go are noticed at once.
//! Where that is forbidden, discovery is asked again and again instead.

use super::client::{METADATA, METADATA_WATCH};
use super::fault::{Class, Fault};
use super::pace::Backoff;
use super::source::Link;
use super::wire::{Event, Lines, Mark};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PATH: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A server puts a new schema in force a little after it is written, and one of several later still. Until then its
/// watches leave out fields that the new schema has, and never tell them again: so the kind is listed anew, more than once.
const IN_FORCE: [Duration; 3] = [Duration::from_millis(450), Duration::from_millis(1_900), Duration::from_millis(9_900)];

/// How long discovery may lag behind a definition.
const LAG: Duration = Duration::from_secs(90);

/// The definitions that changed while they were watched, by their names.
#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<BTreeMap<String, Schema>>);

#[derive(Debug)]
struct Schema {
    generation: i64,
    /// When it came, or changed last.
    told: Instant,
    /// Changes before the last one, times the lists that each asks for.
    before: u32,
    changed: Option<Instant>,
}

impl Schemas {
    /// Notes a definition's generation; `new` where it was not there before.
    fn note(&self, name: &str, generation: i64, new: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known =
            all.entry(name.to_owned()).or_insert(Schema { generation: if new { generation } else { 0 }, told: Instant::now(), before: 0, changed: None });
        known.told = Instant::now();
        if known.generation != generation {
            if known.changed.is_some() {
                known.before = known.before.saturating_add(IN_FORCE.len() as u32);
            }
            (known.generation, known.changed) = (generation, Some(Instant::now()));
        }
    }

    /// Whether discovery may not list yet what the definition says.
    pub(super) fn is_recent(&self, plural: &str, group: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&format!("{plural}.{group}")).is_some_and(|schema| schema.told.elapsed() < LAG)
    }

    /// A number that differs whenever the kind is to be listed anew.
    pub(super) fn epoch(&self, plural: &str, group: &str) -> u32 {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(schema) = all.get(&format!("{plural}.{group}")) else { return 0 };
        let passed =
            schema.changed.map_or(0, |at| IN_FORCE.iter().zip(1_u32..).filter(|(after, _)| at.elapsed() >= **after).map(|(_, n)| n).max().unwrap_or(0));
        schema.before.saturating_add(passed)
    }
}

/// Asks for discovery whenever a definition of one of these groups comes, changes or goes. Never returns.
pub(super) async fn follow(link: &Link, groups: &BTreeSet<&'static str>) {
    let mut backoff = Backoff::new(link.timing);
    let mut position = None;
    loop {
        let began = Instant::now();
        let result = watch(link, groups, &mut position).await;
        if began.elapsed() > link.timing.steady {
            backoff.reset();
        }
        match result {
            // One that ends at once, again and again, must not become a storm of watches.
            Ok(()) => tokio::time::sleep(backoff.next()).await,
            Err(fault) if fault.class == Class::Forbidden => {
                tracing::debug!("CustomResourceDefinitions may not be watched: discovery is asked every {:?}", link.timing.discovery);
                position = None;
                tokio::time::sleep(link.timing.discovery.saturating_mul(2)).await;
            }
            Err(fault) => {
                tracing::debug!(cause = %fault, "CustomResourceDefinitions are not watched for now");
                if matches!(fault.class, Class::Gone | Class::Refused) {
                    position = None;
                }
                tokio::time::sleep(backoff.next()).await;
            }
        }
    }
}

async fn watch(link: &Link, groups: &BTreeSet<&'static str>, position: &mut Option<String>) -> Result<(), Fault> {
    let version = match position.clone() {
        Some(version) => version,
        None => {
            // A list of one for its version: a watch without one, or from 0, begins with all objects, which a server over
            // an older etcd cannot stream. What happened before the watch is seen by the discovery that is asked for now.
            let text = link.connection.get_as(&format!("{PATH}?limit=1"), METADATA).await?;
            link.kick.notify_one();
            serde_json::from_slice::<Mark>(&text).unwrap_or_default().metadata.resource_version
        }
    };
    let path = format!("{PATH}?watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={}", link.timing.watch_seconds(PATH));
    let mut lines = Lines::of(link.connection.stream(&path, METADATA_WATCH, link.timing.idle).await?);
    *position = Some(version);
    loop {
        while let Some(line) = lines.ready() {
            let Ok(event) = serde_json::from_slice::<Event<'_>>(line) else { continue };
            if event.kind == "ERROR" {
                return Err(Fault::status(500, event.object.get().as_bytes(), None));
            }
            let mark = Mark::of(event.object).metadata;
            if !mark.resource_version.is_empty() {
                *position = Some(mark.resource_version);
            }
            if mark.name.split_once('.').is_some_and(|(_, group)| groups.contains(group)) {
                if matches!(event.kind, "ADDED" | "MODIFIED") {
                    link.schemas.note(&mark.name, mark.generation, event.kind == "ADDED");
                }
                link.kick.notify_one();
            }
        }
        if !lines.more().await? {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_generation_asks_for_lists() {
        let schemas = Schemas::default();
        let epoch = || schemas.epoch("gateways", "g");
        schemas.note("gateways.g", 1, true);
        schemas.note("gateways.g", 1, false);
        std::thread::sleep(IN_FORCE[0]);
        assert_eq!((epoch(), schemas.epoch("httproutes", "g")), (0, 0));
        schemas.note("gateways.g", 2, false);
        assert_eq!(epoch(), 0, "not in force yet");
        std::thread::sleep(IN_FORCE[0]);
        assert_eq!(epoch(), 1);
        schemas.note("gateways.g", 3, false);
        assert_eq!(epoch(), 3);
        std::thread::sleep(IN_FORCE[0]);
        assert_eq!(epoch(), 4);
    }
}
