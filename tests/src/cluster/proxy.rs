//! A fault-injecting proxy between a client and the API server: a fake, for what a real server does not do on demand
//! (429s, answers that break off). Plain HTTP on loopback; everything else passes through untouched.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures::StreamExt as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What happens to requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They pass.
    None,
    /// This status, with `Retry-After: 1`.
    Status(u16),
    /// Answers under way end, and new requests are refused with 503.
    Cut,
}

struct Inner {
    client: Client,
    fault: watch::Sender<Fault>,
    refused: AtomicU64,
}

/// A running proxy; requests reach the server as the user of its kubeconfig.
pub struct Proxy {
    inner: Arc<Inner>,
    address: String,
    _runtime: Runtime,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.address)
    }
}

impl Proxy {
    /// Starts one.
    pub fn start(kubeconfig: &Path) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (inner, address) = runtime.block_on(async {
            let file = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
            let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.expect("a config");
            config.default_retry = false;
            let client = Client::try_from(config).expect("a client");
            let inner = Arc::new(Inner { client, fault: watch::channel(Fault::None).0, refused: AtomicU64::new(0) });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = format!("http://{}", listener.local_addr().expect("an address"));
            let router = Router::new().fallback(pass).with_state(Arc::clone(&inner));
            tokio::spawn(async move { axum::serve(listener, router).await });
            (inner, address)
        });
        Self { inner, address, _runtime: runtime }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.address
    }

    /// From now on.
    pub fn set(&self, fault: Fault) {
        self.inner.fault.send_replace(fault);
    }

    /// Requests that it did not let pass so far.
    pub fn refused(&self) -> u64 {
        self.inner.refused.load(Ordering::Relaxed)
    }
}

async fn pass(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let plain = |code: StatusCode, headers: HeaderMap, text: &'static str| {
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = code;
        *response.headers_mut() = headers;
        response
    };
    let now = *inner.fault.borrow();
    let code = match now {
        Fault::None => None,
        Fault::Status(code) => Some(code),
        Fault::Cut => Some(503),
    };
    if let Some(code) = code {
        inner.refused.fetch_add(1, Ordering::Relaxed);
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "1".parse().expect("a header"));
        return plain(StatusCode::from_u16(code).expect("a status"), headers, "too many requests, please try again later");
    }
    let (mut parts, body) = request.into_parts();
    parts.headers.remove("host");
    parts.headers.remove("authorization");
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap_or_default();
    match inner.client.send(axum::http::Request::from_parts(parts, kube::client::Body::from(body.to_vec()))).await {
        Ok(answer) => {
            let (mut parts, body) = answer.into_parts();
            parts.headers.remove("transfer-encoding");
            let mut fault = inner.fault.subscribe();
            let cut = async move { drop(fault.wait_for(|f| *f == Fault::Cut).await) };
            let stream = http_body_util::BodyExt::into_data_stream(body).map(|r| r.map_err(std::io::Error::other));
            Response::from_parts(parts, Body::from_stream(stream.take_until(cut)))
        }
        Err(_) => plain(StatusCode::BAD_GATEWAY, HeaderMap::new(), "no answer from the server"),
    }
}
