//! What all requests of one configuration share: the configuration, the snapshot in force, the metrics.

use crate::config::{Config, Exporter, Gateway, State};
use crate::fetch::Fetch;
use crate::host::{Host, Level};
use crate::load::{Loaded, NotLoaded, load};
use crate::stats::Stats;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// An answer of the exporter.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Status code; 0 where there was no answer.
    pub status: u32,
    /// ETag header.
    pub etag: Option<&'a str>,
    /// Bytes of the body, also where it was not read.
    pub size: usize,
}

/// The plugin in one worker of the proxy.
#[derive(Debug, Default)]
pub struct Plugin {
    pub(crate) config: RefCell<Rc<Config>>,
    pub(crate) stats: Stats,
    pub(crate) fetch: Fetch,
    gateway: RefCell<Option<Gateway>>,
    loaded: RefCell<Option<Rc<Loaded>>>,
    /// The second in which lines were written last, how many, and how many were left out.
    lines: Cell<(u64, u32, u64)>,
}

/// Lines a second and worker that requests may write to the log.
const LINES: u32 = 10;

impl Plugin {
    /// Takes a configuration. It is never refused: what is wrong with it is logged and counted, and traffic passes.
    pub fn configure(&self, host: &impl Host, text: &[u8]) {
        let (config, wrong) = Config::parse(text);
        let config = Rc::new(config);
        *self.config.borrow_mut() = Rc::clone(&config);
        let gateway = config.gateway.clone().or_else(|| node(host));
        let named = gateway.clone().unwrap_or_default();
        self.stats.configure(config.max_series, &named.namespace, &named.name);
        self.gateway.borrow_mut().clone_from(&gateway);
        for why in &wrong {
            host.log(Level::Warn, &format!("gatescope: configuration: {why}"));
        }
        if !wrong.is_empty() {
            self.stats.count(host, "gatescope_proxy_config_total", &[("result", "invalid")]);
        }
        if gateway.is_none() {
            host.log(Level::Warn, "gatescope: `gateway` is not set, and the node names none: nothing is judged");
            self.stats.count(host, "gatescope_proxy_config_total", &[("result", "no-gateway")]);
            return;
        }
        match (&config.snapshot, &config.exporter) {
            (Some(text), _) => {
                self.take(host, text.as_bytes());
            }
            // Soon, but not all workers at once.
            (None, Some(_)) => host.tick_after(self.fetch.random(host.now(), 200).saturating_add(20)),
            (None, None) => {
                host.log(Level::Warn, "gatescope: neither `snapshot` nor `exporter` is set: nothing is judged");
                self.stats.count(host, "gatescope_proxy_config_total", &[("result", "no-snapshot")]);
            }
        }
    }

    /// Puts a snapshot in force, or keeps the last good one.
    fn take(&self, host: &impl Host, text: &[u8]) -> bool {
        let (config, gateway) = (Rc::clone(&self.config.borrow()), self.gateway.borrow().clone().unwrap_or_default());
        match load(&config, &gateway, text) {
            Ok(loaded) => {
                self.stats.set(host, "gatescope_proxy_exposures", loaded.matcher.len() as u64);
                self.stats.set(host, "gatescope_proxy_snapshot_timestamp_seconds", host.now() / 1_000_000_000);
                self.stats.count(host, "gatescope_proxy_config_total", &[("result", "ok")]);
                *self.loaded.borrow_mut() = Some(Rc::new(loaded));
                true
            }
            Err(NotLoaded { result, why }) => {
                host.log(Level::Warn, &format!("gatescope: {why}"));
                self.stats.count(host, "gatescope_proxy_config_total", &[("result", result)]);
                false
            }
        }
    }

    /// The snapshot in force.
    pub(crate) fn loaded(&self) -> Option<Rc<Loaded>> {
        self.loaded.borrow().clone()
    }

    /// The exporter has not confirmed the snapshot for too long.
    pub(crate) fn outdated(&self, now: u64) -> bool {
        self.fetch.outdated(now, self.config.borrow().stale_after_seconds)
    }

    /// It is time to look at the exporter.
    pub fn tick(&self, host: &impl Host) {
        let config = Rc::clone(&self.config.borrow());
        let (Some(exporter), None, Some(gateway)) = (&config.exporter, &config.snapshot, self.gateway.borrow().clone()) else {
            host.tick_after(0);
            return;
        };
        let now = host.now();
        if !self.fetch.waiting(now, exporter.timeout_seconds) && !self.ask(host, exporter, &gateway) {
            self.failed(host, "unreachable");
        }
        host.tick_after(self.fetch.delay(now, exporter.refresh_seconds));
    }

