//! Bodies: negotiated coding, written as they are made, so that a large answer needs no large buffer.

use super::problem::Problem;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use gatescope::metrics::Encoding;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Bytes of one part of a body.
const PART: usize = 64 << 10;
/// How long a client may take to read one part.
const SLOW: Duration = Duration::from_secs(30);
/// How long it may take to read all of them.
const WHOLE: Duration = Duration::from_secs(300);

/// Which coding a request asks for.
pub(super) fn encoding(headers: &HeaderMap) -> Encoding {
    Encoding::negotiate(text(headers, header::ACCEPT_ENCODING).as_deref())
}

/// A header's values as one.
pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let all: Vec<&str> = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
    (!all.is_empty()).then(|| all.join(","))
}

/// What an answer is, beside its body.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub content_type: &'static str,
    pub etag: Option<String>,
    pub cache: &'static str,
}

impl Kind {
    pub(super) const JSON: Self = Self { content_type: "application/json", etag: None, cache: "no-cache" };

    pub(super) fn etag(self, etag: String) -> Self {
        Self { etag: Some(etag), ..self }
    }
}

/// Whether the client has this very answer.
pub(super) fn unchanged(headers: &HeaderMap, kind: &Kind) -> Option<Response> {
    let bare = |t: &str| t.trim().trim_start_matches("W/").to_owned();
    let etag = kind.etag.as_deref()?;
    let known = text(headers, header::IF_NONE_MATCH)?;
    let same = known.split(',').any(|k| k.trim() == "*" || bare(k) == bare(etag));
    same.then(|| {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        label(&mut response, kind, None);
        response
    })
}

fn label(response: &mut Response, kind: &Kind, coding: Option<&'static str>) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kind.cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(etag) = kind.etag.as_deref().and_then(|e| HeaderValue::from_str(e).ok()) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
}

/// An answer whose bytes are there.
pub(super) fn bytes(headers: &HeaderMap, kind: &Kind, body: Bytes) -> Response {
    const WORTH_IT: usize = 1024;
    if let Some(response) = unchanged(headers, kind) {
        return response;
    }
    let coding = if body.len() < WORTH_IT { Encoding::Identity } else { encoding(headers) };
    if coding == Encoding::Identity {
        let mut response = Body::from(body).into_response();
        label(&mut response, kind, None);
        return response;
    }
    stream(headers, kind, move |out| out.write_all(&body))
}

/// An answer whose bytes are there, also compressed with gzip.
pub(super) fn packed(headers: &HeaderMap, kind: &Kind, plain: Bytes, gzip: Bytes) -> Response {
    if let Some(response) = unchanged(headers, kind) {
        return response;
    }
    // What is prepared costs nothing, whatever else the client would take.
    let takes = text(headers, header::ACCEPT_ENCODING).is_some_and(|t| t.split(',').any(|p| p.trim().eq_ignore_ascii_case("gzip")));
    let (body, coding) = if takes { (gzip, Some("gzip")) } else { (plain, None) };
    let mut response = Body::from(body).into_response();
    label(&mut response, kind, coding);
    response
}

/// An answer that is written by a thread of the pool for slow work.
pub(super) fn stream(headers: &HeaderMap, kind: &Kind, write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static) -> Response {
    if let Some(response) = unchanged(headers, kind) {
        return response;
    }
    let coding = encoding(headers);
    let (parts, mut body) = mpsc::channel::<io::Result<Bytes>>(4);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let out = Parts { parts: parts.clone(), part: Vec::with_capacity(PART), runtime, began: Instant::now() };
        let done = match coding {
            Encoding::Identity => {
                let mut out = out;
                write(&mut out).and_then(|()| out.flush())
            }
            Encoding::Gzip => {
                let mut out = GzEncoder::new(out, Compression::fast());
                write(&mut out).and_then(|()| out.finish()).and_then(|mut out| out.flush())
            }
            Encoding::Zstd => zstd::Encoder::new(out, 3).and_then(|mut out| {
                write(&mut out)?;
                out.finish()?.flush()
            }),
        };
        // The client sees a body that was cut off, and not one that looks whole.
        if let Err(e) = done {
            let _ = parts.try_send(Err(e));
        }
    });
    let stream = futures::stream::poll_fn(move |cx| body.poll_recv(cx));
    let mut response = Body::from_stream(stream).into_response();
    label(&mut response, kind, coding.name());
    response
}

/// JSON that is small.
pub(super) fn json(headers: &HeaderMap, value: &impl serde::Serialize) -> Result<Response, Problem> {
    let mut body = serde_json::to_vec_pretty(value).map_err(|e| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, e.to_string()))?;
    body.push(b'\n');
    Ok(bytes(headers, &Kind::JSON, body.into()))
}

/// Hands on what is written, part by part; gives up on a client that does not read.
struct Parts {
    parts: mpsc::Sender<io::Result<Bytes>>,
    part: Vec<u8>,
    runtime: tokio::runtime::Handle,
    began: Instant,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        if self.began.elapsed() > WHOLE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let part = Bytes::from(std::mem::replace(&mut self.part, Vec::with_capacity(PART)));
        let send = self.parts.send(Ok(part));
        let sent = self.runtime.block_on(async { tokio::time::timeout(SLOW, send).await });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Writes compact JSON as `serde_json` prints it for people: the bytes of `resolve -o json`.
pub(super) struct Pretty<W> {
    out: W,
    depth: usize,
    quoted: bool,
    escaped: bool,
    opened: bool,
    line: Vec<u8>,
}

impl<W: Write> Pretty<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, depth: 0, quoted: false, escaped: false, opened: false, line: Vec::new() }
    }

    fn next_line(&mut self) {
        self.line.push(b'\n');
        for _ in 0..self.depth {
            self.line.extend_from_slice(b"  ");
        }
    }

    fn first(&mut self) {
        if std::mem::take(&mut self.opened) {
            self.next_line();
        }
    }
}

impl<W: Write> Write for Pretty<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &b in bytes {
            if self.quoted {
                self.line.push(b);
                self.quoted = b != b'"' || self.escaped;
                self.escaped = b == b'\\' && !self.escaped;
                continue;
            }
            match b {
                b' ' | b'\n' | b'\r' | b'\t' => continue,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if !std::mem::take(&mut self.opened) {
                        self.next_line();
                    }
                }
                b',' | b':' => {}
                _ => self.first(),
            }
            self.line.push(b);
            match b {
                b'{' | b'[' => {
                    self.opened = true;
                    self.depth = self.depth.saturating_add(1);
                }
                b'"' => self.quoted = true,
                b',' => self.next_line(),
                b':' => self.line.push(b' '),
                _ => {}
            }
        }
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_is_what_serde_json_prints() {
        let text = r#"{"a":[],"b":{},"c":[1,2.5,null,true,{"x":"a \"q\" \\"},[[]]],"d":"{,}","e":{"f":{"g":-1.5}}}"#;
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        for size in [1, 3, 1000] {
            let mut out = Pretty::new(Vec::new());
            text.as_bytes().chunks(size).for_each(|c| out.write_all(c).unwrap());
            assert_eq!(String::from_utf8(out.out).unwrap(), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
