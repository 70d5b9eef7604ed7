//! Where the plugin's counters are: URLs whose hosts may stand for many proxies, each of which is asked.

use axum::body::Bytes;
use axum::http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use std::time::Duration;

/// The most bytes of one proxy's answer.
const MOST: usize = 64 << 20;
/// How long one proxy may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most proxies behind one URL.
pub(super) const PROXIES: usize = 1_000;

/// A URL of `--envoy-stats`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// As it was written.
    pub(super) text: String,
    host: String,
    port: u16,
    path: String,
}

impl Url {
    /// Reads `http://HOST[:PORT][/PATH]`; without a path it is Envoy's `/stats/prometheus`, with the plugin's metrics alone.
    ///
    /// # Errors
    /// Says what is wrong, and the way out.
    pub fn parse(text: &str) -> Result<Self, (String, &'static str)> {
        const SHAPE: &str = "write http://HOST:PORT, as in http://127.0.0.1:9901 for Envoy's admin interface";
        let bad = |why: &str| (format!("`{text}` {why}"), SHAPE);
        let uri: Uri = text.parse().map_err(|_| bad("is no URL"))?;
        let Some(host) = uri.host().filter(|h| !h.is_empty()) else { return Err(bad("names no host")) };
        match uri.scheme_str() {
            Some("http") => {}
            Some(_) => return Err(bad("is not http")),
            None => return Err(bad("has no scheme")),
        }
        let path = match uri.path_and_query().map(|p| p.as_str()) {
            None | Some("/" | "") => "/stats/prometheus?filter=gatescope_proxy_",
            Some(path) => path,
        };
        Ok(Self {
            text: text.to_owned(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: uri.port_u16().unwrap_or(80),
            path: path.to_owned(),
        })
    }

    /// The proxies behind it, in order.
    pub(super) async fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(|e| e.to_string())?;
        let mut out: Vec<SocketAddr> = found.take(PROXIES).collect();
        out.sort_unstable();
        out.dedup();
        Ok(out)
    }
}

/// Asks proxies; keeps its connections.
#[derive(Clone, Debug)]
pub(super) struct Scraper(Client<HttpConnector, Empty<Bytes>>);

impl Scraper {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(Duration::from_secs(3)));
        Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1).build(connector))
    }

    /// The text of one proxy.
    pub(super) async fn get(&self, url: &Url, address: SocketAddr) -> Result<String, String> {
        let request = Request::get(format!("http://{address}{}", url.path))
            .header(header::HOST, format!("{}:{}", url.host, url.port))
            .header(header::ACCEPT, "text/plain;version=0.0.4")
            .body(Empty::new())
            .map_err(|e| e.to_string())?;
        let answer = async {
            let answer = self.0.request(request).await.map_err(|e| why(&e))?;
            if !answer.status().is_success() {
                return Err(format!("it answered {}", answer.status()));
            }
            let body = Limited::new(answer.into_body(), MOST).collect().await.map_err(|e| e.to_string())?;
            Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?
    }
}

/// The innermost cause: what stands around it says only that a client failed.
fn why(e: &dyn std::error::Error) -> String {
    let mut inner = e;
    while let Some(next) = inner.source() {
        inner = next;
    }
    let text = inner.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = Url::parse("http://[::1]:9901").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.path.as_str()), ("::1", 9901, "/stats/prometheus?filter=gatescope_proxy_"));
        assert_eq!(Url::parse("http://edge.infra/metrics?x=1").unwrap().path, "/metrics?x=1");
        for bad in ["", "edge", "edge:9901", "https://edge:9901", "http://", "ftp://a/b", "http://a b"] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }
}
