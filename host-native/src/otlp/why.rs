//! What failures of the connection mean, and the way out.

use super::OtlpConfig;
use super::connect::Files;
use super::probe::alert;
use std::path::{Path, PathBuf};

/// An error with everything behind it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(e) = next {
        let text = e.to_string();
        if !out.ends_with(&text) {
            out.push_str(": ");
            out.push_str(&text);
        }
        next = e.source();
    }
    out
}

/// What an error of the connection most likely means, and the way out.
///
/// A collector that refuses the client's certificate says so in a TLS alert after the handshake, which a request that is on its
/// way often never sees: then the connection is just closed. So the alert is asked for again, by a handshake that sends nothing.
pub(super) async fn why(config: &OtlpConfig, files: &Files, error: &str) -> String {
    if let Some(cause) = cause(config, error) {
        return format!("{cause} ({error})");
    }
    let at = &config.endpoint;
    if at.starts_with("https://")
        && let Some(alert) = alert(config, files).await
    {
        let cause = cause(config, &alert).unwrap_or_else(|| format!("`{at}` ends the TLS connection"));
        return format!("{cause} ({alert})");
    }
    format!("`{at}` cannot be reached ({error})")
}

/// What a text of an error names beyond doubt.
fn cause(config: &OtlpConfig, error: &str) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|w| error.contains(w));
    let at = &config.endpoint;
    let file = |path: &Option<PathBuf>| path.as_deref().map(Path::display).map(|p| format!("`{p}`"));
    Some(if has(&["UnknownIssuer", "BadSignature"]) {
        let ca = file(&config.ca).unwrap_or_else(|| "the system's CA certificates".into());
        format!("wrong CA: the certificate of `{at}` is not signed by {ca}; set OTEL_EXPORTER_OTLP_CERTIFICATE to the CA that signed it")
    } else if has(&["NotValidForName", "not valid for name"]) {
        let name = config.server_name.clone().unwrap_or_else(|| at.split("://").nth(1).unwrap_or(at).to_owned());
        format!("wrong server name: the certificate of `{at}` is not for `{name}`; set OTEL_EXPORTER_OTLP_SERVER_NAME to a name that it is for")
    } else if has(&["invalid peer certificate: Expired", "certificate expired", "NotValidYet", "not valid yet"]) {
        format!("the certificate of `{at}` is not valid now; renew it, or set the clock")
    } else if has(&["CertificateExpired"]) {
        format!("`{at}` says that the client certificate {} has expired; renew it", file(&config.certificate).unwrap_or_default())
    } else if has(&["CertificateRequired", "certificate required", "BadCertificate", "UnknownCA", "HandshakeFailure", "CertificateUnknown", "AccessDenied"]) {
        match file(&config.certificate) {
            None => format!("no client certificate: `{at}` asks for one; set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY"),
            Some(own) => format!("`{at}` does not take the client certificate {own}; have it signed by the CA that the collector trusts"),
        }
    } else if has(&["Connection refused", "ConnectionRefused"]) {
        format!("connection refused: nothing listens at `{at}`; is the collector up, and is this its gRPC port")
    } else if has(&["dns error", "failed to lookup", "Name or service not known"]) {
        format!("the name in `{at}` is not known to DNS")
    } else if has(&["InvalidContentType", "corrupt message"]) {
        format!("`{at}` does not speak TLS; use http://, or the collector's TLS port")
    } else if has(&["deadline has elapsed", "timed out", "Timeout expired"]) {
        format!("`{at}` did not answer in time; perhaps a NetworkPolicy or a firewall is in the way")
    } else {
        return None;
    })
}
