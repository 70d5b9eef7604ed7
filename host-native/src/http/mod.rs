//! The exporter's HTTP side: probes, metrics, the JSON API, the streams, the module and the page.

mod api;
mod assets;
mod events;
mod explain;
mod guard;
mod landing;
mod listen;
mod problem;
mod query;
mod report;
mod respond;
mod scrape;
mod security;
mod server;
mod targets;

pub(crate) use guard::Hosts;
pub(crate) use listen::{Listen, bind};
pub(crate) use security::{Contents, Passwords, Security, Tls, every_second};
pub(crate) use server::serve;

use crate::hub::Handle;
use axum::Router;
use axum::routing::get;
use gatescope::engine::ModuleFile;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Semaphore, watch};

/// What every handler may need.
#[derive(Debug)]
pub(crate) struct App {
    pub hub: Handle,
    /// The module that is served, where this program carries or runs one.
    pub module: Option<ModuleFile>,
    /// Hosts that requests may name.
    pub hosts: RwLock<Hosts>,
    /// Who may read.
    pub security: Security,
    /// What is wrong with the exporter's own files, by what it is about: told by `/readyz`.
    pub notices: RwLock<BTreeMap<&'static str, String>>,
    /// True once the program is asked to end.
    pub stop: watch::Receiver<bool>,
    /// The newest report, compressed.
    pub reports: report::Cache,
    /// Whole reports that may be worked on at the same time.
    pub heavy: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(hub: Handle, module: Option<ModuleFile>, hosts: Hosts, security: Security, stop: watch::Receiver<bool>) -> Self {
        const HEAVY: usize = 4;
        Self {
            hub,
            module,
            hosts: RwLock::new(hosts),
            security,
            notices: RwLock::default(),
            stop,
            reports: report::Cache::default(),
            heavy: Arc::new(Semaphore::new(HEAVY)),
        }
    }
}

impl App {
    /// Notes what is wrong with one of the exporter's own files, or that nothing is any more; logs it where that is new.
    pub(crate) fn note(&self, about: &'static str, result: Result<&str, crate::fail::Fail>) {
        let mut notices = self.notices.write().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(news) => {
                notices.remove(about);
                if !news.is_empty() {
                    tracing::info!("{about}: {news}");
                }
            }
            Err(fail) => {
                let text = fail.to_string();
                if notices.get(about) != Some(&text) {
                    tracing::warn!(error = text, "{about}: what was in force before stays");
                    notices.insert(about, text);
                }
            }
        }
    }
}

/// The paths of the API, for the landing page and for "did you mean".
pub(crate) const PATHS: [(&str, &str); 22] = [
    ("/metrics", "metrics for Prometheus: text and OpenMetrics, gzip and zstd"),
    ("/healthz", "is the program alive"),
    ("/readyz", "has everything been read, and what is degraded"),
    ("/api/v1/report", "everything, schema gatescope/report/v1; filters gateway, route, host, state, namespace"),
    ("/api/v1/summary", "the report's counts"),
    ("/api/v1/gateways", "Gateways with their addresses"),
    ("/api/v1/listenerSets", "ListenerSets"),
    ("/api/v1/listeners", "listeners"),
    ("/api/v1/attachments", "routes and their parentRefs, judged"),
    ("/api/v1/exposures", "gateway, listener, hostname, match → backend"),
    ("/api/v1/policies", "BackendTLSPolicies"),
    ("/api/v1/mesh", "routes with a Service parent"),
    ("/api/v1/findings", "what is wrong, worst first"),
    ("/api/v1/runtime", "revision, engine and sources"),
    ("/api/v1/snapshot", "the objects behind the report, schema gatescope/snapshot/v1"),
    ("/api/v1/trace?url=https://shop.example.com/", "what would serve a request, and what lost"),
    ("/api/v1/explain/KIND/NAMESPACE/NAME", "the gates of one object, one by one"),
    ("/api/v1/layout", "the topology with its places"),
    ("/api/v1/targets", "the effective URLs for Prometheus http_sd"),
    ("/api/v1/gateways/NAMESPACE/NAME/snapshot", "the part of the snapshot that a proxy needs, with ETag"),
    ("/api/v1/events", "what changes, as server-sent events; ?feed=objects for the objects"),
    ("/wasm/gatescope.wasm", "the resolver that answers here, for browsers and other hosts"),
];

/// Every path.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/metrics", get(scrape::metrics))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
        .route("/api/v1/report", get(report::report))
        .route("/api/v1/runtime", get(report::runtime))
        .route("/api/v1/snapshot", get(api::snapshot))
        .route("/api/v1/trace", get(api::trace))
        .route("/api/v1/explain/{kind}/{name}", get(explain::cluster_scoped))
        .route("/api/v1/explain/{kind}/{namespace}/{name}", get(explain::namespaced))
        .route("/api/v1/layout", get(report::layout))
        .route("/api/v1/targets", get(targets::targets))
        .route("/api/v1/gateways/{namespace}/{name}/snapshot", get(api::slice))
        .route("/api/v1/events", get(events::events))
        .route("/wasm/{file}", get(assets::wasm));
    for part in report::PARTS {
        router = router.route(&format!("/api/v1/{part}"), get(move |state, request, query| report::part(part, state, request, query)));
    }
    router
        .fallback(assets::page)
        .method_not_allowed_fallback(problem::method)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}
