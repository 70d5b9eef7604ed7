//! Input from the cluster of a kubeconfig's context.

use super::{Context, Engine};
use crate::cli::{Cluster, Input};
use crate::fail::{Fail, tell};
use crate::input::{Problem, Weight};
use crate::progress::Progress;
use gatescope::feed::{Batch, Feed, ObjectChange};
use gatescope::informer::{self, Collected, Connection, Fault, Options};
use gatescope_core::Change;
use std::collections::BTreeMap;
use std::time::Duration;

impl From<Fault> for Fail {
    fn from(fault: Fault) -> Self {
        Self::Usage { message: fault.message, hint: fault.hint }
    }
}

/// A runtime for a verb: one thread, this one.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Fail> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Fail::usage(format!("no runtime for network connections: {}", crate::input::plain_io(&e))))
}

/// Collects the cluster, and tells what could not be looked at.
pub(crate) fn collect(context: &Context, cluster: &Cluster, options: Options) -> Result<Collected, Fail> {
    let progress = Progress::start();
    let collected = runtime()?.block_on(async {
        let connection = connect(cluster).await?;
        progress.stage(|| format!("reading the cluster at {}", connection.server()));
        informer::collect(connection, options).await
    })?;
    drop(progress);
    tell(context.err, &problems(&collected));
    Ok(collected)
}

async fn connect(cluster: &Cluster) -> Result<Connection, Fault> {
    Connection::open(&informer::Cluster { kubeconfig: cluster.kubeconfig.clone(), context: cluster.context.clone() }).await
}

/// Follows the cluster for as long as what is returned is held. Fails where no configuration can be used; whatever is
/// wrong with the server is told by the sources.
pub(crate) async fn follow(cluster: &Cluster, options: Options, feed: Feed) -> Result<informer::Handle, Fail> {
    Ok(informer::start(connect(cluster).await?, options, feed))
}

/// Collects the cluster into every engine, and resolves.
pub(crate) fn load_into(context: &Context, cluster: &Cluster, engines: &mut [&mut Engine]) -> Result<u8, Fail> {
    let collected = collect(context, cluster, Options::default())?;
    let mut text = Vec::new();
    collected.write(None, &mut text).map_err(Fail::Output)?;
    drop(collected);
    for engine in engines {
        engine.load(&text)?;
        engine.settle()?;
    }
    Ok(0)
}

/// Follows the cluster, and shows what it amounts to at first and after each change. Ends with an error, or with Ctrl-C.
pub(crate) fn watch(context: &Context, input: &Input, mut show: impl FnMut(&mut Engine) -> Result<(), Fail>) -> Result<u8, Fail> {
    // Changes that come together are shown together.
    const TOGETHER: Duration = Duration::from_millis(200);
    let mut engine = super::open(input, super::settings(input)?)?;
    runtime()?.block_on(async {
        let (feed, mut batches) = tokio::sync::mpsc::channel(64);
        let connection = connect(&input.cluster).await?;
        connection.check().await?;
        let _handle = informer::start(connection, Options::default(), feed);
        let mut causes: BTreeMap<String, String> = BTreeMap::new();
        let mut shown = false;
        while let Some(first) = batches.recv().await {
            let mut all = vec![first];
            let until = tokio::time::Instant::now().checked_add(TOGETHER);
            while shown
                && let Some(until) = until
                && let Ok(Some(next)) = tokio::time::timeout_at(until, batches.recv()).await
            {
                all.push(next);
            }
            let complete = all.iter().any(|b| b.coverage.is_some());
            let changed = take(&mut engine, &all)?;
            if shown || complete {
                degraded(context, &all, &mut causes);
            }
            // Before the first answers are in, what is missing may only not have come yet.
            if !(complete || shown && changed) {
                continue;
            }
            if context.out.terminal {
                context.print("\x1b[H\x1b[2J\x1b[3J")?;
            }
            match show(&mut engine) {
                Ok(()) => shown = true,
                // What was asked for may come back.
                Err(fail @ Fail::Usage { .. }) if shown => drop(fail.tell(context.err)),
                Err(fail) => return Err(fail),
            }
        }
        Ok(0)
    })
}

/// Takes batches in; whether that changed any row or finding.
fn take(engine: &mut Engine, batches: &[Batch]) -> Result<bool, Fail> {
    let lists: Vec<Vec<u8>> = batches.iter().filter_map(|b| b.coverage.as_ref()).map(informer::Collected::lists).collect();
    let mut changes: Vec<Change<'_>> = lists.iter().map(|l| Change::Json(l)).collect();
    for change in batches.iter().flat_map(|b| &b.changes) {
        match change {
            ObjectChange::Put(json) => changes.push(Change::Json(json)),
            ObjectChange::Delete { group, kind, namespace, name } => changes.push(Change::Delete { group, kind, namespace, name }),
            // Only files start over.
            ObjectChange::All(_) => {}
        }
    }
    let (delta, _) = engine.apply(&changes)?;
    let rows = delta.opened.len().saturating_add(delta.closed.len()).saturating_add(delta.changed.len());
    Ok(rows > 0 || !delta.findings.added.is_empty() || !delta.findings.removed.is_empty())
}

/// Tells a source's trouble once, and its end.
fn degraded(context: &Context, batches: &[Batch], causes: &mut BTreeMap<String, String>) {
    for source in batches.iter().flat_map(|b| &b.sources) {
        let absent = source.cause.as_ref().is_some_and(|c| c.starts_with("not served"));
        match &source.cause {
            Some(cause) if !absent && causes.get(&source.kind) != Some(cause) => {
                let message = format!("{}: {cause}; shown as it last was", source.kind);
                tell(context.err, &[Problem { weight: Weight::Warning, ..Problem::error("", message) }]);
                causes.insert(source.kind.clone(), cause.clone());
            }
            Some(_) => {}
            None => {
                if causes.remove(&source.kind).is_some() {
                    tell(context.err, &[Problem { weight: Weight::Note, ..Problem::error("", format!("{}: well again", source.kind)) }]);
                }
            }
        }
    }
}

/// What could not be looked at; verdicts that depend on it are unknown.
fn problems(collected: &Collected) -> Vec<Problem> {
    let problem = |message: String| Problem { weight: Weight::Warning, ..Problem::error("", message) };
    let mut out = Vec::new();
    if let [first, rest @ ..] = collected.coverage.forbidden.as_slice() {
        let names: Vec<&str> = std::iter::once(first).chain(rest).map(|k| k.split('.').next().unwrap_or(k)).collect();
        out.push(
            problem(format!("may not be listed here: {}; what depends on them is unknown", names.join(", ")))
                .hint("the role needs get, list and watch on them: docs/live.md has it"),
        );
    }
    for state in collected.degraded.iter().filter(|s| !collected.coverage.forbidden.contains(&s.kind)) {
        out.push(problem(format!("{}: {}; what depends on it is unknown", state.kind, state.cause.as_deref().unwrap_or_default())));
    }
    out
}
