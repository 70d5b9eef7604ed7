//! The push over OTLP, where the environment asks for one.

use crate::fail::Fail;
use crate::hub;
use gatescope::otlp::{Handle, OtlpConfig, start};
use std::sync::Arc;
use tokio::sync::watch;
use tracing::info;

/// What the environment asks for. `cluster` is the cluster's name; errors name the variable.
pub(super) fn config(cluster: Option<&str>) -> Result<Option<OtlpConfig>, Fail> {
    OtlpConfig::from_env(|name| std::env::var(name).ok(), cluster)
        .map_err(|e| Fail::usage(e).hint("the variables are in docs/metrics.md; ENABLE_OTEL=false turns the push off"))
}

/// Starts it; it ends after `stop` with one last push.
pub(super) async fn push(config: OtlpConfig, hub: &hub::Handle, mut stop: watch::Receiver<bool>) -> Handle {
    info!(endpoint = config.endpoint, interval_s = config.interval.as_secs_f64(), "pushing metrics over OTLP");
    let handle = start(config, hub.exposition.clone(), async move {
        let _ = stop.wait_for(|stopped| *stopped).await;
    });
    let counters = Arc::clone(&handle.counters);
    // A hub that has ended shows nothing any more.
    let _ = hub.ask(move |hub| hub.watch(counters)).await;
    handle
}
