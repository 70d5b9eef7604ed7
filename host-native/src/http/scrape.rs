//! `/metrics`: prepared bytes, copied. It asks nobody, so that it answers whatever else is slow or down.

use super::App;
use super::respond::{encoding, text};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gatescope::metrics::{Encoding, Format};
use std::sync::Arc;
use std::time::Instant;

pub(super) async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let format = Format::negotiate(text(&headers, header::ACCEPT).as_deref());
    let coding = encoding(&headers);
    let exposition = Arc::clone(&app.hub.exposition.borrow());
    let (began, shown) = (Instant::now(), Arc::clone(&exposition));
    let parts: Vec<_> = if coding == Encoding::Gzip {
        exposition.parts(format, coding).collect()
    } else {
        // What has to be inflated is worth a thread of its own.
        tokio::task::spawn_blocking(move || exposition.parts(format, coding).collect()).await.unwrap_or_default()
    };
    shown.observe(coding, began.elapsed());
    let body = futures::stream::iter(parts.into_iter().map(Ok::<_, std::convert::Infallible>));
    let mut response = Body::from_stream(body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    out.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(name) = coding.name() {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}
