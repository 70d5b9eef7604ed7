//! The options of `serve`.

use super::access::Access;
use crate::cli::Input;
use crate::fail::Fail;
use clap::{Args, ValueEnum};
use gatescope::metrics::{Families, MetricsConfig, Patterns, Shard, VersionLabel};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub input: Input,

    /// Read the Secrets and ConfigMaps that listeners and policies refer to, and of them only the certificates
    #[arg(long, conflicts_with = "file", help_heading = "Input")]
    pub certificates: bool,

    /// Where to listen; 127.0.0.1:8080 by default, 0.0.0.0:8080 in a cluster, the port from PORT where that is set
    #[arg(long, value_name = "ADDR:PORT", help_heading = "Server")]
    pub listen: Option<String>,

    /// A host that requests may name, beside those of this machine; may be repeated, `*` allows all
    #[arg(long, value_name = "HOST", help_heading = "Server")]
    pub allowed_host: Vec<String>,

    /// The cluster's name, for snapshots, metrics and OTLP
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    pub cluster: Option<String>,

    /// Memory that the wasm module may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2048, help_heading = "Server", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub module_memory: u32,

    /// Seconds that one call of the wasm module may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, help_heading = "Server")]
    pub module_deadline: f64,

    /// How to log, on standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Server")]
    pub log_format: LogFormat,

    /// What to log: error, warn, info, debug, trace, or a filter as in `info,gatescope::hub=debug`
    #[arg(long, value_name = "LEVEL", default_value = "info", help_heading = "Server")]
    pub log_level: String,

    #[command(flatten)]
    pub access: Access,

    #[command(flatten)]
    pub metrics: MetricsArgs,
}

/// Formats of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For reading.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What `/metrics` shows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Metrics")]
pub(crate) struct MetricsArgs {
    /// Families to show: routes (exposed_route_info), objects (gatewayapi_*, kuadrant_*), gatescope (gatescope_*)
    #[arg(long, value_name = "FAMILY", value_delimiter = ',', value_enum, default_values_t = [Family::Routes, Family::Objects, Family::Gatescope])]
    pub families: Vec<Family>,
    /// Only metrics whose name is this; `*` stands for anything
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub metric_allowlist: Vec<String>,
    /// No metrics whose name is this
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub metric_denylist: Vec<String>,
    /// Only series of these namespaces
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub namespaces: Vec<String>,
    /// No series of these namespaces
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub namespaces_denylist: Vec<String>,
    /// Only these label keys in `_labels` series and on rows
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub label_allowlist: Vec<String>,
    /// Not these label keys
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub label_denylist: Vec<String>,
    /// The most series of one metric in one namespace; 0 for no cap
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_series_per_namespace: usize,
    /// The most series of one metric in all namespaces of one tenant (with --tenant-label); 0 for no cap
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_series_per_tenant: usize,
    /// The most series of one metric; 0 for no cap
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_series: usize,
    /// What `customresource_version` says: as which exporter has it, or the version that was read
    #[arg(long, value_name = "WHOSE", default_value = "state-metrics", value_parser = clap::builder::PossibleValuesParser::new(VersionLabel::NAMES.map(|(name, _)| name)))]
    pub customresource_version: String,
    /// Add the label `cluster` with --cluster to every series
    #[arg(long, requires = "cluster")]
    pub cluster_label: bool,
    /// This exporter's share of the series, by Gateway, as in 0/3
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
}

/// A family of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Family {
    /// `exposed_route_info`.
    Routes,
    /// `gatewayapi_*` and `kuadrant_*`.
    Objects,
    /// `gatescope_*`.
    Gatescope,
}

impl MetricsArgs {
    /// The options as the metrics take them.
    pub(crate) fn config(&self, serve: &Serve) -> Result<MetricsConfig, Fail> {
        let has = |family: Family| self.families.contains(&family);
        let shard = match self.shard.as_deref() {
            None => None,
            Some(text) => {
                Some(Shard::parse(text).ok_or_else(|| Fail::usage(format!("`{text}` is no shard")).hint("write I/N with I from 0 to N-1, as in --shard 0/3"))?)
            }
        };
        let patterns = |allow: &[String], deny: &[String]| Patterns { allow: allow.to_vec(), deny: deny.to_vec() };
        let version = VersionLabel::NAMES.iter().find(|(name, _)| *name == self.customresource_version).map(|(_, v)| *v);
        Ok(MetricsConfig {
            families: Families { routes: has(Family::Routes), objects: has(Family::Objects), own: has(Family::Gatescope) },
            metrics: patterns(&self.metric_allowlist, &self.metric_denylist),
            namespaces: patterns(&self.namespaces, &self.namespaces_denylist),
            label_keys: patterns(&self.label_allowlist, &self.label_denylist),
            max_series_per_namespace: self.max_series_per_namespace,
            max_series_per_tenant: self.max_series_per_tenant,
            max_series: self.max_series,
            customresource_version: version.unwrap_or_default(),
            cluster: serve.cluster.clone().filter(|_| self.cluster_label),
            tenant_label: serve.input.tenant_label.clone(),
            shard,
        })
    }
}
