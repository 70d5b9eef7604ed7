//! One request: which exposure serves it, and does Envoy agree.

use crate::config::{Mode, State};
use crate::drift::{self, Drift};
use crate::headers::Pairs;
use crate::host::Host;
use crate::load::Loaded;
use crate::plugin::Plugin;
use crate::stats;
use gatescope_core::matcher::{self, Incoming, Served};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::rc::Rc;

/// What the plugin says of a request; the filter state `gatescope.verdict`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// A declared exposure serves it.
    Declared,
    /// No declared exposure covers it.
    Undeclared,
    /// It cannot be told from the snapshot.
    Unknown,
    /// It was not looked at: no snapshot, a port that is no listener's, or too much work.
    #[default]
    Unjudged,
}

impl Verdict {
    /// In one word.
    pub fn text(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Undeclared => "undeclared",
            Self::Unknown => "unknown",
            Self::Unjudged => "unjudged",
        }
    }
}

/// What is kept of a request until its end.
#[derive(Debug, Default)]
pub struct Stream {
    started: u64,
    hit: Option<(Rc<Loaded>, u32)>,
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It goes on.
    Continue,
    /// The plugin has answered it.
    Answered,
}

/// What was found out about a request.
struct Judged {
    verdict: Verdict,
    /// Why there is no exposure.
    why: &'static str,
    entry: Option<u32>,
}

impl Judged {
    fn not(verdict: Verdict, why: &'static str) -> Self {
        Self { verdict, why, entry: None }
    }
}

impl Stream {
    /// The request's headers came.
    pub fn request(&mut self, plugin: &Plugin, host: &impl Host) -> Next {
        self.started = host.now();
        let Some(loaded) = plugin.loaded() else {
            plugin.stats.count(host, "gatescope_proxy_unjudged_total", &[("reason", "no-snapshot")]);
            plugin.write(host, State::Verdict, Verdict::Unjudged.text().as_bytes());
            return Next::Continue;
        };
        let raw = host.request_headers().unwrap_or_default();
        let request = Parts::of(&raw);
        let judged = judge(plugin, &loaded, &request, host);
        plugin.write(host, State::Verdict, judged.verdict.text().as_bytes());
        let next = match judged.entry.and_then(|e| Some((e, loaded.matcher.served(e)?))) {
            Some((entry, served)) => {
                self.served(plugin, &loaded, host, &request, &served);
                self.hit = Some((Rc::clone(&loaded), entry));
                Next::Continue
            }
            None => self.unserved(plugin, host, &request, &judged),
        };
        if plugin.outdated(self.started) {
            plugin.stats.count(host, "gatescope_proxy_outdated_total", &[]);
        }
        next
    }

    fn served(&self, plugin: &Plugin, loaded: &Loaded, host: &impl Host, request: &Parts<'_>, served: &Served<'_>) {
        plugin.write(host, State::Exposure, &id(served.id));
        plugin.write(host, State::Route, served.route.as_bytes());
        let (digits, from) = decimal(served.rule);
        plugin.write(host, State::Rule, digits.get(from..).unwrap_or_default());
        plugin.write(host, State::Listener, served.listener.as_bytes());
        if !served.backend.is_empty() {
            plugin.write(host, State::Backend, served.backend.as_bytes());
        }
        let chosen = host.property("xds\0route_name");
        let chosen = chosen.as_deref().map(String::from_utf8_lossy);
        let drift = drift::judge(chosen.as_deref(), loaded.matcher.profile() == "istio", served, |path| {
            let value = host.property(&format!("xds\0route_metadata\0filter_metadata\0{path}"))?;
            String::from_utf8(value).ok()
        });
        let Some(label) = drift.label() else { return };
        plugin.write(host, State::Drift, label.as_bytes());
        let labels = [("kind", label), ("route_kind", served.route_kind), ("route_namespace", served.route_namespace), ("route", served.route_name)];
        plugin.stats.count(host, "gatescope_proxy_drift_total", &labels);
        if plugin.config.borrow().mode != Mode::Observe {
            plugin.line(host, self.started, || {
                let chosen = match drift {
                    Drift::NotRouted => "no route".to_owned(),
                    _ => format!("`{}`", chosen.as_deref().unwrap_or_default()),
                };
                format!("gatescope: drift: {request} is declared as e-{:016x} ({} rule {}), and Envoy chose {chosen}", served.id, served.route, served.rule)
            });
        }
    }

    fn unserved(&self, plugin: &Plugin, host: &impl Host, request: &Parts<'_>, judged: &Judged) -> Next {
        let why = judged.why;
        if judged.verdict != Verdict::Undeclared {
            plugin.stats.count(host, "gatescope_proxy_unjudged_total", &[("reason", why)]);
            return Next::Continue;
        }
        let config = Rc::clone(&plugin.config.borrow());
        let routed = host.property("xds\0route_name").is_some();
        let deny = config.mode == Mode::Deny && !plugin.outdated(self.started);
        let labels = [("reason", why), ("routed", if routed { "true" } else { "false" })];
        plugin.stats.count(host, "gatescope_proxy_undeclared_total", &labels);
        if config.mode != Mode::Observe {
            let served = if routed { "Envoy has a route for it" } else { "Envoy has no route for it either" };
            plugin.line(host, self.started, || format!("gatescope: undeclared ({why}): {request}; {served}"));
        }
        if !deny {
            return Next::Continue;
        }
        plugin.stats.count(host, "gatescope_proxy_denied_total", &[("reason", why)]);
        host.respond(config.deny_status, &[("content-type", "text/plain")], b"no declared route serves this request\n");
        Next::Answered
    }

