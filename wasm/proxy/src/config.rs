//! The configuration. No member is required, and a bad one is a remark: it keeps its default, which never denies.

use gatescope_core::ProfileChoice;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What happens to a request that no declared exposure covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is counted.
    #[default]
    Observe,
    /// It is counted and logged.
    Log,
    /// It is counted, logged and answered by the plugin.
    Deny,
}

/// Filter state that is written for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// What is said of the request.
    Verdict,
    /// The exposure's id.
    Exposure,
    /// Kind, namespace and name of the route.
    Route,
    /// Index of its rule.
    Rule,
    /// The listener.
    Listener,
    /// The backends.
    Backend,
    /// How Envoy chose otherwise.
    Drift,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Verdict, Self::Exposure, Self::Route, Self::Rule, Self::Listener, Self::Backend, Self::Drift];

    /// What the proxy calls it, after `wasm.`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Verdict => "gatescope.verdict",
            Self::Exposure => "gatescope.exposure",
            Self::Route => "gatescope.route",
            Self::Rule => "gatescope.rule",
            Self::Listener => "gatescope.listener",
            Self::Backend => "gatescope.backend",
            Self::Drift => "gatescope.drift",
        }
    }
}

/// Where the exporter is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Exporter {
    /// Envoy's cluster that reaches it.
    pub cluster: String,
    /// Host header; the cluster's name by default.
    pub authority: String,
    /// Path; that of the gateway by default.
    pub path: String,
    /// Value of an Authorization header.
    pub authorization: String,
    /// Seconds between two looks, give or take a fifth.
    pub refresh_seconds: u32,
    /// Seconds that an answer may take.
    pub timeout_seconds: u32,
}

impl Default for Exporter {
    fn default() -> Self {
        Self { cluster: String::new(), authority: String::new(), path: String::new(), authorization: String::new(), refresh_seconds: 30, timeout_seconds: 10 }
    }
}

/// A Gateway's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Gateway that this proxy serves; without it, the proxy's own node names it.
    pub gateway: Option<Gateway>,
    /// Objects, as JSON text.
    pub snapshot: Option<Box<str>>,
    /// Or where to fetch them.
    pub exporter: Option<Exporter>,
    /// What happens to undeclared requests.
    pub mode: Mode,
    /// Status of a denial, 404 or 403.
    pub deny_status: u32,
    /// Filter state that is written.
    pub filter_state: Vec<State>,
    /// Response header that names the exposure.
    pub response_header: Option<String>,
    /// Whose behaviour is resolved.
    pub profile: ProfileChoice,
    /// Every kind is in the snapshot, where it does not say so itself.
    pub complete: bool,
    /// Ports that this proxy listens on, and the listeners' ports they stand for.
    pub ports: BTreeMap<u16, u16>,
    /// After so many seconds without the exporter, the snapshot is outdated and denies nothing.
    pub stale_after_seconds: u64,
    /// The largest snapshot that is read, in bytes.
    pub max_snapshot_bytes: usize,
    /// The most candidates (a match on a hostname of a listener) that are compiled.
    pub max_exposures: usize,
    /// The most metrics that are made; what comes after them is counted together.
    pub max_series: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            gateway: None,
            snapshot: None,
            exporter: None,
            mode: Mode::Observe,
            deny_status: 404,
            filter_state: State::ALL.to_vec(),
            response_header: None,
            profile: ProfileChoice::Auto,
            complete: false,
            ports: BTreeMap::new(),
            stale_after_seconds: 600,
            max_snapshot_bytes: 32 << 20,
            max_exposures: 200_000,
            max_series: 20_000,
        }
    }
}

