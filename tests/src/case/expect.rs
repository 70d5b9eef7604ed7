//! What a case asserts. What it does not mention is not asserted; a member that is not known here is an
//! error, so that nothing is asserted in vain.

use gatescope_core::types::{GatewayRef, ObjectRef, Tri};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that is asserted of one resolution.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// Routes at their parents.
    pub attachments: Vec<Attachment>,
    /// Listeners.
    pub listeners: Vec<Listener>,
    /// Hostnames of a route on a listener.
    pub hostnames: Vec<Hostnames>,
    /// Backends of a rule.
    pub backends: Vec<Backends>,
    /// Requests and their answers.
    pub requests: Vec<Request>,
    /// Rows that the report must have: each given member must be there and agree (own cases).
    pub rows: Rows,
    /// Rows that the report must not have (own cases).
    pub without: Rows,
    /// How many rows a part of the report has (own cases).
    pub counts: BTreeMap<String, usize>,
}

/// Rows of the report by their given members.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Rows(pub BTreeMap<String, Vec<Value>>);

/// True, False or Unknown, also written as a boolean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "BoolOrTri")]
pub struct Three(pub Tri);

#[derive(Deserialize)]
#[serde(untagged)]
enum BoolOrTri {
    Bool(bool),
    Tri(Tri),
}

impl From<BoolOrTri> for Three {
    fn from(value: BoolOrTri) -> Self {
        Self(match value {
            BoolOrTri::Bool(true) => Tri::True,
            BoolOrTri::Bool(false) => Tri::False,
            BoolOrTri::Tri(tri) => tri,
        })
    }
}

/// A parentRef, namespace and kind filled in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Parent {
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Where the route sets it.
    pub section_name: Option<String>,
    /// Where the route sets it.
    pub port: Option<u16>,
}

/// What is asserted of a route at a parent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Attachment {
    /// The route.
    pub route: ObjectRef,
    /// The parentRef.
    pub parent_ref: Parent,
    /// Accepted.
    pub accepted: Option<Three>,
    /// Of a refusal.
    pub reason: Option<String>,
    /// Why accepted is unknown (own cases).
    pub cause: Option<String>,
    /// ResolvedRefs.
    pub resolved_refs: Option<Three>,
    /// Its reason.
    pub resolved_refs_reason: Option<String>,
    /// The listeners it attached to, in any order (own cases).
    pub listeners: Option<Vec<String>>,
    /// Which departure of a profile this is.
    pub label: Option<String>,
}

/// What is asserted of a listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Listener {
    /// Gateway or ListenerSet.
    pub owner: ObjectRef,
    /// Name.
    pub name: String,
    /// Count of routes.
    pub attached_routes: Option<usize>,
    /// Exactly these kinds.
    pub supported_kinds: Option<Vec<String>>,
    /// At least these kinds.
    pub supported_kinds_include: Option<Vec<String>>,
    /// May it carry traffic.
    pub programmed: Option<Three>,
    /// Why that is unknown (own cases).
    pub cause: Option<String>,
    /// At least these reasons.
    pub reasons: Option<Vec<String>>,
    /// Which departure of a profile this is.
    pub label: Option<String>,
}

/// The hostnames of a route on a listener, over rows of any state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Hostnames {
    /// The route.
    pub route: ObjectRef,
    /// The listener's owner.
    pub owner: ObjectRef,
    /// The listener.
    pub listener: String,
    /// The set; `*` is any.
    pub hostnames: Vec<String>,
    /// Which departure of a profile this is.
    pub label: Option<String>,
}

/// What becomes of a rule's requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Backends {
    /// The route.
    pub route: ObjectRef,
    /// Index of the rule.
    pub rule: usize,
    /// `forward`, `error500` or `redirect`.
    pub outcome: String,
    /// With `forward`.
    #[serde(default)]
    pub backends: Vec<Backend>,
    /// Which departure of a profile this is.
    pub label: Option<String>,
}

/// A backend of a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Backend {
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Port.
    pub port: Option<u16>,
    /// Weight.
    pub weight: Option<i32>,
    /// Does some row of it serve.
    pub usable: bool,
}

/// A request and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// The Gateway that receives it.
    pub gateway: GatewayRef,
    /// The port.
    pub port: Option<u16>,
    /// The scheme.
    pub scheme: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The path.
    pub path: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The raw query string.
    pub query: Option<String>,
    /// Forwarded there.
    pub backend: Option<BackendName>,
    /// 200: forwarded anywhere; 404: no match or no listener; 3xx: that redirect; else error.
    pub status: Option<u16>,
    /// `rejected`: anything but forward and redirect. Own cases: an outcome of the answer.
    pub outcome: Option<String>,
    /// The share that invalid backends take (own cases).
    pub error_share: Option<f64>,
    /// Which route and rule answered.
    pub by: Option<By>,
    /// gRPC status, where the answer is one; HTTP's is beside it.
    pub grpc: Option<String>,
    /// Which departure of a profile this is.
    pub label: Option<String>,
}

/// A backend that answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendName {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Port.
    pub port: Option<u16>,
}

/// The route and rule that answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// The route.
    pub route: ObjectRef,
    /// Index of the rule.
    pub rule: usize,
}
