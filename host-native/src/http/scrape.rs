//! `/metrics`: prepared bytes, copied. It asks nobody, so that it answers whatever else is slow or down.

use super::App;
use super::respond::{encoding, text};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gatescope::metrics::{Encoding, Exposition, Format, Parts};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let format = Format::negotiate(text(&headers, header::ACCEPT).as_deref());
    let coding = encoding(&headers);
    let exposition = Arc::clone(&app.hub.exposition.borrow());
    let body = futures::stream::iter(Timed::new(exposition, format, coding).map(Ok::<_, std::convert::Infallible>));
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

/// The parts of a body, each made when the client is ready for it: a plain scrape never holds all of its text. Counts the time
/// that they took.
struct Timed {
    exposition: Arc<Exposition>,
    coding: Encoding,
    parts: Parts,
    took: Duration,
}

impl Timed {
    fn new(exposition: Arc<Exposition>, format: Format, coding: Encoding) -> Self {
        let began = Instant::now();
        let parts = exposition.parts(format, coding);
        Self { exposition, coding, parts, took: began.elapsed() }
    }
}

impl Iterator for Timed {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let began = Instant::now();
        let part = self.parts.next();
        self.took = self.took.saturating_add(began.elapsed());
        part
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        self.exposition.observe(self.coding, self.took);
    }
}
