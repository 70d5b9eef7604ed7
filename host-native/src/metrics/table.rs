//! Every metric, as data: what it is called, what it means, which labels it has. The exposition, OTLP, docs/metrics.md and its
//! test read this one table.

use super::compat;
use std::sync::OnceLock;

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only goes up.
    Counter,
    /// Observations by size.
    Histogram,
}

impl Kind {
    /// As both formats call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// What a metric belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// 1: drop-in for kubernetes-gateway-exporter.
    Routes,
    /// 2: drop-in for gateway-api-state-metrics and Envoy Gateway's add-ons.
    Objects,
    /// 3: ours, about the cluster.
    Own,
    /// 3: ours, about this process.
    Process,
}

impl Family {
    /// As labels and settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Routes => "routes",
            Self::Objects => "objects",
            Self::Own | Self::Process => "own",
        }
    }
}

/// One metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name, with `_total` for counters.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// One sentence.
    pub help: String,
    /// Its labels in the order in which they are written. `*` stands for the object's own.
    pub labels: Vec<String>,
    /// What it belongs to.
    pub family: Family,
}

/// Every metric there is, in the order of the exposition.
pub fn table() -> &'static [Metric] {
    static TABLE: OnceLock<Vec<Metric>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let own = OWN.iter().map(|(name, kind, help, labels, family)| Metric {
            name: (*name).into(),
            kind: *kind,
            help: (*help).into(),
            labels: labels.split_whitespace().map(Into::into).collect(),
            family: *family,
        });
        let mut out: Vec<Metric> = own.collect();
        out.extend(compat::metrics());
        out.sort_by(|a, b| (a.family, &a.name).cmp(&(b.family, &b.name)));
        out
    })
}

/// Where a metric is in [`table`].
pub(super) fn index(name: &str) -> Option<usize> {
    table().iter().position(|m| m.name == name)
}

use Family::{Objects, Own, Process, Routes};
use Kind::{Counter, Gauge, Histogram};