    /// The response's headers came.
    pub fn response(&self, plugin: &Plugin, host: &impl Host) {
        let config = plugin.config.borrow();
        let Some(header) = &config.response_header else { return };
        if let Some(served) = self.hit.as_ref().and_then(|(l, e)| l.matcher.served(*e)) {
            host.add_response_header(header, std::str::from_utf8(&id(served.id)).unwrap_or_default());
        }
    }

    /// The request is over.
    pub fn log(&self, plugin: &Plugin, host: &impl Host) {
        let Some((loaded, entry)) = &self.hit else { return };
        let status = host.property("response\0code").and_then(|v| v.first_chunk().map(|b| u64::from_le_bytes(*b))).unwrap_or(0);
        let class = stats::class(status);
        let metric = |slot: u8, make: &dyn Fn(&Served<'_>) -> Option<u32>| {
            let known = loaded.metrics.borrow().get(&(*entry, slot)).copied();
            known.unwrap_or_else(|| {
                let made = loaded.matcher.served(*entry).and_then(|s| make(&s));
                loaded.metrics.borrow_mut().insert((*entry, slot), made);
                made
            })
        };
        if let Some(id) = metric(u8::try_from(class).unwrap_or(0), &|s| plugin.stats.requests(host, s, class)) {
            host.increment(id);
        }
        if let Some(id) = metric(6, &|s| plugin.stats.duration(host, s)) {
            host.record(id, host.now().saturating_sub(self.started) / 1000);
        }
    }
}

/// Where a request stands.
fn judge(plugin: &Plugin, loaded: &Loaded, request: &Parts<'_>, host: &impl Host) -> Judged {
    let port = || {
        let port = host.property("destination\0port").and_then(|v| v.first_chunk().map(|b| u64::from_le_bytes(*b)));
        port.and_then(|p| u16::try_from(p).ok()).unwrap_or(0)
    };
    let tls = || host.property("connection\0tls_version").is_some_and(|v| !v.is_empty());
    let Some(place) = loaded.place(&plugin.config.borrow().ports, port, tls) else { return Judged::not(Verdict::Unjudged, "port") };
    let over_tls = loaded.matcher.places().get(place).is_some_and(|p| p.tls);
    let sni = if over_tls { host.property("connection\0requested_server_name").filter(|v| !v.is_empty()) } else { None };
    let sni = sni.as_deref().map(String::from_utf8_lossy);
    let incoming = Incoming { place, sni: sni.as_deref(), host: &request.authority, target: &request.path, method: &request.method, headers: &request.pairs };
    match loaded.matcher.judge(&mut loaded.scratch.borrow_mut(), &incoming) {
        matcher::Verdict::Served(entry) => Judged { verdict: Verdict::Declared, why: "", entry: Some(entry) },
        matcher::Verdict::NoMatch => Judged::not(Verdict::Undeclared, "no-match"),
        matcher::Verdict::NoListener => Judged::not(Verdict::Undeclared, "no-listener"),
        matcher::Verdict::Unknown(_) => Judged::not(Verdict::Unknown, "unknown"),
        matcher::Verdict::Exhausted => Judged::not(Verdict::Unjudged, "exhausted"),
    }
}

/// A request's line and headers.
struct Parts<'r> {
    pairs: Pairs<'r>,
    authority: Cow<'r, str>,
    path: Cow<'r, str>,
    method: Cow<'r, str>,
}

impl<'r> Parts<'r> {
    fn of(raw: &'r [u8]) -> Self {
        let mut out = Self { pairs: Pairs(raw), authority: Cow::Borrowed(""), path: Cow::Borrowed("/"), method: Cow::Borrowed("GET") };
        for (name, value) in out.pairs.iter() {
            let slot = match name {
                b":authority" => &mut out.authority,
                b":path" => &mut out.path,
                b":method" => &mut out.method,
                // Pseudo headers come first.
                [b':', ..] => continue,
                _ => break,
            };
            *slot = String::from_utf8_lossy(value);
        }
        out
    }
}

/// For the log: nothing that a client wrote may break its lines.
impl std::fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        for text in [&*self.method, " ", &*self.authority, path] {
            for c in text.chars().take(256) {
                f.write_char(if c.is_control() { '\u{fffd}' } else { c })?;
            }
        }
        Ok(())
    }
}

/// `e-` and 16 hex digits.
fn id(id: u64) -> [u8; 18] {
    let mut out = *b"e-0000000000000000";
    let mut rest = id;
    for slot in out.iter_mut().skip(2).rev() {
        let digit = u8::try_from(rest & 15).unwrap_or(0);
        *slot = if digit < 10 { b'0'.saturating_add(digit) } else { b'a'.saturating_add(digit.saturating_sub(10)) };
        rest >>= 4;
    }
    out
}

/// Digits, and where they begin.
fn decimal(number: u32) -> ([u8; 10], usize) {
    let (mut out, mut rest, mut from) = ([b'0'; 10], number, 9);
    for (slot, at) in out.iter_mut().zip(0..10_usize).rev() {
        if rest == 0 {
            break;
        }
        *slot = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
        from = at;
    }
    (out, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_memory() {
        assert_eq!(&id(0x0123_4567_89ab_cdef), b"e-0123456789abcdef");
        for n in [0, 7, 10, 4_294_967_295] {
            let (digits, from) = decimal(n);
            assert_eq!(std::str::from_utf8(&digits[from..]).unwrap(), n.to_string());
        }
    }
}
