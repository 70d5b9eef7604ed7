//! Input from the cluster of a kubeconfig's context.

use super::{Context, Engine};
use crate::cli::Cluster;
use crate::fail::{Fail, tell};
use crate::input::{Problem, Weight};
use crate::progress::Progress;
use gatescope::feed::Feed;
use gatescope::informer::{self, Collected, Connection, Fault, Options};

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
pub(crate) fn collect(context: &Context, cluster: &Cluster, namespace: Option<String>) -> Result<(Collected, String), Fail> {
    let progress = Progress::start();
    let (collected, server) = runtime()?.block_on(async {
        let connection = connect(cluster).await?;
        let server = connection.server().to_owned();
        progress.stage(|| format!("reading the cluster at {server}"));
        let collected = informer::collect(connection, Options { namespace, ..Options::default() }).await?;
        Ok::<_, Fault>((collected, server))
    })?;
    drop(progress);
    tell(context.err, &problems(&collected));
    Ok((collected, server))
}

async fn connect(cluster: &Cluster) -> Result<Connection, Fault> {
    Connection::open(&informer::Cluster { kubeconfig: cluster.kubeconfig.clone(), context: cluster.context.clone() }).await
}

/// Follows the cluster for as long as what is returned is held. Fails where no configuration can be used; whatever is
/// wrong with the server is told by the sources.
pub(crate) async fn follow(cluster: &Cluster, feed: Feed) -> Result<informer::Handle, Fail> {
    Ok(informer::start(connect(cluster).await?, Options::default(), feed))
}

/// Collects the cluster into every engine, and resolves.
pub(crate) fn load_into(context: &Context, cluster: &Cluster, engines: &mut [&mut Engine]) -> Result<u8, Fail> {
    let (collected, _) = collect(context, cluster, None)?;
    let mut text = Vec::new();
    collected.write(None, &mut text).map_err(Fail::Output)?;
    drop(collected);
    for engine in engines {
        engine.load(&text)?;
        engine.settle()?;
    }
    Ok(0)
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
