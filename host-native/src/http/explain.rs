//! `/api/v1/explain/…`: one object's gates.

use super::App;
use super::problem::Problem;
use super::query::Args;
use super::respond;
use crate::fail::Fail;
use crate::verbs;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// `KIND/NAME`: a cluster-scoped object, or the only one of that name.
pub(super) async fn cluster_scoped(
    State(app): State<Arc<App>>,
    Path((kind, name)): Path<(String, String)>,
    headers: HeaderMap,
    args: Args,
) -> Result<Response, Problem> {
    args.only(&[])?;
    explain(&app, &headers, kind, None, name).await
}

/// `KIND/NAMESPACE/NAME`.
pub(super) async fn namespaced(
    State(app): State<Arc<App>>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
    headers: HeaderMap,
    args: Args,
) -> Result<Response, Problem> {
    args.only(&[])?;
    explain(&app, &headers, kind, Some(namespace), name).await
}

async fn explain(app: &App, headers: &HeaderMap, kind: String, namespace: Option<String>, name: String) -> Result<Response, Problem> {
    let kind = verbs::explain_kind(&kind).map_err(|f| Problem::of(f, StatusCode::BAD_REQUEST))?;
    let found = app.hub.ask(move |hub| -> Result<_, Fail> {
        let subject = verbs::explain_find(hub.engine(), kind, namespace, &name)?;
        match hub.engine().explain(&subject)? {
            Some(explanation) => Ok(explanation),
            None => Err(verbs::explain_not_there(hub.engine(), &subject)?),
        }
    });
    let explanation = found.await?.map_err(|f| Problem::of(f, StatusCode::NOT_FOUND))?;
    respond::json(headers, &explanation)
}
