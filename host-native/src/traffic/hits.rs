//! What was counted so far, over all proxies and their restarts.

use super::parse::{Sample, line};
use std::collections::{BTreeMap, HashMap};
use xxhash_rust::xxh64::xxh64;

/// The most exposures that are held.
const EXPOSURES: usize = 200_000;
/// The most other counters that are held.
const OTHERS: usize = 10_000;
/// Seconds after which a proxy that is gone is forgotten.
const GONE: f64 = 3_600.0;

/// Requests of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// How many were counted, before the exporter's start too where a proxy still knew.
    pub requests: u64,
    /// Unix seconds of the scrape that showed the last one; none where it came before the first scrape.
    pub last_seen: Option<f64>,
}

impl Hits {
    fn add(&mut self, more: u64, now: f64, known: bool) {
        self.requests = self.requests.saturating_add(more);
        if known && more > 0 {
            self.last_seen = Some(now);
        }
    }
}

/// Requests of one exposure.
#[derive(Clone, Debug, Default)]
pub(super) struct Exposure {
    pub(super) all: Hits,
    /// By class of status: `2xx` and the like.
    pub(super) classes: BTreeMap<String, u64>,
    /// As the plugin writes them, without the class.
    pub(super) labels: Vec<(String, String)>,
}

/// One proxy.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxy {
    pub(super) url: String,
    /// When it last answered, in unix seconds.
    pub(super) answered: Option<f64>,
    /// When it was last there to be asked.
    seen: f64,
    pub(super) error: Option<String>,
    pub(super) series: usize,
    /// Of each series the last value.
    last: HashMap<u64, u64>,
}

/// Everything that was counted.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) proxies: BTreeMap<String, Proxy>,
    pub(super) exposures: BTreeMap<u64, Exposure>,
    /// By Gateway's namespace and name, reason, and whether Envoy had a route.
    pub(super) undeclared: BTreeMap<[String; 4], Hits>,
    /// By Gateway's namespace and name, kind of drift, and the route's kind, namespace and name.
    pub(super) drift: BTreeMap<[String; 6], Hits>,
    /// Gateways whose plugin reports, and since when.
    pub(super) gateways: BTreeMap<(String, String), f64>,
    /// Counters that found no room.
    pub(super) dropped: u64,
}

