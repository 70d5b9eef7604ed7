//! The releases of the Gateway API's CRDs, both channels, installed as `kubectl apply --server-side` would.

use super::{Api, eventually, tool};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// The releases, oldest first, as `tests/tools/parts/crds.sh` fetches them.
pub const RELEASES: [&str; 8] = ["v1.0.0", "v1.1.1", "v1.2.1", "v1.3.0", "v1.4.1", "v1.5.1", "v1.6.3", "v1.7.0"];

/// A channel of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// What is stable.
    Standard,
    /// All there is.
    Experimental,
}

/// A release's definitions.
#[derive(Clone, Debug)]
pub struct Release {
    name: String,
    objects: Vec<Value>,
}

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

impl Release {
    /// Reads a release.
    pub fn read(version: &str, channel: Channel) -> Self {
        let folder: PathBuf = tool("crds").join(version).join(match channel {
            Channel::Standard => "standard",
            Channel::Experimental => "experimental",
        });
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).map(|f| f.unwrap().path()).collect();
        files.sort();
        let mut objects = Vec::new();
        for file in files {
            for document in std::fs::read_to_string(&file).unwrap().split("\n---") {
                let object: Value = serde_saphyr::from_str(document).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
                if object["kind"] == "CustomResourceDefinition" {
                    objects.push(object);
                }
            }
        }
        assert!(!objects.is_empty(), "no CRD in {}", folder.display());
        Self { name: format!("{version} {channel:?}"), objects }
    }

    /// The same with no other version of any kind served beside the one that it is stored in: an API server keeps, and
    /// decodes every event for, each version that it serves.
    pub fn stored_only(mut self) -> Self {
        for object in &mut self.objects {
            for version in object["spec"]["versions"].as_array_mut().expect("versions") {
                version["served"] = version["storage"].clone();
            }
        }
        self
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The definitions.
    pub fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// `Kind.group` of what it defines.
    pub fn kinds(&self) -> BTreeSet<String> {
        self.objects.iter().map(|o| format!("{}.{}", o["spec"]["names"]["kind"].as_str().unwrap(), o["spec"]["group"].as_str().unwrap())).collect()
    }

    /// Installs or upgrades to it, and waits until all of it is served.
    pub fn install(&self, api: &Api) {
        for object in &self.objects {
            match api.apply(object) {
                Ok(_) => {}
                // A version that objects were stored in is gone (BackendTLSPolicy in v1.1): as the release's notes say, the
                // old definition has to go first.
                Err(e) if e["message"].as_str().is_some_and(|m| m.contains("missing from spec.versions")) => {
                    Self { name: self.name.clone(), objects: vec![object.clone()] }.remove(api);
                    api.put(object);
                }
                Err(e) => panic!("{}: {} is refused: {}", self.name, object["metadata"]["name"], e["message"]),
            }
        }
        for object in &self.objects {
            self.await_served(api, object);
        }
        api.forget();
    }

    fn await_served(&self, api: &Api, crd: &Value) {
        let name = crd["metadata"]["name"].as_str().unwrap();
        for version in crd["spec"]["versions"].as_array().unwrap().iter().filter(|v| v["served"] == true) {
            let (group, version) = (crd["spec"]["group"].as_str().unwrap(), version["name"].as_str().unwrap());
            let plural = crd["spec"]["names"]["plural"].as_str().unwrap();
            let path = format!("/apis/{group}/{version}/{plural}?limit=1");
            eventually(&format!("{}: {name} is served", self.name), Duration::from_secs(30), || api.get(&path).map_err(|e| e.to_string()));
        }
    }

    /// Removes its definitions and all their objects, and waits until nothing is left.
    pub fn remove(&self, api: &Api) {
        for object in &self.objects {
            api.delete(object);
        }
        for object in &self.objects {
            let path = format!("{CRDS}/{}", object["metadata"]["name"].as_str().unwrap());
            eventually("a CRD is gone", Duration::from_secs(30), || match api.get(&path) {
                Err(e) if e["code"] == 404 => Ok(()),
                other => Err(format!("{path}: {:?}", other.map(|o| o["status"].clone()))),
            });
        }
        api.forget();
    }
}