    fn ask(&self, host: &impl Host, exporter: &Exporter, gateway: &Gateway) -> bool {
        let path = match exporter.path.as_str() {
            "" => format!("/api/v1/gateways/{}/{}/snapshot", gateway.namespace, gateway.name),
            path => path.to_owned(),
        };
        let authority = if exporter.authority.is_empty() { &exporter.cluster } else { &exporter.authority };
        let etag = self.fetch.etag();
        let mut headers = vec![(":method", "GET"), (":path", path.as_str()), (":authority", authority.as_str()), ("accept", "application/json")];
        if !etag.is_empty() {
            headers.push(("if-none-match", &etag));
        }
        if !exporter.authorization.is_empty() {
            headers.push(("authorization", &exporter.authorization));
        }
        let asked = host.get(&exporter.cluster, &headers, exporter.timeout_seconds.clamp(1, 3600).saturating_mul(1000));
        if asked {
            self.fetch.ask(host.now());
        }
        asked
    }

    /// The exporter answered, or did not. `body` reads the body.
    pub fn answered(&self, host: &impl Host, answer: Answer<'_>, body: impl FnOnce() -> Option<Vec<u8>>) {
        let config = Rc::clone(&self.config.borrow());
        let known = self.loaded.borrow().is_some();
        match answer.status {
            304 if known => {
                self.fetch.confirm(host.now(), None);
                self.fetched(host, "not-modified");
            }
            200 if answer.size > config.max_snapshot_bytes => {
                host.log(Level::Warn, &format!("gatescope: the exporter's snapshot has {} bytes, {} are allowed", answer.size, config.max_snapshot_bytes));
                self.stats.count(host, "gatescope_proxy_config_total", &[("result", "too-large")]);
                self.failed(host, "too-large");
            }
            200 => match body().filter(|text| self.take(host, text)) {
                Some(_) => {
                    self.fetch.confirm(host.now(), Some(answer.etag.unwrap_or("")));
                    self.fetched(host, "updated");
                }
                None => self.failed(host, "unreadable"),
            },
            // Envoy's own words for an exporter that is not there, and the exporter's while it still reads.
            0 | 502..=504 => self.failed(host, "unreachable"),
            _ => self.failed(host, "refused"),
        }
        if let Some(exporter) = &config.exporter {
            host.tick_after(self.fetch.delay(host.now(), exporter.refresh_seconds));
        }
    }

    fn fetched(&self, host: &impl Host, result: &str) {
        self.stats.count(host, "gatescope_proxy_fetch_total", &[("result", result)]);
    }

    fn failed(&self, host: &impl Host, result: &str) {
        self.fetch.fail();
        self.fetched(host, result);
    }

    /// Writes filter state that the configuration asks for.
    pub(crate) fn write(&self, host: &impl Host, state: State, value: &[u8]) {
        if self.config.borrow().filter_state.contains(&state) {
            host.set_property(state.path(), value);
        }
    }

    /// Writes a line about a request, but not too many.
    pub(crate) fn line(&self, host: &impl Host, now: u64, text: impl FnOnce() -> String) {
        let second = now / 1_000_000_000;
        let (last, written, left_out) = self.lines.get();
        match (second == last, written < LINES) {
            (true, false) => self.lines.set((last, written, left_out.saturating_add(1))),
            (true, true) => {
                self.lines.set((last, written.saturating_add(1), left_out));
                host.log(Level::Warn, &text());
            }
            (false, _) => {
                self.lines.set((second, 1, 0));
                let before = if left_out > 0 { format!(" ({left_out} more lines were left out before this)") } else { String::new() };
                host.log(Level::Warn, &format!("{}{before}", text()));
            }
        }
    }
}

/// The Gateway that the proxy's own node names: `NS/NAME` as its cluster, or Istio's label.
fn node(host: &impl Host) -> Option<Gateway> {
    let text = |path: &str| host.property(path).and_then(|v| String::from_utf8(v).ok()).filter(|v| !v.is_empty());
    let label = || {
        let name = text("xds\0node\0metadata\0LABELS\0gateway.networking.k8s.io/gateway-name")?;
        Some(Gateway { namespace: text("xds\0node\0metadata\0NAMESPACE")?, name })
    };
    let cluster = || {
        let cluster = text("xds\0node\0cluster")?;
        let (namespace, name) = cluster.split_once('/')?;
        (!namespace.is_empty() && !name.is_empty() && !name.contains('/')).then(|| Gateway { namespace: namespace.into(), name: name.into() })
    };
    label().or_else(cluster)
}
