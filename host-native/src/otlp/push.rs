//! Rounds: everything that is shown, pushed again and again.
//!
//! Nothing is queued: a round that fails is followed by one with what is shown then, so that a collector that is down costs
//! nothing, and misses nothing once it is back.

use super::connect::{Files, connect};
use super::encode::{Builder, Full};
use super::retry::{backoff, retryable};
use super::vanished::vanished;
use super::why::{chain, why};
use super::wire::export;
use super::{Counters, OtlpConfig};
use crate::metrics::{Exposition, Family, Kind, table};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tonic::metadata::{MetadataKey, MetadataValue};
use tonic::transport::Channel;

/// What a push holds from round to round.
#[derive(Debug)]
pub(super) struct Push {
    config: OtlpConfig,
    counters: Arc<Counters>,
    connected: Option<(Files, Channel)>,
    /// What the collector took last, whole: its rows that are gone since are said to be.
    taken: Option<Arc<Exposition>>,
    start: u64,
    failures: u32,
}

/// Why a round failed, and how long the collector asks to be left alone.
#[derive(Debug)]
pub(super) struct Failed {
    pub why: String,
    pub wait: Option<Duration>,
}

impl Failed {
    fn new(why: String) -> Self {
        Self { why, wait: None }
    }
}

impl Push {
    pub(super) fn new(config: OtlpConfig, counters: Arc<Counters>) -> Self {
        Self { config, counters, connected: None, taken: None, start: nanos(), failures: 0 }
    }

    /// One round. Gives how long to wait for the next.
    pub(super) async fn round(&mut self, shown: Arc<Exposition>) -> Duration {
        match self.all(&shown).await {
            Ok(points) => {
                if self.failures > 0 {
                    tracing::info!(endpoint = self.config.endpoint, points, "metrics are pushed again");
                }
                self.failures = 0;
                self.taken = Some(shown);
                self.counters.succeeded.fetch_add(1, Relaxed);
                self.counters.last_success.store(nanos() / 1_000_000, Relaxed);
                self.counters.up.store(1, Relaxed);
                self.counters.fail(None);
                self.config.interval
            }
            Err(Failed { why, wait }) => {
                // The same failure again and again is told once.
                if self.counters.error().as_deref() != Some(&why) {
                    tracing::warn!(endpoint = self.config.endpoint, "metrics cannot be pushed: {why}");
                }
                self.failures = self.failures.saturating_add(1);
                self.connected = None;
                self.counters.failed.fetch_add(1, Relaxed);
                self.counters.up.store(0, Relaxed);
                self.counters.fail(Some(why));
                let own = backoff(self.failures, RandomState::new().hash_one(self.failures)).min(self.config.interval.max(Duration::from_secs(1)));
                wait.map_or(own, |asked| asked.max(own))
            }
        }
    }

    async fn all(&mut self, shown: &Arc<Exposition>) -> Result<usize, Failed> {
        let files = Files::read(&self.config).map_err(Failed::new)?;
        if self.connected.as_ref().is_none_or(|(before, _)| *before != files) {
            let channel = connect(&self.config, &files).await.map_err(Failed::new)?;
            self.connected = Some((files, channel));
        }
        let Some((_, channel)) = &self.connected else { return Err(Failed::new("not connected".into())) };
        let mut builder = Builder::new(&self.config.resource, nanos(), self.start);
        let mut sent = 0_usize;
        for (at, chunks) in shown.metrics() {
            let Some(about) = table().get(at).filter(|m| m.family != Family::Objects) else { continue };
            for chunk in chunks {
                let text = chunk.text();
                for line in lines(&text) {
                    if let Some(full) = builder.line(about, line, false) {
                        sent = sent.saturating_add(self.send(channel, full).await?);
                    }
                }
            }
        }
        if let Some(taken) = self.taken.clone() {
            for (at, line) in vanished(&taken, shown) {
                let Some(about) = table().get(at).filter(|m| m.family != Family::Objects) else { continue };
                if let Some(full) = builder.line(about, &line, true) {
                    sent = sent.saturating_add(self.send(channel, full).await?);
                }
            }
        }
        for full in process(&mut builder, &shown.process()) {
            sent = sent.saturating_add(self.send(channel, full).await?);
        }
        if let Some(full) = builder.take() {
            sent = sent.saturating_add(self.send(channel, full).await?);
        }
        Ok(sent)
    }

    /// Sends one request, again where the collector may take it later.
    async fn send(&self, channel: &Channel, (body, points): Full) -> Result<usize, Failed> {
        const TRIES: u32 = 3;
        for attempt in 1.. {
            let mut request = tonic::Request::new(body.clone());
            for (key, value) in &self.config.headers {
                if let (Ok(key), Ok(value)) = (MetadataKey::from_bytes(key.as_bytes()), MetadataValue::try_from(value)) {
                    request.metadata_mut().insert(key, value);
                }
            }
            match export(channel, self.config.gzip, request).await {
                Ok(answer) => {
                    self.counters.request("OK");
                    let partial = answer.partial_success.unwrap_or_default();
                    let rejected = u64::try_from(partial.rejected_data_points).unwrap_or(0);
                    if rejected > 0 {
                        tracing::warn!(rejected, "the collector refused data points: {}", partial.error_message);
                        self.counters.rejected.fetch_add(rejected, Relaxed);
                    }
                    self.counters.points.fetch_add((points as u64).saturating_sub(rejected), Relaxed);
                    return Ok(points);
                }
                Err(status) => {
                    self.counters.request(code_name(status.code()));
                    let again = retryable(&status);
                    let wait = again.flatten().unwrap_or_else(|| backoff(attempt, RandomState::new().hash_one(attempt)));
                    // A connection that broke is made anew by the next round, with what is shown then.
                    if std::error::Error::source(&status).is_some() {
                        let files = self.connected.as_ref().map(|(files, _)| files.clone()).unwrap_or_default();
                        return Err(Failed::new(why(&self.config, &files, &chain(&status)).await));
                    }
                    if again.is_none() || attempt >= TRIES {
                        let why = format!("the collector answers {}: {}", code_name(status.code()), status.message());
                        return Err(Failed { why, wait: again.flatten() });
                    }
                    tokio::time::sleep(wait).await;
                }
            }
        }
        Err(Failed::new("tried too often".into()))
    }
}

/// Series about the process.
fn process(builder: &mut Builder, text: &str) -> Vec<Full> {
    let mut out = Vec::new();
    for about in table().iter().filter(|m| m.family == Family::Process) {
        let name = about.name.as_str();
        let series = |suffixes: &'static [&'static str]| {
            text.lines().filter(move |l| {
                l.strip_prefix(name).is_some_and(|rest| suffixes.iter().any(|s| rest.strip_prefix(s).is_some_and(|r| r.starts_with([' ', '{']))))
            })
        };
        if about.kind == Kind::Histogram {
            out.extend(builder.histogram(about, series(&["_bucket", "_sum", "_count"])));
        } else {
            out.extend(series(&[""]).filter_map(|l| builder.line(about, l, false)));
        }
    }
    out
}

fn lines(text: &[u8]) -> impl Iterator<Item = &str> {
    core::str::from_utf8(text).unwrap_or_default().lines()
}

/// Unix nanoseconds.
fn nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX))
}

/// As the gRPC specification spells it.
fn code_name(code: tonic::Code) -> &'static str {
    use tonic::Code;
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
