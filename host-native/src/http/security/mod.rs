//! Who may read: TLS with client certificates, passwords, tokens of the cluster. Whatever cannot be told is refused.

mod passwords;
mod reload;
mod tls;

pub(crate) use passwords::Passwords;
pub(crate) use reload::{Contents, every_second};
pub(crate) use tls::Tls;

use super::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use gatescope::informer::{Decision, Reviewer};
use std::sync::Arc;

/// How connections and requests are kept out.
#[derive(Debug, Default)]
pub(crate) struct Security {
    /// Connections are encrypted.
    pub tls: Option<Arc<Tls>>,
    /// Users and their passwords.
    pub passwords: Option<Arc<Passwords>>,
    /// Bearer tokens are asked of the cluster.
    pub tokens: Option<Reviewer>,
}

/// What probes and proxies fetch without a name: no path here tells of the cluster's objects.
const OPEN: [&str; 4] = ["/healthz", "/readyz", "/wasm/gatescope.wasm", "/wasm/gatescope-proxy.wasm"];

impl Security {
    /// Requests have to say whose they are.
    pub(crate) fn asks(&self) -> bool {
        self.passwords.is_some() || self.tokens.is_some()
    }

    /// Lets a request pass, or gives the answer that refuses it.
    pub(super) async fn admit(&self, path: &str, headers: &HeaderMap) -> Result<(), Box<Response>> {
        if !self.asks() || OPEN.contains(&path) {
            return Ok(());
        }
        self.judge(path, headers).await.map_err(|refusal| Box::new(self.answer(refusal)))
    }

    async fn judge(&self, path: &str, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers.get(header::AUTHORIZATION).ok_or(Refusal::Nobody("this exporter wants to know who asks"))?;
        let given = given.to_str().map_err(|_| Refusal::Nobody("the Authorization header cannot be read"))?.trim();
        let (scheme, secret) = given.split_once(' ').unwrap_or((given, ""));
        let secret = secret.trim();
        if scheme.eq_ignore_ascii_case("basic")
            && let Some(passwords) = &self.passwords
        {
            let (user, password) = pair(secret).ok_or(Refusal::Nobody("the Authorization header cannot be read"))?;
            return match passwords.check(&user, &password).await {
                Some(true) => Ok(()),
                Some(false) => Err(Refusal::Nobody("the user or the password is wrong")),
                None => Err(Refusal::Later("too many passwords are checked at once".into())),
            };
        }
        if scheme.eq_ignore_ascii_case("bearer")
            && let Some(tokens) = &self.tokens
        {
            if secret.is_empty() {
                return Err(Refusal::Nobody("the Authorization header has no token"));
            }
            return match tokens.review(secret, "get", path).await {
                Ok(Decision::Allowed { .. }) => Ok(()),
                Ok(Decision::Unauthenticated) => Err(Refusal::Nobody("the cluster does not know the token")),
                Ok(Decision::Denied { user }) => Err(Refusal::Denied(user)),
                Err(fault) => Err(Refusal::Later(format!("the cluster cannot be asked who may read: {fault}"))),
            };
        }
        Err(Refusal::Nobody("this exporter does not take this kind of Authorization"))
    }

    fn answer(&self, refusal: Refusal) -> Response {
        match refusal {
            Refusal::Nobody(message) => {
                let mut response = Problem::new(StatusCode::UNAUTHORIZED, message).into_response();
                if self.passwords.is_some() {
                    response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"gatescope\", charset=\"UTF-8\""));
                }
                if self.tokens.is_some() {
                    response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gatescope\""));
                }
                response
            }
            Refusal::Denied(user) => Problem::new(StatusCode::FORBIDDEN, format!("`{user}` may not read this"))
                .hint("bind a ClusterRole with `get` on this nonResourceURL to the user: docs/serve.md has it")
                .into_response(),
            Refusal::Later(message) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response(),
        }
    }
}

/// Why a request does not pass.
enum Refusal {
    /// 401.
    Nobody(&'static str),
    /// 403, of this user.
    Denied(String),
    /// 503: it cannot be told now.
    Later(String),
}

/// User and password of a `Basic` header.
fn pair(secret: &str) -> Option<(String, String)> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(secret).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
