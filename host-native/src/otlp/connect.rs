//! The connection to the collector.

use super::OtlpConfig;
use super::why::{chain, why};
use std::borrow::Cow;
use std::path::PathBuf;
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

    /// The CA certificates that the collector's is checked against (PEM): the configured ones, or the system's.
    pub(super) fn authorities(&self) -> Result<Cow<'_, [u8]>, String> {
        if let Some(ca) = &self.ca {
            return Ok(Cow::Borrowed(ca));
        }
        let own = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let system = own.into_iter().chain(SYSTEM.map(PathBuf::from)).find_map(|p| std::fs::read(p).ok());
        system.map(Cow::Owned).ok_or_else(|| "the system has no CA certificates: name the collector's in OTEL_EXPORTER_OTLP_CERTIFICATE".to_owned())
    }

    /// The client's chain and key, where both are configured.
    pub(super) fn identity(&self) -> Option<(&[u8], &[u8])> {
        Some((self.certificate.as_deref()?, self.key.as_deref()?))
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
        tls = tls.ca_certificate(Certificate::from_pem(files.authorities()?));
        if let Some((certificate, key)) = files.identity() {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        if let Some(name) = &config.server_name {
            tls = tls.domain_name(name);
        }
        endpoint = endpoint.tls_config(tls).map_err(|e| format!("the certificates cannot be used: {}", chain(&e)))?;
    }
    match endpoint.connect().await {
        Ok(channel) => Ok(channel),
        Err(e) => Err(why(config, files, &chain(&e)).await),
    }
}
