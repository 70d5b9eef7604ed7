//! Watches CustomResourceDefinitions, their metadata alone, so that kinds that come and go are noticed at once.
//! Where that is forbidden, discovery is asked again and again instead.

use super::client::METADATA;
use super::fault::{Class, Fault};
use super::pace::Backoff;
use super::source::Link;
use super::wire::{Event, Lines, Mark};
use std::collections::BTreeSet;

const PATH: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

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
            Err(fault) => {
                tracing::debug!(cause = %fault, "CustomResourceDefinitions are not watched for now");
                tokio::time::sleep(backoff.next()).await;
            }
        }
    }
}

async fn watch(link: &Link, groups: &BTreeSet<&'static str>) -> Result<(), Fault> {
    // A list of one for its version: a watch without one, or from 0, begins with all objects, which a server over an
    // older etcd cannot stream. What happened before the watch is seen by the discovery that is asked for now.
    let text = link.connection.get_as(&format!("{PATH}?limit=1"), METADATA).await?;
    let version = serde_json::from_slice::<Mark>(&text).unwrap_or_default().metadata.resource_version;
    link.kick.notify_one();
    let path = format!("{PATH}?watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={}", link.timing.watch_seconds(PATH));
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