impl Config {
    /// Reads a configuration; what is wrong with it comes beside, in words.
    pub fn parse(text: &[u8]) -> (Self, Vec<String>) {
        let mut out = Self::default();
        let mut wrong = Vec::new();
        if text.is_empty() {
            wrong.push("there is no configuration".to_owned());
            return (out, wrong);
        }
        let members: BTreeMap<String, &RawValue> = match serde_json::from_slice(text) {
            Ok(members) => members,
            Err(e) => {
                // Envoy hands a Struct over as it came, which is no text; a string, as it is.
                let hint = if text.starts_with(b"\n") && text.get(2).is_some_and(|b| *b == b'\n') { "; write it as a google.protobuf.StringValue" } else { "" };
                wrong.push(format!("the configuration is no JSON object: {e}{hint}"));
                return (out, wrong);
            }
        };
        for (name, value) in members {
            if let Err(why) = out.set(&name, value.get()) {
                wrong.push(format!("`{name}`: {why}"));
            }
        }
        (out, wrong)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        fn of<'v, T: Deserialize<'v>>(value: &'v str) -> Result<T, String> {
            serde_json::from_str(value).map_err(|e| e.to_string())
        }
        // Envoy writes numbers of a Struct as floating point.
        let number = |least: f64, most: f64| -> Result<f64, String> {
            let n: f64 = of(value)?;
            if n >= least && n <= most { Ok(n) } else { Err(format!("{n} is not between {least} and {most}")) }
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just above")]
        match name {
            "gateway" => self.gateway = Some(of(value)?),
            "snapshot" => self.snapshot = Some(value.into()),
            "exporter" => {
                let exporter: Exporter = of(value)?;
                if exporter.cluster.is_empty() {
                    return Err("`cluster` is missing".into());
                }
                self.exporter = Some(exporter);
            }
            "mode" => self.mode = of(value)?,
            "denyStatus" => match number(403.0, 404.0)? as u32 {
                status @ (403 | 404) => self.deny_status = status,
                _ => return Err("403 or 404".into()),
            },
            "filterState" => self.filter_state = of(value)?,
            "responseHeader" => {
                let header: String = of(value)?;
                let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
                if header.is_empty() || !header.bytes().all(good) {
                    return Err("a header's name has lower-case letters, digits, `-` and `_`".into());
                }
                self.response_header = Some(header);
            }
            "profile" => {
                let profile: String = of(value)?;
                self.profile = ProfileChoice::parse(&profile)?;
            }
            "complete" => self.complete = of(value)?,
            "ports" => {
                let ports: BTreeMap<String, f64> = of(value)?;
                for (from, to) in ports {
                    let from = from.parse::<u16>().map_err(|_| format!("`{from}` is no port"))?;
                    if !(1.0..=65535.0).contains(&to) {
                        return Err(format!("`{to}` is no port"));
                    }
                    self.ports.insert(from, to as u16);
                }
            }
            "staleAfterSeconds" => self.stale_after_seconds = number(1.0, 1e9)? as u64,
            "maxSnapshotBytes" => self.max_snapshot_bytes = number(0.0, 1e9)? as usize,
            "maxExposures" => self.max_exposures = number(0.0, 1e7)? as usize,
            "maxSeries" => self.max_series = number(0.0, 1e6)? as usize,
            _ => return Err("there is no such member".into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_member_keeps_its_default_and_the_others_hold() {
        let (config, wrong) = Config::parse(br#"{"mode":"destroy","denyStatus":403.0,"ports":{"10080":80},"surprise":1,"maxSeries":-1}"#);
        assert_eq!((config.mode, config.deny_status), (Mode::Observe, 403));
        assert_eq!(config.ports.get(&10080), Some(&80));
        assert_eq!(config.max_series, 20_000);
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }

    #[test]
    fn anything_at_all_is_a_configuration() {
        for text in ["", "null", "[]", "{", "{\"snapshot\": 7}", "\u{0}", "{\"gateway\":\"edge\"}", "{\"exporter\":{}}"] {
            let (config, _) = Config::parse(text.as_bytes());
            assert_eq!(config.mode, Mode::Observe, "{text}");
        }
    }
}