impl Counted {
    /// A proxy answered with this text.
    pub(super) fn answered(&mut self, url: &str, address: &str, text: &str, now: f64) {
        let mut proxy = self.proxies.remove(address).unwrap_or_default();
        // What it had counted before it was first asked is of an unknown time.
        let known = proxy.answered.is_some();
        let mut last = HashMap::new();
        for row in text.lines() {
            let Some(sample) = line(row) else { continue };
            let key = row.rsplit_once(' ').map_or(row, |(k, _)| k);
            let key = xxh64(key.as_bytes(), 0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is no negative number, and saturates")]
            let value = sample.value as u64;
            // A counter that fell is that of a new process.
            let more = match proxy.last.get(&key) {
                Some(before) if value >= *before => value.saturating_sub(*before),
                _ => value,
            };
            last.insert(key, value);
            self.sample(&sample, more, now, known);
        }
        proxy.series = last.len();
        proxy.last = last;
        (proxy.url, proxy.answered, proxy.seen, proxy.error) = (url.to_owned(), Some(now), now, None);
        self.proxies.insert(address.to_owned(), proxy);
    }

    /// A proxy did not answer.
    pub(super) fn failed(&mut self, url: &str, address: &str, why: String, now: f64) {
        let proxy = self.proxies.entry(address.to_owned()).or_default();
        (proxy.url, proxy.seen, proxy.error) = (url.to_owned(), now, Some(why));
    }

    /// Proxies that were not there to be asked for long are forgotten; one that was not this time has an error.
    pub(super) fn round(&mut self, now: f64) {
        self.proxies.retain(|_, p| now - p.seen < GONE);
        for proxy in self.proxies.values_mut().filter(|p| p.seen < now && p.error.is_none()) {
            proxy.error = Some("it is not there any more".into());
        }
    }

    fn sample(&mut self, sample: &Sample, more: u64, now: f64, known: bool) {
        let text = |label: &str| sample.label(label).to_owned();
        let gateway = [text("gateway_namespace"), text("gateway")];
        match sample.name.as_str() {
            "requests_total" => {
                let Some(id) = id(sample.label("exposure")) else { return };
                if self.exposures.len() >= EXPOSURES && !self.exposures.contains_key(&id) {
                    self.dropped = self.dropped.saturating_add(more);
                    return;
                }
                let exposure = self.exposures.entry(id).or_default();
                if exposure.labels.is_empty() {
                    let named = sample.labels.iter().filter(|(k, _)| k != "class" && k.len() < 64);
                    exposure.labels = named.take(16).cloned().collect();
                }
                exposure.all.add(more, now, known);
                let class = sample.label("class");
                if !class.is_empty() && class.len() < 8 {
                    let count = exposure.classes.entry(class.to_owned()).or_default();
                    *count = count.saturating_add(more);
                }
            }
            "undeclared_total" => {
                let [namespace, name] = gateway;
                self.other(true, |c| c.undeclared.entry([namespace, name, text("reason"), text("routed")]).or_default(), more, now, known);
            }
            "drift_total" => {
                let [namespace, name] = gateway;
                let key = [namespace, name, text("kind"), text("route_kind"), text("route_namespace"), text("route")];
                self.other(false, |c| c.drift.entry(key).or_default(), more, now, known);
            }
            "exposures" => {
                let [namespace, name] = gateway;
                if !name.is_empty() && self.gateways.len() < OTHERS {
                    self.gateways.entry((namespace, name)).or_insert(now);
                }
            }
            _ => {}
        }
    }

    fn other(&mut self, undeclared: bool, of: impl FnOnce(&mut Self) -> &mut Hits, more: u64, now: f64, known: bool) {
        if (if undeclared { self.undeclared.len() } else { self.drift.len() }) >= OTHERS {
            self.dropped = self.dropped.saturating_add(more);
            return;
        }
        of(self).add(more, now, known);
    }
}

/// The 64 bits of an exposure's id.
pub(super) fn id(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("e-").filter(|d| d.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const E: &str = "gatescope_proxy_requests_total{exposure=\"e-0000000000000001\",gateway=\"edge\",class=\"2xx\"}";

    #[test]
    fn restarts_and_many_proxies_add_up() {
        let mut counted = Counted::default();
        counted.answered("u", "a", &format!("{E} 5\n"), 100.0);
        let of = |c: &Counted| c.exposures[&1].all.clone();
        assert_eq!(of(&counted), Hits { requests: 5, last_seen: None }, "when they came is not known");
        counted.answered("u", "a", &format!("{E} 5\n"), 110.0);
        assert_eq!(of(&counted).last_seen, None);
        counted.answered("u", "a", &format!("{E} 7\n"), 120.0);
        assert_eq!(of(&counted), Hits { requests: 7, last_seen: Some(120.0) });
        // Another process at the same address.
        counted.answered("u", "a", &format!("{E} 1\n"), 130.0);
        assert_eq!(of(&counted), Hits { requests: 8, last_seen: Some(130.0) });
        counted.answered("u", "b", &format!("{E} 10\n"), 140.0);
        assert_eq!(of(&counted), Hits { requests: 18, last_seen: Some(130.0) });
        assert_eq!(counted.exposures[&1].classes["2xx"], 18);
        counted.failed("u", "b", "refused".into(), 150.0);
        counted.round(150.0);
        assert_eq!(counted.proxies["a"].error.as_deref(), Some("it is not there any more"));
        assert_eq!(counted.proxies["b"].error.as_deref(), Some("refused"));
        counted.round(150.0 + GONE);
        assert!(counted.proxies.is_empty());
        assert_eq!(of(&counted).requests, 18, "what was counted stays");
    }

    #[test]
    fn a_counter_that_appears_is_of_now() {
        let mut counted = Counted::default();
        counted.answered("u", "a", "", 100.0);
        counted.answered("u", "a", &format!("{E} 2\n"), 110.0);
        assert_eq!(counted.exposures[&1].all, Hits { requests: 2, last_seen: Some(110.0) });
    }
}
