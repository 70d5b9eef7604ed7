//! `serve`: the exporter.

mod access;
mod args;
mod config;
mod engine;
mod logs;
mod push;
mod reload;

pub(crate) use args::Serve;

use super::Context;
use crate::fail::Fail;
use crate::files::{self, Files};
use crate::http::{self, App, Hosts, Listen};
use crate::hub::{self, Identity};
use config::Effective;
use gatescope::feed::Feed;
use gatescope::informer::Options;
use gatescope::metrics::MetricsConfig;
use gatescope::otlp::OtlpConfig;
use gatescope::traffic::Traffic;
use logs::Level;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{info, warn};

/// From the signal to the end, whatever happens.
const LAST: Duration = Duration::from_secs(19);

pub(crate) fn run(context: &Context, _: &Serve) -> Result<u8, Fail> {
    let effective = Effective::read()?;
    let args = &effective.serve;
    if args.access.print_config {
        return effective.print(context);
    }
    let in_cluster = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
    let port = std::env::var("PORT").ok();
    let listen = Listen::new(args.listen.as_deref(), port.as_deref(), in_cluster)?;
    let level = logs::start(args.log_format, &args.log_level)?;
    let engine = engine::of(args)?;
    let traffic = args.traffic()?.map(|config| Arc::new(Traffic::new(config)));
    let metrics = args.metrics.config(args)?;
    let otlp = push::config(args.cluster.as_deref())?;
    // Ending is our business from here on; a second signal ends at once.
    crate::interruptible(false);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Fail::usage(format!("the runtime cannot be started: {e}")))?;
    let code = runtime.block_on(exporter(context, effective, level, &listen, engine, Shown { metrics, otlp, traffic }));
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

/// What is shown, and to whom it is pushed.
struct Shown {
    metrics: MetricsConfig,
    otlp: Option<OtlpConfig>,
    traffic: Option<Arc<Traffic>>,
}

async fn exporter(
    context: &Context,
    effective: Effective,
    level: Level,
    listen: &Listen,
    engine: engine::Made,
    Shown { metrics, otlp, traffic }: Shown,
) -> Result<u8, Fail> {
    let args = &effective.serve;
    let security = args.access.security(&args.input.cluster).await?;
    let scheme = if security.tls.is_some() { "https" } else { "http" };
    let listener = http::bind(listen).await?;
    let address = listener.local_addr()?;
    let identity = Identity { module: engine.running.clone(), cluster: args.cluster.clone(), complete: args.input.complete };
    let (feed, handle) = hub::start(engine.make, identity, metrics)?;
    let source = source(context, args, feed).await?;
    let (tell_stop, stop) = watch::channel(false);
    let pushed = match otlp {
        Some(otlp) => Some(push::push(otlp, &handle, stop.clone()).await),
        None => None,
    };
    let hosts = Hosts { local: listen.is_local(), allowed: args.allowed_host.clone() };
    let app = Arc::new(App { traffic: traffic.clone(), ..App::new(handle, engine.module, hosts, security, stop.clone()) });
    if let Some(traffic) = traffic {
        tokio::spawn(http::follow_traffic(Arc::clone(&app), traffic));
    }
    info!(address = %address, engine = engine.kind, module = engine.running, "serving");
    if context.err.terminal {
        let _ = writeln!(std::io::stderr(), "\n  {scheme}://{address}/  ends with Ctrl-C\n");
    }
    reload::start(Arc::clone(&app), effective, level, stop);
    let server = tokio::spawn(http::serve(listener, app));
    let signal = ended().await;
    info!(signal, "ending");
    crate::interruptible(true);
    tell_stop.send_replace(true);
    drop(source);
    if tokio::time::timeout(LAST, server).await.is_err() {
        warn!("not everything ended in time");
    }
    if let Some(pushed) = pushed {
        pushed.ended().await;
    }
    info!("ended");
    Ok(0)
}

/// Where the objects come from: files, or else the cluster. The source ends when what is returned is dropped.
async fn source(context: &Context, args: &Serve, feed: Feed) -> Result<Box<dyn std::any::Any + Send>, Fail> {
    if args.input.file.is_empty() {
        return Ok(Box::new(super::live::follow(&args.input.cluster, Options { certificates: args.certificates, ..Options::default() }, feed).await?));
    }
    let paths = args.input.file.clone();
    let (files, first) = tokio::task::spawn_blocking(move || Files::read(&paths)).await.map_err(|e| Fail::usage(e.to_string()))?;
    crate::fail::tell(context.err, &first.problems);
    if first.objects == 0 {
        if first.problems.is_empty() {
            return Err(
                Fail::usage("no Kubernetes object in the input").hint("name files or folders with manifests, or what `kubectl get … -A -o yaml` printed")
            );
        }
        return Err(Fail::Told);
    }
    let gone = |_| Fail::usage("the hub has ended");
    feed.send(first.batch).await.map_err(gone)?;
    Ok(Box::new(files::watch(files, feed)?))
}

/// Waits for SIGTERM or SIGINT.
async fn ended() -> &'static str {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
            return tokio::select! { _ = term.recv() => "SIGTERM", _ = int.recv() => "SIGINT" };
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    "Ctrl-C"
}
