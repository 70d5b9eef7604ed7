//! Engines: the resolver compiled into this program, or the same resolver as a wasm module in wasmtime.
//!
//! Both give the same answers, byte for byte (tests/tests/parity.rs). The module costs a copy at its boundary and
//! buys containment: a memory cap, a deadline, and a trap that costs an instance and not the process.

mod bare;
mod cache;
mod failure;
mod held;
mod instance;
mod module;
mod native;
mod runtime;
mod wasm;

pub use bare::Bare;
pub use failure::{Cause, Failure};
pub use held::{Frozen, Held};
pub use module::ModuleFile;
pub use native::Native;
pub use runtime::Runtime;
pub use wasm::{Limits, Wasm};

use gatescope_core::layout::{Layout, LayoutOptions};
use gatescope_core::types::{Answer, Delta, Explanation, Exposure, ObjectRef, Report, Request};
use gatescope_core::{Change, InputError, ProfileChoice};

/// The newest raw ABI that this program speaks (docs/module-abi.md).
pub const ABI_VERSION: u32 = 1;

/// Exposures that are held at once.
const AT_ONCE: u32 = 256;

/// The core's verbs, wherever the core runs. A failure leaves the engine usable, but where [`Health::down`] says so.
pub trait Resolver: std::fmt::Debug + Send {
    /// `native` or `wasm`, as metrics name it.
    fn kind(&self) -> &'static str;
    /// Takes in one JSON text without resolving it; how many objects it held.
    fn load(&mut self, json: &[u8]) -> Result<usize, Failure>;
    /// Resolves what was loaded.
    fn settle(&mut self) -> Result<(), Failure>;
    /// Takes in changes and says what they did; unreadable ones come back beside the delta, the others are in force.
    fn apply(&mut self, changes: &[Change<'_>]) -> Result<(Delta, Vec<InputError>), Failure>;
    /// Resolves the same objects under another profile, and says what that changed.
    fn choose(&mut self, choice: &ProfileChoice) -> Result<Delta, Failure>;
    /// How many settles and applies changed something; it never falls, also when an instance was rebuilt.
    fn revision(&self) -> u64;
    /// Everything.
    fn report(&mut self) -> Result<Report, Failure>;
    /// The same as compact JSON, the same bytes from every engine.
    fn report_json(&mut self) -> Result<Vec<u8>, Failure>;
    /// The report without its exposures, and with the attachments of those routes alone that have a disputed one.
    fn brief(&mut self) -> Result<Report, Failure>;
    /// All exposures, some at a time and in no order: held all at once they are the largest thing that there is.
    fn exposures(&mut self, each: &mut dyn FnMut(Vec<Exposure>)) -> Result<(), Failure>;
    /// All exposures as typed columns ([`gatescope_core::report::columns`]).
    fn columns(&mut self) -> Result<Vec<u8>, Failure>;
    /// One object's gates, rows and findings; `None` where the snapshot does not have it.
    fn explain(&mut self, subject: &ObjectRef) -> Result<Option<Explanation>, Failure>;
    /// `(namespace, name)` of every object of a kind, sorted.
    fn names(&mut self, kind: &str) -> Result<Vec<(String, String)>, Failure>;
    /// What would serve requests, each at its Gateway.
    fn trace(&mut self, requests: &[Request]) -> Result<Vec<Answer>, Failure>;
    /// What would serve a request at every Gateway that would answer, the most specific first.
    fn trace_everywhere(&mut self, request: &Request) -> Result<Vec<Answer>, Failure>;
    /// The topology with its places.
    fn layout(&mut self, options: &LayoutOptions) -> Result<Layout, Failure>;
    /// How it does.
    fn health(&self) -> Health;
    /// The snapshot behind the answers, where the engine was made to hold it: changes that were left out are not in it.
    fn held(&self) -> Option<&Held>;
}

/// How an engine does; for metrics and for the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Traps and panics.
    pub traps: u64,
    /// Calls that ran into the deadline.
    pub deadlines: u64,
    /// Calls that ran into the memory cap.
    pub memory_caps: u64,
    /// Instances that were made anew from the held snapshot.
    pub rebuilds: u64,
    /// Changes that were left out because the module failed on them, and not made good since.
    pub left_out: usize,
    /// Answers are those of before these changes, or of before the instance was lost: why.
    pub stale: Option<String>,
    /// There is no instance, and no answer: making one anew failed too.
    pub down: bool,
    /// Memory of the instance in bytes; 0 for native.
    pub memory: usize,
    /// The held snapshot in bytes, compressed; 0 where it is not held.
    pub held: usize,
}
