//! Requests as clients send them: HTTP/1.1, HTTP/2 and gRPC, with TLS and without.

use bytes::Bytes;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, with prior knowledge where there is no TLS.
    Http2,
    /// A unary gRPC call with an empty message.
    Grpc,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Loopback port.
    pub port: u16,
    /// The server name of a TLS connection; none without TLS.
    pub sni: Option<String>,
    /// How.
    pub protocol: Protocol,
    /// Host header.
    pub host: String,
    /// Path with query.
    pub target: String,
    /// Method.
    pub method: String,
    /// More headers.
    pub headers: BTreeMap<String, String>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Got {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// Sends a request on a connection of its own. The error is what a client would say.
pub async fn ask(request: &Ask) -> Result<Got, String> {
    tokio::time::timeout(Duration::from_secs(20), exchange(request)).await.map_err(|_| "no answer within 20 s".to_owned())?
}

async fn exchange(request: &Ask) -> Result<Got, String> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, request.port)).await.map_err(|e| format!("connect: {e}"))?;
    match &request.sni {
        None => over(stream, request).await,
        Some(sni) => {
            let name = ServerName::try_from(sni.clone()).map_err(|e| e.to_string())?;
            let stream = connector(request.protocol).connect(name, stream).await.map_err(|e| format!("tls: {e}"))?;
            over(stream, request).await
        }
    }
}

async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, request: &Ask) -> Result<Got, String> {
    if request.protocol == Protocol::Http1 { http1(stream, request).await } else { http2(stream, request).await }
}

async fn http1<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, request: &Ask) -> Result<Got, String> {
    let mut text = format!("{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", request.method, request.target, request.host);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await.map_err(|e| e.to_string())?;
    let mut answer = Vec::new();
    // A TLS peer may leave without a goodbye.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let head = answer.split("\r\n\r\n").next().unwrap_or("");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok());
    let headers = lines.filter_map(|l| l.split_once(':')).map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned())).collect();
    Ok(Got { status: status.ok_or_else(|| format!("no HTTP answer: {answer:?}"))?, headers })
}

async fn http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, request: &Ask) -> Result<Got, String> {
    let (mut client, connection) = h2::client::handshake(stream).await.map_err(|e| e.to_string())?;
    let driver = tokio::spawn(connection);
    let scheme = if request.sni.is_some() { "https" } else { "http" };
    let uri = format!("{scheme}://{}{}", request.host, request.target);
    let mut head = http::Request::builder().version(http::Version::HTTP_2).method(request.method.as_str()).uri(uri);
    for (name, value) in &request.headers {
        head = head.header(name.as_str(), value.as_str());
    }
    let grpc = request.protocol == Protocol::Grpc;
    if grpc {
        head = head.header("te", "trailers");
    }
    let head = head.body(()).map_err(|e| e.to_string())?;
    let (answer, mut send) = client.send_request(head, !grpc).map_err(|e| e.to_string())?;
    if grpc {
        // An answer may come before the message is sent, and end the stream.
        let _ = send.send_data(Bytes::from_static(&[0; 5]), true);
    }
    let answer = answer.await.map_err(|e| e.to_string())?;
    let status = answer.status().as_u16();
    let text = |v: &http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    let mut headers: BTreeMap<String, String> = answer.headers().iter().map(|(k, v)| (k.as_str().to_owned(), text(v))).collect();
    let mut body = answer.into_body();
    while let Some(Ok(chunk)) = body.data().await {
        let _ = body.flow_control().release_capacity(chunk.len());
    }
    if let Ok(Some(trailers)) = body.trailers().await {
        headers.extend(trailers.iter().map(|(k, v)| (k.as_str().to_owned(), text(v))));
    }
    drop(client);
    driver.abort();
    Ok(Got { status, headers })
}

fn connector(protocol: Protocol) -> tokio_rustls::TlsConnector {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.dangerous().with_custom_certificate_verifier(Arc::new(Anybody)).with_no_client_auth();
    config.alpn_protocols = vec![if protocol == Protocol::Http1 { b"http/1.1".to_vec() } else { b"h2".to_vec() }];
    tokio_rustls::TlsConnector::from(Arc::new(config))
}

/// Takes any certificate: one self-signed one stands for all listeners.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(&self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(&self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
