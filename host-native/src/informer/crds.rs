//! Watches CustomResourceDefinitions, their metadata alone, so that kinds that come and go are noticed at once.
//! Where that is forbidden, discovery is asked again and again instead.

use super::fault::{Class, Fault};
use super::pace::Backoff;
use super::source::Link;
use super::wire::{Event, Lines, Mark};
use std::collections::BTreeSet;

const PATH: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// Asks for discovery whenever a definition of one of these groups comes, changes or goes. Never returns.
pub(super) async fn follow(link: &Link, groups: &BTreeSet<&'static str>) {
    let mut backoff = Backoff::new(link.timing);
    loop {
        match watch(link, groups).await {
            Ok(()) => backoff.reset(),
            Err(fault) if fault.class == Class::Forbidden => {
                tracing::debug!("CustomResourceDefinitions may not be watched: discovery is asked every {:?}", link.timing.discovery);
                tokio::time::sleep(link.timing.discovery.saturating_mul(2)).await;
            }
            Err(_) => tokio::time::sleep(backoff.next()).await,
        }
    }
}

async fn watch(link: &Link, groups: &BTreeSet<&'static str>) -> Result<(), Fault> {
    // From any version: the first events name every definition, which makes up for what was missed.
    let path = format!("{PATH}?watch=true&allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds={}", link.timing.watch_seconds(PATH));
    let mut lines = Lines::of(link.connection.stream(&path, METADATA, link.timing.idle).await?);
    loop {
        while let Some(line) = lines.ready() {
            let Ok(event) = serde_json::from_slice::<Event<'_>>(line) else { continue };
            if event.kind == "ERROR" {
                return Err(Fault::status(500, event.object.get().as_bytes(), None));
            }
            let name = Mark::of(event.object).metadata.name;
            if name.split_once('.').is_some_and(|(_, group)| groups.contains(group)) {
                link.kick.notify_one();
            }
        }
        if !lines.more().await? {
            return Ok(());
        }
    }
}
