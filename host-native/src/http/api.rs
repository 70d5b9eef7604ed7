//! Probes, snapshots and traces.

use super::App;
use super::problem::Problem;
use super::query::Args;
use super::report::slow;
use super::respond::{self, Kind};
use crate::filter::{Filter, Named};
use crate::hub;
use crate::{request, suggest};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gatescope::engine::Failure;
use gatescope_core::types::{Answer, GatewayRef};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, PoisonError};

/// `/healthz`: the hub does its work.
pub(super) async fn healthz(State(app): State<Arc<App>>) -> Response {
    let alive = app.hub.now().alive();
    let status = if alive { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    let text = if alive { "ok\n" } else { "the hub has not been seen for two minutes\n" };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// `/readyz`: everything was read once. What is degraded stands in the body, and does not make it unready.
/// Where readers have to say who they are, probes hear no more than the word.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let now = app.hub.now();
    let ready = now.ready() && !*app.stop.borrow();
    let mut text = String::from(if ready { "ready\n" } else { "not ready\n" });
    if *app.stop.borrow() {
        text.push_str("the exporter is ending\n");
    }
    if !app.security.asks() {
        let notices = app.notices.read().unwrap_or_else(PoisonError::into_inner);
        for trouble in now.troubles().into_iter().chain(notices.iter().map(|(about, what)| format!("{about}: {what}"))) {
            text.push_str(&trouble);
            text.push('\n');
        }
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// `/api/v1/snapshot`.
pub(super) async fn snapshot(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only(&[])?;
    let leave = app.heavy().await?;
    let snapshot = app.hub.ask(|hub| hub.snapshot()).await?;
    let kind = Kind::JSON.etag(format!("W/\"{}\"", snapshot.revision));
    Ok(respond::stream(&headers, &kind, move |out| {
        let _leave = leave;
        snapshot.write(&mut std::io::BufWriter::new(out))
    }))
}

/// `/api/v1/gateways/NS/NAME/snapshot`: its ETag changes only when the part does.
pub(super) async fn slice(
    State(app): State<Arc<App>>,
    Path((namespace, name)): Path<(String, String)>,
    headers: HeaderMap,
    args: Args,
) -> Result<Response, Problem> {
    args.only(&[])?;
    let _leave = app.heavy().await?;
    let gateway = Named { kind: None, namespace: Some(namespace.clone()), name: name.clone() };
    let (_, report) = app.report_for(Filter { gateway: Some(gateway), ..Filter::default() }).await?;
    let snapshot = app.hub.ask(|hub| hub.snapshot()).await?;
    let bytes = slow(move || snapshot.part(&report, &namespace, &name)).await?.map_err(|e| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, e.to_string()))?;
    let hash = Sha256::digest(&bytes);
    let etag = hash.iter().take(16).fold(String::new(), |text, b| format!("{text}{b:02x}"));
    Ok(respond::bytes(&headers, &Kind::JSON.etag(format!("\"{etag}\"")), bytes.into()))
}

/// `/api/v1/trace?url=…`.
pub(super) async fn trace(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only(&["url", "method", "header", "gateway"])?;
    let bad = |(message, hint): (String, Option<String>)| Problem { status: StatusCode::BAD_REQUEST, message, hint };
    let Some(url) = args.get("url").filter(|u| !u.is_empty()) else {
        return Err(bad(("there is no `url` to trace".into(), Some("/api/v1/trace?url=https://shop.example.com/cart&method=GET&header=x-canary:1".into()))));
    };
    let extra: Vec<String> = args.all("header").map(str::to_owned).collect();
    let mut wanted = request::parse(url, args.get("method").unwrap_or("GET"), &extra).map_err(bad)?.request;
    let Some(gateway) = args.get("gateway").map(Named::parse) else {
        let answers = app.hub.ask(move |hub| hub.engine().trace_everywhere(&wanted)).await??;
        return respond::json(&headers, &answers);
    };
    type Found = Result<Answer, Vec<(String, String)>>;
    let answer = app
        .hub
        .ask(move |hub| -> Result<(Named, Found), Failure> {
            let names = hub.engine().names("Gateway")?;
            let found: Vec<&(String, String)> = names.iter().filter(|(ns, n)| gateway.is("Gateway", ns, n)).collect();
            let [(namespace, name)] = found.as_slice() else {
                let near = if found.is_empty() { names } else { found.into_iter().cloned().collect() };
                return Ok((gateway, Err(near)));
            };
            wanted.gateway = GatewayRef { namespace: namespace.clone(), name: name.clone() };
            let answer = hub.engine().trace(&[wanted])?.pop().unwrap_or_default();
            Ok((gateway, Ok(answer)))
        })
        .await??;
    match answer {
        (_, Ok(answer)) => respond::json(&headers, &answer),
        (wanted, Err(names)) => {
            let names: Vec<String> = names.into_iter().map(|(ns, n)| format!("{ns}/{n}")).collect();
            let text = wanted.namespace.as_ref().map_or_else(|| wanted.name.clone(), |ns| format!("{ns}/{}", wanted.name));
            let problem = Problem::new(StatusCode::NOT_FOUND, format!("there is no one Gateway `{text}`"));
            Err(match suggest::closest(&text, names.iter().map(String::as_str)) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(format!("there are {}", suggest::list(&names))),
            })
        }
    }
}

impl hub::Snapshot {
    /// The part that a Gateway's proxy needs.
    fn part(&self, report: &gatescope_core::types::Report, namespace: &str, name: &str) -> std::io::Result<Vec<u8>> {
        let texts = self.texts();
        let keys = texts.keys().cloned().collect();
        let kept = hub::slice(report, namespace, name, &keys, &|key| texts.get(key).map(|t| String::from_utf8_lossy(t).into_owned()));
        let mut out = Vec::new();
        self.write_part(&kept, &mut out)?;
        Ok(out)
    }
}
