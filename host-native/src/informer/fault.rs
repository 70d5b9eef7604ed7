//! What goes wrong between here and the API server, in words that name the likely cause.

use std::time::Duration;

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What to do about it.
    pub class: Class,
    /// Lower case, no final period.
    pub message: String,
    /// The way out, where there is one to tell.
    pub hint: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

/// What a failure means for the one who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 401: the credentials are not, or no longer, good.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404: not served, or no longer.
    NotFound,
    /// 410: the place in the history is gone, list again.
    Gone,
    /// 400, 422 and the like: the server does not understand the request.
    Refused,
    /// 429: the server asks for patience.
    Busy,
    /// Anything else that may pass: 5xx, a connection that broke, silence.
    Passing,
    /// The kubeconfig cannot be used: nothing will pass until it is mended.
    Configuration,
}

impl Fault {
    pub(super) fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), hint: None, retry_after: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An answer of the server that is no success; `text` is its body, a `Status` where all is well.
    pub(super) fn status(code: u16, text: &[u8], retry_after: Option<Duration>) -> Self {
        #[derive(serde::Deserialize)]
        struct Status {
            message: Option<String>,
            code: Option<u16>,
        }
        let status: Option<Status> = serde_json::from_slice(text).ok();
        let code = status.as_ref().and_then(|s| s.code).filter(|c| *c != 0).unwrap_or(code);
        let said = status.and_then(|s| s.message).unwrap_or_else(|| String::from_utf8_lossy(text).chars().take(200).collect());
        let class = match code {
            401 => Class::Unauthorized,
            403 => Class::Forbidden,
            404 => Class::NotFound,
            410 => Class::Gone,
            429 => Class::Busy,
            400 | 405 | 406 | 415 | 422 => Class::Refused,
            _ => Class::Passing,
        };
        let said = said.trim().trim_end_matches('.');
        let message = match class {
            Class::Unauthorized => "the API server does not accept the credentials (401)".to_owned(),
            Class::Forbidden => format!("forbidden: {said}"),
            Class::Busy => format!("the API server is overloaded and asks to wait (429): {said}"),
            _ if said.is_empty() => format!("the API server answered {code}"),
            _ => format!("the API server answered {code}: {said}"),
        };
        let fault = Self { retry_after, ..Self::new(class, message) };
        match class {
            Class::Unauthorized => fault.hint("the token or client certificate may have expired: log in again"),
            Class::Forbidden => fault.hint("the role needs get, list and watch on the resource: docs/live.md has it"),
            _ => fault,
        }
    }

    /// An error before or within an answer: the innermost cause says most.
    pub(super) fn transport(server: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes: Vec<String> = Vec::new();
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        let mut silent = false;
        while let Some(e) = next {
            if let Some(io) = e.downcast_ref::<std::io::Error>() {
                silent |= io.kind() == std::io::ErrorKind::TimedOut;
            }
            let text = e.to_string();
            if !text.is_empty() && !causes.iter().any(|c| c.contains(&text)) {
                causes.push(text);
            }
            next = e.source();
        }
        let cause = causes.last().map_or("no cause told", String::as_str);
        let fault = Self::new(Class::Passing, format!("the API server at `{server}` cannot be reached: {cause}"));
        let all = causes.join(": ").to_lowercase();
        if all.contains("certificate") || all.contains("unknownissuer") {
            fault.hint("the kubeconfig's certificate-authority must be that of this server")
        } else if all.contains("refused") {
            fault.hint("is the server running, and is this the right context?")
        } else if all.contains("dns") || all.contains("lookup") {
            fault.hint("the server's name cannot be resolved: is a VPN missing, or is a NetworkPolicy blocking DNS?")
        } else if silent {
            fault.hint("nothing answers there: is a VPN missing, or is a NetworkPolicy blocking the way?")
        } else {
            fault
        }
    }

    /// Nothing came for too long.
    pub(super) fn silence(server: &str, after: Duration) -> Self {
        Self::new(Class::Passing, format!("the API server at `{server}` has been silent for {} s", after.as_secs()))
            .hint("it may be overloaded or paused, or a firewall drops idle connections")
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_its_own_code() {
        let text = br#"{"kind":"Status","message":"too old resource version: 1 (7)","code":410}"#;
        let fault = Fault::status(200, text, None);
        assert_eq!((fault.class, fault.message.as_str()), (Class::Gone, "the API server answered 410: too old resource version: 1 (7)"));
        assert_eq!(Fault::status(500, b"oops", None).message, "the API server answered 500: oops");
        assert_eq!(Fault::status(401, b"", None).class, Class::Unauthorized);
    }
}
