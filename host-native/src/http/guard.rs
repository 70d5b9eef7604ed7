//! What every request passes: whom it may name as its host, and what every answer carries.

use super::App;
use super::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

/// Hosts that requests may name. A browser on this machine must not be led here by a name of somebody else's
/// (DNS rebinding), so that an exporter on a loopback address answers only to names of this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    /// Only loopback names and those below.
    pub local: bool,
    /// Names that were allowed; `*` allows all.
    pub allowed: Vec<String>,
}

impl Hosts {
    pub(crate) fn takes(&self, host: &str) -> bool {
        if self.allowed.iter().any(|a| a == "*") || (!self.local && self.allowed.is_empty()) {
            return true;
        }
        let name = name(host);
        let loopback = name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) || name == "localhost" || name.ends_with(".localhost");
        // An address cannot be rebound: probes and scrapers of a Pod name it.
        let address = !self.local && name.parse::<IpAddr>().is_ok();
        loopback || address || self.allowed.iter().any(|a| self::name(a) == name)
    }
}

/// Without the port, in lower case.
fn name(host: &str) -> String {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        // Whatever else follows an address makes a name of it.
        Some((address, rest)) if rest.is_empty() || rest.starts_with(':') => address,
        Some(_) => host,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.trim_end_matches('.').to_lowercase()
}

pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let host = request.uri().host().map(str::to_owned).or_else(|| request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).map(str::to_owned));
    let allowed = app.hosts.read().unwrap_or_else(PoisonError::into_inner).takes(host.as_deref().unwrap_or_default());
    let mut response = if allowed {
        match app.security.admit(request.uri().path(), request.headers()).await {
            Ok(()) => next.run(request).await,
            Err(refusal) => *refusal,
        }
    } else {
        let host = host.unwrap_or_default();
        Problem::new(StatusCode::MISDIRECTED_REQUEST, format!("this exporter does not answer to the host `{host}`"))
            .hint(format!("start it with --allowed-host {}", if host.is_empty() { "NAME" } else { &host }))
            .into_response()
    };
    let out = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ] {
        out.entry(name).or_insert(HeaderValue::from_static(value));
    }
    out.entry("cross-origin-resource-policy").or_insert(HeaderValue::from_static("same-origin"));
    out.entry("cross-origin-opener-policy").or_insert(HeaderValue::from_static("same-origin"));
    response
}

/// Nothing but this program's own files; the module needs leave to be compiled.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine() {
        let local = Hosts { local: true, allowed: vec![] };
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST.", "a.localhost:1"] {
            assert!(local.takes(host), "{host}");
        }
        for host in ["", "evil.example", "evil.example:8080", "192.0.2.1", "localhost.evil.example", "127.0.0.1.evil.example", "[::1].evil"] {
            assert!(!local.takes(host), "{host}");
        }
        assert!(Hosts { local: true, allowed: vec!["Dev.example:1".into()] }.takes("dev.example:8080"));
    }

    #[test]
    fn in_a_cluster() {
        assert!(Hosts::default().takes("gatescope.monitoring.svc"));
        let listed = Hosts { local: false, allowed: vec!["gatescope.example".into()] };
        assert!(listed.takes("gatescope.example") && listed.takes("10.0.0.7:8080") && !listed.takes("evil.example"));
    }
}
