//! `/api/v1/traffic`: what the Envoy plugin counts, beside what is declared; and the task that asks the proxies.

use super::App;
use super::problem::Problem;
use super::query::Args;
use super::report::slow;
use super::respond;
use crate::filter::Filter;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gatescope::traffic::{Rows, Traffic};
use std::sync::Arc;
use tracing::debug;

impl App {
    /// Findings that only traffic tells.
    pub(super) fn traffic_findings(&self) -> Vec<gatescope_core::types::Finding> {
        self.traffic.as_ref().map(|t| t.joined().findings.clone()).unwrap_or_default()
    }
}

pub(super) async fn traffic(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only(&[])?;
    match &app.traffic {
        Some(traffic) => {
            let joined = traffic.joined();
            let body = slow(move || serde_json::to_vec_pretty(&*joined)).await?;
            let body = body.map_err(|e| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, e.to_string()))?;
            Ok(respond::bytes(&headers, &respond::Kind::JSON, body.into()))
        }
        None => Err(Problem::new(StatusCode::NOT_FOUND, "this exporter asks no Envoy").hint("start it with --envoy-stats URL; docs/envoy.md says how")),
    }
}

/// Asks the proxies again and again, and joins what they say with the newest report, until the program ends.
pub(crate) async fn follow(app: Arc<App>, traffic: Arc<Traffic>) {
    let mut stop = app.stop.clone();
    let watched = Arc::clone(&traffic);
    let _ = app.hub.ask(move |hub| hub.watch_traffic(watched)).await;
    let mut every = tokio::time::interval(traffic.interval());
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut rows, mut revision) = (Arc::<Rows>::default(), None);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = stop.changed() => return,
        }
        traffic.scrape().await;
        let now = app.hub.now();
        if now.ready() && revision != Some(now.revision) {
            match app.report_for(Filter::default()).await {
                Ok((of, report)) => {
                    revision = Some(of);
                    rows = slow(move || Arc::new(Rows::of(&report))).await.unwrap_or(rows);
                }
                Err(problem) => debug!(error = problem.message, "traffic is joined with the rows of before"),
            }
        }
        // Before the first report everything would look undeclared.
        if revision.is_some() {
            let (joining, rows) = (Arc::clone(&traffic), Arc::clone(&rows));
            let _ = slow(move || joining.join(&rows)).await;
        }
    }
}
