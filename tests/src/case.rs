//! One case: a cluster's objects, and what the report must say of them. The format is the one of
//! `../shared/cases/README.md`; `tests/cases/README.md` lists what ours have beside it.

mod expect;
mod load;
mod overlay;

pub use expect::{Attachment, Backend, BackendName, Backends, By, Expect, Hostnames, Listener, Parent, Request, Rows, Three};
pub use load::{Hosts, Loaded, SHARED_SUITES, hostnames, load};

use gatescope_core::ProfileChoice;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A case as it lies on disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    name: String,
    /// Whose answers these are; for people.
    #[serde(default)]
    source: serde_json::Value,
    objects: Vec<Box<RawValue>>,
    /// A paragraph, or a list of them; for people.
    #[serde(default)]
    notes: serde_json::Value,
    expect: serde_json::Value,
    #[serde(default)]
    profiles: BTreeMap<String, serde_json::Value>,
    collected: Option<Vec<String>>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    forbidden: Vec<String>,
    complete: Option<bool>,
}

/// What was collected. A case without any list is complete.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Kinds that were looked at: the case is a compact snapshot.
    pub collected: Option<Vec<String>>,
    /// Kinds that the server does not serve.
    pub absent: Vec<String>,
    /// Kinds that could not be read.
    pub forbidden: Vec<String>,
    /// False for a plain dump: a kind without an object counts as not collected.
    pub complete: Option<bool>,
}

/// One resolution of a case's objects, and what it must give.
#[derive(Debug)]
pub struct Pass {
    /// Name in the table and in deviations.
    pub profile: String,
    /// What the engine is told.
    pub choice: Choice,
    /// What is asserted.
    pub expect: Expect,
}

/// What the engine is told about profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Per class, by its controllerName.
    Auto,
    /// `auto` again, but the case asserts what this profile does; skipped until the engine knows it.
    AutoIfKnown(String),
    /// By name; skipped until the engine knows it.
    Named(String),
}

impl Choice {
    /// What to give the engine; `None` where it does not know the profile.
    pub fn resolve(&self) -> Option<ProfileChoice> {
        let known = |name: &str| name == "standard" || ProfileChoice::names().contains(&name);
        match self {
            Self::Auto => Some(ProfileChoice::Auto),
            Self::AutoIfKnown(name) => known(name).then_some(ProfileChoice::Auto),
            Self::Named(name) => known(name).then(|| ProfileChoice::parse(name).ok()).flatten(),
        }
    }
}

/// A case, ready to be run.
#[derive(Debug)]
pub struct Case {
    /// File or folder it came from, without the extension.
    pub name: String,
    /// `conf`, `eg`, `egx`, `live-eg`, `live-istio` or `own`.
    pub suite: String,
    /// The objects as written.
    pub objects: Vec<Box<RawValue>>,
    /// What was collected.
    pub lists: Lists,
    /// How often it is resolved, and what each must give.
    pub passes: Vec<Pass>,
}

impl Case {
    fn from_file(name: &str, suite: &str, file: File) -> Result<Self, String> {
        let _ = (&file.source, &file.notes);
        if file.name != name {
            return Err(format!("the case is named `{}` inside, `{name}` outside", file.name));
        }
        let typed = |value: serde_json::Value| -> Result<Expect, String> { Expect::deserialize(value).map_err(|e| format!("expect: {e}")) };
        let mut passes = Vec::new();
        let own = match suite {
            "live-eg" => Some("envoy-gateway"),
            "live-istio" => Some("istio"),
            _ => None,
        };
        match own {
            Some(own) => {
                let none = serde_json::Value::Null;
                let over = overlay::overlay(&file.expect, file.profiles.get(own).unwrap_or(&none))?;
                passes.push(Pass { profile: "standard".into(), choice: Choice::Named("standard".into()), expect: typed(file.expect)? });
                passes.push(Pass { profile: own.into(), choice: Choice::AutoIfKnown(own.into()), expect: typed(over)? });
            }
            None => {
                for (profile, over) in &file.profiles {
                    passes.push(Pass {
                        profile: profile.clone(),
                        choice: Choice::Named(profile.clone()),
                        expect: typed(overlay::overlay(&file.expect, over)?)?,
                    });
                }
                passes.insert(0, Pass { profile: "auto".into(), choice: Choice::Auto, expect: typed(file.expect)? });
            }
        }
        let lists = Lists { collected: file.collected, absent: file.absent, forbidden: file.forbidden, complete: file.complete };
        Ok(Self { name: name.into(), suite: suite.into(), objects: file.objects, lists, passes })
    }
}
