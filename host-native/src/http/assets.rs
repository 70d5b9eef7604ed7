//! The module, the plugin and the page: bytes that this program carries.

use super::problem::{Problem, not_found};
use super::respond::{self, Kind};
use super::{App, landing};
use crate::page;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use gatescope::engine::ModuleFile;
use std::sync::{Arc, OnceLock};

/// `/wasm/gatescope.wasm` and `/wasm/gatescope-proxy.wasm`; with `?sha256=…` the answer may be kept for ever.
pub(super) async fn wasm(State(app): State<Arc<App>>, Path(file): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let module = match file.as_str() {
        "gatescope.wasm" => app.module.clone(),
        "gatescope-proxy.wasm" => plugin(),
        _ => return Err(not_found(uri.path())),
    };
    let Some(module) = module else {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("this build of gatescope carries no `{file}`"))
            .hint("`make build` builds the wasm files before the program that embeds them"));
    };
    let kind = Kind { content_type: "application/wasm", etag: Some(format!("\"{}\"", module.sha256())), cache: "public, max-age=31536000, immutable" };
    let mut response = respond::bytes(&headers, &kind, Bytes::copy_from_slice(module.bytes()));
    if let Ok(sum) = HeaderValue::from_str(module.sha256()) {
        response.headers_mut().insert("x-content-sha256", sum);
    }
    Ok(response)
}

/// The Envoy plugin; its sum is computed once.
pub(super) fn plugin() -> Option<ModuleFile> {
    static PLUGIN: OnceLock<Option<ModuleFile>> = OnceLock::new();
    PLUGIN.get_or_init(ModuleFile::plugin).clone()
}

/// `/` and everything else that has no path of its own: the page, or what stands in for it.
pub(super) async fn page(State(app): State<Arc<App>>, method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(super::problem::method(method, uri).await);
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(asset) = page::asset(path) {
        let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let kind = Kind { content_type: asset.content_type, etag: asset.etag, cache };
        return Ok(respond::packed(&headers, &kind, asset.bytes, asset.gzip));
    }
    if path.is_empty() {
        let html = landing::html(&app);
        let mut response = html.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(landing::POLICY));
        return Ok(response);
    }
    Err(not_found(uri.path()))
}
