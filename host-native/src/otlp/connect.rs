//! The connection to the collector, and what its failures mean.

use super::OtlpConfig;
use std::path::{Path, PathBuf};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// What the files of a configuration held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    ca: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
}

/// Where systems keep their CA certificates.
const SYSTEM: [&str; 4] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"];

impl Files {
    /// Reads them; errors name the file and its variable.
    pub(super) fn read(config: &OtlpConfig) -> Result<Self, String> {
        let read = |path: &Option<PathBuf>, variable: &str| {
            let read = |p: &PathBuf| std::fs::read(p).map_err(|e| format!("`{}` cannot be read ({variable}): {e}", p.display()));
            path.as_ref().map(read).transpose()
        };
        Ok(Self {
            ca: read(&config.ca, "OTEL_EXPORTER_OTLP_CERTIFICATE")?,
            certificate: read(&config.certificate, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")?,
            key: read(&config.key, "OTEL_EXPORTER_OTLP_CLIENT_KEY")?,
        })
    }
}

/// Connects, and says why it cannot.
pub(super) async fn connect(config: &OtlpConfig, files: &Files) -> Result<Channel, String> {
    let bad = |e: tonic::transport::Error| format!("the OTLP endpoint `{}` is of no use: {}", config.endpoint, chain(&e));
    let mut endpoint = Endpoint::from_shared(config.endpoint.clone())
        .map_err(bad)?
        .user_agent(concat!("gatescope/", env!("CARGO_PKG_VERSION")))
        .map_err(bad)?
        .connect_timeout(config.timeout)
        .timeout(config.timeout)
        .http2_keep_alive_interval(std::time::Duration::from_secs(30))
        .tcp_nodelay(true);
    if config.endpoint.starts_with("https://") {
        let mut tls = ClientTlsConfig::new();
        match &files.ca {
            Some(ca) => tls = tls.ca_certificate(Certificate::from_pem(ca)),
            None => {
                let own = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
                let system = own.into_iter().chain(SYSTEM.map(PathBuf::from)).find_map(|p| std::fs::read(p).ok());
                let none = || "the system has no CA certificates: name the collector's in OTEL_EXPORTER_OTLP_CERTIFICATE".to_owned();
                tls = tls.ca_certificate(Certificate::from_pem(system.ok_or_else(none)?));
            }
        }
        if let (Some(certificate), Some(key)) = (&files.certificate, &files.key) {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        if let Some(name) = &config.server_name {
            tls = tls.domain_name(name);
        }
        endpoint = endpoint.tls_config(tls).map_err(|e| format!("the certificates cannot be used: {}", chain(&e)))?;
    }
    endpoint.connect().await.map_err(|e| explain(config, &chain(&e)))
}

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
pub(super) fn explain(config: &OtlpConfig, error: &str) -> String {
    let has = |words: &[&str]| words.iter().any(|w| error.contains(w));
    let at = &config.endpoint;
    let file = |path: &Option<PathBuf>| path.as_deref().map(Path::display).map(|p| format!("`{p}`"));
    let cause = if has(&["UnknownIssuer", "BadSignature"]) {
        let ca = file(&config.ca).unwrap_or_else(|| "the system's CA certificates".into());
        format!("wrong CA: the certificate of `{at}` is not signed by {ca}; set OTEL_EXPORTER_OTLP_CERTIFICATE to the CA that signed it")
    } else if has(&["NotValidForName", "not valid for name"]) {
        let name = config.server_name.clone().unwrap_or_else(|| at.split("://").nth(1).unwrap_or(at).to_owned());
        format!("wrong server name: the certificate of `{at}` is not for `{name}`; set OTEL_EXPORTER_OTLP_SERVER_NAME to a name that it is for")
    } else if has(&["Expired", "NotValidYet"]) {
        format!("the certificate of `{at}` is not valid now; renew it, or set the clock")
    } else if has(&["CertificateRequired", "certificate required", "BadCertificate", "UnknownCA", "HandshakeFailure", "CertificateUnknown"])
        || (at.starts_with("https://")
            && config.certificate.is_none()
            && has(&["broken pipe", "Broken pipe", "connection closed", "reset by peer", "BrokenPipe"]))
    {
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
        format!("`{at}` cannot be reached")
    };
    format!("{cause} ({error})")
}
