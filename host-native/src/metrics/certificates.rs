//! When certificates expire: of the Secrets and ConfigMaps that the sources hand on, which is none unless asked for.

use super::MetricsConfig;
use super::hash::{Keyed, joined};
use super::store::Store;
use super::table::index;
use super::text::Series;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use x509_parser::pem::Pem;

/// Its metric.
pub(super) const METRIC: &str = "gatescope_certificate_not_after_timestamp_seconds";

/// The series of each object.
#[derive(Debug)]
pub(super) struct Certificates {
    seed: u64,
    metric: Option<usize>,
    held: Keyed<u64>,
}

#[derive(Debug, Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default, rename = "apiVersion")]
    version: Cow<'a, str>,
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
    #[serde(borrow, default)]
    data: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Cow<'a, str>,
}

impl Certificates {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, metric: index(METRIC), held: Keyed::default() }
    }

    /// A Secret or ConfigMap came.
    pub(super) fn put(&mut self, store: &mut Store, config: &MetricsConfig, json: &[u8]) {
        let Some(metric) = self.metric.filter(|m| store.shows(*m)) else { return };
        let Ok(object) = serde_json::from_slice::<Object<'_>>(json) else { return };
        let encoded = match (&*object.version, &*object.kind) {
            ("v1", "Secret") => true,
            ("v1", "ConfigMap") => false,
            _ => return,
        };
        let (namespace, name) = (&*object.metadata.namespace, &*object.metadata.name);
        let key = joined(self.seed, &["", &object.kind, namespace, name]);
        let mine = config.namespaces.lets(namespace) && config.shard.is_none_or(|s| s.owns(namespace, name));
        let first = ["tls.crt", "ca.crt"].iter().filter_map(|f| first_expiry(object.data.get(*f)?, encoded)).min().filter(|_| mine);
        let new = first.map(|at| {
            let mut line = String::new();
            Series::new(&mut line, METRIC)
                .label("namespace", namespace)
                .label("kind", &object.kind)
                .label("name", name)
                .maybe("cluster", config.cluster.as_deref())
                .value(at as f64);
            store.hold(metric, &line)
        });
        self.replace(store, key, new);
    }

    /// An object went.
    pub(super) fn delete(&mut self, store: &mut Store, group: &str, kind: &str, namespace: &str, name: &str) {
        if group.is_empty() && matches!(kind, "Secret" | "ConfigMap") {
            self.replace(store, joined(self.seed, &["", kind, namespace, name]), None);
        }
    }

    fn replace(&mut self, store: &mut Store, key: u64, new: Option<u64>) {
        let old = match new {
            Some(line) => self.held.insert(key, line),
            None => self.held.remove(&key),
        };
        if let (Some(metric), Some(old)) = (self.metric, old) {
            store.release(metric, old);
        }
    }
}

/// When the first certificate of a chain expires, in unix seconds; `None` where there is none that can be read.
fn first_expiry(text: &str, encoded: bool) -> Option<i64> {
    let pem = if encoded { Cow::Owned(STANDARD.decode(text.trim()).ok()?) } else { Cow::Borrowed(text.as_bytes()) };
    let expiry = |pem: Pem| pem.parse_x509().ok().map(|c| c.validity().not_after.timestamp());
    Pem::iter_from_buffer(&pem).flatten().filter(|p| p.label == "CERTIFICATE").filter_map(expiry).min()
}
