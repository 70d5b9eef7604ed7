//! The way in and out: changes go in, a delta, a report, an explanation or a trace come out.

use crate::types::{Answer, Delta, Explanation, ObjectRef, Report, Request};
use alloc::string::String;
use alloc::vec::Vec;

/// Which controller's behaviour rows are resolved under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProfileChoice {
    /// Per GatewayClass, by its controllerName.
    #[default]
    Auto,
    /// One profile for all, by name (`standard`, `envoy-gateway`, `istio`).
    Named(&'static str),
}

impl ProfileChoice {
    /// `auto` or the name of a profile; `None` for any other word.
    pub fn parse(_name: &str) -> Option<Self> {
        Some(Self::Auto)
    }
    /// Every name that [`Self::parse`] takes, `auto` first.
    pub fn names() -> Vec<&'static str> {
        Vec::new()
    }
}

/// The resolver's own settings: with the snapshot, all that a report depends on.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Which profile.
    pub profile: ProfileChoice,
    /// Every kind was collected (`--complete`): what is not in the input does not exist.
    pub complete: bool,
    /// Label of Namespaces that names their tenant; crossing tenants is a finding.
    pub tenant_label: Option<String>,
}

/// A change to the snapshot.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// JSON text: an object, a list, lists of lists, several documents, or a compact snapshot.
    /// Objects replace those of the same kind, namespace and name.
    Json(&'a [u8]),
    /// An object is gone.
    Delete {
        /// API group, empty for core.
        group: &'a str,
        /// Kind.
        kind: &'a str,
        /// Namespace, empty for cluster-scoped kinds.
        namespace: &'a str,
        /// Name.
        name: &'a str,
    },
}

/// Input that is not JSON. What was read before the error is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// What is wrong, lower case, no final period.
    pub message: String,
    /// 1-based; 0 where unknown.
    pub line: usize,
    /// 1-based; 0 where unknown.
    pub column: usize,
    /// How many objects were read before it.
    pub objects: usize,
}

/// The resolver: holds the objects, and what they amount to.
#[derive(Debug, Default)]
pub struct Engine {
    settings: Settings,
}

impl Engine {
    /// An empty engine.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes in one JSON text without resolving it yet (several files: `load` each, then [`Self::settle`]).
    /// An object met twice since the last `settle` is a finding. Returns how many objects were read.
    pub fn load(&mut self, _json: &[u8]) -> Result<usize, InputError> {
        Ok(0)
    }

    /// Resolves what [`Self::load`] took in; no delta is made.
    pub fn settle(&mut self) {}

    /// Takes in changes, resolves what depends on them, and says what that did to the rows.
    /// An unreadable change leaves the others in force and is returned beside the delta.
    pub fn apply(&mut self, _changes: &[Change<'_>]) -> (Delta, Vec<InputError>) {
        todo!()
    }

    /// The number of [`Self::apply`] and [`Self::settle`] calls that changed something.
    pub fn revision(&self) -> u64 {
        0
    }

    /// Everything, as rows.
    pub fn report(&self) -> Report {
        todo!()
    }

    /// One object's gates, rows and findings; `None` where the snapshot does not have it.
    pub fn explain(&self, _subject: &ObjectRef) -> Option<Explanation> {
        None
    }

    /// Names of the objects of a kind as `(namespace, name)`, sorted, for "did you mean".
    pub fn names(&self, _kind: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// What would serve a request that arrives at the named Gateway.
    pub fn trace(&self, _request: &Request) -> Answer {
        Answer::default()
    }

    /// The same for every Gateway that would answer, the most specific first (`request.gateway` is ignored).
    pub fn trace_everywhere(&self, _request: &Request) -> Vec<Answer> {
        Vec::new()
    }
}
