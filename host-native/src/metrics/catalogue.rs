//! What docs/metrics.md says of each metric beyond its name, type and labels.

use super::compat;
use super::table::{Family, Metric};

/// What users may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Another exporter's: neither name nor labels change.
    DropIn,
    /// Ours: labels may be added, nothing is renamed or removed without a major version.
    Stable,
}

impl Stability {
    /// As the documentation names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DropIn => "drop-in",
            Self::Stable => "stable",
        }
    }
}

const KUBERNETES_GATEWAY_EXPORTER: &str = "kubernetes-gateway-exporter";

impl Metric {
    /// The unit of its value.
    pub fn unit(&self) -> &'static str {
        let name = self.name.strip_suffix("_total").unwrap_or(&self.name);
        match name.rsplit('_').next() {
            Some("seconds") if name.ends_with("_timestamp_seconds") || name.ends_with("start_time_seconds") => "unix seconds",
            Some("created" | "deleted") => "unix seconds",
            Some("seconds") => "seconds",
            Some("bytes") => "bytes",
            Some("info" | "labels" | "features" | "owners") => "always 1",
            Some("status" | "conditions" | "synced" | "ready" | "up" | "stale") => "0 or 1",
            _ if name == "gatescope_attachment_drift" => "always 1",
            _ => "count",
        }
    }

    /// The exporters whose metric this is, in name, labels and meaning.
    pub fn replaces(&self) -> Vec<&'static str> {
        match self.family {
            Family::Routes => vec![KUBERNETES_GATEWAY_EXPORTER],
            Family::Objects => compat::replaces(&self.name),
            Family::Own | Family::Process => Vec::new(),
        }
    }

    /// What users may rely on.
    pub fn stability(&self) -> Stability {
        if self.replaces().is_empty() { Stability::Stable } else { Stability::DropIn }
    }

    /// Where its value comes from.
    pub fn source(&self) -> String {
        if self.family == Family::Objects
            && let Some(source) = compat::source(&self.name)
        {
            return source;
        }
        let found = SOURCES.iter().find(|(name, _)| self.name.starts_with(name));
        found.map(|(_, source)| (*source).to_owned()).unwrap_or_default()
    }
}

/// Where the values of families 1 and 3 come from, by how the name begins; the first that fits.
const SOURCES: &[(&str, &str)] = &[
    ("exposed_route_info", "the report's exposures and Gateways"),
    ("gatescope_exposure_info", "the report's exposures"),
    ("gatescope_exposures", "the report's exposures and Gateways"),
    ("gatescope_exposure_last_seen", "the Envoy plugin's counters (`--envoy-stats`)"),
    ("gatescope_exposure_requests", "the Envoy plugin's counters (`--envoy-stats`)"),
    ("gatescope_undeclared", "the Envoy plugin's counters (`--envoy-stats`)"),
    ("gatescope_drift", "the Envoy plugin's counters (`--envoy-stats`)"),
    ("gatescope_traffic", "`--envoy-stats`"),
    ("gatescope_findings", "the report's findings"),
    ("gatescope_attachment_drift", "the report's attachments, finding GS0602"),
    ("gatescope_host", "the report's exposures, over time"),
    ("gatescope_certificate", "`tls.crt` and `ca.crt` of Secrets and ConfigMaps"),
    ("gatescope_series_dropped", "the caps"),
    ("gatescope_build_info", "the program"),
    ("gatescope_source", "the informers"),
    ("gatescope_watch", "the informers"),
    ("gateway_metrics_up", "the informers"),
    ("gatescope_ready", "the informers and the resolver"),
    ("gatescope_engine", "the resolver"),
    ("gatescope_res", "the resolver"),
    ("gatescope_revision", "the resolver"),
    ("gatescope_event", "the informers to the series"),
    ("gatescope_render", "the series"),
    ("gatescope_scrape", "the HTTP server"),
    ("controller_", "the resolver"),
    ("gatescope_otlp", "the push"),
    ("process_", "the operating system (Linux)"),
];

/// What the labels of family 3 mean.
pub const LABELS: &[(&str, &str)] = &[
    ("address", "address of one proxy behind a URL"),
    ("backend", "name of the backend; empty for redirects and direct answers"),
    ("backend_kind", "kind of the backend, `Service` as a rule"),
    ("backend_namespace", "namespace of the backend"),
    ("backend_port", "port of the backend"),
    ("class", "class of the response's status, as in `2xx`"),
    ("code", "code of a finding (docs/findings.md), or of a gRPC answer"),
    ("controller", "who took the changes in"),
    ("encoding", "coding of a scrape's body: `identity`, `gzip`, `zstd`"),
    ("engine", "`native`, or `wasm` for the module in wasmtime"),
    ("exposure", "id of the exposure (docs/exposure-id.md)"),
    ("family", "`routes`, `objects` or `own`"),
    ("gateway", "name of the Gateway"),
    ("gateway_namespace", "namespace of the Gateway"),
    ("hostname", "the effective hostname, after intersection and isolation; `*` for every host"),
    ("kind", "kind of the object (`Kind.group` for sources), or of the drift: `accepted`, `resolved_refs`, `attached_routes`"),
    ("listener", "name of the listener; empty where the drift is about a whole parentRef"),
    ("match", "index of the match in its rule"),
    ("method", "HTTP method of the match; empty for every method"),
    ("module_sha256", "SHA-256 of the module that answers; `gatescope version` and the page show the same; empty for the native engine"),
    ("name", "name of the object"),
    ("namespace", "namespace of the object, or of the series that were dropped"),
    ("path", "path of the match; of gRPC `/SERVICE/METHOD` with `*` for any"),
    ("path_type", "`Exact`, `PathPrefix` or `RegularExpression`; of gRPC `Exact` or `RegularExpression`"),
    ("port", "port of the listener"),
    ("protocol", "protocol of the listener"),
    ("reach", "`external`, `internal` or `unknown`: who can reach the Gateway's addresses"),
    ("reason", "why the row is not exposed: the report's reasons, joined by commas, or the cause of `unknown`"),
    ("result", "`success`, or `error` and `failure`"),
    ("route", "name of the route"),
    ("route_kind", "`HTTPRoute`, `GRPCRoute`, `TLSRoute`, `TCPRoute` or `UDPRoute`"),
    ("route_namespace", "namespace of the route"),
    ("routed", "whether Envoy had a route for the request"),
    ("rule", "number of the route's rule, from 0"),
    ("severity", "`error`, `warning` or `info`"),
    ("state", "`exposed`, `shadowed`, `blocked` or `unknown`"),
    ("tls_mode", "`Terminate` or `Passthrough`; empty without TLS"),
    ("url", "URL of `--envoy-stats`"),
    ("version", "version of the program"),
];
