//! Gateways as the series need them, and how much of their rows is what.

use super::store::Store;
use super::text::Series;
use gatescope_core::types::{Gateway, Reach, State};

/// States in the order of the counts, with the word of each.
pub(super) const STATES: [(State, &str); 4] =
    [(State::Exposed, "exposed"), (State::Shadowed, "shadowed"), (State::Blocked, "blocked"), (State::Unknown, "unknown")];
/// The same for reaches.
pub(super) const REACHES: [(Reach, &str); 3] = [(Reach::External, "external"), (Reach::Internal, "internal"), (Reach::Unknown, "unknown")];

/// A word with its place.
pub(super) fn word<T: PartialEq + Copy>(words: &[(T, &'static str)], value: T) -> (u8, &'static str) {
    (0_u8..).zip(words).find(|(_, (v, _))| *v == value).map_or((0, ""), |(i, (_, w))| (i, w))
}

/// What rows of a Gateway share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub namespace: String,
    pub name: String,
    /// `lb_type` and `ip_address` of family 1.
    pub suffix: (&'static str, String),
    /// The last frame has it.
    pub listed: bool,
    pub reach: u8,
    /// Rows by state and reach.
    pub rows: [[u32; 3]; 4],
    pub owner_changes: u64,
    /// Rows or owners changed since the series were written.
    pub dirty: bool,
    /// The series that are held: metric and key.
    pub held: Vec<(usize, u64)>,
}

impl Shared {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into(), suffix: ("external", String::new()), ..Self::default() }
    }

    /// Counts a row in or out.
    pub(super) fn count(&mut self, state: u8, reach: u8, more: bool) {
        if let Some(n) = self.rows.get_mut(usize::from(state)).and_then(|r| r.get_mut(usize::from(reach))) {
            *n = if more { n.saturating_add(1) } else { n.saturating_sub(1) };
            self.dirty = true;
        }
    }

    /// Writes `gatescope_exposures` and `gatescope_host_owner_changes_total` anew.
    pub(super) fn write(&mut self, store: &mut Store, metrics: (usize, usize), cluster: Option<&str>) {
        self.dirty = false;
        for (metric, key) in self.held.drain(..) {
            store.release(metric, key);
        }
        let mut line = String::new();
        let own = self.reach;
        for ((_, state), rows) in STATES.iter().zip(&self.rows) {
            for (at, ((_, reach), count)) in (0_u8..).zip(REACHES.iter().zip(rows)) {
                // Zeros only where the Gateway is, so that `== 0` can be asked.
                if *count > 0 || (self.listed && at == own) {
                    line.clear();
                    Series::new(&mut line, "gatescope_exposures")
                        .label("gateway_namespace", &self.namespace)
                        .label("gateway", &self.name)
                        .label("state", state)
                        .label("reach", reach)
                        .maybe("cluster", cluster)
                        .count(u64::from(*count));
                    self.held.push((metrics.0, store.hold(metrics.0, &line)));
                }
            }
        }
        if self.listed {
            line.clear();
            Series::new(&mut line, "gatescope_host_owner_changes_total")
                .label("gateway_namespace", &self.namespace)
                .label("gateway", &self.name)
                .maybe("cluster", cluster)
                .count(self.owner_changes);
            self.held.push((metrics.1, store.hold(metrics.1, &line)));
        }
    }
}

/// `lb_type` and `ip_address`, as kubernetes-gateway-exporter has them.
pub(super) fn suffix(gateway: &Gateway) -> (&'static str, String) {
    let class = gateway.class.to_lowercase();
    let kind = if class.contains("internal") || class.contains("ilb") { "internal" } else { "external" };
    let ip = gateway.addresses.iter().find(|a| a.kind == "IPAddress").map(|a| a.value.clone()).unwrap_or_default();
    (kind, ip)
}
