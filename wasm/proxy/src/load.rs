//! From a snapshot's text to what requests are judged by.

use gatescope_core::matcher::{Matcher, NotCompiled, Place, Scratch};
use gatescope_core::{Engine, Settings};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::config::{Config, Gateway};

/// A snapshot in force.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) matcher: Matcher,
    pub(crate) scratch: RefCell<Scratch>,
    /// Numbers of metrics by candidate and class; the histogram stands at class 6.
    pub(crate) metrics: RefCell<HashMap<(u32, u8), Option<u32>, FxBuildHasher>>,
    ports: RefCell<Vec<(u16, bool, Option<usize>)>>,
}

/// Why a snapshot is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotLoaded {
    /// Label of the counter.
    pub(crate) result: &'static str,
    pub(crate) why: String,
}

impl NotLoaded {
    fn new(result: &'static str, why: impl Into<String>) -> Self {
        Self { result, why: why.into() }
    }
}

/// Resolves and compiles a snapshot for a Gateway.
pub(crate) fn load(config: &Config, gateway: &Gateway, text: &[u8]) -> Result<Loaded, NotLoaded> {
    if text.len() > config.max_snapshot_bytes {
        return Err(NotLoaded::new("too-large", format!("the snapshot has {} bytes, {} are allowed", text.len(), config.max_snapshot_bytes)));
    }
    let settings = Settings { profile: config.profile.clone(), complete: config.complete, ..Settings::default() };
    let mut engine = Engine::new(settings);
    engine.load(text).map_err(|e| NotLoaded::new("invalid", format!("the snapshot cannot be read: {} at line {} column {}", e.message, e.line, e.column)))?;
    engine.settle();
    let matcher = Matcher::compile(&engine, &gateway.namespace, &gateway.name, config.max_exposures).map_err(|e| match e {
        NotCompiled::NoGateway => NotLoaded::new("no-gateway", format!("the snapshot has no Gateway `{}/{}`", gateway.namespace, gateway.name)),
        NotCompiled::TooMany => NotLoaded::new("too-large", format!("the Gateway has more than {} candidates", config.max_exposures)),
    })?;
    Ok(Loaded { matcher, scratch: RefCell::default(), metrics: RefCell::default(), ports: RefCell::default() })
}

impl Loaded {
    /// The place of the port that a request came in by; `None` where it is no listener's.
    pub(crate) fn place(&self, ports: &BTreeMap<u16, u16>, local: impl FnOnce() -> u16, tls: impl FnOnce() -> bool) -> Option<usize> {
        let places = self.matcher.places();
        // Most ports speak one or the other, and the proxy need not be asked.
        let tls = match (places.iter().any(|p| p.tls), places.iter().any(|p| !p.tls)) {
            (true, true) => tls(),
            (any_tls, _) => any_tls,
        };
        // Nor where there is only one of its kind: each question costs the proxy about as much as all of the matching.
        let mut of = places.iter().enumerate().filter(|(_, p)| p.tls == tls).map(|(i, _)| i);
        let only = of.next().filter(|_| of.next().is_none());
        if ports.is_empty() && only.is_some() {
            return only;
        }
        let local = local();
        let known = self.ports.borrow().iter().find(|(p, t, _)| (*p, *t) == (local, tls)).map(|(_, _, place)| *place);
        known.unwrap_or_else(|| {
            let place = find(places, ports, local, tls);
            let mut seen = self.ports.borrow_mut();
            if seen.len() < 64 {
                seen.push((local, tls, place));
            }
            place
        })
    }
}

/// By configuration, by its own number, as Envoy Gateway shifts privileged ports, or because there is only one.
fn find(places: &[Place], ports: &BTreeMap<u16, u16>, local: u16, tls: bool) -> Option<usize> {
    let at = |port: u16| places.iter().position(|p| *p == Place { port, tls });
    if let Some(port) = ports.get(&local) {
        return at(*port);
    }
    let shifted = || local.checked_sub(10_000).filter(|p| *p < 1024).and_then(at);
    let only = || {
        let mut of = places.iter().enumerate().filter(|(_, p)| p.tls == tls).map(|(i, _)| i);
        of.next().filter(|_| of.next().is_none())
    };
    at(local).or_else(shifted).or_else(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_found_as_proxies_move_them() {
        let places = [Place { port: 80, tls: false }, Place { port: 443, tls: true }, Place { port: 8080, tls: false }];
        let none = BTreeMap::new();
        assert_eq!(find(&places, &none, 80, false), Some(0));
        assert_eq!(find(&places, &none, 10080, false), Some(0), "as Envoy Gateway shifts it");
        assert_eq!(find(&places, &none, 9999, true), Some(1), "the only one that speaks TLS");
        assert_eq!(find(&places, &none, 9999, false), None);
        assert_eq!(find(&places, &BTreeMap::from([(9999, 8080)]), 9999, false), Some(2));
    }
}
