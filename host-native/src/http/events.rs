//! `/api/v1/events`: what changes, as server-sent events, resumable.

use super::App;
use super::problem::Problem;
use super::query::Args;
use crate::hub::{After, Event, Events};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Silence after which a line keeps the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events that are taken from the ring at once.
const AT_ONCE: usize = 64;
/// Streams at the same time.
const STREAMS: usize = 512;

struct Stream {
    events: Arc<Events>,
    wake: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    objects: bool,
    at: u64,
    ready: VecDeque<Arc<Event>>,
    greeted: bool,
    _leave: tokio::sync::OwnedSemaphorePermit,
}

/// The streams that there may be.
fn streams() -> &'static Arc<tokio::sync::Semaphore> {
    static LEFT: std::sync::OnceLock<Arc<tokio::sync::Semaphore>> = std::sync::OnceLock::new();
    LEFT.get_or_init(|| Arc::new(tokio::sync::Semaphore::new(STREAMS)))
}

pub(super) async fn events(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only(&["feed", "since"])?;
    let objects = match args.get("feed") {
        None | Some("deltas") => false,
        Some("objects") => true,
        Some(other) => return Err(Problem::new(StatusCode::BAD_REQUEST, format!("there is no feed `{other}`")).hint("feed=deltas (the default) or feed=objects")),
    };
    let events = Arc::clone(&app.hub.events);
    let known = headers.get("last-event-id").and_then(|v| v.to_str().ok()).or_else(|| args.get("since"));
    let at = match known.map(str::trim).filter(|k| !k.is_empty()) {
        None => events.last(),
        Some(text) => text.parse::<u64>().map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, format!("`{text}` is no revision")).hint("send the id of the last event, or `runtime.revision` of a report")
        })?,
    };
    let leave = Arc::clone(streams()).try_acquire_owned();
    let leave = leave.map_err(|_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("{STREAMS} streams are open, and that is the most")))?;
    let wake = events.watch();
    let stream = Stream { events, wake, stop: app.stop.clone(), objects, at, ready: VecDeque::new(), greeted: false, _leave: leave };
    let body = futures::stream::unfold(stream, |mut s| async move { s.next().await.map(|bytes| (Ok::<_, std::convert::Infallible>(bytes), s)) });
    let mut response = Body::from_stream(body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Reverse proxies that collect an answer before they hand it on.
    out.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Stream {
    /// The next bytes; none when the program ends.
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.greeted, true) {
            // So that a client that saw no event yet can resume too.
            return Some(format!("retry: 2000\nevent: revision\nid: {0}\ndata: {{\"revision\":{0}}}\n\n", self.at).into());
        }
        loop {
            if *self.stop.borrow() {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                self.at = event.revision;
                return Some(self.frame(&event));
            }
            self.wake.mark_unchanged();
            match self.events.after(self.at, AT_ONCE) {
                After::Events(list) if !list.is_empty() => self.ready = list.into(),
                After::Events(_) => {
                    tokio::select! {
                        woken = self.wake.changed() => woken.ok()?,
                        _ = self.stop.changed() => return None,
                        () = tokio::time::sleep(HEARTBEAT) => return Some(Bytes::from_static(b": still here\n\n")),
                    }
                }
                After::Gap(revision) => {
                    self.at = revision;
                    return Some(format!("event: resync\nid: {revision}\ndata: {{\"revision\":{revision}}}\n\n").into());
                }
            }
        }
    }

    fn frame(&self, event: &Event) -> Bytes {
        let (name, data) = if self.objects { ("objects", &event.objects) } else { ("delta", &event.delta) };
        let mut out = Vec::with_capacity(data.len().saturating_add(64));
        out.extend_from_slice(format!("event: {name}\nid: {}\ndata: ", event.revision).as_bytes());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\n\n");
        out.into()
    }
}
