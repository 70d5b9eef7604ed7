//! TLS of the exporter's own port: certificate and key from files that are read again when they change, and client
//! certificates where an authority for them is named.

use super::Contents;
use crate::fail::Fail;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;

/// Where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    /// The certificate, and those between it and its authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Whose certificates clients must show; none may stay out.
    pub client_ca: Option<PathBuf>,
}

/// The port's TLS.
#[derive(Debug)]
pub(crate) struct Tls {
    files: Files,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    pub(crate) fn read(cert: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Self, Fail> {
        let files = Files { cert: cert.to_owned(), key: key.to_owned(), client_ca: client_ca.map(Path::to_owned) };
        let config = config(&files)?;
        Ok(Self { files, config: RwLock::new(Arc::new(config)) })
    }

    /// What has to be looked at for changes.
    pub(crate) fn contents(&self) -> Contents {
        Contents::of([self.files.cert.clone(), self.files.key.clone()].into_iter().chain(self.files.client_ca.clone()))
    }

    /// Reads the files again; where they do not fit together, those of before stay.
    pub(crate) fn renew(&self) -> Result<(), Fail> {
        let new = config(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn bad(path: &Path, what: &dyn std::fmt::Display) -> Fail {
    Fail::usage(format!("`{}`: {what}", path.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fail> {
    let text = std::fs::read(path).map_err(|e| bad(path, &crate::input::plain_io(&e)))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|e| bad(path, &format!("no certificates in PEM: {e}")))?;
    if found.is_empty() {
        return Err(bad(path, &"there is no certificate in it").hint("it must hold PEM blocks: -----BEGIN CERTIFICATE-----"));
    }
    Ok(found)
}

fn config(files: &Files) -> Result<ServerConfig, Fail> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(&files.cert)?;
    let text = std::fs::read(&files.key).map_err(|e| bad(&files.key, &crate::input::plain_io(&e)))?;
    let key = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| bad(&files.key, &"there is no private key in it").hint("it must hold one PEM block, not encrypted: -----BEGIN PRIVATE KEY-----"))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(|e| bad(&files.cert, &e))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for one in certificates(path)? {
                roots.add(one).map_err(|e| bad(path, &e))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(|e| bad(path, &e))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|e| {
        bad(&files.key, &format!("the key cannot be used with `{}`: {e}", files.cert.display())).hint("certificate and key must belong together")
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
