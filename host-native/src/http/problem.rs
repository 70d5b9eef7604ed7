//! Requests that get no answer, told as JSON: what is wrong, and the way out.

use crate::fail::Fail;
use crate::hub::NoAnswer;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use gatescope::engine::Failure;

/// Why a request fails.
#[derive(Debug)]
pub(crate) struct Problem {
    pub status: StatusCode,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What a verb would have refused; `status` where it is wrong usage.
    pub(crate) fn of(fail: Fail, status: StatusCode) -> Self {
        match fail {
            Fail::Usage { message, hint } => Self { status, message: message.replace(" in the input", ""), hint },
            Fail::Told | Fail::Closed | Fail::Output(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be made"),
        }
    }
}

impl From<Failure> for Problem {
    fn from(f: Failure) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message: f.message, hint: f.hint }
    }
}

impl From<NoAnswer> for Problem {
    fn from(n: NoAnswer) -> Self {
        match n {
            NoAnswer::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "the resolver is busy").hint("try again; /metrics and /readyz answer meanwhile"),
            NoAnswer::Gone => Self::new(StatusCode::SERVICE_UNAVAILABLE, "the exporter is ending"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = serde_json::json!({"error": self.message, "status": self.status.as_u16()});
        if let (Some(hint), Some(map)) = (self.hint, body.as_object_mut()) {
            map.insert("hint".into(), hint.into());
        }
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
        }
        response
    }
}

/// Nothing here takes anything but reading.
pub(super) async fn method(method: Method, uri: Uri) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("`{}` cannot be asked with {method}", uri.path())).hint("use GET or HEAD: nothing here changes anything")
}

/// A path that is not there.
pub(super) fn not_found(path: &str) -> Problem {
    let known = super::PATHS.iter().map(|(p, _)| p.split('?').next().unwrap_or(p));
    let problem = Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at `{path}`"));
    match crate::suggest::closest(path, known) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("/ lists what there is"),
    }
}
