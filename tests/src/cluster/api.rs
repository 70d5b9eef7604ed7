//! A small client: creates, changes and deletes objects, whatever their kind.

use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use tokio::runtime::Runtime;

/// An answer: the object, or the status with which it was refused.
pub type Answer = Result<Value, Value>;

/// Talks to an API server as one user, and waits for each answer.
pub struct Api {
    runtime: Runtime,
    client: Client,
    /// Paths of kinds that were asked for: `apiVersion/kind` to plural and whether namespaced.
    paths: Mutex<BTreeMap<String, (String, bool)>>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

impl Api {
    /// As the user of a kubeconfig.
    pub fn try_new(kubeconfig: &Path) -> Result<Self, String> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(|e| e.to_string())?;
        let client = runtime.block_on(async {
            let file = Kubeconfig::read_from(kubeconfig).map_err(|e| e.to_string())?;
            let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.map_err(|e| e.to_string())?;
            config.default_retry = false;
            Client::try_from(config).map_err(|e| e.to_string())
        })?;
        Ok(Self { runtime, client, paths: Mutex::default() })
    }

    /// Sends a request with a body of a content type; the answer's code and text.
    pub fn send(&self, method: &str, path: &str, content: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), String> {
        let request = http::Request::builder().method(method).uri(path).header("content-type", content).body(Body::from(body)).map_err(|e| e.to_string())?;
        self.runtime.block_on(async {
            let work = async {
                let answer = self.client.send(request).await.map_err(|e| e.to_string())?;
                let status = answer.status().as_u16();
                let text = http_body_util::BodyExt::collect(answer.into_body()).await.map_err(|e| e.to_string())?.to_bytes().to_vec();
                Ok((status, text))
            };
            tokio::time::timeout(Duration::from_secs(20), work).await.map_err(|_| "no answer within 20 s".to_owned())?
        })
    }

    fn ask(&self, method: &str, path: &str, content: &str, body: Vec<u8>) -> Answer {
        let (code, text) = self.send(method, path, content, body).map_err(|e| json!({"message": e}))?;
        let value = serde_json::from_slice(&text).unwrap_or_else(|_| json!({"message": String::from_utf8_lossy(&text)}));
        if (200..300).contains(&code) { Ok(value) } else { Err(value) }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "application/json", Vec::new())
    }

    /// Where objects of a kind are.
    pub fn path(&self, object: &Value) -> Result<String, Value> {
        let (version, kind) = (object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str().unwrap_or_default());
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        let key = format!("{version}/{kind}");
        let found = self.paths.lock().unwrap().get(&key).cloned();
        let (plural, namespaced) = match found {
            Some(found) => found,
            None => {
                let found = match self.defined(version, kind) {
                    Some(found) => found,
                    None => {
                        let list = self.get(&root)?;
                        let resource =
                            list["resources"].as_array().into_iter().flatten().find(|r| r["kind"] == kind && !r["name"].as_str().unwrap_or("/").contains('/'));
                        let resource = resource.ok_or_else(|| json!({"message": format!("{key} is not served")}))?;
                        (resource["name"].as_str().unwrap().to_owned(), resource["namespaced"] == true)
                    }
                };
                self.paths.lock().unwrap().insert(key, found.clone());
                found
            }
        };
        Ok(match object["metadata"]["namespace"].as_str().filter(|_| namespaced) {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{plural}"),
        })
    }

    /// The CustomResourceDefinitions.
    pub fn definitions(&self) -> Vec<Value> {
        let list = self.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").expect("definitions");
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// The plural of a defined kind, and whether its objects are in namespaces.
    fn defined(&self, version: &str, kind: &str) -> Option<(String, bool)> {
        let (group, _) = version.split_once('/').filter(|(group, _)| group.starts_with("gateway."))?;
        let crd = self.definitions().into_iter().find(|c| c["spec"]["group"] == group && c["spec"]["names"]["kind"] == kind)?;
        Some((crd["spec"]["names"]["plural"].as_str()?.to_owned(), crd["spec"]["scope"] == "Namespaced"))
    }

    fn object_path(&self, object: &Value) -> Result<String, Value> {
        Ok(format!("{}/{}", self.path(object)?, object["metadata"]["name"].as_str().unwrap_or_default()))
    }

    /// Creates or replaces, server-side.
    pub fn apply(&self, object: &Value) -> Answer {
        let path = format!("{}?fieldManager=test&force=true", self.object_path(object)?);
        self.ask("PATCH", &path, "application/apply-patch+yaml", object.to_string().into_bytes())
    }

    /// Creates or replaces, and fails the test otherwise.
    pub fn put(&self, object: &Value) -> Value {
        self.apply(object).unwrap_or_else(|e| panic!("{} is refused: {}", object, e["message"]))
    }

    /// Merges a patch into an object, or into its status.
    pub fn patch(&self, object: &Value, part: &str, patch: &Value) -> Answer {
        let path = format!("{}{part}", self.object_path(object)?);
        self.ask("PATCH", &path, "application/merge-patch+json", patch.to_string().into_bytes())
    }

    /// Deletes an object; one that is not there is none the worse.
    pub fn delete(&self, object: &Value) {
        if let Ok(path) = self.object_path(object)
            && let Err(e) = self.ask("DELETE", &path, "application/json", Vec::new())
        {
            assert_eq!(e["code"], 404, "{path}: {e}");
        }
    }

    /// Posts to a path.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, "application/json", body.to_string().into_bytes())
    }

    /// A namespace, and the labels that it has.
    pub fn namespace(&self, name: &str, labels: &Value) {
        self.put(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}));
    }

    /// Forgets what kinds are called: CRDs have changed.
    pub fn forget(&self) {
        self.paths.lock().unwrap().clear();
    }
}
