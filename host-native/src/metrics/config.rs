//! What is shown, and how: switches, lists, caps, labels.

/// Settings of the metrics. `Default` shows all three families without any cap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Which families.
    pub families: Families,
    /// Names of metrics.
    pub metrics: Patterns,
    /// Namespaces of routes and of objects. Series without a namespace stay.
    pub namespaces: Patterns,
    /// Keys of Kubernetes labels in `_labels` series, as written on the object or sanitised; and labels of the two
    /// row metrics (`exposed_route_info`, `gatescope_exposure_info`), where equal rows then become one.
    pub label_keys: Patterns,
    /// The most series of one metric in one namespace; 0 for no cap.
    pub max_series_per_namespace: usize,
    /// The most series of one metric in all namespaces of one tenant; 0 for no cap.
    pub max_series_per_tenant: usize,
    /// The most series of one metric; 0 for no cap.
    pub max_series: usize,
    /// What `customresource_version` says.
    pub customresource_version: VersionLabel,
    /// Adds `cluster` to every series.
    pub cluster: Option<String>,
    /// Label of Namespaces that names their tenant: adds `tenant` to rows of namespaces that have it.
    pub tenant_label: Option<String>,
    /// This exporter's share of the series, by Gateway.
    pub shard: Option<Shard>,
}

/// Which families are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// 1: `exposed_route_info`.
    pub routes: bool,
    /// 2: `gatewayapi_*` and `kuadrant_*`.
    pub objects: bool,
    /// 3: `gatescope_*`.
    pub own: bool,
}

impl Default for Families {
    fn default() -> Self {
        Self { routes: true, objects: true, own: true }
    }
}

/// The value of `customresource_version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionLabel {
    /// As gateway-api-state-metrics has it (`v1beta1` for Gateways); kinds that it lacks as Envoy Gateway's add-ons have them.
    #[default]
    StateMetrics,
    /// As Envoy Gateway's add-ons have it (`v1` for Gateways); kinds that they lack as gateway-api-state-metrics has them.
    EnvoyGateway,
    /// The version in which the object was read.
    Served,
}

impl VersionLabel {
    /// Every value with its name on the command line.
    pub const NAMES: [(&'static str, Self); 3] = [("state-metrics", Self::StateMetrics), ("envoy-gateway", Self::EnvoyGateway), ("served", Self::Served)];
}

/// Allowed and denied names; `*` stands for any characters. An empty `allow` allows everything, `deny` wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Only these.
    pub allow: Vec<String>,
    /// Not these.
    pub deny: Vec<String>,
}

impl Patterns {
    /// Whether a name is let through.
    pub fn lets(&self, name: &str) -> bool {
        (self.allow.is_empty() || self.allow.iter().any(|p| fits(p, name))) && !self.deny.iter().any(|p| fits(p, name))
    }
    /// Nothing is kept out.
    pub fn open(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

/// `*` matches any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some((_, after)) = rest.split_once(middle) else { return false };
            rest = after;
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

/// One of several exporters that share the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    /// How many.
    pub of: u32,
}

impl Shard {
    /// `i/n`, with i from 0 and below n.
    pub fn parse(text: &str) -> Option<Self> {
        let (index, of) = text.split_once('/')?;
        let shard = Self { index: index.parse().ok()?, of: of.parse().ok()? };
        (shard.index < shard.of).then_some(shard)
    }
    /// Whether a Gateway, or whatever else has a namespace and a name, is this exporter's. Fixed over versions and machines.
    pub fn owns(self, namespace: &str, name: &str) -> bool {
        let mut hash = xxhash_rust::xxh64::Xxh64::new(0);
        hash.update(namespace.as_bytes());
        hash.update(b"/");
        hash.update(name.as_bytes());
        hash.digest().checked_rem(u64::from(self.of)).unwrap_or(0) == u64::from(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, fit) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*", "", true),
            ("*_labels", "x_labels", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("ab*ba", "aba", false),
            ("a**b", "ab", true),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
        let p = Patterns { allow: vec!["gate*".into()], deny: vec!["*_info".into()] };
        assert!(p.lets("gatescope_findings") && !p.lets("gatescope_exposure_info") && !p.lets("up"));
    }

    #[test]
    fn shards_share_everything_out() {
        assert_eq!(Shard::parse("3/3"), None);
        assert_eq!(Shard::parse("x"), None);
        let shards: Vec<Shard> = (0..3).filter_map(|i| Shard::parse(&format!("{i}/3"))).collect();
        for i in 0..100 {
            assert_eq!(shards.iter().filter(|s| s.owns("infra", &format!("edge-{i}"))).count(), 1);
        }
        assert!(shards.iter().all(|s| (0..100).any(|i| s.owns("infra", &format!("edge-{i}")))));
    }
}
