//! The way in and out: changes go in, a delta, a report, an explanation or a trace come out.

mod intake;
pub(crate) mod notes;
mod settle;
mod sweep;

use crate::index::Map;
use crate::index::deps::{Deps, Topic, Unit};
use crate::index::foreign::Foreign;
use crate::index::store::Store;
use crate::model::lower::Refusal;
use crate::profile;
use crate::resolve::Facts;
use crate::resolve::buckets::Buckets;
use crate::resolve::coverage::Coverage;
use crate::resolve::gateway::GatewayState;
use crate::resolve::mixed::Mixed;
use crate::resolve::route::RouteState;
use crate::resolve::rows::{RowPrint, Sources};
use crate::resolve::words::Words;
use crate::text::Interner;
use crate::types::{Answer, Delta, Explanation, Exposure, Finding, FindingCounts, ObjectRef, Report, Request};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use notes::{Notes, Seat, Tally};

/// Which controller's behaviour rows are resolved under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProfileChoice {
    /// Per GatewayClass, by its controllerName.
    #[default]
    Auto,
    /// One profile for all: `standard`, `envoy-gateway`, `istio`, or one of these with flags added and removed
    /// (`istio,-no-udp`).
    Named(Box<str>),
}

impl ProfileChoice {
    /// `auto`, or a profile; what is wrong with any other text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self::Auto) } else { profile::parse(text).map(|_| Self::Named(Box::from(text))) }
    }
    /// The text that [`Self::parse`] reads.
    pub fn text(&self) -> &str {
        match self {
            Self::Auto => "auto",
            Self::Named(name) => name,
        }
    }
    fn find(&self) -> Option<&'static profile::Profile> {
        match self {
            Self::Auto => None,
            Self::Named(name) => profile::find(name),
        }
    }
    /// The plain names that [`Self::parse`] takes, `auto` first.
    pub fn names() -> Vec<&'static str> {
        core::iter::once("auto").chain(profile::names()).collect()
    }
}

/// The resolver's own settings: with the snapshot, all that a report depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    /// The profile that the settings name; without one it goes by class.
    profile: Option<&'static profile::Profile>,
    names: Interner,
    words: Words,
    coverage: Coverage,
    store: Store,
    foreign: Foreign,
    /// Objects without a kind or a name, and elements of lists that are no objects.
    refused: BTreeSet<Refusal>,
    deps: Deps,
    gateways: Vec<Option<Box<GatewayState>>>,
    gateway_topics: Vec<Box<[Topic]>>,
    /// Routes at each listener of a Gateway.
    attached: Vec<Vec<Tally>>,
    routes: Vec<RouteState>,
    buckets: Buckets,
    mixed: Mixed,
    wide: crate::resolve::wide::Wide,
    pending: Pending,
    revision: u64,
    counts: [usize; 4],
    /// Findings about routes, by severity.
    route_findings: FindingCounts,
    /// Findings that are not about a route's own rows.
    notes: Notes,
    /// Objects replaced or deleted since names were last swept.
    departed: usize,
    /// How many rows were computed, over all calls: the measure of incremental work.
    rows_computed: u64,
}

/// What has changed and was not resolved yet.
#[derive(Debug, Default)]
struct Pending {
    /// Everything: settings or coverage changed.
    all: bool,
    units: Vec<Unit>,
    /// Routes whose rows may differ while their attachments do not.
    rows: Vec<u32>,
    /// Findings that are noticed again.
    seats: Vec<Seat>,
    /// Hosts where a route came or went, where the profile looks at the most specific one only.
    places: Vec<crate::resolve::shadow::Place>,
    /// Listeners that other routes stand at than before.
    listeners: Vec<(u32, u32)>,
    /// Gateways that were judged again, or are gone.
    gateways: Vec<u32>,
    /// Rows and findings of dirty units as they were; kept only where a delta is wanted.
    before: Option<Before>,
    /// Objects read since the last settle, to tell what was met twice.
    loaded: Map<crate::model::Key, ()>,
    /// Something changed at all.
    any: bool,
}

