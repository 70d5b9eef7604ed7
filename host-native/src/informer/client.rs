//! The way to an API server: kubeconfigs as kubectl reads them, requests, answers as streams of bytes.

use super::fault::{Class, Fault};
use axum::http::{Request, Response, header};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Which cluster, as kubectl's flags say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// `--kubeconfig`; else KUBECONFIG, `~/.kube/config`, or the Pod's own account.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`; else the current one.
    pub context: Option<String>,
}

/// Silence on a list or a single request that is longer than this is a failure.
const PATIENCE: Duration = Duration::from_secs(30);
/// Credentials are read again at most this often.
const RENEWAL: Duration = Duration::from_secs(2);
/// No single answer that is held at once is larger.
pub(super) const LARGEST: usize = 256 << 20;

/// A connection that everybody shares. Credentials that the server refuses are read again from where they came.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    cluster: Cluster,
    server: String,
    namespace: String,
    client: Mutex<(Client, Instant)>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("server", &self.0.server).finish_non_exhaustive()
    }
}

impl Connection {
    /// Reads the configuration; nothing is sent yet. Must be called within a runtime.
    pub async fn open(cluster: &Cluster) -> Result<Self, Fault> {
        let config = config(cluster).await?;
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let namespace = config.default_namespace.clone();
        let client = client(config)?;
        Ok(Self(Arc::new(Inner { cluster: cluster.clone(), server, namespace, client: Mutex::new((client, Instant::now())) })))
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        &self.0.server
    }

    /// The namespace of the context.
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// Whether the server answers at all, and knows us: a wrong context fails at once, with its cause.
    pub async fn check(&self) -> Result<(), Fault> {
        match self.get("/version").await {
            // Whoever may not ask for the version may still list.
            Err(fault) if matches!(fault.class, Class::Forbidden | Class::NotFound) => Ok(()),
            other => other.map(drop),
        }
    }

    fn current(&self) -> Client {
        self.0.client.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Reads the configuration again: a token was renewed, a kubeconfig was written anew, an exec plugin asked.
    async fn renew(&self) {
        if self.0.client.lock().unwrap_or_else(PoisonError::into_inner).1.elapsed() < RENEWAL {
            return;
        }
        match config(&self.0.cluster).await.and_then(client) {
            Ok(new) => *self.0.client.lock().unwrap_or_else(PoisonError::into_inner) = (new, Instant::now()),
            Err(fault) => tracing::warn!(cause = %fault, "credentials cannot be read again"),
        }
    }

    /// Sends a request; an answer that is no success is a [`Fault`].
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Fault> {
        let answer = tokio::time::timeout(PATIENCE, self.current().send(request))
            .await
            .map_err(|_| Fault::silence(self.server(), PATIENCE))?
            .map_err(|e| Fault::transport(self.server(), &e))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let after = answer.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok()).map(Duration::from_secs);
        let text = self.collect(answer).await.unwrap_or_default();
        let fault = Fault::status(status.as_u16(), &text, after);
        if fault.class == Class::Unauthorized {
            self.renew().await;
        }
        Err(fault)
    }

    async fn collect(&self, answer: Response<Body>) -> Result<Vec<u8>, Fault> {
        let mut frames = Frames::of(answer, self.server(), PATIENCE);
        let mut text = Vec::new();
        while let Some(bytes) = frames.next().await? {
            text.extend_from_slice(&bytes);
            if text.len() > LARGEST {
                return Err(Fault::new(Class::Passing, format!("an answer of more than {} MB", LARGEST >> 20)));
            }
        }
        Ok(text)
    }

    /// The whole text of `GET path`.
    pub(super) async fn get(&self, path: &str) -> Result<Vec<u8>, Fault> {
        self.get_as(path, "application/json").await
    }

    /// The same in another form.
    pub(super) async fn get_as(&self, path: &str, accept: &str) -> Result<Vec<u8>, Fault> {
        let answer = self.send(get(path, accept)?).await?;
        self.collect(answer).await
    }

    /// Posts JSON, and gives the answer's text.
    pub(super) async fn post(&self, path: &str, json: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, "application/json");
        let request = request.body(Body::from(json)).map_err(|e| Fault::new(Class::Refused, e.to_string()))?;
        let answer = self.send(request).await?;
        self.collect(answer).await
    }

    /// The frames of `GET path`, as they come; silence longer than `idle` is a failure.
    pub(super) async fn stream(&self, path: &str, accept: &str, idle: Duration) -> Result<Frames, Fault> {
        Ok(Frames::of(self.send(get(path, accept)?).await?, self.server(), idle))
    }
}

/// Names and labels alone, of a list and of an object; everything where the server cannot do that.
pub(super) const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// The same of a watch: asked for lists, a server takes that for the form of each event, and ends the watch at the first.
pub(super) const METADATA_WATCH: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

fn get(path: &str, accept: &str) -> Result<Request<Body>, Fault> {
    Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).map_err(|e| Fault::new(Class::Refused, e.to_string()))
}

async fn config(cluster: &Cluster) -> Result<Config, Fault> {
    let options = KubeConfigOptions { context: cluster.context.clone(), ..KubeConfigOptions::default() };
    let broken = |e: &dyn std::fmt::Display| Fault::new(Class::Configuration, format!("the kubeconfig cannot be used: {e}"));
    let mut config = if let Some(path) = &cluster.kubeconfig {
        let file = Kubeconfig::read_from(path).map_err(|e| broken(&e))?;
        Config::from_custom_kubeconfig(file, &options).await.map_err(|e| named(cluster, &e))?
    } else if cluster.context.is_some() {
        Config::from_kubeconfig(&options).await.map_err(|e| named(cluster, &e))?
    } else {
        match Config::from_kubeconfig(&options).await {
            Ok(config) => config,
            Err(kubeconfig) => {
                let mut config = Config::incluster()
                    .map_err(|_| named(cluster, &kubeconfig).hint("name files with -f, or a cluster with --kubeconfig, KUBECONFIG or ~/.kube/config"))?;
                // Near the server, compressing lists costs it more than sending them; a kubeconfig has a setting of its own.
                config.disable_compression = true;
                config
            }
        }
    };
    // As kubectl: blanks around a token are none of it. Files without them are read again as they are renewed; these, when
    // the server no longer takes the token.
    if let Some(path) = config.auth_info.token_file.clone()
        && let Ok(text) = tokio::fs::read_to_string(&path).await
        && text.trim().len() < text.len()
    {
        config.auth_info.token = Some(text.trim().to_owned().into());
        config.auth_info.token_file = None;
    }
    // Retries are ours: they say why, and keep to what the server asks for.
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(10));
    Ok(config)
}

fn named(cluster: &Cluster, e: &kube::config::KubeconfigError) -> Fault {
    use kube::config::KubeconfigError as E;
    let message = match e {
        E::LoadContext(name) => format!("there is no context `{name}` in the kubeconfig"),
        E::CurrentContextNotSet => "the kubeconfig has no current context".to_owned(),
        E::FindPath => "there is no kubeconfig, and this is not a Pod".to_owned(),
        E::ReadConfig(e, path) if e.kind() == std::io::ErrorKind::NotFound && cluster.kubeconfig.is_none() => {
            format!("there is no kubeconfig at `{}`, and this is not a Pod", path.display())
        }
        other => format!("the kubeconfig cannot be used: {other}"),
    };
    Fault::new(Class::Configuration, message)
}

fn client(config: Config) -> Result<Client, Fault> {
    // Everything here speaks TLS through ring; who came first does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::try_from(config).map_err(|e| Fault::new(Class::Configuration, format!("the kubeconfig cannot be used: {e}")))
}

/// A body, frame by frame. [`Self::next`] may be cancelled without loss.
pub(super) struct Frames {
    stream: futures::stream::BoxStream<'static, Result<Vec<u8>, kube::Error>>,
    server: String,
    idle: Duration,
}

impl Frames {
    fn of(answer: Response<Body>, server: &str, idle: Duration) -> Self {
        let stream = answer.into_body().into_data_stream().map(|r| r.map(|b| b.to_vec())).boxed();
        Self { stream, server: server.to_owned(), idle }
    }

    pub(super) fn patience(&mut self, idle: Duration) {
        self.idle = idle;
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        match tokio::time::timeout(self.idle, self.stream.next()).await {
            Err(_) => Err(Fault::silence(&self.server, self.idle)),
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
            Ok(Some(Err(e))) => Err(Fault::transport(&self.server, &e)),
        }
    }
}
