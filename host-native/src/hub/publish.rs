//! What is true now, for everybody who only reads.

use super::HUNG;
use gatescope::engine::Health;
use gatescope::feed::SourceState;
use gatescope_core::types::{Finding, Summary};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::{Instant, UNIX_EPOCH};

/// How the cause of a kind begins that the server does not have.
const NOT_SERVED: &str = "not served";

/// An immutable picture of the exporter's state.
#[derive(Debug, Default)]
pub(crate) struct Published {
    pub revision: u64,
    pub summary: Summary,
    /// `native` or `wasm`.
    pub engine: &'static str,
    pub module: Option<String>,
    pub cluster: Option<String>,
    pub health: Health,
    pub sources: Vec<SourceState>,
    /// Kinds that are not served, or may not be looked at: nobody waits for them.
    pub excused: BTreeSet<String>,
    /// What only a clock tells.
    pub findings: Vec<Finding>,
    pub loaded: bool,
    /// When the hub was last seen alive.
    pub beat: Option<Instant>,
}

impl Published {
    /// Every source that can be read has been read once, and there is an answer.
    pub(crate) fn ready(&self) -> bool {
        self.loaded && !self.sources.is_empty() && self.sources.iter().all(|s| s.synced || self.excused.contains(&s.kind)) && !self.waiting_for_engine()
    }

    fn waiting_for_engine(&self) -> bool {
        self.health.down && self.summary == Summary::default()
    }

    /// The hub does its work.
    pub(crate) fn alive(&self) -> bool {
        self.beat.is_some_and(|b| b.elapsed() < HUNG)
    }

    /// What is not as it should be, one line each; a serving exporter may well have some.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let waiting = self.sources.iter().filter(|s| !s.synced && s.cause.is_none()).map(|s| format!("waiting for {}", s.kind));
        let absent = |s: &SourceState| s.cause.as_deref().is_some_and(|c| c.starts_with(NOT_SERVED));
        let degraded = self.sources.iter().filter(|s| !absent(s)).filter_map(|s| s.cause.as_ref().map(|c| format!("degraded {}: {c}", s.kind)));
        let mut out: Vec<String> = waiting.chain(degraded).collect();
        let missing: Vec<&str> = self.sources.iter().filter(|s| absent(s)).map(|s| s.kind.as_str()).collect();
        if !missing.is_empty() {
            out.push(format!("{NOT_SERVED}: {}", missing.join(", ")));
        }
        out.extend(self.health.stale.iter().map(|why| format!("stale: {why}")));
        if self.health.down {
            out.push("the resolver is down: answers are the last good ones".into());
        }
        out
    }
}

/// `runtime` of the report: what is outside of the snapshot and the settings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Runtime<'a> {
    revision: u64,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    ready: bool,
    engine: EngineState<'a>,
    sources: Vec<SourceOut<'a>>,
    findings: &'a [Finding],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EngineState<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    module_sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<&'a str>,
    down: bool,
    left_out: usize,
    traps: u64,
    deadlines: u64,
    memory_caps: u64,
    rebuilds: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceOut<'a> {
    kind: &'a str,
    version: &'a str,
    synced: bool,
    objects: u64,
    bad_objects: u64,
    restarts: u64,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

impl<'a> Runtime<'a> {
    pub(crate) fn of(now: &'a Published) -> Self {
        let health = &now.health;
        Self {
            revision: now.revision,
            version: env!("CARGO_PKG_VERSION"),
            cluster: now.cluster.as_deref(),
            ready: now.ready(),
            engine: EngineState {
                kind: now.engine,
                module_sha256: now.module.as_deref(),
                stale: health.stale.as_deref(),
                down: health.down,
                left_out: health.left_out,
                traps: health.traps,
                deadlines: health.deadlines,
                memory_caps: health.memory_caps,
                rebuilds: health.rebuilds,
            },
            sources: now.sources.iter().map(source).collect(),
            findings: &now.findings,
        }
    }
}

fn source(s: &SourceState) -> SourceOut<'_> {
    SourceOut {
        kind: &s.kind,
        version: &s.version,
        synced: s.synced,
        objects: s.objects,
        bad_objects: s.bad_objects,
        restarts: s.restarts,
        last_event: s.last_event.and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map(|d| d.as_secs_f64()),
        cause: s.cause.as_deref(),
    }
}
