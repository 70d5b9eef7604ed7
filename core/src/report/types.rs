//! The report's rows: the only types of the core that are serialised.
//!
//! Arrays are always present and totally ordered; other optional members are omitted, never `null`.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub use super::share::Share;

/// Schema id of [`Report`].
pub const REPORT_SCHEMA: &str = "gatescope/report/v1";
/// Schema id of [`Delta`].
pub const DELTA_SCHEMA: &str = "gatescope/delta/v1";
/// Schema id of the compact snapshot.
pub const SNAPSHOT_SCHEMA: &str = "gatescope/snapshot/v1";

/// A word of the vocabulary where it is one, otherwise what a user or controller wrote.
pub type Text = Cow<'static, str>;

macro_rules! rows {
    ($($(#[$m:meta])* $vis:vis $what:ident $name:ident { $($body:tt)* })*) => {$(
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$m])*
        $vis $what $name { $($body)* }
    )*};
}

rows! {
    /// Three answers, as a Kubernetes condition spells them.
    #[derive(Copy)]
    #[serde(rename_all = "PascalCase")]
    pub enum Tri {
        /// It holds.
        True,
        /// It does not hold; there is a reason.
        False,
        /// It cannot be told; there is a cause.
        Unknown,
    }

    /// What a row answers: is this reachable?
    #[derive(Copy)]
    #[serde(rename_all = "lowercase")]
    pub enum State {
        /// Requests reach it.
        Exposed,
        /// Another row takes the same requests first (rule 36).
        Shadowed,
        /// Cannot be served; `reasons` say why.
        Blocked,
        /// Cannot be told; `cause` says why.
        Unknown,
    }

    /// From where an address can be reached.
    #[derive(Copy)]
    #[serde(rename_all = "lowercase")]
    pub enum Reach {
        /// From the internet.
        External,
        /// From private networks only.
        Internal,
        /// The address does not tell.
        Unknown,
    }

    /// What happens to a request that a row serves.
    #[derive(Copy)]
    #[serde(rename_all = "lowercase")]
    pub enum Action {
        /// It goes to the backend.
        Forward,
        /// It is answered with a redirect (rule 39).
        Redirect,
        /// A copy goes to the backend (rule 39).
        Mirror,
        /// It is answered with an error (rules 31 and 40).
        Error,
        /// There is nothing to do it with.
        None,
    }

    /// How bad a finding is.
    #[derive(Copy)]
    #[serde(rename_all = "lowercase")]
    pub enum Severity {
        /// What the author asked for is not served, or goes elsewhere.
        Error,
        /// Served, but risky or in part.
        Warning,
        /// Worth knowing.
        Info,
    }

    /// A reference to a Kubernetes object. `namespace` is omitted for cluster-scoped kinds.
    #[serde(rename_all = "camelCase")]
    pub struct ObjectRef {
        /// The kind, as written in the object.
        pub kind: Text,
        /// The namespace, omitted for cluster-scoped kinds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub namespace: Option<String>,
        /// The name.
        pub name: String,
    }

    /// A Gateway by namespace and name.
    #[derive(Default)]
    #[serde(rename_all = "camelCase")]
    pub struct GatewayRef {
        /// The namespace.
        pub namespace: String,
        /// The name.
        pub name: String,
    }

    /// Everything that a snapshot says, resolved: a pure function of the snapshot and the settings.
    #[serde(rename_all = "camelCase")]
    pub struct Report {
        /// Always [`REPORT_SCHEMA`].
        pub schema: Text,
        /// Counts.
        pub summary: Summary,
        /// The Gateways.
        pub gateways: Vec<Gateway>,
        /// The ListenerSets (XListenerSets among them).
        pub listener_sets: Vec<ListenerSet>,
        /// The listeners of both.
        pub listeners: Vec<Listener>,
        /// One per route and parentRef.
        pub attachments: Vec<Attachment>,
        /// One per attached listener, hostname, match and backendRef.
        pub exposures: Vec<Exposure>,
        /// BackendTLSPolicies, per target.
        pub policies: Vec<Policy>,
        /// Routes with a Service parent (rule 42).
        pub mesh: Vec<MeshRoute>,
        /// Diagnostics.
        pub findings: Vec<Finding>,
    }

    /// Counts of a report.
    #[derive(Copy, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct Summary {
        /// Rows that are exposed.
        pub exposed: usize,
        /// Rows that another row shadows.
        pub shadowed: usize,
        /// Rows that cannot be served.
        pub blocked: usize,
        /// Rows of which nothing certain can be said.
        pub unknown: usize,
        /// Gateways.
        pub gateways: usize,
        /// Findings by severity.
        pub findings: FindingCounts,
    }

    /// Findings by severity.
    #[derive(Copy, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct FindingCounts {
        /// Errors.
        pub error: usize,
        /// Warnings.
        pub warning: usize,
        /// Infos.
        pub info: usize,
    }

    /// A Gateway, with what its controller reported.
    #[serde(rename_all = "camelCase")]
    pub struct Gateway {
        /// Namespace.
        pub namespace: String,
        /// Name.
        pub name: String,
        /// Name of its GatewayClass.
        pub class: String,
        /// controllerName of the class, where the class is in the snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub controller: Option<String>,
        /// The profile its rows were resolved under.
        pub profile: Text,
        /// `status.addresses` (rule 48).
        pub addresses: Vec<Address>,
        /// The widest reach of its addresses.
        pub reach: Reach,
        /// Accepted, as reported and current.
        pub accepted: Tri,
        /// Programmed, as reported and current.
        pub programmed: Tri,
    }

    /// An address of a Gateway.
    #[serde(rename_all = "camelCase")]
    pub struct Address {
        /// `IPAddress`, `Hostname` or a prefixed type.
        #[serde(rename = "type")]
        pub kind: String,
        /// The address.
        pub value: String,
        /// From where it can be reached.
        pub reach: Reach,
    }

    /// A ListenerSet (rule 23).
    #[serde(rename_all = "camelCase")]
    pub struct ListenerSet {
        /// Namespace.
        pub namespace: String,
        /// Name.
        pub name: String,
        /// The Gateway it adds listeners to.
        pub gateway: GatewayRef,
        /// Computed: may it add listeners, and is one valid.
        pub accepted: Tri,
        /// `Accepted`, `NotAllowed`, `ParentNotAccepted`, `ListenersNotValid` or `Pending`.
        pub reason: Text,
        /// Where accepted is Unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cause: Option<String>,
    }

    /// A listener of a Gateway or ListenerSet.
    #[serde(rename_all = "camelCase")]
    pub struct Listener {
        /// The object that holds it.
        pub owner: ObjectRef,
        /// The Gateway that serves it.
        pub gateway: GatewayRef,
        /// Its name; unique within its owner.
        pub name: String,
        /// Its port.
        pub port: u16,
        /// Its protocol as written.
        pub protocol: Text,
        /// Its hostname, folded; omitted for every host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hostname: Option<String>,
        /// Its TLS settings, where the protocol has any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tls: Option<ListenerTls>,
        /// The route kinds it takes (rules 7 and 8).
        pub supported_kinds: Vec<RouteGroupKind>,
        /// Routes accepted for it (rule 43).
        pub attached_routes: usize,
        /// Computed: may it carry traffic. Omitted where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub programmed: Option<bool>,
        /// Where programmed is unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cause: Option<String>,
        /// Presumed good, because not collected (rule 28).
        pub assumes: Vec<ObjectRef>,
        /// Every condition that fails.
        pub reasons: Vec<Text>,
    }

    /// TLS settings of a listener.
    #[serde(rename_all = "camelCase")]
    pub struct ListenerTls {
        /// `Terminate` or `Passthrough`.
        pub mode: Text,
        /// `none`, `optional` or `required`.
        pub client_auth: Text,
        /// The certificateRefs, defaulted.
        pub certificates: Vec<ObjectRef>,
    }

    /// A route kind with its group.
    #[serde(rename_all = "camelCase")]
    pub struct RouteGroupKind {
        /// The group.
        pub group: Text,
        /// The kind.
        pub kind: Text,
    }

    /// A parentRef with group, kind and namespace filled in.
    #[serde(rename_all = "camelCase")]
    pub struct ParentRef {
        /// The group.
        pub group: Text,
        /// The kind.
        pub kind: Text,
        /// The namespace.
        pub namespace: String,
        /// The name.
        pub name: String,
        /// Only where the route sets it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub section_name: Option<String>,
        /// Only where the route sets it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub port: Option<u16>,
    }

    /// One route and one parentRef, judged against the parent's listeners.
    #[serde(rename_all = "camelCase")]
    pub struct Attachment {
        /// The route.
        pub route: ObjectRef,
        /// The parentRef.
        pub parent_ref: ParentRef,
        /// Computed.
        pub accepted: Tri,
        /// `Accepted`, or the reason of the refusal; `Pending` where unknown.
        pub reason: Text,
        /// Where accepted is Unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cause: Option<String>,
        /// Computed.
        pub resolved_refs: Tri,
        /// `ResolvedRefs`, or the first reason in order of rule, backendRef, filter.
        pub resolved_refs_reason: Text,
        /// Names of the listeners it attached to.
        pub listeners: Vec<String>,
        /// What was asked of each listener, in `explain`; in a report only where accepted is not True.
        pub gates: Vec<Gate>,
        /// From status, where present (rule 46).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reported: Option<Reported>,
        /// Computed and reported are both True or False, current, and differ.
        pub drift: bool,
    }

    /// One question asked of one listener.
    #[serde(rename_all = "camelCase")]
    pub struct Gate {
        /// The listener's name; empty for gates of the parent itself.
        pub listener: String,
        /// `parent`, `allowed-listeners`, `section`, `port`, `protocol`, `kind`, `namespace` or `hostname`.
        pub gate: Text,
        /// Whether it passed; omitted where unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub passed: Option<bool>,
        /// What the listener (or parent) asks for.
        pub wanted: String,
        /// What the route has.
        pub found: String,
    }

    /// What a controller wrote into a route's status for a parentRef.
    #[serde(rename_all = "camelCase")]
    pub struct Reported {
        /// controllerName of the entry.
        pub controller: String,
        /// Its Accepted condition.
        pub accepted: Tri,
        /// Its ResolvedRefs condition.
        pub resolved_refs: Tri,
        /// observedGeneration equals generation, or both are absent (rule 45).
        pub current: bool,
    }

    /// One way into the cluster: gateway, listener, hostname, match → backend.
    #[serde(rename_all = "camelCase")]
    pub struct Exposure {
        /// Stable id, see docs/exposure-id.md.
        pub id: String,
        /// The verdict.
        pub state: State,
        /// Why it is blocked, in order.
        pub reasons: Vec<Text>,
        /// Why it is unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cause: Option<String>,
        /// The winner's first row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub shadowed_by: Option<String>,
        /// The listener that owns the whole hostname instead (rule 17).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub owned_by: Option<String>,
        /// Hosts within a wildcard that other listeners own (rule 17).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub except: Vec<String>,
        /// The Gateway.
        pub gateway: GatewayRef,
        /// The listener.
        pub listener: ExposureListener,
        /// The intersection of the listener's and the route's; `*` for every host.
        pub hostname: String,
        /// The route.
        pub route: ObjectRef,
        /// Index of the rule.
        pub rule: usize,
        /// Name of the rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rule_name: Option<String>,
        /// Index of the match.
        #[serde(rename = "match")]
        pub match_index: usize,
        /// Path match; none for TCP, UDP, TLS and GRPC rows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub path: Option<PathMatch>,
        /// HTTP method.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub method: Option<String>,
        /// Header matches, names folded, first of equal names (rule 35).
        pub headers: Vec<ValueMatch>,
        /// Query parameter matches.
        pub query_params: Vec<ValueMatch>,
        /// GRPC method match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub grpc: Option<GrpcMatch>,
        /// What happens to the request.
        pub action: Action,
        /// The backend as written and defaulted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub backend: Option<Backend>,
        /// Its weight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub weight: Option<i32>,
        /// Reach of the Gateway.
        pub reach: Reach,
        /// Addresses of the Gateway.
        pub addresses: Vec<String>,
    }

    /// The listener of an exposure.
    #[serde(rename_all = "camelCase")]
    pub struct ExposureListener {
        /// The object that holds it.
        pub owner: ObjectRef,
        /// Its name.
        pub name: String,
        /// Its port.
        pub port: u16,
        /// Its protocol.
        pub protocol: Text,
        /// `Terminate` or `Passthrough`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tls_mode: Option<Text>,
    }

    /// A path match, defaulted.
    #[serde(rename_all = "camelCase")]
    pub struct PathMatch {
        /// `Exact`, `PathPrefix` or `RegularExpression`.
        #[serde(rename = "type")]
        pub kind: Text,
        /// The path.
        pub value: String,
    }

    /// A header or query parameter match, defaulted.
    #[serde(rename_all = "camelCase")]
    pub struct ValueMatch {
        /// `Exact` or `RegularExpression`.
        #[serde(rename = "type")]
        pub kind: Text,
        /// The name.
        pub name: String,
        /// The value.
        pub value: String,
    }

    /// A GRPC method match.
    #[serde(rename_all = "camelCase")]
    pub struct GrpcMatch {
        /// `Exact` or `RegularExpression`.
        #[serde(rename = "type")]
        pub kind: Text,
        /// The service.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub service: Option<String>,
        /// The method.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub method: Option<String>,
    }

    /// A backend as written and defaulted (rule 29).
    #[serde(rename_all = "camelCase")]
    pub struct Backend {
        /// The group, empty for core.
        pub group: String,
        /// The kind.
        pub kind: String,
        /// The namespace.
        pub namespace: String,
        /// The name.
        pub name: String,
        /// The Service's port.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub port: Option<u16>,
    }

    /// A policy and one of its targets (rule 41).
    #[serde(rename_all = "camelCase")]
    pub struct Policy {
        /// The policy's kind.
        pub kind: Text,
        /// Namespace.
        pub namespace: String,
        /// Name.
        pub name: String,
        /// The target.
        pub target: ObjectRef,
        /// The target's section (a Service's port name).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub section_name: Option<String>,
        /// Computed.
        pub accepted: Tri,
        /// Its reason.
        pub reason: Text,
        /// Where accepted is Unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cause: Option<String>,
        /// Presumed good, because not collected (rule 28).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub assumes: Vec<ObjectRef>,
    }

    /// A route with a Service parent (rule 42).
    #[serde(rename_all = "camelCase")]
    pub struct MeshRoute {
        /// The route.
        pub route: ObjectRef,
        /// The Service.
        pub service: ObjectRef,
        /// `producer` or `consumer`.
        pub role: Text,
        /// How many rules it has.
        pub rules: usize,
    }

    /// A diagnostic.
    #[serde(rename_all = "camelCase")]
    pub struct Finding {
        /// `GS` and four digits.
        pub code: Text,
        /// How bad it is.
        pub severity: Severity,
        /// The object it is about.
        pub subject: ObjectRef,
        /// What is the matter, in one sentence without a final period.
        pub message: String,
        /// The way out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hint: Option<String>,
        /// Where in the subject.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub field: Option<String>,
        /// Other objects that take part.
        pub related: Vec<ObjectRef>,
    }

    /// What a change did.
    #[serde(rename_all = "camelCase")]
    pub struct Delta {
        /// Always [`DELTA_SCHEMA`].
        pub schema: Text,
        /// The revision before.
        pub from: u64,
        /// The revision after.
        pub revision: u64,
        /// Rows that were not there before.
        pub opened: Vec<Exposure>,
        /// Ids of rows that are no more.
        pub closed: Vec<String>,
        /// Rows whose content changed.
        pub changed: Vec<Exposure>,
        /// The summary after.
        pub summary: Summary,
        /// Findings that came and went.
        pub findings: FindingsDelta,
    }

    /// Findings that came and went.
    #[derive(Default)]
    #[serde(rename_all = "camelCase")]
    pub struct FindingsDelta {
        /// New findings.
        pub added: Vec<Finding>,
        /// Findings that hold no more.
        pub removed: Vec<Finding>,
    }

    /// A request to be traced; see report.md, `trace --requests`.
    #[derive(Default)]
    #[serde(rename_all = "camelCase")]
    pub struct Request {
        /// The Gateway that receives it.
        pub gateway: GatewayRef,
        /// The port; without it, the first listener in total order that serves the scheme.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub port: Option<u16>,
        /// `http` (default), `https`, `tls`, `tcp` or `udp`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub scheme: Option<String>,
        /// Host header, or SNI; a port in it is ignored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub host: Option<String>,
        /// The path; `/` by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub path: Option<String>,
        /// The method; GET by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub method: Option<String>,
        /// Request headers.
        #[serde(default)]
        pub headers: alloc::collections::BTreeMap<String, String>,
        /// The raw query string.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub query: Option<String>,
    }

    /// What answers a request.
    #[serde(rename_all = "kebab-case")]
    #[derive(Copy, Default)]
    pub enum Outcome {
        /// A backend.
        Forward,
        /// A redirect.
        Redirect,
        /// An error of the gateway.
        Error,
        /// A listener took it, no route matched.
        #[default]
        NoMatch,
        /// No listener serves it.
        NoListener,
        /// It cannot be told.
        Unknown,
    }

    /// The answer to a [`Request`].
    #[derive(Default)]
    #[serde(rename_all = "camelCase")]
    pub struct Answer {
        /// What answers.
        pub outcome: Outcome,
        /// With redirect and error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub status: Option<u16>,
        /// Why it is unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cause: Option<String>,
        /// Usable backends with a weight above 0.
        pub backends: Vec<WeightedBackend>,
        /// The share of requests that invalid backends take, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub error_share: Option<Share>,
        /// The winning route.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub route: Option<ObjectRef>,
        /// Index of its rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rule: Option<usize>,
        /// Index of its match.
        #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
        pub match_index: Option<usize>,
        /// The Gateway asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub gateway: Option<GatewayRef>,
        /// The listener that took it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub listener: Option<ExposureListener>,
        /// The hostname it was matched under.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hostname: Option<String>,
        /// The winner's first row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exposure: Option<String>,
        /// Rows that would match too, and why they lost, in order of precedence.
        pub lost: Vec<Lost>,
    }

    /// A backend of an answer.
    #[serde(rename_all = "camelCase")]
    pub struct WeightedBackend {
        /// The kind.
        pub kind: String,
        /// The namespace.
        pub namespace: String,
        /// The name.
        pub name: String,
        /// The port.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub port: Option<u16>,
        /// The weight as written.
        pub weight: i32,
    }

    /// A candidate that lost.
    #[serde(rename_all = "camelCase")]
    pub struct Lost {
        /// Its first row.
        pub exposure: String,
        /// The tie-break that decided, or what keeps it from serving.
        pub why: String,
    }

    /// `explain KIND/NAMESPACE/NAME`.
    #[serde(rename_all = "camelCase")]
    pub struct Explanation {
        /// The object.
        pub subject: ObjectRef,
        /// Its attachments with every gate (routes), or the attachments to it (Gateways, ListenerSets).
        pub attachments: Vec<Attachment>,
        /// Its listeners.
        pub listeners: Vec<Listener>,
        /// Its rows.
        pub exposures: Vec<Exposure>,
        /// Findings about it.
        pub findings: Vec<Finding>,
    }
}