type Line = (&'static str, Kind, &'static str, &'static str, Family);

/// Families 1 and 3.
const OWN: &[Line] = &[
    (
        "exposed_route_info",
        Gauge,
        "Information about logical route-to-Service relationships exposed via Kubernetes Gateway API.",
        "namespace gateway_name route_name hostname listener_name http_path service_name backend_namespace backend_port lb_type ip_address",
        Routes,
    ),
    (
        "gatescope_exposure_info",
        Gauge,
        "A way into the cluster: gateway, listener, hostname and match to a backend, with what became of it.",
        "route_namespace route route_kind gateway_namespace gateway listener port protocol tls_mode hostname rule path_type path method backend_kind backend_namespace backend backend_port reach state reason",
        Own,
    ),
    ("gatescope_exposures", Gauge, "Ways into the cluster through a Gateway, by what became of them.", "gateway_namespace gateway state reach", Own),
    ("gatescope_findings", Gauge, "Findings that hold now.", "severity code", Own),
    (
        "gatescope_attachment_drift",
        Gauge,
        "The controller's current status says otherwise than what was computed: accepted, resolved_refs of a route's parent, or attached_routes of a listener.",
        "route_namespace route route_kind gateway_namespace gateway listener kind",
        Own,
    ),
    (
        "gatescope_host_owner_changes_total",
        Counter,
        "How often routes of another namespace came to serve a hostname that was served already.",
        "gateway_namespace gateway",
        Own,
    ),
    (
        "gatescope_hostname_contested",
        Gauge,
        "Namespaces whose routes serve one hostname on one port of a Gateway, where there is more than one.",
        "gateway_namespace gateway port hostname",
        Own,
    ),
    (
        "gatescope_certificate_not_after_timestamp_seconds",
        Gauge,
        "When the first certificate of a Secret or ConfigMap that listeners and policies refer to expires (with --certificates).",
        "namespace kind name",
        Own,
    ),
    ("gatescope_series_dropped", Gauge, "Series that a cap keeps out of the exposition; they are still in the API.", "family namespace", Own),
    ("gateway_metrics_up", Gauge, "Whether every discovered and permitted kind has synced, as the metrics-exporter RFC names it.", "", Objects),
    ("gatescope_build_info", Gauge, "The program, its resolver module and the engine that runs it.", "version module_sha256 engine", Process),
    ("gatescope_ready", Gauge, "Whether every discovered and permitted kind has synced.", "", Process),
    ("gatescope_revision", Gauge, "Revision of the state that is shown.", "", Process),
    ("gatescope_source_synced", Gauge, "Whether a kind's source has listed everything.", "kind", Process),
    ("gatescope_source_last_event_timestamp_seconds", Gauge, "When a kind's last event came.", "kind", Process),
    ("gatescope_source_objects", Gauge, "Objects of a kind that are held.", "kind", Process),
    ("gatescope_source_bad_objects_total", Counter, "Objects of a kind that could not be read.", "kind", Process),
    ("gatescope_watch_restarts_total", Counter, "How often a kind's watch was started anew.", "kind", Process),
    ("gatescope_render_duration_seconds", Histogram, "How long it took to bring a change into the series.", "", Process),
    ("gatescope_scrape_duration_seconds", Histogram, "How long it took to put a scrape's body together, by its coding.", "encoding", Process),
    ("gatescope_resolve_duration_seconds", Histogram, "How long the resolver took for a batch of changes.", "", Process),
    ("gatescope_event_to_metrics_seconds", Histogram, "From a source's seeing a change to its being in the next scrape.", "", Process),
    ("gatescope_engine_traps_total", Counter, "Traps and panics of the resolver's engine.", "", Process),
    ("gatescope_engine_deadlines_total", Counter, "Calls of the resolver that ran into the deadline.", "", Process),
    ("gatescope_engine_memory_caps_total", Counter, "Calls of the resolver that ran into the memory cap.", "", Process),
    ("gatescope_engine_rebuilds_total", Counter, "Engines that were made anew from the held snapshot.", "", Process),
    ("gatescope_engine_changes_left_out", Gauge, "Changes that were left out because the engine failed on them.", "", Process),
    ("gatescope_engine_stale", Gauge, "Whether answers are those of before the last changes, or there are none.", "", Process),
    ("gatescope_engine_memory_bytes", Gauge, "Memory of the engine's instance; 0 for the native engine.", "", Process),
    ("controller_reconcile_total", Counter, "Batches of changes that a controller took in, by result.", "controller result", Process),
    ("controller_reconcile_duration_seconds", Histogram, "How long a controller took for a batch of changes.", "controller", Process),
    ("gatescope_otlp_exports_total", Counter, "Rounds of pushing everything over OTLP, by result.", "result", Process),
    ("gatescope_otlp_requests_total", Counter, "Requests of these rounds, by gRPC code.", "code", Process),
    ("gatescope_otlp_points_total", Counter, "Data points that the collector took.", "", Process),
    ("gatescope_otlp_points_rejected_total", Counter, "Data points that the collector refused.", "", Process),
    ("gatescope_otlp_last_success_timestamp_seconds", Gauge, "When everything was pushed last.", "", Process),
    ("gatescope_otlp_up", Gauge, "Whether the last round reached the collector.", "", Process),
    (
        "gatescope_exposure_last_seen_timestamp_seconds",
        Gauge,
        "When the Envoy plugin last counted a request of an exposure: the time of the scrape that showed it.",
        "exposure gateway_namespace gateway listener hostname route_kind route_namespace route rule match",
        Process,
    ),
    (
        "gatescope_exposure_requests_total",
        Counter,
        "Requests of an exposure that the Envoy plugin counted, over all proxies, by class of status.",
        "exposure gateway_namespace gateway listener hostname route_kind route_namespace route rule match class",
        Process,
    ),
    (
        "gatescope_undeclared_requests_total",
        Counter,
        "Requests that no declared exposure covers, and whether Envoy has a route for them.",
        "gateway_namespace gateway reason routed",
        Process,
    ),
    (
        "gatescope_drift_requests_total",
        Counter,
        "Requests for which Envoy chose otherwise than the resolver predicts, by the predicted route.",
        "gateway_namespace gateway route_kind route_namespace route kind",
        Process,
    ),
    ("gatescope_traffic_source_up", Gauge, "Whether a proxy of --envoy-stats answered last time.", "url address", Process),
    ("gatescope_traffic_findings", Gauge, "Findings about traffic that hold now: never hit, undeclared, drift.", "severity code", Process),
    ("process_cpu_seconds_total", Counter, "Total user and system CPU time spent in seconds.", "", Process),
    ("process_max_fds", Gauge, "Maximum number of open file descriptors.", "", Process),
    ("process_open_fds", Gauge, "Number of open file descriptors.", "", Process),
    ("process_resident_memory_bytes", Gauge, "Resident memory size in bytes.", "", Process),
    ("process_start_time_seconds", Gauge, "Start time of the process since unix epoch in seconds.", "", Process),
    ("process_threads", Gauge, "Number of threads.", "", Process),
    ("process_virtual_memory_bytes", Gauge, "Virtual memory size in bytes.", "", Process),
];
