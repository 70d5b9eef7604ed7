//! What Envoy forwards to: a server that answers with what it was asked, and one that plays an exporter.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server on two ports: HTTP/1.1, and HTTP/2 for gRPC. A request header `x-status` sets the answer's status;
/// `x-backend` comes back in the answer.
#[derive(Debug)]
pub struct Upstream {
    /// HTTP/1.1.
    pub http1: u16,
    /// HTTP/2 without TLS.
    pub http2: u16,
}

impl Upstream {
    /// Starts it on the current runtime; it ends with it.
    pub async fn start() -> Self {
        let (one, two) = (bind().await, bind().await);
        let out = Self { http1: one.local_addr().unwrap().port(), http2: two.local_addr().unwrap().port() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = one.accept().await {
                tokio::spawn(serve_http1(stream));
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = two.accept().await {
                tokio::spawn(serve_http2(stream));
            }
        });
        out
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// Reads one request's head and body; the lines of the head.
async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<String>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let lines: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
            let length = header(&lines, "content-length").and_then(|l| l.parse::<usize>().ok()).unwrap_or(0);
            let mut rest = buffer.split_off(end + 4);
            while rest.len() < length {
                if stream.read_buf(&mut rest).await.ok()? == 0 {
                    return None;
                }
            }
            *buffer = rest.split_off(length);
            return Some(lines);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn header<'l>(lines: &'l [String], name: &str) -> Option<&'l str> {
    lines.iter().skip(1).filter_map(|l| l.split_once(':')).find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
}

async fn serve_http1(mut stream: TcpStream) {
    let mut buffer = Vec::new();
    let _ = stream.set_nodelay(true);
    while let Some(lines) = read_head(&mut stream, &mut buffer).await {
        let status = header(&lines, "x-status").unwrap_or("200");
        let backend = header(&lines, "x-backend").unwrap_or("");
        let answer = format!("HTTP/1.1 {status} OK\r\ncontent-length: 3\r\nx-backend: {backend}\r\n\r\nok\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn serve_http2(stream: TcpStream) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        tokio::spawn(async move {
            let get = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
            let (status, backend, content) = (get("x-status"), get("x-backend"), get("content-type"));
            let status: u16 = status.parse().unwrap_or(200);
            let grpc = content.starts_with("application/grpc");
            let answer = http::Response::builder().status(status).header("x-backend", backend).header("content-type", content).body(()).unwrap();
            let Ok(mut send) = respond.send_response(answer, false) else { return };
            // An empty message, and gRPC's trailers.
            let _ = send.send_data(Bytes::from_static(if grpc { &[0, 0, 0, 0, 0] } else { b"ok\n" }), !grpc);
            if grpc {
                let trailers = [(http::HeaderName::from_static("grpc-status"), http::HeaderValue::from_static("0"))];
                let _ = send.send_trailers(trailers.into_iter().collect());
            }
        });
    }
}

/// What a scripted server answers to a path: status, headers, body.
pub type Script = Arc<Mutex<dyn FnMut(&str, &BTreeMap<String, String>) -> (u16, Vec<(String, String)>, Vec<u8>) + Send>>;

/// A server for the faults that a real exporter does not show; it says what it is told to. Returns its port.
pub async fn scripted(script: Script) -> u16 {
    let listener = bind().await;
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let script = Arc::clone(&script);
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                while let Some(lines) = read_head(&mut stream, &mut buffer).await {
                    let path = lines.first().and_then(|l| l.split(' ').nth(1)).unwrap_or("").to_owned();
                    let headers = lines.iter().skip(1).filter_map(|l| l.split_once(':'));
                    let headers = headers.map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned())).collect();
                    let (status, headers, body) = (script.lock().unwrap())(&path, &headers);
                    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                    for (name, value) in headers {
                        head.push_str(&format!("{name}: {value}\r\n"));
                    }
                    let answer = [head.as_bytes(), b"\r\n", if status == 304 { &[] } else { &body }].concat();
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}
