//! Declared exposure beside real traffic: the counters of the Envoy plugin, scraped from the proxies and joined with the
//! report by exposure id (docs/envoy.md).

mod codes;
mod hits;
mod join;
mod parse;
mod source;

pub use codes::CODES;
pub use hits::Hits;
pub use join::{Joined, Rows};
pub use source::Url;

use gatescope_core::types::Severity;
use hits::Counted;
use source::Scraper;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Proxies that are asked at the same time.
const AT_ONCE: usize = 16;

/// What to ask, and how often.
#[derive(Clone, Debug)]
pub struct TrafficConfig {
    /// `--envoy-stats`.
    pub urls: Vec<Url>,
    /// From one round to the next.
    pub interval: Duration,
    /// How long a Gateway is watched before an exposure without a request is a finding.
    pub never_hit_after: Duration,
}

/// Takes a series: labels and value.
pub type One<'a> = dyn FnMut(&[(&str, &str)], f64) + 'a;

/// The counters of all proxies, and what they say about the report.
#[derive(Debug)]
pub struct Traffic {
    config: TrafficConfig,
    scraper: Scraper,
    counted: Mutex<Counted>,
    since: Mutex<Option<f64>>,
    joined: Mutex<Arc<Joined>>,
}

impl Traffic {
    /// Nothing was asked yet.
    pub fn new(config: TrafficConfig) -> Self {
        Self { config, scraper: Scraper::new(), counted: Mutex::default(), since: Mutex::default(), joined: Mutex::default() }
    }

    /// How often to ask.
    pub fn interval(&self) -> Duration {
        self.config.interval
    }

    /// Asks every proxy once. What does not answer is noted with its error, and asked again next time.
    pub async fn scrape(&self) {
        let now = now();
        let mut wanted = Vec::new();
        for url in &self.config.urls {
            match url.addresses().await {
                Ok(addresses) => wanted.extend(addresses.into_iter().map(|a| (url.clone(), a))),
                Err(why) => lock(&self.counted).failed(&url.text, &url.text, why, now),
            }
        }
        for some in wanted.chunks(AT_ONCE) {
            let asked = some.iter().map(|(url, address)| async move { (url, address, self.scraper.get(url, *address).await) });
            for (url, address, answer) in futures::future::join_all(asked).await {
                let mut counted = lock(&self.counted);
                match answer {
                    Ok(text) => {
                        counted.answered(&url.text, &address.to_string(), &text, now);
                        lock(&self.since).get_or_insert(now);
                    }
                    Err(why) => counted.failed(&url.text, &address.to_string(), why, now),
                }
            }
        }
        lock(&self.counted).round(now);
    }

    /// Joins what was counted with the report's rows.
    pub fn join(&self, rows: &Rows) {
        let since = *lock(&self.since);
        let joined = join::join(&lock(&self.counted), rows, since, now(), self.config.never_hit_after.as_secs_f64());
        *lock(&self.joined) = Arc::new(joined);
    }

    /// The last join.
    pub fn joined(&self) -> Arc<Joined> {
        Arc::clone(&lock(&self.joined))
    }

    /// Hands out the series of a metric; false where the metric is none of traffic's.
    pub fn series(&self, metric: &str, one: &mut One<'_>) -> bool {
        let counted = lock(&self.counted);
        let count = |n: u64| n as f64;
        match metric {
            "gatescope_exposure_last_seen_timestamp_seconds" => {
                for (exposure, at) in counted.exposures.values().filter_map(|e| Some((e, e.all.last_seen?))) {
                    one(&borrowed(&exposure.labels), at);
                }
            }
            "gatescope_exposure_requests_total" => {
                for exposure in counted.exposures.values() {
                    let mut labels = borrowed(&exposure.labels);
                    if exposure.classes.is_empty() {
                        one(&labels, count(exposure.all.requests));
                    }
                    for (class, n) in &exposure.classes {
                        labels.push(("class", class));
                        one(&labels, count(*n));
                        labels.pop();
                    }
                }
            }
            "gatescope_undeclared_requests_total" => {
                for ([namespace, name, reason, routed], hits) in &counted.undeclared {
                    one(&[("gateway_namespace", namespace), ("gateway", name), ("reason", reason), ("routed", routed)], count(hits.requests));
                }
            }
            "gatescope_drift_requests_total" => {
                for ([namespace, name, kind, route_kind, route_namespace, route], hits) in &counted.drift {
                    let labels = [
                        ("gateway_namespace", namespace.as_str()),
                        ("gateway", name),
                        ("route_kind", route_kind),
                        ("route_namespace", route_namespace),
                        ("route", route),
                        ("kind", kind),
                    ];
                    one(&labels, count(hits.requests));
                }
            }
            "gatescope_traffic_source_up" => {
                for (address, proxy) in &counted.proxies {
                    one(&[("url", &proxy.url), ("address", address)], f64::from(u8::from(proxy.error.is_none())));
                }
            }
            "gatescope_traffic_findings" => {
                drop(counted);
                let joined = self.joined();
                for info in CODES {
                    let holding = joined.findings.iter().filter(|f| *f.code == *info.code).count();
                    one(&[("severity", if info.severity == Severity::Info { "info" } else { "warning" }), ("code", info.code)], count(holding as u64));
                }
            }
            _ => return false,
        }
        true
    }
}

/// The labels that the plugin wrote, in the order of the metric's own.
fn borrowed(labels: &[(String, String)]) -> Vec<(&str, &str)> {
    const ORDER: [&str; 10] = ["exposure", "gateway_namespace", "gateway", "listener", "hostname", "route_kind", "route_namespace", "route", "rule", "match"];
    ORDER.iter().filter_map(|name| labels.iter().find(|(k, _)| k == name)).map(|(k, v)| (k.as_str(), v.as_str())).collect()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Unix seconds.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}