/// Rows and findings as they were.
#[derive(Debug, Default)]
struct Before {
    rows: Vec<RowPrint>,
    findings: Vec<Finding>,
    /// Findings of seats as they are now, where they differ.
    noticed: Vec<Finding>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Engine {
    /// An empty engine.
    pub fn new(settings: Settings) -> Self {
        let mut names = Interner::default();
        let words = Words::new(&mut names);
        let coverage = Coverage { complete: settings.complete, lists: None };
        let profile = settings.profile.find();
        Self {
            settings,
            profile,
            names,
            words,
            coverage,
            store: Store::default(),
            foreign: Foreign::default(),
            refused: BTreeSet::new(),
            deps: Deps::default(),
            gateways: Vec::new(),
            gateway_topics: Vec::new(),
            attached: Vec::new(),
            routes: Vec::new(),
            buckets: Buckets::default(),
            mixed: Mixed::default(),
            wide: crate::resolve::wide::Wide::default(),
            pending: Pending::default(),
            revision: 0,
            counts: [0; 4],
            route_findings: FindingCounts::default(),
            notes: Notes::default(),
            departed: 0,
            rows_computed: 0,
        }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes in one JSON text without resolving it yet (several files: `load` each, then [`Self::settle`]).
    /// An object met twice since the last `settle` is a finding. Returns how many objects were read.
    pub fn load(&mut self, json: &[u8]) -> Result<usize, InputError> {
        self.intake(json, true)
    }

    /// Resolves what [`Self::load`] took in; no delta is made.
    pub fn settle(&mut self) {
        self.pending.before = None;
        self.resolve_pending();
        self.pending = Pending::default();
        if !self.sweep_if_due() {
            self.shrink();
        }
    }

    /// Takes in changes, resolves what depends on them, and says what that did to the rows.
    /// An unreadable change leaves the others in force and is returned beside the delta.
    pub fn apply(&mut self, changes: &[Change<'_>]) -> (Delta, Vec<InputError>) {
        let mut errors = Vec::new();
        self.pending.before = Some(Before::default());
        let from = self.revision;
        for change in changes {
            match change {
                Change::Json(json) => {
                    if let Err(e) = self.intake(json, false) {
                        errors.push(e);
                    }
                }
                Change::Delete { group, kind, namespace, name } => self.delete(group, kind, namespace, name),
            }
        }
        self.resolve_pending();
        let pending = core::mem::take(&mut self.pending);
        let delta = self.delta(from, pending);
        self.sweep_if_due();
        (delta, errors)
    }

    /// Resolves the same objects under another profile, and says what that changed.
    pub fn choose(&mut self, choice: ProfileChoice) -> Delta {
        if choice != self.settings.profile {
            self.profile = choice.find();
            self.settings.profile = choice;
            // What was loaded and not settled is resolved here too, as `apply` does.
            self.pending.all = true;
            self.pending.any = true;
        }
        self.apply(&[]).0
    }

    /// Throws away every result and resolves all objects from scratch: the reference for [`Self::apply`].
    pub fn rebuild(&mut self) {
        self.pending = Pending { all: true, any: true, ..Pending::default() };
        self.settle();
    }

    /// The number of [`Self::apply`] and [`Self::settle`] calls that changed something.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many rows were computed so far; the difference over a call is what that call cost.
    pub fn rows_computed(&self) -> u64 {
        self.rows_computed
    }

    /// Everything, as rows.
    pub fn report(&self) -> Report {
        crate::report::render::report(self)
    }

    /// The same without the exposures, which are most of it.
    pub fn frame(&self) -> Report {
        crate::report::render::frame(self)
    }

    /// The same with attachments of those routes alone of which a controller refuses one, or says otherwise than was
    /// computed: what metrics need, and next to nothing where all is well.
    pub fn brief(&self) -> Report {
        crate::report::render::brief(self)
    }

    /// The whole report as compact JSON, without holding all of its rows at once.
    pub fn report_json(&self) -> Vec<u8> {
        crate::report::render::json(self)
    }

    /// Exposures, some at a time, route by route in no order that says anything: those of routes from place `from` on (0 at
    /// first), until there are `most` or more of them. The second is the place to go on from, `None` at the end. Places
    /// hold until something is applied or settled.
    pub fn exposures_from(&self, from: u32, most: usize) -> (Vec<Exposure>, Option<u32>) {
        crate::report::render::exposures_from(self, from, most)
    }

    /// All exposures as typed columns, in the report's order ([`crate::report::columns`]).
    pub fn columns(&self) -> Vec<u8> {
        crate::report::columns::encode(self)
    }

    /// Exposures as [`Self::exposures_from`] has them, as columns that say where to go on ([`Columns::next`](crate::report::columns::Columns::next)).
    pub fn columns_from(&self, from: u32, most: usize) -> Vec<u8> {
        crate::report::columns::encode_from(self, from, most)
    }

    /// One object's gates, rows and findings; `None` where the snapshot does not have it.
    pub fn explain(&self, subject: &ObjectRef) -> Option<Explanation> {
        crate::report::explain::explain(self, subject)
    }

    /// Names of the objects of a kind as `(namespace, name)`, sorted, for "did you mean".
    pub fn names(&self, kind: &str) -> Vec<(String, String)> {
        let Some(kind) = crate::model::Kind::by_name(kind) else { return Vec::new() };
        let mut out: Vec<(String, String)> = self.store.keys(kind).map(|k| (self.names.get(k.ns).to_string(), self.names.get(k.name).to_string())).collect();
        crate::sort::unstable(&mut out);
        out
    }

    /// What would serve a request that arrives at the named Gateway.
    pub fn trace(&self, request: &Request) -> Answer {
        crate::trace::trace(self, request)
    }

    /// The same for every Gateway that would answer, the most specific first (`request.gateway` is ignored).
    pub fn trace_everywhere(&self, request: &Request) -> Vec<Answer> {
        crate::trace::everywhere(self, request)
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts { store: &self.store, names: &self.names, coverage: &self.coverage, words: &self.words, profile: self.profile, foreign: &self.foreign }
    }

    pub(crate) fn sources(&self) -> Sources<'_> {
        Sources { facts: self.facts(), gateways: &self.gateways, buckets: &self.buckets }
    }

    pub(crate) fn gateway_state(&self, handle: u32) -> Option<&GatewayState> {
        self.gateways.get(handle as usize)?.as_deref()
    }

    pub(crate) fn route_states(&self) -> &[RouteState] {
        &self.routes
    }

    pub(crate) fn route_state(&self, handle: u32) -> Option<&RouteState> {
        self.routes.get(handle as usize)
    }

    pub(crate) fn attached_to(&self, gateway: u32, listener: u32) -> usize {
        self.attached.get(gateway as usize).and_then(|a| a.get(listener as usize)).map_or(0, |t| t.accepted) as usize
    }

    pub(crate) fn tally(&self, gateway: u32, listener: u32) -> Tally {
        self.attached.get(gateway as usize).and_then(|a| a.get(listener as usize)).copied().unwrap_or_default()
    }

    pub(crate) fn mixed(&self) -> &Mixed {
        &self.mixed
    }

    pub(crate) fn refused(&self) -> &BTreeSet<Refusal> {
        &self.refused
    }

    pub(crate) fn route_findings(&self) -> FindingCounts {
        self.route_findings
    }

    pub(crate) fn row_counts(&self) -> [usize; 4] {
        self.counts
    }
}
