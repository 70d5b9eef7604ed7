//! What sources say to the hub: changes of objects, what was looked at, and how each source does.

mod members;
mod trim;

pub(crate) use members::Members;
pub use trim::trim;

use std::time::{Instant, SystemTime};

/// What a source saw.
#[derive(Debug)]
pub struct Batch {
    /// In the order in which they happened.
    pub changes: Vec<ObjectChange>,
    /// What was looked at, where that changed since the source's last batch.
    pub coverage: Option<Coverage>,
    /// Every source whose state changed. A source that was never named is none.
    pub sources: Vec<SourceState>,
    /// When the first of the changes was seen.
    pub seen: Instant,
}

/// One object's change, as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectChange {
    /// A new object, or a newer version of one that was there.
    Put(Vec<u8>),
    /// An object that is no longer there.
    Delete {
        /// Without a version; empty for the core group.
        group: String,
        /// As the API spells it.
        kind: String,
        /// Empty for cluster-scoped objects.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// These texts, in order, are all there is: what was there before is forgotten. For sources that start over, and for
    /// what single changes cannot say (an object that stands twice, the lists of another compact snapshot).
    All(Vec<Vec<u8>>),
}

/// The lists of a compact snapshot (report.md). An entry is `Kind` or `Kind.group`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Looked at: what is not among the objects does not exist.
    pub collected: Vec<String>,
    /// May not be looked at.
    pub forbidden: Vec<String>,
    /// Not served.
    pub absent: Vec<String>,
}

/// How one kind's source does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceState {
    /// `Kind.group`, or the path of a file.
    pub kind: String,
    /// The version that is watched.
    pub version: String,
    /// Its first list is in.
    pub synced: bool,
    /// Objects held.
    pub objects: u64,
    /// Objects that could not be read.
    pub bad_objects: u64,
    /// Watches started again.
    pub restarts: u64,
    /// When it last heard anything.
    pub last_event: Option<SystemTime>,
    /// Why it is degraded; `None` while it is well.
    pub cause: Option<String>,
}

impl SourceState {
    /// Of a kind that nobody has answered for yet.
    pub fn waiting(kind: String) -> Self {
        Self { kind, version: String::new(), synced: false, objects: 0, bad_objects: 0, restarts: 0, last_event: None, cause: None }
    }
}

/// The way to the hub: bounded, so that a slow hub slows the sources.
pub type Feed = tokio::sync::mpsc::Sender<Batch>;

/// Whether an object's text may be a Secret or a ConfigMap: most objects are neither, and tell so at their front.
pub fn may_be_material(json: &[u8]) -> bool {
    let head = String::from_utf8_lossy(json.get(..80).unwrap_or(json));
    !head.contains("\"kind\":\"") || head.contains("\"Secret\"") || head.contains("\"ConfigMap\"")
}
