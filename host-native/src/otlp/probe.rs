//! A handshake that sends nothing after it, to hear the alert with which a server ends a connection.

use super::OtlpConfig;
use super::connect::Files;
use super::why::chain;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For the handshake, and then for the alert: with TLS 1.3 a server looks at the client's certificate after it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What ends a connection to the collector; `None` where nothing does, or nothing says why.
pub(super) async fn alert(config: &OtlpConfig, files: &Files) -> Option<String> {
    let authority = config.endpoint.strip_prefix("https://")?;
    let (host, _) = authority.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(config.server_name.as_deref().unwrap_or(host)).ok()?.to_owned();
    let connector = TlsConnector::from(Arc::new(tls(files)?));
    let talk = async {
        let tcp = TcpStream::connect(authority).await.ok()?;
        let mut stream = match connector.connect(name, tcp).await {
            Ok(stream) => stream,
            Err(e) => return Some(chain(&e)),
        };
        // A server that is content waits for the client to speak, or begins with its settings.
        match stream.read_u8().await {
            Err(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => Some(chain(&e)),
            _ => None,
        }
    };
    tokio::time::timeout(PATIENCE, talk).await.ok().flatten()
}

/// The same TLS as that of the requests.
fn tls(files: &Files) -> Option<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&files.authorities().ok()?).flatten());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?.with_root_certificates(roots);
    let mut tls = match files.identity() {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = CertificateDer::pem_slice_iter(chain).flatten().collect();
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key).ok()?).ok()?
        }
    };
    tls.alpn_protocols = vec![b"h2".to_vec()];
    Some(tls)
}
